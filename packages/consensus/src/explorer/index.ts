/** The door of the explorer. test/exports.test.ts holds this list literally. */
export {
  type Counterexample,
  type Exploration,
  type ExploreOptions,
  type ExploreReport,
  explore,
} from './explore.ts'
export { type Healed, type HealedSome, heal, healSome } from './heal.ts'
export type { Violation } from './judge.ts'
export type { Grain } from './moves.ts'
