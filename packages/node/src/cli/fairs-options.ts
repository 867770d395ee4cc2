/** Options that the commands of the fairs share, and what they read of a season. */
import type { SeasonLogEntry, SeasonPlace, SeasonReport } from '@veche/contracts/fairs'
import { seasonReport } from '@veche/contracts/fairs'
import {
  type Address,
  type Hash,
  isAddress,
  isHash,
  keccakHex,
  type Result,
  utf8ToBytes,
  VecheError,
} from '@veche/primitives'
import { InvalidArgumentError, Option } from 'commander'
import { readSeasonLog } from '../fairs/season-log.ts'
import { callRpc } from '../json-rpc.ts'
import { integer } from './options.ts'

/** `--season 0x…` */
export const seasonOption = (): Option =>
  new Option('--season <address>', 'the season')
    .argParser((text: string): Address => {
      const lower = text.toLowerCase()
      if (isAddress(lower)) return lower
      throw new InvalidArgumentError('an address expected.')
    })
    .makeOptionMandatory()

export const chainIdOption = (): Option =>
  new Option('--chain-id <n>', 'the chain it is signed for')
    .argParser(integer(1, Number.MAX_SAFE_INTEGER))
    .makeOptionMandatory()

export const idOption = (): Option =>
  new Option('--id <n>', 'number of the application')
    .argParser(integer(1, 2 ** 32 - 1))
    .makeOptionMandatory()

export const preferenceOption = (): Option =>
  new Option('--preference <n>', 'which place: its position in the list, from 0').argParser(
    integer(0, 7),
  )

/** `--minutes n` of what is signed offline */
export const minutesOption = (minutes: number): Option =>
  new Option('--minutes <n>', 'how long anybody may submit it')
    .argParser(integer(1, 100_000))
    .default(minutes)

export const outOption = (): Option =>
  new Option('--out <file.json>', 'file to write').makeOptionMandatory()

/** 32 bytes from an option. */
export function toHash(text: string): Hash {
  const lower = text.toLowerCase()
  if (isHash(lower)) return lower
  throw new InvalidArgumentError('32 bytes as 0x text expected.')
}

/** The value, or its refusal as a failure of the command. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new VecheError(result.code, result.reason)
}

export interface SeasonFlags {
  readonly rpc: string
  readonly season: Address
}

/** The season's log and what follows from it. */
export async function readSeason(flags: SeasonFlags): Promise<{
  readonly place: SeasonPlace
  readonly log: readonly SeasonLogEntry[]
  readonly report: SeasonReport
}> {
  const chainId = Number(await callRpc(flags.rpc, 'eth_chainId', []))
  const place = { chainId, season: flags.season }
  const log = await readSeasonLog({ rpcUrl: flags.rpc, season: flags.season })
  return { place, log, report: seasonReport(log, place) }
}

/** unix seconds after a number of minutes */
export const inMinutes = (minutes: number): number => Math.floor(Date.now() / 1000) + minutes * 60

/** Hash of a text that is published, as FairOffice takes it: a title, a reason. */
export const textHash = (text: string): Hash => keccakHex(utf8ToBytes(text))
