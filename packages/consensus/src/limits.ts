/** Bounds of this package, each with its reason. */

/**
 * one consensus message: 20,000 transaction hashes (640 KB), a header (17 KB) and a polka (9 KB)
 */
export const MESSAGE_BYTES_MAX = 1024 * 1024
/** one log record: a block of `BLOCK_BYTES_MAX` and its framing */
export const RECORD_BYTES_MAX = 8 * 1024 * 1024 + 1024
/** the QBFT header writes the round in 32 bits */
export const ROUND_MAX = 0xffff_ffff
/** values of one signer in one round and of one type that are held: one, and one that conflicts */
export const VALUES_PER_SIGNER_MAX = 2
/**
 * rounds held behind the current one, in rotations of the set: two, whatever the length of a halt
 */
export const ROTATIONS_KEPT = 2
/** messages for the next height held per signer: three of one round, for a few rounds */
export const FUTURE_PER_SIGNER_MAX = 12
/** proposals among them: each may carry 640 KB of hashes */
export const FUTURE_PROPOSALS_PER_SIGNER_MAX = 2
/** a status, and help to one validator, at most twice a step */
export const STATUS_PER_STEP = 2
/** widest window that a genesis may ask for, steps: 15 is the default; more only delays recovery */
export const WINDOW_MAX_MAX = 1001
/** steps without a word after which a member counts as silent: four statuses were missed */
export const SILENT_STEPS = 2
