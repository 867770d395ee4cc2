/** `veche departments prepare|configure|request|sign`: a call from draft to signatures. */
import { cityAccess, departmentAccount } from '@veche/contracts'
import { type Address, type Hex, isHex, VecheError } from '@veche/primitives'
import { Command } from 'commander'
import { CITY_ACCESS } from '../act/contracts.ts'
import { toJson } from '../act/describe.ts'
import { readJsonFile, writeJsonFile } from '../act/files.ts'
import {
  addSignature,
  callTypedData,
  configureData,
  createCallFile,
  DEPARTMENT_CALL_FORMAT,
  type DepartmentCallFile,
  departmentCallShape,
  signerWeight,
} from '../departments/files.ts'
import { readDepartmentNonce } from '../departments/read.ts'
import { callRpc } from '../json-rpc.ts'
import { readCallFile } from '../roles/call-file.ts'
import { callInWords } from '../roles/history.ts'
import { integer, jsonOption, rpcOption } from './options.ts'
import {
  type PersonFlags,
  personSigning,
  requestCommand,
  signerFrom,
  signPersonally,
} from './person.ts'
import { toAddress } from './points-office.ts'

/** For help texts. */
export const CALL_FORMAT: string = DEPARTMENT_CALL_FORMAT

interface DraftFlags {
  readonly account: string
  readonly queue: number
  readonly hours: number
  readonly out: string
  readonly rpc: string
  readonly json: boolean
}

function drafting(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption('--account <address>', "the department's")
    .option(
      '--queue <n>',
      'nonce key: calls of different queues do not wait for each other',
      integer(0, 2 ** 31),
      0,
    )
    .option('--hours <n>', 'how long signatures are good', integer(1, 8_784), 24)
    .requiredOption('--out <file>', 'a new file')
    .addOption(rpcOption())
    .addOption(jsonOption())
}

async function draft(flags: DraftFlags, target: Address, data: Hex): Promise<void> {
  const account = toAddress(flags.account)
  const nonce = await readDepartmentNonce(flags.rpc, account, flags.queue)
  const chainId = Number(await callRpc(flags.rpc, 'eth_chainId', []))
  const deadline = Math.floor(Date.now() / 1000) + flags.hours * 3_600
  const file = createCallFile({ chainId, account }, { target, data, nonce, deadline })
  process.stderr.write(`calls ${callWords(file)}\n`)
  await writeJsonFile(flags.out, file)
  process.stdout.write(
    flags.json ? `${toJson({ file: flags.out, nonce })}\n` : `wrote ${flags.out}\n`,
  )
}

/** What a department's call does, in words: its bytes tell a signer nothing. */
function callWords({ account, target, data }: DepartmentCallFile): string {
  return callInWords(target, data, target === account ? departmentAccount : undefined)
}

interface PrepareFlags extends DraftFlags {
  readonly call?: string
  readonly target?: string
  readonly data?: string
  readonly schedule: boolean
}

/** What the department calls: the call, or its announcement in CityAccess. */
async function callOf({ call, target, data }: PrepareFlags): Promise<[target: Address, data: Hex]> {
  if (call !== undefined && target === undefined && data === undefined) {
    const { contract, data: calldata } = await readCallFile(call)
    return [contract.address, calldata]
  }
  if (call !== undefined || target === undefined || !isHex(data))
    throw new VecheError('USAGE', '--call, or --target and --data as 0x text expected')
  return [toAddress(target), data]
}

async function prepare(flags: PrepareFlags): Promise<void> {
  const [target, data] = await callOf(flags)
  if (!flags.schedule) return draft(flags, target, data)
  process.stderr.write(`gives notice of ${callInWords(target, data)}\n`)
  return draft(flags, CITY_ACCESS.address, cityAccess.encode.schedule(target, data, 0))
}

/** `departments prepare`. */
export const prepareCommand = (): Command =>
  drafting('prepare', 'write a call for the signers')
    .option('--call <file>', '{"contract": …, "function": …, "args": {…}}')
    .option('--target <address>', 'instead of --call: a contract')
    .option('--data <0x…>', 'and its calldata')
    .option('--schedule', 'give notice of the call instead: where its power needs a delay', false)
    .action(prepare)

interface ConfigureFlags extends DraftFlags {
  readonly remove: readonly string[]
  readonly set: readonly string[]
  readonly threshold: number
}

/** `departments configure`. */
export const configureCommand = (): Command =>
  drafting('configure', 'write a call that changes the signers themselves')
    .option('--remove <signer...>', 'who goes', [])
    .option('--set <signer=weight...>', 'who comes, or stays with another weight', [])
    .requiredOption('--threshold <n>', 'what must sign from then on', integer(1, 8_000))
    .action((flags: ConfigureFlags) => {
      const { remove, set, threshold } = flags
      const change = { removed: remove.map(signerFrom), set: set.map(signerWeight), threshold }
      return draft(flags, toAddress(flags.account), configureData(change))
    })

/** `departments request`. */
export const callRequestCommand = (): Command =>
  requestCommand(CALL_FORMAT, async (path) => {
    const file = await readJsonFile(path, departmentCallShape)
    process.stderr.write(`calls ${callWords(file)}\n`)
    return callTypedData(file)
  })

/** `departments sign`. */
export const signCallCommand = (): Command =>
  personSigning('add a signature to a call, offline', CALL_FORMAT).action(
    async (flags: PersonFlags) => {
      const file = await readJsonFile(flags.in, departmentCallShape)
      process.stderr.write(`calls ${callWords(file)}\n`)
      return signPersonally(flags, callTypedData(file), (signed) => addSignature(file, signed))
    },
  )
