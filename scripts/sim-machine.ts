/** Loads another machine for the simulator (docs/simulator.md, "A machine of your own"). */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Machine, ownMachine } from '@veche/consensus/simulator'
import { UsageError } from './sim-options.ts'

/**
 * The machine that a module exports: `step`, `createState`, `authenticateMessage`, or some of them;
 * the others are ours. Throws {@link UsageError} when it exports none.
 */
export async function loadMachine(file: string): Promise<Machine> {
  const module: Partial<Machine> = await import(pathToFileURL(resolve(file)).href)
  const { step, createState, authenticateMessage } = module
  const parts = [step, createState, authenticateMessage].filter((each) => each !== undefined)
  if (parts.length === 0 || parts.some((each) => typeof each !== 'function'))
    throw new UsageError(`--machine: ${file} exports no step and no createState`)
  return {
    file,
    step: step ?? ownMachine.step,
    createState: createState ?? ownMachine.createState,
    authenticateMessage: authenticateMessage ?? ownMachine.authenticateMessage,
  }
}
