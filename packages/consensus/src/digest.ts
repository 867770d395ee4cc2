/**
 * What a validator signs: keccak256(domain ‖ RLP(content)) with domain =
 * "veche/aura-bft/1" ‖ chainId (8 bytes) ‖ type (1 byte) (docs/spec/consensus.md M1). A commit seal
 * signs a header instead (extra-data.ts); the two can never collide, because RLP of a header starts
 * with 0xf9 and the domain with a letter.
 */
import {
  type Address,
  assertNever,
  concatBytes,
  encodeRlp,
  keccak256,
  numberToBytes,
  padLeft,
  type RlpInput,
  recoverAddress,
  utf8ToBytes,
} from '@veche/primitives'
import type { EvidenceMessage, SignableContent, SignedMessage } from './message.ts'
import type { Effect } from './output.ts'

const DOMAIN = utf8ToBytes('veche/aura-bft/1')

/** The signer of a 65-byte signature over a 32-byte digest, or undefined. */
export type Recover = (digest: Uint8Array, signature: Uint8Array) => Address | undefined

/** What the pure code needs of signatures; the simulator gives a cheap one. */
export interface SignatureContext {
  readonly chainId: number
  /** default: primitives' `recoverAddress` */
  readonly recover?: Recover
}

/** type byte in the domain and on the wire */
export const MESSAGE_TYPE = {
  proposal: 1,
  prevote: 2,
  precommit: 3,
  status: 4,
  polka: 5,
  evidence: 6,
} as const

/** what a signature covers; a claim is a proposal without what its signature does not cover */
type Signed = SignableContent | EvidenceMessage['first']

/** −1 (none) travels as 0 */
export function roundToScalar(round: number): number {
  return round + 1
}

function contentFields(content: Signed): RlpInput[] {
  const position = [content.height, content.round]
  switch (content.kind) {
    case 'proposal':
      return [...position, content.hash, content.parentHash, roundToScalar(content.validRound)]
    case 'prevote':
      return [...position, content.hash]
    case 'precommit':
      return [...position, content.hash, content.seal]
    case 'status':
      return [
        ...position,
        roundToScalar(content.lockedRound),
        roundToScalar(content.validRound),
        content.yours.height,
        roundToScalar(content.yours.round),
      ]
    default:
      return assertNever(content)
  }
}

const domains = new Map<string, Uint8Array>()

function domainOf(chainId: number, type: number): Uint8Array {
  const key = `${chainId}/${type}`
  let domain = domains.get(key)
  if (domain === undefined) {
    domain = concatBytes(DOMAIN, padLeft(numberToBytes(chainId), 8), Uint8Array.of(type))
    if (domains.size < 64) domains.set(key, domain)
  }
  return domain
}

/** What a signature covers besides the domain: type byte and RLP, for who checks it elsewhere. */
export function signedBytes(content: Signed): { messageType: number; content: Uint8Array } {
  return {
    messageType: MESSAGE_TYPE[content.kind],
    content: encodeRlp(contentFields(content)),
  }
}

/** The 32-byte digest that a signature of `content` signs on the chain `chainId`. */
export function contentDigest(content: Signed, chainId: number): Uint8Array {
  const domain = domainOf(chainId, MESSAGE_TYPE[content.kind])
  return keccak256(encodeRlp(contentFields(content), domain))
}

/** A content with its 65-byte signature. */
export function signedFrom(
  content: SignableContent,
  signer: Address,
  signature: Uint8Array,
): SignedMessage {
  return { ...content, signer, signature }
}

/** Whether the signature of a message is its signer's. */
export function isAuthentic(
  message: SignedMessage | EvidenceMessage['first'],
  context: SignatureContext,
): boolean {
  const recover = context.recover ?? recoverAddress
  return recover(contentDigest(message, context.chainId), message.signature) === message.signer
}

export interface ContentSigner {
  readonly chainId: number
  readonly address: Address
  /** 65 bytes r ‖ s ‖ v over a 32-byte digest */
  sign(digest: Uint8Array): Promise<Uint8Array>
}

/** Performs a `sign` effect: the commit seal first where there is one, then the message. */
export async function signContent(
  effect: Extract<Effect, { kind: 'sign' }>,
  signer: ContentSigner,
): Promise<SignedMessage> {
  const { sealDigest } = effect
  const content =
    effect.content.kind === 'precommit' && sealDigest !== undefined
      ? { ...effect.content, seal: await signer.sign(sealDigest) }
      : effect.content
  const signature = await signer.sign(contentDigest(content, signer.chainId))
  return signedFrom(content, signer.address, signature)
}
