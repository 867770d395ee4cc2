/** eth_getLogs: patterns against brute force, ranges, limits; filters and their life. */
import { bytesToHex, type Log, transactionHash } from '@veche/primitives'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { logFilter } from '../src/decode-filter.ts'
import { FILTER_IDLE_MS, FILTERS_MAX } from '../src/limits.ts'
import { createMatcher } from '../src/log-query.ts'
import { createCaller, signed, walletOf, word } from './caller.ts'
import { createTwin } from './twin.ts'
import { bloomOf } from './twin-blocks.ts'

const alice = walletOf('alice')
const [one, two] = ['one', 'two'].map((name) => walletOf(name).address.toLowerCase()) as [
  `0x${string}`,
  `0x${string}`,
]

type LogJson = Record<string, unknown> & { topics: string[] }

const emit = (nonce: number, to: string, ...topics: number[]): Promise<Uint8Array> =>
  signed(alice, {
    nonce,
    to,
    gasPrice: 0,
    data: `0x${topics.map((t) => word(t).slice(2)).join('')}`,
  })

/** block 1: one[1], two[1,2]; block 2: empty; block 3: one[2,1] */
async function createChain() {
  const twin = createTwin()
  twin.seal([await emit(0, one, 1), await emit(1, two, 1, 2)])
  twin.seal()
  twin.seal([await emit(2, one, 2, 1)])
  return { twin, ...createCaller(twin.backend) }
}

test('finds logs by address, topic position, alternatives and wildcards', async () => {
  const { get } = await createChain()
  const range = { fromBlock: 'earliest', toBlock: 'latest' }
  const table: readonly (readonly [pattern: object, found: readonly string[]])[] = [
    [{}, ['1/0', '1/1', '3/0']],
    [{ address: one }, ['1/0', '3/0']],
    [{ address: [one, two] }, ['1/0', '1/1', '3/0']],
    [{ address: [] }, ['1/0', '1/1', '3/0']],
    [{ topics: [word(1)] }, ['1/0', '1/1']],
    [{ topics: [null, word(1)] }, ['3/0']],
    [{ topics: [[word(1), word(2)]] }, ['1/0', '1/1', '3/0']],
    [{ topics: [[], [word(2), word(1)]] }, ['1/1', '3/0']],
    [{ topics: [null, null] }, ['1/1', '3/0']],
    [{ topics: [null, null, null] }, []],
    [{ address: two, topics: [word(2)] }, []],
    [{ address: alice.address }, []],
  ]
  for (const [pattern, found] of table) {
    const logs = (await get('eth_getLogs', { ...range, ...pattern })) as LogJson[]
    const places = logs.map((log) => `${Number(log['blockNumber'])}/${Number(log['logIndex'])}`)
    assert.equal(places, found, JSON.stringify(pattern))
  }
})

test('looks at the head when no range is named, and at one block by its hash', async () => {
  const { get, code, twin } = await createChain()
  assert.is(((await get('eth_getLogs', {})) as LogJson[]).length, 1)
  const first = (await get('eth_getBlockByNumber', '0x1')) as Record<string, unknown>
  const logs = (await get('eth_getLogs', { blockHash: first['hash'] })) as LogJson[]
  assert.equal(
    logs.map((log) => log['transactionHash']),
    twin.backend.body(1)?.map(transactionHash),
  )
  assert.is(await code('eth_getLogs', { blockHash: word(9) }), -32000)
})

test('refuses ranges that are backwards or beyond the head', async () => {
  const { code } = await createChain()
  assert.is(await code('eth_getLogs', { fromBlock: '0x3', toBlock: '0x2' }), -32602)
  assert.is(await code('eth_getLogs', { fromBlock: '0x0', toBlock: '0x4' }), -32602)
  assert.is(await code('eth_getLogs', { fromBlock: '0x9' }), -32602)
  assert.is(await code('eth_getLogs', { topics: [null, null, null, null, null] }), -32602)
  assert.is(await code('eth_getLogs'), -32602)
})

test('tells the range that fits when too many blocks are asked', async () => {
  const { backend } = await createChain().then(({ twin }) => twin)
  const { ask } = createCaller({ ...backend, head: () => 25_000 })
  const { error } = await ask('eth_getLogs', { fromBlock: '0x0', toBlock: 'latest' })
  assert.is(error?.code, -32005)
  assert.equal(error?.data, { fromBlock: '0x0', toBlock: '0x270f' })
  assert.match(error?.message ?? '', /Try with this block range \[0x0, 0x270f\]/)
  const fits = await ask('eth_getLogs', { fromBlock: '0x0', toBlock: '0x270f' })
  assert.is((fits.result as LogJson[]).length, 3)
})

/** a chain whose blocks 1.. each have `perBlock` equal logs in one receipt */
function createLoud(blocks: number, perBlock: number) {
  const { backend } = createTwin()
  const log: Log = { address: one, topics: [], data: new Uint8Array(0) }
  const logs = Array<Log>(perBlock).fill(log)
  const genesis = backend.header(0)
  const header = genesis && { ...genesis, logsBloom: bloomOf([log]) }
  const receipt = { logs, gasUsed: 1n, cumulativeGasUsed: 1n, type: 0, status: 1 } as never
  return createCaller({
    ...backend,
    head: () => blocks,
    header: (number) => header && { ...header, number },
    body: () => [new Uint8Array([0xc0])],
    receipts: (number) => (number === 0 ? [] : [receipt]),
  })
}

test('tells the range that fits when too many logs match', async () => {
  const { ask } = createLoud(5, 4_000)
  const { error } = await ask('eth_getLogs', { fromBlock: '0x0', toBlock: '0x5' })
  assert.is(error?.code, -32005)
  assert.equal(error?.data, { fromBlock: '0x0', toBlock: '0x2' })
  const fits = await ask('eth_getLogs', { fromBlock: '0x0', toBlock: '0x2' })
  assert.is((fits.result as LogJson[]).length, 8_000)
})

test('always answers a range of one block', async () => {
  const { ask } = createLoud(2, 12_000)
  const wide = await ask('eth_getLogs', { fromBlock: '0x1', toBlock: '0x2' })
  assert.equal(wide.error?.data, { fromBlock: '0x1', toBlock: '0x1' })
  const single = await ask('eth_getLogs', { fromBlock: '0x1', toBlock: '0x1' })
  assert.is((single.result as LogJson[]).length, 12_000)
})

test('lets other work have turns during a long query', async () => {
  const { ask } = createLoud(9_000, 0)
  let turns = 0
  let asking = true
  const tick = (): void => {
    turns++
    if (asking) setImmediate(tick)
  }
  setImmediate(tick)
  await ask('eth_getLogs', { fromBlock: '0x0', toBlock: 'latest' })
  asking = false
  assert.ok(turns > 50, `${turns} turns`)
})

test('the bloom never hides a log that matches', () => {
  const small = fc.integer({ min: 0, max: 3 })
  const topic = small.map((n) => word(n))
  const address = small.map((n) => `0x${String(n).repeat(40)}` as `0x${string}`)
  const log = fc.record({
    address,
    topics: fc.array(topic, { maxLength: 4 }),
    data: fc.constant(new Uint8Array(0)),
  })
  const pattern = fc.record({
    addresses: fc.array(address, { maxLength: 2 }),
    topics: fc.array(fc.array(topic, { maxLength: 2 }), { maxLength: 4 }),
  })
  const brute = (item: Log, { addresses, topics }: { addresses: string[]; topics: string[][] }) =>
    (addresses.length === 0 || addresses.includes(item.address)) &&
    topics.every((any, k) => {
      const own = item.topics[k]
      return own !== undefined && (any.length === 0 || any.includes(own))
    })
  fc.assert(
    fc.property(fc.array(log, { maxLength: 4 }), pattern, (logs, wanted) => {
      const matcher = createMatcher(wanted)
      const matching = logs.filter((item) => brute(item, wanted))
      assert.equal(logs.filter(matcher.matches), matching)
      if (matching.length > 0) assert.ok(matcher.mayMatch(bloomOf(logs)))
    }),
  )
})

test('the bloom skips blocks without reading their receipts', async () => {
  const { backend } = (await createChain()).twin
  const read: number[] = []
  const { get } = createCaller({
    ...backend,
    receipts: (number) => {
      read.push(number)
      return backend.receipts(number)
    },
  })
  await get('eth_getLogs', { fromBlock: '0x0', toBlock: '0x3', topics: [null, word(1)] })
  assert.not.ok(read.includes(0) || read.includes(2))
  assert.ok(read.includes(3))
})

test('a pattern that was decoded matches what it names', () => {
  const decoded = logFilter({ address: one.toUpperCase().replace('0X', '0x') })
  assert.ok(decoded.ok)
  const matcher = decoded.ok ? createMatcher(decoded.value.pattern) : undefined
  assert.ok(matcher?.matches({ address: one, topics: [], data: new Uint8Array(0) }))
})

test('a log filter reports every block once', async () => {
  const { get, twin } = await createChain()
  const filter = await get('eth_newFilter', { address: one })
  assert.equal(await get('eth_getFilterChanges', filter), [])
  twin.seal([await emit(3, one, 1), await emit(4, two, 1)])
  twin.seal([await emit(5, one, 1)])
  assert.is(((await get('eth_getFilterChanges', filter)) as LogJson[]).length, 2)
  assert.equal(await get('eth_getFilterChanges', filter), [])
  assert.is(((await get('eth_getFilterLogs', filter)) as LogJson[]).length, 1)
  assert.is(await get('eth_uninstallFilter', filter), true)
  assert.is(await get('eth_uninstallFilter', filter), false)
})

test('a log filter keeps to its bounds', async () => {
  const { get, twin } = await createChain()
  const later = await get('eth_newFilter', { fromBlock: '0x5', toBlock: '0x5' })
  for (const nonce of [3, 4, 5]) twin.seal([await emit(nonce, one, 1)])
  const logs = (await get('eth_getFilterChanges', later)) as LogJson[]
  assert.equal(
    logs.map((log) => log['blockNumber']),
    ['0x5'],
  )
})

test('a block filter reports hashes, a pending filter reports transactions', async () => {
  const { get, twin } = await createChain()
  const blocks = await get('eth_newBlockFilter')
  const pending = await get('eth_newPendingTransactionFilter')
  const raw = await emit(3, one, 1)
  await get('eth_sendRawTransaction', bytesToHex(raw))
  twin.seal()
  const head = (await get('eth_getBlockByNumber', 'latest')) as Record<string, unknown>
  assert.equal(await get('eth_getFilterChanges', blocks), [head['hash']])
  assert.equal(await get('eth_getFilterChanges', blocks), [])
  assert.equal(await get('eth_getFilterChanges', pending), [transactionHash(raw)])
  assert.equal(await get('eth_getFilterChanges', pending), [])
  assert.is(twin.listeners(), 1)
  await get('eth_uninstallFilter', pending)
  assert.is(twin.listeners(), 0)
})

test('unknown filters and filters nobody polls are gone', async () => {
  let now = 0
  const twin = createTwin()
  const { get, code } = createCaller(twin.backend, { nowMs: () => now })
  const kept = await get('eth_newBlockFilter')
  const left = await get('eth_newPendingTransactionFilter')
  now += FILTER_IDLE_MS - 1
  await get('eth_getFilterChanges', kept)
  now += 1
  assert.is(await code('eth_getFilterChanges', left), -32000)
  assert.is(twin.listeners(), 0)
  assert.equal(await get('eth_getFilterChanges', kept), [])
  assert.is(await code('eth_getFilterChanges', '0x1'), -32000)
  assert.is(await code('eth_getFilterLogs', kept), -32000)
})

test('keeps a bounded number of filters', async () => {
  const { get, code } = createCaller(createTwin().backend)
  for (let k = 0; k < FILTERS_MAX; k++) await get('eth_newBlockFilter')
  assert.is(await code('eth_newBlockFilter'), -32005)
})

test('a filter whose blocks hold too many logs hands them out in parts', async () => {
  let head = 0
  const log: Log = { address: one, topics: [], data: new Uint8Array(0) }
  const { backend } = createTwin()
  const genesis = backend.header(0)
  const header = genesis && { ...genesis, logsBloom: bloomOf([log]) }
  const { get } = createCaller({
    ...backend,
    head: () => head,
    header: (number) => header && { ...header, number },
    body: () => [new Uint8Array([0xc0])],
    receipts: () => [{ logs: Array(6_000).fill(log) } as never],
  })
  const filter = await get('eth_newFilter', {})
  head = 3
  const parts: number[] = []
  for (let k = 0; k < 4; k++)
    parts.push(((await get('eth_getFilterChanges', filter)) as LogJson[]).length)
  assert.equal(parts, [6_000, 6_000, 6_000, 0])
})

test.run()
