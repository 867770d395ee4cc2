/**
 * Which machine the nodes of a simulated network run: ours, or one that was given from outside to
 * see whether the judge notices what is wrong with it (docs/simulator.md, "A machine of your own").
 */
import { authenticateMessage } from '../authenticate.ts'
import { step } from '../machine.ts'
import { createState } from '../state.ts'

/** What a node does; the judge, the disks and the network around it stay as they are. */
export interface Machine {
  /** the state at every start, from the disk: `restored` is what the log holds */
  readonly createState: typeof createState
  /** one input, the effects it leads to */
  readonly step: typeof step
  /** the gate in front of it: what passes is what `step` hears */
  readonly authenticateMessage: typeof authenticateMessage
  /** the file it came from, for the command that replays a run; default none */
  readonly file?: string
}

/** The machine of this package. */
export const ownMachine: Machine = { createState, step, authenticateMessage }
