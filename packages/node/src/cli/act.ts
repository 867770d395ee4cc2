/**
 * What every command that signs has in common: `--rpc`, `--keystore`, `--password-file`,
 * `--dry-run`, `--yes`, `--json`; what is signed goes to stderr first, the result to stdout.
 */
import { createInterface } from 'node:readline/promises'
import { formatValues } from '@veche/contracts'
import { type Hex, type Signer, VecheError } from '@veche/primitives'
import { Command } from 'commander'
import type { TypedDataDefinition } from 'viem'
import { type Act, type ActOutcome, performActs, prepareActs, tryAct } from '../act/act.ts'
import { callFacts, describeCall, describeTyped, toJson } from '../act/describe.ts'
import { signTyped } from '../act/typed.ts'
import { openKeystore } from '../keystore.ts'
import { readKeystoreFile } from '../keystore-file.ts'
import { jsonOption, rpcOption } from './options.ts'
import { askPassword } from './password.ts'

/** Options of a command that signs, without a node. */
export interface SignFlags {
  readonly keystore: string
  readonly passwordFile?: string
  readonly dryRun: boolean
  readonly yes: boolean
  readonly json: boolean
}

/** Options of a command that sends. */
export interface ActFlags extends SignFlags {
  readonly rpc: string
}

function addSignOptions(command: Command): Command {
  return command
    .requiredOption('--keystore <file>', 'web3 keystore v3 of the signer')
    .option('--password-file <file>', 'file whose first line opens the keystore; absent: asked')
    .option('--dry-run', 'show what would be signed, and stop', false)
    .option('--yes', 'sign without asking; needed without a terminal', false)
    .addOption(jsonOption())
}

/** A command that signs a message offline. */
export function signing(name: string, description: string): Command {
  return addSignOptions(new Command(name).description(description))
}

/** A command that signs and sends transactions. */
export function acting(name: string, description: string): Command {
  return addSignOptions(new Command(name).description(description).addOption(rpcOption()))
}

/** Opens the signer of a command; the password is typed when there is no file. */
export async function openSigner(flags: SignFlags): Promise<Signer> {
  const keystore = await readKeystoreFile(flags.keystore)
  return openKeystore(keystore, await askPassword(flags.passwordFile))
}

const show = (text: string): void => void process.stderr.write(text)

/** Throws `CONFIRMATION_ABSENT` where nobody can be asked. */
export async function confirm({ yes }: Pick<SignFlags, 'yes'>): Promise<boolean> {
  if (yes) return true
  if (!process.stdin.isTTY)
    throw new VecheError('CONFIRMATION_ABSENT', 'nobody to ask: give --yes, or --dry-run to look')
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(?:es)?$/i.test((await reader.question('sign this? [y/N] ')).trim())
  } finally {
    reader.close()
  }
}

/** The result of a command that sent something. */
export function printOutcomes(outcomes: readonly ActOutcome[], json: boolean): void {
  if (json) {
    const told = outcomes.map(({ hash, blockNumber, gasUsed, events }) => ({
      ...{ hash, blockNumber, gasUsed },
      events: events.map(({ contract, event, args }) => ({
        ...{ contract, event },
        args: Object.fromEntries(args.map(({ name, value }) => [name, value])),
      })),
    }))
    process.stdout.write(`${toJson(told.length === 1 ? told[0] : { transactions: told })}\n`)
    return
  }
  for (const { hash, blockNumber, gasUsed, events } of outcomes) {
    process.stdout.write(`final in block ${blockNumber}: ${hash}, ${gasUsed} gas\n`)
    for (const { contract, event, args } of events)
      process.stdout.write(`  ${contract}.${event}: ${formatValues(args)}\n`)
  }
}

/**
 * Shows, asks, signs, sends and waits; with `--dry-run` tries the first call, shows all and gives
 * nothing. The caller prints the outcomes ({@link printOutcomes}) or what it makes of them; `by` is
 * the signer where it is open already. Errors as {@link performActs}, and `CONFIRMATION_ABSENT`.
 */
export async function runActs(
  flags: ActFlags,
  acts: readonly Act[],
  by?: Signer,
): Promise<ActOutcome[]> {
  const signer = by ?? (await openSigner(flags))
  const rpcUrl = flags.rpc
  if (!flags.dryRun)
    return performActs({ rpcUrl, signer, show, confirm: () => confirm(flags) }, acts)
  const [first] = acts
  if (first !== undefined) await tryAct(rpcUrl, signer.address, first)
  const calls = await prepareActs(rpcUrl, signer.address, acts)
  for (const call of calls) show(describeCall(call))
  if (flags.json) process.stdout.write(`${toJson({ dryRun: calls.map(callFacts) })}\n`)
  else process.stdout.write('dry run: nothing was signed or sent\n')
  return []
}

/** {@link runActs} of one command that only sends, with its result printed. */
export async function act(flags: ActFlags, ...acts: readonly Act[]): Promise<void> {
  const outcomes = await runActs(flags, acts)
  if (outcomes.length > 0) printOutcomes(outcomes, flags.json)
}

/**
 * Shows an EIP-712 message, asks and signs it; undefined with `--dry-run`. The caller writes the
 * signed file. Throws `NOT_CONFIRMED`, `CONFIRMATION_ABSENT`.
 */
export async function signMessage(
  flags: SignFlags,
  typed: TypedDataDefinition,
  signer?: Signer,
): Promise<Hex | undefined> {
  const by = signer ?? (await openSigner(flags))
  show(describeTyped(typed, by.address))
  if (flags.dryRun) {
    if (flags.json) process.stdout.write(`${toJson({ dryRun: typed })}\n`)
    else process.stdout.write('dry run: nothing was signed\n')
    return undefined
  }
  if (!(await confirm(flags))) throw new VecheError('NOT_CONFIRMED', 'nothing was signed')
  return signTyped(by, typed)
}
