/** What the office of the fairs itself answers: seasons there are, limits, a person's standing. */
import { accepted } from '@veche/contracts'
import { fairOffice, fairSeason, SEASON_STAGES, type SeasonStage } from '@veche/contracts/fairs'
import type { Address, Hash, Hex } from '@veche/primitives'
import { readContract } from '../act/act.ts'
import type { KnownContract } from '../act/contracts.ts'
import { FAIR_OFFICE, seasonContract } from './season-acts.ts'

/** A season in the office's list. */
export interface ListedSeason {
  readonly number: number
  readonly season: Address
  readonly stage: SeasonStage | 'unknown'
  readonly applications: number
}

/** How a person stands with the fairs. */
export interface PersonStanding {
  readonly strikes: number
  /** number of the season of the last strike, 0 for none */
  readonly season: number
  /** of the season asked about: 0 for in good standing */
  readonly tier: number
}

const askOffice = (rpcUrl: string, data: Hex): Promise<Uint8Array> =>
  readContract(rpcUrl, { contract: FAIR_OFFICE as unknown as KnownContract, data })

async function listed(rpcUrl: string, number: number): Promise<ListedSeason> {
  const { encode, decode } = fairOffice
  const answer = await askOffice(rpcUrl, encode.seasonAt(number))
  const season = accepted(decode.seasonAt(answer)).toLowerCase() as Address
  const contract = seasonContract(season) as unknown as KnownContract
  const ask = (data: Hex): Promise<Uint8Array> => readContract(rpcUrl, { contract, data })
  const stage = accepted(fairSeason.decode.stage(await ask(fairSeason.encode.stage())))
  const [applications] = accepted(fairSeason.decode.counts(await ask(fairSeason.encode.counts())))
  return { number, season, stage: SEASON_STAGES[stage] ?? 'unknown', applications }
}

/** How many seasons the office has made. */
export async function countSeasons(rpcUrl: string): Promise<number> {
  const { encode, decode } = fairOffice
  return accepted(decode.seasonCount(await askOffice(rpcUrl, encode.seasonCount())))
}

/** The newest seasons, at most `max`, and the least times that the office asks of every season. */
export async function readOffice(rpcUrl: string, max: number) {
  const count = await countSeasons(rpcUrl)
  const seasons: ListedSeason[] = []
  for (let number = count; number > 0 && seasons.length < max; number--)
    seasons.push(await listed(rpcUrl, number))
  const { encode, decode } = fairOffice
  const limits = accepted(decode.limits(await askOffice(rpcUrl, encode.limits())))
  const answer = await askOffice(rpcUrl, encode.seasonImplementation())
  const implementation = accepted(decode.seasonImplementation(answer)).toLowerCase() as Address
  return { count, seasons, limits, implementation }
}

/** Strikes against a person, and the tier that they give in a season. */
export async function readStanding(
  rpcUrl: string,
  person: Hash,
  season: number,
): Promise<PersonStanding> {
  const { encode, decode } = fairOffice
  const standing = accepted(decode.standingOf(await askOffice(rpcUrl, encode.standingOf(person))))
  const tier = accepted(decode.tierOf(await askOffice(rpcUrl, encode.tierOf(person, season))))
  return { strikes: standing.strikes, season: standing.season, tier }
}
