/** A machine that does not read its log at start. */
import { createState as soundState } from '@veche/consensus'

export const createState: typeof soundState = (options) => soundState({ ...options, restored: [] })
