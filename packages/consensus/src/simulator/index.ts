/** The door of the simulator: `@veche/consensus/simulator`. For tests and for `npm run sim`. */
export { type Profile, profiles } from './profiles.ts'
export { createRandom, type Random } from './random.ts'
export { simulatedAddress, simulatedRecover, simulatedSign } from './signer.ts'
export { type SimulationOptions, type SimulationReport, simulate } from './simulate.ts'
