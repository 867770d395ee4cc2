/** Bodies of undecided blocks, transactions between pool and peers, and what peers may ask for. */

import type { Proposal } from '@veche/consensus'
import { createNodeKey } from '@veche/network'
import {
  type Address,
  type Block,
  blockHash,
  encodeBlock,
  type Hash,
  hexToBytes,
  type Network,
  type NetworkHandlers,
  type RequestKind,
  transactionHash,
} from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Candidates, createCandidates } from '../src/candidates.ts'
import { forkIdOf } from '../src/genesis-file.ts'
import { createGossip } from '../src/gossip.ts'
import { CANDIDATES_BYTES_MAX, CANDIDATES_MAX } from '../src/limits.ts'
import { encodeMissing } from '../src/missing.ts'
import { Proposals } from '../src/proposals.ts'
import { until } from './support/until.ts'
import {
  createCore,
  createWorld,
  openMember,
  produceBlock,
  signerOf,
  type TestKey,
  transfer,
} from './support/world.ts'

const world = await createWorld()
const TIMEOUT_MS = 60_000
/** of a validator that waits for a body: holders here answer at once or never */
const PATIENCE_MS = 100
const core = createCore(world)
const raw = await transfer(world, 0)
const block = await produceBlock(world, core, [raw], { sealers: [] })
const hash = blockHash(block.header)
const other = await produceBlock(world, createCore(world), [], { sealers: [] })
core.pool.applied([])

type OnRequest = NetworkHandlers['onRequest']

/** a validator on the hub that answers `body` requests as it likes */
async function openHolder(key: TestKey, onRequest: OnRequest): Promise<Network> {
  const network = await world.hub.createNetwork({
    ...{ nodeKey: createNodeKey(), listenAddresses: [], chainId: world.genesis.chainId },
    ...{ genesisHash: world.first.hash, forkId: forkIdOf(world.first.hash, world.genesis) },
    signer: signerOf(key),
  })
  const nothing = (): void => undefined
  const handlers = { onConsensus: nothing, onTransactions: nothing, onBlock: nothing }
  const peers = { onPeerConnected: nothing, onPeerDisconnected: nothing }
  await network.start({ ...handlers, ...peers, onRequest })
  return network
}

interface Asking {
  readonly candidates: Candidates
  readonly penalties: (readonly [string, string])[]
  readonly asked: string[]
}

/** a validator connected to holders, the nth of which has the nth key and this answer */
async function withHolders(
  answers: readonly OnRequest[],
  work: (asking: Asking, holders: readonly Network[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = []
  const holders: Network[] = []
  for (const [index, answer] of answers.entries()) {
    const key = world.validators[index] as TestKey
    const noted: OnRequest = (from, kind, payload) => {
      asked.push(key.address)
      return answer(from, kind, payload)
    }
    holders.push(await openHolder(key, noted))
  }
  const bootnodes = holders.flatMap(({ addresses }) => [...addresses])
  const key = world.validators[3] as TestKey
  const penalties: [string, string][] = []
  const own = await world.hub.createNetwork({
    ...{ nodeKey: createNodeKey(), listenAddresses: [], bootnodes },
    ...{ chainId: world.genesis.chainId, genesisHash: world.first.hash, signer: signerOf(key) },
    forkId: forkIdOf(world.first.hash, world.genesis),
  })
  const nothing = (): void => undefined
  await own.start({
    ...{ onConsensus: nothing, onTransactions: nothing, onBlock: nothing },
    ...{ onPeerConnected: nothing, onPeerDisconnected: nothing, onRequest: async () => [] },
  })
  const penalize = (peer: string, code: string): void => void penalties.push([peer, code])
  const network = { ...own, penalize }
  const transaction = (each: Hash) => core.pool.get(each)?.raw
  const candidates = createCandidates({ network, transaction, patienceMs: PATIENCE_MS })
  try {
    await until('links', async () => own.peers().length === holders.length, TIMEOUT_MS)
    await work({ candidates, penalties, asked }, holders)
  } finally {
    await Promise.all([own, ...holders].map((each) => each.stop()))
  }
}

const addresses = world.validators.map(({ address }) => address)
const serve =
  (given: Block): OnRequest =>
  async () => [encodeBlock(given)]

/** a proposal as far as its body goes */
const proposalOf = (given: Block, transactions = given.transactions): Proposal =>
  ({
    ...{ hash: blockHash(given.header), header: given.header, signer: addresses[0] as Address },
    transactionHashes: transactions.map(transactionHash),
  }) as unknown as Proposal

test('a body is fetched from those named, once, and then held', async () => {
  await withHolders([serve(other), serve(block)], async ({ candidates, asked, penalties }) => {
    const fetched = await candidates.fetch(hash, [addresses[1] as Address])
    assert.equal(fetched, { ok: true, value: block })
    assert.equal(asked, [addresses[1]])
    await candidates.fetch(hash, [addresses[0] as Address])
    assert.is(asked.length, 1)
    assert.equal(candidates.get(hash), block)
    assert.equal(penalties, [])
  })
})

test('who serves another body is penalized, and the next validator is asked', async () => {
  const empty = { ...block, transactions: [] }
  const swapped = { ...block, transactions: [await transfer(world, 0, 7n)] }
  for (const lie of [serve(other), serve(empty), serve(swapped), async () => [hexToBytes('0xc0')]])
    await withHolders([lie, serve(block)], async ({ candidates, penalties, asked }, [liar]) => {
      const fetched = await candidates.fetch(hash, [addresses[0] as Address])
      assert.equal(fetched, { ok: true, value: block })
      assert.equal(penalties, [[liar?.peerId, 'BODY_MISMATCH']])
      assert.equal(asked, [addresses[0], addresses[1]])
    })
})

test('a body that nobody has is not found, and silence is no offence', async () => {
  const fails: OnRequest = () => Promise.reject(new RangeError('broken'))
  await withHolders([async () => [], fails], async ({ candidates, penalties }) => {
    const fetched = await candidates.fetch(hash, addresses)
    assert.is(fetched.ok ? 'found' : fetched.code, 'BODY_NOT_FOUND')
    assert.equal(penalties, [])
    assert.is(candidates.get(hash), undefined)
  })
})

test('the body of a proposal is put together from the pool without asking anybody', async () => {
  await withHolders([serve(other)], async ({ candidates, asked }) => {
    core.pool.add(raw)
    const assembled = await candidates.assemble(proposalOf(block))
    assert.equal(assembled, { ok: true, value: block })
    assert.equal(asked, [])
  })
})

/** a block of transactions that only their proposer has */
const second = await transfer(world, 1)
const pair = await produceBlock(world, createCore(world), [raw, second], { sealers: [] })
const servePair =
  (kinds: RequestKind[], parts: readonly Uint8Array[]): OnRequest =>
  async (_from, kind) => {
    kinds.push(kind)
    return kind === 'transactions' ? parts : [encodeBlock(pair)]
  }

test('only the transactions that the pool lacks are asked of the proposer', async () => {
  const kinds: RequestKind[] = []
  await withHolders([servePair(kinds, [second])], async ({ candidates, penalties }) => {
    core.pool.add(raw)
    const assembled = await candidates.assemble(proposalOf(pair))
    assert.equal(assembled, { ok: true, value: pair })
    assert.equal(kinds, ['transactions'])
    assert.equal(penalties, [])
  })
})

test('other transactions are an offence, no answer is none; then the whole body is asked for', async () => {
  core.pool.remove(transactionHash(raw))
  const cases: [readonly Uint8Array[], string[]][] = [
    [[raw, raw], ['BODY_MISMATCH']],
    [[second], ['BODY_MISMATCH']],
    [[raw, second, second], ['BODY_MISMATCH']],
    [[raw], []],
    [[], []],
  ]
  for (const [parts, expected] of cases) {
    const kinds: RequestKind[] = []
    await withHolders([servePair(kinds, parts)], async ({ candidates, penalties }) => {
      const assembled = await candidates.assemble(proposalOf(pair))
      assert.equal(assembled, { ok: true, value: pair })
      assert.equal(kinds, ['transactions', 'body'])
      assert.equal(
        penalties.map(([, code]) => code),
        expected,
      )
    })
  }
})

test('a list of transactions that is not the header’s spoils no later body', async () => {
  await withHolders([serve(block)], async ({ candidates }) => {
    const listed = await candidates.assemble(proposalOf(block, []))
    assert.ok(listed.ok, 'execution judges it')
    assert.equal(await candidates.fetch(hash, addresses), { ok: true, value: block })
  })
})

test('what is final is forgotten, and so is the oldest of too many', async () => {
  await withHolders([async () => []], async ({ candidates }) => {
    candidates.hold(hash, block)
    candidates.prune(block.header.number - 1)
    assert.equal(candidates.get(hash), block)
    candidates.prune(block.header.number)
    assert.is(candidates.get(hash), undefined)
    const name = (i: number) => `0x${i.toString(16).padStart(64, '0')}` as const
    for (let i = 0; i <= CANDIDATES_MAX; i++) candidates.hold(name(i), block)
    assert.is(candidates.get(name(0)), undefined)
    assert.ok(candidates.get(name(1)))
  })
})

/** the slow half of consensus over a fresh chain */
function proposalsOver(candidates: Candidates) {
  const fresh = createCore(world)
  const { chain, pool, logger, logged } = fresh
  const proposals = new Proposals({ chain, pool, candidates, clock: world.clock, logger })
  return { ...fresh, proposals, logged }
}

test('a proposal that executes is checked with its body, a lie without', async () => {
  await withHolders([serve(block)], async ({ candidates }) => {
    const { proposals, logged } = proposalsOver(candidates)
    const lie = await proposals.execute(hash, { ...block, transactions: [] })
    assert.ok(lie.kind === 'checked' && lie.candidate === null)
    assert.ok(logged.some(({ code }) => code === 'BLOCK_RESULT_MISMATCH'))
    assert.is(candidates.get(hash), undefined)
    const good = await proposals.fetch(hash, addresses)
    assert.ok(good.kind === 'checked')
    if (good.kind === 'checked') assert.equal(good.candidate, { hash, block })
    assert.equal(candidates.get(hash), block)
    const absent = await proposals.fetch(`0x${'11'.repeat(32)}`, addresses)
    assert.ok(absent.kind === 'checked' && absent.candidate === null)
  })
})

test('a list that is not the header’s costs a question, not the block', async () => {
  const stray = await transfer(world, 5)
  for (const listed of [[], [raw, raw], [stray]])
    await withHolders([serve(block)], async ({ candidates }) => {
      const { proposals } = proposalsOver(candidates)
      core.pool.add(raw)
      core.pool.add(stray)
      const answer = await proposals.check({ ...proposalOf(block, listed), round: 0 })
      assert.ok(answer.kind === 'checked')
      if (answer.kind === 'checked') assert.equal(answer.candidate, { hash, block })
    })
})

test('who never answers does not keep a body that another has', async () => {
  const silent: OnRequest = () => new Promise(() => undefined)
  const own = transactionHash(second)
  core.pool.remove(own)
  await withHolders([silent, silent, serve(pair)], async ({ candidates, penalties }) => {
    const at = blockHash(pair.header)
    const assembled = candidates.assemble(proposalOf(pair))
    assert.equal(await assembled, { ok: true, value: pair })
    assert.equal(candidates.get(at), pair)
    assert.equal(penalties, [], 'slowness is no offence')
  })
})

test('a proposal is built from the pool, and held for those who ask', async () => {
  await withHolders([async () => []], async ({ candidates }) => {
    const { proposals, pool, chain } = proposalsOver(candidates)
    pool.add(raw)
    const { coinbase, timestamp, extraData, parentHash } = block.header
    const template = { parentHash, number: 1, coinbase, timestamp, extraData }
    const effect = { kind: 'build', height: 1, round: 0, template } as const
    const { input: built } = await proposals.build(effect)
    assert.ok(built.kind === 'built' && built.candidate !== null)
    if (built.kind !== 'built' || built.candidate === null) return
    assert.equal(built.candidate.block.transactions, [raw])
    assert.equal(candidates.get(built.candidate.hash), built.candidate.block)
    const sealed = await produceBlock(world, createCore(world), [raw])
    assert.ok((await chain.importSealed(sealed)).ok)
    const { input: late } = await proposals.build(effect)
    assert.ok(late.kind === 'built' && late.candidate === null, 'the head is another by now')
  })
})

test('a client’s transaction is published, a peer’s is only taken', async () => {
  const { pool } = createCore(world)
  const published: (readonly Uint8Array[])[] = []
  const network = (await openMember(world)).network
  const publishTransactions = (batch: readonly Uint8Array[]): void => void published.push(batch)
  let nowMs = 0
  const parts = { pool, network: { ...network, publishTransactions }, nowMs: () => nowMs }
  const gossip = createGossip(parts)
  gossip.receive([raw, Uint8Array.of(1, 2, 3)])
  assert.is(pool.count(), 1)
  assert.equal(published, [])
  assert.equal(gossip.submit(second), { ok: true, value: transactionHash(second) })
  assert.equal(published, [[second]])
  const again = gossip.submit(second)
  assert.is(again.ok ? 'taken' : again.code, 'TRANSACTION_KNOWN')
  assert.is(published.length, 1, 'what the pool refuses is not published')
  gossip.republish()
  assert.equal(published[1], [raw, second])
  gossip.republish()
  assert.is(published.length, 2, 'not at once again')
  nowMs = 3_600_000
  gossip.republish()
  assert.is(published.length, 3)
  await network.stop()
})

test('a held body is served by its hash, and nothing else', async () => {
  const server = await openMember(world)
  server.candidates.hold(hash, block)
  const client = await openMember(world, { bootnodes: server.network.addresses })
  await until('a link', async () => client.network.peers().length === 1, TIMEOUT_MS)
  const ask = (payload: Uint8Array) =>
    client.network.request(server.network.peerId, 'body', payload)
  assert.equal(await ask(hexToBytes(hash)), [encodeBlock(block)])
  for (const payload of [hexToBytes(`0x${'11'.repeat(32)}`), hexToBytes('0x11'), new Uint8Array(0)])
    assert.equal(await ask(payload), [])
  await client.stop()
  await server.stop()
})

test('transactions are served by their places in a held block, and nothing else', async () => {
  const server = await openMember(world)
  const at = blockHash(pair.header)
  server.candidates.hold(at, pair)
  const client = await openMember(world, { bootnodes: server.network.addresses })
  await until('a link', async () => client.network.peers().length === 1, TIMEOUT_MS)
  const ask = (payload: Uint8Array) =>
    client.network.request(server.network.peerId, 'transactions', payload)
  assert.equal(await ask(encodeMissing({ hash: at, indices: [1] })), [second])
  assert.equal(await ask(encodeMissing({ hash: at, indices: [0, 1] })), [raw, second])
  const unknown = encodeMissing({ hash, indices: [0] })
  const beyond = encodeMissing({ hash: at, indices: [0, 2] })
  const unordered = encodeMissing({ hash: at, indices: [1, 0] })
  const empty = encodeMissing({ hash: at, indices: [] })
  for (const payload of [unknown, beyond, unordered, empty, beyond.subarray(0, 33)])
    assert.equal(await ask(payload), [])
  await client.stop()
  await server.stop()
})

test('held blocks are bounded in bytes, and the newest one stays', async () => {
  await withHolders([async () => []], async ({ candidates }) => {
    const large = { header: block.header, transactions: [new Uint8Array(CANDIDATES_BYTES_MAX / 2)] }
    const name = (i: number) => `0x${i.toString(16).padStart(64, '0')}` as const
    for (const i of [1, 2, 3]) candidates.hold(name(i), large)
    assert.equal(
      [1, 2, 3].map((i) => candidates.get(name(i)) !== undefined),
      [false, true, true],
    )
    const huge = { header: block.header, transactions: [new Uint8Array(CANDIDATES_BYTES_MAX + 1)] }
    candidates.hold(name(4), huge)
    assert.equal(
      [2, 3, 4].map((i) => candidates.get(name(i)) !== undefined),
      [false, false, true],
    )
  })
})

test.run()
