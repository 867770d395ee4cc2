/**
 * Issues documents on a running city: batches of up to 1,000 leaves, and every 100th document also
 * by itself, so that there is transaction load. Resumes where an earlier run of the same source
 * stopped.
 */
import { join } from 'node:path'
import {
  createBatchTree,
  DOCUMENT_REGISTRY_ADDRESS,
  type DocumentContent,
  documentCommitment,
  documentRegistry,
  documentSlot,
} from '@veche/contracts'
import { type Hash, type Hex, VecheError } from '@veche/primitives'
import { type FinalTransaction, percentile } from '../finality.ts'
import { callRpc } from '../json-rpc.ts'
import { createSubmitter, type Submitter } from '../submitter.ts'
import type { City } from './city.ts'
import { batchFileName, type DocumentJournal, openDocumentJournal } from './document-journal.ts'
import { type DocumentSource, openDocumentSource } from './document-source.ts'
import { createProgress, type Progress } from './progress.ts'
import { type AnchoredBatch, batchFromLogs, findBatch } from './registry-logs.ts'

export interface DocumentsSummary {
  /** documents on the chain from this source, earlier runs included */
  readonly documents: number
  readonly batches: number
  /** malformed rows, each reported with its line number */
  readonly skippedRows: number
  /** of this run */
  readonly transactions: number
  readonly blocks: number
  readonly seconds: number
  readonly transactionsPerSecond: number
  readonly finalityMs: { readonly p50: number; readonly p99: number }
}

export interface IssueOptions {
  /** CSV file; absent: the generator */
  readonly documents?: string
  readonly limit?: number
  readonly say: (text: string) => void
  readonly signal: AbortSignal
}

const BATCH_DOCUMENTS = 1_000
/** every n-th document is issued singly as well */
const SINGLE_EVERY = 100
/** transactions not yet final at once; the pool's quota per sender bounds it too */
const IN_FLIGHT_MAX = 128
/** batches whose transactions are not yet final at once: bounds memory */
const BATCHES_OPEN_MAX = 4
/** gas limits of the two calls; the measured use: packages/contracts/gas/DocumentRegistry.json */
const BATCH_GAS = 200_000n
const SINGLE_GAS = 150_000n

interface Load {
  readonly city: City
  readonly journal: DocumentJournal
  readonly submitter: Submitter
  readonly progress: Progress
  readonly counts: { documents: number; batches: number; transactions: number }
}

export async function issueDocuments(city: City, options: IssueOptions): Promise<DocumentsSummary> {
  const { say, signal } = options
  const source = await openDocumentSource({ ...options, schema: city.files.schema })
  const journal = await openDocumentJournal(join(city.dataDir, 'documents'), source.identity)
  const submitter = await createSubmitter({
    wsUrl: city.wsUrl,
    chainId: city.files.chainId,
    accounts: city.files.issuers,
    inFlightMax: IN_FLIGHT_MAX,
  })
  const progress = createProgress({
    label: 'issuing',
    total: source.total,
    write: say,
    terminal: process.stderr.isTTY === true && process.stdout.isTTY === true,
    nowMs: () => performance.now(),
  })
  const counts = { documents: 0, batches: 0, transactions: 0 }
  for (const line of journal.lines) {
    counts.documents += line.documents
    counts.batches++
  }
  if (counts.batches > 0) say(`${counts.documents} documents were issued by an earlier run\n`)
  const startMs = performance.now()
  try {
    await issueAll({ city, journal, submitter, progress, counts }, source, signal)
  } finally {
    progress.finish()
    await submitter.close()
  }
  const seconds = (performance.now() - startMs) / 1000
  return {
    documents: counts.documents,
    batches: counts.batches,
    skippedRows: source.skippedRows(),
    transactions: counts.transactions,
    blocks: submitter.blocks.size,
    seconds: Math.round(seconds * 1000) / 1000,
    transactionsPerSecond: Math.round((counts.transactions / seconds) * 100) / 100,
    finalityMs: {
      p50: Math.round(percentile(submitter.finalityMs, 0.5) * 10) / 10,
      p99: Math.round(percentile(submitter.finalityMs, 0.99) * 10) / 10,
    },
  }
}

/** Walks the source batch by batch; a bounded number of batches is open at once. */
async function issueAll(load: Load, source: DocumentSource, signal: AbortSignal): Promise<void> {
  const open: Promise<void>[] = []
  // a failure is told once, by the await below; this keeps Node from calling it unhandled before
  const guard = (work: Promise<void>): Promise<void> => {
    work.catch(() => undefined)
    return work
  }
  let index = 0
  for await (const contents of inGroups(source.documents(), BATCH_DOCUMENTS)) {
    if (signal.aborted) break
    index++
    const file = batchFileName(index)
    if (load.journal.lines.some((line) => line.file === file)) continue
    open.push(guard(issueBatch(load, file, contents)))
    if (open.length >= BATCHES_OPEN_MAX) await open.shift()
  }
  await Promise.all(open)
}

async function* inGroups(
  items: AsyncIterable<DocumentContent>,
  size: number,
): AsyncGenerator<DocumentContent[]> {
  let group: DocumentContent[] = []
  for await (const item of items) {
    group.push(item)
    if (group.length < size) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}

/**
 * One batch: documents to disk first, then its transaction, its single issues, its journal line.
 */
async function issueBatch(load: Load, file: string, fresh: DocumentContent[]): Promise<void> {
  const { journal, city } = load
  const written = (await journal.readBatch(file)) as DocumentContent[] | undefined
  const contents = written ?? fresh
  if (written === undefined) await journal.writeBatch(file, contents)
  const commitments = contents.map(documentCommitment)
  const tree = createBatchTree(commitments)
  // only a batch that was written by a run that died can be on the chain already
  const found = written === undefined ? undefined : await findBatch(city.rpcUrl, tree.root)
  const anchored = found ?? (await anchor(load, tree.root, tree.count))
  const singles = commitments.filter((_, position) => position % SINGLE_EVERY === SINGLE_EVERY - 1)
  await Promise.all(
    singles.map((commitment) => issueSingle(load, commitment, written !== undefined)),
  )
  await journal.append({
    file,
    documents: contents.length,
    batch: { ...anchored.record, index: anchored.index },
    transaction: anchored.transaction,
    blockNumber: anchored.blockNumber,
  })
  load.counts.batches++
  load.counts.documents += contents.length
  load.progress.update(load.counts.documents)
}

async function submit(load: Load, data: Hex, gas: bigint): Promise<FinalTransaction> {
  const final = await load.submitter.submit({ to: DOCUMENT_REGISTRY_ADDRESS, data, gas })
  load.counts.transactions++
  if (final.succeeded) return final
  throw new VecheError('TRANSACTION_REVERTED', `transaction ${final.hash} reverted`, {
    facts: { block: final.blockNumber, gasUsed: String(final.gasUsed) },
  })
}

async function anchor(load: Load, root: Hash, count: number): Promise<AnchoredBatch> {
  const { schema } = load.city.files
  const data = documentRegistry.issueBatch({ root, count, schemaId: schema, uri: '' })
  const final = await submit(load, data, BATCH_GAS)
  const found = batchFromLogs(final.logs)
  if (found === undefined)
    throw new VecheError('BATCH_NOT_ANCHORED', `transaction ${final.hash} has no BatchIssued event`)
  return { ...found, transaction: final.hash, blockNumber: final.blockNumber }
}

/** `resumed`: an earlier run may have issued it already. */
async function issueSingle(load: Load, commitment: Hash, resumed: boolean): Promise<void> {
  const { rpcUrl, files } = load.city
  if (resumed) {
    const params = [DOCUMENT_REGISTRY_ADDRESS, documentSlot(commitment, files.schema), 'latest']
    if (BigInt((await callRpc(rpcUrl, 'eth_getStorageAt', params)) as Hex) !== 0n) return
  }
  await submit(load, documentRegistry.issue(commitment, files.schema), SINGLE_GAS)
}
