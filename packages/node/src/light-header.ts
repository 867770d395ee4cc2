/** The header in a JSON-RPC block object, strictly: JSON goes through RLP, as every header does. */
import {
  decodeHeader,
  encodeHeader,
  type Hash,
  type Header,
  hexToBytes,
  isHex,
  type Result,
  refuse,
} from '@veche/primitives'

type Json = Readonly<Record<string, unknown>>

const quantity = (value: unknown): bigint =>
  typeof value === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(value) ? BigInt(value) : -1n

const optionalQuantity = (json: Json, key: string): bigint | undefined =>
  json[key] === undefined ? undefined : quantity(json[key])

/**
 * The header in a JSON-RPC block object. Refuses with `HEADER_MALFORMED`; the hash the server
 * states is not looked at.
 */
export function headerFromJson(value: unknown): Result<Header> {
  if (typeof value !== 'object' || value === null)
    return refuse('HEADER_MALFORMED', 'block object expected')
  const json = value as Json
  const bytes = (key: string): Uint8Array => {
    const text = json[key]
    return isHex(text) ? hexToBytes(text) : new Uint8Array(0)
  }
  // no String(): what a server sends may have a toString of its own
  const hex = (key: string): Hash => {
    const text = json[key]
    return (typeof text === 'string' ? text.toLowerCase() : '') as Hash
  }
  const optionalHex = (key: string): Hash | undefined =>
    json[key] === undefined ? undefined : hex(key)
  const draft = {
    parentHash: hex('parentHash'),
    ommersHash: hex('sha3Uncles'),
    coinbase: hex('miner'),
    stateRoot: hex('stateRoot'),
    transactionsRoot: hex('transactionsRoot'),
    receiptsRoot: hex('receiptsRoot'),
    logsBloom: bytes('logsBloom'),
    difficulty: quantity(json['difficulty']),
    number: Number(quantity(json['number'])),
    gasLimit: quantity(json['gasLimit']),
    gasUsed: quantity(json['gasUsed']),
    timestamp: Number(quantity(json['timestamp'])),
    extraData: bytes('extraData'),
    mixHash: hex('mixHash'),
    nonce: hex('nonce'),
    baseFeePerGas: optionalQuantity(json, 'baseFeePerGas'),
    withdrawalsRoot: optionalHex('withdrawalsRoot'),
    blobGasUsed: optionalQuantity(json, 'blobGasUsed'),
    excessBlobGas: optionalQuantity(json, 'excessBlobGas'),
    parentBeaconBlockRoot: optionalHex('parentBeaconBlockRoot'),
    requestsHash: optionalHex('requestsHash'),
  }
  return encodeAndDecode(draft as Header)
}

/** One strict decoder for headers of every origin: JSON goes through RLP. */
function encodeAndDecode(draft: Header): Result<Header> {
  const hashes = [draft.parentHash, draft.stateRoot, draft.transactionsRoot, draft.receiptsRoot]
  const scalars = [draft.difficulty, draft.gasLimit, draft.gasUsed]
  const sound =
    [...hashes, draft.ommersHash, draft.mixHash].every((hash) => isHex(hash, 32)) &&
    isHex(draft.coinbase, 20) &&
    isHex(draft.nonce, 8) &&
    [draft.withdrawalsRoot, draft.parentBeaconBlockRoot, draft.requestsHash].every(
      (hash) => hash === undefined || isHex(hash, 32),
    ) &&
    [
      ...scalars,
      draft.baseFeePerGas ?? 0n,
      draft.blobGasUsed ?? 0n,
      draft.excessBlobGas ?? 0n,
    ].every((scalar) => scalar >= 0n) &&
    [draft.number, draft.timestamp].every((n) => Number.isSafeInteger(n) && n >= 0) &&
    [draft.excessBlobGas, draft.parentBeaconBlockRoot].every(
      (field) => (field === undefined) === (draft.blobGasUsed === undefined),
    )
  if (!sound) return refuse('HEADER_MALFORMED', 'hex fields of a block header expected')
  return decodeHeader(encodeHeader(draft))
}
