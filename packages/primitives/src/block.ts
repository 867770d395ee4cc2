/**
 * A block as it travels: header and raw transactions. Wire form is Ethereum's
 * RLP[ header, transactions, ommers, withdrawals ], so an exported chain reads everywhere.
 */
import type { Hash } from './bytes.ts'
import { keccakHex } from './crypto.ts'
import { accept, type Result, refuse } from './errors.ts'
import { type Header, headerToRlp, readHeader } from './header.ts'
import { BLOCK_BYTES_MAX, BLOCK_TRANSACTIONS_MAX, TRANSACTION_BYTES_MAX } from './limits.ts'
import { encodeRlp, type RlpInput } from './rlp.ts'
import { decodeRlp, misfit, type RlpReader, readRlp } from './rlp-reader.ts'

export interface Block {
  readonly header: Header
  /** EIP-2718 encodings: type byte ‖ payload, or the RLP list of a legacy transaction */
  readonly transactions: readonly Uint8Array[]
}

/** keccak of the EIP-2718 encoding. */
export function transactionHash(raw: Uint8Array): Hash {
  return keccakHex(raw)
}

/** A legacy transaction is a list inside the block, a typed one a byte string (EIP-2718). */
function transactionToRlp(raw: Uint8Array): RlpInput {
  if ((raw[0] ?? 0) < 0xc0) return raw
  return decodeRlp(raw) === undefined ? raw : { encoded: raw }
}

export function encodeBlock(block: Block): Uint8Array {
  const fields: RlpInput[] = [
    headerToRlp(block.header),
    block.transactions.map(transactionToRlp),
    [],
  ]
  if (block.header.withdrawalsRoot !== undefined) fields.push([])
  return encodeRlp(fields)
}

function readBlock(reader: RlpReader): Block {
  const header = readHeader(reader.reader())
  const transactions: Uint8Array[] = []
  const list = reader.reader(BLOCK_TRANSACTIONS_MAX)
  while (list.hasMore) {
    const { isList } = list
    const raw = isList ? list.encoded() : list.bytes()
    if (raw.length === 0 || raw.length > TRANSACTION_BYTES_MAX)
      misfit(`transaction of 1 to ${TRANSACTION_BYTES_MAX} bytes expected, got ${raw.length}`)
    // EIP-2718: a byte string is typed; a legacy transaction as bytes would be a second spelling
    if (!isList && (raw[0] as number) > 0x7f)
      misfit(`transaction type up to 127 expected, got ${raw[0]}`)
    transactions.push(raw)
  }
  reader.nothing()
  if (header.withdrawalsRoot !== undefined) reader.nothing()
  return { header, transactions }
}

/** Decodes foreign bytes of at most `BLOCK_BYTES_MAX`. Refuses with `BLOCK_MALFORMED`. */
export function decodeBlock(bytes: Uint8Array): Result<Block> {
  if (bytes.length > BLOCK_BYTES_MAX)
    return refuse(
      'BLOCK_MALFORMED',
      `at most ${BLOCK_BYTES_MAX} bytes expected, got ${bytes.length}`,
    )
  const read = readRlp(bytes, readBlock)
  return 'value' in read ? accept(read.value) : refuse('BLOCK_MALFORMED', read.reason)
}
