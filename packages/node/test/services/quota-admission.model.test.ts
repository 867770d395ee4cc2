/**
 * Admission by quotas against a model, on the real QuotaPolicy and a real admitter through our own
 * executor, pool and gossip: strangers send, anonymous keys spend credentials, time passes, blocks
 * are proposed within quotas or by a proposer who ignores them. services.md, QuotaPolicy 7, 8, 9.
 */
import {
  CITY_ACCESS_ADDRESS,
  cityAccess,
  QUOTA_POLICY_ADDRESS,
  quotaPolicy,
} from '@veche/contracts'
import {
  createExecutor,
  createPool,
  decodeTransaction,
  genesisBlock,
  type Pool,
  type RawTransaction,
} from '@veche/execution'
import {
  type Address,
  assert as ensure,
  type Hash,
  type Hex,
  hexToBytes,
  type Network,
} from '@veche/primitives'
import { createMemoryChainStore } from '@veche/storage'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createGossip, type Gossip } from '../../src/gossip.ts'
import { Quotas } from '../../src/quota/quotas.ts'
import { signTransaction } from '../../src/transactions.ts'
import { ADMITTER, admitterDeployment, nullifierOf, spendData } from '../support/admitter.ts'
import {
  ADMIN,
  account,
  advance,
  type Chain,
  createChain,
  keyOf,
  produceBlock,
  send,
} from '../support/service-chain.ts'
import { signerOf } from '../support/world.ts'

const RATE = 1_000
const BUCKET = 60_000
const SHARED_RATE = 1_500
const SHARED_BUCKET = 120_000
/** an anonymous key asks for more than its own bucket holds: only a credential buys it */
const VOTE_GAS = 70_000n
const quotas = {
  ...{ senderRate: BigInt(RATE), senderBucket: BigInt(BUCKET) },
  ...{ sharedRate: BigInt(SHARED_RATE), sharedBucket: BigInt(SHARED_BUCKET) },
}
const SENDERS = [0, 1, 2].map((i) => account(`stranger ${i}`))
const TO = account('nobody')
const silent = { publishTransactions: () => undefined } as unknown as Network

/** What somebody was let in with, by the model's own arithmetic. */
interface Let {
  readonly sender: Address
  readonly gas: number
  readonly atMs: number
}

/** Gas in a bucket, folded from everything that went in. */
function levelOf(lets: readonly Let[], rate: number, nowMs: number): number {
  let level = 0
  let atMs = 0
  for (const one of [...lets, { gas: 0, atMs: nowMs }]) {
    level = Math.max(0, level - (rate * (one.atMs - atMs)) / 1000) + one.gas
    atMs = one.atMs
  }
  return level
}

interface World {
  readonly chain: Chain
  readonly pool: Pool
  readonly quotas: Quotas
  readonly gossip: Gossip
  /** a node with quotas off, over a store of its own */
  readonly other: { execute(block: Awaited<ReturnType<typeof produceBlock>>): Promise<void> }
  readonly lets: Let[]
  /** nullifier → the transaction in the pool that it bought */
  readonly live: Map<number, Hash>
  readonly spent: Set<number>
  /** how many transactions each nullifier put into blocks */
  readonly included: Map<number, number>
  voters: number
}

async function createOther(chain: Chain): Promise<World['other']> {
  const { genesis } = chain
  const first = await genesisBlock(genesis)
  const store = createMemoryChainStore({ ...first, chainId: genesis.chainId })
  const executor = createExecutor({ store, genesis, head: first.block.header })
  let parent = first.block.header
  return {
    async execute({ block, executed }) {
      const judged = await executor.execute(block, parent)
      ensure(judged.ok, '8: valid on a node with quotas off')
      assert.is(judged.value.hash, executed.hash, '8: the same block, the same state root')
      const { hash, transactionHashes, receipts, diff } = judged.value
      const validatorsAfterNext = genesis.validators
      executor.committing(hash)
      await store.commit({ block, hash, transactionHashes, receipts, diff, validatorsAfterNext })
      executor.committed(hash)
      parent = block.header
    },
  }
}

/** The admitter is put into the policy, with notice; every block goes to the other node as well. */
async function createWorld(): Promise<World> {
  const setup = { quotas, haste: 86_400 }
  const chain = await createChain({ setup, deployments: () => [admitterDeployment] })
  const data = quotaPolicy.encode.setAdmitter(ADMITTER, true)
  const schedule = cityAccess.encode.schedule(QUOTA_POLICY_ADDRESS, data, 0)
  const other = await createOther(chain)
  const holder = { pool: undefined as Pool | undefined }
  const book = new Quotas({
    ...{ state: chain.store, executor: chain.executor, nowMs: () => chain.nowSeconds * 1000 },
    ...{ head: () => chain.head.header, isExempt: () => false },
    isPooled: (hash) => holder.pool?.has(hash) === true,
  })
  const pool = createPool({
    ...{ chainId: chain.genesis.chainId, gasLimit: chain.genesis.gasLimit, state: chain.store },
    ...{ clock: () => chain.nowSeconds * 1000, quota: book },
  })
  holder.pool = pool
  const gossip = createGossip({
    ...{ pool, network: silent, nowMs: () => chain.nowSeconds * 1000 },
    vouch: (raw) => book.vouch(raw),
  })
  const world = {
    ...{ chain, pool, quotas: book, gossip, other, lets: [], live: new Map<number, Hash>() },
    ...{ spent: new Set<number>(), included: new Map<number, number>(), voters: 0 },
  }
  for (const [to, call] of [
    [CITY_ACCESS_ADDRESS, schedule],
    [QUOTA_POLICY_ADDRESS, data],
  ] as const) {
    const raw = await signed(world, { from: ADMIN, to, data: call, gas: 300_000n })
    await seal(world, [raw])
    await advance(chain, { seconds: 10 })
  }
  return world
}

interface Call {
  readonly from: Address
  readonly to: Address
  readonly data: Hex
  readonly gas: bigint
}

async function signed({ chain, pool }: World, { from, ...call }: Call): Promise<RawTransaction> {
  const { chainId } = chain.genesis
  const known = pool.pendingNonce(from) ?? chain.store.account(from)?.nonce ?? 0n
  const parts = { chainId, nonce: Number(known), ...call }
  const raw = hexToBytes(await signTransaction(signerOf(keyOf(from)), parts))
  const view = decodeTransaction(raw)
  ensure(view.ok, 'a transaction that decodes')
  return { raw, view: view.value }
}

/** One block on both nodes, and what follows from it. */
async function seal(world: World, transactions: readonly RawTransaction[]): Promise<void> {
  const { chain, pool } = world
  const built = await produceBlock(chain, transactions)
  await world.other.execute(built)
  world.quotas.onHead(built.block.header, built.executed)
  pool.applied(built.executed.receipts.map(({ from }) => from))
  for (const [nullifier, hash] of world.live) {
    const at = built.executed.transactionHashes.indexOf(hash)
    if (at < 0) continue
    assert.is(built.executed.receipts[at]?.status, 1, '9: what was vouched for succeeds')
    world.live.delete(nullifier)
    world.spent.add(nullifier)
    world.included.set(nullifier, (world.included.get(nullifier) ?? 0) + 1)
  }
}

const aCommand = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      who: fc.nat(2),
      gas: fc.integer({ min: 21_000, max: 65_000 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('vote' as const), nullifier: fc.nat(3) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      seconds: fc.constantFrom(1, 7, 30, 120),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('block' as const, 'foreign' as const) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('drop' as const), nullifier: fc.nat(3) }),
  },
)
type Command = typeof aCommand extends fc.Arbitrary<infer T> ? T : never
type Of<kind extends Command['kind']> = Extract<Command, { kind: kind }>

async function runSend(world: World, { who, gas }: Of<'send'>): Promise<void> {
  const { chain, lets } = world
  const sender = SENDERS[who] as Address
  const nowMs = chain.nowSeconds * 1000
  const own = lets.filter((one) => one.sender === sender)
  const fits =
    levelOf(own, RATE, nowMs) + gas <= BUCKET &&
    levelOf(lets, SHARED_RATE, nowMs) + gas <= SHARED_BUCKET
  const one = await signed(world, { from: sender, to: TO, data: '0x', gas: BigInt(gas) })
  const taken = await world.gossip.offer(one.raw)
  assert.is(taken.ok ? 'ok' : taken.code, fits ? 'ok' : 'TRANSACTION_OVER_QUOTA')
  if (fits) lets.push({ sender, gas, atMs: nowMs })
}

/** A key that nobody knows, with a credential that may have been used. */
async function runVote(world: World, { nullifier }: Of<'vote'>): Promise<void> {
  const from = account(`voter ${world.voters++}`)
  const data = spendData(nullifierOf(nullifier))
  const one = await signed(world, { from, to: ADMITTER, data, gas: VOTE_GAS })
  const isUsed = world.spent.has(nullifier) || world.live.has(nullifier)
  const taken = await world.gossip.offer(one.raw)
  assert.is(taken.ok, !isUsed, '9: one transaction of each nullifier')
  if (taken.ok) world.live.set(nullifier, taken.value)
}

/** What a validator without quotas would propose: all, and a stranger's that no pool took. */
async function runForeign(world: World): Promise<void> {
  const over = await signed(world, {
    ...{ from: account(`rich ${world.voters++}`), to: TO, data: '0x' },
    gas: BigInt(SHARED_BUCKET) + 1n,
  })
  assert.not.ok((await world.gossip.offer(over.raw)).ok)
  await seal(world, [...world.pool.pending(), over])
}

async function run(world: World, command: Command): Promise<void> {
  const { chain, pool } = world
  switch (command.kind) {
    case 'send':
      return runSend(world, command)
    case 'vote':
      return runVote(world, command)
    case 'wait':
      return advance(chain, { seconds: command.seconds })
    case 'block':
      return seal(world, [...world.quotas.within(pool.pending(), chain.nowSeconds)])
    case 'foreign':
      return runForeign(world)
    case 'drop': {
      const hash = world.live.get(command.nullifier)
      if (hash === undefined) return
      pool.remove(hash)
      world.live.delete(command.nullifier)
    }
  }
}

/** 7: whatever window one looks at. */
function checkWindows(lets: readonly Let[], rate: number, bucket: number): void {
  for (const [i, from] of lets.entries()) {
    let sum = 0
    for (const { gas, atMs } of lets.slice(i)) {
      sum += gas
      const seconds = (atMs - from.atMs) / 1000
      assert.ok(sum <= bucket + rate * seconds + 1e-6, '7: gas of a window')
    }
  }
}

function checkAll({ lets, included, live, pool }: World): void {
  checkWindows(lets, SHARED_RATE, SHARED_BUCKET)
  for (const sender of SENDERS)
    checkWindows(
      lets.filter((one) => one.sender === sender),
      RATE,
      BUCKET,
    )
  for (const count of included.values()) assert.is(count, 1, '9: in blocks once')
  for (const hash of live.values()) assert.ok(pool.has(hash))
}

test('QuotaPolicy 7 8 9: windows, foreign blocks and credentials are what the model says', async () => {
  const seen = { votes: 0, lets: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(aCommand, { minLength: 15, maxLength: 40 }), async (commands) => {
      const world = await createWorld()
      for (const command of commands) {
        await run(world, command)
        checkAll(world)
      }
      seen.votes += world.included.size
      seen.lets += world.lets.length
    }),
    { numRuns: 12, seed: 2_019, endOnFailure: true },
  )
  assert.ok(seen.votes > 10 && seen.lets > 30, `runs that do something: ${JSON.stringify(seen)}`)
})

test('QuotaPolicy 9: a thief who copies a credential is not admitted beside its owner', async () => {
  const world = await createWorld()
  const offers = await Promise.all(
    ['owner', 'thief'].map(async (name) => {
      const data = spendData(nullifierOf(0))
      const call = { from: account(name), to: ADMITTER, data, gas: VOTE_GAS }
      return world.gossip.offer((await signed(world, call)).raw)
    }),
  )
  assert.is(offers.filter(({ ok }) => ok).length, 1, 'also when both come at once')
  const direct = { from: account('late'), to: ADMITTER, data: spendData(nullifierOf(0)) }
  await seal(world, [...world.pool.pending()])
  assert.not.ok((await send(world.chain, direct)).ok, 'and the contract takes it once')
})

test.run()
