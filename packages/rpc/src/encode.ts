/**
 * Blocks, transactions, receipts and logs as geth prints them (execution-apis schema): quantities
 * minimal, data whole, `null` where a pending transaction has no block, no field that the block's
 * fork or the transaction's type does not have. `extraData` is the header's own with its
 * certificate, so `hash` is the QBFT hash (round 0, no seals), as Besu answers.
 */
import {
  type Authorization,
  bytesToHex,
  encodeBlock,
  type Header,
  type Log,
  type Receipt,
  type TransactionView,
  transactionHash,
} from '@veche/primitives'
import { type HeaderAt, recipientOf } from './chain.ts'
import { type Json, type JsonObject, quantity } from './json.ts'

const optionalQuantity = (value: bigint | undefined): Json | undefined =>
  value === undefined ? undefined : quantity(value)

/** A header: the payload of newHeads, and the first part of a block. */
export function headerToJson({ header, hash }: HeaderAt): JsonObject {
  return {
    number: quantity(header.number),
    hash,
    parentHash: header.parentHash,
    nonce: header.nonce,
    mixHash: header.mixHash,
    sha3Uncles: header.ommersHash,
    logsBloom: bytesToHex(header.logsBloom),
    stateRoot: header.stateRoot,
    miner: header.coinbase,
    difficulty: quantity(header.difficulty),
    extraData: bytesToHex(header.extraData),
    gasLimit: quantity(header.gasLimit),
    gasUsed: quantity(header.gasUsed),
    timestamp: quantity(header.timestamp),
    transactionsRoot: header.transactionsRoot,
    receiptsRoot: header.receiptsRoot,
    baseFeePerGas: optionalQuantity(header.baseFeePerGas),
    withdrawalsRoot: header.withdrawalsRoot,
    blobGasUsed: optionalQuantity(header.blobGasUsed),
    excessBlobGas: optionalQuantity(header.excessBlobGas),
    parentBeaconBlockRoot: header.parentBeaconBlockRoot,
    requestsHash: header.requestsHash,
  }
}

/** A block around its transactions, which are hashes or objects. `size` is its RLP in bytes. */
export function blockToJson(
  at: HeaderAt,
  body: readonly Uint8Array[],
  transactions: readonly Json[],
): JsonObject {
  return {
    ...headerToJson(at),
    size: quantity(encodeBlock({ header: at.header, transactions: body }).length),
    transactions,
    uncles: [],
    withdrawals: at.header.withdrawalsRoot === undefined ? undefined : [],
  }
}

function authorizationToJson(authorization: Authorization): JsonObject {
  return {
    chainId: quantity(authorization.chainId),
    address: authorization.address,
    nonce: quantity(authorization.nonce),
    yParity: quantity(authorization.yParity),
    r: quantity(authorization.r),
    s: quantity(authorization.s),
  }
}

/** Where a transaction stands in a final block. */
export interface Position {
  readonly at: HeaderAt
  readonly index: number
}

/** What the sender pays per gas: EIP-1559 inside a block, the cap while pending (as geth). */
function gasPriceOf(view: TransactionView, header: Header | undefined): bigint {
  if (view.gasPrice !== undefined) return view.gasPrice
  const cap = view.maxFeePerGas ?? 0n
  if (header === undefined) return cap
  const price = (header.baseFeePerGas ?? 0n) + (view.maxPriorityFeePerGas ?? 0n)
  return price < cap ? price : cap
}

/** A transaction of a block, or of the pool when there is no position. */
export function transactionToJson(view: TransactionView, position?: Position): JsonObject {
  const { at, index } = position ?? {}
  return {
    blockHash: at?.hash ?? null,
    blockNumber: at === undefined ? null : quantity(at.number),
    blockTimestamp: at === undefined ? null : quantity(at.header.timestamp),
    transactionIndex: index === undefined ? null : quantity(index),
    hash: view.hash,
    type: quantity(view.type),
    from: view.from,
    to: view.to,
    nonce: quantity(view.nonce),
    value: quantity(view.value),
    gas: quantity(view.gas),
    gasPrice: quantity(gasPriceOf(view, at?.header)),
    maxFeePerGas: optionalQuantity(view.maxFeePerGas),
    maxPriorityFeePerGas: optionalQuantity(view.maxPriorityFeePerGas),
    maxFeePerBlobGas: optionalQuantity(view.maxFeePerBlobGas),
    blobVersionedHashes: view.blobVersionedHashes,
    input: bytesToHex(view.input),
    accessList: view.accessList?.map(({ address, storageKeys }) => ({ address, storageKeys })),
    authorizationList: view.authorizationList?.map(authorizationToJson),
    chainId: optionalQuantity(view.chainId),
    v: quantity(view.v),
    yParity: view.yParity === undefined ? undefined : quantity(view.yParity),
    r: quantity(view.r),
    s: quantity(view.s),
  }
}

/** Where a log stands: its transaction's position and its index in the block. */
export interface LogPosition {
  readonly at: HeaderAt
  readonly transactionHash: string
  readonly transactionIndex: number
  readonly logIndex: number
}

export function logToJson(log: Log, position: LogPosition): JsonObject {
  return {
    address: log.address,
    topics: log.topics,
    data: bytesToHex(log.data),
    blockNumber: quantity(position.at.number),
    blockHash: position.at.hash,
    blockTimestamp: quantity(position.at.header.timestamp),
    transactionHash: position.transactionHash,
    transactionIndex: quantity(position.transactionIndex),
    logIndex: quantity(position.logIndex),
    removed: false,
  }
}

/** One receipt with what its block says about it. */
export interface ReceiptPlace {
  readonly receipt: Receipt
  readonly raw: Uint8Array
  readonly position: Position
  /** logs of the block before this receipt's */
  readonly logsBefore: number
}

export function receiptToJson({ receipt, raw, position, logsBefore }: ReceiptPlace): JsonObject {
  const { at, index } = position
  const hash = transactionHash(raw)
  return {
    blockHash: at.hash,
    blockNumber: quantity(at.number),
    transactionHash: hash,
    transactionIndex: quantity(index),
    type: quantity(receipt.type),
    status: quantity(receipt.status),
    from: receipt.from,
    to: recipientOf(raw),
    contractAddress: receipt.contractAddress ?? null,
    gasUsed: quantity(receipt.gasUsed),
    cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
    effectiveGasPrice: quantity(receipt.effectiveGasPrice),
    logs: receipt.logs.map((log, k) =>
      logToJson(log, {
        at,
        transactionHash: hash,
        transactionIndex: index,
        logIndex: logsBefore + k,
      }),
    ),
    logsBloom: bytesToHex(receipt.logsBloom),
  }
}
