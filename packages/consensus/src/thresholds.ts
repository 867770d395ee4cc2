/** The quorum in force in a turn: q, unless the simulator weakened it to prove that it can fail. */
import type { Turn } from './state.ts'

/** Votes needed for a polka and for a decision. */
export function quorumOf(turn: Turn): number {
  const { q, jump } = turn.state.current.thresholds
  return turn.context.weaken?.smallQuorum === true ? jump : q
}
