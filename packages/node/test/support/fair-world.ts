/**
 * Seasons of the fairs on a city's first block, through our own executor: a beacon made by a real
 * ceremony, traders with keys, every event kept for the reference.
 */
import { FAIR_OFFICE_ADDRESS } from '@veche/contracts'
import {
  type AuditOptions,
  acceptanceMessage,
  actTypedData,
  applicationTypedData,
  beaconOf,
  type Ceremony,
  type CeremonyStep,
  capacitiesHash,
  combinePartials,
  type Deal,
  decodeSeasonLog,
  fairOffice,
  fairSeason,
  type Join,
  judgeCeremony,
  makeDeal,
  makeJoin,
  packCapacities,
  packPreferences,
  rulesHash,
  type SeasonAct,
  type SeasonActName,
  type SeasonLogEntry,
  type SeasonRules,
  shareOf,
  signatureWords,
  signPartially,
  stepDigest,
  type ThresholdGroup,
  type Unsigned,
} from '@veche/contracts/fairs'
import {
  type Address,
  assert,
  bytesToHex,
  type Hash,
  type Hex,
  keccakHex,
  signDigest,
  utf8ToBytes,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import type { TypedDataDefinition } from 'viem'
import { signTyped } from '../../src/act/typed.ts'
import { account, type Chain, createChain, keyOf, send, view } from './service-chain.ts'
import { signerOf } from './world.ts'

await installNativeCrypto()

export const DAY = 86_400
export const HOUR = 3_600
export const ORGANISER = account('organiser')
export const REVIEWER = account('reviewer')
export const INSPECTOR = account('inspector')
export const ARBITER = account('court')
export const RELAYER = account('relayer')
const MEMBERS = [account('member 1'), account('member 2')].sort()
export const TRADERS = Array.from({ length: 8 }, (_, i) => account(`trader ${i}`))

/** One season and all that it said. */
export interface FairSeasonWorld {
  readonly chain: Chain
  readonly group: ThresholdGroup
  readonly shares: readonly bigint[]
  readonly address: Address
  readonly rules: SeasonRules
  readonly capacities: readonly number[]
  readonly log: SeasonLogEntry[]
}

/** A chain and a group; seasons come and go on it. */
export type FairCity = Pick<FairSeasonWorld, 'chain' | 'group' | 'shares'>

function signStep<Step extends CeremonyStep>(ceremony: Ceremony, step: Unsigned<Step>): Step {
  const content = step as Unsigned<CeremonyStep>
  const account = ceremony.members[content.member - 1] as Address
  const digest = stepDigest(content, ceremony.chainId)
  const signature = bytesToHex(signDigest(digest, keyOf(account).secret))
  return { ...content, signature } as unknown as Step
}

/** Two members, both of whom sign. */
function holdCeremony(chainId: number): Pick<FairCity, 'group' | 'shares'> {
  const ceremony: Ceremony = {
    ...{ format: 'veche-ceremony/1', kind: 'ceremony', chainId },
    ...{ title: 'fairs of a model', threshold: 2, members: MEMBERS },
  }
  const members = MEMBERS.map((_, at) => ({ index: at + 1, secret: secretBytes(at) }))
  const joins = members.map((one) => signStep<Join>(ceremony, makeJoin(ceremony, one)))
  const deals = members.map((one) => {
    const deal = makeDeal(ceremony, joins, one)
    assert(deal.ok, 'a deal')
    return signStep<Deal>(ceremony, deal.value)
  })
  const outcome = judgeCeremony(ceremony, [...joins, ...deals])
  assert(outcome.ok && outcome.value.faults.length === 0, 'an honest ceremony')
  const shares = members.map((one) => {
    const share = shareOf(ceremony, outcome.value.deals, one)
    assert(share.ok, 'a share')
    return share.value
  })
  return { group: outcome.value.group, shares }
}

const secretBytes = (at: number): Uint8Array => new Uint8Array(32).fill(at + 1)

/** The city. */
export async function createFairCity(): Promise<FairCity> {
  const offices = {
    ...{ organiser: ORGANISER, reviewer: REVIEWER },
    ...{ inspector: INSPECTOR, court: ARBITER },
  }
  const chain = await createChain({ setup: { offices } })
  return { chain, ...holdCeremony(chain.genesis.chainId) }
}

/** The group's signature. */
export function signAsGroup({ group, shares }: FairCity, message: Hash) {
  const partials = shares.map((share, i) => signPartially(share, message, i + 1))
  const signature = combinePartials(partials, message, group)
  assert(signature.ok, 'a signature of the group')
  return signatureWords(signature.value)
}

/** What an audit needs beside the log. */
export function auditOf({ chain, address }: FairSeasonWorld): AuditOptions {
  return { chainId: chain.genesis.chainId, season: address }
}

/** Sends, keeps the events, and tells the error's name, `ok` for success. */
export async function call(
  world: FairSeasonWorld,
  from: Address,
  data: Hex,
  to = world.address,
): Promise<string> {
  const { chain, address, log } = world
  const outcome = await send(chain, { from, to, data })
  const { number, timestamp } = chain.head.header
  for (const entry of outcome.logs) {
    const event = decodeSeasonLog(entry, address)
    if (event.ok) log.push({ ...event.value, blockNumber: number, timeSeconds: timestamp })
  }
  if (outcome.ok) return 'ok'
  const { name } = fairSeason.decodeError(outcome.returned)
  // a panic or a revert without a name is nothing that a rule says
  assert(/^(FairSeason|FairOffice)/.test(name), `a refusal by name, got ${name}`)
  return name.replace(/^FairSeason|^FairOffice/, '')
}

/** A call that must succeed. */
export async function done(
  world: FairSeasonWorld,
  from: Address,
  data: Hex,
  to?: Address,
): Promise<void> {
  const answer = await call(world, from, data, to)
  assert(answer === 'ok', `success expected, got ${answer}`)
}

/** One answer of the season. */
export async function ask<value>(
  world: FairSeasonWorld,
  data: Hex,
  decode: (bytes: Uint8Array) => { ok: true; value: value } | { ok: false },
  to = world.address,
): Promise<value> {
  const answer = decode(await view(world.chain, to, data))
  assert(answer.ok, 'an answer that decodes')
  return answer.value
}

export interface SeasonPlan {
  readonly mechanism: number
  readonly placesMax: number
  readonly overflowMax: number
  /** two weekends, two fairs, two categories */
  readonly capacities: readonly number[]
}

/** A season that takes applications. */
export async function openSeason(city: FairCity, plan: SeasonPlan): Promise<FairSeasonWorld> {
  const { chain } = city
  const now = chain.nowSeconds
  const title = fairOffice.encode.createSeason(keccakHex(utf8ToBytes('a season')))
  const created = await send(chain, { from: ORGANISER, to: FAIR_OFFICE_ADDRESS, data: title })
  const event = fairOffice.decodeLogs(created.logs).find(({ name }) => name === 'SeasonCreated')
  assert(event?.name === 'SeasonCreated', 'a season')
  const packed = packCapacities(plan.capacities)
  const rules: SeasonRules = {
    ...{ mechanism: plan.mechanism, weekends: 2, fairs: 2, categories: 2, preferencesMax: 4 },
    placesMax: plan.placesMax,
    overflowMax: plan.mechanism === 3 ? plan.overflowMax : 0,
    ...{ opensAt: now + 2 * DAY, closesAt: now + 5 * DAY, reviewUntil: now + 7 * DAY },
    ...{ appealSeconds: 2 * DAY, revealSeconds: DAY, offerSeconds: 6 * HOUR },
    ...{ weekendsFrom: now + 20 * DAY, weekendEverySeconds: 7 * DAY, weekendSeconds: 2 * DAY },
    ...{ graceSeconds: 4 * HOUR, attester: ZERO_ADDRESS },
    ...{ capacitiesHash: capacitiesHash(packed), detailsHash: ZERO_HASH },
  }
  const address = event.args.season as Address
  const { capacities } = plan
  const world: FairSeasonWorld = { ...city, address, rules, capacities, log: [] }
  await done(world, ORGANISER, fairSeason.encode.addCapacities(packed))
  const beacon = beaconOf(city.group, MEMBERS)
  const place = { chainId: chain.genesis.chainId, season: address }
  const acceptance = signAsGroup(city, acceptanceMessage(place, rulesHash(rules, beacon)))
  const freeze = fairOffice.encode.freezeRules(address, rules, beacon, acceptance)
  await done(world, ORGANISER, freeze, FAIR_OFFICE_ADDRESS)
  chain.nowSeconds = rules.opensAt
  await done(world, RELAYER, fairSeason.encode.open())
  return world
}

export const members = (): readonly Address[] => MEMBERS

const signed = (by: Address, typed: unknown) =>
  signTyped(signerOf(keyOf(by)), typed as TypedDataDefinition)

/** Calldata of a signed application. */
export async function submission(
  world: FairSeasonWorld,
  trader: Address,
  wish: { readonly stands: readonly number[]; readonly category: number },
): Promise<Hex> {
  const application = {
    person: `0x${trader.slice(2).padStart(64, '0')}` as Hash,
    ...{ applicant: trader, category: wish.category },
    preferences: packPreferences(wish.stands),
    ...{ contentC: keccakHex(utf8ToBytes(trader)), deadline: world.chain.nowSeconds + DAY },
  }
  const { chainId, season } = auditOf(world)
  const signature = await signed(trader, applicationTypedData({ chainId, season }, application))
  return fairSeason.encode.submit(application, signature, '0x')
}

/** A later act and its signature. */
export async function actOf(
  world: FairSeasonWorld,
  name: SeasonActName,
  act: { readonly by: Address; readonly id: number; readonly preference?: number },
): Promise<[SeasonAct, Hex]> {
  const { by, id, preference = 0 } = act
  const full = { id, preference, note: ZERO_HASH, deadline: world.chain.nowSeconds + HOUR }
  const { chainId, season } = auditOf(world)
  return [full, await signed(by, actTypedData({ chainId, season }, name, full))]
}
