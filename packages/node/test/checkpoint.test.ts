/**
 * Long-range forks of sold keys: three of the four first validators have left by the contract, and
 * their keys seal another chain from block 5 on. Only a checkpoint tells the two apart.
 */
import { createNodeKey } from '@veche/network'
import {
  type Block,
  blockHash,
  encodeBlock,
  type Hash,
  type Network,
  VecheError,
} from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  assertOnCheckpoint,
  type CheckpointBlock,
  CheckpointGuard,
  parseCheckpoint,
} from '../src/checkpoint.ts'
import { forkIdOf } from '../src/genesis-file.ts'
import { SYNC_HEADERS_MAX } from '../src/limits.ts'
import { growthOf } from './support/set-change.ts'
import { until } from './support/until.ts'
import {
  createCore,
  createWorld,
  type Member,
  type MemberOptions,
  openMember,
  produceBlock,
  type TestKey,
  testKey,
} from './support/world.ts'

const TIMEOUT_MS = 60_000
const FORK_AT = 5
const world = await createWorld({ contracts: true })
const newcomers = [1, 2, 3].map((i) => testKey(`newcomer ${i}`))
const retired = world.validators.slice(0, 3)

/** three replacements, an addition and a removal each, then more than one answer of headers */
async function growHonest() {
  const growth = growthOf(world, createCore(world), [...world.validators, ...newcomers])
  for (let i = 0; i < FORK_AT; i++) await growth.grow()
  for (const [i, newcomer] of newcomers.entries()) {
    await growth.add(newcomer)
    await growth.remove(retired[i] as TestKey)
  }
  while (growth.blocks.length < 2 * SYNC_HEADERS_MAX + 30) await growth.grow()
  return growth
}

/** the same first blocks, then what three keys of the first set like; nothing of it is decided */
async function forge(honest: readonly Block[], length: number) {
  const core = createCore(world)
  const blocks = honest.slice(0, FORK_AT)
  for (const block of blocks) assert.ok((await core.chain.importSealed(block)).ok)
  while (blocks.length < length) {
    // another round: the first forged block differs from the honest one
    const round = blocks.length === FORK_AT ? 1 : 0
    const block = await produceBlock(world, core, [], { sealers: retired, round })
    assert.ok((await core.chain.importSealed(block)).ok)
    blocks.push(block)
  }
  return { core, blocks }
}

const honest = await growHonest()
const forged = await forge(honest.blocks, honest.blocks.length + 20)
const HEIGHT = honest.blocks.length
const hashAt = (blocks: readonly Block[], number: number): Hash =>
  blockHash((blocks[number - 1] as Block).header)
const checkpointAt = (number: number): CheckpointBlock => ({
  ...{ number, hash: hashAt(honest.blocks, number) },
})

async function withMembers(
  stores: readonly { readonly core: { readonly store: Member['store'] } }[],
  options: Omit<MemberOptions, 'bootnodes'>,
  work: (observer: Member, servers: readonly Member[]) => Promise<void>,
): Promise<void> {
  const servers: Member[] = []
  for (const { core } of stores) servers.push(await openMember(world, { store: core.store }))
  const bootnodes = servers.flatMap(({ network }) => network.addresses)
  const observer = await openMember(world, { ...options, bootnodes })
  try {
    await work(observer, servers)
  } finally {
    await observer.stop()
    for (const server of servers) await server.stop()
  }
}

const height = (member: Member): number => member.chain.head().header.number

test('the two chains part at block 6, and both have certificates of their sets', () => {
  assert.is(hashAt(honest.blocks, FORK_AT), hashAt(forged.blocks, FORK_AT))
  assert.is.not(hashAt(honest.blocks, FORK_AT + 1), hashAt(forged.blocks, FORK_AT + 1))
  assert.is(forged.core.chain.head().header.number, HEIGHT + 20)
  const now = honest.core.chain.validatorsAt(HEIGHT)
  assert.is(now.length, 4)
  assert.not.ok(retired.some(({ address }) => now.includes(address)))
  assert.equal(
    forged.core.chain.validatorsAt(HEIGHT),
    world.validators.map(({ address }) => address),
  )
})

test('without a checkpoint an observer believes the forged chain when it comes first', async () => {
  await withMembers([forged], {}, async (observer) => {
    await until('it is fooled', async () => height(observer) === HEIGHT + 20, TIMEOUT_MS)
    assert.is(observer.chain.head().hash, forged.core.chain.head().hash)
    assert.equal(observer.penalties, [])
  })
})

test('with a checkpoint nothing of the forged chain is stored, and its peer is penalised', async () => {
  const checkpoint = checkpointAt(HEIGHT - 3)
  await withMembers([forged], { checkpoint }, async (observer, [liar]) => {
    await until('a penalty', async () => observer.penalties.length > 0, TIMEOUT_MS)
    for (const penalty of observer.penalties)
      assert.equal(penalty, [liar?.network.peerId, 'CHECKPOINT_MISMATCH'])
    assert.is(height(observer), 0, 'also the common blocks are not trusted on its word')
  })
})

test('beside an honest peer the observer takes the honest chain, whichever is higher', async () => {
  const checkpoint = checkpointAt(HEIGHT - 3)
  await withMembers([forged, honest], { checkpoint }, async (observer, [liar]) => {
    await until('it follows', async () => height(observer) === HEIGHT, TIMEOUT_MS)
    assert.is(observer.chain.head().hash, honest.core.chain.head().hash)
    for (const [peer] of observer.penalties) assert.is(peer, liar?.network.peerId)
    assert.equal(observer.fatal, [])
  })
})

test('checkpoints at every place of a segment, and at genesis, lead to the same head', async () => {
  const places = [1, FORK_AT, SYNC_HEADERS_MAX, SYNC_HEADERS_MAX + 1, 2 * SYNC_HEADERS_MAX, HEIGHT]
  for (const number of places)
    await withMembers([honest], { checkpoint: checkpointAt(number) }, async (observer) => {
      await until(`checkpoint ${number}`, async () => height(observer) === HEIGHT, TIMEOUT_MS)
      assert.is(observer.chain.head().hash, honest.core.chain.head().hash)
      assert.equal(observer.penalties, [])
    })
  const genesis = { number: 0, hash: world.first.hash }
  await withMembers([honest], { checkpoint: genesis }, async (observer) => {
    await until('genesis', async () => height(observer) === HEIGHT, TIMEOUT_MS)
  })
})

test('a chain begun here goes on to the checkpoint; a forged one stops the node', async () => {
  const good = createCore(world)
  for (const block of honest.blocks.slice(0, 40)) await good.chain.importSealed(block)
  const options = { checkpoint: checkpointAt(HEIGHT - 3) }
  await withMembers([honest], { ...options, store: good.store }, async (observer) => {
    await until('it goes on', async () => height(observer) === HEIGHT, TIMEOUT_MS)
  })
  const past = createCore(world)
  for (const block of honest.blocks.slice(0, 60)) await past.chain.importSealed(block)
  const below = { checkpoint: checkpointAt(50), store: past.store }
  await withMembers([honest], below, async (observer) => {
    await until('it goes on past it', async () => height(observer) === HEIGHT, TIMEOUT_MS)
  })
  const bad = createCore(world)
  for (const block of forged.blocks.slice(0, 40)) await bad.chain.importSealed(block)
  await withMembers([honest], { ...options, store: bad.store }, async (observer) => {
    await until('the failure', async () => observer.fatal.length > 0, TIMEOUT_MS)
    const [cause] = observer.fatal
    assert.ok(cause instanceof VecheError)
    if (!(cause instanceof VecheError)) return
    assert.is(cause.code, 'CHECKPOINT_CONFLICT')
    assert.is(cause.facts['conflicting'], 40)
    assert.is(height(observer), 40)
  })
})

test('a store that is past the checkpoint on another chain is refused at once', () => {
  const past = checkpointAt(HEIGHT - 3)
  assertOnCheckpoint(honest.core.store, past)
  assertOnCheckpoint(createCore(world).store, past)
  try {
    assertOnCheckpoint(forged.core.store, past)
    assert.unreachable()
  } catch (error) {
    assert.is((error as VecheError).code, 'CHECKPOINT_CONFLICT')
  }
})

test('blocks of the live stream below the checkpoint wait for their proof', async () => {
  const checkpoint = checkpointAt(20)
  const core = createCore(world, undefined, new CheckpointGuard(checkpoint))
  const early = await core.chain.importSealed(honest.blocks[0] as Block)
  assert.is(early.ok ? early.value : early.code, 'CHECKPOINT_UNPROVEN')
  assert.is(core.chain.head().header.number, 0)
})

/** a peer that serves its own choice of blocks for every question */
async function openLiar(parts: () => readonly Uint8Array[]): Promise<Network> {
  const network = await world.hub.createNetwork({
    ...{ nodeKey: createNodeKey(), listenAddresses: [], chainId: world.genesis.chainId },
    ...{ genesisHash: world.first.hash, forkId: forkIdOf(world.first.hash, world.genesis) },
  })
  network.setHead({ number: 10_000, hash: `0x${'99'.repeat(32)}` })
  await network.start({
    ...{ onConsensus: () => undefined, onTransactions: () => undefined, onBlock: () => undefined },
    onRequest: async () => parts(),
    ...{ onPeerConnected: () => undefined, onPeerDisconnected: () => undefined },
  })
  return network
}

test('junk, gaps and blocks in place of headers are penalised and change nothing', async () => {
  const lies = [
    [Uint8Array.of(1, 2, 3)],
    [encodeBlock(honest.blocks[0] as Block)],
    Array.from({ length: 500 }, () => new Uint8Array(0)),
  ]
  for (const lie of lies) {
    const liar = await openLiar(() => lie)
    const options = { bootnodes: liar.addresses, checkpoint: checkpointAt(30) }
    const observer = await openMember(world, options)
    await until('a penalty', async () => observer.penalties.length > 0, TIMEOUT_MS)
    assert.is(observer.penalties[0]?.[1], 'CHECKPOINT_MISMATCH')
    assert.is(height(observer), 0)
    await observer.stop()
    await liar.stop()
  }
})

test('what an operator writes is height:hash and nothing else', () => {
  const hash = `0x${'aB'.repeat(32)}`
  assert.equal(parseCheckpoint(`12:${hash}`), { number: 12, hash: hash.toLowerCase() })
  for (const wrong of ['', '12', ':', `12:${hash}:`, `-1:${hash}`, `1e3:${hash}`, `12:${'ab'}`])
    assert.is(parseCheckpoint(wrong), undefined, wrong)
})

test.run()
