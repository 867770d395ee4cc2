/** Files of identities: what they take and refuse, and calls that the real contract accepts. */
import {
  accepted,
  addressSigner,
  IDENTITY_REGISTRY_ADDRESS,
  identityRegistry,
  signerKeyHash,
} from '@veche/contracts'
import { type Hash, keccakHex, utf8ToBytes, ZERO_HASH } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { keystoreSigner } from '../src/departments/keys.ts'
import { assertionShape, registrationShape } from '../src/departments/passkey.ts'
import {
  addIdentitySignature,
  type IdentityFile,
  identityFileShape,
  identityTypedData,
} from '../src/identities/message-file.ts'
import { identityOf, openingShape } from '../src/identities/opening.ts'
import { identityCall } from '../src/identities/submit.ts'
import { rejects } from './support/rejects.ts'
import { account, createChain, keyOf, send, view } from './support/service-chain.ts'
import { signerOf } from './support/world.ts'

const OFFICE = account('identity office')
const [KEY, RECOVERY, NEXT] = ['key', 'recovery', 'next'].map(account) as [Hash, Hash, Hash]
const idC = keccakHex(utf8ToBytes('person'))
const LATE = 4_000_000_000
const chain = await createChain({ setup: { offices: { registrar: OFFICE } } })
const { chainId } = chain.genesis
const hashOf = (address: Hash): Hash => signerKeyHash(addressSigner(address))
const common = { format: 'veche-identity/1', chainId, idC, deadline: LATE, signatures: [] } as const

const registration: IdentityFile = {
  ...{ ...common, kind: 'Registration', assurance: 2 },
  ...{ keyHash: hashOf(KEY), recoveryHash: hashOf(RECOVERY) },
}
const changing = (kind: 'Rotation' | 'Recovery' | 'Objection' | 'Acceptance'): IdentityFile => ({
  ...{ ...common, kind, epoch: 1 },
  ...{ newKeyHash: hashOf(NEXT), newRecoveryHash: hashOf(RECOVERY) },
})

async function signed(file: IdentityFile, ...by: readonly Hash[]): Promise<IdentityFile> {
  let current = file
  for (const each of by) {
    const { signer, sign } = keystoreSigner(signerOf(keyOf(each)))
    const signature = await sign(identityTypedData(file))
    current = addIdentitySignature(current, { signer, signature })
  }
  return current
}

async function record() {
  const data = identityRegistry.encode.identityOf(idC)
  return accepted(
    identityRegistry.decode.identityOf(await view(chain, IDENTITY_REGISTRY_ADDRESS, data)),
  )
}

async function submit(file: IdentityFile): Promise<string> {
  const data = identityCall(file, await record())
  const outcome = await send(chain, { from: OFFICE, to: IDENTITY_REGISTRY_ADDRESS, data })
  return outcome.ok ? 'ok' : identityRegistry.decodeError(outcome.returned).name
}

test('a file of each kind is read back as it was written', () => {
  const suspension: IdentityFile = { ...common, kind: 'HolderSuspension', version: 3 }
  const kinds = ['Rotation', 'Recovery', 'Objection', 'Acceptance'] as const
  for (const file of [registration, suspension, ...kinds.map(changing)]) {
    const found = identityFileShape(JSON.parse(JSON.stringify(file)), '')
    assert.ok(found.ok)
    assert.equal(found.value, file)
  }
})

test('another kind, a field too many or too few, and four signatures are refused', () => {
  const signature = { signer: '0x', signature: '0x' }
  for (const value of [
    null,
    {},
    { ...registration, kind: 'Deletion' },
    { ...registration, kind: 'toString' },
    { ...registration, kind: [{ toString: '' }] },
    { ...registration, epoch: 1 },
    { ...registration, assurance: 5 },
    { ...changing('Objection'), requestId: ZERO_HASH },
    { ...changing('Rotation'), epoch: 0 },
    { ...changing('Rotation'), newKeyHash: undefined },
    { ...registration, signatures: Array.from({ length: 4 }, () => signature) },
  ]) {
    const found = identityFileShape(value, '')
    assert.not.ok(found.ok)
    assert.is(found.ok ? '' : found.code, 'FILE_MALFORMED')
  }
})

test('any value at all is a file or a refusal', () => {
  const fields = fc.record(
    {
      ...{ format: fc.constant('veche-identity/1'), kind: fc.constantFrom('Rotation', 'x', 7) },
      ...{ idC: fc.anything(), signatures: fc.anything(), deadline: fc.anything() },
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fields), (value) => {
      for (const shape of [identityFileShape, openingShape, assertionShape, registrationShape])
        assert.not.ok(shape(value, '').ok)
    }),
    { numRuns: 300 },
  )
})

test('an objection and an acceptance sign the request that their keys make', () => {
  const requestOf = (file: IdentityFile): unknown => identityTypedData(file).message?.['requestId']
  const objection = changing('Objection')
  assert.is(requestOf(objection), requestOf(changing('Acceptance')))
  assert.is.not(
    requestOf({ ...objection, newRecoveryHash: ZERO_HASH } as IdentityFile),
    requestOf(objection),
  )
})

test('a second signature of one signer replaces the first', async () => {
  const once = await signed(registration, KEY)
  assert.equal(await signed(once, KEY), once)
})

test('the contract takes a registration and a rotation signed in any order', async () => {
  await rejects(() => submit(registration), 'SIGNATURE_MISSING')
  assert.is(await submit(await signed(registration, KEY)), 'ok')
  const failure = await rejects(
    async () => submit(await signed(changing('Rotation'), NEXT, KEY)),
    'SIGNATURE_MISSING',
  )
  assert.match(failure.message, 'the recovery key')
  assert.is(await submit(await signed(changing('Rotation'), NEXT, RECOVERY, KEY)), 'ok')
  const { epoch, keyHash } = await record()
  assert.equal([epoch, keyHash], [2, hashOf(NEXT)])
})

test('an opening commits to its person, and hides it under its salt', () => {
  const opening = { format: 'veche-identity-opening/1', person: 'ann', salt: idC } as const
  assert.ok(openingShape(opening, '').ok)
  assert.not.ok(openingShape({ ...opening, name: 'ann' }, '').ok)
  const others = [{ person: 'bob' }, { salt: ZERO_HASH }].map((change) =>
    identityOf({ ...opening, ...change }),
  )
  assert.is(new Set([identityOf(opening), ...others]).size, 3)
})

test.run()
