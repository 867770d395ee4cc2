/** The inputs that the explorer's moves stand for, each registered once and known by a number. */
import type { Input } from '../input.ts'
import type { Letter, Letters, Place } from './letters.ts'
import type { NodeTable } from './node-table.ts'
import { MEMBERS, type Setting } from './setting.ts'

export type VoteKind = 'prevote' | 'precommit'

export interface Happenings {
  /** one message is heard */
  hear(letter: Letter): number
  /** votes of `count` others for one value are heard at once */
  hearVotes(kind: VoteKind, place: Place, count: number): number
  /** the pool holds something for a moment: a proposer builds */
  work(): number
  /** the clock enters a round's window */
  tick(clock: number): number
  /** memory is lost, the log is read */
  restart(clock: number): number
}

export function createHappenings(setting: Setting, letters: Letters, table: NodeTable): Happenings {
  /** Which of the others voted does not matter (normal-form.ts). */
  const votesFor = (kind: VoteKind, place: Place, at: { count: number; unit: number }) =>
    Array.from({ length: MEMBERS }, (_, i) => MEMBERS - 1 - i)
      .filter((member) => member !== at.unit)
      .slice(0, at.count)
      .map((member) => letters.vote(member, kind, place).message)
  return {
    hear: (letter) =>
      table.happening(`hears ${letter.label} #${letter.id}`, () => ({
        inputsFor: ({ clock }) => [
          { kind: 'message', nowMs: setting.msOf(clock), message: letter.message },
        ],
      })),
    hearVotes(kind, place, count) {
      const value = `${setting.nameOf(place.hash)}@${place.round}`
      return table.happening(`hears ${count} ${kind}s of others for ${value}`, () => ({
        inputsFor: ({ clock, unit }) =>
          votesFor(kind, place, { count, unit }).map((message): Input => {
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
