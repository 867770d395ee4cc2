/**
 * A node whose strangers have quotas, opened in this process: what its JSON-RPC refuses, whom it
 * never refuses, and what a restart with quotas off makes of the same bytes.
 */

import { join } from 'node:path'
import type { Address, Hash, Hex, Signer } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { callRpc } from '../src/json-rpc.ts'
import { createSigner } from '../src/keystore.ts'
import { openKeystoreFile } from '../src/keystore-file.ts'
import { signTransaction } from '../src/transactions.ts'
import { admitterInitCode, nullifierOf, spendData } from './support/admitter.ts'
import { openOneNode } from './support/one-node.ts'
import { rejects } from './support/rejects.ts'
import { runMain } from './support/run-main.ts'
import { until } from './support/until.ts'
import { testKey } from './support/world.ts'

const TRANSFER_GAS = 21_000n
/** nothing leaks: two transfers of each stranger, four of all */
const one = await openOneNode({
  quotas: {
    ...{ senderRate: 0n, senderBucket: 2n * TRANSFER_GAS },
    ...{ sharedRate: 0n, sharedBucket: 4n * TRANSFER_GAS },
  },
})
const rpc = (method: string, ...params: unknown[]): Promise<unknown> =>
  callRpc(one.rpcUrl, method, params)

const stranger = (name: string): Signer => createSigner(testKey(name).secret)
const [ann, bob, zoe] = ['ann', 'bob', 'zoe'].map(stranger) as [Signer, Signer, Signer]

function transfer(from: Signer, nonce: number): Promise<Hex> {
  const { chainId } = one.files
  const to = testKey('receiver').address
  return signTransaction(from, { chainId, nonce, to, data: '0x', gas: TRANSFER_GAS })
}

async function sends(from: Signer, nonce: number): Promise<Hash> {
  return (await rpc('eth_sendRawTransaction', await transfer(from, nonce))) as Hash
}

async function refused(from: Signer, nonce: number): Promise<string> {
  const failure = await rejects(() => sends(from, nonce), 'RPC_FAILED')
  assert.is(failure.facts['code'], -32_000)
  return failure.message
}

async function final(hash: Hash): Promise<void> {
  let status = ''
  const isThere = async (): Promise<boolean> => {
    const receipt = (await rpc('eth_getTransactionReceipt', hash)) as { status: string } | null
    status = receipt?.status ?? ''
    return receipt !== null
  }
  await until(`${hash} is final`, isThere, 30_000)
  assert.is(status, '0x1')
}

test('a stranger fills a bucket of their own, and is told what it holds', async () => {
  await final(await sends(ann, 0))
  await final(await sends(ann, 1))
  const told = await refused(ann, 2)
  assert.match(told, `bucket of sender ${ann.address}, class 0`)
  assert.match(told, 'needed 21000 gas, had 0 of bucket 42000, rate 0 gas/s; this never fits')
})

test('what final blocks left in a bucket is shown to anybody', async () => {
  const show = async (of: Signer): Promise<unknown> => {
    const ran = await runMain('quotas', 'show', of.address, '--rpc', one.rpcUrl, '--json')
    return (JSON.parse(ran.stdout) as { spent?: unknown }).spent
  }
  assert.equal(await show(ann), { level: 42_000, fromBlock: 1 })
  assert.equal(await show(zoe), { level: 0, fromBlock: 1 })
  assert.is(await show(await one.issuer(1)), undefined, 'no bucket of its own')
  const told = await runMain('quotas', 'show', ann.address, '--rpc', one.rpcUrl)
  assert.match(told.stdout, 'left 42000 gas in its own bucket')
})

test('fresh keys fill the bucket that they share', async () => {
  await final(await sends(bob, 0))
  await final(await sends(bob, 1))
  assert.match(await refused(zoe, 0), 'bucket of class 0: needed 21000 gas, had 0 of bucket 84000')
})

test('the city’s own senders and its validators have no bounds', async () => {
  const [validator] = one.files.validators
  assert.ok(validator !== undefined)
  const folder = validator.configFile.replace('config.json', '')
  const own = await openKeystoreFile(`${folder}keystore.json`, `${folder}password`)
  for (const from of [await one.issuer(1), own]) {
    const hashes: Hash[] = []
    for (let nonce = 0; nonce < 6; nonce++) hashes.push(await sends(from, nonce))
    for (const hash of hashes) await final(hash)
  }
})

/** Creates the admitter and has the keeper put it into the policy, with its notice. */
async function openAdmitter(): Promise<Address> {
  const from = await one.issuer(2)
  const { chainId } = one.files
  const call = { chainId, nonce: 0, data: admitterInitCode, gas: 200_000n }
  const hash = (await rpc('eth_sendRawTransaction', await signTransaction(from, call))) as Hash
  await final(hash)
  const receipt = (await rpc('eth_getTransactionReceipt', hash)) as { contractAddress: Address }
  const folder = join(one.files.out, 'keys', 'admin')
  const key = ['--keystore', join(folder, 'keystore.json')]
  const password = ['--password-file', join(folder, 'password')]
  const { contractAddress } = receipt
  const admit = ['quotas', 'admit', contractAddress, 'on', '--wait', '--yes', '--rpc', one.rpcUrl]
  const ran = await runMain(...admit, ...key, ...password)
  assert.is(ran.status, 0, ran.stderr)
  assert.match(ran.stdout, 'QuotaPolicy.AdmitterSet')
  const listed = await runMain('quotas', 'list', '--rpc', one.rpcUrl)
  assert.match(listed.stdout, `vouch for transactions:\n  ${contractAddress}\n`)
  return contractAddress
}

test('QuotaPolicy 9: over JSON-RPC a credential buys an unknown key one transaction', async () => {
  const to = await openAdmitter()
  const { chainId } = one.files
  const votes = async (name: string, nullifier: number): Promise<Hash> => {
    const call = { chainId, nonce: 0, to, data: spendData(nullifierOf(nullifier)), gas: 60_000n }
    const raw = await signTransaction(stranger(name), call)
    return (await rpc('eth_sendRawTransaction', raw)) as Hash
  }
  await final(await votes('voter 1', 1))
  const copied = await rejects(() => votes('thief', 1), 'RPC_FAILED')
  assert.match(copied.message, 'over quota')
  await final(await votes('voter 2', 2))
})

test('a node with quotas off takes the same bytes, and its blocks stand when they are on again', async () => {
  await one.node.stop()
  await one.reopen({ VECHE_POOL_QUOTAS: 'false' })
  await final(await sends(ann, 2))
  await final(await sends(ann, 3))
  await final(await sends(zoe, 0))
  const head = Number(await rpc('eth_blockNumber'))
  await one.node.stop()
  await one.reopen()
  assert.ok(Number(await rpc('eth_blockNumber')) >= head)
  await final(await sends(ann, 4))
  assert.is(Number(await rpc('eth_getTransactionCount', ann.address, 'latest')), 5)
})

test.after(() => one.close())
test.run()
