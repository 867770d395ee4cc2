/** Gas of IdentityRegistry through its proxy, as receipts show it: for wallets and P-256 keys. */
import { type Address, type Hash, type Hex, keccakHex, utf8ToBytes } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  IDENTITY_REGISTRY_ADDRESS,
  type IdentityMessageKind,
  identityMessage,
  identityRegistry,
  identityRegistryBytecode,
  rebindingRequestId,
  signerKeyHash,
} from '../src/index.ts'
import { deployGoverned } from './support/authority.ts'
import { account, advance, createChain, send } from './support/chain.ts'
import { gasSnapshot } from './support/gas.ts'
import { p256Of, placeP256Verifier, type Signing, walletOf } from './support/signers.ts'

const CITY = account(0xad)
const OBSERVER = account(0x0b)
const OFFICE = account(0x40)
const EID = account(0x41)
const RELAYER = account(0x66)
const LATE = 4_000_000_000n
const DAY = 86_400
const { encode } = identityRegistry
const book = gasSnapshot('IdentityRegistry')

const chain = await createChain()
const world = await deployGoverned({
  chain,
  service: IDENTITY_REGISTRY_ADDRESS,
  bytecode: identityRegistryBytecode,
  initializer: (access, releases) => encode.initialize(access, releases),
  setup: {
    admins: [CITY],
    members: { OBSERVERS: [OBSERVER], IDENTITY_OFFICE: [OFFICE], EID: [EID] },
  },
  atOnce: ['close'],
})
await placeP256Verifier(chain)

const idOf = (name: string): Hash => keccakHex(utf8ToBytes(`person ${name}`))
const hashOf = ({ signer }: Signing): Hash => signerKeyHash(signer)

function proof(by: Signing, kind: IdentityMessageKind, message: Record<string, unknown>) {
  const place = { chainId: 1, contract: world.proxy }
  return by.sign(identityMessage(kind, { ...message, deadline: LATE }, place))
}

async function done(from: Address, data: Hex): Promise<bigint> {
  const outcome = await send(chain, { from, to: world.proxy, data })
  assert.ok(outcome.ok, identityRegistry.decodeError(outcome.returned).text)
  return outcome.gasUsed
}

async function note(name: string, from: Address, data: Hex): Promise<void> {
  book.note(name, await done(from, data))
}

function registration(idC: Hash, key: Signing, recovery: Signing): Hex {
  const recoveryHash = hashOf(recovery)
  const message = { idC, keyHash: hashOf(key), recoveryHash, assurance: 2 }
  const signed = proof(key, 'Registration', message)
  return encode.register(idC, recoveryHash, 2, LATE, signed)
}

const ann = walletOf('ann')
const annRecovery = walletOf("ann's recovery")
const bob = p256Of('bob')
const bobRecovery = p256Of("bob's recovery")

test('measures registration and what offices do', async () => {
  await note('register a wallet', OFFICE, registration(idOf('ann'), ann, annRecovery))
  await note('register a P-256 key', OFFICE, registration(idOf('bob'), bob, bobRecovery))
  await note('setAssurance', OFFICE, encode.setAssurance(idOf('ann'), 3))
  await note('suspend', OFFICE, encode.suspend(idOf('ann'), 7))
  await note('reinstate', OFFICE, encode.reinstate(idOf('ann')))
})

test('measures both ways to other keys', async () => {
  const next = walletOf('next of ann')
  const idC = idOf('ann')
  const [newKeyHash, newRecoveryHash] = [hashOf(next), hashOf(annRecovery)]
  const pair = { idC, newKeyHash, newRecoveryHash, epoch: 1 }
  const turned = [ann, annRecovery, next].map((by) => proof(by, 'Rotation', pair))
  const [present, recovery, fresh] = turned
  assert.ok(present && recovery && fresh)
  const rotate = encode.rotate(idC, newRecoveryHash, LATE, [present, recovery, fresh])
  await note('rotate of wallets', RELAYER, rotate)
  const lost = { ...pair, newKeyHash: hashOf(ann), epoch: 2 }
  const keys = [idC, lost.newKeyHash, newRecoveryHash] as const
  await note('attestOffice', OFFICE, encode.attestOffice(...keys))
  await note('attestEid, the second evidence', EID, encode.attestEid(...keys))
  const requestId = rebindingRequestId(lost)
  const objection = proof(next, 'Objection', { idC, requestId })
  await note('objectRebinding', RELAYER, encode.objectRebinding(...keys, LATE, objection))
  const third = proof(annRecovery, 'Recovery', lost)
  await note('attestRecovery', RELAYER, encode.attestRecovery(...keys, LATE, third))
  advance(chain, { seconds: DAY })
  const acceptance = proof(ann, 'Acceptance', { idC, requestId })
  const complete = encode.completeRebinding(idC, newRecoveryHash, LATE, acceptance)
  await note('completeRebinding', RELAYER, complete)
  const suspension = proof(ann, 'HolderSuspension', { idC, version: 6 })
  await note('suspendByHolder', RELAYER, encode.suspendByHolder(idC, LATE, suspension))
  await done(OFFICE, encode.attestOffice(idC, hashOf(next), newRecoveryHash))
  await note('withdrawOffice', OFFICE, encode.withdrawOffice(idC, hashOf(next), newRecoveryHash))
  await note('close', OFFICE, encode.close(idC, 9))
})

test('gas of the register of identities stays as committed', () => book.check())

test.run()
