/**
 * What several tests of this package share: validator signers, networks on loopback, and waiting.
 */
import {
  type Address,
  type Network,
  type NetworkHandlers,
  type PeerInfo,
  type RequestKind,
  type Signer,
  secretKeyToAddress,
  signDigest,
} from '@veche/primitives'
import { fixedForkFilter } from '../src/fork-id.ts'

export const GENESIS = `0x${'ab'.repeat(32)}` as const
export const CHAIN = {
  chainId: 1337,
  genesisHash: GENESIS,
  forkId: fixedForkFilter('0x01020304'),
} as const

/** A signer over the secret key of 32 bytes `n`. */
export function createTestSigner(n: number): Signer {
  const secretKey = new Uint8Array(32).fill(n)
  return {
    address: secretKeyToAddress(secretKey),
    sign: async (digest) => signDigest(digest, secretKey),
  }
}

/** Everything a network handed to its caller, in order. */
export interface Recorder extends NetworkHandlers {
  readonly consensus: { from: PeerInfo; message: Uint8Array }[]
  readonly transactions: { from: string; raw: readonly Uint8Array[] }[]
  readonly blocks: { from: PeerInfo; block: Uint8Array }[]
  readonly connected: PeerInfo[]
  readonly disconnected: string[]
  readonly requests: { from: PeerInfo; kind: RequestKind; payload: Uint8Array }[]
  answer: (kind: RequestKind, payload: Uint8Array) => Promise<readonly Uint8Array[]>
}

export function createRecorder(): Recorder {
  const recorder: Recorder = {
    consensus: [],
    transactions: [],
    blocks: [],
    connected: [],
    disconnected: [],
    requests: [],
    answer: async () => [],
    onConsensus: (from, message) => void recorder.consensus.push({ from, message }),
    onTransactions: (from, raw) => void recorder.transactions.push({ from, raw }),
    onBlock: (from, block) => void recorder.blocks.push({ from, block }),
    onRequest: (from, kind, payload) => {
      recorder.requests.push({ from, kind, payload })
      return recorder.answer(kind, payload)
    },
    onPeerConnected: (peer) => void recorder.connected.push(peer),
    onPeerDisconnected: (peerId) => void recorder.disconnected.push(peerId),
  }
  return recorder
}

/** Resolves when `condition` holds; rejects with what was expected after `timeoutMs`. */
export async function until(
  what: string,
  condition: () => boolean,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!condition()) {
    if (performance.now() > deadline) throw new DOMException(`${what} expected`, 'TimeoutError')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

export function addressesOf(signers: readonly Signer[]): Address[] {
  return signers.map((signer) => signer.address)
}

export async function stopAll(networks: readonly Network[]): Promise<void> {
  await Promise.all(networks.map((network) => network.stop()))
}
