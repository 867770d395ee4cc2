/**
 * Two validators on loopback sockets: how long a vote, a transaction and a block take between them.
 */
import { createNetwork, createNodeKey, fixedForkFilter } from '@veche/network'
import {
  type Network,
  type NetworkHandlers,
  type Signer,
  secretKeyToAddress,
  signDigest,
} from '@veche/primitives'

export const name = 'network/round-trip'

const CHAIN = {
  chainId: 20_190,
  genesisHash: `0x${'ab'.repeat(32)}`,
  forkId: fixedForkFilter('0x01020304'),
} as const
/** a signed vote, and a transaction of one document */
const VOTE = new Uint8Array(180).fill(1)
const TRANSACTION_BYTES = 200

function makeSigner(n: number): Signer {
  const secretKey = new Uint8Array(32).fill(n)
  return {
    address: secretKeyToAddress(secretKey),
    sign: async (digest) => signDigest(digest, secretKey),
  }
}

/** What waits for the next message of one kind. */
interface Waiting {
  consensus?: (() => void) | undefined
  transactions?: (() => void) | undefined
}

interface Pair {
  readonly a: Network
  readonly b: Network
  readonly waiting: Waiting
}

const block = new Uint8Array(100_000).fill(3)

/** `onPair` hears when the peers know each other. */
function handlersOf(waiting: Waiting, onPair: () => void, echo?: () => Network): NetworkHandlers {
  return {
    onConsensus(_from, message) {
      if (echo === undefined) waiting.consensus?.()
      else echo().broadcast(message)
    },
    onTransactions: () => waiting.transactions?.(),
    onBlock: () => undefined,
    onRequest: async () => [block],
    onPeerConnected: onPair,
    onPeerDisconnected: () => undefined,
  }
}

async function openPair(): Promise<Pair> {
  const signers = [makeSigner(1), makeSigner(2)] as const
  const validators = signers.map(({ address }) => address)
  const listenAddresses = ['/ip4/127.0.0.1/tcp/0']
  const open = (signer: Signer, bootnodes: readonly string[]): Promise<Network> =>
    createNetwork({ ...CHAIN, nodeKey: createNodeKey(), listenAddresses, bootnodes, signer })
  const waiting: Waiting = {}
  const met: Promise<void>[] = []
  const hear = (): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    met.push(promise)
    return resolve
  }
  const a = await open(signers[0], [])
  await a.start(handlersOf(waiting, hear()))
  const b = await open(signers[1], a.addresses)
  for (const network of [a, b]) network.setValidators(validators)
  await b.start(handlersOf(waiting, hear(), () => b))
  await Promise.all(met)
  return { a, b, waiting }
}

let opening: Promise<Pair> | undefined
const pair = (): Promise<Pair> => {
  opening ??= openPair()
  return opening
}

/** Sends, and sends again while a stream or a mesh is still being made: delivery is best effort. */
async function insist(send: () => void, answer: Promise<void>): Promise<void> {
  send()
  const timer = setInterval(send, 500)
  await answer
  clearInterval(timer)
}

/** One message there and back on the consensus stream. */
async function voteRoundTrip(): Promise<number> {
  const { a, waiting } = await pair()
  const answered = Promise.withResolvers<void>()
  waiting.consensus = () => answered.resolve()
  await insist(() => a.broadcast(VOTE), answered.promise)
  return VOTE.length
}

let transactions = 0

/** One transaction from one node to the other by gossip, each a new one. */
async function gossipTransaction(): Promise<number> {
  const { b, waiting } = await pair()
  const heard = Promise.withResolvers<void>()
  waiting.transactions = () => heard.resolve()
  const publish = (): void => {
    const raw = new Uint8Array(TRANSACTION_BYTES)
    new DataView(raw.buffer).setUint32(0, ++transactions)
    b.publishTransactions([raw])
  }
  await insist(publish, heard.promise)
  return TRANSACTION_BYTES
}

async function requestBlock(): Promise<number> {
  const { a, b } = await pair()
  const parts = await a.request(b.peerId, 'blocks', Uint8Array.of(1))
  return parts.reduce((sum, part) => sum + part.length, 0)
}

/** The same three exchanges in both sizes: a round trip has no size. */
export function cases(_size: 'smoke' | 'full') {
  return [
    { name: `network/vote there and back bytes=${VOTE.length}`, async: true, run: voteRoundTrip },
    {
      name: `network/transaction gossip bytes=${TRANSACTION_BYTES}`,
      async: true,
      run: gossipTransaction,
    },
    { name: `network/request block bytes=${block.length}`, async: true, run: requestBlock },
  ]
}

/** Stops both nodes. */
export async function close(): Promise<void> {
  if (opening === undefined) return
  const { a, b } = await opening
  opening = undefined
  await Promise.all([a.stop(), b.stop()])
}
