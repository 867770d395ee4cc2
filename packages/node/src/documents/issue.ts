/** `veche documents issue`: a department issues documents from its own files with its own key. */
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createBatchTree,
  type Document,
  type DocumentContent,
  decodeDocumentContent,
  documentCommitment,
  documentRegistry,
  encodeDocument,
  readCsv,
  rowToDocument,
} from '@veche/contracts'
import { bytesToHex, type Hash, type Hex, VecheError } from '@veche/primitives'
import type { Act, ActOutcome } from '../act/act.ts'
import { DOCUMENT_REGISTRY } from '../act/contracts.ts'
import { batchFromLogs } from '../city/registry-logs.ts'
import type { RpcLog } from '../finality.ts'
import { documentOfBatch, singleDocument } from './issued.ts'

export interface IssueRequest {
  readonly contents: readonly DocumentContent[]
  /** one transaction a document instead of one for all */
  readonly single: boolean
  readonly schema: Hash
  /** a public link to the batch, at most 256 bytes; never personal data */
  readonly uri: string
}

export interface IssuedDocument {
  readonly document: Document
  readonly transaction: Hex
  readonly blockNumber: number
}

const SALT_BYTES = 16

/** The calls that issue the contents: one batch, or one call each. */
export function issueActs({ contents, single, schema, uri }: IssueRequest): Act[] {
  const commitments = contents.map(documentCommitment)
  const contract = DOCUMENT_REGISTRY
  if (single)
    return commitments.map((one) => ({ contract, data: documentRegistry.issue(one, schema) }))
  const { root, count } = createBatchTree(commitments)
  return [{ contract, data: documentRegistry.issueBatch({ root, count, schemaId: schema, uri }) }]
}

/** The files' documents, from what the calls of {@link issueActs} did. */
export function issuedDocuments(
  { contents, single }: IssueRequest,
  outcomes: readonly ActOutcome[],
  chainId: number,
): IssuedDocument[] {
  const [first] = outcomes
  const found = first === undefined ? undefined : batchFromLogs(logsOf(first))
  if (!single && found === undefined)
    throw new VecheError('BATCH_NOT_ANCHORED', `${first?.hash} has no BatchIssued event`)
  return contents.map((content, i) => {
    const { hash, blockNumber } = (single ? outcomes[i] : first) as ActOutcome
    const document =
      found === undefined
        ? singleDocument(content, chainId)
        : documentOfBatch({ chainId, ...found, contents }, i)
    return { document, transaction: hash, blockNumber }
  })
}

function logsOf({ logs }: ActOutcome): RpcLog[] {
  return logs.map(({ address, topics, data }) => ({
    address,
    topics: topics as RpcLog['topics'],
    data: bytesToHex(data),
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
