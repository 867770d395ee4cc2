/** Typed hands for FairSeason and FairOffice, and their events as the reference takes them. */
import { type Address, accept, type Hash, type Result, refuse } from '@veche/primitives'
import { FAIR_OFFICE_ADDRESS } from '../addresses.ts'
import { createBinding, type RawLog } from '../binding.ts'
import { fairOfficeAbi } from '../generated/fair-office.ts'
import { fairSeasonAbi } from '../generated/fair-season.ts'
import { g1Words, g2Words } from './bls.ts'
import type { SeasonBeacon } from './season.ts'
import type { SeasonEvent } from './season-events.ts'
import type { ThresholdGroup } from './threshold.ts'

/** Every season; its address says which. */
export const fairSeason = createBinding(fairSeasonAbi, { errorsOf: [fairOfficeAbi] })
/** The office that makes them. */
export const fairOffice = createBinding(fairOfficeAbi, { errorsOf: [fairSeasonAbi] })

/**
 * An event of the season, or the office's word about its rules. Refuses with `LOG_UNKNOWN` a log of
 * anybody else and any other event of the office.
 */
export function decodeSeasonLog(
  log: RawLog & { readonly address: Address },
  season: Address,
): Result<SeasonEvent> {
  // the types of both bindings are made of the ABI; SeasonEvent spells them out and a test compares
  if (log.address === season) return fairSeason.decodeLog(log) as Result<SeasonEvent>
  if (log.address !== FAIR_OFFICE_ADDRESS)
    return refuse('LOG_UNKNOWN', 'a log of the season or of the office expected')
  const event = fairOffice.decodeLog(log)
  if (!event.ok) return event
  if (event.value.name !== 'RulesFrozen' || event.value.args.season !== season)
    return refuse('LOG_UNKNOWN', 'the rules of the season expected')
  const { rules, beacon, ...rest } = event.value.args
  const args = {
    ...rest,
    rules: { ...rules, attester: lower(rules.attester) },
    beacon: { ...beacon, members: beacon.members.map(lower) },
  }
  return accept({ name: 'RulesFrozen', args })
}

// the ABI coder writes addresses inside structs with the checksum of ERC-55
const lower = (address: Address): Address => address.toLowerCase() as Address

/** A group as freezeRules takes it; members ascending, as in the ceremony. */
export function beaconOf(group: ThresholdGroup, members: readonly Address[]): SeasonBeacon {
  return {
    threshold: group.threshold,
    members,
    groupKey: g2Words(group.groupKey),
    shareKeys: group.shareKeys.map(g2Words),
  }
}

/** A compressed signature as freezeRules and submitSeed take it: four words of EIP-2537. */
export function signatureWords(signature: `0x${string}`): readonly [Hash, Hash, Hash, Hash] {
  return g1Words(signature)
}
