/**
 * One season by the command line alone, from the ceremony to the settlement: two stands, five
 * farmers. One takes his application back, two are refused and appeal, one of them with success;
 * one gives her place back, the next on the list accepts it; one comes, one does not and appeals,
 * and nobody decides.
 */
import { writeFileSync } from 'node:fs'
import { type Address, isAddress } from '@veche/primitives'
import * as assert from 'uvu/assert'
import type { FairDesk } from './fair-commands.ts'
import { runMain } from './run-main.ts'
import { pause, tell, until } from './until.ts'

const MEMBERS = ['member-1', 'member-2', 'member-3'] as const
const FARMERS = ['anna', 'boris', 'vera', 'gleb', 'dina'] as const
type Farmer = (typeof FARMERS)[number]

export interface Where {
  readonly chainId: string
  /** how many times slower than idle this machine is: nobody should come too late */
  readonly pace: number
}

/** the city takes on more people: whoever else works on this network has its own nonces */
const [ORGANISER, REVIEWER, INSPECTOR, ARBITER] = ['olga', 'rita', 'igor', 'artur'] as const
const OFFICES = { ORGANISER, REVIEWER, INSPECTOR, ARBITER }

async function fillOffices(desk: FairDesk): Promise<void> {
  for (const [role, who] of Object.entries(OFFICES)) {
    const key = await desk.keyOf('personnel')
    const ran = await runMain('roles', 'grant', role, await desk.address(who), ...key, ...desk.rpc)
    assert.is(ran.status, 0, ran.stderr)
  }
}

interface Season {
  readonly desk: FairDesk
  readonly chainId: string
  readonly season: Address
  readonly at: readonly string[]
  readonly ceremony: readonly string[]
  readonly times: Times
}

/** unix seconds */
interface Times {
  readonly opensAt: number
  readonly closesAt: number
  readonly reviewUntil: number
  readonly appealSeconds: number
  readonly revealSeconds: number
  readonly weekendsFrom: number
  readonly weekendSeconds: number
  readonly graceSeconds: number
}

/** past the second: the next block must not carry an earlier one */
const MARGIN_MS = 700
const REACH_MS = 20_000

async function untilSecond(seconds: number): Promise<void> {
  const ms = seconds * 1_000 + MARGIN_MS - Date.now()
  if (ms > 0) await pause(ms)
}

function planTimes(nowSeconds: number, pace: number): Times {
  const after = (from: number, seconds: number): number => from + Math.ceil(seconds * pace)
  const opensAt = after(nowSeconds, 5)
  const closesAt = after(opensAt, 4)
  const reviewUntil = after(closesAt, 2)
  const appealSeconds = Math.ceil(3 * pace)
  const weekendsFrom = after(reviewUntil + 2 * appealSeconds, 7)
  return {
    ...{ opensAt, closesAt, reviewUntil, appealSeconds, weekendsFrom },
    revealSeconds: Math.ceil(6 * pace),
    weekendSeconds: Math.ceil(3 * pace),
    graceSeconds: Math.ceil(pace),
  }
}

async function holdCeremony(desk: FairDesk, chainId: string): Promise<readonly string[]> {
  const dir = ['--dir', desk.path('ceremony')]
  const members = await Promise.all(MEMBERS.map((who) => desk.address(who)))
  const shape = ['--title', 'spring fairs', '--threshold', '2', '--members', members.join(',')]
  await desk.ok('ceremony', 'init', ...dir, '--chain-id', chainId, ...shape)
  for (const step of ['join', 'share'])
    for (const who of MEMBERS) await desk.signs(who, 'ceremony', step, ...dir)
  await desk.signs(MEMBERS[0], 'ceremony', 'complain', ...dir)
  return dir
}

async function writePlan(desk: FairDesk, name: string, times: Times): Promise<string> {
  const iso = (seconds: number): string => new Date(seconds * 1_000).toISOString()
  const rules = {
    ...{ format: 'veche-fair-rules/1', title: 'spring fairs', mechanism: 'rsd', weekends: 1 },
    ...{ categories: ['honey'], preferencesMax: 2, placesMax: 1, overflowMax: 0 },
    ...{ opensAt: iso(times.opensAt), closesAt: iso(times.closesAt) },
    ...{ reviewUntil: iso(times.reviewUntil), appealSeconds: times.appealSeconds },
    ...{ revealSeconds: times.revealSeconds, offerSeconds: 60 },
    ...{ weekendsFrom: iso(times.weekendsFrom), weekendEverySeconds: times.weekendSeconds },
    ...{ weekendSeconds: times.weekendSeconds, graceSeconds: times.graceSeconds },
    attester: await desk.address('registrar'),
    capacities: { seed: 's', from: 1, to: 1 },
  }
  const [rulesFile, fairs, out] = [`${name}-rules.json`, 'fairs.csv', `${name}.json`].map(desk.path)
  writeFileSync(rulesFile as string, JSON.stringify(rules))
  writeFileSync(fairs as string, 'kind,address\nfair,Garden Street 1\nfair,Garden Street 2\n')
  const files = ['--rules', rulesFile as string, '--fairs', fairs as string]
  await desk.ok('season', 'plan', ...files, '--out', out as string)
  return out as string
}

/** Signs a message with two members; gives the file of the group's signature. */
async function signTogether(
  desk: FairDesk,
  ceremony: readonly string[],
  message: string,
): Promise<string> {
  const which = [...ceremony, '--message', message]
  for (const who of MEMBERS.slice(0, 2)) await desk.signs(who, 'ceremony', 'partial', ...which)
  const out = desk.fresh()
  await desk.ok('ceremony', 'combine', ...which, '--out', out)
  return out
}

/** A draft becomes a season with rules that nobody can change. */
async function begin(desk: FairDesk, { chainId, pace }: Where): Promise<Season> {
  await fillOffices(desk)
  const ceremony = await holdCeremony(desk, chainId)
  const draft = await writePlan(desk, 'draft', planTimes(Date.now() / 1_000, 1))
  const created = await desk.does(ORGANISER, 'season', 'create', '--plan', draft)
  const season = /season (0x[0-9a-f]{40})/.exec(created.stderr)?.[1]
  assert.ok(isAddress(season), 'the address of the new season on stderr')
  const at = ['--season', season]
  const times = planTimes(Math.ceil(Date.now() / 1_000), pace)
  const plan = ['--plan', await writePlan(desk, 'plan', times)]
  await desk.does(ORGANISER, 'season', 'capacities', ...at, ...plan)
  const folder = ['--ceremony', desk.path('ceremony')]
  const asked = await desk.asks('season', 'acceptance', ...at, ...plan, ...folder)
  const { message } = asked as { message: string }
  const acceptance = ['--acceptance', await signTogether(desk, ceremony, message)]
  await desk.does(ORGANISER, 'season', 'freeze-rules', ...at, ...plan, ...folder, ...acceptance)
  for (const who of MEMBERS.slice(0, 2))
    await desk.does(who, 'ceremony', 'commit', ...at, ...ceremony)
  return { desk, chainId, season, at, ceremony, times }
}

const personOf = (address: Address): string => `0x${'f'.repeat(24)}${address.slice(2)}`

/** The attester's word and the farmer's application, both offline. */
async function applyOffline(season: Season, who: Farmer): Promise<string> {
  const { desk, at, chainId } = season
  const applicant = await desk.address(who)
  const [admission, file] = [desk.fresh(), desk.fresh()]
  const where = [...at, '--chain-id', chainId]
  const whom = ['--person', personOf(applicant), '--applicant', applicant]
  await desk.signs('registrar', 'admit', ...where, ...whom, '--out', admission)
  const wish = ['--category', '0', '--stands', '1,2', '--admission', admission, '--out', file]
  await desk.signs(who, 'apply', ...where, ...wish)
  return file
}

async function takeApplications(season: Season): Promise<Map<Farmer, string>> {
  const { desk, at, times } = season
  const signed = new Map<Farmer, string>()
  for (const who of FARMERS) signed.set(who, await applyOffline(season, who))
  const early = signed.get('anna') as string
  await desk.refused('relayer', /WrongStage/, 'submit', '--file', early)
  await untilSecond(times.opensAt)
  await desk.does('relayer', 'season', 'open', ...at)
  for (const file of signed.values()) await desk.does('relayer', 'submit', '--file', file)
  await desk.refused('relayer', /AlreadyApplied/, 'submit', '--file', early)
  const ids = new Map<Farmer, string>()
  for (const [i, who] of FARMERS.entries()) ids.set(who, `${i + 1}`)
  await desk.refused('gleb', /SignatureInvalid/, 'withdraw', ...at, '--id', '5')
  await desk.does('dina', 'withdraw', ...at, '--id', '5')
  await desk.does('relayer', 'refresh-tier', ...at, '--id', '1')
  await untilSecond(times.closesAt)
  await desk.does('relayer', 'season', 'close', ...at)
  return ids
}

/** Signs an act offline and has it relayed. */
async function relays(season: Season, who: Farmer, act: readonly string[]): Promise<void> {
  const { desk, at, chainId } = season
  const out = desk.fresh()
  await desk.signs(who, 'sign', ...act, ...at, '--chain-id', chainId, '--out', out)
  await desk.does('relayer', 'submit', '--file', out)
}

async function reviewAll(season: Season): Promise<void> {
  const { desk, at, times } = season
  const file = desk.fresh()
  const verdicts = [
    { id: 1, code: 0 },
    { id: 3, code: 7 },
    { id: 4, code: 2 },
  ]
  writeFileSync(file, JSON.stringify({ format: 'veche-fair-verdicts/1', verdicts }))
  await desk.refused('relayer', /Unauthorized/, 'review', ...at, '--file', file)
  await desk.does(REVIEWER, 'review', ...at, '--file', file)
  await desk.does('vera', 'appeal', ...at, '--id', '3', '--grounds', 'the paper was handed in')
  await relays(season, 'gleb', ['appeal', '--id', '4', '--grounds', 'no grounds'])
  await desk.does(ARBITER, 'decide-appeal', ...at, '--id', '3', '--upheld')
  await desk.does(ARBITER, 'decide-appeal', ...at, '--id', '4')
  await untilSecond(times.reviewUntil + 2 * times.appealSeconds)
}

/** The list is frozen; members reveal and sign; anybody draws. */
async function drawPlaces(season: Season): Promise<void> {
  const { desk, at, ceremony } = season
  await desk.does('relayer', 'season', 'freeze-list', ...at)
  await desk.does('relayer', 'season', 'capture-block', ...at)
  for (const who of MEMBERS.slice(0, 2))
    await desk.does(who, 'ceremony', 'reveal', ...at, ...ceremony)
  const { message } = (await desk.asks('ceremony', 'message', ...at)) as { message: string }
  const signature = await signTogether(desk, ceremony, message)
  await desk.does('relayer', 'seed', ...at, '--signature', signature)
  await desk.does('relayer', 'draw', ...at, '--batch', '2')
}

interface Shown {
  readonly applications?: number
  readonly standing?: string
  readonly order?: number
  readonly wishes?: readonly { readonly preference: number; readonly state: string }[]
}

/** Who has which place, in the order of the draw, out of the log. */
async function standings({ desk, at }: Season) {
  const found = []
  for (const [i, who] of FARMERS.entries()) {
    const shown = (await desk.asks('show', ...at, '--id', `${i + 1}`)) as Shown
    const wish = shown.wishes?.find(({ state }) => state !== 'none')
    const { order = 0, standing = '' } = shown
    found.push({ who, id: `${i + 1}`, order, standing, ...(wish === undefined ? {} : { wish }) })
  }
  return found.sort((a, b) => a.order - b.order)
}

/** One place goes back and on to who waits; one offer is accepted by a relayed signature. */
async function changePlaces(season: Season) {
  const { desk, at } = season
  const all = await standings(season)
  assert.equal(
    all
      .filter(({ order }) => order === 0)
      .map(({ standing }) => standing)
      .sort(),
    ['refused-finally', 'withdrawn'],
  )
  const [first, second, third] = all.filter(({ order }) => order > 0)
  assert.ok(first?.wish?.state === 'held' && second?.wish?.state === 'held' && third !== undefined)
  assert.is(third.wish, undefined, 'two stands, three who wait for them')
  const place = ['--id', first.id, '--preference', `${first.wish.preference}`]
  await desk.does(first.who, 'decline', ...at, ...place)
  const offered = (await standings(season)).find(({ who }) => who === third.who)
  assert.is(offered?.wish?.state, 'offered', 'promoted in the same call')
  const preference = `${offered?.wish?.preference}`
  await relays(season, third.who, ['accept', '--id', third.id, '--preference', preference])
  return {
    comes: { who: third.who, place: ['--id', third.id, '--preference', preference] },
    stays: {
      who: second.who,
      place: ['--id', second.id, '--preference', `${second.wish.preference}`],
    },
  }
}

type Players = Awaited<ReturnType<typeof changePlaces>>

/** One comes with a code, one does not and appeals; silence upholds the appeal. */
async function attend(season: Season, { comes, stays }: Players): Promise<void> {
  const { desk, at, chainId, times } = season
  await untilSecond(times.weekendsFrom)
  await desk.does('relayer', 'season', 'run', ...at)
  const signing = [...at, '--chain-id', chainId, '--out', desk.fresh()]
  const told = await desk.signs(comes.who, 'sign', 'check-in', ...comes.place, ...signing)
  const { ticket } = JSON.parse(told) as { ticket: string }
  await desk.refused('relayer', /Unauthorized/, 'check-in', ticket, ...at)
  await desk.does(INSPECTOR, 'check-in', ticket, ...at)
  await untilSecond(times.weekendsFrom + times.graceSeconds)
  await desk.does(INSPECTOR, 'no-show', ...at, ...stays.place)
  const grounds = ['--grounds', 'the bridge was closed']
  await desk.does(stays.who, 'appeal-no-show', ...at, ...stays.place, ...grounds)
  await desk.refused('relayer', /TooEarly/, 'uphold-by-silence', ...at, ...stays.place)
  const end = times.weekendsFrom + times.weekendSeconds + times.appealSeconds
  await untilSecond(end)
  await desk.does('relayer', 'season', 'settle', ...at)
  await until(
    'the appeal is upheld by silence',
    async () =>
      (await desk.sends('anybody', 'uphold-by-silence', ...at, ...stays.place)).status === 0,
    REACH_MS,
  )
}

/** Plays the season; the reference has re-derived it without a difference. */
export async function playSeason(desk: FairDesk, where: Where): Promise<Address> {
  const season = await begin(desk, where)
  const { at } = season
  tell('rules, capacities and beacon are frozen')
  await takeApplications(season)
  await reviewAll(season)
  tell('three of five are eligible')
  await drawPlaces(season)
  const players = await changePlaces(season)
  tell('drawn, declined, promoted, accepted')
  await attend(season, players)
  const audit = (await desk.asks('audit', ...at)) as Record<string, unknown>
  assert.equal(audit['differences'], [])
  assert.equal([audit['stage'], audit['applications'], audit['eligible']], ['settled', 5, 3])
  const person = personOf(await desk.address(players.stays.who))
  const standing = await desk.asks('standing', '--person', person)
  assert.is((standing as { strikes: number }).strikes, 0, 'silence took the strike back')
  return season.season
}
