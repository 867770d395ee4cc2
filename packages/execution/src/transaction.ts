/**
 * Transactions from raw bytes: legacy (EIP-155), 2930, 1559, 4844 and 7702, decoded totally and
 * once, with the sender recovered. Type 3 is decoded for reading imported chains only: the pool
 * and the block check refuse it (ADR 0031).
 */
import {
  type AccessListItem,
  type Address,
  type Authorization,
  accept,
  bigintToBytes,
  bytesToHex,
  concatBytes,
  EMPTY_BYTES,
  encodeRlp,
  type Hash,
  keccak256,
  misfit,
  padLeft,
  publicKeyToAddress,
  type Result,
  type RlpInput,
  type RlpReader,
  readRlp,
  recoverPublicKey,
  refuse,
  TRANSACTION_BYTES_MAX,
  type TransactionView,
} from '@veche/primitives'
import {
  ACCESS_LIST_MAX,
  AUTHORIZATIONS_MAX,
  CACHED_TRANSACTION_BYTES_MAX,
  TRANSACTION_OVERHEAD_BYTES,
} from './limits.ts'
import { Generations } from './state/generations.ts'

const ORDER = 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_fffe_baae_dce6_af48_a03b_bfd2_5e8c_d036_4141n
const HALF_ORDER = ORDER / 2n
const U64_MAX = 2n ** 64n - 1n

type Fields = Omit<TransactionView, 'hash' | 'from'>

interface Body {
  readonly fields: Fields
  /** 32 bytes that were signed */
  readonly digest: Uint8Array
  readonly recovery: number
}

function readTo(reader: RlpReader): Address | null {
  const bytes = reader.bytes({ max: 20 })
  if (bytes.length === 0) return null
  return bytes.length === 20 ? bytesToHex(bytes) : misfit('to of 0 or 20 bytes expected')
}

function readHashes(reader: RlpReader): Hash[] {
  const list = reader.reader(ACCESS_LIST_MAX)
  const hashes: Hash[] = []
  while (list.hasMore) hashes.push(list.hash())
  return hashes
}

function readAccessList(reader: RlpReader): AccessListItem[] {
  const list = reader.reader(ACCESS_LIST_MAX)
  const entries: AccessListItem[] = []
  while (list.hasMore) {
    const item = list.reader(2)
    entries.push({ address: item.address(), storageKeys: readHashes(item) })
    item.end()
  }
  return entries
}

function readAuthorizations(reader: RlpReader): Authorization[] {
  const list = reader.reader(AUTHORIZATIONS_MAX)
  const entries: Authorization[] = []
  while (list.hasMore) {
    const item = list.reader(6)
    const chainId = item.bigint(32)
    const address = item.address()
    const nonce = item.bigint(8)
    // EIP-7702 allows any byte here: such a tuple is carried, and skipped by the state transition
    const yParity = Number(item.bigint(1)) as 0 | 1
    entries.push({ chainId, address, nonce, yParity, r: item.bigint(32), s: item.bigint(32) })
    item.end()
  }
  if (entries.length === 0) misfit('at least one authorization expected')
  return entries
}

function readLegacy(reader: RlpReader): Body {
  const nonce = reader.bigint(8)
  const gasPrice = reader.bigint(32)
  const gas = reader.bigint(8)
  const to = readTo(reader)
  const value = reader.bigint(32)
  const input = reader.bytes()
  const v = reader.bigint(8)
  const fields = { type: 0 as const, nonce, gasPrice, gas, to, value, input, v }
  const signature = { r: reader.bigint(32), s: reader.bigint(32) }
  if (v < 35n && v !== 27n && v !== 28n) misfit('v of 27, 28 or 35 up expected')
  const signed: RlpInput[] = [nonce, gasPrice, gas, to ?? EMPTY_BYTES, value, input]
  if (v < 35n)
    return {
      fields: { ...fields, ...signature },
      digest: keccak256(encodeRlp(signed)),
      recovery: Number(v - 27n),
    }
  const chainId = (v - 35n) / 2n
  signed.push(chainId, EMPTY_BYTES, EMPTY_BYTES)
  return {
    fields: { ...fields, ...signature, chainId },
    digest: keccak256(encodeRlp(signed)),
    recovery: Number((v - 35n) % 2n),
  }
}

/**
 * fee fields in the order of the type: 1 has a price, the others the priority and the highest fee
 */
function readFees(type: number, reader: RlpReader) {
  if (type === 1) return { gasPrice: reader.bigint(32) }
  const maxPriorityFeePerGas = reader.bigint(32)
  const maxFeePerGas = reader.bigint(32)
  if (maxPriorityFeePerGas > maxFeePerGas)
    misfit('max priority fee per gas higher than max fee per gas')
  return { maxPriorityFeePerGas, maxFeePerGas }
}

function readExtras(type: number, reader: RlpReader) {
  if (type === 4) return { authorizationList: readAuthorizations(reader) }
  if (type !== 3) return {}
  return { maxFeePerBlobGas: reader.bigint(32), blobVersionedHashes: readHashes(reader) }
}

function readTyped(type: 1 | 2 | 3 | 4, reader: RlpReader): Body {
  const chainId = reader.bigint(8)
  const nonce = reader.bigint(8)
  const fees = readFees(type, reader)
  const gas = reader.bigint(8)
  const to = readTo(reader)
  if (type >= 3 && to === null) misfit(`a transaction of type ${type} has a recipient`)
  const value = reader.bigint(32)
  const input = reader.bytes()
  const accessList = readAccessList(reader)
  const extras = readExtras(type, reader)
  const signed = reader.taken()
  const v = reader.bigint(8)
  if (v > 1n) misfit('y parity of 0 or 1 expected')
  const yParity = v === 0n ? 0 : 1
  const r = reader.bigint(32)
  const s = reader.bigint(32)
  const common = { type, chainId, nonce, gas, to, value, input, accessList }
  return {
    fields: { ...common, ...fees, ...extras, v, r, s, yParity },
    digest: keccak256(encodeRlp([signed], Uint8Array.of(type))),
    recovery: yParity,
  }
}

function readBody(raw: Uint8Array): { value: Body } | { reason: string } {
  const type = raw[0] as number
  if (type >= 0xc0) return readRlp(raw, readLegacy)
  return readRlp(raw.subarray(1), (reader) => readTyped(type as 1 | 2 | 3 | 4, reader))
}

function recover(digest: Uint8Array, r: bigint, s: bigint, recovery: number): Address | undefined {
  if (r === 0n || s === 0n || r >= ORDER || s > HALF_ORDER || recovery > 1) return undefined
  const compact = concatBytes(padLeft(bigintToBytes(r), 32), padLeft(bigintToBytes(s), 32))
  const key = recoverPublicKey(digest, compact, recovery)
  return key === undefined ? undefined : publicKeyToAddress(key)
}

const decoded = new Generations<Result<TransactionView>>(CACHED_TRANSACTION_BYTES_MAX)

/**
 * Decodes one EIP-2718 transaction of at most 128 KiB and recovers its sender; results are cached
 * by hash, so a transaction that came through gossip is not recovered again in its block. Refuses
 * with `TRANSACTION_OVERSIZED`, `TRANSACTION_TYPE_UNSUPPORTED`, `TRANSACTION_MALFORMED` or
 * `TRANSACTION_SIGNATURE_INVALID`. Judges neither chain nor state.
 */
export function decodeTransaction(raw: Uint8Array): Result<TransactionView> {
  if (raw.length > TRANSACTION_BYTES_MAX)
    return refuse(
      'TRANSACTION_OVERSIZED',
      `oversized data: transaction size ${raw.length}, limit ${TRANSACTION_BYTES_MAX}`,
    )
  if (raw.length === 0) return refuse('TRANSACTION_MALFORMED', 'typed transaction too short')
  const hash = bytesToHex(keccak256(raw))
  const known = decoded.get(hash)
  if (known !== undefined) return known
  const result = decodeFresh(raw, hash)
  decoded.set(hash, result, raw.length + TRANSACTION_OVERHEAD_BYTES)
  return result
}

function decodeFresh(raw: Uint8Array, hash: Hash): Result<TransactionView> {
  const type = raw[0] as number
  if (type < 0xc0 && (type < 1 || type > 4))
    return refuse('TRANSACTION_TYPE_UNSUPPORTED', `transaction type not supported: ${type}`)
  const body = readBody(raw)
  if (!('value' in body)) return refuse('TRANSACTION_MALFORMED', body.reason)
  const { fields, digest, recovery } = body.value
  if (fields.nonce >= U64_MAX) return refuse('TRANSACTION_MALFORMED', 'nonce has max value')
  const from = recover(digest, fields.r, fields.s, recovery)
  if (from === undefined)
    return refuse('TRANSACTION_SIGNATURE_INVALID', 'invalid transaction v, r, s values')
  return accept({ hash, from, ...fields })
}

/**
 * wei per gas that a block with `baseFee` takes from the sender; below the base fee when it cannot
 * pay.
 */
export function effectiveGasPrice(view: TransactionView, baseFee: bigint): bigint {
  if (view.gasPrice !== undefined) return view.gasPrice
  const max = view.maxFeePerGas ?? 0n
  const wanted = baseFee + (view.maxPriorityFeePerGas ?? 0n)
  return wanted < max ? wanted : max
}

/** wei the sender must hold: gas × highest price + value. */
export function transactionCost(view: TransactionView): bigint {
  return view.gas * (view.gasPrice ?? view.maxFeePerGas ?? 0n) + view.value
}

/** The signer of an EIP-7702 authorization, or undefined when it is not one canonical signature. */
export function recoverAuthority(authorization: Authorization): Address | undefined {
  const { chainId, address, nonce, yParity, r, s } = authorization
  const signed = encodeRlp([chainId, address, nonce], Uint8Array.of(5))
  return recover(keccak256(signed), r, s, yParity)
}
