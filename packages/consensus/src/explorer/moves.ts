/**
 * What can happen in a world. The network may lose, delay, repeat and reorder: whatever was ever
 * sent can be heard at any time, any number of times, or never. A Byzantine member is no machine:
 * everything that its key could sign can be heard at any time too.
 *
 * Two grains (docs/model-checking.md argues why the coarse one loses nothing):
 * - `quorum`: votes are heard q at once, all clocks enter a window together;
 * - `message`: every message by itself, every clock by itself.
 */
import { type Air, createAir, type Votes } from './air.ts'
import type { Happenings, VoteKind } from './happenings.ts'
import type { Letter, Letters, Place } from './letters.ts'
import type { NodeEntry, NodeTable } from './node-table.ts'
import { MEMBERS, proposerOfRound, type Setting } from './setting.ts'

export type Grain = 'quorum' | 'message'

/** takes the moves of a world: which member, which happening */
export type TakeMove = (member: number, happening: number) => void

export interface Moves {
  /** everything that one node can hear or start by itself, decided nodes excepted */
  each(ids: ArrayLike<number>, clock: number, take: TakeMove): void
}

export interface MovesOptions {
  readonly setting: Setting
  readonly letters: Letters
  readonly table: NodeTable
  readonly happenings: Happenings
  readonly grain: Grain
  /** index of the Byzantine member, or null; its id in a world is 0 and means nothing */
  readonly byzantine: number | null
  /** nobody has the key of `byzantine` */
  readonly isDead: boolean
  /** a log may be written anew */
  readonly compaction: boolean
}

interface Mover {
  readonly options: MovesOptions
  readonly air: Air
  /** happenings by kind, place and who voted; by letter */
  readonly votesHeard: Record<VoteKind, number[]>
  readonly lettersHeard: number[]
}

/** set bits of a nibble */
const BITS = [0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4] as const

/** Proposals of the Byzantine member: two fresh values, and anything that has a polka. */
function temptations({ options, air }: Mover, clock: number): number[] {
  const { setting, letters, byzantine, isDead } = options
  if (byzantine === null || isDead || proposerOfRound(clock) !== byzantine) return []
  const propose = (hash: Place['hash'], validRound: number, voters: number): number =>
    letters.proposal(byzantine, { round: clock, hash, validRound, voters }).id
  const found = [0, 1].map((variant) => propose(setting.blockOf(clock, variant).hash, -1, 0))
  for (const number of air.prevotes.places) {
    const place = air.placeAt(number)
    const voters = air.prevotes.bits[number] as number
    if (place.round < clock && (BITS[voters] as number) >= setting.quorum)
      found.push(propose(place.hash, place.round, voters))
  }
  return found
}

/** Votes of the Byzantine member for whatever was proposed or voted for. */
function bribes({ options, air }: Mover, proposals: readonly number[]): number[] {
  const { letters, byzantine, isDead } = options
  if (byzantine === null || isDead) return []
  const places = new Map<string, Place>()
  const add = (place: Place): unknown => places.set(`${place.round}/${place.hash}`, place)
  for (const number of air.prevotes.places) add(air.placeAt(number))
  for (const id of [...air.letters, ...proposals]) add(letters.at(id).message)
  return [...places.values()].flatMap((place) => [
    letters.vote(byzantine, 'prevote', place).id,
    letters.vote(byzantine, 'precommit', place).id,
  ])
}

function heardLetter({ options, lettersHeard }: Mover, letter: Letter): number {
  const known = lettersHeard[letter.id]
  if (known !== undefined) return known
  const made = options.happenings.hear(letter)
  lettersHeard[letter.id] = made
  return made
}

function heardVotes(mover: Mover, kind: VoteKind, at: { place: number; bits: number }): number {
  const codes = mover.votesHeard[kind]
  const index = at.place * (1 << MEMBERS) + at.bits
  const known = codes[index]
  if (known !== undefined) return known
  const made = mover.options.happenings.hearVotes(kind, mover.air.placeAt(at.place), at.bits)
  codes[index] = made
  return made
}

/** The quorums that a member can hear. */
function offerQuorums(
  mover: Mover,
  kind: VoteKind,
  at: { votes: Votes; member: number; take: TakeMove },
): void {
  const { votes, member, take } = at
  for (const place of votes.places) {
    const bits = votes.bits[place] as number
    if ((BITS[bits] as number) < mover.options.setting.quorum) continue
    take(member, heardVotes(mover, kind, { place, bits: bits & ~(1 << member) }))
  }
}

/** A proposer that has not proposed yet may find work at any time of its window. */
function offerWork({ options, air }: Mover, entry: NodeEntry, take: TakeMove): void {
  const { round } = entry.state.current
  if (proposerOfRound(round) !== entry.unit || air.hasProposed(entry.id, round)) return
  take(entry.unit, options.happenings.work())
}

/** The moves of one exploration. */
export function createMoves(options: MovesOptions): Moves {
  const { letters, table, happenings, grain, byzantine, isDead, compaction } = options
  const isWhole = grain === 'message'
  const air = createAir({ letters, table, byzantine, isDead, isWhole })
  const votesHeard = { prevote: [], precommit: [] }
  const mover: Mover = { options, air, votesHeard, lettersHeard: [] }
  return {
    each(ids, clock, take) {
      air.listen(ids)
      const tempting = temptations(mover, clock)
      const heard = [...air.letters, ...tempting, ...(isWhole ? bribes(mover, tempting) : [])]
      for (let member = 0; member < MEMBERS; member++) {
        if (member === byzantine) continue
        const entry = table.entries[ids[member] as number] as NodeEntry
        if (entry.decided !== null) continue
        offerWork(mover, entry, take)
        if (compaction) take(member, happenings.compact())
        for (const id of heard) {
          const letter = letters.at(id)
          if (letter.signer === member || (!isWhole && letter.message.round !== clock)) continue
          take(member, heardLetter(mover, letter))
        }
        if (isWhole) continue
        offerQuorums(mover, 'prevote', { votes: air.prevotes, member, take })
        offerQuorums(mover, 'precommit', { votes: air.precommits, member, take })
      }
    },
  }
}
