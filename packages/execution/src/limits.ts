/** Bounds of this package, each with its reason. */

/** accounts of one cache generation: about 250 bytes each, so 50 MB for two generations at worst */
export const CACHED_ACCOUNTS_MAX = 100_000
/** storage slots of one cache generation: about 300 bytes each */
export const CACHED_SLOTS_MAX = 200_000
/** bytes of contract code of one cache generation: 2,000 of the largest contracts, more than one
 * transaction can warm, so that no transaction reads code from disk for 100 gas */
export const CACHED_CODE_BYTES_MAX = 48 * 1024 * 1024
/** decoded trie nodes of one cache generation: a branch is about 1.5 KB decoded */
export const CACHED_NODES_MAX = 50_000
/** bytes of decoded transactions (raw bytes plus overhead) of one cache generation */
export const CACHED_TRANSACTION_BYTES_MAX = 32 * 1024 * 1024
/** overhead counted for one decoded transaction beside its raw bytes */
export const TRANSACTION_OVERHEAD_BYTES = 1_000
/** executed candidates of one height: proposals of different rounds, most recent kept */
export const CANDIDATES_MAX = 64

/** addresses or slots of one access list: a 128 KiB transaction cannot hold more */
export const ACCESS_LIST_MAX = 7_000
/** authorizations of one type-4 transaction: a 128 KiB transaction cannot hold more */
export const AUTHORIZATIONS_MAX = 1_400
/** bytes of the header, list framing and a safety margin kept free in a built block */
export const BLOCK_HEADROOM_BYTES = 64 * 1024

/** transactions in the pool, pending and queued together; below 128 MB with the byte bound */
export const POOL_TRANSACTIONS_MAX = 50_000
/** raw bytes in the pool */
export const POOL_BYTES_MAX = 64 * 1024 * 1024
/**
 * transactions of one sender: a clerk's batch of documents fits, one spammer does not fill the
 * pool
 */
export const POOL_PER_SENDER_MAX = 4_096
/** transactions of one sender that wait behind a nonce gap: geth keeps 64 */
export const POOL_QUEUED_PER_SENDER_MAX = 1_024
/** a replacement pays at least this much more, percent: geth's price bump */
export const POOL_PRICE_BUMP_PERCENT = 10n
/** hashes of banned transactions remembered */
export const POOL_BANNED_MAX = 10_000

/** calls that run interleaved; more only add memory, as one thread runs them */
export const CALLS_RUNNING_MAX = 4
/** calls that wait for a machine; further ones are refused at once */
export const CALLS_WAITING_MAX = 256
/** gas of one eth_call or eth_estimateGas: geth's RPC gas cap */
export const CALL_GAS_MAX = 50_000_000n
/** wall-clock time of one eth_call: geth's RPC EVM timeout */
export const CALL_TIME_MS = 5_000
/** longest stretch of opcodes between two turns of the event loop, so that votes are not delayed */
export const EVENT_LOOP_SLICE_MS = 4
/** processor time of one transaction inside the builder, before it is dropped and banned */
export const TRANSACTION_TIME_MS = 200
/**
 * gas limit with which not even the slowest work known lasts TRANSACTION_TIME_MS (510 ns each):
 * after a transaction was stopped, the rest of the block is made of these
 */
export const LIGHT_GAS_MAX = 400_000n
/**
 * how many times longer it may last by the clock on a machine that gives it no processor; then it
 * waits for another block. Three times: with the block's own time that is four fifths of a step of
 * 1 s
 */
export const STARVED_FACTOR = 3
/** accounts and slots of one eth_getProof: geth bounds the slots at 1,024 */
export const PROOF_SLOTS_MAX = 1_024
/** accounts in one eth_call's state override */
export const STATE_OVERRIDES_MAX = 1_024
/** accounts of a genesis file: a city predeploys services, not balances */
export const GENESIS_ACCOUNTS_MAX = 100_000
/** gas of one predeployed contract's constructor */
export const PREDEPLOY_GAS_MAX = 100_000_000n
