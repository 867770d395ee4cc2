/**
 * Gas of the fairs as receipts show it, through the season's clone. Budgets: an application
 * 150,000; the draw 20,000 for each application with three preferences, all passes together, where
 * places are once, one and a half times and twice as many as applications: a further place is
 * another visit, which reads and writes the application. A call processes the whole pass of 159:
 * shorter ones share less, and 100 a call are above the budget at twice as many.
 */
import { type Address, type Hash, type Hex, keccakHex, utf8ToBytes } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { g2Words } from '../src/fairs/bls.ts'
import { packCapacities, secretCommitment, slotCount } from '../src/fairs/season.ts'
import { fairSeasonStorage } from '../src/generated/fair-season.ts'
import { setStorageWord } from './support/chain.ts'
import { gasSnapshot } from './support/gas.ts'
import * as fairs from './support/season.ts'

const { office: officeCall, season: call, done, STRANGER } = fairs
const book = gasSnapshot('FairSeason')
const officeBook = gasSnapshot('FairOffice')
const APPLICATION_GAS_MAX = 150_000
const DRAW_GAS_MAX = 20_000
const APPLICANTS = 160
const keys = Array.from({ length: APPLICANTS }, (_, i) => fairs.keyOf(i))
const keyOf = (id: number): fairs.Key => keys[id - 1] as fairs.Key
const secret: Hash = keccakHex(utf8ToBytes('a secret'))

async function note(made: fairs.Season, name: string, data: Hex, from: Address = STRANGER) {
  const outcome = await done(made, from, data)
  book.note(name, outcome.gasUsed)
  return call.decodeLogs(outcome.logs)
}

async function measureDraft(): Promise<fairs.Season> {
  const world = await fairs.createFairs()
  const title = officeCall.encode.createSeason(keccakHex(utf8ToBytes('spring')))
  officeBook.note('createSeason', (await done(world, fairs.ORGANISER, title)).gasUsed)
  const rules = { weekends: 4, fairs: 14, categories: 3, placesMax: 3 }
  const made = await fairs.createDraft(world, { rules, capacities: 1 })
  const frozen = await done(made, fairs.ORGANISER, fairs.freezeCall(made), made.office)
  officeBook.note('freezeRules with three members', frozen.gasUsed)
  const [member] = made.group.members as [fairs.Key]
  const commitment = secretCommitment(made.address, member.address, secret)
  await note(made, 'commitSecret', call.encode.commitSecret(commitment), member.address)
  return made
}

async function measureApplications(made: fairs.Season): Promise<void> {
  fairs.at(made, made.rules.opensAt)
  await note(made, 'open', call.encode.open())
  for (const [i, key] of keys.entries()) {
    // three preferences over the weekends, some fairs loved more
    const stands = [0, 1, 2].map((n) => ((i * 7 + n * 23 + (i % 5)) % 56) + 1)
    const application = fairs.applicationOf(made, key, stands, { category: i % 3 })
    const signature = fairs.signApplication(made, key, application)
    const data = call.encode.submit(application, signature, '0x')
    const outcome = await done(made, STRANGER, data)
    if (i === 7) book.note('submit', outcome.gasUsed, { max: APPLICATION_GAS_MAX })
  }
}

async function measureReview(made: fairs.Season): Promise<void> {
  fairs.at(made, made.rules.closesAt)
  await note(made, 'close', call.encode.close())
  const verdicts = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => ({ id: i + 1, code: i < 2 ? 3 : 0 }))
  await note(made, 'review of 10', call.encode.review(verdicts), fairs.REVIEWER)
  const act = fairs.signAct(made, keyOf(1), 'AppealRefusal', { id: 1 })
  await note(made, 'appeal', call.encode.appeal(...act))
  await note(made, 'decideAppeal', call.encode.decideAppeal(1, true), fairs.ARBITER)
  fairs.at(made, made.rules.reviewUntil + 2 * made.rules.appealSeconds)
  await note(made, 'freeze', call.encode.freeze())
}

async function measureDraw(made: fairs.Season): Promise<void> {
  made.chain.height++
  await note(made, 'captureFreezeBlock', call.encode.captureFreezeBlock())
  const [member] = made.group.members as [fairs.Key]
  await note(made, 'revealSecret', call.encode.revealSecret(member.address, secret))
  const signature = fairs.signAsGroup(made.group, await fairs.seedMessageOf(made))
  const key = g2Words(made.group.groupKey)
  await note(made, 'submitSeed', call.encode.submitSeed(key, signature))
  const eligible = keys.map((_, i) => i + 1).filter((id) => id !== 2)
  const drawn = (times: number, batch: number): Promise<number[]> =>
    fairs.onCopy(made, async () => {
      await setPlaces(made, times)
      return fairs.drawAll(made, eligible, batch)
    })
  const name = 'draw per application where places are'
  for (const times of [1.5, 2]) {
    const gas = perApplication(await drawn(times, APPLICANTS), eligible)
    book.note(`${name} ${times} times as many`, gas, { max: DRAW_GAS_MAX })
  }
  // as tools send it by default: 100, then the other 59
  book.note(`${name} 2 times as many, 100 a call`, perApplication(await drawn(2, 100), eligible))
  const gas = await fairs.drawAll(made, eligible, APPLICANTS)
  book.note('draw of the first pass', gas[0] ?? 0)
  const what = 'draw per application with three preferences'
  book.note(what, perApplication(gas, eligible), { max: DRAW_GAS_MAX })
}

function perApplication(gas: readonly number[], eligible: readonly number[]): number {
  return Math.ceil(gas.reduce((sum, one) => sum + one, 0) / eligible.length)
}

/** Writes other capacities over those of the rules: `times` as many places as applications. */
async function setPlaces(made: fairs.Season, times: number): Promise<void> {
  const count = slotCount(made.rules)
  const share = (times * APPLICANTS) / count
  const places = Array.from(
    { length: count },
    (_, slot) => Math.floor((slot + 1) * share) - Math.floor(slot * share),
  )
  const at = BigInt(fairSeasonStorage._left.slot)
  for (const [i, word] of packCapacities(places).entries())
    await setStorageWord(made.chain, made.address, { slot: at + BigInt(i), word })
}

async function measurePlaces(made: fairs.Season): Promise<void> {
  const all = await fairs.heldPlaces(made, APPLICANTS)
  const [one, two] = all.filter(({ weekend }) => weekend === 0) as [fairs.Held, fairs.Held]
  const decline = fairs.signAct(made, keyOf(one.id), 'Decline', one.act)
  await note(made, 'decline', call.encode.decline(...decline))
  const walked = await note(made, 'promote of the next one', call.encode.promote(one.slot, 200))
  const offer = walked.find(({ name }) => name === 'Promoted')
  assert.ok(offer?.name === 'Promoted')
  const { id, preference } = offer.args
  const accept = fairs.signAct(made, keyOf(id), 'Accept', { id, preference })
  await note(made, 'accept', call.encode.accept(...accept))
  fairs.at(made, made.rules.weekendsFrom)
  await note(made, 'run', call.encode.run())
  fairs.at(made, made.rules.weekendsFrom + made.rules.graceSeconds)
  await note(
    made,
    'markNoShow',
    call.encode.markNoShow(two.id, two.act.preference),
    fairs.INSPECTOR,
  )
  const checkIn = fairs.signAct(made, keyOf(id), 'CheckIn', { id, preference })
  await note(made, 'checkIn', call.encode.checkIn(...checkIn), fairs.INSPECTOR)
  const appeal = fairs.signAct(made, keyOf(two.id), 'AppealNoShow', two.act)
  await note(made, 'appealNoShow', call.encode.appealNoShow(...appeal))
  const decided = call.encode.decideNoShow(two.id, two.act.preference, true)
  await note(made, 'decideNoShow', decided, fairs.ARBITER)
  fairs.at(made, made.rules.weekendsFrom + 30 * fairs.DAY)
  await note(made, 'settle', call.encode.settle())
}

test('measures a season from its draft to its end', async () => {
  const made = await measureDraft()
  await measureApplications(made)
  await measureReview(made)
  await measureDraw(made)
  await measurePlaces(made)
})

test('gas is as in gas/FairSeason.json and gas/FairOffice.json', () => {
  book.check()
  officeBook.check()
})

test.run()
