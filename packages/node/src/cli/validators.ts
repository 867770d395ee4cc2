/** `veche validators …`: the procedure of the validator set, for operators and observers. */
import { readFile } from 'node:fs/promises'
import { decodeMessage } from '@veche/consensus'
import { VALIDATOR_SET_ADDRESS, type ValidatorSetEvent, validatorSet } from '@veche/contracts'
import {
  type Address,
  type Hex,
  isAddress,
  keccakHex,
  utf8ToBytes,
  VecheError,
} from '@veche/primitives'
import { Command, InvalidArgumentError, Option } from 'commander'
import { evidenceToCall } from '../council/evidence.ts'
import { organisationFrom, readerOf, sendToSet } from '../council/procedure.ts'
import { examineRetirement, type Retirement } from '../council/retirement.ts'
import type { SetMember } from '../council/set-reader.ts'
import { callRpc } from '../json-rpc.ts'
import { openKeystoreFile } from '../keystore-file.ts'
import { jsonOption, printJson, rpcOption } from './options.ts'

interface Flags {
  readonly rpc: string
  readonly contract: Address
  readonly json: boolean
}

interface SendFlags extends Flags {
  readonly keystore: string
  readonly passwordFile: string
}

function addressArgument(text: string): Address {
  if (isAddress(text.toLowerCase())) return text.toLowerCase() as Address
  throw new InvalidArgumentError('an address of 20 bytes expected.')
}

function idArgument(text: string): bigint {
  if (/^[1-9]\d{0,18}$/.test(text)) return BigInt(text)
  throw new InvalidArgumentError('the number of a proposal expected.')
}

const addressText = '<address>'

/** A command of the set with the options that each one has. */
function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(rpcOption())
    .addOption(
      new Option('--contract <address>', 'the validator contract in force')
        .default(VALIDATOR_SET_ADDRESS)
        .argParser(addressArgument),
    )
    .addOption(jsonOption())
}

/** A command that sends one call, signed with a keystore. */
function sending(name: string, description: string): Command {
  return command(name, description)
    .requiredOption('--keystore <file>', 'web3 keystore v3 of the sender')
    .requiredOption('--password-file <file>', 'file whose first line opens the keystore')
}

function plainArgs(event: ValidatorSetEvent): Record<string, string> {
  const named = Object.entries(event.args as Readonly<Record<string, unknown>>)
  return Object.fromEntries(named.map(([name, value]) => [name, String(value)]))
}

async function send(flags: SendFlags, data: Hex): Promise<void> {
  const signer = await openKeystoreFile(flags.keystore, flags.passwordFile)
  const options = { rpcUrl: flags.rpc, contract: flags.contract }
  const { hash, blockNumber, gasUsed, events } = await sendToSet(options, signer, data)
  const told = events.map((event) => ({ event: event.eventName, ...plainArgs(event) }))
  if (flags.json) {
    printJson({ hash, blockNumber, gasUsed, events: told })
    return
  }
  process.stdout.write(`final in block ${blockNumber}: ${hash}\n`)
  for (const { event, ...args } of told) {
    const text = Object.entries(args).map(([name, value]) => `${name} ${value}`)
    process.stdout.write(`  ${event}: ${text.join(', ')}\n`)
  }
}

function standingOf({ suspended, leaving }: SetMember): string {
  if (suspended !== undefined) return `suspended by evidence ${suspended}`
  return leaving ? 'leaving: it has a successor' : 'member'
}

async function list({ rpc, contract, json }: Flags): Promise<void> {
  const reader = readerOf({ rpcUrl: rpc, contract })
  const members = await reader.members()
  if (members === undefined)
    throw new VecheError('SET_SILENT', `${contract} does not answer as a validator set`)
  const inForce = (await callRpc(rpc, 'veche_validators', [])) as Address[]
  const proposals = await reader.proposals()
  const live = proposals.filter(({ stage }) => stage === 'open' || stage === 'scheduled')
  if (json) {
    const texts = proposals.map((proposal) => ({ ...proposal, id: proposal.id.toString() }))
    printJson({ members, inForce, proposals: texts })
    return
  }
  const lines = members.map((member) => `  ${member.address}  ${standingOf(member)}`)
  const differs = [...inForce].sort().join() !== members.map(({ address }) => address).join()
  const shown = live.map(
    ({ id, kind, member, stage, approvals, needed, activationHeight, readyAt, replaces }) =>
      `  ${id}: ${kind} ${member}${replaces === undefined ? '' : ` for ${replaces}`}, ${stage}, ` +
      `${approvals} of ${needed} approvals` +
      (stage === 'scheduled' ? `, from block ${activationHeight}` : '') +
      (kind === 'add' ? (readyAt > 0 ? ', candidate ready' : ', candidate not ready') : ''),
  )
  process.stdout.write(
    [
      `${members.length} members after the head:`,
      ...lines,
      ...(differs ? [`in force at the head: ${inForce.join(', ')}`] : []),
      shown.length === 0 ? 'no open proposal' : 'proposals:',
      ...shown,
      '',
    ].join('\n'),
  )
}

function describeRetirement({ address, obstacles, checkpoint }: Retirement): string {
  if (obstacles.length > 0)
    return `keep the key of ${address}:\n${obstacles.map((each) => `  ${each}`).join('\n')}\n`
  return [
    `the chain needs the key of ${address} no more. In this order:`,
    `  1. publish the checkpoint ${checkpoint.number}:${checkpoint.hash}`,
    '  2. stop the node of this key, and see that no copy of it runs anywhere',
    '  3. destroy the keystore, its password, every backup of both, and data/log',
    '  4. have it witnessed: whoever holds the old keys of a quorum can write another history',
    '     for nodes that know no checkpoint above it',
    '',
  ].join('\n')
}

const EXIT_NOT_YET = 3

async function retire(address: Address, flags: Flags): Promise<void> {
  const found = await examineRetirement({ rpcUrl: flags.rpc, contract: flags.contract }, address)
  if (found.obstacles.length > 0) process.exitCode = EXIT_NOT_YET
  if (flags.json) printJson({ ...found, mayBeDestroyed: found.obstacles.length === 0 })
  else process.stdout.write(describeRetirement(found))
}

async function report(file: string, flags: SendFlags): Promise<void> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new VecheError('EVIDENCE_UNREADABLE', `a file of evidence expected at ${file}`, { cause })
  })
  const message = decodeMessage(bytes)
  if (!message.ok || message.value.kind !== 'evidence')
    throw new VecheError('EVIDENCE_UNREADABLE', `${file}: two signed messages expected`)
  await send(flags, evidenceToCall(message.value))
}

function proposing(): Command[] {
  return [
    sending('add', 'propose a new member; counts as your approval')
      .argument(addressText, 'its key', addressArgument)
      .requiredOption('--organisation <name|0x…>', 'whose seat it is')
      .action((member: Address, flags: SendFlags & { organisation: string }) =>
        send(flags, validatorSet.proposeAdd(member, organisationFrom(flags.organisation))),
      ),
    sending('remove', 'propose to unseat a member; counts as your approval')
      .argument(addressText, 'its key', addressArgument)
      .action((member: Address, flags: SendFlags) =>
        send(flags, validatorSet.proposeRemove(member)),
      ),
    sending('replace', 'propose a new key of the same organisation for a member')
      .argument('<old>', 'the key that leaves', addressArgument)
      .argument('<new>', 'the key that follows', addressArgument)
      .action((old: Address, by: Address, flags: SendFlags) =>
        send(flags, validatorSet.proposeReplace(old, by)),
      ),
    sending('approve', 'approve a proposal')
      .argument('<id>', 'its number', idArgument)
      .action((id: bigint, flags: SendFlags) => send(flags, validatorSet.approve(id))),
    sending('veto', 'end an open proposal; observers only')
      .argument('<id>', 'its number', idArgument)
      .requiredOption('--reason <text>', 'text whose hash is published; publish the text as well')
      .action((id: bigint, flags: SendFlags & { reason: string }) =>
        send(flags, validatorSet.veto(id, keccakHex(utf8ToBytes(flags.reason)))),
      ),
  ]
}

function executing(): Command[] {
  return [
    sending('schedule', 'fix the height of an approved proposal; anybody')
      .argument('<id>', 'its number', idArgument)
      .action((id: bigint, flags: SendFlags) => send(flags, validatorSet.schedule(id))),
    sending('activate', 'change the set as a scheduled proposal says; anybody')
      .argument('<id>', 'its number', idArgument)
      .action((id: bigint, flags: SendFlags) => send(flags, validatorSet.activate(id))),
    sending('unseat', 'take the seat of a suspended or succeeded member; anybody')
      .argument(addressText, 'its key', addressArgument)
      .action((member: Address, flags: SendFlags) => send(flags, validatorSet.unseat(member))),
    sending('report', 'report evidence of equivocation; anybody (validators do it by themselves)')
      .argument('<file>', 'a file of <dataDir>/evidence')
      .action(report),
  ]
}

/** The `validators` subcommand. */
export function validatorsCommand(): Command {
  const all = new Command('validators').description('see and change the validator set')
  all.addCommand(command('list', 'members, their standing, and open proposals').action(list))
  for (const each of [...proposing(), ...executing()]) all.addCommand(each)
  all.addCommand(
    command('retire', 'whether the key of a former member may be destroyed, and how')
      .argument(addressText, 'the key', addressArgument)
      .addHelpText('after', '\nAsk a node of your own. Exit code: 0 it may, 3 not yet.')
      .action(retire),
  )
  return all
}
