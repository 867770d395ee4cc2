/**
 * The parts of a node, for benches that stand between two of them (`@veche/node/parts`). Not the
 * door of the package: who runs a node uses index.ts. test/exports.test.ts holds both lists.
 */
export { createCandidates } from './candidates.ts'
export { Chain, type ChainOptions } from './chain.ts'
export { forkIdOf, readGenesisFile } from './genesis-file.ts'
export { createGossip } from './gossip.ts'
export { createHandlers, followHead } from './handlers.ts'
export { Loop, type LoopOptions } from './loop.ts'
export { openNodeKey } from './node-key-file.ts'
export { Quotas } from './quota/quotas.ts'
export { Sync } from './sync.ts'
export { openValidator } from './validator.ts'
