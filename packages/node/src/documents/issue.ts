/** `veche documents issue`: a department issues documents from its own files with its own key. */
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createBatchTree,
  DOCUMENT_REGISTRY_ADDRESS,
  type Document,
  type DocumentContent,
  decodeDocumentContent,
  documentCommitment,
  documentRegistry,
  encodeDocument,
  readCsv,
  rowToDocument,
} from '@veche/contracts'
import { bytesToHex, type Hash, type Hex, type Signer, VecheError } from '@veche/primitives'
import { batchFromLogs } from '../city/registry-logs.ts'
import type { FinalTransaction } from '../finality.ts'
import { createSubmitter, type Submitter } from '../submitter.ts'
import { documentOfBatch, singleDocument } from './issued.ts'

export interface IssueRequest {
  /** ws://… */
  readonly wsUrl: string
  readonly chainId: number
  readonly signer: Signer
  readonly contents: readonly DocumentContent[]
  /** one transaction a document instead of one for all */
  readonly single: boolean
  readonly schema: Hash
}

export interface IssuedDocument {
  readonly document: Document
  readonly transaction: Hex
  readonly blockNumber: number
}

const BATCH_GAS = 200_000n
const SINGLE_GAS = 150_000n
const SALT_BYTES = 16
const IN_FLIGHT_MAX = 16

async function send(submitter: Submitter, data: Hex, gas: bigint): Promise<FinalTransaction> {
  const final = await submitter.submit({ to: DOCUMENT_REGISTRY_ADDRESS, data, gas })
  if (final.succeeded) return final
  throw new VecheError(
    'TRANSACTION_REVERTED',
    `transaction ${final.hash} reverted: has the signer the issuer role of this schema?`,
  )
}

/** Issues and resolves when all is final. Throws `TRANSACTION_REFUSED`, `TRANSACTION_REVERTED`. */
export async function issueDocumentFiles(request: IssueRequest): Promise<IssuedDocument[]> {
  const { wsUrl, chainId, signer } = request
  const submitter = await createSubmitter({
    wsUrl,
    chainId,
    accounts: [signer],
    inFlightMax: IN_FLIGHT_MAX,
  })
  try {
    return await (request.single
      ? issueSingly(submitter, request)
      : issueAsBatch(submitter, request))
  } finally {
    await submitter.close()
  }
}

function issueSingly(submitter: Submitter, request: IssueRequest): Promise<IssuedDocument[]> {
  const { contents, schema, chainId } = request
  return Promise.all(
    contents.map(async (content) => {
      const data = documentRegistry.issue(documentCommitment(content), schema)
      const { hash, blockNumber } = await send(submitter, data, SINGLE_GAS)
      return { document: singleDocument(content, chainId), transaction: hash, blockNumber }
    }),
  )
}

async function issueAsBatch(
  submitter: Submitter,
  request: IssueRequest,
): Promise<IssuedDocument[]> {
  const { contents, schema, chainId } = request
  const { root, count } = createBatchTree(contents.map(documentCommitment))
  const data = documentRegistry.issueBatch({ root, count, schemaId: schema, uri: '' })
  const { hash, blockNumber, logs } = await send(submitter, data, BATCH_GAS)
  const found = batchFromLogs(logs)
  if (found === undefined)
    throw new VecheError('BATCH_NOT_ANCHORED', `transaction ${hash} has no BatchIssued event`)
  return contents.map((_, position) => ({
    document: documentOfBatch({ chainId, ...found, contents }, position),
    transaction: hash,
    blockNumber,
  }))
}

export interface ContentDefaults {
  readonly docType: string
  readonly schema: Hash
  /** unix seconds */
  readonly issued: number
  readonly expires: number | null
}

const freshSalt = (): Hex => bytesToHex(randomBytes(SALT_BYTES))

/** One document a row; a malformed row is told by its line number and skipped. */
export async function contentsFromCsv(
  file: string,
  defaults: ContentDefaults,
  report: (text: string) => void,
): Promise<DocumentContent[]> {
  const contents: DocumentContent[] = []
  let header: readonly string[] = []
  for await (const item of readCsv(createReadStream(file))) {
    if (item.kind === 'malformed')
      report(`${file}:${item.line}: row skipped: ${item.reason} [${item.code}]\n`)
    else if (item.kind === 'header') header = item.fields
    else contents.push(rowToDocument(item.fields, { header, ...defaults, salt: freshSalt() }))
  }
  return contents
}

/** One document from a JSON object of texts. Throws `DOCUMENT_MALFORMED` with the field. */
export async function contentFromFields(
  file: string,
  defaults: ContentDefaults,
): Promise<DocumentContent> {
  let fields: unknown
  try {
    fields = JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new VecheError('DOCUMENTS_UNREADABLE', `a JSON object of fields expected at ${file}`, {
      cause,
    })
  }
  const content = decodeDocumentContent({ ...defaults, fields, salt: freshSalt() })
  if (content.ok) return content.value
  throw new VecheError(content.code, `${file}: ${content.reason}`)
}

/** Writes one file a document, named by its commitment, and returns the paths. */
export async function writeDocumentFiles(
  directory: string,
  issued: readonly IssuedDocument[],
): Promise<string[]> {
  await mkdir(directory, { recursive: true })
  const paths: string[] = []
  for (const { document } of issued) {
    const path = join(directory, `${documentCommitment(document).slice(2, 18)}.json`)
    await writeFile(path, encodeDocument(document), { mode: 0o600 })
    paths.push(path)
  }
  return paths
}
