/**
 * A viem script as an application would write it: no gas, fee, nonce or polling settings anywhere.
 */
import * as assert from 'uvu/assert'
import {
  type Abi,
  createPublicClient,
  createWalletClient,
  defineChain,
  type Hex,
  http,
  parseEventLogs,
  webSocket,
} from 'viem'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { tell, until } from './until.ts'

export interface ClientScript {
  readonly url: string
  readonly chainId: number
  readonly accounts: number
  readonly transfersPerAccount: number
  readonly token: { readonly abi: Abi; readonly bytecode: Hex }
}

const TIMEOUT_MS = 60_000
const SHARE = 1_000n

function createClients({ url, chainId }: ClientScript) {
  const chain = defineChain({
    id: chainId,
    name: 'City',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [url], webSocket: [url.replace('http', 'ws')] } },
  })
  const reader = createPublicClient({ chain, transport: http() })
  const live = createPublicClient({ chain, transport: webSocket() })
  const wallet = (account: PrivateKeyAccount) =>
    createWalletClient({ account, chain, transport: http() })
  return { reader, live, wallet }
}

type Clients = ReturnType<typeof createClients>

/** Deploys with a new account that owns nothing: fees are zero. */
async function deploy({ reader, wallet }: Clients, script: ClientScript) {
  const owner = wallet(privateKeyToAccount(generatePrivateKey()))
  const hash = await owner.deployContract({ ...script.token })
  const receipt = await reader.waitForTransactionReceipt({ hash })
  assert.is(receipt.status, 'success')
  assert.ok(receipt.contractAddress)
  return { owner, address: receipt.contractAddress as Hex, fromBlock: receipt.blockNumber }
}

/**
 * Deploy, fan out to the accounts, transfer, wait for every receipt, read logs, follow the chain.
 */
export async function runViem(script: ClientScript): Promise<Hex> {
  const clients = createClients(script)
  const { reader, live, wallet } = clients
  const { abi } = script.token
  const { owner, address, fromBlock } = await deploy(clients, script)
  const holders = Array.from({ length: script.accounts }, () =>
    privateKeyToAccount(generatePrivateKey()),
  )
  const numbers: bigint[] = []
  const heads: string[] = []
  let events = 0
  const unwatch = [
    live.watchBlockNumber({ onBlockNumber: (number) => void numbers.push(number) }),
    live.watchBlocks({ onBlock: ({ hash }) => void heads.push(hash) }),
    live.watchContractEvent({
      address,
      abi,
      eventName: 'Transfer',
      onLogs: (logs) => {
        events += logs.length
      },
    }),
  ]
  const transfer = (from: PrivateKeyAccount | typeof owner, to: Hex, amount: bigint) => {
    const client = 'writeContract' in from ? from : wallet(from)
    return client.writeContract({ address, abi, functionName: 'transfer', args: [to, amount] })
  }
  const shares: Hex[] = []
  for (const holder of holders) shares.push(await transfer(owner, holder.address, SHARE))
  for (const hash of shares) await live.waitForTransactionReceipt({ hash })
  const count = script.accounts * script.transfersPerAccount
  const startedMs = performance.now()
  const work = holders.map(async (holder, index) => {
    const hashes: Hex[] = []
    const to = holders[(index + 1) % holders.length]?.address as Hex
    for (let i = 0; i < script.transfersPerAccount; i++) hashes.push(await transfer(holder, to, 1n))
    return hashes
  })
  const hashes = (await Promise.all(work)).flat()
  const receipts = await Promise.all(
    hashes.map((hash) => live.waitForTransactionReceipt({ hash, timeout: TIMEOUT_MS })),
  )
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  assert.is(receipts.filter(({ status }) => status === 'success').length, count)
  assert.ok(receipts.every(({ effectiveGasPrice }) => effectiveGasPrice === 0n))
  assert.is(parseEventLogs({ abi, logs: receipts.flatMap(({ logs }) => logs) }).length, count)
  const logs = await reader.getContractEvents({ address, abi, eventName: 'Transfer', fromBlock })
  assert.is(logs.length, 1 + holders.length + count)
  for (const holder of holders) {
    const args = [holder.address]
    const balance = await reader.readContract({ address, abi, functionName: 'balanceOf', args })
    assert.is(balance, SHARE)
  }
  const blocks = new Set(receipts.map(({ blockNumber }) => blockNumber))
  await until('every event seen live', async () => events >= holders.length + count, TIMEOUT_MS)
  await until('block numbers seen live', async () => numbers.length >= blocks.size, TIMEOUT_MS)
  assert.ok(heads.length >= blocks.size, 'every head is told')
  for (const stop of unwatch) stop()
  const socket = await live.transport.getRpcClient()
  socket.close()
  tell(`viem: ${count} transfers in ${blocks.size} blocks and ${seconds} s`)
  return address
}
