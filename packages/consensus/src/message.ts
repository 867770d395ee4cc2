/**
 * What validators say to each other (consensus.md, "Voting"). Types only; the codec is codec.ts.
 * Every signed message is signed over keccak256(domain ‖ rlp(content)) with
 * domain = "veche/aura-bft/1" ‖ chainId ‖ type, see digest.ts.
 */
import type { Address, Hash, Header } from '@veche/primitives'

/** Prevotes of q distinct validators for one value in one round (the paper's polka). */
export interface Polka {
  readonly height: number
  readonly round: number
  readonly hash: Hash
  readonly votes: readonly { readonly signer: Address; readonly signature: Uint8Array }[]
}

/** Seals of q distinct validators of one round over one header. */
export interface Certificate {
  readonly height: number
  readonly round: number
  readonly hash: Hash
  /** 65 bytes each, r ‖ s ‖ v */
  readonly seals: readonly Uint8Array[]
}

export interface ProposalContent {
  readonly kind: 'proposal'
  readonly height: number
  readonly round: number
  readonly hash: Hash
  readonly parentHash: Hash
  /** -1 for a fresh value */
  readonly validRound: number
  /** present exactly when validRound >= 0; not signed (it carries its own signatures) */
  readonly polka?: Polka
  /** unsealed, round 0; not signed beyond `hash` */
  readonly header: Header
  /** in block order; header.transactionsRoot binds them; not signed beyond `hash` */
  readonly transactionHashes: readonly Hash[]
}

export interface PrevoteContent {
  readonly kind: 'prevote'
  readonly height: number
  readonly round: number
  readonly hash: Hash
}

export interface PrecommitContent {
  readonly kind: 'precommit'
  readonly height: number
  readonly round: number
  readonly hash: Hash
  /** commit seal over sealDigest(header, round) */
  readonly seal: Uint8Array
}

/**
 * Where a validator stands; sent twice a step while a height is undecided, so that others can help.
 */
export interface StatusContent {
  readonly kind: 'status'
  /** the height it works on */
  readonly height: number
  readonly round: number
  readonly lockedRound: number
  readonly validRound: number
  /**
   * the highest (height, round) in which the receiver's own signed message was seen; 0, -1 for none
   */
  readonly yours: { readonly height: number; readonly round: number }
}

/** What {@link Signed} adds to a content. */
export interface Signature {
  readonly signer: Address
  /** 65 bytes r ‖ s ‖ v */
  readonly signature: Uint8Array
}

export type Proposal = ProposalContent & Signature
export type Prevote = PrevoteContent & Signature
export type Precommit = PrecommitContent & Signature
export type Status = StatusContent & Signature
export type Vote = Prevote | Precommit
export type SignedMessage = Proposal | Vote | Status
export type SignableContent = ProposalContent | PrevoteContent | PrecommitContent | StatusContent

/** Help for a straggler: a polka, whose body it asks for by hash. Carries its own signatures. */
export interface PolkaMessage {
  readonly kind: 'polka'
  readonly polka: Polka
}

/**
 * What the signature of a proposal covers: enough to accuse its signer, without header and body.
 */
export type ProposalClaim = Omit<ProposalContent, 'polka' | 'header' | 'transactionHashes'> &
  Signature

/**
 * Two signed messages of one signer, same height, round and type, different digest. Anybody who
 * knows the chain id can check it: a few hundred bytes, whatever was proposed.
 */
export interface EvidenceMessage {
  readonly kind: 'evidence'
  readonly first: ProposalClaim | Vote
  readonly second: ProposalClaim | Vote
}

export type Message = SignedMessage | PolkaMessage | EvidenceMessage
