/** A machine that falls over at its tenth block: no assertion, no verdict, a plain mistake. */
import { step as soundStep } from '@veche/consensus'

export const step: typeof soundStep = (state, input, context) => {
  if (input.kind === 'committed' && input.header.number === 10)
    Object.assign(state.current, { validators: undefined })
  return soundStep(state, input, context)
}
