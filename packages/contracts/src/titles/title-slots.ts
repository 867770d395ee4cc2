/** Where TitleRegistry keeps a title, for `eth_getProof`, from the compiler's storage layout. */
import {
  bigintToBytes,
  bytesToBigint,
  bytesToHex,
  concatBytes,
  type Hash,
  hexToBytes,
  keccakHex,
  numberToBytes,
  padLeft,
} from '@veche/primitives'
import { titleRegistryStorage } from '../generated/title-registry.ts'

/** The four slots of a title: head, ownerC, the packed fields, consentC. */
export function titleSlots(propertyId: Hash): readonly [Hash, Hash, Hash, Hash] {
  const slot = padLeft(numberToBytes(titleRegistryStorage._titles.slot), 32)
  const first = bytesToBigint(hexToBytes(keccakHex(concatBytes(hexToBytes(propertyId), slot))))
  const at = (offset: bigint): Hash => bytesToHex(padLeft(bigintToBytes(first + offset), 32))
  return [at(0n), at(1n), at(2n), at(3n)]
}

/** The packed third slot of a title. */
export interface TitleWord {
  /** unix seconds */
  readonly updated: number
  readonly version: number
  readonly share: number
  /** number of ITitleTypes.Status */
  readonly status: number
  readonly liens: number
  readonly hasConsent: boolean
  /** unix seconds */
  readonly frozenUntil: number
}

/** Unpacks the third word of a title; total. */
export function decodeTitleWord(word: bigint): TitleWord {
  const take = (from: number, bits: number): number =>
    Number((word >> BigInt(from)) & ((1n << BigInt(bits)) - 1n))
  return {
    updated: take(0, 40),
    version: take(40, 32),
    share: take(72, 40),
    status: take(112, 8),
    liens: take(120, 8),
    hasConsent: take(144, 8) !== 0,
    frozenUntil: take(152, 40),
  }
}
