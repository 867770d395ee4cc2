/** Bounds of this package, each with its reason. */

/** vanity 32 + 25 validators × 21 + 25 seals × 67 + framing ≈ 2.3 KB; room for 100 validators */
export const EXTRA_DATA_BYTES_MAX = 16_384
/**
 * EEA QBFT puts no bound; the vote path is measured up to 25, and 100 still fits one packet burst
 */
export const VALIDATORS_MAX = 100
/** one raw transaction: geth's and Besu's pool limit, 128 KiB */
export const TRANSACTION_BYTES_MAX = 131_072
/** transactions of one block: gasLimit 30 M / 21,000 is 1,428; room for larger limits */
export const BLOCK_TRANSACTIONS_MAX = 20_000
/** RLP of one block with its transactions; a larger one is refused on every wire */
export const BLOCK_BYTES_MAX = 8 * 1024 * 1024
/** depth of a Merkle Patricia trie over 32-byte keys: 64 nibbles and the root */
export const TRIE_DEPTH_MAX = 65
/** nesting of RLP lists: a legacy block in a consensus message takes 8, a trie node 32 at most */
export const RLP_DEPTH_MAX = 64
/**
 * items of one foreign RLP encoding, lists counted: 20,000 legacy transactions of ten items and a
 * header. The dearest 8 MiB that anybody can send decode in an eighth of a second.
 */
export const RLP_ITEMS_MAX = 1 << 18
