/**
 * The reference against the contract: whole seasons on our own executor are by the rules, and
 * whatever the city, a reviewer or a node alters in the log is named.
 */
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { auditSeason, g2Words, type SeasonLogEntry } from '@veche/contracts/fairs'
import { type Hash, assert as must } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type SeasonWorld, settledSeason } from '../support/season-world.ts'

const BEFORE = 14
const worlds = new Map<string, SeasonWorld>()

for (const mechanism of ['fcfs', 'rsd', 'rsd-by-weekend', 'reserved-rsd'] as const)
  test(`15: a season by ${mechanism} is what the reference gets from its log`, async () => {
    const world = await settledSeason({ mechanism, seed: mechanism, applicants: BEFORE })
    worlds.set(mechanism, world)
    const audit = auditSeason(world.log, world.options)
    assert.equal(audit.differences, [])
    assert.is(audit.stage, 'settled')
    assert.is(audit.applications, BEFORE)
    // one withdrew, one was refused finally, one did not appeal
    assert.is(audit.eligible, BEFORE - 3)
  })

function worldOf(mechanism: string): SeasonWorld {
  const world = worlds.get(mechanism)
  must(world !== undefined, 'a season of the tests above')
  return world
}

const SEEDS_MAX = 8
let rich: SeasonWorld | undefined

const hasPromotion = ({ log }: SeasonWorld): boolean => log.some(({ name }) => name === 'Promoted')

/**
 * A season in which somebody is offered a place from a waiting list. Which season has one hangs on
 * block hashes, and so on every byte of genesis: where none of the above does, others are played.
 */
async function richWorld(): Promise<SeasonWorld> {
  rich ??= [...worlds.values()].reverse().find(hasPromotion)
  for (let i = 0; rich === undefined && i < SEEDS_MAX; i++) {
    const seed = `promotion ${i}`
    const world = await settledSeason({ mechanism: 'rsd-by-weekend', seed, applicants: BEFORE })
    if (hasPromotion(world)) rich = world
  }
  must(rich !== undefined, `a promotion in ${SEEDS_MAX} seasons`)
  return rich
}

type Change = (entry: SeasonLogEntry, at: number) => SeasonLogEntry | readonly SeasonLogEntry[]

/** What the reference says of a log in which every entry went through `change`. */
function abouts(world: SeasonWorld, change: Change): ReadonlySet<string> {
  const { differences } = auditSeason(world.log.flatMap(change), world.options)
  for (const { text } of differences) must(text.length > 10, 'a difference in words')
  return new Set(differences.map(({ about }) => about))
}

const editing =
  <Name extends SeasonLogEntry['name']>(
    name: Name,
    edit: (args: Extract<SeasonLogEntry, { name: Name }>['args']) => object,
  ): Change =>
  (entry) =>
    entry.name === name
      ? ({ ...entry, args: { ...entry.args, ...edit(entry.args as never) } } as SeasonLogEntry)
      : entry

const OTHER: Hash = `0x${'66'.repeat(32)}`
/** the generator: the share of a member whose secret is 1 */
const OTHER_KEY = g2Words(`0x${bls12_381.G2.Point.BASE.toHex(true)}`)

const CHEATS: readonly (readonly [string, string, Change])[] = [
  [
    'the city uses other rules than published',
    'rules',
    editing('RulesFixed', () => ({ rulesHash: OTHER })),
  ],
  [
    'the city uses other packed rules',
    'rules',
    editing('RulesFixed', ({ terms }) => ({ terms: [...terms].reverse() })),
  ],
  [
    'the city swaps the key of the group',
    'rules',
    editing('RulesFixed', () => ({ groupKeyHash: OTHER })),
  ],
  [
    'a member has no share of the key',
    'rules',
    (entry) =>
      entry.name === 'RulesFrozen'
        ? {
            ...entry,
            args: { ...entry.args, beacon: { ...entry.args.beacon, shareKeys: [OTHER_KEY] } },
          }
        : entry,
  ],
  [
    'the city adds places after the rules',
    'rules',
    editing('CapacitiesAdded', ({ words }) => ({ words: words.map((word) => word + 1n) })),
  ],
  [
    'a person applies twice',
    'application',
    editing('Applied', (args) => (args.id === 7 ? { person: OTHER, nullifier: OTHER } : {})),
  ],
  [
    'the city hides an application',
    'application',
    (entry) => (entry.name === 'Applied' && entry.args.id === 6 ? [] : entry),
  ],
  [
    'an application comes after the close',
    'application',
    (entry) =>
      entry.name === 'Applied' ? { ...entry, timeSeconds: entry.timeSeconds + 90_000 } : entry,
  ],
  [
    'the season draws over another list than it told',
    'freeze',
    editing('Frozen', () => ({ root: OTHER })),
  ],
  [
    'an applicant signed for another deadline than the log says',
    'freeze',
    editing('Applied', ({ deadline }) => ({ deadline: deadline + 1 })),
  ],
  [
    'a reason is changed afterwards',
    'freeze',
    editing('Reviewed', ({ code }) => ({ code: code === 0 ? 0 : code + 1 })),
  ],
  [
    'a reviewer refuses twice',
    'review',
    (entry) => (entry.name === 'Reviewed' ? [entry, entry] : entry),
  ],
  [
    'a reviewer shortens the time to appeal',
    'review',
    editing('Reviewed', ({ until }) => ({ until: until === 0 ? 0 : until - 1 })),
  ],
  [
    'the city freezes fewer than are eligible',
    'freeze',
    editing('Frozen', ({ count }) => ({ count: count - 1 })),
  ],
  ['the city leaves an appeal out', 'freeze', (entry) => (entry.name === 'Appealed' ? [] : entry)],
  [
    'the city takes another freezing block',
    'seed',
    editing('FreezeBlockCaptured', () => ({ blockHash: OTHER })),
  ],
  ['a member reveals another secret', 'seed', editing('SecretRevealed', () => ({ secret: OTHER }))],
  ['a reveal is left out', 'seed', (entry) => (entry.name === 'SecretRevealed' ? [] : entry)],
  ['the city biases the seed', 'seed', editing('Seeded', () => ({ seed: OTHER }))],
  [
    'the seed has another signature',
    'seed',
    editing('Seeded', ({ signature }) => ({ signature: [...signature].reverse() })),
  ],
  [
    'somebody is skipped in the draw',
    'order',
    editing('Drawn', ({ ids }) => ({ ids: `0x${ids.slice(10)}` })),
  ],
  [
    'the queue is reordered',
    'order',
    editing('Drawn', ({ ids }) => ({
      ids: `0x${ids.slice(10, 18)}${ids.slice(2, 10)}${ids.slice(18)}`,
    })),
  ],
  [
    'a place goes to another applicant',
    'place',
    editing('Drawn', ({ places }) => ({
      places: `0x${places.slice(4, 6)}${places.slice(2, 4)}${places.slice(6)}`,
    })),
  ],
  [
    'a place is given twice',
    'place',
    editing('Drawn', ({ places }) => ({ places: `0x${'ff'.repeat(places.length / 2 - 1)}` })),
  ],
  [
    'a place is kept back',
    'place',
    editing('Drawn', ({ places }) => ({ places: `0x${'00'.repeat(places.length / 2 - 1)}` })),
  ],
  [
    'somebody is drawn without a word of what he got',
    'place',
    editing('Drawn', ({ places }) => ({ places: places.slice(0, -2) as `0x${string}` })),
  ],
  [
    'the waiting list is not in order',
    'waiting',
    editing('Promoted', ({ until }) => ({ until: until + 1 })),
  ],
  ['an inspector checks in who withdrew', 'place', editing('CheckedIn', () => ({ id: 2 }))],
  [
    'an inspector checks in twice',
    'place',
    (entry) => (entry.name === 'CheckedIn' ? [entry, entry] : entry),
  ],
  [
    'the metric is made better',
    'metric',
    editing('Settled', ({ metrics }) => ({
      metrics: { ...metrics, nothing: metrics.nothing - 1 },
    })),
  ],
  [
    'the metric hides inequality',
    'metric',
    editing('Settled', ({ metrics }) => ({ metrics: { ...metrics, giniPpm: 0 } })),
  ],
  [
    'the season is settled early',
    'stage',
    (entry) =>
      entry.name === 'Settled' ? { ...entry, timeSeconds: entry.timeSeconds - 200_000 } : entry,
  ],
  ['a stage is skipped', 'stage', editing('StageChanged', ({ to }) => ({ to: to === 4 ? 5 : to }))],
]

for (const [who, about, change] of CHEATS)
  test(`cheating is named: ${who}`, async () => {
    const found = abouts(await richWorld(), change)
    assert.ok(found.has(about), `${about} expected, got ${[...found].join(', ')}`)
  })

test('cheating is named: a place is offered to somebody else than the next', async () => {
  const world = await richWorld()
  const promoted = world.log.find((entry) => entry.name === 'Promoted')
  must(promoted?.name === 'Promoted', 'a promotion')
  const { id, slot } = promoted.args
  // the one who was next is left out: the offer to him and all that followed from it
  const change: Change = (entry) => {
    const args = entry.args as { readonly id?: number; readonly slot?: number }
    const isHis = args.id === id && args.slot === slot
    return isHis ? [] : entry
  }
  const found = abouts(world, change)
  assert.ok(found.size > 0)
})

test('a log that ends early is checked as far as it goes', () => {
  const { log, options } = worldOf('rsd')
  for (const share of [0.2, 0.5, 0.8]) {
    const part = log.slice(0, Math.floor(log.length * share))
    const { differences } = auditSeason(part, options)
    assert.equal(differences, [])
  }
})

test.run()
