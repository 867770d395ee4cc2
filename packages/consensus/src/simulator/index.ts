/** The door of the simulator: `@veche/consensus/simulator`. For tests and for `npm run sim`. */
export { type BehaviourName, behaviourNames } from './byzantine.ts'
export { buildBlock, encodeTransaction, executeBlock, genesisHeader } from './ledger.ts'
export { type Machine, ownMachine } from './machine.ts'
export { type FaultKind, type Profile, profiles } from './profiles.ts'
export { createRandom, type Random } from './random.ts'
export { commandOf, type ShrinkOptions, type Shrunk, shrink } from './shrink.ts'
export { simulatedAddress, simulatedRecover, simulatedSign } from './signer.ts'
export {
  type SimulationFailure,
  type SimulationOptions,
  type SimulationReport,
  SWITCHES,
  simulate,
} from './simulate.ts'
export { addReport, createSummary, describeSummary, type Summary } from './summary.ts'
export { describeEvent, type TraceEvent } from './trace.ts'
