/**
 * What two nodes tell each other first, and whether they belong together: protocol versions, chain
 * id, genesis hash and fork id must fit (consensus.md, "Network identity"; ADR 0056). Wire form:
 * one RLP list; fields that a later version appends are ignored.
 */
import {
  type Address,
  accept,
  bytesToHex,
  concatBytes,
  encodeRlp,
  equalBytes,
  type Hash,
  type Hex,
  hexToBytes,
  keccak256,
  type Refusal,
  type Result,
  readRlp,
  recoverAddress,
  refuse,
  utf8ToBytes,
} from '@veche/primitives'
import type { ForkFilter, ForkId, ForkVerdict } from './fork-id.ts'
import { AGENT_BYTES_MAX, HELLO_BYTES_MAX } from './limits.ts'

export const NONCE_BYTES = 32
export const INSTANCE_BYTES = 8

/** What names the chain of a node; equal on both sides of every admitted connection. */
export interface ChainIdentity {
  readonly chainId: number
  readonly genesisHash: Hash
  /** made by the caller from the fork schedule */
  readonly forkId: ForkFilter
  /** the newest protocol this node speaks */
  readonly protocolVersion: number
  /** the oldest protocol it still understands */
  readonly protocolVersionMin: number
}

export interface Hello {
  readonly protocolVersion: number
  readonly protocolVersionMin: number
  readonly chainId: number
  readonly genesisHash: Hash
  readonly forkId: ForkId
  readonly head: { readonly number: number; readonly hash: Hash }
  /** printable text, made safe for logs */
  readonly agent: string
  /** 32 random bytes, fresh for each handshake */
  readonly nonce: Uint8Array
  /** 8 random bytes for each start of a node: tells a restarted peer from a second connection */
  readonly instance: Hex
  /** a validator sends the proof of its key next; an observer sends an empty one */
  readonly role: 'validator' | 'observer'
}

/** keeps printable ASCII and cuts: agents come from strangers and end in logs */
export function cleanAgent(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, AGENT_BYTES_MAX)
}

export function encodeHello(hello: Hello): Uint8Array {
  return encodeRlp([
    hello.protocolVersion,
    hello.protocolVersionMin,
    hello.chainId,
    hello.genesisHash,
    hello.forkId.hash,
    hello.forkId.next,
    hello.head.number,
    hello.head.hash,
    utf8ToBytes(cleanAgent(hello.agent)),
    hello.nonce,
    hello.instance,
    hello.role === 'validator' ? 1 : 0,
  ])
}

/** Decodes foreign bytes of at most `HELLO_BYTES_MAX`. Refuses with `PEER_MALFORMED`. */
export function decodeHello(bytes: Uint8Array): Result<Hello> {
  if (bytes.length > HELLO_BYTES_MAX)
    return refuse('PEER_MALFORMED', `hello of at most ${HELLO_BYTES_MAX} bytes expected`)
  const read = readRlp(bytes, (reader): Hello => {
    const hello: Hello = {
      protocolVersion: reader.number(),
      protocolVersionMin: reader.number(),
      chainId: reader.number(),
      genesisHash: reader.hash(),
      forkId: { hash: reader.hex(4), next: reader.number() },
      head: { number: reader.number(), hash: reader.hash() },
      agent: cleanAgent(String.fromCharCode(...reader.bytes({ max: AGENT_BYTES_MAX }))),
      nonce: reader.bytes({ exact: NONCE_BYTES }),
      instance: reader.hex(INSTANCE_BYTES),
      role: reader.number() === 1 ? 'validator' : 'observer',
    }
    while (reader.hasMore) reader.next()
    return hello
  })
  return 'value' in read ? accept(read.value) : refuse('PEER_MALFORMED', `hello: ${read.reason}`)
}

/** The newest protocol that both speak. Refuses with `PEER_TOO_OLD` or `PEER_TOO_NEW`. */
export function negotiateVersion(
  own: Pick<ChainIdentity, 'protocolVersion' | 'protocolVersionMin'>,
  theirs: Pick<Hello, 'protocolVersion' | 'protocolVersionMin'>,
): Result<number> {
  if (theirs.protocolVersion < own.protocolVersionMin)
    return refuse(
      'PEER_TOO_OLD',
      `protocol ${own.protocolVersionMin} or later expected, got ${theirs.protocolVersion}`,
    )
  if (theirs.protocolVersionMin > own.protocolVersion)
    return refuse(
      'PEER_TOO_NEW',
      `protocol ${own.protocolVersion} or earlier expected, got ${theirs.protocolVersionMin}`,
    )
  return accept(Math.min(own.protocolVersion, theirs.protocolVersion))
}

/**
 * Whether a peer's hello fits our chain; undefined when it does. Forks are judged after the proof
 * ({@link checkFork}), so that both know whose word it is.
 */
export function checkHello(own: ChainIdentity, theirs: Hello): Refusal | undefined {
  const version = negotiateVersion(own, theirs)
  if (!version.ok) return version
  if (theirs.chainId !== own.chainId)
    return refuse('PEER_WRONG_CHAIN', `chain id ${own.chainId} expected, got ${theirs.chainId}`)
  if (theirs.genesisHash !== own.genesisHash)
    return refuse(
      'PEER_WRONG_GENESIS',
      `genesis ${own.genesisHash} expected, got ${theirs.genesisHash}`,
    )
  return undefined
}

const forkText = ({ hash, next }: ForkId): string =>
  next === 0 ? hash : `${hash} and a fork at ${next}`

/** The refusal for a verdict about a peer's forks; undefined when they fit. */
export function checkFork(
  own: ForkFilter,
  theirs: ForkId,
): { readonly verdict: ForkVerdict; readonly refusal: Refusal | undefined } {
  const verdict = own.judge(theirs)
  if (verdict === 'fits') return { verdict, refusal: undefined }
  const told = `fork id ${forkText(own.own())} expected, got ${forkText(theirs)}`
  const who =
    verdict === 'stale' ? 'one of us follows a fork the other lacks' : 'the peer lacks a fork'
  return { verdict, refusal: refuse('PEER_WRONG_FORK', `${who}: ${told}`) }
}

export interface ProofContext {
  readonly chainId: number
  readonly genesisHash: Hash
  /** the peer that proves */
  readonly prover: string
  /** the peer that checks */
  readonly verifier: string
  /** the checking peer's nonce of this handshake */
  readonly nonce: Uint8Array
}

/**
 * The digest a validator signs to prove its key to one peer in one handshake: neither another peer
 * nor a later handshake can use the signature.
 */
export function proofDigest(context: ProofContext): Uint8Array {
  return keccak256(
    concatBytes(
      utf8ToBytes('veche/peer/1'),
      encodeRlp([
        utf8ToBytes(context.prover),
        utf8ToBytes(context.verifier),
        context.chainId,
        context.genesisHash,
        context.nonce,
      ]),
    ),
  )
}

/** The validator key a signature proves; refuses with `PEER_PROOF_INVALID`. */
export function checkProof(context: ProofContext, signature: Uint8Array): Result<Address> {
  const signer = recoverAddress(proofDigest(context), signature)
  return signer === undefined
    ? refuse('PEER_PROOF_INVALID', 'a signature of 65 bytes over the proof digest expected')
    : accept(signer)
}

/** Whether both hellos carry one nonce: somebody reflects our own handshake. */
export function isReflected(ours: Hello, theirs: Hello): boolean {
  return equalBytes(ours.nonce, theirs.nonce)
}

/**
 * the eight hex digits of the genesis in every protocol id, so that chains never talk by mistake
 */
export function protocolPrefix(genesisHash: Hash): string {
  return `/veche/${bytesToHex(hexToBytes(genesisHash).subarray(0, 4)).slice(2)}`
}
