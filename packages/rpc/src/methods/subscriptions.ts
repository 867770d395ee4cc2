/** eth_subscribe and eth_unsubscribe, over WebSocket only. */
import { accept, type Hash, refuse } from '@veche/primitives'
import { boolean, type Decode, fieldsOf, hash, listOf, string } from '../decode.ts'
import { logFilter } from '../decode-filter.ts'
import { ERROR_CODES, invalidParams, RpcError } from '../errors.ts'
import { RECEIPT_HASHES_MAX } from '../limits.ts'
import { createMatcher } from '../log-query.ts'
import { type Method, method, optional, required } from '../method.ts'
import type { Topic } from '../session.ts'

const unsupported: RpcError = new RpcError(
  ERROR_CODES.methodNotFound,
  'notifications not supported over HTTP, use WebSocket',
)

const receiptOptions = fieldsOf({ transactionHashes: listOf(hash, RECEIPT_HASHES_MAX) })

/** How each topic reads its optional second parameter. */
const TOPICS: Readonly<Record<string, Decode<Topic>>> = {
  newHeads: () => accept({ kind: 'newHeads' }),
  syncing: () => accept({ kind: 'syncing' }),
  newPendingTransactions: (options) => {
    if (options === undefined) return accept({ kind: 'newPendingTransactions', whole: false })
    const whole = boolean(options)
    return whole.ok ? accept({ kind: 'newPendingTransactions', whole: whole.value }) : whole
  },
  logs: (options) => {
    const filter = logFilter(options ?? {})
    if (!filter.ok) return filter
    if (filter.value.blockHash !== undefined)
      return refuse('PARAMETER_INVALID', 'expected no blockHash, logs are followed from now on')
    return accept({ kind: 'logs', matcher: createMatcher(filter.value.pattern) })
  },
  transactionReceipts: (options) => {
    const decoded = receiptOptions(options ?? {})
    if (!decoded.ok) return decoded
    const hashes = new Set<Hash>(decoded.value.transactionHashes)
    return accept({ kind: 'transactionReceipts', hashes })
  },
}

const anything: Decode<unknown> = (value) => accept(value)

function decodeTopic(name: string, options: unknown): Topic | RpcError {
  const decode = Object.hasOwn(TOPICS, name) ? TOPICS[name] : undefined
  if (decode === undefined)
    return new RpcError(
      ERROR_CODES.methodNotFound,
      `no "${name.slice(0, 40)}" subscription, expected one of ${Object.keys(TOPICS).join(', ')}`,
    )
  const topic = decode(options)
  return topic.ok ? topic.value : invalidParams(`invalid argument 1 (options): ${topic.reason}`)
}

export const subscriptionMethods: readonly Method[] = [
  method({
    name: 'eth_subscribe',
    params: [required('topic', string), optional('options', anything)],
    handle: ({ turn }, name, options) => {
      if (turn === undefined) return unsupported
      const topic = decodeTopic(name, options)
      return topic instanceof RpcError ? topic : turn.subscribe(topic)
    },
  }),
  method({
    name: 'eth_unsubscribe',
    params: [required('subscription', string)],
    handle: ({ turn }, id) => (turn === undefined ? unsupported : turn.unsubscribe(id)),
  }),
]
