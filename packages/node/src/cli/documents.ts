/** `veche documents issue|verify|show`: for departments and for citizens. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Document,
  decodeDocumentText,
  documentCommitment,
  encodeDocument,
  schemaId,
} from '@veche/contracts'
import { type Hash, isHash, VecheError } from '@veche/primitives'
import { Command, Option } from 'commander'
import { findIssued } from '../documents/find.ts'
import {
  contentFromFields,
  contentsFromCsv,
  issueDocumentFiles,
  writeDocumentFiles,
} from '../documents/issue.ts'
import { verdictText, verifyOverRpc } from '../documents/verify.ts'
import { readGenesisFile } from '../genesis-file.ts'
import { callRpc } from '../json-rpc.ts'
import { openKeystoreFile } from '../keystore-file.ts'
import { integer, jsonOption, printJson, rpcOption } from './options.ts'
import { addPinOptions, EXIT_NOT_PROVEN, type PinFlags, trustedBlock } from './pinned-genesis.ts'

interface IssueFlags {
  readonly rpc: string
  readonly keystore: string
  readonly passwordFile: string
  readonly csv?: string
  readonly fields?: string
  readonly schema: string
  readonly docType: string
  readonly expires?: string
  readonly single: boolean
  readonly out: string
  readonly json: boolean
}

interface VerifyFlags extends PinFlags {
  readonly document: string
  readonly json: boolean
}

interface ShowFlags {
  readonly document?: string
  readonly dataDir?: string
  readonly number?: number
  readonly out?: string
  readonly json: boolean
}

export function documentsCommand(): Command {
  return new Command('documents')
    .description('issue, verify and show documents')
    .addCommand(issueCommand())
    .addCommand(verifyCommand())
    .addCommand(showCommand())
}

function issueCommand(): Command {
  return new Command('issue')
    .description('issue documents and write their files')
    .addOption(rpcOption())
    .requiredOption('--keystore <file>', 'web3 keystore v3 of the issuing department')
    .requiredOption('--password-file <file>', 'file whose first line opens the keystore')
    .addOption(new Option('--csv <file>', 'one document for each row').conflicts('fields'))
    .option('--fields <file.json>', 'one document from a JSON object of texts')
    .requiredOption('--schema <name|0x…>', 'schema of the documents, by name or id')
    .option('--doc-type <text>', 'what the documents are', 'document')
    .option('--expires <date>', 'ISO date from which they are no longer in force')
    .option('--single', 'one transaction for each document instead of one batch', false)
    .requiredOption('--out <dir>', 'directory for the document files')
    .addOption(jsonOption())
    .action(issue)
}

function schemaFrom(text: string): Hash {
  return isHash(text) ? text : schemaId(text)
}

function secondsFrom(date: string | undefined): number | null {
  if (date === undefined) return null
  const ms = Date.parse(date)
  if (Number.isNaN(ms))
    throw new VecheError('USAGE', `--expires: an ISO date expected, got ${date}`)
  return Math.floor(ms / 1000)
}

async function issue(flags: IssueFlags): Promise<void> {
  const defaults = {
    docType: flags.docType,
    schema: schemaFrom(flags.schema),
    issued: Math.floor(Date.now() / 1000),
    expires: secondsFrom(flags.expires),
  }
  const report = (text: string): void => void process.stderr.write(text)
  const contents =
    flags.csv !== undefined
      ? await contentsFromCsv(flags.csv, defaults, report)
      : flags.fields !== undefined
        ? [await contentFromFields(flags.fields, defaults)]
        : []
  if (contents.length === 0)
    throw new VecheError('USAGE', 'at least one document expected from --csv or --fields')
  const signer = await openKeystoreFile(flags.keystore, flags.passwordFile)
  const issued = await issueDocumentFiles({
    wsUrl: flags.rpc.replace(/^http/, 'ws'),
    chainId: Number(await callRpc(flags.rpc, 'eth_chainId', [])),
    signer,
    contents,
    single: flags.single,
    schema: defaults.schema,
  })
  const files = await writeDocumentFiles(flags.out, issued)
  const transactions = [...new Set(issued.map(({ transaction }) => transaction))]
  if (flags.json) printJson({ documents: issued.length, transactions, files })
  else
    process.stdout.write(
      `issued ${issued.length} documents in ${transactions.length} transactions; files in ${flags.out}\n`,
    )
}

function verifyCommand(): Command {
  const command = new Command('verify')
    .description('check a document against the chain without trusting the server')
    .requiredOption('--document <file.json>', 'document file')
    .addOption(rpcOption())
  return addPinOptions(command)
    .addOption(jsonOption())
    .addHelpText('after', '\nExit code: 0 valid, 3 not valid (revoked, …), 4 not proven.')
    .action(verify)
}

async function readDocument(file: string): Promise<Document> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new VecheError('DOCUMENTS_UNREADABLE', `a document file expected at ${file}`, { cause })
  })
  const document = decodeDocumentText(text)
  if (document.ok) return document.value
  throw new VecheError(document.code, `${file}: ${document.reason}`)
}

const EXIT_NOT_VALID = 3

async function verify(flags: VerifyFlags): Promise<void> {
  const document = await readDocument(flags.document)
  const result = await verifyOverRpc(document, {
    rpcUrl: flags.rpc,
    chainId: document.chainId,
    trusted: await trustedBlock(flags),
    nowSeconds: Math.floor(Date.now() / 1000),
  })
  const { verdict } = result.verdict
  process.exitCode =
    verdict === 'VALID' ? 0 : verdict === 'NOT_PROVEN' ? EXIT_NOT_PROVEN : EXIT_NOT_VALID
  if (!flags.json) process.stdout.write(`${verdictText(result)}\n`)
  else {
    const block = result.block
    printJson({
      ...result.verdict,
      ...(block === undefined
        ? {}
        : { block: { number: block.header.number, hash: block.hash, seals: block.seals } }),
    })
  }
}

function showCommand(): Command {
  return new Command('show')
    .description('show a document file, or the file of one that `veche city` issued')
    .addOption(new Option('--document <file.json>', 'document file').conflicts('number'))
    .option('--data-dir <dir>', 'data directory of the city', './data')
    .addOption(
      new Option('--number <n>', 'n-th issued document, from 1').argParser(integer(1, 1e9)),
    )
    .option('--out <file.json>', 'write the document file there')
    .addOption(jsonOption())
    .action(show)
}

async function findByNumber(dataDir: string, number: number): Promise<Document> {
  const genesis = await readGenesisFile(join(dataDir, 'genesis.json'))
  return findIssued(dataDir, number, genesis.chainId)
}

async function show(flags: ShowFlags): Promise<void> {
  if (flags.document === undefined && flags.number === undefined)
    throw new VecheError('USAGE', '--document FILE or --number N expected')
  const document =
    flags.document === undefined
      ? await findByNumber(flags.dataDir ?? './data', flags.number ?? 1)
      : await readDocument(flags.document)
  const text = encodeDocument(document)
  if (flags.out !== undefined) await writeNew(flags.out, text)
  if (flags.json) process.stdout.write(`${JSON.stringify(JSON.parse(text))}\n`)
  else if (flags.out === undefined) process.stdout.write(text)
  else process.stdout.write(`${documentCommitment(document)} written to ${flags.out}\n`)
}

async function writeNew(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flag: 'wx' }).catch((cause: unknown) => {
    throw new VecheError('FILE_EXISTS', `a new file expected at ${path}`, { cause })
  })
}
