/** The port of JSON-RPC over a real chain: reads of every block, calls, subscriptions. */
import { EMPTY_BYTES, type Hash, type Header, transactionHash } from '@veche/primitives'
import type { SyncStatus } from '@veche/rpc'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createRpcBackend } from '../src/rpc-backend.ts'
import { CLIENT_VERSION } from '../src/version.ts'
import { nodeStatus } from './support/status.ts'
import {
  createWorld,
  type Member,
  openMember,
  produceBlock,
  testKey,
  transfer,
} from './support/world.ts'

const world = await createWorld()
const receiver = testKey('receiver').address
const member = await openMember(world)
const backend = backendOf(member)
const heads: number[] = []
const pending: Hash[] = []
const stopHeads = backend.onHead((number) => void heads.push(number))
backend.onPendingTransaction((hash) => void pending.push(hash))

function backendOf(over: Member) {
  const limits = { callGasMax: 1_000_000, callTimeoutMs: 2_000 }
  return createRpcBackend({ ...over, genesis: world.genesis, limits, status: () => nodeStatus() })
}

async function grow(nonce: number): Promise<Header> {
  const block = await produceBlock(world, member, [await transfer(world, nonce)])
  assert.ok((await member.chain.importSealed(block)).ok)
  return block.header
}

const balanceAt = async (number: number): Promise<bigint> =>
  (await backend.accountAt(number, receiver))?.balance ?? 0n

test('the state of every final block is read, not only of the head', async () => {
  await grow(0)
  await grow(1)
  assert.equal([await balanceAt(0), await balanceAt(1), await balanceAt(2)], [0n, 0n, 0n])
  const nonces = await Promise.all([0, 1, 2].map((n) => backend.accountAt(n, world.rich.address)))
  assert.equal(
    nonces.map((account) => account?.nonce ?? 0n),
    [0n, 1n, 2n],
  )
  assert.is(backend.head(), 2)
  assert.is(backend.header(2)?.number, 2)
  assert.is(backend.header(3), undefined)
})

test('a transaction is found by its hash in the block that holds it', async () => {
  const hash = transactionHash(await transfer(world, 1))
  assert.equal(backend.locate(hash), { number: 2, index: 0 })
  assert.is(backend.receipts(2)?.[0]?.status, 1)
  assert.is(backend.body(2)?.length, 1)
  assert.is(backend.numberOf(member.chain.head().hash), 2)
  assert.is(backend.locate(`0x${'00'.repeat(32)}`), undefined)
})

test('it names its chain, its version and its fee', () => {
  assert.is(backend.chainId, world.genesis.chainId)
  assert.is(backend.clientVersion, CLIENT_VERSION)
  assert.match(CLIENT_VERSION, /^veche\/v\d+\.\d+\.\d+\/[a-z0-9]+-[a-z0-9]+\/node24\./)
  assert.is(backend.nextBaseFeePerGas(), 0n)
  assert.is(backend.peerCount(), 0)
  assert.is(backend.syncing(), undefined)
})

test('listeners hear each head and each executable transaction once, until they leave', async () => {
  assert.equal(heads, [1, 2])
  const next = await transfer(world, 2)
  const gap = await transfer(world, 9)
  pending.length = 0
  assert.ok((await backend.submit(gap)).ok)
  assert.ok((await backend.submit(next)).ok)
  assert.equal(pending, [transactionHash(next)], 'one that waits for a nonce is not told')
  assert.is(backend.pooled(transactionHash(next))?.nonce, 2n)
  assert.equal(backend.poolStatus(), { pending: 1, queued: 1 })
  assert.is(backend.pendingNonce(world.rich.address), 3n)
  await grow(2)
  assert.equal(heads, [1, 2, 3])
  stopHeads()
  await grow(3)
  assert.equal(heads, [1, 2, 3])
  assert.is(backend.pooled(transactionHash(next)), undefined)
})

test('a refused transaction comes back with its code', async () => {
  const known = await backend.submit(await transfer(world, 0))
  assert.is(known.ok ? 'taken' : known.code, 'TRANSACTION_NONCE_LOW')
  const garbage = await backend.submit(Uint8Array.of(1, 2, 3))
  assert.is(garbage.ok, false)
})

test('a call runs on the block it names, within the gas of the node', async () => {
  const request = { to: receiver, from: world.rich.address, input: EMPTY_BYTES }
  const call = await backend.call(request, { number: 1 })
  assert.equal([call.kind, 'output' in call && call.output], ['success', EMPTY_BYTES])
  const poor = { ...request, from: receiver, to: world.rich.address, value: 3n }
  const estimate = async (number: number) => (await backend.estimateGas(poor, { number })).kind
  assert.is.not(await estimate(1), 'success', 'no balance')
  const stateOverrides = new Map([[receiver, { balance: 5n }]])
  const lent = await backend.estimateGas(poor, { number: 1, stateOverrides })
  assert.equal(lent, { kind: 'success', gas: 21_000n }, 'an override lends it')
})

/** JUMPDEST PUSH0 JUMP */
const ENDLESS = Uint8Array.of(0x5b, 0x5f, 0x56)

test('a call that never ends runs out of the gas the node allows', async () => {
  const stateOverrides = new Map([[receiver, { code: ENDLESS }]])
  const request = { to: receiver, gas: 10n ** 15n, input: EMPTY_BYTES }
  const outcome = await backend.call(request, { number: 1, stateOverrides })
  assert.is.not(outcome.kind, 'success')
})

test('a proof of an account is against the state root of its block', async () => {
  const proof = await backend.proof(1, world.rich.address, [])
  assert.ok(proof)
  const later = await backend.proof(2, world.rich.address, [])
  assert.is.not(JSON.stringify(proof, bigText), JSON.stringify(later, bigText))
})

const bigText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value

test('syncing is told when it begins and when it ends', async () => {
  const follower = await openMember(world)
  let highest = 100
  const progress = () => {
    const current = follower.store.head().number
    return highest > current + 1 ? { start: 0, current, highest } : undefined
  }
  const sync = Object.assign(Object.create(follower.sync) as typeof follower.sync, { progress })
  const told: (SyncStatus | undefined)[] = []
  const over = backendOf({ ...follower, sync })
  over.onSyncing((status) => void told.push(status))
  for (const number of [1, 2, 3]) {
    if (number === 3) highest = 3
    const header = member.store.header(number)
    const transactions = member.store.body(number)
    assert.ok(header && transactions)
    if (header && transactions) await follower.chain.importSealed({ header, transactions })
  }
  assert.equal(told, [{ startingBlock: 0, currentBlock: 1, highestBlock: 100 }, undefined])
  await follower.stop()
})

test.after(() => member.stop())
test.run()
