/** Subscriptions of a connection and the feed that fills them, without a socket. */
import { bytesToHex, transactionHash } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createFeed } from '../src/feed.ts'
import { SUBSCRIPTIONS_MAX } from '../src/limits.ts'
import { createSession } from '../src/session.ts'
import { createCaller, signed, walletOf, word } from './caller.ts'
import { createTwin, type TwinOptions } from './twin.ts'

const alice = walletOf('alice')
const bob = walletOf('bob').address.toLowerCase()

interface Notice {
  readonly jsonrpc: string
  readonly method: string
  readonly params: Record<string, unknown>
}

/** a session whose reader can be made slow */
function createReader(options: TwinOptions = {}) {
  const twin = createTwin(options)
  const faults: unknown[] = []
  const feed = createFeed(twin.backend, (fault) => void faults.push(fault))
  const notices: Notice[] = []
  const reader = { slow: false }
  const session = createSession((text) => {
    if (reader.slow) return false
    notices.push(JSON.parse(text) as Notice)
    return true
  })
  feed.add(session)
  const turn = session.turn()
  const caller = createCaller(twin.backend, { turn })
  const follow = async (...params: unknown[]): Promise<unknown> => {
    const id = await caller.get('eth_subscribe', ...params)
    turn.activate()
    return id
  }
  return { ...caller, twin, feed, session, notices, reader, turn, follow, faults }
}

const resultsOf = (notices: readonly Notice[], id: unknown): unknown[] =>
  notices
    .filter(({ method, params }) => method === 'eth_subscription' && params['subscription'] === id)
    .map(({ params }) => params['result'])

test('follows heads with the fields of a header', async () => {
  const { follow, notices, twin, get } = createReader()
  const id = await follow('newHeads')
  twin.seal()
  twin.seal()
  const heads = resultsOf(notices, id) as Record<string, unknown>[]
  assert.equal(
    heads.map((head) => head['number']),
    ['0x1', '0x2'],
  )
  const block = (await get('eth_getBlockByNumber', '0x1')) as Record<string, unknown>
  const { size, transactions, uncles, withdrawals, ...header } = block
  assert.ok(size && transactions && uncles && withdrawals)
  assert.equal(heads[0], header)
})

test('follows the logs of a pattern', async () => {
  const { follow, notices, twin, get } = createReader()
  const mine = await follow('logs', { address: bob, topics: [word(1)] })
  const all = await follow('logs')
  const raws = [1, 2].map((topic, nonce) =>
    signed(alice, { nonce, to: bob, gasPrice: 0, data: word(topic) }),
  )
  twin.seal(await Promise.all(raws))
  const read = (await get('eth_getLogs', {})) as unknown[]
  assert.equal(resultsOf(notices, all), read)
  assert.equal(resultsOf(notices, mine), read.slice(0, 1))
})

test('follows pending transactions by hash or whole', async () => {
  const { follow, notices, get } = createReader()
  const hashes = await follow('newPendingTransactions')
  const wholes = await follow('newPendingTransactions', true)
  const raw = await signed(alice, { nonce: 0, to: bob, gasPrice: 0 })
  await get('eth_sendRawTransaction', bytesToHex(raw))
  const hash = transactionHash(raw)
  assert.equal(resultsOf(notices, hashes), [hash])
  assert.equal(resultsOf(notices, wholes), [await get('eth_getTransactionByHash', hash)])
})

test('follows receipts, of all transactions or of those that are named', async () => {
  const { follow, notices, twin, get } = createReader()
  const raws = [0, 1].map((nonce) => signed(alice, { nonce, to: bob, gasPrice: 0 }))
  const [first, second] = await Promise.all(raws)
  assert.ok(first && second)
  const named = await follow('transactionReceipts', {
    transactionHashes: [second ? transactionHash(second) : ''],
  })
  const all = await follow('transactionReceipts')
  twin.seal([first, second].filter((raw) => raw !== undefined))
  const receipts = (await get('eth_getBlockReceipts', 'latest')) as unknown[]
  assert.equal(resultsOf(notices, all), [receipts])
  assert.equal(resultsOf(notices, named), [[receipts[1]]])
})

test('follows the beginning and the end of syncing', async () => {
  const { follow, notices, twin } = createReader()
  const id = await follow('syncing')
  twin.setSyncing({ startingBlock: 0, currentBlock: 1, highestBlock: 9 })
  twin.setSyncing(undefined)
  assert.equal(resultsOf(notices, id), [
    { syncing: true, status: { startingBlock: '0x0', currentBlock: '0x1', highestBlock: '0x9' } },
    false,
  ])
})

test('a subscription is silent until its answer was sent and after it ended', async () => {
  const { get, notices, twin, turn } = createReader()
  const id = await get('eth_subscribe', 'newHeads')
  twin.seal()
  assert.is(notices.length, 0)
  turn.activate()
  twin.seal()
  assert.is(notices.length, 1)
  assert.is(await get('eth_unsubscribe', id), true)
  assert.is(await get('eth_unsubscribe', id), false)
  twin.seal()
  assert.is(notices.length, 1)
})

test('one answer starts only its own subscriptions', async () => {
  const { session, twin, notices } = createReader()
  const [early, late] = [session.turn(), session.turn()]
  early.subscribe({ kind: 'newHeads' })
  late.subscribe({ kind: 'newHeads' })
  late.activate()
  twin.seal()
  assert.is(notices.length, 1)
})

test('a slow reader is told what it lost before it gets more', async () => {
  const { follow, notices, twin, reader } = createReader()
  const id = await follow('newHeads')
  twin.seal()
  reader.slow = true
  twin.seal()
  twin.seal()
  reader.slow = false
  twin.seal()
  assert.equal(
    notices.map(({ method }) => method),
    ['eth_subscription', 'veche_lagged', 'eth_subscription'],
  )
  assert.equal(notices[1]?.params, { subscription: id, fromBlock: '0x2', toBlock: '0x4' })
})

test('a reader that caught up on a silent chain is told at once', async () => {
  const { follow, notices, twin, reader, session } = createReader()
  await follow('newHeads')
  reader.slow = true
  twin.seal()
  session.drained(1)
  assert.is(notices.length, 0)
  reader.slow = false
  session.drained(1)
  session.drained(1)
  assert.equal(
    notices.map(({ method }) => method),
    ['veche_lagged'],
  )
})

test('refuses unknown topics, bad options and too many', async () => {
  const { code, get } = createReader()
  assert.is(await code('eth_subscribe', 'newHeadz'), -32601)
  assert.is(await code('eth_subscribe', 'toString'), -32601)
  assert.is(await code('eth_subscribe', 'logs', { address: '0x1' }), -32602)
  assert.is(await code('eth_subscribe', 'logs', { blockHash: word(1) }), -32602)
  assert.is(await code('eth_subscribe', 'newPendingTransactions', 'yes'), -32602)
  assert.is(await code('eth_subscribe'), -32602)
  for (let k = 0; k < SUBSCRIPTIONS_MAX; k++) await get('eth_subscribe', 'newHeads')
  assert.is(await code('eth_subscribe', 'newHeads'), -32005)
})

test('a fault while telling never reaches the node', async () => {
  const broken = new Error('disk')
  const receipts = (): never => {
    throw broken
  }
  const { follow, faults, twin, notices } = createReader({ scripted: { receipts } })
  const id = await follow('newHeads')
  await follow('transactionReceipts')
  twin.seal()
  assert.equal(faults, [broken])
  assert.is(resultsOf(notices, id).length, 1)
})

test('reads the receipts of a block once for all who follow logs', async () => {
  let reads = 0
  const twin = createTwin()
  const receipts = (number: number) => {
    reads++
    return twin.backend.receipts(number)
  }
  const { follow, notices, session } = createReader()
  for (let k = 0; k < 6; k++) await follow('logs')
  const feed = createFeed({ ...twin.backend, receipts }, () => undefined)
  feed.add(session)
  twin.seal([await signed(alice, { nonce: 0, to: bob, gasPrice: 0, data: word(1) })])
  assert.is(notices.length, 6)
  assert.is(reads, 1)
})

test('a closed feed listens to nothing', () => {
  const { feed, twin } = createReader()
  assert.is(twin.listeners(), 3)
  feed.close()
  assert.is(twin.listeners(), 0)
})

test.run()
