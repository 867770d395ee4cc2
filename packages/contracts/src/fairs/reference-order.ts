/** The reference on the seed, the order and the draw. */
import { type Hash, hexToBytes } from '@veche/primitives'
import { verifySignature, wordsToG1, wordsToG2 } from './bls.ts'
import { type Allocation, drawPlaces } from './reference-draw.ts'
import { differ, expect, find, type Replay, takesPart } from './reference-state.ts'
import {
  drawKey,
  foldReveals,
  MECHANISMS,
  secretCommitment,
  seedMessage,
  seedOf,
  slotCount,
  slotOf,
  unpackCapacities,
  weekendOfStand,
} from './season.ts'
import type { SeasonEventArgs } from './season-events.ts'

export function onCommitted(replay: Replay, args: SeasonEventArgs<'SecretCommitted'>): void {
  const { member, commitment } = args
  const isMember = replay.beacon?.members.includes(member) ?? false
  expect(replay, isMember && !replay.commitments.has(member) && replay.root === undefined, {
    about: 'seed',
    text: `one commitment of each member before the freeze expected, got one of ${member}`,
  })
  replay.commitments.set(member, commitment)
}

export function onRevealed(replay: Replay, args: SeasonEventArgs<'SecretRevealed'>): void {
  const { member, secret } = args
  const { place, rules } = replay
  const expected = secretCommitment(place.season, member, secret)
  expect(replay, replay.commitments.get(member) === expected, {
    about: 'seed',
    text: `the secret of ${member} is not what it was bound to`,
  })
  expect(replay, !replay.reveals.some((reveal) => reveal.member === member), {
    about: 'seed',
    text: `${member} revealed twice`,
  })
  const until = replay.frozenAt + (rules?.revealSeconds ?? 0)
  expect(replay, replay.root !== undefined && replay.timeSeconds < until, {
    about: 'seed',
    text: `${member} revealed at the wrong time`,
  })
  replay.reveals.push({ member, secret })
}

/** What the chain itself says a block's hash is; undefined when the auditor does not have it. */
export type BlockHashes = (height: number) => Hash | undefined

export function onCaptured(
  replay: Replay,
  args: SeasonEventArgs<'FreezeBlockCaptured'>,
  hashes: BlockHashes,
): void {
  const known = hashes(args.height)
  expect(replay, replay.blockHash === undefined, { about: 'seed', text: 'captured twice' })
  expect(replay, known === undefined || known === args.blockHash, {
    about: 'seed',
    text: `hash ${known} of freezing block ${args.height} expected, got ${args.blockHash}`,
  })
  replay.blockHash = args.blockHash
}

/** What the group had to sign, out of the log. */
export function replayedSeedMessage(replay: Replay): Hash | undefined {
  const { blockHash, root, place } = replay
  if (blockHash === undefined || root === undefined) return undefined
  return seedMessage(place, { blockHash, root, reveals: foldReveals(replay.reveals) })
}

export function onSeeded(replay: Replay, args: SeasonEventArgs<'Seeded'>): void {
  const say = (text: string): void => differ(replay, 'seed', text)
  if (replay.seed !== undefined) say('the seed was set twice')
  const reveals = foldReveals(replay.reveals)
  if (args.reveals !== reveals) say(`reveals ${reveals} expected, got ${args.reveals}`)
  const forfeited = replay.commitments.size - replay.reveals.length
  if (args.forfeited !== forfeited)
    say(`${forfeited} forfeited secrets expected, got ${args.forfeited}`)
  const seed = seedOf(args.signature, reveals)
  if (args.seed !== seed) say(`seed ${seed} expected, got ${args.seed}`)
  if (replay.checksKeys && !isSigned(replay, args))
    say('the signature is not of the group over the message of this seed')
  // the chain goes on with what it has: so does the reference, to name what follows by itself
  replay.seed = args.seed
  prepareDraw(replay, args.seed)
}

function isSigned(replay: Replay, args: SeasonEventArgs<'Seeded'>): boolean {
  const message = replayedSeedMessage(replay)
  const signature = wordsToG1(args.signature)
  const key = wordsToG2(replay.beacon?.groupKey ?? [])
  return (
    message !== undefined &&
    signature.ok &&
    key.ok &&
    verifySignature(signature.value, message, key.value)
  )
}

/** Order and outcome of the draw, from the seed on. */
function prepareDraw(replay: Replay, seed: Hash): void {
  const { rules } = replay
  if (rules === undefined) return
  const isFcfs = MECHANISMS[rules.mechanism] === 'fcfs'
  const keyed = [...replay.applications.values()].filter(takesPart).map((application) => {
    const { id, tier } = application
    const appliedAt = isFcfs ? application.appliedAt : 0
    return { application, key: drawKey({ seed, id, tier, appliedAt }) }
  })
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  replay.order = keyed.map(({ application }) => application)
  const capacities = unpackCapacities(replay.capacityWords, slotCount(rules))
  for (const [slot, places] of capacities.entries()) replay.left.set(slot, places)
  const order = replay.order.map(({ id, category, wishes }) => ({
    id,
    category,
    stands: wishes.map(({ stand }) => stand),
  }))
  replay.expected = drawPlaces(rules, capacities, order)
}

/** Ids of a batch: 4 bytes each. */
export function idsOf(batch: string): number[] {
  const ids: number[] = []
  for (let at = 2; at + 8 <= batch.length; at += 8)
    ids.push(Number.parseInt(batch.slice(at, at + 8), 16))
  return ids
}

export function onDrawn(replay: Replay, args: SeasonEventArgs<'Drawn'>): void {
  const { pass, from, places } = args
  const drawn = replay.drawn.get(pass) ?? []
  expect(replay, from === drawn.length, {
    about: 'order',
    text: `place ${drawn.length + 1} of pass ${pass} expected next, got ${from + 1}`,
  })
  const ids = idsOf(args.ids)
  replay.drawn.set(pass, [...drawn, ...ids])
  const given = hexToBytes(places)
  expect(replay, given.length === ids.length, {
    about: 'place',
    text: `what ${ids.length} applications got expected, got that of ${given.length}`,
  })
  for (const [at, id] of ids.entries())
    for (const place of placesIn(replay, pass, given[at] ?? 0)) onGiven(replay, id, place)
}

/** A place as the byte of an application tells it. */
interface Given {
  readonly pass: number
  readonly preference: number
  /** of the slot; undefined: the applicant's own */
  readonly category?: number
}

/**
 * One bit for each preference; in the pass of places left over 1 + preference, and whose it was.
 */
function placesIn({ rules }: Replay, pass: number, byte: number): Given[] {
  const isReserved = rules !== undefined && MECHANISMS[rules.mechanism] === 'reserved-rsd'
  if (isReserved && pass > rules.placesMax)
    return byte === 0 ? [] : [{ pass, preference: (byte & 15) - 1, category: byte >> 4 }]
  return [0, 1, 2, 3, 4, 5, 6, 7].flatMap((preference) =>
    (byte >> preference) & 1 ? [{ pass, preference }] : [],
  )
}

function onGiven(replay: Replay, id: number, { pass, preference, category }: Given): void {
  const application = find(replay, id, 'place')
  const { rules } = replay
  if (application === undefined || rules === undefined) return
  const say = (text: string): void => differ(replay, 'place', text, id)
  const wish = application.wishes[preference]
  if (wish === undefined) {
    say(`application ${id} has no preference ${preference}`)
    return
  }
  const from = category ?? application.category
  const slot = slotOf(rules, wish.stand, from)
  const left = (replay.left.get(slot) ?? 0) - 1
  if (left < 0) say(`slot ${slot} has no place left for application ${id}`)
  replay.left.set(slot, left)
  if (wish.state !== 'none') say(`application ${id} has preference ${preference} twice`)
  const weekend = weekendOfStand(rules, wish.stand)
  const others = application.wishes.filter(
    (other) => other.state === 'held' && weekendOfStand(rules, other.stand) === weekend,
  )
  if (others.length > 0) say(`application ${id} has two places on weekend ${weekend}`)
  wish.state = 'held'
  wish.category = from
  application.changedAt = replay.at
  replay.allocated.push({ id, slot, preference, pass })
  if (from === application.category) return
  application.overflowed = true
  const used = replay.overflow.get(wish.stand)?.count ?? 0
  replay.overflow.set(wish.stand, { count: used + 1, changedAt: replay.at })
}

const describe = (one: Allocation | undefined): string =>
  one === undefined
    ? 'no place'
    : `slot ${one.slot} for preference ${one.preference} in pass ${one.pass}`

const keyOf = ({ id, pass, preference }: Allocation): string => `${id}/${pass}/${preference}`

/** Compares the whole draw with the expected one; called when the log says that it is over. */
export function compareDraw(replay: Replay): void {
  const { expected } = replay
  if (expected === undefined) {
    differ(replay, 'order', 'a seed expected before the draw')
    return
  }
  comparePasses(replay)
  const got = replay.allocated
  const gotKeys = new Map(got.map((one) => [keyOf(one), one]))
  const expectedKeys = new Map(expected.allocations.map((one) => [keyOf(one), one]))
  for (const [key, one] of expectedKeys)
    if (gotKeys.get(key)?.slot !== one.slot) {
      const found = describe(gotKeys.get(key))
      const text = `application ${one.id}: ${describe(one)} expected, got ${found}`
      differ(replay, 'place', text, one.id)
    }
  for (const [key, one] of gotKeys)
    if (!expectedKeys.has(key))
      differ(replay, 'place', `application ${one.id}: ${describe(one)} is not by the rules`, one.id)
  if (got.length > gotKeys.size) differ(replay, 'place', 'a place was given twice')
}

function comparePasses(replay: Replay): void {
  const expected = new Map(replay.expected?.passes.map(({ pass, ids }) => [pass, ids]))
  for (const pass of new Set([...expected.keys(), ...replay.drawn.keys()])) {
    const want = expected.get(pass) ?? []
    const got = replay.drawn.get(pass) ?? []
    const length = Math.max(want.length, got.length)
    for (let place = 0; place < length; place++) {
      if (want[place] === got[place]) continue
      const found = got[place] === undefined ? 'nobody' : `application ${got[place]}`
      const due = want[place] === undefined ? 'nobody' : `application ${want[place]}`
      const text = `place ${place + 1} of pass ${pass}: ${due} expected, got ${found}`
      differ(replay, 'order', text, want[place] ?? got[place])
      // after the first one everything is shifted
      break
    }
  }
}
