/** The inputs that the explorer's moves stand for, each registered once and known by a number. */
import type { Input } from '../input.ts'
import { type Letter, type Letters, nameOfMember, type Place } from './letters.ts'
import type { NodeTable } from './node-table.ts'
import { MEMBERS, type Setting } from './setting.ts'

export type VoteKind = 'prevote' | 'precommit'

export interface Happenings {
  /** one message is heard */
  hear(letter: Letter): number
  /** the votes of some members, as bits, for one value are heard at once */
  hearVotes(kind: VoteKind, place: Place, members: number): number
  /** the pool holds something for a moment: a proposer builds */
  work(): number
  /** the log has grown and is written anew */
  compact(): number
  /** the clock enters a round's window */
  tick(clock: number): number
  /** memory is lost, the log is read */
  restart(clock: number): number
}

export function createHappenings(setting: Setting, letters: Letters, table: NodeTable): Happenings {
  const votesOf = (kind: VoteKind, place: Place, members: number) =>
    Array.from({ length: MEMBERS }, (_, member) => member)
      .filter((member) => ((members >> member) & 1) === 1)
      .map((member) => letters.vote(member, kind, place).message)
  return {
    hear: (letter) =>
      table.happening(`hears ${letter.label} #${letter.id}`, () => ({
        inputsFor: ({ clock }) => [
          { kind: 'message', nowMs: setting.msOf(clock), message: letter.message },
        ],
      })),
    hearVotes(kind, place, members) {
      const value = `${setting.nameOf(place.hash)}@${place.round}`
      const votes = votesOf(kind, place, members)
      const names = votes.map(({ signer }) => nameOfMember(setting.validators.indexOf(signer)))
      return table.happening(`hears ${kind}s of ${names.join('')} for ${value}`, () => ({
        inputsFor: ({ clock }) =>
          votes.map((message): Input => {
            return { kind: 'message', nowMs: setting.msOf(clock), message }
          }),
      }))
    },
    work: () =>
      table.happening('has work', () => ({
        inputsFor: ({ clock }) => [
          { kind: 'work', nowMs: setting.msOf(clock), pending: true },
          { kind: 'work', nowMs: setting.msOf(clock), pending: false },
        ],
      })),
    compact: () =>
      table.happening('writes its log anew', () => ({
        inputsFor: ({ clock }) => [{ kind: 'logFull', nowMs: setting.msOf(clock) }],
      })),
    tick: (clock) =>
      table.happening(`clock shows round ${clock}`, () => ({
        clock,
        inputsFor: () => [{ kind: 'tick', nowMs: setting.msOf(clock) }],
      })),
    restart: (clock) =>
      table.happening(`crashes and restarts in round ${clock}`, () => ({
        clock,
        isRestart: true,
        inputsFor: () => [],
      })),
  }
}
