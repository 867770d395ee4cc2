/**
 * The packed proof that ValidatorSet.reportMalicious takes: two signed consensus messages of one
 * signer (sol/Equivocation.sol; docs/spec/consensus.md M1, E1). This package knows bytes only; what
 * they say is consensus', which is a sibling.
 */
import {
  assert,
  bytesToHex,
  concatBytes,
  type Hex,
  numberToBytes,
  padLeft,
} from '@veche/primitives'

/** What was signed and how. */
export interface SignedContent {
  /** RLP of the content, without domain; at most 65,535 bytes */
  readonly content: Uint8Array
  /** 65 bytes r ‖ s ‖ v over keccak256(domain ‖ chainId ‖ type ‖ content) */
  readonly signature: Uint8Array
}

export interface Equivocation {
  /** type byte in the signed domain: proposal 1, prevote 2, precommit 3 */
  readonly messageType: number
  readonly first: SignedContent
  readonly second: SignedContent
}

/** type ‖ signatures ‖ length of the first content (2 bytes) ‖ contents. */
export function encodeEquivocation({ messageType, first, second }: Equivocation): Hex {
  assert(messageType >= 0 && messageType <= 0xff, 'a type byte')
  assert(first.signature.length === 65 && second.signature.length === 65, 'signatures of 65 bytes')
  assert(first.content.length <= 0xffff, 'a content whose length fits two bytes')
  const length = padLeft(numberToBytes(first.content.length), 2)
  const head = concatBytes(Uint8Array.of(messageType), first.signature, second.signature, length)
  return bytesToHex(concatBytes(head, first.content, second.content))
}
