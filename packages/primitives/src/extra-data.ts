/**
 * QBFT extraData and the three digests made from a header, byte for byte as Besu's QBFT writes them
 * (EEA QBFT specification v1, section "Block header"):
 *
 *     extraData = RLP[ vanity(32), validators[], vote, round(4 bytes as a scalar), seals[] ]
 *
 * block hash  = keccak(header with round = 0 and seals = [])
 * commit seal = signature over keccak(header with the real round and seals = [])
 */
import { type Address, type Hash, hexToBytes, numberToBytes } from './bytes.ts'
import { keccak256, keccakHex } from './crypto.ts'
import { accept, type Result, refuse } from './errors.ts'
import { encodeHeader, type Header } from './header.ts'
import { VALIDATORS_MAX } from './limits.ts'
import { encodeRlp, type RlpReader, readRlp } from './rlp.ts'

export interface ExtraData {
  /** keccak256 of the RLP list of the next height's validators (Veche's use of the vanity) */
  readonly vanity: Hash
  /** the complete set of this height, ascending, unique */
  readonly validators: readonly Address[]
  readonly round: number
  /** 65-byte commit seals r ‖ s ‖ v, at most one per validator */
  readonly seals: readonly Uint8Array[]
}

/** round is an unsigned 32-bit number in the specification */
const ROUND_MAX = 0xffff_ffff

export function encodeExtraData(extra: ExtraData): Uint8Array {
  return encodeRlp([
    hexToBytes(extra.vanity),
    extra.validators.map(hexToBytes),
    [], // vote: always absent, the set comes from the contract
    numberToBytes(extra.round),
    extra.seals,
  ])
}

function readExtraData(reader: RlpReader): ExtraData {
  const vanity = reader.hash()
  const list = reader.reader(VALIDATORS_MAX)
  const validators: Address[] = []
  while (list.left > 0) validators.push(list.address())
  reader.reader(0).end()
  const round = reader.number()
  const sealList = reader.reader(VALIDATORS_MAX)
  const seals: Uint8Array[] = []
  while (sealList.left > 0) seals.push(sealList.bytes({ exact: 65 }))
  return { vanity, validators, round, seals }
}

/** Decodes foreign bytes. Refuses with `EXTRA_DATA_MALFORMED`; does not judge the seals. */
export function decodeExtraData(bytes: Uint8Array): Result<ExtraData> {
  const read = readRlp(bytes, readExtraData)
  if (!('value' in read)) return refuse('EXTRA_DATA_MALFORMED', read.reason)
  if (read.value.round > ROUND_MAX)
    return refuse('EXTRA_DATA_MALFORMED', `round of 32 bits expected, got ${read.value.round}`)
  return accept(read.value)
}

/** keccak256 of the RLP list of a validator set: what a header's vanity commits to. */
export function validatorSetHash(validators: readonly Address[]): Hash {
  return keccakHex(encodeRlp(validators.map(hexToBytes)))
}

function withoutSeals(header: Header, round: number): Uint8Array | undefined {
  const extra = decodeExtraData(header.extraData)
  if (!extra.ok) return undefined
  return encodeHeader(header, encodeExtraData({ ...extra.value, round, seals: [] }))
}

/**
 * The block hash: keccak of the header with round 0 and no seals. A header whose extraData is not
 * QBFT's (the genesis of another chain) hashes as Ethereum does, as it stands.
 */
export function blockHash(header: Header): Hash {
  return keccakHex(withoutSeals(header, 0) ?? encodeHeader(header))
}

/** What a commit seal of `round` signs: 32 bytes. The header's extraData must be QBFT's. */
export function sealDigest(header: Header, round: number): Uint8Array {
  return keccak256(withoutSeals(header, round) ?? encodeHeader(header))
}

/** The header with the certificate of the round that decided it. */
export function sealHeader(header: Header, round: number, seals: readonly Uint8Array[]): Header {
  const extra = decodeExtraData(header.extraData)
  if (!extra.ok) return header
  return { ...header, extraData: encodeExtraData({ ...extra.value, round, seals }) }
}
