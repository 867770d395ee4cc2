/**
 * `veche departments …`: accounts that several people hold together. `create` makes one, `prepare`
 * and `configure` write a call, each signer adds a signature offline (`sign`, with a passkey
 * `request` before it), anybody relays (`execute`).
 */
import {
  accepted,
  DEPARTMENT_FACTORY_ADDRESS,
  departmentAccount,
  departmentFactory,
  departmentFactoryAbi,
} from '@veche/contracts'
import type { Address } from '@veche/primitives'
import { Command } from 'commander'
import { readContract } from '../act/act.ts'
import { contractAt } from '../act/contracts.ts'
import { toJson } from '../act/describe.ts'
import { readJsonFile } from '../act/files.ts'
import {
  createArguments,
  departmentCallShape,
  departmentShape,
  executeArguments,
} from '../departments/files.ts'
import { accountAt, readDepartment } from '../departments/read.ts'
import { type ActFlags, act, acting } from './act.ts'
import {
  CALL_FORMAT,
  callRequestCommand,
  configureCommand,
  prepareCommand,
  signCallCommand,
} from './departments-call.ts'
import { jsonOption, rpcOption } from './options.ts'
import { passkeyCommand } from './person.ts'
import { toAddress } from './points-office.ts'

const FACTORY = contractAt('DepartmentFactory', DEPARTMENT_FACTORY_ADDRESS, departmentFactoryAbi)

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

async function show(account: Address, { rpc, json }: ReadFlags): Promise<void> {
  const state = await readDepartment(rpc, account)
  if (json) {
    process.stdout.write(`${toJson(state)}\n`)
    return
  }
  const { threshold, totalWeight, signers, nonce } = state
  const lines = [
    `${account}: ${threshold} of ${totalWeight} must sign, next nonce ${nonce}`,
    ...signers.map(({ signer, kind, weight }) => `  ${weight} ${kind} ${signer}`),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

const showCommand = (): Command =>
  new Command('show')
    .description('signers, weights and threshold of an account')
    .argument('<account>', 'address')
    .addOption(rpcOption())
    .addOption(jsonOption())
    .action((account: string, flags: ReadFlags) => show(toAddress(account), flags))

const executeCommand = (): Command =>
  acting('execute', 'relay a signed call (anybody)')
    .requiredOption('--in <file>', `${CALL_FORMAT} with signatures that weigh enough`)
    .action(async (flags: ActFlags & { in: string }) => {
      const file = await readJsonFile(flags.in, departmentCallShape)
      const data = departmentAccount.encode.execute(...executeArguments(file))
      return act(flags, { contract: accountAt(file.account), data })
    })

/** `veche departments`. */
export function departmentsCommand(): Command {
  const command = new Command('departments').description('accounts that several people hold')
  for (const each of [
    ...[createCommand(), addressCommand(), showCommand(), passkeyCommand()],
    ...[prepareCommand(), configureCommand(), callRequestCommand()],
    ...[signCallCommand(), executeCommand()],
  ])
    command.addCommand(each)
  return command
}
