/** The reference on the first half of a season: rules, applications, review, freeze. */
import { bytesToHex, type Hash, hexToBytes, keccak256 } from '@veche/primitives'
import { encodeAbiParameters } from 'viem/utils'
import { wordsToG2 } from './bls.ts'
import {
  differ,
  expect,
  find,
  type Replay,
  type ReplayedApplication,
  takesPart,
} from './reference-state.ts'
import {
  capacitiesHash,
  nullifierOf,
  rulesHash,
  type SeasonBeacon,
  type SeasonRules,
  slotCount,
  unpackPreferences,
} from './season.ts'
import type { SeasonEventArgs } from './season-events.ts'
import { isThresholdGroup } from './threshold.ts'

const ZERO = `0x${'00'.repeat(20)}`

export function onCapacities(replay: Replay, args: SeasonEventArgs<'CapacitiesAdded'>): void {
  const { capacityWords } = replay
  expect(replay, replay.rulesHash === undefined && args.firstWord === capacityWords.length, {
    about: 'rules',
    text: `capacity word ${capacityWords.length} of a draft expected, got word ${args.firstWord}`,
  })
  capacityWords.push(...args.words)
}

function isGroup({ threshold, groupKey, shareKeys }: SeasonBeacon): boolean {
  const group = wordsToG2(groupKey)
  const shares = shareKeys.map(wordsToG2)
  const good = shares.flatMap((share) => (share.ok ? [share.value] : []))
  return (
    group.ok &&
    good.length === shares.length &&
    2 * threshold > good.length &&
    isThresholdGroup({ threshold, groupKey: group.value, shareKeys: good })
  )
}

/** The office's word: rules and beacon in full. */
export function onRulesFrozen(replay: Replay, args: SeasonEventArgs<'RulesFrozen'>): void {
  if (args.season !== replay.place.season) return
  if (replay.rules !== undefined) {
    differ(replay, 'rules', 'rules were frozen twice')
    return
  }
  replay.rules = args.rules
  replay.beacon = args.beacon
  const expected = rulesHash(args.rules, args.beacon)
  expect(replay, args.rulesHash === expected, {
    about: 'rules',
    text: `rules hash ${expected} of the published rules expected, got ${args.rulesHash}`,
  })
  const capacities = capacitiesHash(replay.capacityWords)
  expect(replay, args.rules.capacitiesHash === capacities, {
    about: 'rules',
    text: `capacities ${capacities} expected, the rules have ${args.rules.capacitiesHash}`,
  })
  // the contract takes the share keys as they are: whether they are shares is for the observers
  expect(replay, !replay.checksKeys || isGroup(args.beacon), {
    about: 'rules',
    text: 'share keys of the group key expected, of more than half of the members',
  })
  const words = Math.ceil(slotCount(args.rules) / 16)
  expect(replay, replay.capacityWords.length === words, {
    about: 'rules',
    text: `${words} words of capacities expected, got ${replay.capacityWords.length}`,
  })
  checkFixed(replay)
}

/** The season's word: the hashes and the packed rules it goes by. */
export function onRulesFixed(replay: Replay, args: SeasonEventArgs<'RulesFixed'>): void {
  if (replay.fixed !== undefined) differ(replay, 'rules', 'rules were fixed twice')
  replay.fixed = args
  replay.rulesHash = args.rulesHash
  checkFixed(replay)
}

/** Packed rules as the season has them, out of the published ones. */
function packedTerms(rules: SeasonRules): readonly bigint[] {
  const pack = (fields: readonly (readonly [number, number])[]): bigint =>
    fields.reduce((word, [value, shift]) => word | (BigInt(value) << BigInt(shift)), 0n)
  const first = pack([
    [rules.mechanism, 0],
    [rules.weekends, 8],
    [rules.fairs, 16],
    [rules.categories, 32],
    [rules.preferencesMax, 40],
    [rules.placesMax, 48],
    [rules.overflowMax, 56],
    [rules.opensAt, 72],
    [rules.closesAt, 112],
    [rules.reviewUntil, 152],
    [rules.appealSeconds, 192],
    [rules.revealSeconds, 224],
  ])
  const second = pack([
    [rules.offerSeconds, 0],
    [rules.weekendsFrom, 32],
    [rules.weekendEverySeconds, 72],
    [rules.weekendSeconds, 104],
    [rules.graceSeconds, 136],
  ])
  return [first, second, BigInt(rules.attester)]
}

function checkFixed(replay: Replay): void {
  const { rules, beacon, fixed: word } = replay
  if (rules === undefined || beacon === undefined || word === undefined) return
  const about = 'rules'
  const hash = rulesHash(rules, beacon)
  expect(replay, word.rulesHash === hash, {
    about,
    text: `the season goes by rules ${word.rulesHash}, ${hash} were published`,
  })
  const key = encodeAbiParameters([{ type: 'bytes32[8]' }], [beacon.groupKey])
  const keyHash = bytesToHex(keccak256(hexToBytes(key)))
  expect(replay, word.groupKeyHash === keyHash, {
    about,
    text: `the season takes the seed of group key ${word.groupKeyHash}, ${keyHash} was published`,
  })
  const terms = packedTerms(rules)
  expect(
    replay,
    terms.every((term, at) => term === word.terms[at]),
    {
      about,
      text: 'the packed rules of the season are not the published ones',
    },
  )
}

function preferencesFault(rules: SeasonRules, stands: readonly number[]): string | undefined {
  if (stands.length === 0 || stands.length > rules.preferencesMax)
    return `1 to ${rules.preferencesMax} stands`
  if (new Set(stands).size !== stands.length) return 'each stand once'
  return stands.some((stand) => stand > rules.weekends * rules.fairs)
    ? `stands of 1 to ${rules.weekends * rules.fairs}`
    : undefined
}

export function onApplied(replay: Replay, args: SeasonEventArgs<'Applied'>): void {
  const { rules, timeSeconds, applications, place } = replay
  if (rules === undefined) {
    differ(replay, 'application', 'an application before the rules', args.id)
    return
  }
  const { id, person, applicant, category } = args
  const say = (text: string): void => differ(replay, 'application', text, id)
  if (id !== applications.size + 1) say(`application ${applications.size + 1} expected, got ${id}`)
  if (replay.stage !== 'open' || timeSeconds < rules.opensAt || timeSeconds >= rules.closesAt)
    say(`application ${id} came outside the time of applications`)
  if (args.nullifier !== nullifierOf(place.season, person))
    say(`nullifier of the person expected in application ${id}`)
  const live = replay.byPerson.get(person)
  if (live !== undefined)
    say(`one live application of a person expected, ${live} and ${id} are of ${person}`)
  if (rules.attester === ZERO && BigInt(person) !== BigInt(applicant))
    say(`person ${applicant} expected in application ${id}, got ${person}`)
  if (category >= rules.categories) say(`category below ${rules.categories} expected in ${id}`)
  const stands = unpackPreferences(args.preferences)
  const fault = preferencesFault(rules, stands)
  if (fault !== undefined) say(`${fault} expected in application ${id}, got ${stands.join(', ')}`)
  replay.byPerson.set(person, id)
  applications.set(id, {
    id,
    person,
    applicant,
    category,
    tier: args.tier,
    wishes: stands.map((stand) => ({ stand, state: 'none', category, until: 0, appealed: false })),
    appliedAt: replay.blockNumber,
    standing: 'applied',
    until: 0,
    overflowed: false,
    changedAt: replay.at,
  })
}

export function onWithdrawn(replay: Replay, { id }: SeasonEventArgs<'Withdrawn'>): void {
  const application = find(replay, id, 'application')
  if (application === undefined) return
  expect(replay, replay.stage === 'open' && application.standing === 'applied', {
    about: 'application',
    text: `application ${id} was withdrawn at the wrong time`,
    id,
  })
  application.standing = 'withdrawn'
  replay.byPerson.delete(application.person)
}

export function onTierChanged(replay: Replay, { id, tier }: SeasonEventArgs<'TierChanged'>): void {
  const application = find(replay, id, 'application')
  if (application === undefined) return
  expect(replay, replay.root === undefined, {
    about: 'application',
    text: `the tier of application ${id} changed after the freeze`,
    id,
  })
  application.tier = tier
}

export function onClosed(replay: Replay, { count }: SeasonEventArgs<'Closed'>): void {
  const { applications, rules, timeSeconds } = replay
  expect(replay, count === applications.size, {
    about: 'application',
    text: `${applications.size} applications expected at the close, got ${count}`,
  })
  expect(replay, rules !== undefined && timeSeconds >= rules.closesAt, {
    about: 'application',
    text: 'applications were closed before their time was over',
  })
}

/** One step of the review: from one of these standings, in time. */
function step(
  replay: Replay,
  id: number,
  from: readonly ReplayedApplication['standing'][],
): ReplayedApplication | undefined {
  const application = find(replay, id, 'review')
  if (application === undefined) return undefined
  expect(replay, from.includes(application.standing), {
    about: 'review',
    text: `application ${id} ${from.join(' or ')} expected, it is ${application.standing}`,
    id,
  })
  expect(replay, replay.root === undefined, {
    about: 'review',
    text: `application ${id} was reviewed after the freeze`,
    id,
  })
  return application
}

export function onReviewed(replay: Replay, args: SeasonEventArgs<'Reviewed'>): void {
  const { id, code, until } = args
  const application = step(replay, id, ['applied'])
  const { rules, timeSeconds } = replay
  if (application === undefined || rules === undefined) return
  expect(replay, timeSeconds < rules.reviewUntil, {
    about: 'review',
    text: `application ${id} was reviewed after the end of the review`,
    id,
  })
  const expected = code === 0 ? 0 : timeSeconds + rules.appealSeconds
  expect(replay, until === expected, {
    about: 'review',
    text: `time to appeal until ${expected} expected for application ${id}, got ${until}`,
    id,
  })
  application.standing = code === 0 ? 'eligible' : 'refused'
  application.until = until
}

export function onAppealed(replay: Replay, { id, until }: SeasonEventArgs<'Appealed'>): void {
  const application = step(replay, id, ['refused'])
  if (application === undefined) return
  expect(replay, replay.timeSeconds < application.until, {
    about: 'review',
    text: `application ${id} appealed too late`,
    id,
  })
  application.standing = 'appealed'
  application.until = until
}

export function onAppealDecided(
  replay: Replay,
  { id, upheld }: SeasonEventArgs<'AppealDecided'>,
): void {
  const application = step(replay, id, ['appealed'])
  if (application === undefined) return
  expect(replay, replay.timeSeconds < application.until, {
    about: 'review',
    text: `the appeal of application ${id} was decided too late`,
    id,
  })
  application.standing = upheld ? 'eligible' : 'refused-finally'
}

export function onFrozen(replay: Replay, args: SeasonEventArgs<'Frozen'>): void {
  const { applications, rules, timeSeconds } = replay
  const all = [...applications.values()]
  const eligible = all.filter(takesPart)
  expect(replay, args.count === eligible.length, {
    about: 'freeze',
    text: `${eligible.length} eligible applications expected, got ${args.count}`,
  })
  expect(replay, args.height === replay.blockNumber, {
    about: 'freeze',
    text: `block ${replay.blockNumber} expected as the freezing block, got ${args.height}`,
  })
  expect(replay, rules !== undefined && timeSeconds >= rules.reviewUntil, {
    about: 'freeze',
    text: 'frozen before the end of the review',
  })
  for (const { id, standing, until } of all)
    if ((standing === 'refused' || standing === 'appealed') && until > timeSeconds)
      differ(replay, 'freeze', `frozen while application ${id} was ${standing} until ${until}`, id)
  replay.root = args.root as Hash
  replay.frozenAt = timeSeconds
}
