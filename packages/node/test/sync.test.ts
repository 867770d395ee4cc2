/** Catching up from honest, silent and lying peers over the in-memory network. */
import { createNodeKey } from '@veche/network'
import {
  type Block,
  decodeBlock,
  encodeBlock,
  encodeRlp,
  hexToBytes,
  type Network,
  type NetworkHandlers,
  numberToBytes,
  type PeerInfo,
} from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { forkIdOf } from '../src/genesis-file.ts'
import { SYNC_BLOCKS_MAX } from '../src/limits.ts'
import { Sync } from '../src/sync.ts'
import { answerBlocks } from '../src/sync-request.ts'
import { until } from './support/until.ts'
import {
  type Core,
  createCore,
  createStore,
  createWorld,
  type Member,
  openMember,
  produceBlock,
  sealBlock,
  testKey,
  transfer,
} from './support/world.ts'

const world = await createWorld()
const TIMEOUT_MS = 60_000

/** the honest chain: core and its blocks from 1 on */
async function growChain(count: number): Promise<{ core: Core; blocks: readonly Block[] }> {
  const core = createCore(world)
  const blocks: Block[] = []
  for (let i = 0; i < count; i++) {
    const block = await produceBlock(world, core, i < 3 ? [await transfer(world, i)] : [])
    assert.ok((await core.chain.importSealed(block)).ok)
    core.pool.applied([world.rich.address])
    blocks.push(block)
  }
  return { core, blocks }
}

const { core: honest, blocks } = await growChain(140)
const blockAt = (number: number): Block => blocks[number - 1] as Block

interface Rogue {
  readonly network: Network
  readonly asked: string[]
}

/** A peer that says it is at `head` and answers as it likes. */
async function openRogue(head: number, onRequest: NetworkHandlers['onRequest']): Promise<Rogue> {
  const network = await world.hub.createNetwork({
    ...{ nodeKey: createNodeKey(), listenAddresses: [], chainId: world.genesis.chainId },
    ...{ genesisHash: world.first.hash, forkId: forkIdOf(world.first.hash, world.genesis) },
  })
  const asked: string[] = []
  network.setHead({ number: head, hash: `0x${'99'.repeat(32)}` })
  await network.start({
    onConsensus: () => undefined,
    onTransactions: () => undefined,
    onBlock: () => undefined,
    onRequest(from, kind, payload) {
      asked.push(kind)
      return onRequest(from, kind, payload)
    },
    onPeerConnected: () => undefined,
    onPeerDisconnected: () => undefined,
  })
  return { network, asked }
}

async function withPeers(
  peers: readonly Network[],
  work: (observer: Member) => Promise<void>,
): Promise<void> {
  const bootnodes = peers.flatMap((network) => [...network.addresses])
  const observer = await openMember(world, { bootnodes })
  try {
    await work(observer)
    assert.equal(observer.fatal, [])
  } finally {
    await observer.stop()
    await Promise.all(peers.map((network) => network.stop()))
  }
}

const settled = (observer: Member, head: number): Promise<void> =>
  until(`head ${head}`, async () => observer.store.head().number === head, TIMEOUT_MS)

const ask = (from: number, count: number): Uint8Array =>
  encodeRlp([numberToBytes(from), numberToBytes(count)])

test('an answer holds the sealed blocks asked for, in order, and never too many', () => {
  const numbers = (payload: Uint8Array): (number | undefined)[] =>
    answerBlocks(honest.store, payload).map((part) => {
      const block = decodeBlock(part)
      return block.ok ? block.value.header.number : undefined
    })
  assert.equal(numbers(ask(1, 3)), [1, 2, 3])
  assert.equal(numbers(ask(139, 10)), [139, 140])
  assert.equal(numbers(ask(141, 10)), [])
  assert.equal(numbers(ask(1, 0)), [])
  assert.is(numbers(ask(1, 1_000_000)).length, SYNC_BLOCKS_MAX)
  assert.is(numbers(ask(1, Number.MAX_SAFE_INTEGER)).length, SYNC_BLOCKS_MAX)
  assert.equal(answerBlocks(honest.store, ask(2, 1))[0], encodeBlock(blockAt(2)))
})

test('a request that is no request is answered with nothing', () => {
  for (const payload of [new Uint8Array(0), Uint8Array.of(0xff), encodeRlp([]), ask(1, 1).slice(1)])
    assert.equal(answerBlocks(honest.store, payload), [])
})

test('a node that was away takes more blocks than one answer holds', async () => {
  const server = await openMember(world, { store: honest.store })
  await withPeers([server.network], async (observer) => {
    await settled(observer, 140)
    assert.is(observer.store.head().hash, honest.store.head().hash)
    assert.equal(observer.store.header(97), honest.store.header(97))
    assert.equal(observer.penalties, [])
    await until('in step', async () => observer.sync.behind() === 0, TIMEOUT_MS)
  })
  await server.stop()
})

/** blocks behind, when the validators of these indices (none: other peers) announce these heads */
function behindOf(...announced: readonly (readonly [index: number | undefined, head: number])[]) {
  const { chain, logger } = createCore(world)
  const peers = announced.map(([index, number], i): PeerInfo => {
    const key = index === undefined ? undefined : world.validators[index]
    const head = { number, hash: world.first.hash }
    const base = { peerId: `${i}`, address: '/', agent: '', head, inbound: true }
    return key === undefined ? base : { ...base, validator: key.address }
  })
  const network = { peers: () => peers } as Partial<Network> as Network
  return new Sync({ chain, network, logger, onFatal: () => undefined }).behind()
}

test('who promised much and brought nothing is asked after the others', async () => {
  const { chain, logger } = createCore(world)
  const asked: string[] = []
  const heads = new Map([
    ['liar', 1_000_000],
    ['server', 2],
  ])
  const network = {
    peers: () =>
      [...heads].map(([peerId, number]): PeerInfo => {
        const head = { number, hash: world.first.hash }
        return { peerId, address: '/', agent: '', head, inbound: true }
      }),
    async request(peerId: string, _kind: string, payload: Uint8Array) {
      asked.push(peerId)
      if (peerId === 'liar') throw new RangeError('silent for as long as it may')
      return answerBlocks(honest.store, payload).slice(0, heads.get('server'))
    },
    penalize: () => undefined,
  } as Partial<Network> as Network
  const sync = new Sync({ chain, network, logger, onFatal: () => undefined })
  const reach = async (number: number): Promise<void> => {
    sync.poke()
    await until(`head ${number}`, async () => chain.head().header.number >= number, TIMEOUT_MS)
    await sync.idle()
  }
  await reach(2)
  assert.equal(asked, ['liar', 'server'], 'nobody knew it before')
  asked.length = 0
  heads.set('server', 4)
  await reach(4)
  assert.equal(asked.slice(0, 2), ['server', 'liar'])
  await sync.stop()
})

test('a node is behind when f+1 validators say so, not when one does', () => {
  assert.is(behindOf(), 0)
  assert.is(behindOf([0, 1e9], [1, 0], [2, 0]), 0)
  assert.is(behindOf([0, 1e9], [1, 7], [2, 0]), 7)
  assert.is(behindOf([undefined, 1e9], [1, 7], [2, 8]), 7)
  assert.is(behindOf([undefined, 9], [1, 7]), 9, 'with fewer in reach the highest claim counts')
})

const forged = async (number: number): Promise<Block> => {
  const core = createCore(world)
  for (let i = 1; i < number; i++) await core.chain.importSealed(blockAt(i))
  const stateRoot = `0x${'5a'.repeat(32)}` as const
  return produceBlock(world, core, [], {
    forge: (block) => ({ ...block, header: { ...block.header, stateRoot } }),
  })
}

test('a peer that serves a forged block is penalized, and the next peer is asked', async () => {
  const strangers = [1, 2, 3].map((i) => testKey(`stranger ${i}`))
  const lies: readonly [string, Uint8Array, string][] = [
    ['garbage', Uint8Array.of(1, 2, 3), 'BLOCK_MALFORMED'],
    ['strangers', encodeBlock(sealBlock(blockAt(1), strangers)), 'CERTIFICATE_INVALID'],
    ['no seals', encodeBlock(sealBlock(blockAt(1), [])), 'CERTIFICATE_INVALID'],
    ['state', encodeBlock(await forged(1)), 'BLOCK_RESULT_MISMATCH'],
    ['body', encodeBlock({ ...blockAt(1), transactions: [] }), 'BLOCK_RESULT_MISMATCH'],
  ]
  for (const [name, part, code] of lies) {
    const rogue = await openRogue(1_000, async () => [part])
    const server = await openMember(world, { store: honest.store })
    await withPeers([rogue.network, server.network], async (observer) => {
      await settled(observer, 140)
      assert.ok(observer.penalties.length > 0, name)
      for (const penalty of observer.penalties)
        assert.equal(penalty, [rogue.network.peerId, code], name)
      assert.ok(rogue.asked.length >= 1)
    })
    await server.stop()
  }
})

test('good blocks before a forged one are kept', async () => {
  const parts = [blockAt(1), blockAt(2), await forged(3)].map(encodeBlock)
  const rogue = await openRogue(1_000, async () => parts)
  await withPeers([rogue.network], async (observer) => {
    await settled(observer, 2)
    await until('a penalty', async () => observer.penalties.length > 0, TIMEOUT_MS)
    assert.is(observer.penalties[0]?.[1], 'BLOCK_RESULT_MISMATCH')
    assert.is(observer.store.head().hash, honest.store.header(3)?.parentHash)
  })
})

test('a peer that is silent, fails, or sends old blocks stops nobody', async () => {
  const silent = await openRogue(900, async () => [])
  const failing = await openRogue(800, () => Promise.reject(new RangeError('broken')))
  const old = await openRogue(700, async () => [encodeBlock(blockAt(1)), encodeBlock(blockAt(1))])
  const server = await openMember(world, { store: honest.store })
  const peers = [silent, failing, old].map(({ network }) => network)
  await withPeers([...peers, server.network], async (observer) => {
    await settled(observer, 140)
    assert.equal(observer.penalties, [])
    const progress = observer.sync.progress()
    assert.is(progress?.current, 140)
    assert.is(progress?.highest, 900, 'what is claimed is told, never believed')
  })
  await server.stop()
})

/** pushes bytes on the live stream as a peer does */
async function withStream(work: (observer: Member, rogue: Rogue) => Promise<void>): Promise<void> {
  const rogue = await openRogue(0, async () => [])
  await withPeers([rogue.network], async (observer) => {
    await until('a link', async () => rogue.network.peers().length === 1, TIMEOUT_MS)
    await work(observer, rogue)
  })
}

test('blocks of the live stream are taken in their order, however they arrive', async () => {
  await withStream(async (observer, rogue) => {
    for (const number of [3, 2, 4, 1])
      rogue.network.announceBlock(number, encodeBlock(blockAt(number)))
    await settled(observer, 4)
    rogue.network.announceBlock(2, encodeBlock(blockAt(2)))
    rogue.network.announceBlock(5, encodeBlock(blockAt(5)))
    await settled(observer, 5)
    assert.equal(observer.penalties, [])
  })
})

test('a forged block on the live stream is refused and the honest one still taken', async () => {
  await withStream(async (observer, rogue) => {
    rogue.network.announceBlock(1, encodeBlock(await forged(1)))
    await until('a penalty', async () => observer.penalties.length === 1, TIMEOUT_MS)
    rogue.network.announceBlock(1, hexToBytes('0xc0'))
    await until('another', async () => observer.penalties.length === 2, TIMEOUT_MS)
    const codes = observer.penalties.map(([, code]) => code)
    assert.equal(codes, ['BLOCK_RESULT_MISMATCH', 'BLOCK_MALFORMED'])
    rogue.network.announceBlock(1, encodeBlock(blockAt(1)))
    await settled(observer, 1)
  })
})

test('a block far ahead on the live stream is not kept', async () => {
  await withStream(async (observer, rogue) => {
    for (const number of [140, 2]) rogue.network.announceBlock(number, encodeBlock(blockAt(number)))
    rogue.network.announceBlock(1, encodeBlock(blockAt(1)))
    await settled(observer, 2)
    assert.equal(observer.penalties, [])
  })
})

test('a stopped sync takes nothing more', async () => {
  await withStream(async (observer, rogue) => {
    await observer.sync.stop()
    const [peer] = observer.network.peers()
    assert.ok(peer)
    if (peer === undefined) return
    observer.sync.onBlock(peer, encodeBlock(blockAt(1)))
    assert.is(rogue.network.peers().length, 1)
    const next = await observer.chain.importSealed(blockAt(2))
    assert.is(next.ok ? next.value : next.code, 'PARENT_NOT_HEAD')
  })
})

test('a store that fails is fatal, not a verdict about the peer', async () => {
  const store = createStore(world)
  const failure = new RangeError('disk full')
  const broken = { ...store, commit: () => Promise.reject(failure) }
  const server = await openMember(world, { store: honest.store })
  const observer = await openMember(world, { store: broken, bootnodes: server.network.addresses })
  await until('the failure', async () => observer.fatal.length > 0, TIMEOUT_MS)
  assert.is(observer.fatal[0], failure)
  assert.equal(observer.penalties, [])
  await observer.stop()
  await server.stop()
})

test.run()
