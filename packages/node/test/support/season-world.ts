/**
 * A whole season of the fairs on our own executor: the real byte code, real signatures, time in the
 * test's hand. Gives the log as an observer reads it.
 */
import { bls12_381 } from '@noble/curves/bls12-381.js'
import {
  type AuditOptions,
  acceptanceMessage,
  actTypedData,
  applicationTypedData,
  beaconOf,
  completeRules,
  decodeSeasonLog,
  fairOffice,
  foldReveals,
  MECHANISMS,
  type Mechanism,
  packPreferences,
  remainingDraw,
  rulesHash,
  type SeasonActName,
  type SeasonBeacon,
  type SeasonLogEntry,
  type SeasonReport,
  type SeasonRules,
  seasonReport,
  secretCommitment,
  seedMessage,
  signPartially,
  slotCount,
} from '@veche/contracts/fairs'
import { type Address, assert, type Hash, type Hex, ZERO_HASH } from '@veche/primitives'
import type { Act } from '../../src/act/act.ts'
import { revertInWords } from '../../src/act/contracts.ts'
import { signTyped } from '../../src/act/typed.ts'
import * as acts from '../../src/fairs/season-acts.ts'
import { createRandom, type Random } from '../../src/load/random.ts'
import { ADMIN, account, advance, type Chain, createChain, keyOf, send } from './service-chain.ts'
import { signerOf } from './world.ts'

const DAY = 86_400
/** a beacon of one: what several do together is the ceremony's own test */
const SHARE = 0x5ec4e7n

export interface SeasonWorld {
  readonly chain: Chain
  readonly season: Address
  readonly rules: SeasonRules
  readonly random: Random
  readonly log: SeasonLogEntry[]
  readonly options: AuditOptions
  /** of blocks, as an auditor's own node has them */
  readonly hashes: Map<number, Hash>
}

/** Sends a call and takes its events into the log; fails with the contract's reason. */
export async function does(world: SeasonWorld, from: Address, act: Act): Promise<void> {
  const { chain, log, season } = world
  const outcome = await send(chain, { from, to: act.contract.address, data: act.data })
  assert(outcome.ok, `${act.data.slice(0, 10)}: ${revertInWords(outcome.returned).text}`)
  const { number, timestamp } = chain.head.header
  for (const one of outcome.logs) {
    const event = decodeSeasonLog(one, season)
    if (event.ok) log.push({ ...event.value, blockNumber: number, timeSeconds: timestamp })
  }
}

/** Moves the clock to a time. */
export async function at(world: SeasonWorld, seconds: number): Promise<void> {
  await advance(world.chain, { seconds: Math.max(0, seconds - world.chain.nowSeconds) })
}

export function reportOf(world: SeasonWorld): SeasonReport {
  return seasonReport(world.log, world.options)
}

/** An applicant's signed act, relayed. */
export async function actOf(
  world: SeasonWorld,
  name: SeasonActName,
  { id, preference }: { readonly id: number; readonly preference: number },
): Promise<void> {
  const found = reportOf(world).applications.find((one) => one.id === id)
  assert(found !== undefined, 'an application')
  const deadline = world.chain.nowSeconds + 1_000
  const act = { id, preference, note: ZERO_HASH as Hash, deadline }
  const signer = signerOf(keyOf(found.applicant))
  const signature = await signTyped(signer, actTypedData(world.options, name, act))
  await does(world, ADMIN, acts.submitAct(world.season, name, { act, signature }))
}

function beacon(): SeasonBeacon {
  const key = bls12_381.G2.Point.BASE.multiply(SHARE).toHex(true)
  const hex: Hex = `0x${key}`
  return beaconOf({ threshold: 1, groupKey: hex, shareKeys: [hex] }, [ADMIN])
}

const sign = (message: Hash): Hex => signPartially(SHARE, message, 1).signature

interface Size {
  readonly mechanism: Mechanism
  readonly seed: string
  readonly applicants: number
}

function rulesFor(size: Size, now: number): { rules: SeasonRules; capacities: number[] } {
  const random = createRandom(`capacities ${size.seed}`)
  const shape = { weekends: 2, fairs: 2, categories: 2 }
  const capacities = Array.from({ length: slotCount(shape) }, () => random.below(4))
  const opensAt = now + 2 * DAY
  const reviewUntil = opensAt + 2 * DAY
  const completed = completeRules(
    {
      ...shape,
      mechanism: MECHANISMS.indexOf(size.mechanism),
      ...{ preferencesMax: 4, placesMax: 2, opensAt, closesAt: opensAt + DAY, reviewUntil },
      overflowMax: size.mechanism === 'reserved-rsd' ? 2 : 0,
      ...{ appealSeconds: 2 * DAY, revealSeconds: 600, offerSeconds: 3_600 },
      weekendsFrom: reviewUntil + 6 * DAY,
      ...{ weekendEverySeconds: 7 * DAY, weekendSeconds: 2 * DAY, graceSeconds: 3_600 },
      attester: `0x${'00'.repeat(20)}`,
    },
    capacities,
    { title: 'test', fairs: ['a', 'b'], categories: ['c', 'd'] },
  )
  assert(completed.ok, 'rules')
  return { rules: completed.value.rules, capacities }
}

/** A draft with its rules frozen. */
async function prepare(size: Size): Promise<SeasonWorld> {
  const chain = await createChain()
  const created = await send(chain, {
    from: ADMIN,
    to: acts.FAIR_OFFICE.address,
    data: acts.createSeason(ZERO_HASH as Hash).data,
  })
  const made = created.logs.map((log) => fairOffice.decodeLog(log))
  const event = made.find((one) => one.ok && one.value.name === 'SeasonCreated')
  assert(event?.ok && event.value.name === 'SeasonCreated', 'a new season')
  const season = event.value.args.season
  const { rules, capacities } = rulesFor(size, chain.nowSeconds)
  const place = { chainId: chain.genesis.chainId, season }
  const hashes = new Map<number, Hash>()
  const options = { ...place, blockHash: (height: number) => hashes.get(height) }
  const random = createRandom(`season ${size.seed}`)
  const world = { chain, season, rules, random, log: [], options, hashes }
  for (const act of acts.addCapacities(season, capacities)) await does(world, ADMIN, act)
  const acceptance = sign(acceptanceMessage(place, rulesHash(rules, beacon())))
  const parts = { rules, beacon: beacon(), acceptance }
  await does(world, ADMIN, acts.freezeRules(season, parts))
  const commitment = secretCommitment(season, ADMIN, SECRET)
  await does(world, ADMIN, acts.commitSecret(season, commitment))
  return world
}

const SECRET: Hash = `0x${'77'.repeat(32)}`

async function apply(world: SeasonWorld, number: number): Promise<void> {
  const { random, rules, season, options } = world
  const applicant = account(`applicant ${number}`)
  const all = Array.from({ length: rules.weekends * rules.fairs }, (_, i) => i + 1)
  const application = {
    person: `0x${applicant.slice(2).padStart(64, '0')}` as Hash,
    ...{ applicant, category: random.below(rules.categories), contentC: random.hash() },
    preferences: packPreferences(random.shuffle(all).slice(0, 1 + random.below(4))),
    deadline: rules.closesAt,
  }
  const signature = await signTyped(
    signerOf(keyOf(applicant)),
    applicationTypedData(options, application),
  )
  const act = acts.submitApplication(season, application, { signature, admission: '0x' })
  await does(world, ADMIN, act)
}

/** Everything up to the end of the draw, with some verdicts and appeals on the way. */
export async function drawnSeason(size: Size): Promise<SeasonWorld> {
  const world = await prepare(size)
  const { season, rules, chain } = world
  const step = (name: acts.SeasonStep): Promise<void> =>
    does(world, ADMIN, acts.stepSeason(season, name))
  await at(world, rules.opensAt)
  await step('open')
  for (let number = 0; number < size.applicants; number++) await apply(world, number)
  await actOf(world, 'Withdraw', { id: 2, preference: 0 })
  await at(world, rules.closesAt)
  await step('close')
  const verdicts = [1, 3, 4, 5].map((id) => ({ id, code: id === 1 ? 0 : 7 }))
  for (const act of acts.review(season, verdicts)) await does(world, ADMIN, act)
  await actOf(world, 'AppealRefusal', { id: 3, preference: 0 })
  await actOf(world, 'AppealRefusal', { id: 4, preference: 0 })
  await does(world, ADMIN, acts.decideAppeal(season, 3, false))
  await at(world, rules.reviewUntil + 2 * rules.appealSeconds)
  await step('freeze')
  const { header, hash: blockHash } = chain.head
  world.hashes.set(header.number, blockHash)
  await step('captureFreezeBlock')
  await does(world, ADMIN, acts.revealSecret(season, ADMIN, SECRET))
  const frozen = world.log.find((entry) => entry.name === 'Frozen')
  assert(frozen?.name === 'Frozen' && frozen.args.height === header.number, 'the frozen list')
  const reveals = foldReveals([{ member: ADMIN, secret: SECRET }])
  const message = seedMessage(world.options, { root: frozen.args.root, blockHash, reveals })
  await does(world, ADMIN, acts.submitSeed(season, beacon(), sign(message)))
  for (;;) {
    const [next] = remainingDraw(world.log, world.options)
    if (next === undefined) return world
    for (const act of acts.drawIds(season, next.ids, 5)) await does(world, ADMIN, act)
  }
}

type State = SeasonReport['applications'][number]['wishes'][number]['state']

/** Places in a state now. */
export function placesIn(world: SeasonWorld, state: State) {
  return reportOf(world).applications.flatMap(({ id, wishes }) =>
    wishes.filter((wish) => wish.state === state).map((wish) => ({ id, ...wish })),
  )
}

/** From the draw to the settlement: declines, offers, answers, lapses, attendance. */
export async function settledSeason(size: Size): Promise<SeasonWorld> {
  const world = await drawnSeason(size)
  const { season, rules, random } = world
  for (const held of placesIn(world, 'held'))
    if (random.next() < 0.3) await actOf(world, 'Decline', held)
  for (const [slot, places] of reportOf(world).left)
    if (places > 0) await does(world, ADMIN, acts.promote(season, slot, 1 + random.below(9)))
  const offers = placesIn(world, 'offered')
  for (const offer of offers) if (random.next() < 0.5) await actOf(world, 'Accept', offer)
  const open = placesIn(world, 'offered')
  await at(world, Math.max(world.chain.nowSeconds, ...open.map(({ until }) => until)))
  for (const { id, preference } of open)
    await does(world, ADMIN, acts.lapse(season, id, preference))
  for (let weekend = 0; weekend < rules.weekends; weekend++) {
    const from = rules.weekendsFrom + weekend * rules.weekendEverySeconds
    await at(world, from)
    if (weekend === 0) await does(world, ADMIN, acts.stepSeason(season, 'run'))
    const held = placesIn(world, 'held').filter(
      ({ stand }) => Math.floor((stand - 1) / rules.fairs) === weekend,
    )
    const here = held.filter(() => random.next() < 0.7)
    for (const one of here) await actOf(world, 'CheckIn', one)
    await at(world, from + rules.graceSeconds)
    for (const one of held.filter((each) => !here.includes(each))) {
      await does(world, ADMIN, acts.markNoShow(season, one.id, one.preference))
      await actOf(world, 'AppealNoShow', one)
      await does(world, ADMIN, acts.decideNoShow(season, one, random.next() < 0.5))
    }
  }
  const end = rules.weekendsFrom + rules.weekendEverySeconds + rules.weekendSeconds
  // a no-show of the last day has its time to appeal
  await at(world, end + rules.appealSeconds)
  await does(world, ADMIN, acts.stepSeason(season, 'settle'))
  return world
}
