/**
 * The port through which JSON-RPC sees a node: types only. `node` implements it over storage,
 * execution, pool and network; `test/twin.ts` is its in-memory twin. Reads of final blocks are
 * synchronous (LevelDB is read synchronously and every block is final, so answers never change);
 * everything that may run the EVM or walk the trie is asynchronous and may live in a worker.
 */
import type {
  AccessListItem,
  Account,
  Address,
  Authorization,
  Hash,
  Header,
  Receipt,
  Result,
  TransactionLocation,
  TransactionView,
} from '@veche/primitives'
import type { NodeStatus } from './status.ts'

/** Replaces parts of one account for the time of a call (geth's state override set). */
export interface AccountOverride {
  readonly nonce?: bigint
  /** wei */
  readonly balance?: bigint
  readonly code?: Uint8Array
  /** replaces the whole storage; 32-byte slot → 32-byte value; excludes `stateDiff` */
  readonly state?: ReadonlyMap<Hash, Hash>
  /** replaces single slots; excludes `state` */
  readonly stateDiff?: ReadonlyMap<Hash, Hash>
  /** the precompile at this address answers there instead */
  readonly movePrecompileTo?: Address
}

/** Replaces fields of the block a call runs in. */
export interface BlockOverride {
  readonly number?: bigint
  /** unix seconds */
  readonly time?: bigint
  readonly gasLimit?: bigint
  readonly feeRecipient?: Address
  readonly prevRandao?: Hash
  /** wei per gas */
  readonly baseFeePerGas?: bigint
  /** wei per blob gas */
  readonly blobBaseFee?: bigint
}

/** A transaction that is not signed, as eth_call and its relatives take it. */
export interface CallRequest {
  /** default: the zero address */
  readonly from?: Address
  /** absent: a creation */
  readonly to?: Address
  /** gas limit; default and maximum: the backend's gas cap */
  readonly gas?: bigint
  /** wei per gas; excludes the two caps below */
  readonly gasPrice?: bigint
  readonly maxFeePerGas?: bigint
  readonly maxPriorityFeePerGas?: bigint
  /** wei */
  readonly value?: bigint
  readonly nonce?: bigint
  readonly input: Uint8Array
  readonly accessList?: readonly AccessListItem[]
  readonly authorizationList?: readonly Authorization[]
}

/** Where and under which pretences a call runs. */
export interface CallContext {
  /** the state after this final block */
  readonly number: number
  readonly stateOverrides?: ReadonlyMap<Address, AccountOverride>
  readonly blockOverrides?: BlockOverride
}

/**
 * Why a call gave no output.
 * - `revert`: REVERT was reached, `output` is its data (JSON-RPC code 3)
 * - `halt`: the EVM stopped; `reason` is geth's text, such as `out of gas` or `invalid opcode:
 *   INVALID`
 * - `refused`: it never ran; `reason` is geth's text, such as `insufficient funds for gas * price +
 *   value`
 * - `timeout`: it ran longer than the backend allows and was stopped
 */
export type CallFailure =
  | { readonly kind: 'revert'; readonly output: Uint8Array; readonly gasUsed: bigint }
  | { readonly kind: 'halt'; readonly reason: string; readonly gasUsed: bigint }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'timeout'; readonly limitMs: number }

export type CallOutcome =
  | { readonly kind: 'success'; readonly output: Uint8Array; readonly gasUsed: bigint }
  | CallFailure

export type EstimateOutcome = { readonly kind: 'success'; readonly gas: bigint } | CallFailure

export type AccessListOutcome =
  | {
      readonly kind: 'success'
      readonly accessList: readonly AccessListItem[]
      readonly gasUsed: bigint
      /** the execution itself failed with this text; the list is still what it touched */
      readonly error?: string
    }
  | CallFailure

/** EIP-1186, trie nodes from the root down. */
export interface AccountProof {
  /** absent: the proof proves that there is no such account */
  readonly account?: Account
  /** RLP of trie nodes */
  readonly accountProof: readonly Uint8Array[]
  /** one for each slot asked, in that order */
  readonly storageProof: readonly SlotProof[]
}

export interface SlotProof {
  readonly slot: Hash
  /** without leading zeros; empty for zero */
  readonly value: Uint8Array
  /** RLP of trie nodes; empty for an empty storage */
  readonly proof: readonly Uint8Array[]
}

/** A node that is behind what its peers announce. */
export interface SyncStatus {
  readonly startingBlock: number
  readonly currentBlock: number
  readonly highestBlock: number
}

/** `pending` can be in the next block; `queued` waits for a lower nonce. */
export interface PoolStatus {
  readonly pending: number
  readonly queued: number
}

export interface PoolContent {
  readonly pending: readonly TransactionView[]
  readonly queued: readonly TransactionView[]
}

/** A member of the validator contract. */
export interface MemberStanding {
  readonly address: Address
  /** keccak256 of the organisation's name */
  readonly organisation: Hash | undefined
  /** signs blocks still, has no vote on the set, and loses its seat as soon as the limits allow */
  readonly leaving: boolean
  /** hash of the evidence that suspended it */
  readonly suspended: Hash | undefined
}

export type Unsubscribe = () => void

/**
 * What a node offers to JSON-RPC. Block numbers given to it are those of final blocks (0 to
 * `head()`), and it answers for each of them; state of a block that is no longer kept is a
 * `VecheError` with code `STATE_UNAVAILABLE`.
 */
export interface RpcBackend {
  /** EIP-155 */
  readonly chainId: number
  /** `veche/v0.1.0/linux-x64/node24` */
  readonly clientVersion: string

  /** number of the last final block */
  head(): number
  /** header with its certificate */
  header(number: number): Header | undefined
  /** raw transactions */
  body(number: number): readonly Uint8Array[] | undefined
  receipts(number: number): readonly Receipt[] | undefined
  /**
   * numbers of set-change headers (their vanity names another set than they list) from `from` to
   * the head, ascending, at most `countMax`
   */
  setChanges(from: number, countMax: number): Promise<readonly number[]>
  numberOf(blockHash: Hash): number | undefined
  locate(transactionHash: Hash): TransactionLocation | undefined
  /**
   * decodes a raw transaction; `sender` is given when it is already known from a receipt, so that
   * it need not be recovered
   */
  decodeTransaction(raw: Uint8Array, sender?: Address): Result<TransactionView>
  /** wei per gas of the block after the head */
  nextBaseFeePerGas(): bigint

  accountAt(number: number, address: Address): Promise<Account | undefined>
  /** without leading zeros; empty for zero */
  slotAt(number: number, address: Address, slot: Hash): Promise<Uint8Array>
  codeAt(number: number, address: Address): Promise<Uint8Array>
  proof(number: number, address: Address, slots: readonly Hash[]): Promise<AccountProof>
  call(request: CallRequest, context: CallContext): Promise<CallOutcome>
  estimateGas(request: CallRequest, context: CallContext): Promise<EstimateOutcome>
  createAccessList(request: CallRequest, context: CallContext): Promise<AccessListOutcome>

  /**
   * what the validator contract says after a block (in force two blocks later); undefined when
   * there is none or it does not answer
   */
  members(number: number): Promise<readonly MemberStanding[] | undefined>

  /** offers a raw transaction to the pool and, when admitted, to the network */
  submit(raw: Uint8Array): Promise<Result<Hash>>
  poolStatus(): PoolStatus
  /** of one sender when `from` is given; ascending nonce inside a sender */
  poolContent(from?: Address): PoolContent
  pooled(transactionHash: Hash): TransactionView | undefined
  /** the nonce after the sender's last executable pooled transaction; undefined when it has none */
  pendingNonce(address: Address): bigint | undefined

  /** undefined when the node is not behind */
  syncing(): SyncStatus | undefined
  peerCount(): number
  /** this node as its operator sees it */
  status(): NodeStatus

  /** called once for every final block, in order, after it is durable and readable */
  onHead(listener: (number: number) => void): Unsubscribe
  /** called when a transaction enters the pool as executable */
  onPendingTransaction(listener: (transactionHash: Hash) => void): Unsubscribe
  /** called when syncing begins (with a status) and ends (with undefined) */
  onSyncing(listener: (status: SyncStatus | undefined) => void): Unsubscribe
}
