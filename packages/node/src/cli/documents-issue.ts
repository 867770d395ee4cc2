/**
 * `veche documents issue`: a department issues documents from its own files. The contents with
 * their salts are on disk before anything is signed, because a document whose salt is lost proves
 * nothing.
 */
import { createBatchTree, documentCommitment, schemaId } from '@veche/contracts'
import { type Hash, isHash, VecheError } from '@veche/primitives'
import { type Command, Option } from 'commander'
import { findBatch } from '../city/registry-logs.ts'
import { readDraft, removeDraft, writeDraft } from '../documents/draft.ts'
import {
  contentFromFields,
  contentsFromCsv,
  type IssuedDocument,
  type IssueRequest,
  issueActs,
  issuedDocuments,
  writeDocumentFiles,
} from '../documents/issue.ts'
import { documentOfBatch } from '../documents/issued.ts'
import { callRpc } from '../json-rpc.ts'
import { type ActFlags, acting, runActs } from './act.ts'
import { printJson } from './options.ts'

interface IssueFlags extends ActFlags {
  readonly csv?: string
  readonly fields?: string
  readonly draft?: string
  readonly schema: string
  readonly docType: string
  readonly expires?: string
  readonly single: boolean
  readonly uri: string
  readonly out: string
}

export function issueCommand(): Command {
  return acting('issue', 'issue documents and write their files')
    .addOption(
      new Option('--csv <file>', 'one document for each row').conflicts(['fields', 'draft']),
    )
    .addOption(
      new Option('--fields <file.json>', 'one document from a JSON object of texts').conflicts(
        'draft',
      ),
    )
    .option('--draft <file>', 'go on with an issue that was broken off')
    .requiredOption('--schema <name|0x…>', 'schema of the documents, by name or id')
    .option('--doc-type <text>', 'what the documents are', 'document')
    .option('--expires <date>', 'ISO date from which they are no longer in force')
    .option('--single', 'one transaction for each document instead of one batch', false)
    .option('--uri <link>', 'public link of the batch; no personal data', '')
    .requiredOption('--out <dir>', 'directory for the document files')
    .action(issue)
}

export function schemaFrom(text: string): Hash {
  return isHash(text) ? text : schemaId(text)
}

function secondsFrom(date: string | undefined): number | null {
  if (date === undefined) return null
  const ms = Date.parse(date)
  if (Number.isNaN(ms))
    throw new VecheError('USAGE', `--expires: an ISO date expected, got ${date}`)
  return Math.floor(ms / 1000)
}

const report = (text: string): void => void process.stderr.write(text)

async function contentsOf(flags: IssueFlags): Promise<IssueRequest['contents']> {
  const defaults = {
    docType: flags.docType,
    schema: schemaFrom(flags.schema),
    issued: Math.floor(Date.now() / 1000),
    expires: secondsFrom(flags.expires),
  }
  if (flags.draft !== undefined) return readDraft(flags.draft)
  if (flags.csv !== undefined) return contentsFromCsv(flags.csv, defaults, report)
  return flags.fields === undefined ? [] : [await contentFromFields(flags.fields, defaults)]
}

async function issue(flags: IssueFlags): Promise<void> {
  const contents = await contentsOf(flags)
  if (contents.length === 0)
    throw new VecheError('USAGE', 'at least one document expected from --csv, --fields or --draft')
  const { single, uri } = flags
  const request = { contents, single, uri, schema: schemaFrom(flags.schema) }
  const chainId = Number(await callRpc(flags.rpc, 'eth_chainId', []))
  const found = await alreadyIssued(flags, request, chainId)
  const issued = found ?? (await send(flags, request, chainId))
  if (issued.length === 0) return
  const files = await writeDocumentFiles(flags.out, issued)
  const transactions = [...new Set(issued.map(({ transaction }) => transaction))]
  if (flags.json) printJson({ documents: issued.length, transactions, files })
  else
    process.stdout.write(
      `issued ${issued.length} documents in ${transactions.length} transactions; files in ${flags.out}\n`,
    )
}

/** a draft may have reached the chain before it was broken off */
async function alreadyIssued(
  flags: IssueFlags,
  request: IssueRequest,
  chainId: number,
): Promise<IssuedDocument[] | undefined> {
  if (flags.draft === undefined || request.single) return undefined
  const { contents } = request
  const found = await findBatch(flags.rpc, createBatchTree(contents.map(documentCommitment)).root)
  if (found === undefined) return undefined
  report('the batch of this draft is on the chain already\n')
  const transaction = found.transaction as Hash
  return contents.map((_, i) => ({
    document: documentOfBatch({ chainId, ...found, contents }, i),
    transaction,
    blockNumber: found.blockNumber,
  }))
}

async function send(
  flags: IssueFlags,
  request: IssueRequest,
  chainId: number,
): Promise<IssuedDocument[]> {
  const draft = flags.draft ?? `${flags.out.replace(/\/+$/, '')}.draft.ndjson`
  if (flags.draft === undefined && !flags.dryRun) await writeDraft(draft, request.contents)
  try {
    const outcomes = await runActs(flags, issueActs(request))
    if (flags.dryRun) return []
    const issued = issuedDocuments(request, outcomes, chainId)
    await removeDraft(draft)
    return issued
  } catch (error) {
    const code = error instanceof VecheError ? error.code : ''
    // after these something may still come onto the chain
    const isOpen = ['NOT_FINAL', 'RPC_UNREACHABLE', 'RPC_FAILED', 'INTERRUPTED'].includes(code)
    if (isOpen) report(`the contents stay in ${draft}: go on with --draft\n`)
    else if (!flags.dryRun && flags.draft === undefined) await removeDraft(draft)
    throw error
  }
}
