/** A machine to which f+1 votes are a quorum. */
import { step as soundStep } from '@veche/consensus'

export const step: typeof soundStep = (state, input, context) => {
  const { thresholds } = state.current
  Object.assign(state.current, { thresholds: { ...thresholds, q: thresholds.jump } })
  return soundStep(state, input, context)
}
