/**
 * The later acts of an applicant. `veche fairs sign <act>` signs one offline, for anybody to
 * submit; `veche fairs withdraw|appeal|accept|decline|appeal-no-show` signs it and sends it with
 * the same key, for whoever has an account on the chain. A check-in is sent by an inspector alone.
 */
import { randomBytes } from 'node:crypto'
import {
  actTypedData,
  type SEASON_ACTS,
  type SeasonAct,
  type SeasonActName,
} from '@veche/contracts/fairs'
import {
  type Address,
  bytesToHex,
  type Hash,
  type Hex,
  keccakHex,
  utf8ToBytes,
  VecheError,
  ZERO_HASH,
} from '@veche/primitives'
import { type Command, Option } from 'commander'
import { encodeAbiParameters, keccak256 } from 'viem/utils'
import { toJson } from '../act/describe.ts'
import { writeJsonFile } from '../act/files.ts'
import { encodeTicket, type SignedAct } from '../fairs/files.ts'
import * as acts from '../fairs/season-acts.ts'
import { callRpc } from '../json-rpc.ts'
import {
  type ActFlags,
  acting,
  openSigner,
  printOutcomes,
  runActs,
  type SignFlags,
  signing,
  signMessage,
} from './act.ts'
import {
  chainIdOption,
  idOption,
  inMinutes,
  minutesOption,
  outOption,
  preferenceOption,
  seasonOption,
} from './fairs-options.ts'

/** FairSeason takes a check-in of at most an hour */
const ACT_MINUTES = 30

/** Acts by their names on the command line. */
const ACT_NAMES: Readonly<Record<string, SeasonActName>> = {
  withdraw: 'Withdraw',
  appeal: 'AppealRefusal',
  accept: 'Accept',
  decline: 'Decline',
  'check-in': 'CheckIn',
  'appeal-no-show': 'AppealNoShow',
}

const GROUNDS_TYPE = keccakHex(utf8ToBytes('VecheFairGrounds/1(string text,bytes32 salt)'))

/** A salted commitment to the grounds of an appeal: the text may be about somebody's life. */
function commitGrounds(text: string): { readonly note: Hash; readonly salt: Hash } {
  const salt = bytesToHex(randomBytes(32))
  process.stderr.write(`commitment to "${text}" with salt ${salt}: keep both for the arbiter\n`)
  const fields = [{ type: 'bytes32' }, { type: 'string' }, { type: 'bytes32' }] as const
  return { note: keccak256(encodeAbiParameters(fields, [GROUNDS_TYPE, text, salt])), salt }
}

interface WhichFlags {
  readonly id: number
  readonly preference?: number
  readonly grounds?: string
  readonly minutes: number
}

function actOf(flags: WhichFlags): { readonly act: SeasonAct; readonly salt?: Hash } {
  const { id, preference = 0, grounds } = flags
  const bare = { id, preference, note: ZERO_HASH as Hash, deadline: inMinutes(flags.minutes) }
  if (grounds === undefined) return { act: bare }
  const { note, salt } = commitGrounds(grounds)
  return { act: { ...bare, note }, salt }
}

interface SignActFlags extends SignFlags, WhichFlags {
  readonly season: Address
  readonly chainId: number
  readonly out: string
}

async function signToFile(name: SeasonActName, flags: SignActFlags): Promise<void> {
  const { season, chainId, out } = flags
  const { act, salt } = actOf(flags)
  const signature = await signMessage(flags, actTypedData({ chainId, season }, name, act))
  if (signature === undefined) return
  const head = { format: 'veche-fair-signed/1', chainId, season, kind: name } as const
  const file: SignedAct = { ...head, act, signature }
  await writeJsonFile(out, file)
  const told = { ...(salt === undefined ? {} : { salt }), ...ticketOf(file) }
  if (flags.json) process.stdout.write(`${toJson({ file: out, ...told })}\n`)
  else process.stdout.write([`signed: ${out}`, told.ticket ?? '', ''].join('\n'))
}

const ticketOf = (file: SignedAct): { readonly ticket?: string } =>
  file.kind === 'CheckIn' ? { ticket: encodeTicket(file) } : {}

const withWhich = (command: Command): Command =>
  command
    .addOption(seasonOption())
    .addOption(idOption())
    .addOption(preferenceOption())
    .addOption(new Option('--grounds <text>', 'of an appeal; a salted commitment is signed'))
    .addOption(minutesOption(ACT_MINUTES))

function signCommand(): Command {
  return withWhich(signing('sign', 'citizen: sign a later act offline, for anybody to submit'))
    .argument('<act>', Object.keys(ACT_NAMES).join(', '))
    .addOption(chainIdOption())
    .addOption(outOption())
    .action(async (text: string, flags: SignActFlags) => {
      const name = Object.hasOwn(ACT_NAMES, text) ? ACT_NAMES[text] : undefined
      if (name !== undefined) return signToFile(name, flags)
      const names = Object.keys(ACT_NAMES).join(', ')
      throw new VecheError('USAGE', `an act (${names}) expected, got ${text}`)
    })
}

interface OneStepFlags extends ActFlags, WhichFlags {
  readonly season: Address
}

/** Signs the act, then the transaction that carries it, both with the same key. */
async function signAndSend(name: SeasonActName, flags: OneStepFlags): Promise<void> {
  const { season, rpc } = flags
  const signer = await openSigner(flags)
  const chainId = Number(await callRpc(rpc, 'eth_chainId', []))
  const { act } = actOf(flags)
  const typed = actTypedData({ chainId, season }, name, act)
  const signature: Hex | undefined = await signMessage(flags, typed, signer)
  if (signature === undefined) return
  const outcomes = await runActs(flags, [acts.submitAct(season, name, { act, signature })], signer)
  printOutcomes(outcomes, flags.json)
}

const ONE_STEP = [
  ['withdraw', 'take your application back, while applications are taken'],
  ['appeal', 'appeal against a refusal'],
  ['accept', 'accept an offer'],
  ['decline', 'give a place or an offer back'],
  ['appeal-no-show', 'appeal against a no-show'],
] as const

/** Commands of an applicant who has applied. */
export function actCommands(): Command[] {
  const oneStep = ONE_STEP.map(([name, what]) =>
    withWhich(acting(name, `citizen: ${what}, with your own account`)).action(
      (flags: OneStepFlags) => signAndSend(ACT_NAMES[name] as (typeof SEASON_ACTS)[number], flags),
    ),
  )
  return [signCommand(), ...oneStep]
}
