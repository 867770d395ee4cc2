/**
 * The fairs on the real byte code: CityAccess, ReleaseRegistry, the office and a season whose
 * beacon is three members, two of whom sign; and short names for what people do in a season.
 */
import {
  type Address,
  assert,
  bytesToHex,
  type Hash,
  type Hex,
  keccak256,
  utf8ToBytes,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@veche/primitives'
import type { CityRoleName } from '../../src/access/city-roles.ts'
import { FAIR_OFFICE_ADDRESS, RELEASE_REGISTRY_ADDRESS } from '../../src/addresses.ts'
import { g2Words } from '../../src/fairs/bls.ts'
import { fairOfficeInitCode, fairSeasonInitCode } from '../../src/fairs/office-setup.ts'
import * as words from '../../src/fairs/season.ts'
import type { SeasonApplication } from '../../src/fairs/season-signing.ts'
import {
  cityAccessAbi,
  cityAccessInitCode,
  cityFunctions,
  createBinding,
  fairOfficeAbi,
  fairSeasonAbi,
  GENESIS_RELEASES,
  releaseRegistryInitCode,
} from '../../src/index.ts'
import {
  account,
  type Chain,
  createChain,
  deploy,
  type Outcome,
  START_SECONDS,
  send,
  view,
} from './chain.ts'
import {
  applicationOf,
  beaconOf,
  CHAIN_ID,
  createGroup,
  DAY,
  type Group,
  HOUR,
  type Key,
  signApplication,
  signAsGroup,
} from './season-people.ts'

export {
  applicationOf,
  beaconOf,
  CHAIN_ID,
  createGroup,
  DAY,
  HOUR,
  type Key,
  keyOf,
  personOf,
  signAct,
  signAdmission,
  signApplication,
  signAsGroup,
} from './season-people.ts'

export const CITY = account(0xad)
export const OBSERVER = account(0x0b)
export const ORGANISER = account(0x06)
export const REVIEWER = account(0x4e)
export const INSPECTOR = account(0x15)
export const ARBITER = account(0xa4)
export const UPGRADER = account(0x09)
export const STRANGER = account(0x66)

export const office = createBinding(fairOfficeAbi, {
  errorsOf: [fairSeasonAbi, cityAccessAbi],
})
export const season = createBinding(fairSeasonAbi, {
  errorsOf: [fairOfficeAbi, cityAccessAbi],
})

const MEMBERS: Partial<Record<CityRoleName, readonly Address[]>> = {
  OBSERVERS: [OBSERVER],
  ORGANISER: [ORGANISER],
  REVIEWER: [REVIEWER],
  INSPECTOR: [INSPECTOR],
  ARBITER: [ARBITER],
  UPGRADER: [UPGRADER],
}

/** Addresses of the deployer's creations: the table names the office before it stands. */
async function foreseen(): Promise<readonly [Address, Address, Address, Address]> {
  const chain = await createChain()
  const made: Address[] = []
  for (let i = 0; i < 4; i++) made.push((await deploy(chain, '0x')).address)
  return made as unknown as readonly [Address, Address, Address, Address]
}

const [ACCESS, RELEASES, CODE, OFFICE] = await foreseen()

export interface Fairs {
  readonly chain: Chain
  readonly access: Address
  readonly releases: Address
  readonly office: Address
  readonly code: Address
}

/** A city with the office of the fairs. */
export async function createFairs(): Promise<Fairs> {
  const chain = await createChain()
  const places = new Map([
    [FAIR_OFFICE_ADDRESS, OFFICE],
    [RELEASE_REGISTRY_ADDRESS, RELEASES],
  ])
  const functions = cityFunctions().map((row) => ({
    ...row,
    target: places.get(row.target) ?? row.target,
  }))
  const setup = { admins: [CITY], members: MEMBERS, functions }
  await deploy(chain, cityAccessInitCode(setup as Parameters<typeof cityAccessInitCode>[0]))
  await deploy(chain, releaseRegistryInitCode(ACCESS, GENESIS_RELEASES))
  await deploy(chain, fairSeasonInitCode)
  const made = { access: ACCESS, releases: RELEASES, implementation: CODE }
  const { address } = await deploy(chain, fairOfficeInitCode(made))
  assert(address === OFFICE, 'the foreseen address')
  return { chain, access: ACCESS, releases: RELEASES, office: OFFICE, code: CODE }
}

/** A season of the office and what the test knows about it. */
export interface Season extends Fairs {
  readonly address: Address
  readonly group: Group
  readonly rules: words.SeasonRules
  readonly capacities: readonly number[]
}

/** Two weekends, three fairs, two categories, two places at most, by weekend; a city's times. */
export const RULES: Omit<words.SeasonRules, 'capacitiesHash'> = {
  mechanism: 2,
  weekends: 2,
  fairs: 3,
  categories: 2,
  preferencesMax: 4,
  placesMax: 2,
  overflowMax: 0,
  opensAt: START_SECONDS + 2 * DAY,
  closesAt: START_SECONDS + 7 * DAY,
  reviewUntil: START_SECONDS + 9 * DAY,
  appealSeconds: 2 * DAY,
  revealSeconds: DAY,
  offerSeconds: 6 * HOUR,
  weekendsFrom: START_SECONDS + 30 * DAY,
  weekendEverySeconds: 7 * DAY,
  weekendSeconds: 2 * DAY,
  graceSeconds: 4 * HOUR,
  attester: ZERO_ADDRESS,
  detailsHash: ZERO_HASH,
}

export interface SeasonOptions {
  readonly rules?: Partial<words.SeasonRules>
  /** of every slot, or one number for all */
  readonly capacities?: readonly number[] | number
  readonly shift?: number
}

const GROUP = createGroup()

/** Calldata of freezeRules, accepted by the group. */
export function freezeCall(made: Season): Hex {
  const { address, group, rules } = made
  const beacon = beaconOf(group)
  const place = { chainId: CHAIN_ID, season: address }
  const message = words.acceptanceMessage(place, words.rulesHash(rules, beacon))
  return office.encode.freezeRules(address, rules, beacon, signAsGroup(group, message))
}

/** A draft with its capacities. */
export async function createDraft(fairs: Fairs, options: SeasonOptions = {}): Promise<Season> {
  const outcome = await done(
    fairs,
    ORGANISER,
    office.encode.createSeason(bytesToHex(keccak256(utf8ToBytes('spring'))) as Hash),
    fairs.office,
  )
  const created = office.decodeLogs(outcome.logs).find(({ name }) => name === 'SeasonCreated')
  assert(created?.name === 'SeasonCreated', 'a season')
  const address = created.args.season as Address
  const base = { ...RULES, ...options.rules }
  const count = words.slotCount(base)
  const { capacities = 1 } = options
  const list =
    typeof capacities === 'number' ? new Array<number>(count).fill(capacities) : capacities
  const packed = words.packCapacities(list)
  await done(fairs, ORGANISER, season.encode.addCapacities(packed), address)
  const rules = { ...base, capacitiesHash: words.capacitiesHash(packed) }
  return { ...fairs, address, group: GROUP, rules, capacities: list }
}

/** A season with frozen rules, open for applications. */
export async function createOpen(options: SeasonOptions = {}, on?: Fairs): Promise<Season> {
  const made = await createDraft(on ?? (await createFairs()), options)
  await done(made, ORGANISER, freezeCall(made), made.office)
  at(made, made.rules.opensAt)
  await done(made, STRANGER, season.encode.open())
  return made
}

/** Moves to a time, and a block on. */
export function at(made: Fairs, seconds: number): void {
  assert(seconds >= made.chain.nowSeconds, 'time does not go back')
  made.chain.nowSeconds = seconds
  made.chain.height++
}

/** Sends to the season, or elsewhere. */
export function act(
  made: Fairs & { readonly address?: Address },
  from: Address,
  data: Hex,
  to: Address = made.address ?? made.office,
): Promise<Outcome> {
  return send(made.chain, { from, to, data })
}

/** The custom error's name without its contract, `ok` for success. */
export function revertOf(outcome: Outcome): string {
  if (outcome.ok) return 'ok'
  return season.decodeError(outcome.returned).name.replace(/^(FairSeason|FairOffice)/, '')
}

/** A call that must succeed. */
export async function done(
  made: Fairs & { readonly address?: Address },
  from: Address,
  data: Hex,
  to?: Address,
): Promise<Outcome> {
  const outcome = await act(made, from, data, ...(to === undefined ? [] : [to]))
  assert(outcome.ok, `success expected, got ${season.decodeError(outcome.returned).text}`)
  return outcome
}

/** Applies through a stranger as relayer; the id. */
export async function apply(
  made: Season,
  key: Key,
  stands: readonly number[],
  rest: Partial<SeasonApplication> = {},
): Promise<number> {
  const application = applicationOf(made, key, stands, rest)
  const signature = signApplication(made, key, application)
  const outcome = await done(made, STRANGER, season.encode.submit(application, signature, '0x'))
  const [event] = season.decodeLogs(outcome.logs)
  assert(event?.name === 'Applied', 'an application')
  return Number(event.args.id)
}

/** Closes, lets review and appeals pass, freezes, and captures the block. */
export async function freeze(made: Season): Promise<void> {
  if (made.chain.nowSeconds < made.rules.closesAt) {
    at(made, made.rules.closesAt)
    await done(made, STRANGER, season.encode.close())
  }
  at(made, made.rules.reviewUntil + 2 * made.rules.appealSeconds)
  await done(made, STRANGER, season.encode.freeze())
  made.chain.height++
  await done(made, STRANGER, season.encode.captureFreezeBlock())
}

/** What the group is to sign. */
export async function seedMessageOf(made: Season): Promise<Hash> {
  const answer = await view(made.chain, made.address, season.encode.seedMessage())
  return bytesToHex(answer) as Hash
}

/** The group signs and the seed is there. */
export async function seed(made: Season): Promise<void> {
  at(made, made.chain.nowSeconds + made.rules.revealSeconds)
  const signature = signAsGroup(made.group, await seedMessageOf(made))
  const key = g2Words(made.group.groupKey)
  await done(made, STRANGER, season.encode.submitSeed(key, signature))
}

/** One answer of a view. */
export async function ask<value>(
  made: Fairs,
  to: Address,
  data: Hex,
  decode: (bytes: Uint8Array) => { ok: true; value: value } | { ok: false; reason: string },
): Promise<value> {
  const answer = decode(await view(made.chain, to, data))
  assert(answer.ok, 'an answer that decodes')
  return answer.value
}

/** Keys of the draw, ascending. */
export async function orderOf(made: Season, ids: readonly number[]): Promise<number[]> {
  const keyed = await Promise.all(
    ids.map(async (id) => ({
      id,
      key: await ask(made, made.address, season.encode.keyOf(id), season.decode.keyOf),
    })),
  )
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ id }) => id)
}

/** Ids as draw takes them. */
export function packIds(ids: readonly number[]): Hex {
  return `0x${ids.map((id) => id.toString(16).padStart(8, '0')).join('')}`
}

/** An application as the office shows it. */
export function shown(made: Season, id: number) {
  const data = office.encode.applicationOf(made.address, id)
  return ask(made, made.office, data, office.decode.applicationOf)
}

/** Draws every pass in batches, finding out who belongs to it by asking. */
export async function drawAll(
  made: Season,
  ids: readonly number[],
  batch = 100,
): Promise<number[]> {
  const gas: number[] = []
  const order = await orderOf(made, ids)
  for (let round = 0; round < 12; round++) {
    const stage = await ask(made, made.address, season.encode.stage(), season.decode.stage)
    if (Number(stage) === 8) break
    const state = await ask(made, made.address, season.encode.drawState(), season.decode.drawState)
    const live: number[] = []
    for (const id of order) {
      const one = await shown(made, id)
      const { mechanism, placesMax } = made.rules
      const isOverflow = mechanism === 3 && state.pass > placesMax
      const isIn = isOverflow
        ? one.places === 0
        : one.places >= state.pass - 1 && one.wanted >= state.pass
      if (isIn) live.push(id)
    }
    if (live.length === 0) await done(made, STRANGER, season.encode.draw('0x'))
    for (let i = 0; i < live.length; i += batch) {
      const data = season.encode.draw(packIds(live.slice(i, i + batch)))
      gas.push(Number((await done(made, STRANGER, data)).gasUsed))
    }
  }
  return gas
}

/** A place that somebody has. */
export interface Held {
  readonly id: number
  readonly weekend: number
  readonly slot: number
  readonly act: { readonly id: number; readonly preference: number }
}

/** Every held place, in the order of ids. */
export async function heldPlaces(made: Season, count: number): Promise<Held[]> {
  const held: Held[] = []
  for (let id = 1; id <= count; id++) {
    const one = await shown(made, id)
    const stands = words.unpackPreferences(one.preferences)
    for (const [preference, stand] of stands.entries()) {
      if (one.states[preference] !== 1) continue
      const weekend = words.weekendOfStand(made.rules, stand)
      const isOverflow = one.overflowPreference === preference + 1
      const category = isOverflow ? one.overflowCategory : one.category
      const slot = words.slotOf(made.rules, stand, category)
      held.push({ id, weekend, slot, act: { id, preference } })
    }
  }
  return held
}

/** Runs something and takes every change of the state back. */
export async function onCopy<value>(made: Fairs, run: () => Promise<value>): Promise<value> {
  const { stateManager } = made.chain.vm
  const { height, nowSeconds } = made.chain
  await stateManager.checkpoint()
  try {
    return await run()
  } finally {
    await stateManager.revert()
    Object.assign(made.chain, { height, nowSeconds })
  }
}
