/**
 * Subscriptions of one connection. A subscription starts when its answer was handed to the socket
 * (`Turn.activate`), so a client never gets a notification for an id it does not know. A reader
 * that is too slow loses notifications and is told, by `veche_lagged`, from which block on to read
 * them.
 */
import { randomBytes } from 'node:crypto'
import { bytesToHex, type Hash, type Hex } from '@veche/primitives'
import { limitExceeded, type RpcError } from './errors.ts'
import { type JsonObject, quantity } from './json.ts'
import { SUBSCRIPTIONS_MAX } from './limits.ts'
import type { LogMatcher } from './log-query.ts'

/** What a client follows. */
export type Topic =
  | { readonly kind: 'newHeads' }
  | { readonly kind: 'logs'; readonly matcher: LogMatcher }
  | { readonly kind: 'newPendingTransactions'; readonly whole: boolean }
  | { readonly kind: 'transactionReceipts'; readonly hashes: ReadonlySet<Hash> }
  | { readonly kind: 'syncing' }

export interface Subscription {
  readonly id: Hex
  readonly topic: Topic
  active: boolean
  /** first block whose notifications were dropped */
  laggedFrom: number | undefined
}

/** Where notifications go: false when the reader is too slow and the text was dropped. */
export type Sink = (text: string) => boolean

/**
 * One message of the connection while it is answered: what its requests may do with subscriptions.
 */
export interface Turn {
  /** Answers −32005 above {@link SUBSCRIPTIONS_MAX}. */
  subscribe(topic: Topic): Hex | RpcError
  unsubscribe(id: string): boolean
  /** the answer was sent: what this message subscribed to starts */
  activate(): void
}

export interface Session {
  readonly subscriptions: ReadonlyMap<Hex, Subscription>
  turn(): Turn
  /** `result` is JSON text, written once for all subscribers; `number` is the block it is about */
  notify(subscription: Subscription, result: string, number: number): void
  /** the reader caught up: tells what it lost up to block `number` */
  drained(number: number): void
}

function notice(method: string, params: JsonObject): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params })
}

/** Creates the session of one connection. */
export function createSession(sink: Sink): Session {
  const subscriptions = new Map<Hex, Subscription>()

  /** tells what was lost; true when nothing is left to tell */
  const catchUp = (subscription: Subscription, number: number): boolean => {
    if (subscription.laggedFrom === undefined) return true
    const told = sink(
      notice('veche_lagged', {
        subscription: subscription.id,
        fromBlock: quantity(subscription.laggedFrom),
        toBlock: quantity(number),
      }),
    )
    if (told) subscription.laggedFrom = undefined
    return told
  }

  return {
    subscriptions,
    turn() {
      const fresh: Subscription[] = []
      return {
        subscribe(topic) {
          if (subscriptions.size >= SUBSCRIPTIONS_MAX)
            return limitExceeded(`at most ${SUBSCRIPTIONS_MAX} subscriptions per connection`)
          const id = bytesToHex(randomBytes(16))
          const subscription: Subscription = { id, topic, active: false, laggedFrom: undefined }
          subscriptions.set(id, subscription)
          fresh.push(subscription)
          return id
        },
        unsubscribe: (id) => subscriptions.delete(id as Hex),
        activate() {
          for (const subscription of fresh) subscription.active = true
        },
      }
    },
    notify(subscription, result, number) {
      if (!subscription.active) return
      const head = `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${subscription.id}","result":`
      const sent = catchUp(subscription, number) && sink(`${head}${result}}}`)
      if (!sent) subscription.laggedFrom ??= number
    },
    drained(number) {
      for (const subscription of subscriptions.values()) {
        if (!catchUp(subscription, number)) return
      }
    },
  }
}
