/** An ethers 6 script as an application would write it: no gas, fee, nonce or polling settings. */
import {
  Contract,
  ContractFactory,
  type InterfaceAbi,
  JsonRpcProvider,
  NonceManager,
  Wallet,
  WebSocketProvider,
} from 'ethers'
import * as assert from 'uvu/assert'
import type { ClientScript } from './client-viem.ts'
import { tell, until } from './until.ts'

const TIMEOUT_MS = 60_000
const SHARE = 1_000n

/** ethers types contract methods by name only at run time. */
interface Token {
  transfer(to: string, amount: bigint): Promise<{ hash: string; wait(): Promise<Mined | null> }>
  balanceOf(of: string): Promise<bigint>
}

interface Mined {
  readonly status: number | null
  readonly blockNumber: number
  readonly gasPrice: bigint
}

/** Deploy, fan out, transfer, wait for every receipt, read logs, follow blocks and events. */
export async function runEthers(script: ClientScript): Promise<string> {
  const provider = new JsonRpcProvider(script.url)
  const live = new WebSocketProvider(script.url.replace('http', 'ws'))
  try {
    return await transferAll(provider, live, script)
  } finally {
    provider.destroy()
    await live.destroy()
  }
}

async function transferAll(
  provider: JsonRpcProvider,
  live: WebSocketProvider,
  script: ClientScript,
): Promise<string> {
  assert.is((await provider.getNetwork()).chainId, BigInt(script.chainId))
  const owner = new NonceManager(Wallet.createRandom(provider))
  // ethers knows the ABI as loose JSON
  const abi = [...script.token.abi] as InterfaceAbi
  const factory = new ContractFactory(abi, script.token.bytecode, owner)
  const deployed = await factory.deploy()
  await deployed.waitForDeployment()
  const address = await deployed.getAddress()
  const contract = new Contract(address, abi, provider)
  const connect = (signer: NonceManager): Token => contract.connect(signer) as unknown as Token
  const holders = Array.from(
    { length: script.accounts },
    () => new NonceManager(Wallet.createRandom(provider)),
  )
  const numbers = new Set<number>()
  let events = 0
  await live.on('block', (number: number) => void numbers.add(number))
  const watched = new Contract(address, abi, live)
  await watched.on('Transfer', () => {
    events++
  })
  const addresses = await Promise.all(holders.map((holder) => holder.getAddress()))
  const shares: Awaited<ReturnType<Token['transfer']>>[] = []
  for (const to of addresses) shares.push(await connect(owner).transfer(to, SHARE))
  for (const share of shares) await share.wait()
  const count = script.accounts * script.transfersPerAccount
  const startedMs = performance.now()
  const work = holders.map(async (holder, index) => {
    const token = connect(holder)
    const sent: Awaited<ReturnType<Token['transfer']>>[] = []
    const to = addresses[(index + 1) % addresses.length] as string
    for (let i = 0; i < script.transfersPerAccount; i++) sent.push(await token.transfer(to, 1n))
    return Promise.all(sent.map((transaction) => transaction.wait()))
  })
  const receipts = (await Promise.all(work)).flat()
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  assert.is(receipts.filter((receipt) => receipt?.status === 1).length, count)
  assert.ok(receipts.every((receipt) => receipt?.gasPrice === 0n))
  const logs = await contract.queryFilter('Transfer', 0)
  assert.is(logs.length, 1 + holders.length + count)
  const reader = contract as unknown as Token
  for (const of of addresses) assert.is(await reader.balanceOf(of), SHARE)
  const blocks = new Set(receipts.map((receipt) => receipt?.blockNumber))
  await until('every event seen live', async () => events >= holders.length + count, TIMEOUT_MS)
  const seen = async (): Promise<boolean> => [...blocks].every((n) => numbers.has(n as number))
  await until('block numbers seen live', seen, TIMEOUT_MS)
  await watched.removeAllListeners()
  await live.removeAllListeners()
  // answered after the unsubscriptions, which destroy() would otherwise cut off
  await live.send('eth_blockNumber', [])
  tell(`ethers: ${count} transfers in ${blocks.size} blocks and ${seconds} s`)
  return address
}
