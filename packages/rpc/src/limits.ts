/**
 * Bounds of this package, each with its reason. A server may be given other values of the same
 * names.
 */

/**
 * one request: the largest transaction is 128 KiB of bytes, 256 KiB of hex; geth allows 5 MiB, few
 * need it
 */
export const BODY_BYTES_MAX = 1_048_576
/** one WebSocket message: the same work arrives either way */
export const FRAME_BYTES_MAX = BODY_BYTES_MAX
/** brackets inside brackets: the deepest honest request (state overrides in a batch) has 8 */
export const NESTING_MAX = 32
/** requests of one batch */
export const BATCH_ITEMS_MAX = 100
/** summed weights of one batch: 100 calls, or 50 log queries or gas estimates */
export const BATCH_WEIGHT_MAX = 1_000
/** weight from which a request waits its turn among the heavy ones (calls, proofs, log queries) */
export const HEAVY_WEIGHT = 10
/**
 * heavy requests at once: enough that a two-second call does not hold up the quick ones behind it
 */
export const HEAVY_RUNNING_MAX = 8
/** heavy requests in line; at 50 ms each the last of them starts within 2 s */
export const HEAVY_WAITING_MAX = 256
/** one batch's answer; what comes after it answers "response too large" */
export const ANSWER_BYTES_MAX = 10 * 1_048_576
/**
 * open sockets of one server, HTTP and WebSocket together: about 1/4 of a usual file limit of 4,096
 */
export const CONNECTIONS_MAX = 1_000
/** WebSocket connections are long-lived, so they may not fill the server */
export const SOCKETS_MAX = 500
/** subscriptions of one connection; a dApp needs about five */
export const SUBSCRIPTIONS_MAX = 64
/** requests of one WebSocket connection that are being answered; then its reading pauses */
export const IN_FLIGHT_MAX = 32
/**
 * bytes waiting for a slow WebSocket reader before its notifications are dropped and it is told so
 */
export const SOCKET_BUFFER_BYTES = 4 * 1_048_576
/** bytes waiting before the connection is closed: one answer of the largest size above the mark */
export const SOCKET_BUFFER_BYTES_MAX = SOCKET_BUFFER_BYTES + 2 * ANSWER_BYTES_MAX
/** a client that sends its headers slower is holding a socket, not asking */
export const HEADERS_TIMEOUT_MS = 10_000
/** 1 MiB in 30 s is 35 KB/s: slower links exist, honest requests of that size on them do not */
export const REQUEST_TIMEOUT_MS = 30_000
/** a socket on which nothing moved; a reader that stopped reading is closed by it too */
export const IDLE_TIMEOUT_MS = 65_000
/** dead peers behind a NAT are found within two of these */
export const PING_INTERVAL_MS = 30_000
/** on close(): how long requests under way may finish */
export const CLOSE_GRACE_MS = 2_000

/** blocks of one log query */
export const LOG_RANGE_MAX = 10_000
/** logs of one answer that spans more than one block */
export const LOGS_MAX = 10_000
/** addresses of a log query; the same bound holds for the alternatives of one topic */
export const LOG_ADDRESSES_MAX = 1_000
/** LOG0 to LOG4 */
export const TOPICS_MAX = 4
/**
 * how long a receipt of a pooled transaction may keep its client: the goal is p99 250 ms to final
 */
export const RECEIPT_WAIT_MS = 250
/** receipts waited for at once; each costs a look-up a block */
export const RECEIPT_WAITERS_MAX = 256
/** headers looked at before other work gets a turn: about 5 ms */
export const LOG_CHUNK_BLOCKS = 128
/** transactions or receipts written before other work gets a turn */
export const BLOCK_CHUNK_TRANSACTIONS = 200
/** slots of one eth_getProof or override; geth's number */
export const PROOF_SLOTS_MAX = 1_024
/** accounts overridden in one call */
export const OVERRIDE_ACCOUNTS_MAX = 1_024
/** blocks of one eth_feeHistory; geth's number */
export const FEE_HISTORY_BLOCKS_MAX = 1_024
/** percentiles of one eth_feeHistory; geth's number */
export const FEE_PERCENTILES_MAX = 100

/**
 * filters of one server; each holds a few hundred bytes, a pending-transaction filter up to 660 KB
 */
export const FILTERS_MAX = 1_000
/** a filter nobody polls for this long is gone; geth's number */
export const FILTER_IDLE_MS = 300_000
/** hashes kept between two polls of a pending-transaction filter; older ones are dropped */
export const FILTER_HASHES_MAX = 10_000
/** hashes of one transactionReceipts subscription; geth's number */
export const RECEIPT_HASHES_MAX = 200
/** set-change headers of one answer: at 100 validators 64 are 1.2 MiB of hex */
export const SET_CHANGES_MAX = 64
