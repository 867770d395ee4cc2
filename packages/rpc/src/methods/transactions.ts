/** Transactions: sending, and reading by hash and by place; raw bytes and receipts. */
import { bytesToHex, type Hash, TRANSACTION_BYTES_MAX } from '@veche/primitives'
import type { RpcBackend } from '../backend.ts'
import { bodyOf, type HeaderAt, headerAt } from '../chain.ts'
import { data, hash, index } from '../decode.ts'
import { type BlockSelector, blockNumber } from '../decode-block.ts'
import { transactionToJson } from '../encode.ts'
import { serverError } from '../errors.ts'
import { finalOrLater } from '../final-wait.ts'
import { type Answer, type Method, method, required } from '../method.ts'
import { receiptAt } from '../receipts.ts'
import { viewAt } from './blocks.ts'

interface Located {
  readonly at: HeaderAt
  readonly index: number
}

function locate(backend: RpcBackend, transactionHash: Hash): Located | undefined {
  const location = backend.locate(transactionHash)
  if (location === undefined) return undefined
  const at = headerAt(backend, { kind: 'number', number: location.number })
  return at === undefined ? undefined : { at, index: location.index }
}

function byHash(backend: RpcBackend, transactionHash: Hash): Answer {
  const located = locate(backend, transactionHash)
  if (located !== undefined)
    return transactionToJson(viewAt(backend, located.at, located.index), located)
  const pooled = backend.pooled(transactionHash)
  return pooled === undefined ? null : transactionToJson(pooled)
}

function byIndex(backend: RpcBackend, selector: BlockSelector, position: number): Answer {
  const at = headerAt(backend, selector)
  if (at === undefined || position >= bodyOf(backend, at.number).length) return null
  return transactionToJson(viewAt(backend, at, position), { at, index: position })
}

function rawByIndex(backend: RpcBackend, selector: BlockSelector, position: number): Answer {
  const at = headerAt(backend, selector)
  const raw = at === undefined ? undefined : bodyOf(backend, at.number)[position]
  return raw === undefined ? null : bytesToHex(raw)
}

function rawByHash(backend: RpcBackend, transactionHash: Hash): Answer {
  const located = locate(backend, transactionHash)
  const raw = located && bodyOf(backend, located.at.number)[located.index]
  return raw === undefined ? null : bytesToHex(raw)
}

async function send(backend: RpcBackend, raw: Uint8Array): Promise<Answer> {
  if (raw.length > TRANSACTION_BYTES_MAX)
    return serverError(
      `oversized data: transaction size ${raw.length}, limit ${TRANSACTION_BYTES_MAX}`,
    )
  const submitted = await backend.submit(raw)
  return submitted.ok ? submitted.value : serverError(submitted.reason)
}

export const transactionMethods: readonly Method[] = [
  method({
    name: 'eth_sendRawTransaction',
    params: [required('transaction', data)],
    weight: 4,
    handle: ({ backend }, raw) => send(backend, raw),
  }),
  method({
    name: 'eth_getTransactionByHash',
    params: [required('transactionHash', hash)],
    handle: ({ backend }, transactionHash) => byHash(backend, transactionHash),
  }),
  method({
    name: 'eth_getTransactionByBlockNumberAndIndex',
    params: [required('block', blockNumber), required('index', index)],
    handle: ({ backend }, selector, position) => byIndex(backend, selector, position),
  }),
  method({
    name: 'eth_getTransactionByBlockHashAndIndex',
    params: [required('blockHash', hash), required('index', index)],
    handle: ({ backend }, blockHash, position) =>
      byIndex(backend, { kind: 'hash', hash: blockHash }, position),
  }),
  method({
    name: 'eth_getRawTransactionByHash',
    params: [required('transactionHash', hash)],
    handle: ({ backend }, transactionHash) => rawByHash(backend, transactionHash),
  }),
  method({
    name: 'eth_getRawTransactionByBlockNumberAndIndex',
    params: [required('block', blockNumber), required('index', index)],
    handle: ({ backend }, selector, position) => rawByIndex(backend, selector, position),
  }),
  method({
    name: 'eth_getRawTransactionByBlockHashAndIndex',
    params: [required('blockHash', hash), required('index', index)],
    handle: ({ backend }, blockHash, position) =>
      rawByIndex(backend, { kind: 'hash', hash: blockHash }, position),
  }),
  method({
    name: 'eth_getTransactionReceipt',
    params: [required('transactionHash', hash)],
    weight: 2,
    handle: async ({ backend, batched }, transactionHash) => {
      if (!batched) await finalOrLater(backend, transactionHash)
      const located = locate(backend, transactionHash)
      if (located === undefined) return null
      return receiptAt(backend, located.at, located.index) ?? null
    },
  }),
]
