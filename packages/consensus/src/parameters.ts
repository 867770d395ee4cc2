/** Consensus parameters of a chain, from its genesis file (consensus.md, "Parameters"). */
export interface ConsensusParameters {
  readonly chainId: number
  /** D: whole seconds */
  readonly stepSeconds: number
  /** heartbeat of an idle chain, seconds */
  readonly emptyBlockIntervalSeconds: number
  /** shortest time between two own blocks, milliseconds */
  readonly blockIntervalMinMs: number
  /** 0 = unlimited, or 1 */
  readonly blocksPerStepMax: 0 | 1
  /** widest window, steps */
  readonly windowMax: number
}
