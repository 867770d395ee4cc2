/** Bounds of this package, each with its reason. Sizes in bytes, times in milliseconds. */

/** a hello is about 200 bytes; agent text is the only free part */
export const HELLO_BYTES_MAX = 1_024
/** agent text in hello, in UTF-8 bytes */
export const AGENT_BYTES_MAX = 96
/** proof: 65-byte signature and framing */
export const PROOF_BYTES_MAX = 128
/** both sides say hello and prove in two round trips; 5 s is a slow satellite link under load */
export const HANDSHAKE_TIMEOUT_MS = 5_000
/** TCP accept to encrypted and multiplexed: bounds slow senders on half-open connections */
export const UPGRADE_TIMEOUT_MS = 5_000

/** a proposal of 20,000 transaction hashes with a polka of 100 votes is 660 KB */
export const CONSENSUS_MESSAGE_BYTES_MAX = 1_048_576
/** read ahead of one validator: a quarter of a second at its rate (yamux begins with this much) */
export const CONSENSUS_WINDOW_BYTES_MAX = 262_144
/** what may wait for one slow validator: four of the largest messages */
export const CONSENSUS_QUEUE_BYTES_MAX = 4 * CONSENSUS_MESSAGE_BYTES_MAX
/** votes are 200 bytes; two seconds of a busy network of 25 */
export const CONSENSUS_QUEUE_COUNT_MAX = 4_096
/**
 * 20 blocks/s × 3 messages and statuses are under 100/s for one peer; reading one costs 0.1 ms.
 * 10,000 transactions/s are 320 KB/s of hashes in proposals; a mebibyte of them leaves several of
 * garbage. Who sends more is read later, not cut off
 */
export const CONSENSUS_RATE = {
  messagesPerSecond: 200,
  messagesBurst: 1_000,
  bytesPerSecond: 1024 * 1024,
  bytesBurst: 2 * 1024 * 1024,
} as const

/** blocks that may wait for one slow follower; it fetches what was dropped */
export const BLOCKS_QUEUE_BYTES_MAX = 16 * 1024 * 1024
export const BLOCKS_QUEUE_COUNT_MAX = 256
/**
 * blockIntervalMin of 50 ms is 20 blocks/s, each with one head update; of 100 KB they are 2 MiB/s.
 * What one peer may send at once is garbage of ours when it is junk: two of the largest blocks
 */
export const BLOCKS_RATE = {
  messagesPerSecond: 200,
  messagesBurst: 1_000,
  bytesPerSecond: 8 * 1024 * 1024,
  bytesBurst: 16 * 1024 * 1024,
} as const
/** head updates between blocks are merged to at most ten a second for each peer */
export const HEAD_UPDATE_INTERVAL_MS = 100

/** one address record: peer id, eight addresses, two signatures */
export const RECORD_BYTES_MAX = 2_048
export const RECORD_ADDRESSES_MAX = 8
export const RECORD_ADDRESS_BYTES_MAX = 192
/** records of peers that hold no key of the present validator set; the oldest goes first */
export const RECORDS_MAX = 512
/** records that claim one validator key: moved nodes leave old ones behind */
export const RECORDS_PER_VALIDATOR_MAX = 4
export const RECORDS_QUEUE_BYTES_MAX = 1_048_576
export const RECORDS_QUEUE_COUNT_MAX = 1_024
/** verifying a record costs two signatures (about 0.3 ms): a peer may cause 20 a second */
export const RECORDS_RATE = {
  messagesPerSecond: 20,
  messagesBurst: 1_024,
  bytesPerSecond: 65_536,
  bytesBurst: 2_097_152,
} as const

/** request payloads name blocks or one hash */
export const REQUEST_BYTES_MAX = 16_384
/** the sum of one answer's parts; a longer answer is cut at a part and asked for again */
export const ANSWER_BYTES_MAX = 16 * 1024 * 1024
export const ANSWER_PARTS_MAX = 4_096
/** one answer part is at most a block (BLOCK_BYTES_MAX) */
export const ANSWER_PART_BYTES_MAX = 8 * 1024 * 1024 + 1_024
export const REQUEST_TIMEOUT_MS = 10_000
/** answers built at once for one peer, and requests under way to one peer */
export const REQUESTS_PER_PEER_MAX = 4
/** requests that wait for a place, for one peer */
export const REQUESTS_WAITING_MAX = 64
export const REQUEST_RATE = {
  messagesPerSecond: 100,
  messagesBurst: 400,
  bytesPerSecond: 1_048_576,
  bytesBurst: 4_194_304,
} as const

/** one gossip message */
export const TRANSACTIONS_MESSAGE_BYTES_MAX = 262_144
/** the gossip envelope around it: topic and protobuf framing */
export const GOSSIP_ENVELOPE_BYTES_MAX = 1_024
/** transactions of one gossip message: 262,144 / 110 bytes is 2,383 */
export const TRANSACTIONS_PER_MESSAGE_MAX = 2_500
/** peers named in one gossip message; a node with more lets everybody pass its messages on */
export const REACH_MAX = 64
/** transactions that wait for the next flush: four seconds of full messages */
export const TRANSACTIONS_QUEUE_BYTES_MAX = 8 * 1024 * 1024
/** under load at most 50 messages a second leave; alone, a transaction leaves at once */
export const TRANSACTIONS_FLUSH_INTERVAL_MS = 20
/** what may wait for one slow peer inside gossipsub before its stream is reset */
export const GOSSIP_OUTBOUND_BYTES_MAX = 8 * 1024 * 1024
export const TRANSACTIONS_RATE = {
  messagesPerSecond: 4_000,
  messagesBurst: 8_000,
  bytesPerSecond: 16 * 1024 * 1024,
  bytesBurst: 32 * 1024 * 1024,
} as const

/** admitted peers without privilege (validators in the set and bootnodes come on top) */
export const PEERS_MAX = 100
/** sockets that have not finished their handshake, in total */
export const PENDING_MAX = 128
/** sockets of one address group (IPv4 address, IPv6 /64) */
export const CONNECTIONS_PER_ADDRESS_MAX = 16
/** loopback hosts whole test networks */
export const CONNECTIONS_PER_LOOPBACK_MAX = 256
/**
 * peers that prove one validator key: a node and its successor while it moves; each has the rates
 * of a peer, so more would multiply them
 */
export const SESSIONS_PER_VALIDATOR_MAX = 3
/** streams one peer may hold open towards us */
export const STREAMS_PER_PEER_MAX = 64

/** a peer at or below this score is disconnected and banned */
export const BAN_SCORE = -100
export const BAN_MS = 600_000
/** a validator of the set is needed for the quorum: a short ban */
export const BAN_VALIDATOR_MS = 30_000
/** a score halves in this time */
export const SCORE_HALF_LIFE_MS = 300_000
/** peers whose score is remembered */
export const SCORES_MAX = 4_096

/** first redial after a lost or failed connection; grows by the factor up to the maximum */
export const REDIAL_MIN_MS = 200
export const REDIAL_FACTOR = 1.6
export const REDIAL_MAX_MS = 2_000
/** a peer of another chain stays one: ask rarely, in case it is reconfigured */
export const REDIAL_MISMATCH_MS = 30_000
/** a surplus connection of one peer stays this long, until both sides have moved to the other */
export const RETIRE_MS = 1_000
export const DIAL_TIMEOUT_MS = 5_000
/** how many peers an observer keeps beyond bootnodes and validators */
export const OBSERVER_PEERS_WANTED = 8

/** dead peers are noticed by a ping; healthy but busy ones answer within the timeout */
export const PING_INTERVAL_MS = 10_000
export const PING_TIMEOUT_MS = 15_000
/** gossip repair period; at rest a beat costs about 0.1 ms */
export const GOSSIP_HEARTBEAT_MS = 1_000
/** how long a seen gossip message is remembered */
export const GOSSIP_SEEN_MS = 60_000
/** yamux receive window of one stream: 20 MB/s at 50 ms round trip */
export const STREAM_WINDOW_BYTES_MAX = 1_048_576

/** a clock question or answer: four integers */
export const CLOCK_FRAME_BYTES_MAX = 64
/** each validator is asked for its clock this often; a drift of 100 ppm is 0.4 ms in that time */
export const CLOCK_INTERVAL_MS = 4_000
/** after connecting and after a jump: a second until the median has followed */
export const CLOCK_FAST_INTERVAL_MS = 250
export const CLOCK_FAST_SAMPLES_MAX = 6
/** samples held for each peer, and how many of them, those with the shortest way, count */
export const CLOCK_SAMPLES_MAX = 5
export const CLOCK_SAMPLES_BEST = 3
/** a sample this far from the estimate means that a clock was set, not that the way was long */
export const CLOCK_JUMP_MS = 50
/** a way longer than this says nothing about a clock */
export const CLOCK_WAY_MS_MAX = 2_000
/** ten years: more is shown as this */
export const CLOCK_AHEAD_MS_MAX = 315_360_000_000
export const CLOCK_QUEUE_BYTES_MAX = 1_024
export const CLOCK_QUEUE_COUNT_MAX = 8
/** four questions and four answers a second at the quickest, doubled */
export const CLOCK_RATE = {
  messagesPerSecond: 16,
  messagesBurst: 64,
  bytesPerSecond: 2_048,
  bytesBurst: 8_192,
} as const
