/**
 * What waits in the pool: txpool_status, txpool_content, txpool_contentFrom, txpool_inspect (geth).
 */
import type { TransactionView } from '@veche/primitives'
import type { PoolContent } from '../backend.ts'
import { address } from '../decode.ts'
import { transactionToJson } from '../encode.ts'
import { type Json, type JsonObject, quantity } from '../json.ts'
import { type Method, method, required } from '../method.ts'

type Write = (view: TransactionView) => Json

/** nonce (decimal) → transaction */
function byNonce(views: readonly TransactionView[], write: Write): JsonObject {
  return Object.fromEntries(views.map((view) => [`${view.nonce}`, write(view)]))
}

/** sender → nonce → transaction */
function bySender(views: readonly TransactionView[], write: Write): JsonObject {
  const groups = Map.groupBy(views, (view) => view.from)
  return Object.fromEntries([...groups].map(([from, group]) => [from, byNonce(group, write)]))
}

const whole: Write = (view) => transactionToJson(view)

/** geth's one-line form */
const line: Write = (view) =>
  `${view.to ?? 'contract creation'}: ${view.value} wei + ${view.gas} gas × ${
    view.gasPrice ?? view.maxFeePerGas ?? 0n
  } wei`

function contentToJson(content: PoolContent, write: Write): JsonObject {
  return { pending: bySender(content.pending, write), queued: bySender(content.queued, write) }
}

export const poolMethods: readonly Method[] = [
  method({
    name: 'txpool_status',
    params: [],
    handle: ({ backend }) => {
      const { pending, queued } = backend.poolStatus()
      return { pending: quantity(pending), queued: quantity(queued) }
    },
  }),
  method({
    name: 'txpool_content',
    params: [],
    weight: 20,
    handle: ({ backend }) => contentToJson(backend.poolContent(), whole),
  }),
  method({
    name: 'txpool_contentFrom',
    params: [required('address', address)],
    weight: 4,
    handle: ({ backend }, from) => {
      const { pending, queued } = backend.poolContent(from)
      return { pending: byNonce(pending, whole), queued: byNonce(queued, whole) }
    },
  }),
  method({
    name: 'txpool_inspect',
    params: [],
    weight: 20,
    handle: ({ backend }) => contentToJson(backend.poolContent(), line),
  }),
]
