/**
 * The block header: post-merge Ethereum fields (Yellow Paper 4.3.3, EIP-1559, 4895, 4844, 4788,
 * 7685) with QBFT's difficulty 1, nonce 0, Istanbul mixHash and `extraData` (see extra-data.ts).
 * Fields after `nonce` exist from their fork on; a header has a prefix of them.
 */
import type { Address, Hash, Hex } from './bytes.ts'
import { accept, assert, type Result, refuse } from './errors.ts'
import { EXTRA_DATA_BYTES_MAX } from './limits.ts'
import { encodeRlp, type RlpInput } from './rlp.ts'
import { type RlpReader, readRlp } from './rlp-reader.ts'

export interface Header {
  readonly parentHash: Hash
  readonly ommersHash: Hash
  /** the proposer */
  readonly coinbase: Address
  readonly stateRoot: Hash
  readonly transactionsRoot: Hash
  readonly receiptsRoot: Hash
  /** 256 bytes */
  readonly logsBloom: Uint8Array
  readonly difficulty: bigint
  readonly number: number
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  /** unix seconds = step × D */
  readonly timestamp: number
  readonly extraData: Uint8Array
  readonly mixHash: Hash
  /** 8 bytes */
  readonly nonce: Hex
  /** wei; from London */
  readonly baseFeePerGas?: bigint
  /** from Shanghai */
  readonly withdrawalsRoot?: Hash
  /** from Cancun */
  readonly blobGasUsed?: bigint
  /** from Cancun */
  readonly excessBlobGas?: bigint
  /** from Cancun */
  readonly parentBeaconBlockRoot?: Hash
  /** from Prague */
  readonly requestsHash?: Hash
}

/** keccak256(rlp([])): the ommers of every block after the merge, and of every Veche block */
export const EMPTY_OMMERS_HASH: Hash =
  '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'
/** root of an empty Merkle Patricia trie */
export const EMPTY_TRIE_ROOT: Hash =
  '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
/** keccak256 of no bytes */
export const EMPTY_CODE_HASH: Hash =
  '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'
/** sha256 of no bytes: requestsHash of a block without requests (EIP-7685) */
export const EMPTY_REQUESTS_HASH: Hash =
  '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
/**
 * mixHash of every IBFT 2.0 and QBFT header: the last 32 ASCII bytes of "Istanbul practical
 * byzantine fault tolerance"
 */
export const ISTANBUL_MIX_HASH: Hash =
  '0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365'
export const ZERO_NONCE: Hex = '0x0000000000000000'

/** RLP fields in order; `extraData` may be given in place of the header's own */
function headerFields(header: Header, extraData: Uint8Array): RlpInput[] {
  const fields: RlpInput[] = [
    header.parentHash,
    header.ommersHash,
    header.coinbase,
    header.stateRoot,
    header.transactionsRoot,
    header.receiptsRoot,
    header.logsBloom,
    header.difficulty,
    header.number,
    header.gasLimit,
    header.gasUsed,
    header.timestamp,
    extraData,
    header.mixHash,
    header.nonce,
  ]
  if (header.baseFeePerGas === undefined) return fields
  fields.push(header.baseFeePerGas)
  if (header.withdrawalsRoot === undefined) return fields
  fields.push(header.withdrawalsRoot)
  if (header.blobGasUsed === undefined) return fields
  const { excessBlobGas, parentBeaconBlockRoot } = header
  assert(
    excessBlobGas !== undefined && parentBeaconBlockRoot !== undefined,
    'a Cancun header has all three Cancun fields',
  )
  fields.push(header.blobGasUsed, excessBlobGas)
  fields.push(parentBeaconBlockRoot)
  if (header.requestsHash === undefined) return fields
  fields.push(header.requestsHash)
  return fields
}

/** RLP of a header, with `extraData` replaced when given. */
export function encodeHeader(header: Header, extraData = header.extraData): Uint8Array {
  return encodeRlp(headerFields(header, extraData))
}

/** The header's fields as an RLP list item, for block encodings. */
export function headerToRlp(header: Header): RlpInput {
  return headerFields(header, header.extraData)
}

function readFields(reader: RlpReader): Header {
  const base = {
    parentHash: reader.hash(),
    ommersHash: reader.hash(),
    coinbase: reader.address(),
    stateRoot: reader.hash(),
    transactionsRoot: reader.hash(),
    receiptsRoot: reader.hash(),
    logsBloom: reader.bytes({ exact: 256 }),
    difficulty: reader.bigint(),
    number: reader.number(),
    gasLimit: reader.bigint(8),
    gasUsed: reader.bigint(8),
    timestamp: reader.number(),
    extraData: reader.bytes({ max: EXTRA_DATA_BYTES_MAX }),
    mixHash: reader.hash(),
    nonce: reader.hex(8),
  }
  if (!reader.hasMore) return base
  const london = { ...base, baseFeePerGas: reader.bigint() }
  if (!reader.hasMore) return london
  const shanghai = { ...london, withdrawalsRoot: reader.hash() }
  if (!reader.hasMore) return shanghai
  const cancun = {
    ...shanghai,
    blobGasUsed: reader.bigint(8),
    excessBlobGas: reader.bigint(8),
    parentBeaconBlockRoot: reader.hash(),
  }
  if (!reader.hasMore) return cancun
  return { ...cancun, requestsHash: reader.hash() }
}

/** Reads a header to its last field, for {@link readRlp}. */
export function readHeader(reader: RlpReader): Header {
  const header = readFields(reader)
  reader.end()
  return header
}

/** Decodes foreign bytes. Refuses with `HEADER_MALFORMED`. */
export function decodeHeader(bytes: Uint8Array): Result<Header> {
  const read = readRlp(bytes, readHeader)
  return 'value' in read ? accept(read.value) : refuse('HEADER_MALFORMED', read.reason)
}
