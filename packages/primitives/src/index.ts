/** The door of primitives. test/exports.test.ts holds this list literally. */
export { type Block, decodeBlock, encodeBlock, transactionHash } from './block.ts'
export {
  type Address,
  bigintToBytes,
  bytesToBigint,
  bytesToHex,
  compareBytes,
  concatBytes,
  EMPTY_BYTES,
  equalBytes,
  type Hash,
  type Hex,
  hexToBytes,
  isAddress,
  isHash,
  isHex,
  numberToBytes,
  padLeft,
  utf8ToBytes,
  ZERO_ADDRESS,
  ZERO_HASH,
} from './bytes.ts'
export {
  type CryptoProvider,
  installCrypto,
  keccak256,
  keccakHex,
  nobleCrypto,
  publicKeyToAddress,
  recoverAddress,
  recoverPublicKey,
  secretKeyToAddress,
  signDigest,
} from './crypto.ts'
export {
  type Accepted,
  AssertionError,
  accept,
  assert,
  assertNever,
  type Refusal,
  type Result,
  refuse,
  VecheError,
} from './errors.ts'
export {
  blockHash,
  decodeExtraData,
  type ExtraData,
  encodeExtraData,
  sealDigest,
  sealHeader,
  validatorSetHash,
} from './extra-data.ts'
export {
  decodeHeader,
  EMPTY_CODE_HASH,
  EMPTY_OMMERS_HASH,
  EMPTY_REQUESTS_HASH,
  EMPTY_TRIE_ROOT,
  encodeHeader,
  type Header,
  headerToRlp,
  ISTANBUL_MIX_HASH,
  readHeader,
  ZERO_NONCE,
} from './header.ts'
export {
  BLOCK_BYTES_MAX,
  BLOCK_TRANSACTIONS_MAX,
  EXTRA_DATA_BYTES_MAX,
  TRANSACTION_BYTES_MAX,
  VALIDATORS_MAX,
} from './limits.ts'
export { foldMerklePath, hashPair, merkleLevels, merklePath, merkleRoot } from './merkle.ts'
export type {
  ChainStore,
  Clock,
  Network,
  NetworkHandlers,
  PeerClockInfo,
  PeerInfo,
  RequestKind,
  Signer,
  StateReader,
  WriteAheadLog,
} from './ports.ts'
export { encodeRlp, type RlpInput } from './rlp.ts'
export { decodeRlp, misfit, type RlpItem, type RlpReader, readRlp } from './rlp-reader.ts'
export {
  decodeAccount,
  verifyAccountProof,
  verifyStorageProof,
  verifyTrieProof,
} from './trie-proof.ts'
export type {
  AccessListItem,
  Account,
  Authorization,
  CommitBatch,
  Log,
  Receipt,
  StateDiff,
  TransactionLocation,
  TransactionView,
} from './types.ts'
