/** Loads another machine for the simulator (docs/simulator.md, "A machine of your own"). */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Machine, ownMachine } from '@veche/consensus/simulator'
import { UsageError } from './sim-options.ts'

/**
 * The machine that a module exports: its `step`, its `createState`, or both; the other one is ours.
 * Throws {@link UsageError} when it exports neither.
 */
export async function loadMachine(file: string): Promise<Machine> {
  const module: Partial<Machine> = await import(pathToFileURL(resolve(file)).href)
  const { step, createState } = module
  const isMachine =
    (step ?? createState) !== undefined &&
    [step, createState].every((each) => each === undefined || typeof each === 'function')
  if (!isMachine) throw new UsageError(`--machine: ${file} exports neither step nor createState`)
  return {
    file,
    step: step ?? ownMachine.step,
    createState: createState ?? ownMachine.createState,
  }
}
