/**
 * Carries the node's events to every session. A fault here is reported and never reaches the node,
 * which is committing blocks. Each event is written as JSON once, however many
 * sessions follow it; log subscriptions of a block without a match cost one bloom test.
 */
import type { Hash, Receipt } from '@veche/primitives'
import type { RpcBackend, SyncStatus } from './backend.ts'
import { type BlockReader, type HeaderAt, headerAt } from './chain.ts'
import type { OnFault } from './dispatch.ts'
import { headerToJson, transactionToJson } from './encode.ts'
import { quantity } from './json.ts'
import { logsOfBlock } from './log-query.ts'
import { receiptsOfTransactions } from './receipts.ts'
import type { Session, Subscription } from './session.ts'

export interface Feed {
  add(session: Session): void
  remove(session: Session): void
  close(): void
}

/** What a syncing subscription gets, and eth_syncing inside `status`. */
export function syncToJson(status: SyncStatus): Record<string, string> {
  return {
    startingBlock: quantity(status.startingBlock),
    currentBlock: quantity(status.currentBlock),
    highestBlock: quantity(status.highestBlock),
  }
}

/** JSON text that is made when it is first needed. */
function lazily(make: () => unknown): () => string {
  let text: string | undefined
  return () => {
    text ??= JSON.stringify(make())
    return text
  }
}

/** Reads one block's receipts and body once, however many subscriptions look. */
function rememberBlock(backend: RpcBackend): BlockReader {
  let receipts: readonly Receipt[] | undefined
  let body: readonly Uint8Array[] | undefined
  return {
    receipts(number) {
      receipts ??= backend.receipts(number)
      return receipts
    },
    body(number) {
      body ??= backend.body(number)
      return body
    },
  }
}

/** Listens to the backend until closed. */
export function createFeed(backend: RpcBackend, onFault: OnFault): Feed {
  const sessions = new Set<Session>()

  const each = (visit: (session: Session, subscription: Subscription) => void): void => {
    for (const session of sessions)
      for (const subscription of session.subscriptions.values()) visit(session, subscription)
  }

  const tellBlock = (session: Session, subscription: Subscription, told: BlockTold): void => {
    const { topic } = subscription
    const { at } = told
    if (topic.kind === 'newHeads') session.notify(subscription, told.head(), at.number)
    else if (topic.kind === 'logs')
      for (const log of logsOfBlock(told.blocks, at, topic.matcher))
        session.notify(subscription, JSON.stringify(log), at.number)
    else if (topic.kind === 'transactionReceipts') {
      const receipts = receiptsOfTransactions(told.blocks, at, topic.hashes)
      if (receipts.length > 0) session.notify(subscription, JSON.stringify(receipts), at.number)
    }
  }

  const onHead = (number: number): void => {
    if (sessions.size === 0) return
    const at = headerAt(backend, { kind: 'number', number })
    if (at === undefined) return
    const told: BlockTold = {
      at,
      blocks: rememberBlock(backend),
      head: lazily(() => headerToJson(at)),
    }
    each((session, subscription) => {
      if (subscription.active) tellBlock(session, subscription, told)
    })
  }

  const onPending = (hash: Hash): void => {
    const short = JSON.stringify(hash)
    const whole = lazily(() => {
      const view = backend.pooled(hash)
      return view === undefined ? hash : transactionToJson(view)
    })
    each((session, subscription) => {
      const { topic } = subscription
      if (topic.kind !== 'newPendingTransactions') return
      session.notify(subscription, topic.whole ? whole() : short, backend.head())
    })
  }

  const onSyncing = (status: SyncStatus | undefined): void => {
    const text = JSON.stringify(
      status === undefined ? false : { syncing: true, status: syncToJson(status) },
    )
    each((session, subscription) => {
      if (subscription.topic.kind === 'syncing') session.notify(subscription, text, backend.head())
    })
  }

  const guarded =
    <A>(event: string, listener: (argument: A) => void) =>
    (argument: A): void => {
      try {
        listener(argument)
      } catch (fault) {
        onFault(fault, event)
      }
    }
  const stops = [
    backend.onHead(guarded('newHeads', onHead)),
    backend.onPendingTransaction(guarded('newPendingTransactions', onPending)),
    backend.onSyncing(guarded('syncing', onSyncing)),
  ]
  return {
    add: (session) => void sessions.add(session),
    remove: (session) => void sessions.delete(session),
    close() {
      for (const stop of stops) stop()
      sessions.clear()
    },
  }
}

interface BlockTold {
  readonly at: HeaderAt
  readonly blocks: BlockReader
  readonly head: () => string
}
