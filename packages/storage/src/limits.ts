/** Bounds of this package, each with its reason. */

/**
 * One payload of the write-ahead log. The largest record is a candidate's body: a block of at most
 * 8 MiB (`BLOCK_BYTES_MAX`) and its framing; 9 MiB leaves room.
 */
export const LOG_PAYLOAD_BYTES_MAX = 9 * 1024 * 1024
/** records of one append: the index of a record inside its group has 23 bits in the format */
export const LOG_GROUP_RECORDS_MAX = 1 << 23
/** bytes written between two fsyncs; more waiting appends go to the next group */
export const LOG_GROUP_BYTES_MAX = 64 * 1024 * 1024
/**
 * One log file, because replay holds it in memory. The owner rotates long before: 1 GiB is about
 * 100 of the largest blocks, or seven million votes, within one height.
 */
export const LOG_FILE_BYTES_MAX = 1024 * 1024 * 1024
/** decoded headers kept in memory: a screen of an explorer and the walk of a syncing peer */
export const HEADER_CACHE_MAX = 1_024
/** codes kept in memory: 24 KiB each at most (EIP-170), so 6 MiB */
export const CODE_CACHE_MAX = 256
/**
 * headers checked backwards from the head when a store is opened: more than one LevelDB log holds
 */
export const OPEN_CHECK_HEADERS = 512
/** LevelDB's block cache; flat state and trie nodes beyond the caches of execution */
export const LEVEL_CACHE_BYTES = 64 * 1024 * 1024
/** LevelDB's memory table and log file: a few dozen full blocks, replayed in well under a second */
export const LEVEL_WRITE_BUFFER_BYTES = 16 * 1024 * 1024
/** keys fetched at a time while the slots of a cleared contract are listed */
export const CLEAR_PAGE_KEYS = 1_000
/**
 * Table files checked block by block when a store is opened, newest first: about two seconds. More
 * would make a restart wait for the disk; older files hold what every reader checks by its seal.
 */
export const OPEN_CHECK_TABLE_BYTES = 1024 * 1024 * 1024
/**
 * RLP items of the receipts of one block, which we wrote ourselves: 20,000 receipts of ten items
 * and, for 60 M gas, 160,000 logs (375 gas each) of at most seven, with room for larger gas limits
 */
export const RECEIPT_ITEMS_MAX = 1 << 23
/** changes of the set in one answer: a light client asks again from the last one */
export const SET_CHANGES_MAX = 256
/** a vote's group is some hundred bytes; a block's waits for the thread pool */
export const WRITE_AT_ONCE_BYTES_MAX = 16 * 1024
