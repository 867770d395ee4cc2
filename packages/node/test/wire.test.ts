/** One node opened in this process: blocks, JSON-RPC, finality, documents, restart and refusals. */
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import {
  DOCUMENT_REGISTRY_ADDRESS,
  type Document,
  type DocumentContent,
  documentCommitment,
  documentRegistry,
  makeDocuments,
  schemaId,
} from '@veche/contracts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { performActs } from '../src/act/act.ts'
import { batchFromLogs, findBatch } from '../src/city/registry-logs.ts'
import { issueActs, issuedDocuments } from '../src/documents/issue.ts'
import { type Verification, verdictText, verifyOverRpc } from '../src/documents/verify.ts'
import { watchFinality } from '../src/finality.ts'
import { CITY_SCHEMA } from '../src/genesis-tool.ts'
import { callRpc } from '../src/json-rpc.ts'
import { openKeystoreFile } from '../src/keystore-file.ts'
import { createSubmitter } from '../src/submitter.ts'
import { openNode } from '../src/wire.ts'
import { keepingLogger, oneNodeConfig, openOneNode } from './support/one-node.ts'
import { rejects } from './support/rejects.ts'

const one = await openOneNode()
const { chainId, genesisHash } = one.files
const schema = schemaId(CITY_SCHEMA)
const rpc = (method: string, ...params: unknown[]): Promise<unknown> =>
  callRpc(one.rpcUrl, method, params)
const height = async (): Promise<number> => Number(await rpc('eth_blockNumber'))
const contents = (count: number, seed = 'wire') =>
  [...makeDocuments({ seed, count, schema })].map((each) => ({ ...each, expires: null }))

test('a lone validator answers JSON-RPC as its own chain', async () => {
  assert.is(Number(await rpc('eth_chainId')), chainId)
  assert.match(String(await rpc('web3_clientVersion')), /^veche\/v\d+\.\d+\.\d+\//)
  const genesis = (await rpc('eth_getBlockByNumber', '0x0', false)) as { hash: string }
  assert.is(genesis.hash, genesisHash)
  assert.is(await rpc('eth_syncing'), false)
  assert.is(await rpc('net_peerCount'), '0x0')
  const failure = await rejects(() => rpc('eth_noSuchMethod'), 'RPC_FAILED')
  assert.is(failure.facts['code'], -32601)
})

test('a server that is not there, or speaks no JSON, is told by its code', async () => {
  await rejects(() => callRpc('http://127.0.0.1:1', 'eth_chainId', []), 'RPC_UNREACHABLE')
  await rejects(() => callRpc(`${one.rpcUrl}/livez/none`, 'x', []), 'RPC_UNREACHABLE')
})

test('submitted calls become final with their receipts and times', async () => {
  const accounts = [await one.issuer(1), await one.issuer(2)]
  const submitter = await createSubmitter({ wsUrl: one.wsUrl, chainId, accounts, inFlightMax: 3 })
  try {
    const calls = contents(6).map((content) =>
      submitter.submit({
        to: DOCUMENT_REGISTRY_ADDRESS,
        data: documentRegistry.issue(documentCommitment(content), schema),
        gas: 150_000n,
      }),
    )
    const finals = await Promise.all(calls)
    assert.is(new Set(finals.map(({ hash }) => hash)).size, 6)
    for (const final of finals) {
      assert.ok(final.succeeded)
      assert.ok(final.gasUsed > 21_000n && final.logs.length > 0)
      assert.ok(submitter.blocks.has(final.blockNumber))
      assert.ok(final.finalityMs >= 0)
    }
    assert.is(submitter.finalityMs.length, 6)
    const [a, b] = await Promise.all(
      accounts.map(({ address }) => rpc('eth_getTransactionCount', address, 'latest')),
    )
    assert.equal([a, b], ['0x3', '0x3'], 'senders take turns')
  } finally {
    await submitter.close()
  }
})

test('a transaction the pool refuses rejects its own promise and frees its place', async () => {
  const accounts = [await one.issuer(2)]
  const submitter = await createSubmitter({ wsUrl: one.wsUrl, chainId, accounts, inFlightMax: 1 })
  const call = { to: DOCUMENT_REGISTRY_ADDRESS, data: '0x', gas: 10n } as const
  try {
    await rejects(() => submitter.submit(call), 'TRANSACTION_REFUSED')
    await rejects(() => submitter.submit(call), 'TRANSACTION_REFUSED')
  } finally {
    await submitter.close()
  }
})

test('a watched transaction that is dropped rejects, and a foreign one settles nothing', async () => {
  const watcher = await watchFinality(one.wsUrl)
  const hash = `0x${'ab'.repeat(32)}` as const
  const watched = watcher.watch(hash)
  assert.is(watcher.waiting(), 1)
  const cause = new RangeError('refused')
  watcher.drop(hash, cause)
  assert.is(await watched.catch((error: unknown) => error), cause)
  assert.is(watcher.waiting(), 0)
  assert.equal(watcher.finalityMs, [])
  await watcher.close()
})

async function issueContents(list: readonly DocumentContent[], single: boolean, under = schema) {
  const request = { contents: list, single, schema: under, uri: '' }
  const outcomes = await performActs(
    {
      ...{ rpcUrl: one.rpcUrl, signer: await one.issuer(1) },
      ...{ show: () => undefined, confirm: async () => true },
    },
    issueActs(request),
  )
  return issuedDocuments(request, outcomes, chainId)
}

async function issue(count: number, single: boolean, seed: string): Promise<Document[]> {
  const issued = await issueContents(contents(count, seed), single)
  assert.is(new Set(issued.map(({ transaction }) => transaction)).size, single ? count : 1)
  return issued.map(({ document }) => document)
}

const verify = (document: Document, hash = genesisHash) =>
  verifyOverRpc(document, {
    ...{ rpcUrl: one.rpcUrl, chainId, trusted: { number: 0, hash } },
    nowSeconds: Math.floor(Date.now() / 1000),
  })
const verdictOf = ({ verdict }: Verification): string => verdict.verdict

test('issued documents verify against a certified block, batched and single', async () => {
  const documents = [...(await issue(3, false, 'batch')), ...(await issue(2, true, 'single'))]
  for (const document of documents) {
    const verification = await verify(document)
    assert.is(verdictOf(verification), 'VALID', verdictText(verification))
    assert.is(verification.block?.seals, 1)
    assert.match(verdictText(verification), /^VALID: as of .*, block \d+ with 1 seals$/)
  }
})

test('a changed digit, another genesis and a stranger document are not proven', async () => {
  const [document] = await issue(2, false, 'changed')
  assert.ok(document)
  if (document === undefined) return
  const [name, value] = Object.entries(document.fields)[0] as [string, string]
  const fields = { ...document.fields, [name]: `${value}1` }
  for (const forged of [
    { ...document, fields },
    { ...document, issued: document.issued + 1 },
    { ...document, chainId: chainId + 1 },
  ]) {
    const verification = await verify(forged)
    assert.is(verdictOf(verification), 'NOT_PROVEN')
    assert.match(verdictText(verification), /^NOT PROVEN: .+ \[[A-Z_]+\]$/)
  }
  const elsewhere = await verify(document, `0x${'00'.repeat(32)}`)
  assert.is(verdictOf(elsewhere), 'NOT_PROVEN')
  assert.is(elsewhere.block, undefined)
})

test('an expired document verifies as expired', async () => {
  const expired = contents(1, 'expired').map((each) => ({ ...each, expires: each.issued + 1 }))
  const [issued] = await issueContents(expired, true)
  assert.ok(issued)
  if (issued !== undefined) assert.is(verdictOf(await verify(issued.document)), 'EXPIRED')
})

test('a revoked document verifies as revoked', async () => {
  const [document] = await issue(1, true, 'revoked')
  assert.ok(document)
  if (document === undefined) return
  const commitment = documentCommitment(document)
  const folder = join(one.files.out, 'keys', 'admin')
  const admin = await openKeystoreFile(join(folder, 'keystore.json'), join(folder, 'password'))
  const submitter = await createSubmitter({
    ...{ wsUrl: one.wsUrl, chainId, accounts: [admin], inFlightMax: 1 },
  })
  const data = documentRegistry.revoke({ commitment, schemaId: schema, reason: 1 })
  const final = await submitter.submit({ to: DOCUMENT_REGISTRY_ADDRESS, data, gas: 200_000n })
  await submitter.close()
  assert.ok(final.succeeded)
  assert.is(verdictOf(await verify(document)), 'REVOKED')
})

test('an issuer without the power is refused before anything is signed', async () => {
  const issuing = issueContents(contents(1, 'x'), true, schemaId('nobody'))
  await rejects(() => issuing, 'CALL_REFUSED')
})

test('a posted batch is found on the chain by its root, another root is not', async () => {
  const [document] = await issue(4, false, 'found')
  assert.ok(document && 'batch' in document)
  const logs = (await rpc('eth_getLogs', {
    ...{ address: DOCUMENT_REGISTRY_ADDRESS, fromBlock: '0x0', toBlock: 'latest' },
  })) as Parameters<typeof batchFromLogs>[0]
  const last = batchFromLogs([...logs].reverse())
  assert.ok(last)
  if (last === undefined) return
  const found = await findBatch(one.rpcUrl, last.record.root)
  assert.equal(found?.record, last.record)
  assert.is(found?.index, last.index)
  assert.ok((found?.blockNumber ?? 0) > 0)
  assert.is(await findBatch(one.rpcUrl, `0x${'00'.repeat(32)}`), undefined)
  const elsewhere = logs.map((log) => ({ ...log, address: `0x${'11'.repeat(20)}` as const }))
  assert.is(batchFromLogs(elsewhere), undefined, 'the same words of another contract')
})

test('health and metrics stand beside JSON-RPC', async () => {
  const get = async (path: string): Promise<Response> => fetch(new URL(path, one.rpcUrl))
  assert.is((await get('/livez')).status, 200)
  assert.is((await get('/readyz')).status, 503, 'a lone validator has no peer')
  assert.is((await get('/readyz?minPeers=0')).status, 200)
  assert.is((await get('/readyz?minPeers=none')).status, 400)
  const metrics = await (await get('/metrics')).text()
  const [, told] = /^ethereum_blockchain_height (\d+)$/m.exec(metrics) ?? []
  assert.ok(Number(told) > 0)
  assert.match(metrics, /^veche_consensus_round \d+$/m)
  assert.match(metrics, /^veche_log_append_seconds_count [1-9]/m)
})

test('a second node on the same data directory is refused, and the first goes on', async () => {
  await rejects(() => openNode(one.config, keepingLogger([])), 'DATA_DIR_LOCKED')
  assert.ok((await height()) > 0)
})

test('stopped and opened again, it has the same chain and goes on', async () => {
  const before = (await rpc('eth_getBlockByNumber', 'latest', false)) as { hash: string }
  const number = await height()
  await one.node.stop()
  await rejects(() => rpc('eth_blockNumber'), 'RPC_UNREACHABLE')
  await one.reopen()
  const block = (await rpc('eth_getBlockByNumber', `0x${number.toString(16)}`, false)) as {
    hash: string
  }
  assert.is(block.hash, before.hash)
  await issue(1, true, 'again')
  assert.ok((await height()) > number)
  const replayed = one.logged.filter(({ msg, message }) => (msg ?? message) === 'log replayed')
  assert.is(replayed.length, 2)
})

test('a port in use closes again what was opened before', async () => {
  await one.node.stop()
  const holder = createServer()
  await new Promise<void>((done) => holder.listen(0, '127.0.0.1', done))
  const port = String((holder.address() as AddressInfo).port)
  const open = (env: Record<string, string>) => () =>
    openNode(oneNodeConfig(one.files, env), keepingLogger([]))
  try {
    await rejects(open({ VECHE_RPC_PORT: port }), 'PORT_IN_USE')
    const metrics = { VECHE_METRICS_ENABLED: 'true', VECHE_METRICS_PORT: port }
    await rejects(open(metrics), 'PORT_IN_USE')
  } finally {
    await new Promise((done) => holder.close(done))
  }
  await one.reopen()
  assert.ok((await height()) > 0)
})

test('metrics on a port of their own answer until the node stops', async () => {
  await one.node.stop()
  const probe = createServer()
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done))
  const port = String((probe.address() as AddressInfo).port)
  await new Promise((done) => probe.close(done))
  const env = {
    VECHE_METRICS_ENABLED: 'true',
    VECHE_METRICS_PORT: port,
    VECHE_RPC_ENABLED: 'false',
  }
  const node = await openNode(oneNodeConfig(one.files, env), keepingLogger([]))
  assert.is(node.rpcUrl, undefined)
  assert.is((await fetch(`http://127.0.0.1:${port}/livez`)).status, 200)
  await node.stop()
  await node.stop()
  const gone = await fetch(`http://127.0.0.1:${port}/livez`).catch(() => 'gone')
  assert.is(gone, 'gone')
})

test('another genesis for an existing data directory is refused, and nothing is lost', async () => {
  const { genesisFile } = one.files
  const good = readFileSync(genesisFile, 'utf8')
  const digest = createHash('sha256').update(good).digest('hex')
  const genesis = JSON.parse(good) as { timestamp: string }
  const other = { ...genesis, timestamp: `0x${(Number(genesis.timestamp) - 60).toString(16)}` }
  const open = () => openNode(oneNodeConfig(one.files), keepingLogger([]))
  writeFileSync(genesisFile, JSON.stringify(other))
  await rejects(open, 'GENESIS_MISMATCH')
  writeFileSync(genesisFile, '{"config":')
  await rejects(open, 'GENESIS_UNREADABLE')
  writeFileSync(genesisFile, '{}')
  await rejects(open, 'GENESIS_INVALID')
  rmSync(genesisFile)
  await rejects(open, 'GENESIS_UNREADABLE')
  writeFileSync(genesisFile, good)
  assert.is(createHash('sha256').update(readFileSync(genesisFile)).digest('hex'), digest)
  await one.reopen()
  assert.ok((await height()) > 0)
})

test.after(() => one.close())
test.run()
