/** Bounds of this package, each with its reason. */

/** leaves of one batch; DocumentRegistry.BATCH_COUNT_MAX (16 path hashes) */
export const BATCH_COUNT_MAX = 65_536
/**
 * hashes from a leaf to the root: log2 of {@link BATCH_COUNT_MAX}; DocumentRegistry.PATH_LENGTH_MAX
 */
export const PATH_LENGTH_MAX = 16
/**
 * documents of one suspendMany or revokeMany; DocumentRegistry.CHANGES_MAX: they fit a genesis
 * block
 */
export const DOCUMENT_CHANGES_MAX = 32
/** fields of one document: a paper form with more is several documents */
export const FIELDS_MAX = 256
/** characters of a field's name or of a document type */
export const NAME_LENGTH_MAX = 256
/** UTF-8 bytes of the canonical JSON of all fields: attachments are hashed, not embedded */
export const PAYLOAD_BYTES_MAX = 131_072
/** bytes of a salt: 128 random bits are beyond search, and more than a hash's 32 adds nothing */
export const SALT_BYTES_MIN = 16
export const SALT_BYTES_MAX = 32
/** unix seconds in uint40, as DocumentRegistry stores them: year 36,812 */
export const TIME_MAX_SECONDS = 2 ** 40 - 1
/** issue numbers in uint40 */
export const INDEX_MAX = 2 ** 40 - 1
/** bytes of one CSV record, quoted line breaks included; a longer one is a missing quote */
export const CSV_RECORD_BYTES_MAX = 65_536
/** nesting of a value that {@link canonicalJson} writes: far above any form, far below the stack */
export const JSON_DEPTH_MAX = 32
/** members of a season's beacon; FairSeason has the same */
export const BEACON_MEMBERS_MAX = 16
/** fairs of one season; FairSeason counts weekends × fairs × categories slots in 16 bits */
export const FAIRS_MAX = 65_535
