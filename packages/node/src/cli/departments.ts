/**
 * `veche departments …`: accounts that several people hold together. `create` makes one, `prepare`
 * writes a call, each signer adds a signature offline (`sign`), anybody relays (`execute`).
 */
import {
  accepted,
  DEPARTMENT_FACTORY_ADDRESS,
  departmentAccount,
  departmentAccountAbi,
  departmentFactory,
  departmentFactoryAbi,
} from '@veche/contracts'
import type { Address } from '@veche/primitives'
import { isHex, VecheError } from '@veche/primitives'
import { Command } from 'commander'
import { readContract } from '../act/act.ts'
import { contractAt } from '../act/contracts.ts'
import { describeTyped, toJson } from '../act/describe.ts'
import { readJsonFile, writeJsonFile } from '../act/files.ts'
import {
  addSignature,
  callTypedData,
  createArguments,
  createCallFile,
  departmentCallShape,
  departmentShape,
  executeArguments,
} from '../departments/files.ts'
import { type DepartmentSigner, keystoreSigner, openPemFile } from '../departments/keys.ts'
import { callRpc } from '../json-rpc.ts'
import { type ActFlags, act, acting, confirm, openSigner } from './act.ts'
import { integer, jsonOption, rpcOption } from './options.ts'
import { toAddress } from './points-office.ts'

const FACTORY = contractAt('DepartmentFactory', DEPARTMENT_FACTORY_ADDRESS, departmentFactoryAbi)

const accountAt = (address: Address) =>
  contractAt('DepartmentAccount', address, departmentAccountAbi)

const createCommand = (): Command =>
  acting('create', 'make the account of a department from its file (anybody)')
    .requiredOption('--department <file>', 'veche-department/1: signers, weights, threshold, salt')
    .action(async (flags: ActFlags & { department: string }) => {
      const args = createArguments(await readJsonFile(flags.department, departmentShape))
      return act(flags, { contract: FACTORY, data: departmentFactory.encode.create(...args) })
    })

interface ReadFlags {
  readonly rpc: string
  readonly json: boolean
}

async function address(flags: ReadFlags & { department: string }): Promise<void> {
  const args = createArguments(await readJsonFile(flags.department, departmentShape))
  const data = departmentFactory.encode.addressOf(...args)
  const answer = await readContract(flags.rpc, { contract: FACTORY, data })
  const account = accepted(departmentFactory.decode.addressOf(answer))
  process.stdout.write(flags.json ? `${toJson({ account })}\n` : `${account}\n`)
}

const addressCommand = (): Command =>
  new Command('address')
    .description('the address that the account of a file has or will have')
    .requiredOption('--department <file>', 'veche-department/1')
    .addOption(rpcOption())
    .addOption(jsonOption())
    .action(address)

interface PrepareFlags extends ReadFlags {
  readonly account: string
  readonly target: string
  readonly data: string
  readonly queue: number
  readonly hours: number
  readonly out: string
}

async function prepare(flags: PrepareFlags): Promise<void> {
  const account = toAddress(flags.account)
  if (!isHex(flags.data)) throw new VecheError('USAGE', 'calldata as 0x text expected')
  const data = departmentAccount.encode.nonceOf(BigInt(flags.queue))
  const answer = await readContract(flags.rpc, { contract: accountAt(account), data })
  const nonce = accepted(departmentAccount.decode.nonceOf(answer))
  const chainId = Number(await callRpc(flags.rpc, 'eth_chainId', []))
  const deadline = Math.floor(Date.now() / 1000) + flags.hours * 3_600
  const call = { target: toAddress(flags.target), data: flags.data, nonce, deadline }
  await writeJsonFile(flags.out, createCallFile({ chainId, account }, call))
  process.stdout.write(
    flags.json ? `${toJson({ file: flags.out, nonce })}\n` : `wrote ${flags.out}\n`,
  )
}

const prepareCommand = (): Command =>
  new Command('prepare')
    .description('write a call for the signers')
    .requiredOption('--account <address>', "the department's")
    .requiredOption('--target <address>', 'the contract it calls')
    .requiredOption('--data <0x…>', 'calldata; a --dry-run --json of another command shows it')
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
    .action(prepare)

interface SignCallFlags {
  readonly keystore?: string
  readonly passwordFile?: string
  readonly pem?: string
  readonly in: string
  readonly out: string
  readonly dryRun: boolean
  readonly yes: boolean
  readonly json: boolean
}

async function signerOf(flags: SignCallFlags): Promise<DepartmentSigner> {
  const { keystore, pem } = flags
  if (pem !== undefined && keystore === undefined) return openPemFile(pem)
  if (keystore !== undefined && pem === undefined)
    return keystoreSigner(await openSigner({ ...flags, keystore }))
  throw new VecheError('USAGE', 'either --keystore or --pem expected')
}

async function sign(flags: SignCallFlags): Promise<void> {
  const file = await readJsonFile(flags.in, departmentCallShape)
  const typed = callTypedData(file)
  const by = await signerOf(flags)
  process.stderr.write(describeTyped(typed, by.signer))
  if (flags.dryRun) {
    process.stdout.write('dry run: nothing was signed\n')
    return
  }
  if (!(await confirm(flags))) throw new VecheError('NOT_CONFIRMED', 'nothing was signed')
  const signature = await by.sign(typed)
  await writeJsonFile(flags.out, addSignature(file, { signer: by.signer, signature }))
  const told = { file: flags.out, signer: by.signer }
  process.stdout.write(flags.json ? `${toJson(told)}\n` : `wrote ${flags.out}\n`)
}

const signCommand = (): Command =>
  new Command('sign')
    .description('add a signature to a call, offline')
    .requiredOption('--in <file>', 'veche-department-call/1')
    .requiredOption('--out <file>', 'a new file')
    .option('--keystore <file>', 'web3 keystore v3 of a secp256k1 signer')
    .option('--password-file <file>', 'file whose first line opens the keystore; absent: asked')
    .option('--pem <file>', 'P-256 private key in PEM')
    .option('--dry-run', 'show what would be signed, and stop', false)
    .option('--yes', 'sign without asking; needed without a terminal', false)
    .addOption(jsonOption())
    .action(sign)

const executeCommand = (): Command =>
  acting('execute', 'relay a signed call (anybody)')
    .requiredOption('--in <file>', 'veche-department-call/1 with signatures that weigh enough')
    .action(async (flags: ActFlags & { in: string }) => {
      const file = await readJsonFile(flags.in, departmentCallShape)
      const data = departmentAccount.encode.execute(...executeArguments(file))
      return act(flags, { contract: accountAt(file.account), data })
    })

/** `veche departments`. */
export function departmentsCommand(): Command {
  const command = new Command('departments').description('accounts that several people hold')
  for (const each of [
    createCommand(),
    addressCommand(),
    prepareCommand(),
    signCommand(),
    executeCommand(),
  ])
    command.addCommand(each)
  return command
}
