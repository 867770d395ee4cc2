/**
 * Clients that nobody tuned for this chain: viem, ethers 6 and `cast` deploy an OpenZeppelin ERC-20
 * and use it through the observer, with accounts that own nothing, since fees are zero.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  type Address,
  type Hash,
  hexToBytes,
  verifyAccountProof,
  verifyStorageProof,
} from '@veche/primitives'
import { JsonRpcProvider, Wallet, WebSocketProvider } from 'ethers'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Hex } from 'viem'
import { generatePrivateKey } from 'viem/accounts'
import { runEthers } from '../support/client-ethers.ts'
import { type ClientScript, runViem } from '../support/client-viem.ts'
import { assertEqualChains } from '../support/compare.ts'
import { type OpenDrill, openDrill } from '../support/drill.ts'
import { compileToken } from '../support/token.ts'
import { tell } from '../support/until.ts'

const CAST = join(import.meta.dirname, '../../../../node_modules/.bin/cast')
const run = promisify(execFile)
/** far below the heartbeat of 60 s */
const LONE_WAIT_MS = 20_000
const CLIENT_TIMERS_MS = 3_000
let drill: OpenDrill
let script: ClientScript
let token: Hex

test.before(async () => {
  drill = await openDrill()
  await drill.startAll()
  script = {
    url: drill.url('observer-1'),
    chainId: drill.files.chainId,
    accounts: 20,
    transfersPerAccount: 50,
    token: compileToken(),
  }
})

test.after(async () => {
  await drill.close()
  // viem and ethers keep timers of their own (reconnecting, polling) that nobody outside can clear;
  // this one does not hold the process, and ends it with the exit code of the tests when they do
  setTimeout(() => process.exit(), CLIENT_TIMERS_MS).unref()
})

test('an untuned viem script deploys, transfers 1,000 times from 20 accounts and follows', async () => {
  token = await runViem(script)
})

test('an untuned ethers script does the same', async () => {
  await runEthers(script)
})

test('wait() of a lone transaction does not wait for the next heartbeat', async () => {
  const spent: string[] = []
  const ws = script.url.replace('http', 'ws')
  for (const provider of [new JsonRpcProvider(script.url), new WebSocketProvider(ws)]) {
    const wallet = Wallet.createRandom(provider)
    const startedMs = performance.now()
    const sent = await wallet.sendTransaction({ to: wallet.address, value: 0n })
    // rejects when the time is over
    const mined = await sent.wait(1, LONE_WAIT_MS)
    assert.is(mined?.status, 1)
    spent.push(`${provider.constructor.name} ${Math.round(performance.now() - startedMs)} ms`)
    await provider.destroy()
  }
  tell(`send and wait of a lone transaction: ${spent.join(', ')}`)
})

test('cast deploys, sends and reads', async () => {
  const cast = async (...args: readonly string[]): Promise<string> => {
    const [command = '', ...rest] = args
    const { stdout } = await run(CAST, [command, '--rpc-url', script.url, ...rest], {
      timeout: 60_000,
    })
    return stdout.trim()
  }
  // cast never offers less than 1 wei of priority fee, so this sender has a balance
  const folder = join(drill.dir, 'keys', 'issuer-1')
  const keys = ['--keystore', `${folder}/keystore.json`, '--password-file', `${folder}/password`]
  const created = await cast('send', ...keys, '--json', '--create', script.token.bytecode)
  const deployed = JSON.parse(created) as { status: string; contractAddress: string }
  assert.is(deployed.status, '0x1')
  const to = '0x00000000000000000000000000000000000000c1'
  const transfer = [deployed.contractAddress, 'transfer(address,uint256)', to, '5']
  const sent = JSON.parse(await cast('send', ...keys, '--json', ...transfer)) as {
    transactionHash: string
    status: string
  }
  assert.is(sent.status, '0x1')
  assert.is(await cast('call', deployed.contractAddress, 'balanceOf(address)(uint256)', to), '5')
  const receipt = JSON.parse(await cast('receipt', '--json', sent.transactionHash)) as {
    logs: unknown[]
  }
  assert.is(receipt.logs.length, 1)
  const logs = JSON.parse(
    await cast('logs', '--json', '--from-block', '0', '--address', deployed.contractAddress),
  ) as unknown[]
  assert.is(logs.length, 2)
  assert.is(await cast('chain-id'), String(script.chainId))
  assert.is(await cast('gas-price'), '0')
  assert.ok(Number(await cast('block-number')) > 0)
  const poor = ['--private-key', generatePrivateKey(), '--legacy', '--json']
  const approve = [deployed.contractAddress, 'approve(address,uint256)', to, '5']
  const free = JSON.parse(await cast('send', ...poor, ...approve)) as { status: string }
  assert.is(free.status, '0x1', 'a legacy transaction of an account without balance')
  tell('cast: create, send, call, receipt, logs, a free legacy transaction')
})

interface ProofAnswer {
  readonly address: Address
  readonly accountProof: readonly Hex[]
  readonly storageHash: Hash
  readonly codeHash: Hash
  readonly storageProof: readonly { key: Hash; value: Hex; proof: readonly Hex[] }[]
}

test('a proof of the total supply leads to the state root of its block', async () => {
  const slot = `0x${'02'.padStart(64, '0')}` as Hash
  const block = (await drill.rpc('observer-1', 'eth_getBlockByNumber', ['latest', false])) as {
    number: Hex
    stateRoot: Hash
  }
  const answer = (await drill.rpc('observer-1', 'eth_getProof', [
    token,
    [slot],
    block.number,
  ])) as ProofAnswer
  const nodes = (proof: readonly Hex[]): Uint8Array[] => proof.map((node) => hexToBytes(node))
  const account = verifyAccountProof(block.stateRoot, answer.address, nodes(answer.accountProof))
  assert.ok(account.ok)
  if (!account.ok) return
  assert.is(account.value?.storageRoot, answer.storageHash)
  assert.is(account.value?.codeHash, answer.codeHash)
  const [entry] = answer.storageProof
  assert.ok(entry)
  const value = verifyStorageProof(answer.storageHash, slot, nodes(entry?.proof ?? []))
  assert.ok(value.ok)
  if (value.ok) assert.is(value.value, 1_000_000n * 10n ** 18n)
})

test('an unknown method is answered with -32601', async () => {
  const response = await fetch(script.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'eth_mine', params: [] }),
  })
  const answer = (await response.json()) as { id: number; error: { code: number } }
  assert.is(answer.id, 7)
  assert.is(answer.error.code, -32601)
})

test('what the clients did left equal chains on all five nodes', async () => {
  const chain = await assertEqualChains(drill)
  assert.is(drill.running().length, 5)
  tell(`${chain.length - 1} blocks, five equal chains`)
})

test.run()
