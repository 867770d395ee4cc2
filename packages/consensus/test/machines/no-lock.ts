/** A machine that forgets before every input what it is locked on. */
import { step as soundStep } from '@veche/consensus'

export const step: typeof soundStep = (state, input, context) => {
  state.current.locked = null
  return soundStep(state, input, context)
}
