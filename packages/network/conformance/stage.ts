/** Peers of the conformance cases: started, connected in pairs or a mesh, with what they heard. */
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
import * as assert from 'uvu/assert'
import { createNodeKey, fixedForkFilter, type NetworkOptions } from '../src/index.ts'

/** Creates one network that listens where others of the same factory can dial it. */
export type NetworkFactory = (options: Omit<NetworkOptions, 'listenAddresses'>) => Promise<Network>

export interface Case {
  readonly title: string
  run(create: NetworkFactory): Promise<void>
}

export const CHAIN = {
  chainId: 1337,
  genesisHash: `0x${'ab'.repeat(32)}`,
  forkId: fixedForkFilter('0x01020304'),
} as const

export function createSigner(n: number): Signer {
  const secretKey = new Uint8Array(32).fill(n)
  return {
    address: secretKeyToAddress(secretKey),
    sign: async (digest) => signDigest(digest, secretKey),
  }
}

export const signers: readonly Signer[] = [1, 2, 3, 4].map(createSigner)
export const keys: readonly Address[] = signers.map((signer) => signer.address)

export interface Heard {
  readonly consensus: (readonly [PeerInfo, Uint8Array])[]
  readonly transactions: Uint8Array[]
  readonly blocks: Uint8Array[]
  readonly connected: PeerInfo[]
  readonly disconnected: string[]
  readonly questions: (readonly [string, RequestKind, Uint8Array])[]
}

export interface Peer {
  readonly network: Network
  readonly heard: Heard
  /** what this peer answers to requests */
  answer: () => Promise<readonly Uint8Array[]>
  readonly logged: string[]
}

export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 15_000
  while (!condition()) {
    if (performance.now() > deadline) assert.unreachable(`${what}: not within 15 s`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

export async function start(
  create: NetworkFactory,
  options: Partial<NetworkOptions> = {},
): Promise<Peer> {
  const logged: string[] = []
  const network = await create({
    ...CHAIN,
    nodeKey: createNodeKey(),
    logger: (_level, _message, facts) => void logged.push(String(facts['code'])),
    ...options,
  })
  const heard: Heard = {
    consensus: [],
    transactions: [],
    blocks: [],
    connected: [],
    disconnected: [],
    questions: [],
  }
  const peer: Peer = { network, heard, logged, answer: async () => [] }
  const handlers: NetworkHandlers = {
    onConsensus: (from, message) => void heard.consensus.push([from, message]),
    onTransactions: (_from, raw) => void heard.transactions.push(...raw),
    onBlock: (_from, block) => void heard.blocks.push(block),
    onRequest: (from, kind, payload) => {
      heard.questions.push([from.peerId, kind, payload])
      return peer.answer()
    },
    onPeerConnected: (info) => void heard.connected.push(info),
    onPeerDisconnected: (peerId) => void heard.disconnected.push(peerId),
  }
  network.setValidators(keys)
  await network.start(handlers)
  return peer
}

export function addressOf(peer: Peer): string {
  return peer.network.addresses[0] ?? ''
}

export function knows(peer: Peer, other: Peer): boolean {
  return peer.network.peers().some((info) => info.peerId === other.network.peerId)
}

/** Starts validators 1 to `count` on the first as bootnode and waits until all are connected. */
export async function startValidators(create: NetworkFactory, count: number): Promise<Peer[]> {
  const peers: Peer[] = []
  for (const signer of signers.slice(0, count)) {
    const [first] = peers
    const bootnodes = first === undefined ? [] : [addressOf(first)]
    peers.push(await start(create, { signer, bootnodes }))
  }
  await until('a full mesh', () => peers.every((peer) => peer.network.peers().length === count - 1))
  return peers
}

export async function stop(...peers: readonly Peer[]): Promise<void> {
  await Promise.all(peers.map((peer) => peer.network.stop()))
}

export async function pair(
  create: NetworkFactory,
  options: Partial<NetworkOptions> = {},
): Promise<readonly [Peer, Peer]> {
  const a = await start(create, { signer: signers[0] as Signer })
  const b = await start(create, { bootnodes: [addressOf(a)], ...options })
  await until('a connection', () => knows(a, b) && knows(b, a))
  return [a, b]
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'no error'
  } catch (error) {
    return String((error as { code?: unknown }).code)
  }
}
