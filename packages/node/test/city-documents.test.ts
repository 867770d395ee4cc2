/**
 * The main job on a real node in this process: batches, single issues, and resuming after a crash.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { documentCommitment } from '@veche/contracts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { City } from '../src/city/city.ts'
import { issueDocuments } from '../src/city/documents.ts'
import { readCityFiles } from '../src/city/files.ts'
import { findIssued } from '../src/documents/find.ts'
import { verifyOverRpc } from '../src/documents/verify.ts'
import { callRpc } from '../src/json-rpc.ts'
import { openOneNode } from './support/one-node.ts'

const one = await openOneNode()
const dataDir = one.files.out
const files = await readCityFiles(dataDir)
const city: City = {
  ...{ dataDir, files, rpcUrl: one.rpcUrl, wsUrl: one.wsUrl, processes: [] },
  failed: new Promise(() => undefined),
  head: () => Promise.reject(new RangeError('not asked here')),
  firstFinalBlock: () => Promise.reject(new RangeError('not asked here')),
  logFile: (name) => name,
  stop: async () => undefined,
}
const said: string[] = []
const say = (text: string): void => void said.push(text)
const idle = new AbortController().signal

const csvFile = join(one.dir, 'rows.csv')
const rows = Array.from({ length: 2_150 }, (_, i) => `Street ${i},${i}`)
rows[5] = 'only one field'
writeFileSync(csvFile, `street,price\n${rows.join('\n')}\n`)
const issue = (options: { limit?: number; signal?: AbortSignal } = {}) =>
  issueDocuments(city, { documents: csvFile, say, signal: idle, ...options })
const registryLogs = async (): Promise<number> => {
  const filter = { fromBlock: '0x0', toBlock: 'latest' }
  return ((await callRpc(one.rpcUrl, 'eth_getLogs', [filter])) as unknown[]).length
}

test('a data directory tells its nodes and issuers in numeric order', async () => {
  assert.equal(files.validators, ['validator-1'])
  assert.equal(files.observers, [])
  assert.is(files.chainId, one.files.chainId)
  assert.equal(
    files.issuers.map(({ address }) => address),
    one.files.issuers,
  )
})

test('every row is on the chain in batches of a thousand, every hundredth also singly', async () => {
  const summary = await issue()
  assert.is(summary.documents, 2_149)
  assert.is(summary.batches, 3)
  assert.is(summary.skippedRows, 1)
  assert.is(summary.transactions, 3 + 21)
  assert.ok(summary.blocks >= 1 && summary.blocks <= 24)
  assert.ok(summary.transactionsPerSecond > 0 && summary.seconds > 0)
  assert.ok(summary.finalityMs.p99 >= summary.finalityMs.p50)
  assert.ok(said.some((text) => text.includes('rows.csv:7: row skipped')))
  assert.is(await registryLogs(), 3 + 21)
})

const verify = async (number: number): Promise<string> => {
  const document = await findIssued(dataDir, number, files.chainId)
  const verification = await verifyOverRpc(document, {
    ...{ rpcUrl: one.rpcUrl, chainId: files.chainId },
    trusted: { number: 0, hash: one.files.genesisHash },
    nowSeconds: Math.floor(Date.now() / 1000),
  })
  return verification.verdict.verdict
}

test('any issued document is found by its number and verifies', async () => {
  for (const number of [1, 1_000, 1_001, 2_149]) assert.is(await verify(number), 'VALID')
})

test('a second run of the same source issues nothing', async () => {
  const logs = await registryLogs()
  const summary = await issue()
  assert.is(summary.documents, 2_149)
  assert.is(summary.transactions, 0)
  assert.is(await registryLogs(), logs)
  assert.ok(said.some((text) => text.includes('2149 documents were issued by an earlier run')))
})

const journalFile = (): string => {
  const [source] = readdirSync(join(dataDir, 'documents'))
  return join(dataDir, 'documents', source as string, 'journal.ndjson')
}

test('a crash after the transactions and before the journal line issues nothing twice', async () => {
  const logs = await registryLogs()
  const whole = readFileSync(journalFile(), 'utf8')
  const lines = whole.trimEnd().split('\n')
  writeFileSync(journalFile(), `${lines.slice(0, -1).join('\n')}\n${lines.at(-1)?.slice(0, 20)}`)
  const summary = await issue()
  assert.is(summary.documents, 2_149)
  assert.is(summary.transactions, 0, 'the batch and its singles are found on the chain')
  assert.is(await registryLogs(), logs)
  const sorted = (text: string): string[] => text.trimEnd().split('\n').sort()
  assert.equal(sorted(readFileSync(journalFile(), 'utf8')), sorted(whole))
})

test('a crash before the transactions posts what was written, with the salts written', async () => {
  const directory = join(dataDir, 'documents')
  const other = join(one.dir, 'other.csv')
  writeFileSync(other, 'street,price\nGarden,1\nMill,2\n')
  await issueDocuments(city, { documents: other, say, signal: idle })
  const source = readdirSync(directory).find((name) => {
    const text = readFileSync(join(directory, name, 'batch-000001.ndjson'), 'utf8')
    return text.includes('"Garden"')
  }) as string
  const batch = join(directory, source, 'batch-000001.ndjson')
  const written = readFileSync(batch, 'utf8').replaceAll('"issued":', '"issued":1')
  writeFileSync(batch, written)
  rmSync(join(directory, source, 'journal.ndjson'))
  const summary = await issueDocuments(city, { documents: other, say, signal: idle })
  assert.equal([summary.documents, summary.batches, summary.transactions], [2, 1, 1])
  assert.is(readFileSync(batch, 'utf8'), written, 'not written anew')
  const first = JSON.parse(written.split('\n')[0] as string)
  const issued = await Promise.all([1, 2, 2_150, 2_151].map((n) => findIssued(dataDir, n, 1)))
  assert.ok(issued.some((document) => documentCommitment(document) === documentCommitment(first)))
})

test('a load that is asked to stop ends with what it has, and goes on later', async () => {
  const stopped = new AbortController()
  stopped.abort()
  const third = join(one.dir, 'third.csv')
  writeFileSync(third, 'a,b\n1,2\n')
  const options = { documents: third, say }
  const none = await issueDocuments(city, { ...options, signal: stopped.signal })
  assert.equal([none.documents, none.transactions], [0, 0])
  assert.equal(none.finalityMs, { p50: 0, p99: 0 })
  const later = await issueDocuments(city, { ...options, signal: idle })
  assert.is(later.documents, 1)
})

test('without a file the generator’s documents are issued, as many as the limit says', async () => {
  const summary = await issueDocuments(city, { limit: 150, say, signal: idle })
  assert.equal([summary.documents, summary.batches, summary.transactions], [150, 1, 2])
})

test.after(() => one.close())
test.run()
