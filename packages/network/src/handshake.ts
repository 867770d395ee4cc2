/**
 * The handshake of two peers, the same on both sides: hello, proof, welcome. A side that objects
 * sends a refusal with its reason instead, so that both operators read why. Works on any pair of
 * frame pipes; the libp2p adapter and the in-memory twin share it.
 */
import {
  type Address,
  accept,
  EMPTY_BYTES,
  encodeRlp,
  type Refusal,
  type Result,
  readRlp,
  refuse,
  type Signer,
  utf8ToBytes,
} from '@veche/primitives'
import {
  type ChainIdentity,
  checkFork,
  checkHello,
  checkProof,
  cleanAgent,
  decodeHello,
  encodeHello,
  type Hello,
  isReflected,
  negotiateVersion,
  type ProofContext,
  proofDigest,
} from './hello.ts'
import { HELLO_BYTES_MAX, PROOF_BYTES_MAX } from './limits.ts'

/** the largest frame of a handshake */
export const HANDSHAKE_FRAME_BYTES_MAX: number = HELLO_BYTES_MAX + 1
/** all frames one side may send */
export const HANDSHAKE_TOTAL_BYTES_MAX: number = 4 * (HANDSHAKE_FRAME_BYTES_MAX + 4)

const TAG_HELLO = 1
const TAG_PROOF = 2
const TAG_WELCOME = 3
const TAG_REFUSAL = 4

/** Both ends of one exchange of frames with the peer. */
export interface FramePipe {
  /** sends one frame made of parts */
  send(...parts: readonly Uint8Array[]): void
  /** the next frame, or undefined when the peer is gone or the time is over */
  receive(): Promise<Uint8Array | undefined>
}

export interface HandshakeSide {
  readonly chain: ChainIdentity
  readonly hello: Hello
  readonly ownPeerId: string
  readonly remotePeerId: string
  readonly signer?: Signer | undefined
  /** the peer follows a fork that this node does not know; called before it is turned away */
  readonly onStale?: (remote: RemoteSide) => void
  /** last word before the welcome: quota and bans; a refusal turns the peer away */
  readonly admit: (remote: RemoteSide) => Refusal | undefined
}

export interface RemoteSide {
  readonly hello: Hello
  /** the newest protocol that both speak */
  readonly protocolVersion: number
  /** the key the peer proved */
  readonly validator?: Address
}

function decodeRefusal(body: Uint8Array): Refusal {
  const read = readRlp(body, (reader) => ({
    code: cleanAgent(String.fromCharCode(...reader.bytes({ max: 64 }))),
    reason: cleanAgent(String.fromCharCode(...reader.bytes({ max: 512 }))),
  }))
  return 'value' in read
    ? refuse('PEER_REFUSED_US', `${read.value.code}: ${read.value.reason}`)
    : refuse('PEER_MALFORMED', `refusal: ${read.reason}`)
}

async function receiveTagged(pipe: FramePipe, tag: number): Promise<Result<Uint8Array>> {
  const frame = await pipe.receive()
  if (frame === undefined)
    return refuse('PEER_HANDSHAKE_TIMEOUT', 'a handshake frame expected, got none in time')
  const body = frame.subarray(1)
  if (frame[0] === tag) return accept(body)
  if (frame[0] === TAG_REFUSAL) return decodeRefusal(body)
  return refuse('PEER_MALFORMED', `handshake frame ${tag} expected, got ${frame[0]}`)
}

function sendRefusal(pipe: FramePipe, refusal: Refusal): void {
  const body = encodeRlp([
    utf8ToBytes(refusal.code.slice(0, 64)),
    utf8ToBytes(refusal.reason.slice(0, 512)),
  ])
  pipe.send(Uint8Array.of(TAG_REFUSAL), body)
}

async function exchangeHello(pipe: FramePipe, side: HandshakeSide): Promise<Result<Hello>> {
  pipe.send(Uint8Array.of(TAG_HELLO), encodeHello(side.hello))
  const frame = await receiveTagged(pipe, TAG_HELLO)
  if (!frame.ok) return frame
  const hello = decodeHello(frame.value)
  if (!hello.ok) return hello
  if (isReflected(side.hello, hello.value))
    return refuse('PEER_MALFORMED', 'a nonce of its own expected')
  return checkHello(side.chain, hello.value) ?? hello
}

function proofContext(side: HandshakeSide, provesUs: boolean, nonce: Uint8Array): ProofContext {
  const { chainId, genesisHash } = side.chain
  const [prover, verifier] = provesUs
    ? [side.ownPeerId, side.remotePeerId]
    : [side.remotePeerId, side.ownPeerId]
  return { chainId, genesisHash, prover, verifier, nonce }
}

async function exchangeProof(
  pipe: FramePipe,
  side: HandshakeSide,
  hello: Hello,
): Promise<Result<RemoteSide>> {
  const version = negotiateVersion(side.chain, hello)
  if (!version.ok) return version
  const protocolVersion = version.value
  const own = proofContext(side, true, hello.nonce)
  const signature = (await side.signer?.sign(proofDigest(own))) ?? EMPTY_BYTES
  pipe.send(Uint8Array.of(TAG_PROOF), signature)
  const frame = await receiveTagged(pipe, TAG_PROOF)
  if (!frame.ok) return frame
  if (frame.value.length > PROOF_BYTES_MAX)
    return refuse('PEER_MALFORMED', `proof of at most ${PROOF_BYTES_MAX} bytes expected`)
  if (hello.role === 'observer') {
    if (frame.value.length === 0) return accept({ hello, protocolVersion })
    return refuse('PEER_PROOF_INVALID', 'no proof expected from an observer')
  }
  const proof = checkProof(proofContext(side, false, side.hello.nonce), frame.value)
  return proof.ok ? accept({ hello, protocolVersion, validator: proof.value }) : proof
}

/**
 * Runs the handshake to its end. Accepts with what the peer told and proved; refuses with a
 * `PEER_…` code. A refusal by us was sent to the peer before.
 */
export async function shakeHands(
  pipe: FramePipe,
  side: HandshakeSide,
): Promise<Result<RemoteSide>> {
  const verdict = await negotiate(pipe, side)
  if (!verdict.ok && verdict.code !== 'PEER_REFUSED_US') sendRefusal(pipe, verdict)
  return verdict
}

async function negotiate(pipe: FramePipe, side: HandshakeSide): Promise<Result<RemoteSide>> {
  const hello = await exchangeHello(pipe, side)
  if (!hello.ok) return hello
  const remote = await exchangeProof(pipe, side, hello.value)
  if (!remote.ok) return remote
  const fork = checkFork(side.chain.forkId, hello.value.forkId)
  if (fork.verdict === 'stale') side.onStale?.(remote.value)
  const objection = fork.refusal ?? side.admit(remote.value)
  if (objection !== undefined) return objection
  pipe.send(Uint8Array.of(TAG_WELCOME))
  const welcome = await receiveTagged(pipe, TAG_WELCOME)
  return welcome.ok ? remote : welcome
}
