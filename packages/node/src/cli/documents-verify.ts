/** `veche documents verify|prove|show`: what a citizen does, with a server or without any. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  DOCUMENT_REGISTRY_ADDRESS,
  type Document,
  decodeDocumentText,
  documentCommitment,
  encodeDocument,
} from '@veche/contracts'
import { VecheError } from '@veche/primitives'
import { Command, Option } from 'commander'
import { readJsonFile, writeJsonFile } from '../act/files.ts'
import { findIssued } from '../documents/find.ts'
import {
  makeProofFile,
  PROOF_FILE_BYTES_MAX,
  proofFileShape,
  verifyOffline,
} from '../documents/proof-file.ts'
import { stateText, type Verification, verdictText, verifyOverRpc } from '../documents/verify.ts'
import { readGenesisFile } from '../genesis-file.ts'
import { integer, jsonOption, printJson, rpcOption } from './options.ts'
import { addPinOptions, EXIT_NOT_PROVEN, type PinFlags, trustedBlock } from './pinned-genesis.ts'

interface VerifyFlags extends PinFlags {
  readonly document: string
  readonly proof?: string
  readonly json: boolean
}

interface ProveFlags extends PinFlags {
  readonly document: string
  readonly out: string
  readonly json: boolean
}

interface ShowFlags {
  readonly document?: string
  readonly dataDir?: string
  readonly number?: number
  readonly out?: string
  readonly json: boolean
}

const EXIT_NOT_VALID = 3

const documentOption = ['--document <file.json>', 'document file'] as const

export function verifyCommand(): Command {
  const command = new Command('verify')
    .description('check a document against the chain without trusting the server')
    .requiredOption(...documentOption)
    .addOption(rpcOption())
    .option('--proof <file.json>', 'a saved proof (`prove`): checks without any server')
  return addPinOptions(command)
    .addOption(jsonOption())
    .addHelpText('after', '\nExit code: 0 valid, 3 not valid (revoked, …), 4 not proven.')
    .action(verify)
}

export function proveCommand(): Command {
  const command = new Command('prove')
    .description('save what proves a document, to check it later without a network')
    .requiredOption(...documentOption)
    .requiredOption('--out <file.json>', 'new proof file')
    .addOption(rpcOption())
  return addPinOptions(command).addOption(jsonOption()).action(prove)
}

export function showCommand(): Command {
  return new Command('show')
    .description('show a document file, or the file of one that `veche city` issued')
    .addOption(new Option(...documentOption).conflicts('number'))
    .option('--data-dir <dir>', 'data directory of the city', './data')
    .addOption(
      new Option('--number <n>', 'n-th issued document, from 1').argParser(integer(1, 1e9)),
    )
    .option('--out <file.json>', 'write the document file there')
    .addOption(jsonOption())
    .action(show)
}

/** Throws `DOCUMENTS_UNREADABLE`, `DOCUMENT_MALFORMED`. */
export async function readDocument(file: string): Promise<Document> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new VecheError('DOCUMENTS_UNREADABLE', `a document file expected at ${file}`, { cause })
  })
  const document = decodeDocumentText(text)
  if (document.ok) return document.value
  throw new VecheError(document.code, `${file}: ${document.reason}`)
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** without a server there is nobody to name a genesis: it must be pinned */
async function offline(
  document: Document,
  proof: string,
  flags: VerifyFlags,
): Promise<Verification> {
  if (!flags.genesis && !flags.genesisHash && !flags.checkpoint)
    throw new VecheError('USAGE', '--genesis, --genesis-hash or --checkpoint expected with --proof')
  const file = await readJsonFile(proof, proofFileShape, PROOF_FILE_BYTES_MAX)
  return verifyOffline(document, file, {
    chainId: document.chainId,
    registry: DOCUMENT_REGISTRY_ADDRESS,
    trusted: await trustedBlock(flags),
    nowSeconds: nowSeconds(),
  })
}

async function verify(flags: VerifyFlags): Promise<void> {
  const document = await readDocument(flags.document)
  const result =
    flags.proof === undefined
      ? await verifyOverRpc(document, {
          rpcUrl: flags.rpc,
          chainId: document.chainId,
          trusted: await trustedBlock(flags),
          nowSeconds: nowSeconds(),
        })
      : await offline(document, flags.proof, flags)
  tell(document, result, flags.json)
}

function tell(document: Document, result: Verification, json: boolean): void {
  const { verdict } = result.verdict
  process.exitCode =
    verdict === 'VALID' ? 0 : verdict === 'NOT_PROVEN' ? EXIT_NOT_PROVEN : EXIT_NOT_VALID
  if (!json) {
    process.stdout.write(`${verdictText(result)}\n`)
    if (verdict !== 'NOT_PROVEN') process.stdout.write(`${stateText(document, result)}\n`)
    return
  }
  const { block } = result
  const told = block && { number: block.header.number, hash: block.hash, seals: block.seals }
  printJson({ ...result.verdict, ...(told === undefined ? {} : { block: told }) })
}

async function prove(flags: ProveFlags): Promise<void> {
  const document = await readDocument(flags.document)
  const trusted = await trustedBlock(flags)
  const made = await makeProofFile(document, { rpcUrl: flags.rpc, trusted })
  if (!made.ok) throw new VecheError(made.code, made.reason)
  const result = await verifyOffline(document, made.value, {
    ...{ chainId: document.chainId, registry: DOCUMENT_REGISTRY_ADDRESS, trusted },
    nowSeconds: nowSeconds(),
  })
  if (result.verdict.verdict !== 'NOT_PROVEN') await writeJsonFile(flags.out, made.value)
  tell(document, result, flags.json)
  // a proof of a revoked document is a good proof
  if (result.verdict.verdict !== 'NOT_PROVEN') process.exitCode = 0
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
