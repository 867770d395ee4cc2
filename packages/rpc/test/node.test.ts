/** Fees, and what the node says about itself. */
import { keccakHex } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rewardsOf } from '../src/methods/fees.ts'
import { createCaller, signed, walletOf } from './caller.ts'
import { createTwin } from './twin.ts'

const alice = walletOf('alice')
const bob = walletOf('bob').address

interface History {
  readonly oldestBlock: string
  readonly baseFeePerGas: readonly string[]
  readonly gasUsedRatio: readonly number[]
  readonly baseFeePerBlobGas: readonly string[]
  readonly blobGasUsedRatio: readonly number[]
  readonly reward?: readonly (readonly string[])[]
}

test('every fee answer of a chain without fees is zero', async () => {
  const twin = createTwin()
  twin.seal([await signed(alice, { type: 2, nonce: 0, to: bob, maxFeePerGas: 0 })])
  twin.seal()
  const { get } = createCaller(twin.backend)
  for (const name of ['eth_gasPrice', 'eth_maxPriorityFeePerGas', 'eth_baseFee'])
    assert.is(await get(name), '0x0', name)
  assert.equal(await get('eth_feeHistory', '0x2', 'latest', [10, 50, 90]), {
    oldestBlock: '0x1',
    baseFeePerGas: ['0x0', '0x0', '0x0'],
    gasUsedRatio: [21_000 / 30_000_000, 0],
    baseFeePerBlobGas: ['0x0', '0x0', '0x0'],
    blobGasUsedRatio: [0, 0],
    reward: [
      ['0x0', '0x0', '0x0'],
      ['0x0', '0x0', '0x0'],
    ],
  })
})

test('fee answers agree with a constant base fee', async () => {
  const twin = createTwin({ baseFeePerGas: 1_000n })
  twin.seal([
    await signed(alice, {
      type: 2,
      nonce: 0,
      to: bob,
      maxFeePerGas: 5_000,
      maxPriorityFeePerGas: 7,
    }),
    await signed(alice, { type: 0, nonce: 1, to: bob, gasPrice: 1_100 }),
  ])
  const { get } = createCaller(twin.backend)
  assert.is(await get('eth_gasPrice'), '0x3e8')
  assert.is(await get('eth_maxPriorityFeePerGas'), '0x0')
  const history = (await get('eth_feeHistory', 1, 'latest', [0, 50, 100])) as History
  assert.equal(history.baseFeePerGas, ['0x3e8', '0x3e8'])
  assert.equal(history.reward, [['0x7', '0x7', '0x64']])
})

test('fee history is cut at genesis, and refused beyond the head', async () => {
  const twin = createTwin()
  twin.seal()
  const { get, code } = createCaller(twin.backend)
  const history = (await get('eth_feeHistory', '0x400', '0x1')) as History
  assert.is(history.oldestBlock, '0x0')
  assert.is(history.gasUsedRatio.length, 2)
  assert.is(history.reward, undefined)
  assert.equal(await get('eth_feeHistory', '0x0', 'latest', []), {
    oldestBlock: '0x0',
    gasUsedRatio: null,
  })
  assert.is(await code('eth_feeHistory', '0x1', '0x5'), -32000)
  for (const bad of [[-1], [101], [50, 10], ['x'], Array(101).fill(1), 5])
    assert.is(await code('eth_feeHistory', '0x1', 'latest', bad), -32602, JSON.stringify(bad))
})

test('rewards are weighted by gas', () => {
  const header = { baseFeePerGas: 10n, gasUsed: 100n } as never
  const paid = (gasUsed: bigint, effectiveGasPrice: bigint) => ({ gasUsed, effectiveGasPrice })
  const receipts = [paid(90n, 11n), paid(10n, 15n)] as never
  assert.equal(rewardsOf(header, receipts, [0, 50, 90, 91, 100]), [1n, 1n, 1n, 5n, 5n])
  assert.equal(rewardsOf(header, [], [0, 100]), [0n, 0n])
})

test('tells chain, client, peers and sync', async () => {
  const twin = createTwin({ chainId: 31_337 })
  const { get } = createCaller(twin.backend)
  assert.is(await get('eth_chainId'), '0x7a69')
  assert.is(await get('net_version'), '31337')
  assert.is(await get('net_listening'), true)
  assert.is(await get('net_peerCount'), '0x4')
  assert.is(await get('web3_clientVersion'), 'veche/v0.0.0-twin')
  assert.is(await get('web3_sha3', '0x68656c6c6f'), keccakHex(new TextEncoder().encode('hello')))
  assert.equal(await get('eth_accounts'), [])
  assert.is(await get('eth_syncing'), false)
  twin.setSyncing({ startingBlock: 0, currentBlock: 5, highestBlock: 10 })
  assert.equal(await get('eth_syncing'), {
    startingBlock: '0x0',
    currentBlock: '0x5',
    highestBlock: '0xa',
  })
  assert.equal(await get('rpc_modules'), {
    eth: '1.0',
    net: '1.0',
    rpc: '1.0',
    txpool: '1.0',
    veche: '1.0',
    web3: '1.0',
  })
})

test('subscriptions need a connection that can be notified', async () => {
  const { code } = createCaller(createTwin().backend)
  assert.is(await code('eth_subscribe', 'newHeads'), -32601)
  assert.is(await code('eth_unsubscribe', '0x1'), -32601)
})

test.run()
