/**
 * QBFT extraData and the three digests made from a header, byte for byte as Besu's QBFT writes them
 * (EEA QBFT specification v1, section "Block header"):
 *
 *     extraData = RLP[ vanity(32), validators[], vote, round(4 bytes as a scalar), seals[] ]
 *
 * block hash  = keccak(header with round = 0 and seals = [])
 * commit seal = signature over keccak(header with the real round and seals = [])
 */
import type { Address, Hash } from './bytes.ts'
import { keccak256, keccakHex } from './crypto.ts'
import { accept, type Result, refuse } from './errors.ts'
import { encodeHeader, type Header } from './header.ts'
import { VALIDATORS_MAX } from './limits.ts'
import { encodeRlp, type RlpEncoded } from './rlp.ts'
import { misfit, type RlpReader, readRlp } from './rlp-reader.ts'

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
  // the vote is always absent: the set comes from the contract
  return encodeRlp([extra.vanity, extra.validators, [], extra.round, extra.seals])
}

function readRound(reader: RlpReader): number {
  const round = reader.number()
  return round <= ROUND_MAX ? round : misfit(`round of 32 bits expected, got ${round}`)
}

function readExtraData(reader: RlpReader): ExtraData {
  const vanity = reader.hash()
  const list = reader.reader(VALIDATORS_MAX)
  const validators: Address[] = []
  while (list.hasMore) validators.push(list.address())
  reader.nothing()
  const round = readRound(reader)
  const sealList = reader.reader(VALIDATORS_MAX)
  const seals: Uint8Array[] = []
  while (sealList.hasMore) seals.push(sealList.bytes({ exact: 65 }))
  return { vanity, validators, round, seals }
}

/** Decodes foreign bytes. Refuses with `EXTRA_DATA_MALFORMED`; does not judge the seals. */
export function decodeExtraData(bytes: Uint8Array): Result<ExtraData> {
  const read = readRlp(bytes, readExtraData)
  return 'value' in read ? accept(read.value) : refuse('EXTRA_DATA_MALFORMED', read.reason)
}

/** keccak256 of the RLP list of a validator set: what a header's vanity commits to. */
export function validatorSetHash(validators: readonly Address[]): Hash {
  return keccakHex(encodeRlp(validators))
}

/** The fields before the round as they are encoded, when the rest is as {@link readExtraData}. */
function readUnsealed(reader: RlpReader): RlpEncoded {
  reader.pass(32)
  const validators = reader.reader(VALIDATORS_MAX)
  while (validators.hasMore) validators.pass(20)
  reader.nothing()
  const fields = reader.taken()
  readRound(reader)
  const seals = reader.reader(VALIDATORS_MAX)
  while (seals.hasMore) seals.pass(65)
  return fields
}

/** RLP of the header with another round and no seals; undefined when extraData is not QBFT's. */
function withoutSeals(header: Header, round: number): Uint8Array | undefined {
  const read = readRlp(header.extraData, readUnsealed)
  if (!('value' in read)) return undefined
  return encodeHeader(header, encodeRlp([read.value, round, []]))
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
