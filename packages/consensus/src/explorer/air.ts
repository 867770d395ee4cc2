/**
 * What can be heard in a world: for every value and round the members whose votes were sent, and
 * the proposals. Small numbers only; this runs once per world. A Byzantine member has always voted
 * for everything.
 */
import type { Letter, Letters, Place } from './letters.ts'
import type { NodeEntry, NodeTable } from './node-table.ts'
import { MEMBERS } from './setting.ts'

export interface Votes {
  /** numbers of places that somebody voted for, in the order found */
  readonly places: number[]
  /** place number → members as bits */
  readonly bits: Uint8Array
}

export interface Air {
  readonly prevotes: Votes
  readonly precommits: Votes
  /** ids of letters that were sent: proposals, and with `isWhole` votes too */
  readonly letters: number[]
  /** takes in what the members of a world have sent */
  listen(ids: ArrayLike<number>): void
  placeAt(number: number): Place
  /** whether a node has sent a proposal of a round */
  hasProposed(id: number, round: number): boolean
}

export interface AirOptions {
  readonly letters: Letters
  readonly table: NodeTable
  readonly byzantine: number | null
  /** nobody has the key of `byzantine` */
  readonly isDead: boolean
  /** list single votes among the letters */
  readonly isWhole: boolean
}

/** values times rounds of any exploration: four blocks in each of eight rounds */
const PLACES_MAX = 256

interface Speech {
  readonly prevotes: readonly number[]
  readonly precommits: readonly number[]
  readonly letters: readonly number[]
  readonly proposedRounds: readonly number[]
}

function createVotes(): Votes {
  return { places: [], bits: new Uint8Array(PLACES_MAX) }
}

function clear({ places, bits }: Votes): void {
  for (const place of places) bits[place] = 0
  places.length = 0
}

function note({ places, bits }: Votes, place: number, members: number): void {
  if (bits[place] === 0) places.push(place)
  bits[place] = (bits[place] as number) | members
}

/** An {@link Air} to be reused from world to world. */
export function createAir(options: AirOptions): Air {
  const { letters, table, byzantine, isDead, isWhole } = options
  const numbers = new Map<string, number>()
  const places: Place[] = []
  const speeches: (Speech | undefined)[] = []
  const prevotes = createVotes()
  const precommits = createVotes()
  const heard: number[] = []
  const always = byzantine === null || isDead ? 0 : 1 << byzantine

  const numberOf = ({ round, hash }: Place): number => {
    const key = `${round}/${hash}`
    let number = numbers.get(key)
    if (number === undefined) {
      number = places.length
      places.push({ round, hash })
      numbers.set(key, number)
    }
    return number
  }
  const speechOf = (id: number): Speech => {
    const known = speeches[id]
    if (known !== undefined) return known
    const entry = table.entries[id] as NodeEntry
    const all: Letter[] = entry.sent.map((letter) => letters.at(letter))
    const of = (kind: string): Letter[] => all.filter(({ message }) => message.kind === kind)
    const speech = {
      prevotes: of('prevote').map(({ message }) => numberOf(message)),
      precommits: of('precommit').map(({ message }) => numberOf(message)),
      letters: (isWhole ? all : of('proposal')).map((letter) => letter.id),
      proposedRounds: of('proposal').map(({ message }) => message.round),
    }
    speeches[id] = speech
    return speech
  }
  return {
    prevotes,
    precommits,
    letters: heard,
    placeAt: (number) => places[number] as Place,
    hasProposed: (id, round) => speechOf(id).proposedRounds.includes(round),
    listen(ids) {
      clear(prevotes)
      clear(precommits)
      heard.length = 0
      for (let member = 0; member < MEMBERS; member++) {
        if (member === byzantine) continue
        const speech = speechOf(ids[member] as number)
        const members = always | (1 << member)
        for (const place of speech.prevotes) note(prevotes, place, members)
        for (const place of speech.precommits) note(precommits, place, members)
        for (const letter of speech.letters) heard.push(letter)
      }
    },
  }
}
