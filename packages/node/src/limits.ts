/** Bounds of the node, each with its reason. */

/** undecided blocks held at once: a height has few, rounds that fail add one each */
export const CANDIDATES_MAX = 256
/** their bytes; the newest one stays whatever its size (a block has up to 8 MiB) */
export const CANDIDATES_BYTES_MAX = 64 * 1024 * 1024
/** transactions asked for one by one; when more are missing the whole body is cheaper */
export const MISSING_TRANSACTIONS_MAX = 2_048
/**
 * a validator that was asked for a body and has not answered after this many milliseconds is no
 * longer waited for alone: half a step of the default genesis, so that f of them in a row cost less
 * than the n + 2 windows of invariant 15
 */
export const BODY_PATIENCE_MS = 500
/** blocks in one answer to a sync request; a batch must fit SYNC_ANSWER_BYTES_MAX as well */
export const SYNC_BLOCKS_MAX = 128
/**
 * headers in one answer: with the largest extraData they are 3.4 MiB, within SYNC_ANSWER_BYTES_MAX
 */
export const SYNC_HEADERS_MAX = 200
/** bytes of one answer to a sync request */
export const SYNC_ANSWER_BYTES_MAX = 4 * 1024 * 1024
/** certified blocks ahead of the head that are kept while sync fills the gap */
export const AHEAD_BLOCKS_MAX = 64
/** their bytes, from all peers: two of the largest blocks, a hundred of usual ones */
export const AHEAD_BYTES_MAX = 16 * 1024 * 1024
/** the log starts a new file when it has grown past this and a block has become durable */
export const LOG_ROTATE_BYTES = 16 * 1024 * 1024
/**
 * the log is written anew within a height when it has grown past this: during a long halt every own
 * proposal adds its body
 */
export const LOG_COMPACT_BYTES = 64 * 1024 * 1024
/**
 * messages of one validator that wait for the machine: a few per round, so a hundred is a storm of
 * rounds; own inputs are never dropped
 */
export const LANE_MESSAGES_MAX = 256
/** bytes of them as they travelled: two of the largest proposals, which take thrice that decoded */
export const LANE_BYTES_MAX = 2 * 1024 * 1024
/** lanes kept for validators that said something lately; a set has at most a hundred */
export const LANES_MAX = 256
/**
 * signature checks that one validator may cause: 20 blocks a second are 60, four polkas of 67 votes
 * a second 270; 500 of 60 µs are 3 % of a core
 */
export const CHECKS_PER_SECOND = 500
/** twice that at once: what comes together when a cut heals */
export const CHECKS_BURST = 1_000
/** longest wait of a Node timer, milliseconds: what is longer fires at once */
export const TIMER_MS_MAX = 2 ** 31 - 1
/** inputs taken in one turn of the event loop: about 4 ms */
export const INPUTS_PER_TURN = 128
/**
 * after this share of a step the builder starts no further transaction: 60 ms at 1 s. What waited
 * for a silent proposer's step is in the block after it, and that one has to be final within half
 * a step (docs/adr/0099): built here, executed by everybody else
 */
export const BUILD_BUDGET_SHARE = 0.06
/**
 * the same for a block that is built ahead, after a step without one: what has waited longest is
 * final as soon as this block is, so it is half as large (docs/adr/0187)
 */
export const AHEAD_BUDGET_SHARE = 0.03
/**
 * steps for which a builder takes only light transactions after one had to be stopped: slow ones
 * cost each validator one turn in so many, so that no n of them in a row are lost
 */
export const LIGHT_STEPS = 8

/** bytes; a web3 keystore is about 500, so anything larger is not one */
export const KEYSTORE_BYTES_MAX = 64 * 1024
/** bytes of memory foreign scrypt parameters may ask for: twice geth's standard (256 MiB) */
export const SCRYPT_MEMORY_BYTES_MAX = 512 * 1024 * 1024
/** factor p of foreign scrypt parameters; the specification's own vector has 8 */
export const SCRYPT_PARALLELISM_MAX = 16
/** iterations of foreign pbkdf2 parameters: seconds here; geth's standard is 262,144 */
export const PBKDF2_ITERATIONS_MAX = 10_000_000
/** scrypt N of a key that may leave this machine: geth's standard, 256 MiB and about a second */
export const SCRYPT_N_STANDARD = 262_144
/** scrypt N of a key that protects nothing (a city in a box on one machine): geth's light value */
export const SCRYPT_N_LIGHT = 4_096
/** bytes of a password file */
export const PASSWORD_BYTES_MAX = 4_096
/** bytes of a configuration file */
export const CONFIG_BYTES_MAX = 1024 * 1024
/** bytes of pending transactions published again for a peer that joined late */
export const REPUBLISH_BYTES_MAX = 1024 * 1024
/** not more often than this, however many peers join: once per step of the default genesis */
export const REPUBLISH_INTERVAL_MS = 1_000
/**
 * gas of a block of a new network: any code and any batch of the services fits, with a quarter to
 * spare; what holds the worst block instead is time: docs/adr/0165
 */
export const GENESIS_GAS_LIMIT = 8_000_000n
/** how often a node looks whether a peer is ahead; a lost announcement costs at most this */
export const SYNC_LOOK_INTERVAL_MS = 2_000
/** RLP gathered for one write of an export; larger ones measure no faster */
export const CHAIN_FILE_CHUNK_BYTES = 256 * 1024
/** milliseconds between two progress lines of export and import */
export const PROGRESS_INTERVAL_MS = 2_000
/** evidence files of one node: one for each key that was ever convicted, far above any set */
export const EVIDENCE_FILES_MAX = 256
/** bytes of one evidence file: two claims of at most some 300 bytes each */
export const EVIDENCE_BYTES_MAX = 4_096
/** newest proposals of the set that are looked through; older ones have expired */
export const PROPOSALS_READ_MAX = 128
/** gas of the transactions that a validator sends by itself; a full set costs about 1.4 M */
export const ERRAND_GAS = 2_000_000
/** overrides of the validator set: each is a disaster and its repair */
export const OVERRIDES_MAX = 64
/** an errand that is still not done is sent again after this many milliseconds */
export const ERRAND_REPEAT_MS = 30_000
/** how often a validator looks at its errands while it has any */
export const ERRAND_LOOK_MS = 1_000
/** how often it looks without a reason: time alone makes a candidate say again that it is ready */
export const ERRAND_IDLE_LOOK_MS = 60_000
/** blocks behind its peers at which a node still counts as in step: one is under way at any time */
export const IN_STEP_BLOCKS = 2
/** a candidate says again that it is ready when half of ValidatorSet.READY_SECONDS has passed */
export const READY_RENEW_SECONDS = 1_800
/** samples behind a p99 on the screen: five of them are above it, 4 KiB for each kind */
export const LATENCY_SAMPLES_MAX = 512
/** alarm codes kept; the program has about thirty */
export const ALARM_CODES_MAX = 64
/** clock skew that is an alarm, share of a step (consensus.md); liveness is promised up to D/2 */
export const SKEW_LIMIT_SHARE = 0.25
/** the alarm ends below this share of its limit */
export const SKEW_BACK_SHARE = 0.8
/** bytes of a foreign status: 25 validators are 12 KB */
export const STATUS_BYTES_MAX = 1024 * 1024
/** entries of a list in it: more validators than any set has */
export const STATUS_LIST_MAX = 1_024
/** characters of a text in it */
export const STATUS_TEXT_MAX = 1_000
/** a node that does not answer a status in this time is as good as silent */
export const STATUS_TIMEOUT_MS = 5_000
/** set-change headers of one answer that a light client looks at; a node gives 64 */
export const LIGHT_PAGE_MAX = 256
/** changes a light client follows: each takes days of votes, so more are a server's invention */
export const LIGHT_CHANGES_MAX = 10_000
/** a status is put together at most this often, however many ask */
export const STATUS_FRESH_MS = 50
/** gas limit of a command's call where the node cannot estimate it: a third of a block */
export const ACT_GAS = 2_500_000
/** how often a command looks whether its transaction is final */
export const FINAL_POLL_MS = 100
/** longest wait of a command for finality; a quiet chain takes a step, a halted one is told */
export const FINAL_TIMEOUT_MS = 120_000
/** bytes of a JSON file that a command reads: a message with its signatures has a few thousand */
export const ACT_FILE_BYTES_MAX = 16 * 1024 * 1024
/** transactions of a load not yet final at once: a few blocks' worth, far below the pool's bound */
export const LOAD_IN_FLIGHT_MAX = 256
/** blocks of one eth_getLogs of a tool; a node may still find the answer too long */
export const LOG_BLOCKS_MAX = 2_000
/** files in the folder of a key ceremony: 16 members, their complaints about each other, parts */
export const CEREMONY_FILES_MAX = 1_024
/** capacity words of one call: 23,000 gas each, less than half of a block's 8,000,000 */
export const CAPACITY_WORDS_BATCH = 150
/** verdicts of one call: some 10,000 gas each */
export const REVIEW_BATCH = 150
/**
 * applications of one call of the draw: some 15,000 gas each; the more of them, the less each pays
 * for words that all share, but 250 ran longer than TRANSACTION_TIME_MS on a busy machine and were
 * dropped by the builder
 */
export const DRAW_BATCH = 100
/** leaky buckets of senders and classes; full ones drain in a minute under the city's numbers */
export const QUOTA_BUCKETS_MAX = 100_000
/** senders whose class is remembered until QuotaPolicy changes */
export const QUOTA_SENDERS_MAX = 100_000
/** gas of one `isAdmissible`: a credential's signature and a look at its nullifier */
export const ADMISSION_GAS = 500_000n
/** milliseconds of one `isAdmissible` */
export const ADMISSION_TIME_MS = 50
/** nullifiers remembered between admission and their block */
export const NULLIFIERS_MAX = 100_000
/** a validator whose whole pool waits for quotas looks again after this many milliseconds */
export const QUOTA_LOOK_MS = 1_000
/** a transaction that is not final by then may be lost: the node is asked whether it knows it */
export const LOST_AFTER_MS = 12_000
/** signers of a department's account: DepartmentAccount.SIGNERS_MAX */
export const DEPARTMENT_SIGNERS_MAX = 8

/** bytes of a payroll for `veche points mint`: a quarter of a million lines of one address each */
export const PAYROLL_BYTES_MAX = 16 * 1024 * 1024

/** bytes of what a browser says of a passkey: a few KiB, with some vendors' attestations more */
export const PASSKEY_FILE_BYTES_MAX = 256 * 1024
/** requests to bind another key that `veche identities show` asks the contract about */
export const REBINDINGS_SHOWN_MAX = 64
/** blocks that `veche quotas show` looks back: the city's own bucket leaks in 80 seconds */
export const QUOTA_SHOWN_BLOCKS_MAX = 512
