/**
 * The seams of the house: types only. Every port has an in-memory twin and one conformance suite
 * that the real adapter and the twin both pass (`conformance/*.ts` of the package that owns it).
 */
import type { Address, Hash } from './bytes.ts'
import type { Header } from './header.ts'
import type { Account, CommitBatch, Receipt, TransactionLocation } from './types.ts'

/** Wall clock; the only source of time for `node`. */
export interface Clock {
  nowMs(): number
}

/** Holds one secret key: a keystore file now, a remote signer or an HSM later. */
export interface Signer {
  readonly address: Address
  /** 65 bytes r ‖ s ‖ v over a 32-byte digest */
  sign(digest: Uint8Array): Promise<Uint8Array>
}

/** The flat state after the head block. Reads are synchronous; memory first, LevelDB on a miss. */
export interface StateReader {
  account(address: Address): Account | undefined
  /** value without leading zeros; undefined for zero */
  slot(address: Address, slot: Hash): Uint8Array | undefined
  code(hash: Hash): Uint8Array | undefined
  /** RLP of a trie node of this or any earlier block */
  trieNode(hash: Hash): Uint8Array | undefined
}

/** Final blocks and the state after the last one. Storage implements it. */
export interface ChainStore extends StateReader {
  /** the last final block */
  head(): { readonly number: number; readonly hash: Hash }
  /** header with its certificate */
  header(number: number): Header | undefined
  /** raw transactions */
  body(number: number): readonly Uint8Array[] | undefined
  receipts(number: number): readonly Receipt[] | undefined
  numberOf(hash: Hash): number | undefined
  locate(transactionHash: Hash): TransactionLocation | undefined
  /** the set in force at number + 2, as the state after `number` says */
  validatorsAfterNext(number: number): readonly Address[] | undefined
  /**
   * blocks from `from` on, ascending, after which `validatorsAfterNext` is another than after the
   * block before; a bounded number of them
   */
  setChanges(from: number, countMax: number): Promise<readonly number[]>
  /** One durable batch; resolves after fsync. The block must follow the head. */
  commit(batch: CommitBatch): Promise<void>
  close(): Promise<void>
}

/** Durable, ordered, append-only. Storage implements it; consensus gives the payloads meaning. */
export interface WriteAheadLog {
  /** payloads of the present file in order, read when opened */
  readonly replayed: readonly Uint8Array[]
  /** appends all and fsyncs once; resolves when durable */
  append(payloads: readonly Uint8Array[]): Promise<void>
  /** starts a new file with `first` as its first records, durable before the old file goes */
  rotate(first: readonly Uint8Array[]): Promise<void>
  close(): Promise<void>
}

/** How far a peer says its clock is from ours; its word only. */
export interface PeerClockInfo {
  /** its clock minus ours, milliseconds */
  readonly aheadMs: number
  /** half the round trip: how wrong the measurement may be, milliseconds */
  readonly errorMs: number
}

export interface PeerInfo {
  readonly peerId: string
  readonly address: string
  /** proven validator key, when the peer proved one */
  readonly validator?: Address
  readonly agent: string
  readonly head: { readonly number: number; readonly hash: Hash }
  readonly inbound: boolean
  /** of validators of the set, from soon after they connect */
  readonly clock?: PeerClockInfo
}

/**
 * `blocks`: sealed blocks by number; `body`: one candidate block by hash; `transactions`: some of
 * its transactions by place
 */
export type RequestKind = 'blocks' | 'body' | 'transactions'

export interface NetworkHandlers {
  onConsensus(from: PeerInfo, message: Uint8Array): void
  onTransactions(from: string, raw: readonly Uint8Array[]): void
  /** a newly final block, sealed, pushed by a peer */
  onBlock(from: PeerInfo, block: Uint8Array): void
  /** answers a peer's request with bounded parts */
  onRequest(from: PeerInfo, kind: RequestKind, payload: Uint8Array): Promise<readonly Uint8Array[]>
  onPeerConnected(peer: PeerInfo): void
  onPeerDisconnected(peerId: string): void
}

/** Delivery between nodes; judges size, rate and identity, never meaning. Network implements it. */
export interface Network {
  readonly peerId: string
  /** multiaddrs others can dial */
  readonly addresses: readonly string[]
  start(handlers: NetworkHandlers): Promise<void>
  stop(): Promise<void>
  peers(): readonly PeerInfo[]
  /** the keys whose proven holders receive consensus messages */
  setValidators(validators: readonly Address[]): void
  /** the head told to peers in handshakes and head updates */
  setHead(head: { readonly number: number; readonly hash: Hash }): void
  broadcast(message: Uint8Array): void
  /** to one connected validator; false when it is not connected or its queue is full */
  send(to: Address, message: Uint8Array): boolean
  publishTransactions(raw: readonly Uint8Array[]): void
  /**
   * pushes a final block to every connected peer, but for the proven holders of the keys `except`
   */
  announceBlock(number: number, block: Uint8Array, except?: ReadonlySet<Address>): void
  request(peerId: string, kind: RequestKind, payload: Uint8Array): Promise<readonly Uint8Array[]>
  /** a peer broke the rules: lowers its score, disconnects and bans it for a while when too low */
  penalize(peerId: string, code: string): void
  dial(address: string): Promise<void>
}
