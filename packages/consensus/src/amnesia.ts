/**
 * A validator that lost its log, or was restored from a backup, does not know what it signed
 * (consensus.md, "Write-ahead log", rule 6; docs/spec/consensus.md W8, ADR 0047). It signed at a
 * height only after the one before was decided. So a block that nobody can have proposed before
 * this process began stands at or above everything that it can have signed: the node is silent
 * until such a block is final, and signs above it.
 */
import type { Header } from '@veche/primitives'
import type { ConsensusParameters } from './parameters.ts'
import type { State, Turn } from './state.ts'

export interface Amnesia {
  /**
   * false: the log is new and the chain at genesis. That is a network's first start, unless blocks
   * turn up that were made before this process, by a set with this key in it.
   */
  isCertain: boolean
  /** step(now) when the log was begun: what this key signed since then stands in it */
  readonly logStep: number
}

/** Nothing is signed while the floor is here. */
export const FLOOR_OF_AMNESIA = Number.MAX_SAFE_INTEGER

/** Begins the silence. */
export function fallSilent(turn: Turn, reason: string): void {
  const { state, effects } = turn
  if (state.amnesia !== null) state.amnesia.isCertain = true
  state.floor = FLOOR_OF_AMNESIA
  effects.push({ kind: 'alarm', code: 'AMNESIA', reason })
}

function stepOf({ parameters }: State, header: Header): number {
  return Math.floor(header.timestamp / parameters.stepSeconds)
}

/**
 * Whether a block of a set of `n` can only have been made before the log was begun at `logStep`,
 * whatever its round.
 */
export function isOlderThanLog(
  parameters: ConsensusParameters,
  header: Header,
  log: { readonly n: number; readonly logStep: number },
): boolean {
  const step = Math.floor(header.timestamp / parameters.stepSeconds)
  return step + parameters.windowMax + log.n < log.logStep
}

/**
 * A block is final: it may end the silence, or begin it. `wasMember` says whether this key was in
 * the set of its height.
 */
export function recollect(turn: Turn, header: Header, wasMember: boolean): void {
  const { state, effects } = turn
  const { amnesia, startStep } = state
  if (amnesia === null) return
  if (!amnesia.isCertain) {
    const { n } = state.current.thresholds
    const { logStep } = amnesia
    if (!isOlderThanLog(state.parameters, header, { n, logStep })) state.amnesia = null
    else if (wasMember)
      fallSilent(
        turn,
        `block ${header.number} is older than this log: it is not the first of its key`,
      )
    return
  }
  // R3: no honest validator signs for a round that begins more than n steps ahead; one for skew
  if (stepOf(state, header) <= startStep + state.current.thresholds.n + 1) return
  state.amnesia = null
  // never below a height that an operator or a peer's word had set before
  state.floor = Math.max(header.number, state.restored.floor)
  const reason = `block ${header.number} was made after this start: signing above it`
  effects.push({ kind: 'alarm', code: 'AMNESIA_OVER', reason })
}
