/** viem and ethers, untouched, against a server over the twin. */
import { JsonRpcProvider, parseEther, Wallet, WebSocketProvider } from 'ethers'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Chain,
  createPublicClient,
  createWalletClient,
  defineChain,
  http,
  type Log,
  webSocket,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { createRpcServer, type RpcServer } from '../src/server.ts'
import { walletOf, word } from './caller.ts'
import { createTwin, type Twin, type TwinOptions } from './twin.ts'

const alice = walletOf('alice')
const bob = walletOf('bob').address as `0x${string}`

function chainOf({ url, wsUrl }: RpcServer): Chain {
  return defineChain({
    id: 1234,
    name: 'twin',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [url], webSocket: [wsUrl] } },
  })
}

async function withServer(
  options: TwinOptions,
  use: (twin: Twin, server: RpcServer) => Promise<void>,
): Promise<void> {
  const twin = createTwin({ autoSeal: true, ...options })
  twin.setBalance(alice.address.toLowerCase() as `0x${string}`, parseEther('10'))
  twin.seal()
  const limits = { closeGraceMs: 100 }
  const server = await createRpcServer({ backend: twin.backend, port: 0, limits })
  try {
    await use(twin, server)
  } finally {
    await server.close()
  }
}

test('viem sends, waits for the receipt and reads it all back', async () => {
  await withServer({}, async (_twin, server) => {
    const chain = chainOf(server)
    const reader = createPublicClient({ chain, transport: http(), pollingInterval: 20 })
    const account = privateKeyToAccount(alice.privateKey as `0x${string}`)
    const wallet = createWalletClient({ chain, account, transport: http() })
    assert.is(await reader.getChainId(), 1234)
    const hash = await wallet.sendTransaction({ to: bob, value: 7n, data: word(1) })
    const receipt = await reader.waitForTransactionReceipt({ hash })
    assert.is(receipt.status, 'success')
    assert.is(receipt.effectiveGasPrice, 0n)
    assert.equal(receipt.logs[0]?.topics, [word(1)])
    const transaction = await reader.getTransaction({ hash })
    assert.is(transaction.type, 'eip1559')
    assert.is(transaction.value, 7n)
    const block = await reader.getBlock({ blockHash: receipt.blockHash, includeTransactions: true })
    assert.is(block.transactions[0]?.hash, hash)
    assert.is(block.baseFeePerGas, 0n)
    const logs = await reader.getLogs({ address: bob, fromBlock: 0n })
    assert.is(logs.length, 1)
    assert.is(await reader.getBalance({ address: bob }), 7n)
    const fees = await reader.estimateFeesPerGas()
    assert.equal([fees.maxFeePerGas, fees.maxPriorityFeePerGas], [0n, 0n])
    assert.is(
      (await reader.getFeeHistory({ blockCount: 2, rewardPercentiles: [50] })).reward?.length,
      2,
    )
  })
})

test('viem batches requests into one', async () => {
  await withServer({}, async (_twin, server) => {
    const transport = http(server.url, { batch: true })
    const reader = createPublicClient({ chain: chainOf(server), transport })
    const numbers = Array.from({ length: 50 }, () => reader.getBalance({ address: bob }))
    assert.equal(await Promise.all(numbers), Array(50).fill(0n))
  })
})

test('viem follows heads and logs over WebSocket', async () => {
  await withServer({ autoSeal: false }, async (twin, server) => {
    const transport = webSocket(server.wsUrl, { reconnect: false })
    const reader = createPublicClient({ chain: chainOf(server), transport })
    const numbers: bigint[] = []
    const logs: Log[] = []
    const client = await reader.transport.getRpcClient()
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (numbers.length >= 2 && logs.length >= 1) resolve()
      }
      reader.watchBlockNumber({
        onBlockNumber: (number) => {
          numbers.push(number)
          check()
        },
      })
      reader.watchEvent({
        address: bob,
        onLogs: (found) => {
          logs.push(...found)
          check()
        },
      })
      void (async () => {
        // an answer on the same connection: the subscriptions before it are answered too
        await reader.getChainId()
        await reader.getChainId()
        const raw = await alice.signTransaction({
          chainId: 1234,
          nonce: 0,
          to: bob,
          gasPrice: 0,
          gasLimit: 50_000,
          data: word(9),
        })
        await reader.sendRawTransaction({ serializedTransaction: raw as `0x${string}` })
        twin.seal()
        twin.seal()
      })()
    })
    assert.ok(numbers.includes(2n) && numbers.includes(3n), numbers.join())
    assert.equal(logs[0]?.topics, [word(9)])
    client.close()
  })
})

test('viem shows the reason of a revert', async () => {
  const reason = 'Nope'
  const text = Buffer.from(reason).toString('hex').padEnd(64, '0')
  const data = `08c379a0${word(32).slice(2)}${word(4).slice(2)}${text}`
  const output = new Uint8Array(Buffer.from(data, 'hex'))
  const call = async () => ({ kind: 'revert', output, gasUsed: 1n }) as const
  await withServer({ scripted: { call } }, async (_twin, server) => {
    const reader = createPublicClient({ chain: chainOf(server), transport: http() })
    try {
      await reader.call({ to: bob, data: '0x01' })
      assert.unreachable()
    } catch (error) {
      assert.match(String(error), /Nope/)
    }
  })
})

test('ethers sends, waits and reads', async () => {
  await withServer({}, async (_twin, server) => {
    const provider = new JsonRpcProvider(server.url, 1234, { polling: true, pollingInterval: 20 })
    try {
      const wallet = new Wallet(alice.privateKey, provider)
      const sent = await wallet.sendTransaction({ to: bob, value: 3n, data: word(5) })
      const receipt = await sent.wait()
      assert.is(receipt?.status, 1)
      assert.equal(receipt?.logs[0]?.topics, [word(5)])
      const block = await provider.getBlock('latest', true)
      assert.is(block?.prefetchedTransactions[0]?.hash, sent.hash)
      assert.is(await provider.getBalance(bob), 3n)
      assert.is(await provider.getTransactionCount(alice.address, 'latest'), 1)
      const fees = await provider.getFeeData()
      assert.is(fees.gasPrice, 0n)
      assert.is((await provider.getLogs({ address: bob, fromBlock: 0 })).length, 1)
      const missing = await provider.getTransactionReceipt(word(1))
      assert.is(missing, null)
    } finally {
      provider.destroy()
    }
  })
})

test('ethers follows blocks and pending transactions over WebSocket', async () => {
  await withServer({}, async (_twin, server) => {
    const provider = new WebSocketProvider(server.wsUrl, 1234)
    try {
      const block = new Promise<number>((resolve) => void provider.on('block', resolve))
      const pending = new Promise<string>((resolve) => void provider.on('pending', resolve))
      await provider.getBlockNumber()
      await provider.getBlockNumber()
      const wallet = new Wallet(alice.privateKey, provider)
      const sent = await wallet.sendTransaction({ to: bob, value: 1n })
      assert.is(await pending, sent.hash)
      assert.is(await block, 2)
      assert.is((await sent.wait())?.blockNumber, 2)
    } finally {
      await provider.destroy()
    }
  })
})

test.run()
