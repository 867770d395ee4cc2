/**
 * One final block as operations on the key table (keys.ts): everything or nothing, in one batch
 * (ADR 0041). And the rules a batch must meet, which the real store and the twin share.
 */
import { type Address, assert, blockHash, type CommitBatch, encodeHeader } from '@veche/primitives'
import { accountKey, HEAD_KEY, hashKey, numberKey, slotKey, slotRange } from './keys.ts'
import type { BatchSink, LevelDatabase } from './level-database.ts'
import { encodeReceipts } from './receipt-codec.ts'
import { writeSetChange } from './set-changes.ts'
import {
  decodeAddresses,
  encodeAddresses,
  encodeBody,
  encodeFlatAccount,
  encodeHead,
  encodeLocation,
  encodeNumber,
  type Head,
} from './value-codec.ts'

/** Asserts that a batch is whole and follows `head`: anything else is a bug of the caller. */
export function assertFollows(head: Head, batch: CommitBatch): void {
  const { header, transactions } = batch.block
  assert(
    header.number === head.number + 1,
    `block ${head.number + 1} follows the head, got ${header.number}`,
  )
  assert(header.parentHash === head.hash, `parent ${head.hash} expected, got ${header.parentHash}`)
  assertWhole(batch)
  assert(
    transactions.length === batch.transactionHashes.length &&
      transactions.length === batch.receipts.length,
    'one hash and one receipt for each transaction',
  )
}

/** Asserts what holds for the genesis block too. */
export function assertWhole(batch: Pick<CommitBatch, 'block' | 'hash'>): void {
  const hash = blockHash(batch.block.header)
  assert(hash === batch.hash, `block hash ${hash} expected, got ${batch.hash}`)
}

async function writeCleared(
  database: LevelDatabase,
  sink: BatchSink,
  cleared: ReadonlySet<Address>,
): Promise<void> {
  for (const address of cleared)
    for await (const page of database.keys(slotRange(address)))
      for (const key of page) sink.remove(key)
}

function writeState(sink: BatchSink, { accounts, slots, codes, trieNodes }: CommitBatch['diff']) {
  for (const [address, account] of accounts) {
    if (account === null) sink.remove(accountKey(address))
    else sink.put(accountKey(address), encodeFlatAccount(account))
  }
  for (const [address, values] of slots)
    for (const [slot, value] of values) {
      if (value.length === 0) sink.remove(slotKey(address, slot))
      else sink.put(slotKey(address, slot), value)
    }
  for (const [hash, code] of codes) sink.put(hashKey('c', hash), code)
  for (const [hash, node] of trieNodes) sink.put(hashKey('m', hash), node)
}

function writeBlock(sink: BatchSink, batch: CommitBatch): void {
  const { header, transactions } = batch.block
  const { number } = header
  sink.put(numberKey('h', number), encodeHeader(header))
  sink.put(numberKey('b', number), encodeBody(transactions))
  sink.put(numberKey('r', number), encodeReceipts(batch.receipts))
  sink.put(numberKey('v', number), encodeAddresses(batch.validatorsAfterNext))
  sink.put(hashKey('n', batch.hash), encodeNumber(number))
  batch.transactionHashes.forEach((hash, index) => {
    sink.put(hashKey('t', hash), encodeLocation({ number, index }))
  })
  sink.put(HEAD_KEY, encodeHead({ number, hash: batch.hash }))
}

/** Fills one LevelDB batch with a block: cleared storage first, so that new slots survive it. */
export async function fillBatch(
  database: LevelDatabase,
  sink: BatchSink,
  batch: CommitBatch,
): Promise<void> {
  await writeCleared(database, sink, batch.diff.cleared)
  writeState(sink, batch.diff)
  writeBlock(sink, batch)
  const { number } = batch.block.header
  const stored = number === 0 ? undefined : database.read(numberKey('v', number - 1))
  const before = stored === undefined ? undefined : decodeAddresses(stored)
  const after = batch.validatorsAfterNext
  if (before?.ok === true) writeSetChange(sink, number, { before: before.value, after })
}
