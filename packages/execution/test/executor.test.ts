/** Building and checking blocks: agreement between executors, refusals, validators, limits. */
import { blockHash, type Header, hexToBytes } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createExecutor } from '../src/index.ts'
import { genesisOf, initCodeOf, keyOf, openChain, sign } from './support/chain.ts'
import { createMemoryStore } from './support/store.ts'

await installNativeCrypto()

const alice = keyOf(10)
const bob = keyOf(11)
const carol = keyOf(12)
/** SSTORE(0, SLOAD(0) + 1), then LOG1 */
const COUNTER = '0x600054600101600055600160206000a100'
const COUNTER_AT = '0x00000000000000000000000000000000000c0de0'
/** JUMPDEST PUSH1 0 JUMP */
const LOOP_AT = '0x00000000000000000000000000000000000c0de1'
const RICH = { [alice.address]: { balance: '1000000000000000000' } }
const ALLOC = { ...RICH, [COUNTER_AT]: { code: COUNTER }, [LOOP_AT]: { code: '0x5b600056' } }

test('a built block executes to the same result on a second executor', async () => {
  const chain = await openChain(genesisOf(ALLOC))
  const parent = chain.head()
  const built = await chain.build([
    sign(alice, { nonce: 0, to: bob.address, value: 5n }),
    sign(alice, { nonce: 1, to: COUNTER_AT }),
    sign(bob, { nonce: 0, data: initCodeOf(COUNTER), type: 2 }),
  ])
  assert.equal(built.rejected, [])
  assert.is(built.block.transactions.length, 3)
  const other = createExecutor({ store: chain.store, genesis: chain.genesis })
  const checked = await other.execute(built.block, parent)
  assert.ok(
    checked.ok,
    JSON.stringify(checked, (_, v) => (typeof v === 'bigint' ? `${v}` : v)),
  )
  assert.is(checked.value.hash, built.executed.hash)
  assert.equal(checked.value.diff, built.executed.diff)
  assert.equal(checked.value.receipts, built.executed.receipts)
  chain.commit(built)
  assert.is(chain.executor.accountAt(chain.head(), bob.address)?.balance, 5n)
  assert.equal(
    chain.executor.slotAt(chain.head(), COUNTER_AT, `0x${'00'.repeat(32)}`),
    Uint8Array.of(1),
  )
})

test('a block whose header claims another result is refused', async () => {
  const chain = await openChain(genesisOf(ALLOC))
  const parent = chain.head()
  const { block } = await chain.build([sign(alice, { nonce: 0, to: COUNTER_AT })])
  const other = createExecutor({ store: chain.store, genesis: chain.genesis })
  const zero = `0x${'00'.repeat(32)}` as const
  const lies: Partial<Header>[] = [
    { stateRoot: zero },
    { receiptsRoot: zero },
    { transactionsRoot: zero },
    { gasUsed: 1n },
    { logsBloom: new Uint8Array(256) },
    { gasLimit: 31_000_000n },
    { baseFeePerGas: 1n },
    { parentHash: zero },
    { number: 7 },
    { timestamp: parent.timestamp - 1 },
    { requestsHash: zero },
    { difficulty: 2n },
    { mixHash: zero },
  ]
  for (const lie of lies) {
    const verdict = await other.execute({ ...block, header: { ...block.header, ...lie } }, parent)
    assert.not.ok(verdict.ok, JSON.stringify(Object.keys(lie)))
  }
  assert.ok((await other.execute(block, parent)).ok)
})

test('a transaction that outlasts its time is dropped, reported, and leaves no trace', async () => {
  const chain = await openChain(genesisOf(ALLOC))
  const built = await chain.build(
    [
      sign(alice, { nonce: 0, to: LOOP_AT, gasLimit: 29_000_000 }),
      sign(bob, { nonce: 0, to: COUNTER_AT }),
    ],
    { transactionTimeMs: 20, transactionWallMs: 60_000 },
  )
  assert.is(built.rejected.length, 1)
  assert.is(built.rejected[0]?.code, 'TRANSACTION_TIMEOUT')
  assert.is(built.block.transactions.length, 1)
  const other = createExecutor({ store: chain.store, genesis: chain.genesis })
  assert.ok((await other.execute(built.block, chain.head())).ok)
})

test('after a stopped transaction the block goes on with light ones, however late it is', async () => {
  const chain = await openChain(genesisOf(ALLOC))
  const loop = sign(alice, { nonce: 0, to: LOOP_AT, gasLimit: 29_000_000 })
  const heavy = sign(bob, { nonce: 0, to: COUNTER_AT, gasLimit: 400_001 })
  const light = sign(carol, { nonce: 0, to: COUNTER_AT, gasLimit: 400_000 })
  // the loop outlasts the block's time as well
  const times = { timeMs: 150, transactionTimeMs: 160, transactionWallMs: 60_000 }
  const built = await chain.build([loop, heavy, light], times)
  assert.is(built.block.transactions.length, 1)
  assert.equal(built.block.transactions[0], light)
  assert.equal(
    built.rejected.map(({ code }) => code),
    ['TRANSACTION_TIMEOUT'],
  )
  assert.equal([built.stopped, built.postponed], [true, 1])
  chain.commit(built)
  const wary = await chain.build([heavy], { lightOnly: true })
  assert.equal([wary.block.transactions.length, wary.stopped, wary.postponed], [0, false, 1])
  assert.equal((await chain.build([heavy])).block.transactions, [heavy])
})

test('a block that takes too long is refused without a lasting verdict', async () => {
  const chain = await openChain(genesisOf(ALLOC))
  const built = await chain.build([sign(alice, { nonce: 0, to: LOOP_AT, gasLimit: 3_000_000 })])
  const other = createExecutor({ store: chain.store, genesis: chain.genesis })
  const hasty = await other.execute(built.block, chain.head(), { timeMs: 5 })
  assert.is(hasty.ok ? '' : hasty.code, 'BLOCK_TIMEOUT')
  assert.ok((await other.execute(built.block, chain.head())).ok)
})

test('the event loop turns while a block runs', async () => {
  const chain = await openChain(genesisOf(ALLOC))
  let turns = 0
  let running = true
  const count = (): void => {
    turns++
    if (running) setImmediate(count)
  }
  setImmediate(count)
  await chain.build([sign(alice, { nonce: 0, to: LOOP_AT, gasLimit: 5_000_000 })])
  running = false
  assert.ok(turns > 10, `${turns} turns`)
})

test('the history contract holds the parent hash and BLOCKHASH agrees with it', async () => {
  // BLOCKHASH(NUMBER - 1) → slot 0; BLOCKHASH(NUMBER - 2) → slot 1
  const reader = '0x60014303406000556002430340600155'
  const at = '0x00000000000000000000000000000000000c0de2'
  const chain = await openChain(genesisOf({ ...ALLOC, [at]: { code: reader } }))
  const hashes = [chain.headHash()]
  for (let i = 0; i < 3; i++) {
    const built = await chain.build([sign(alice, { nonce: i, to: at })])
    chain.commit(built)
    hashes.push(chain.headHash())
  }
  const slot = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const
  const { executor } = chain
  assert.equal(executor.slotAt(chain.head(), at, slot(0)), hexToBytes(hashes[2] as string))
  assert.equal(executor.slotAt(chain.head(), at, slot(1)), hexToBytes(hashes[1] as string))
  const history = '0x0000f90827f1c53a10cb7a02335b175320002935'
  assert.equal(executor.slotAt(chain.head(), history, slot(0)), hexToBytes(hashes[0] as string))
})

test('getValidators of the post-state is reported, and undefined when the call fails', async () => {
  const contract = '0x0000000000000000000000000000000000001000'
  const member = keyOf(1).address.slice(2)
  // returns abi.encode([member]) from code
  const code = `0x60606010600039606060 00f3`.replace(/ /g, '')
  const data = `${'00'.repeat(31)}20${'00'.repeat(31)}01${'00'.repeat(12)}${member}`
  const runtime = `${code}${'00'.repeat(16 - (code.length - 2) / 2)}${data}`
  const good = await openChain(
    genesisOf(
      { ...RICH, [contract]: { code: runtime } },
      { veche: { validatorContract: contract } },
    ),
  )
  assert.equal((await good.build([])).executed.getValidators, [keyOf(1).address])
  const absent = await openChain(genesisOf(RICH, { veche: { validatorContract: contract } }))
  assert.is((await absent.build([])).executed.getValidators, undefined)
})

test('a head that moves while a block is built makes the build null', async () => {
  const chain = await openChain(genesisOf(ALLOC))
  const first = await chain.build([sign(alice, { nonce: 0, to: COUNTER_AT })])
  const building = chain.executor.build({
    template: {
      parentHash: chain.headHash(),
      number: 1,
      coinbase: keyOf(1).address,
      timestamp: chain.head().timestamp + 1,
      extraData: chain.head().extraData,
    },
    parent: chain.head(),
    transactions: [],
    timeMs: 1_000,
  })
  await Promise.resolve()
  chain.commit(first)
  assert.is(await building, null)
})

test('receipts carry what a reader asks for', async () => {
  const chain = await openChain(genesisOf(ALLOC))
  const { executed, block } = await chain.build([
    sign(alice, { nonce: 0, to: COUNTER_AT }),
    sign(alice, { nonce: 1, data: initCodeOf('0xfe'), type: 1, gasPrice: 7 }),
    sign(alice, { nonce: 2, to: LOOP_AT, gasLimit: 30_000 }),
  ])
  const [called, created, failed] = executed.receipts
  assert.is(called?.status, 1)
  assert.is(called?.logs.length, 1)
  assert.is(called?.logs[0]?.address, COUNTER_AT)
  assert.is(created?.contractAddress?.length, 42)
  assert.is(created?.effectiveGasPrice, 7n)
  assert.is(created?.type, 1)
  assert.is(failed?.status, 0)
  assert.is(failed?.gasUsed, 30_000n)
  assert.is(failed?.cumulativeGasUsed, block.header.gasUsed)
  assert.is(blockHash(block.header), executed.hash)
})

test('a store without the state is a failure, not a verdict', async () => {
  const chain = await openChain(genesisOf(ALLOC))
  const built = await chain.build([sign(alice, { nonce: 0, to: bob.address })])
  const empty = createExecutor({ store: createMemoryStore(), genesis: chain.genesis })
  try {
    await empty.execute(built.block, chain.head())
    assert.unreachable()
  } catch (error) {
    assert.is((error as { code?: string }).code, 'STATE_NODE_MISSING')
  }
})

test.run()
