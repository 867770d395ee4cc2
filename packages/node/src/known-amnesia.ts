/**
 * What the machine learns of its own past is made durable before anything that follows from it is
 * done (docs/spec/consensus.md W8, ADR 0180): a restart must not know less.
 */
import type { State } from '@veche/consensus'

export type KnownAmnesia = 'none' | 'possible' | 'certain'

export interface AmnesiaKeeper {
  /** the machine knows again what it may sign: makes the floor durable */
  readonly onRemembered?: (floor: number) => Promise<void>
  /** the machine found that its past is lost: makes that durable */
  readonly onForgotten?: () => Promise<void>
}

export function amnesiaOf({ amnesia }: State): KnownAmnesia {
  if (amnesia === null) return 'none'
  return amnesia.isCertain ? 'certain' : 'possible'
}

/** Tells the keeper what changed in a step of the machine. */
export async function keepAmnesia(
  keeper: AmnesiaKeeper,
  before: KnownAmnesia,
  state: State,
): Promise<void> {
  const now = amnesiaOf(state)
  if (now === before) return
  if (now === 'none') await keeper.onRemembered?.(state.floor)
  else await keeper.onForgotten?.()
}
