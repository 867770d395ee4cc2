/** The chain store: one durable commit of a block, and the reads that execution and RPC make. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type { ChainStore, CommitBatch, Hash } from '@veche/primitives'
import { decodeReceipts, encodeReceipts, openChainStore } from '@veche/storage'
import {
  makeBatch,
  makeGenesis,
  makeReceipt,
  testAddress,
  testHash,
} from '@veche/storage/conformance'

export const name = 'storage/chain'

const registry = testAddress('registry')
const path = mkdtempSync(`${tmpdir()}/veche-bench-chain-`)
process.on('exit', () => rmSync(path, { recursive: true, force: true }))
const known = testHash('known')
const absent = testHash('absent')
let opened: Promise<ChainStore> | undefined

function open(): Promise<ChainStore> {
  const slots = new Map([[registry, new Map([[known, new Uint8Array(32).fill(1)]])]])
  opened ??= openChainStore({ path, genesis: makeGenesis(9, { slots }) })
  return opened
}

/** A block as `transactions` single issues make it: two slots and some twelve trie nodes each. */
function blockAfter(head: { number: number; hash: Hash }, transactions: number): CommitBatch {
  const number = head.number + 1
  const slots = new Map<Hash, Uint8Array>()
  const trieNodes = new Map<Hash, Uint8Array>()
  for (let i = 0; i < transactions; i++) {
    slots.set(testHash(`${number}/${i}/a`), new Uint8Array(32).fill(i + 1))
    slots.set(testHash(`${number}/${i}/b`), new Uint8Array(20).fill(i + 1))
    for (let j = 0; j < 12; j++)
      trieNodes.set(testHash(`${number}/${i}/${j}`), new Uint8Array(j < 6 ? 532 : 110).fill(i + j))
  }
  return makeBatch(head, { transactions, diff: { slots: new Map([[registry, slots]]), trieNodes } })
}

async function commit(transactions: number): Promise<number> {
  const chain = await open()
  await chain.commit(blockAfter(chain.head(), transactions))
  return transactions
}

/** Commits, reads and the receipts codec, for a small and a full block. */
export async function cases(size: 'smoke' | 'full') {
  const transactions = size === 'smoke' ? 10 : 500
  const receipts = Array.from({ length: transactions }, (_, i) => makeReceipt(i))
  const encoded = encodeReceipts(receipts)
  const store = await open()
  return [
    { name: 'storage/commit durable transactions=0', async: true, run: () => commit(0) },
    {
      name: `storage/commit durable transactions=${transactions} (sample made inside)`,
      async: true,
      run: () => commit(transactions),
    },
    {
      name: `storage/make sample transactions=${transactions}`,
      run: () => blockAfter({ number: 1, hash: testHash('x') }, transactions).hash,
    },
    { name: 'storage/slot read', run: () => store.slot(registry, known)?.length ?? 0 },
    {
      name: 'storage/slot read absent',
      run: () => store.slot(registry, absent)?.length ?? 0,
    },
    { name: `storage/receipts encode count=${transactions}`, run: () => encodeReceipts(receipts) },
    {
      name: `storage/receipts decode count=${transactions}`,
      run: () => decodeReceipts(encoded).ok,
    },
  ]
}
