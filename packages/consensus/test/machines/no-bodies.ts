/** A machine that logs locks and votes, and no blocks. */
import { type Effect, step as soundStep } from '@veche/consensus'

export const step: typeof soundStep = (state, input, context) => {
  const { effects } = soundStep(state, input, context)
  const without = (effect: Effect): Effect =>
    effect.kind === 'log'
      ? { ...effect, records: effect.records.filter(({ kind }) => kind !== 'body') }
      : effect
  return { state, effects: effects.map(without) }
}
