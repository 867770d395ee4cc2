/** Bounds of this package, each with its reason. */

/**
 * one consensus message: 20,000 transaction hashes (640 KB), a header (17 KB) and a polka (9 KB)
 */
export const MESSAGE_BYTES_MAX = 1024 * 1024
/** what is in a proposal beside hashes: a header (17 KB), a polka (9 KB), framing */
const MESSAGE_FIXED_BYTES = 32 * 1024
/** one hash as RLP */
const HASH_RLP_BYTES = 33
/** gas of the cheapest transaction */
const TRANSACTION_GAS_MIN = 21_000n

/**
 * Bytes of the largest honest message on a chain whose blocks hold `gasLimit` gas: a proposal has a
 * hash for each transaction. What is longer need not be read to be refused.
 */
export function messageBytesMax(gasLimit: bigint): number {
  const hashes = gasLimit / TRANSACTION_GAS_MIN
  const bytes = BigInt(MESSAGE_FIXED_BYTES) + BigInt(HASH_RLP_BYTES) * hashes
  return Number(bytes < BigInt(MESSAGE_BYTES_MAX) ? bytes : MESSAGE_BYTES_MAX)
}
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
/** a status at most twice a step; help to one validator at most twice as often (T3) */
export const STATUS_PER_STEP = 2
/**
 * share of a step by which the builder begins before our window: what a builder takes for a block
 * (ADR 0099) and a little more
 */
export const BUILD_AHEAD_SHARE = 0.1
/** widest window that a genesis may ask for, steps: 15 is the default; more only delays recovery */
export const WINDOW_MAX_MAX = 1001
/** steps without a word after which a member counts as silent: four statuses were missed */
export const SILENT_STEPS = 2
