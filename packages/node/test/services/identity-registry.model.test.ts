/**
 * IdentityRegistry against a model in plain TypeScript, through our own executor and the city's own
 * CityAccess: after each command the record, its head folded from events, and who controls it.
 */
import {
  accepted,
  CITY_ACCESS_ADDRESS,
  cityAccess,
  IDENTITY_REGISTRY_ADDRESS,
  type IdentityMessageKind,
  identityMessage,
  identityRegistry,
  nextIdentityHead,
  rebindingRequestId,
  signerKeyHash,
} from '@veche/contracts'
import {
  type Address,
  type Hash,
  type Hex,
  keccakHex,
  utf8ToBytes,
  ZERO_HASH,
} from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TypedDataDefinition } from 'viem'
import { signTyped } from '../../src/act/typed.ts'
import { IdentityModel } from '../support/identity-model.ts'
import { checkReference } from '../support/identity-reference.ts'
import {
  account,
  advance,
  type Chain,
  createChain,
  keyOf,
  send,
  view,
} from '../support/service-chain.ts'
import { signerOf } from '../support/world.ts'

const OFFICE = account('identity office')
const EID = account('eid')
const RELAYER = account('relayer')
const KEYS = [0, 1, 2, 3].map((i) => account(`key ${i}`))
const RECOVERY = account('recovery')
const LATE = 4_000_000_000n
const DAY = 86_400
const setup = { offices: { registrar: OFFICE, department: EID } }
const { encode, decode } = identityRegistry
const hashOf = (address: Address): Hash => signerKeyHash(address)
const idOf = (name: string | number): Hash => keccakHex(utf8ToBytes(`person ${name}`))

async function proof(
  chain: Chain,
  by: Address,
  signed: readonly [IdentityMessageKind, Readonly<Record<string, unknown>>],
  chainId: number = chain.genesis.chainId,
) {
  const typed = identityMessage(signed[0], signed[1], { chainId })
  const signature = await signTyped(signerOf(keyOf(by)), typed as TypedDataDefinition)
  return { signer: by, signature }
}

async function call(chain: Chain, from: Address, data: Hex) {
  const outcome = await send(chain, { from, to: IDENTITY_REGISTRY_ADDRESS, data })
  const own = identityRegistry.decodeError(outcome.returned).name
  const why = own === 'unknown' ? cityAccess.decodeError(outcome.returned).name : own
  const name = outcome.ok ? 'ok' : why
  return { name, events: identityRegistry.decodeLogs(outcome.logs) }
}

async function record(chain: Chain, idC: Hash) {
  return accepted(
    decode.identityOf(await view(chain, IDENTITY_REGISTRY_ADDRESS, encode.identityOf(idC))),
  )
}

async function controls(chain: Chain, idC: Hash, who: Address): Promise<boolean> {
  const data = encode.isController(idC, who)
  return accepted(decode.isController(await view(chain, IDENTITY_REGISTRY_ADDRESS, data)))
}

async function register(chain: Chain, idC: Hash, key: Address, from: Address = OFFICE) {
  const recoveryHash = hashOf(RECOVERY)
  const message = { idC, keyHash: hashOf(key), recoveryHash, assurance: 2, deadline: LATE }
  const signed = await proof(chain, key, ['Registration', message])
  return call(chain, from, encode.register(idC, recoveryHash, 2, LATE, signed))
}

/** mostly one and the same, or no request ever gathers two evidences */
const aKey = fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.nat(3) })

const aCommand = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('office', 'eid', 'recovery') as fc.Arbitrary<
        'office' | 'eid' | 'recovery'
      >,
      key: aKey,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('complete' as const), key: aKey }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('object' as const), key: aKey, by: fc.nat(3) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('withdrawOffice', 'withdrawEid') as fc.Arbitrary<
        'withdrawOffice' | 'withdrawEid'
      >,
      key: aKey,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      seconds: fc.constantFrom(60, DAY - 1, DAY, DAY, DAY, 31 * DAY),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('suspend', 'reinstate', 'selfSuspend') as fc.Arbitrary<
        'suspend' | 'reinstate' | 'selfSuspend'
      >,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('rotate' as const), key: aKey, by: fc.nat(3) }),
  },
)
type Command = typeof aCommand extends fc.Arbitrary<infer T> ? T : never

async function perform(
  chain: Chain,
  model: IdentityModel,
  idC: Hash,
  command: Command,
): Promise<void> {
  const { person } = model
  const now = chain.nowSeconds
  const recoveryHash = hashOf(RECOVERY)
  const key = KEYS['key' in command ? command.key : 0] as Address
  const newKeyHash = hashOf(key)
  const pair = { idC, newKeyHash, newRecoveryHash: recoveryHash }
  const requestId = rebindingRequestId({ ...pair, epoch: person.epoch })
  const run = async (from: Address, data: Hex, expected: string): Promise<void> => {
    const { name } = await call(chain, from, data)
    assert.is(name, expected, `${command.kind} at ${now}`)
  }
  switch (command.kind) {
    case 'wait':
      return advance(chain, { seconds: command.seconds })
    case 'office':
      return run(
        OFFICE,
        encode.attestOffice(idC, newKeyHash, recoveryHash),
        model.attest('office', key, now),
      )
    case 'eid':
      return run(
        EID,
        encode.attestEid(idC, newKeyHash, recoveryHash),
        model.attest('eid', key, now),
      )
    case 'recovery': {
      const message = { ...pair, epoch: person.epoch, deadline: LATE }
      const signed = await proof(chain, RECOVERY, ['Recovery', message])
      const data = encode.attestRecovery(idC, newKeyHash, recoveryHash, LATE, signed)
      return run(RELAYER, data, model.attest('recovery', key, now))
    }
    case 'withdrawOffice':
      return run(
        OFFICE,
        encode.withdrawOffice(idC, newKeyHash, recoveryHash),
        model.withdraw(1, key),
      )
    case 'withdrawEid':
      return run(EID, encode.withdrawEid(idC, newKeyHash, recoveryHash), model.withdraw(2, key))
    case 'object': {
      const by = KEYS[command.by] as Address
      const signed = await proof(chain, by, ['Objection', { idC, requestId, deadline: LATE }])
      const data = encode.objectRebinding(idC, newKeyHash, recoveryHash, LATE, signed)
      return run(RELAYER, data, model.object(key, by, now))
    }
    case 'complete': {
      const signed = await proof(chain, key, ['Acceptance', { idC, requestId, deadline: LATE }])
      return run(
        RELAYER,
        encode.completeRebinding(idC, recoveryHash, LATE, signed),
        model.complete(key, now),
      )
    }
    case 'rotate': {
      const by = KEYS[command.by] as Address
      const message = { ...pair, epoch: person.epoch, deadline: LATE }
      const [a, b, c] = await Promise.all(
        [by, RECOVERY, key].map((who) => proof(chain, who, ['Rotation', message])),
      )
      if (a === undefined || b === undefined || c === undefined) return
      return run(RELAYER, encode.rotate(idC, recoveryHash, LATE, [a, b, c]), model.rotate(key, by))
    }
    case 'suspend':
      return run(OFFICE, encode.suspend(idC, 7), model.move('suspend'))
    case 'reinstate':
      return run(OFFICE, encode.reinstate(idC), model.move('reinstate'))
    case 'selfSuspend': {
      const message = { idC, version: person.version, deadline: LATE }
      const signed = await proof(chain, person.key, ['HolderSuspension', message])
      return run(RELAYER, encode.suspendByHolder(idC, LATE, signed), model.move('selfSuspend'))
    }
  }
}

const STATUS = { active: 1, suspended: 2, closed: 3 } as const

async function checkAll(chain: Chain, { person }: IdentityModel, idC: Hash): Promise<void> {
  const found = await record(chain, idC)
  assert.is(found.keyHash, hashOf(person.key))
  assert.is(found.status, STATUS[person.status])
  assert.is(found.epoch, person.epoch)
  assert.is(found.version, person.version)
  for (const key of KEYS)
    assert.is(await controls(chain, idC, key), person.status === 'active' && key === person.key)
}

/** every head of a person's events is the fold of those before */
async function checkHeads(chain: Chain, idC: Hash): Promise<void> {
  let head = ZERO_HASH
  for (let number = 1; number <= chain.head.header.number; number++) {
    const logs = (chain.store.receipts(number) ?? []).flatMap((receipt) => receipt.logs)
    for (const event of identityRegistry.decodeLogs(logs)) {
      if (event.name !== 'IdentityChanged' || event.args.idC !== idC) continue
      const { operation, record: after } = event.args
      head = nextIdentityHead(head, { idC, operation, record: after })
      assert.is(after.head, head)
    }
  }
  assert.is((await record(chain, idC)).head, head)
}

test('any sequence of losses, evidences, objections and thefts ends as the model says', async () => {
  const chain = await createChain({ setup })
  let count = 0
  await fc.assert(
    fc.asyncProperty(fc.array(aCommand, { minLength: 5, maxLength: 25 }), async (commands) => {
      const idC = idOf(count++)
      const model = new IdentityModel(KEYS[0] as Address)
      assert.is((await register(chain, idC, model.person.key)).name, 'ok')
      for (const command of commands) {
        await perform(chain, model, idC, command)
        await checkAll(chain, model, idC)
      }
      await checkHeads(chain, idC)
    }),
    { numRuns: 25, seed: 20190 },
  )
  await checkReference(chain, (idC) => record(chain, idC))
})

test('a thief and a careless office are refused', async () => {
  const chain = await createChain({ setup })
  const [mine, thief] = KEYS as [Address, Address]
  const idC = idOf('victim')
  const recoveryHash = hashOf(RECOVERY)
  assert.is(
    (await register(chain, idC, mine, RELAYER)).name,
    'AccessManagedUnauthorized',
    'a stranger registers',
  )
  assert.is((await register(chain, idC, mine)).name, 'ok')
  assert.is(
    (await register(chain, idC, thief)).name,
    'IdentityRegistryExists',
    'the office registers twice',
  )
  const message = {
    idC: idOf('b'),
    keyHash: hashOf(mine),
    recoveryHash,
    assurance: 2,
    deadline: LATE,
  }
  const byThief = { ...(await proof(chain, thief, ['Registration', message])), signer: mine }
  const forged = await call(
    chain,
    OFFICE,
    encode.register(message.idC, recoveryHash, 2, LATE, byThief),
  )
  assert.is(forged.name, 'IdentityRegistrySignature', 'under a key that did not sign')
  const foreign = await proof(chain, mine, ['Registration', message], 1)
  const replay = await call(
    chain,
    OFFICE,
    encode.register(message.idC, recoveryHash, 2, LATE, foreign),
  )
  assert.is(replay.name, 'IdentityRegistrySignature', 'a signature for another chain')
  const expired = await proof(chain, mine, ['Registration', { ...message, deadline: 1n }])
  const old = await call(chain, OFFICE, encode.register(message.idC, recoveryHash, 2, 1n, expired))
  assert.is(old.name, 'IdentityRegistryExpired')
  const attest = encode.attestEid(idC, hashOf(thief), recoveryHash)
  assert.is(
    (await call(chain, OFFICE, attest)).name,
    'AccessManagedUnauthorized',
    'the office as e-ID',
  )
  const other = { idC: idOf('elsewhere'), newKeyHash: hashOf(thief), newRecoveryHash: recoveryHash }
  assert.is(
    (await call(chain, OFFICE, encode.attestOffice(idC, hashOf(thief), recoveryHash))).name,
    'ok',
  )
  const requestId = rebindingRequestId({ ...other, idC, epoch: 1 })
  const acceptance = await proof(chain, thief, ['Acceptance', { idC, requestId, deadline: LATE }])
  const complete = encode.completeRebinding(idC, recoveryHash, LATE, acceptance)
  await advance(chain, { seconds: 2 * DAY })
  assert.is(
    (await call(chain, RELAYER, complete)).name,
    'IdentityRegistryEvidenceMissing',
    'one of three',
  )
  assert.is(
    (await call(chain, OFFICE, encode.close(idC, 9))).name,
    'AccessManagerNotScheduled',
    'close early',
  )
})

test('one account with both roles cannot be two of three', async () => {
  const chain = await createChain({ setup: { offices: { registrar: OFFICE, department: OFFICE } } })
  const [mine, thief] = KEYS as [Address, Address]
  const idC = idOf('both')
  await register(chain, idC, mine)
  const args = [idC, hashOf(thief), hashOf(RECOVERY)] as const
  assert.is((await call(chain, OFFICE, encode.attestOffice(...args))).name, 'ok')
  assert.is(
    (await call(chain, OFFICE, encode.attestEid(...args))).name,
    'IdentityRegistrySameAttester',
  )
  // CityAccess as the sender hides who it is
  const evasion = cityAccess.encode.execute(IDENTITY_REGISTRY_ADDRESS, encode.attestEid(...args))
  const outcome = await send(chain, { from: OFFICE, to: CITY_ACCESS_ADDRESS, data: evasion })
  assert.not.ok(outcome.ok)
  assert.is(
    identityRegistry.decodeError(outcome.returned).name,
    'IdentityRegistrySameAttester',
    'by way of execute',
  )
})

test.run()
