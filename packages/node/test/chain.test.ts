/**
 * The one writer of the head: what it imports, what it refuses, and that refusals leave no trace.
 */
import { listRoot } from '@veche/execution'
import {
  AssertionError,
  type Block,
  blockHash,
  decodeExtraData,
  encodeExtraData,
  type Header,
} from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Core,
  createCore,
  createStore,
  createWorld,
  produceBlock,
  type SealOptions,
  sealBlock,
  testKey,
  transfer,
} from './support/world.ts'

const world = await createWorld()

/** a chain of `blocks` blocks, each with one transfer */
async function chainOf(blocks: number): Promise<Core> {
  const core = createCore(world)
  for (let nonce = 0; nonce < blocks; nonce++) await grow(core, nonce)
  return core
}

async function grow(core: Core, nonce: number): Promise<Block> {
  const block = await produceBlock(world, core, [await transfer(world, nonce)])
  assert.equal(await core.chain.importSealed(block), { ok: true, value: 'imported' })
  core.pool.applied([world.rich.address])
  return block
}

async function refusalOf(core: Core, block: Block): Promise<string> {
  const verdict = await core.chain.importSealed(block)
  return verdict.ok ? 'accepted' : verdict.code
}

const changed = (block: Block, header: Partial<Header>): Block => ({
  ...block,
  header: { ...block.header, ...header },
})

test('a certified block is stored with its certificate, and is known the second time', async () => {
  const core = await chainOf(1)
  const head = core.chain.head()
  assert.is(head.header.number, 1)
  assert.is(core.store.head().hash, head.hash)
  assert.is(blockHash(head.header), head.hash)
  const extra = decodeExtraData(core.store.header(1)?.extraData as Uint8Array)
  assert.ok(extra.ok && extra.value.seals.length === 3)
  const transactions = core.store.body(1) as readonly Uint8Array[]
  assert.equal(await core.chain.importSealed({ header: head.header, transactions }), {
    ok: true,
    value: 'known',
  })
})

test('a block without a certificate of the set in force is refused', async () => {
  const core = await chainOf(0)
  const [a, b, c] = world.validators
  assert.ok(a && b && c)
  if (!a || !b || !c) return
  const sealedBy = (sealers: SealOptions['sealers']) =>
    produceBlock(world, core, [], sealers === undefined ? {} : { sealers })
  const cases: readonly [string, Block][] = [
    ['no seal', await sealedBy([])],
    ['too few', await sealedBy([a, b])],
    ['one twice', await sealedBy([a, b, b])],
    ['a stranger among three', await sealedBy([a, b, testKey('stranger')])],
    ['a stranger beside enough', await sealedBy([a, b, c, testKey('stranger')])],
  ]
  for (const [name, block] of cases)
    assert.is(await refusalOf(core, block), 'CERTIFICATE_INVALID', name)
  const honest = await sealedBy([a, b, c])
  const extra = decodeExtraData(honest.header.extraData)
  assert.ok(extra.ok)
  if (!extra.ok) return
  const extraData = encodeExtraData({ ...extra.value, round: 1 })
  assert.is(await refusalOf(core, changed(honest, { extraData })), 'CERTIFICATE_INVALID')
  assert.is(core.chain.head().header.number, 0)
  assert.is(await refusalOf(core, honest), 'accepted', 'the honest one is taken after all these')
})

test('a sealed lie about the outcome is refused by whoever executes it', async () => {
  const core = await chainOf(1)
  const raw = [await transfer(world, 1)]
  const lie = (header: Partial<Header>): Promise<Block> =>
    produceBlock(world, core, raw, { forge: (block) => changed(block, header) })
  const other = `0x${'5a'.repeat(32)}` as const
  const logsBloom = new Uint8Array(256).fill(1)
  for (const [fields, code] of [
    [{ stateRoot: other }, 'BLOCK_RESULT_MISMATCH'],
    [{ receiptsRoot: other }, 'BLOCK_RESULT_MISMATCH'],
    [{ gasUsed: 1n }, 'BLOCK_RESULT_MISMATCH'],
    [{ logsBloom }, 'BLOCK_RESULT_MISMATCH'],
    [{ transactionsRoot: other }, 'BLOCK_RESULT_MISMATCH'],
    [{ gasLimit: 9_000_000n }, 'BLOCK_HEADER_INVALID'],
    [{ baseFeePerGas: 1n }, 'BLOCK_HEADER_INVALID'],
  ] as const)
    assert.is(await refusalOf(core, await lie(fields)), code, Object.keys(fields).join())
  for (const fields of [
    { timestamp: core.chain.head().header.timestamp - 1 },
    { coinbase: testKey('stranger').address },
    { difficulty: 2n },
    { mixHash: other },
    { nonce: '0x0000000000000001' as const },
    { ommersHash: other },
  ])
    assert.is(
      await refusalOf(core, await lie(fields)),
      'HEADER_INVALID',
      Object.keys(fields).join(),
    )
  assert.is(await refusalOf(core, await lie({})), 'accepted')
})

test('another body under a certified header is refused, also when the honest one was executed', async () => {
  const core = await chainOf(0)
  const honest = await produceBlock(world, core, [await transfer(world, 0)])
  assert.ok((await core.chain.execute(honest)).ok)
  const other = await transfer(world, 0, 7n)
  for (const transactions of [[], [other], [...honest.transactions, other]])
    assert.is(await refusalOf(core, { ...honest, transactions }), 'BLOCK_RESULT_MISMATCH')
  assert.is(core.chain.head().header.number, 0)
  assert.is(await refusalOf(core, honest), 'accepted')
  assert.equal(core.store.body(1), honest.transactions)
})

test('a block with a transaction that cannot run is refused', async () => {
  const core = await chainOf(0)
  const transactions = [await transfer(world, 5)]
  const transactionsRoot = listRoot(transactions)
  const block = await produceBlock(world, core, [], {
    forge: ({ header }) => ({ header: { ...header, transactionsRoot }, transactions }),
  })
  assert.is(await refusalOf(core, block), 'BLOCK_TRANSACTION_INVALID')
  assert.is(core.chain.head().header.number, 0)
})

test('a second certified block of a final height conflicts, whatever its seals', async () => {
  const core = await chainOf(1)
  const rival = createCore(world)
  const conflicting = await produceBlock(world, rival, [], { sealers: world.validators })
  assert.is.not(blockHash(conflicting.header), core.chain.head().hash)
  const before = core.chain.head()
  assert.is(await refusalOf(core, conflicting), 'CONFLICTS_WITH_FINAL')
  assert.is(core.chain.head(), before)
})

test('a block of a later height, or of another parent, waits: no verdict on its sender', async () => {
  const ahead = await chainOf(2)
  const next = await produceBlock(world, ahead, [await transfer(world, 2)])
  const core = await chainOf(1)
  assert.is(await refusalOf(core, next), 'PARENT_NOT_HEAD')
  const other = `0x${'77'.repeat(32)}` as const
  const orphan = await produceBlock(world, core, [await transfer(world, 1)], {
    forge: (block) => changed(block, { parentHash: other }),
  })
  assert.is(await refusalOf(core, orphan), 'PARENT_NOT_HEAD')
})

test('imports that arrive at once are taken one after the other', async () => {
  const source = await chainOf(0)
  const blocks = [await grow(source, 0), await grow(source, 1), await grow(source, 2)]
  const core = createCore(world)
  const verdicts = await Promise.all(
    [...blocks, ...blocks].map((block) => core.chain.importSealed(block)),
  )
  const values = verdicts.map((verdict) => (verdict.ok ? verdict.value : verdict.code))
  assert.equal(values, [...Array(3).fill('imported'), ...Array(3).fill('known')])
  assert.is(core.chain.head().hash, source.chain.head().hash)
})

test('listeners hear every commit once, in order, after it is stored', async () => {
  const core = await chainOf(0)
  const heard: [number, number][] = []
  core.chain.onHead((head, block, executed) => {
    heard.push([head.header.number, core.store.head().number])
    assert.is(executed.hash, head.hash)
    assert.is(blockHash(block.header), head.hash)
  })
  await grow(core, 0)
  await grow(core, 1)
  assert.equal(heard, [
    [1, 1],
    [2, 2],
  ])
})

test('a decided block is committed once, and a rival one is a bug', async () => {
  const core = await chainOf(0)
  const sealed = await produceBlock(world, core, [await transfer(world, 0)])
  const extra = decodeExtraData(sealed.header.extraData)
  assert.ok(extra.ok)
  if (!extra.ok) return
  const { round, seals } = extra.value
  const hash = blockHash(sealed.header)
  const certificate = { height: 1, round, hash, seals }
  const unsealed = sealBlock(sealed, [])
  await core.chain.commitDecided(unsealed, certificate)
  await core.chain.commitDecided(unsealed, certificate)
  assert.is(core.chain.head().hash, hash)
  assert.equal(core.chain.head().header, sealed.header, 'the certificate is in the header')
  assert.ok(core.chain.isFinal(1, hash))
  assert.not.ok(core.chain.isFinal(2, hash))
  const rival = { ...certificate, hash: `0x${'01'.repeat(32)}` as const }
  const caught = await core.chain.commitDecided(unsealed, rival).catch((error: unknown) => error)
  assert.instance(caught, AssertionError)
  await core.chain.importSealed(sealed)
})

/** a block that is decided here and arrives sealed by others, at once; how often it was stored */
async function race(core: Core, isOwnFirst: boolean): Promise<{ verdict: string; heads: number }> {
  const others = await produceBlock(world, core, [await transfer(world, 0)], {
    sealers: world.validators,
  })
  const own = await produceBlock(world, core, [await transfer(world, 0)])
  const extra = decodeExtraData(own.header.extraData)
  assert.ok(extra.ok)
  if (!extra.ok) return { verdict: 'no certificate', heads: 0 }
  const { round, seals } = extra.value
  const hash = blockHash(own.header)
  assert.is(blockHash(others.header), hash, 'other seals, the same block')
  const certificate = { height: 1, round, hash, seals }
  let heads = 0
  core.chain.onHead(() => heads++)
  const decide = (): Promise<void> => core.chain.commitDecided(sealBlock(own, []), certificate)
  const take = (): Promise<string> => refusalOf(core, others)
  const [verdict] = isOwnFirst
    ? [await Promise.all([decide(), take()]).then(([, taken]) => taken)]
    : await Promise.all([take(), decide()])
  return { verdict, heads }
}

// quorum #389, «Impossible reorg»: before a proposer was done with its own block, the same block
// came in from a peer and was committed; then its own commit was a reorganisation to itself.
test('quorum #389: a node that does not look whether its own block came in falls over', async () => {
  const store = createStore(world)
  const blind = new Proxy(store, {
    get: (target, name) =>
      name === 'numberOf' ? () => undefined : Reflect.get(target, name, target),
  })
  const caught = await race(createCore(world, blind), false).catch((error: unknown) => error)
  assert.instance(caught, AssertionError)
})

test('quorum #389: an own block that comes in from others meanwhile is stored once', async () => {
  assert.equal(await race(await chainOf(0), false), { verdict: 'accepted', heads: 1 })
  assert.equal(await race(await chainOf(0), true), { verdict: 'accepted', heads: 1 })
})

test('a candidate is judged by the round it is proposed in', async () => {
  const core = await chainOf(0)
  const late = await produceBlock(world, core, [], { round: 3, sealers: [] })
  const inRound = async (round?: number): Promise<string> => {
    const verdict = await core.chain.execute(late, round === undefined ? {} : { round })
    return verdict.ok ? 'accepted' : verdict.code
  }
  assert.is(await inRound(2), 'HEADER_INVALID', 'its step has not come in round 2')
  assert.is(await inRound(3), 'accepted')
  assert.is(await inRound(), 'accepted', 'any round')
})

test('a build on a head that has moved gives nothing', async () => {
  const core = await chainOf(0)
  const { header, hash } = core.chain.head()
  const template = {
    ...{ parentHash: hash, number: 1, coinbase: header.coinbase },
    ...{ timestamp: header.timestamp, extraData: header.extraData },
  }
  await grow(core, 0)
  assert.is(await core.chain.build({ template, transactions: [], timeMs: 100 }), null)
})

test('a chain over a stored head goes on where it stood', async () => {
  const core = await chainOf(2)
  const again = createCore(world, core.store)
  assert.equal(again.chain.head(), core.chain.head())
  await grow(again, 2)
  assert.is(again.store.head().number, 3)
  assert.equal(again.chain.validatorsAt(5), world.genesis.validators)
})

test('the set of a height above head + 2 is not known yet', async () => {
  const { chain } = await chainOf(1)
  assert.equal(chain.validatorsAt(3), world.genesis.validators)
  assert.throws(
    () => chain.validatorsAt(4),
    (error: unknown) => error instanceof AssertionError,
  )
})

test.run()
