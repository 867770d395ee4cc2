/** What every `ChainStore` does, the LevelDB one and the twin. Each case gets a fresh store. */
import {
  type Account,
  type ChainStore,
  EMPTY_BYTES,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  ZERO_HASH,
} from '@veche/primitives'
import * as assert from 'uvu/assert'
import type { Genesis } from '../src/index.ts'
import { makeBatch, makeGenesis, testAddress, testHash } from './samples.ts'

/** Opens an empty store on `genesis`; the suite closes it. */
export type StoreFactory = (genesis: Genesis) => Promise<ChainStore>

interface Case {
  readonly title: string
  run(open: StoreFactory): Promise<void>
}

const alice = testAddress('alice')
const registry = testAddress('registry')
const account: Account = {
  nonce: 1n,
  balance: 10n ** 30n,
  storageRoot: EMPTY_TRIE_ROOT,
  codeHash: EMPTY_CODE_HASH,
}
const slotA = testHash('slot a')
const slotB = testHash('slot b')

async function refusesCommit(store: ChainStore, batch: Parameters<ChainStore['commit']>[0]) {
  let thrown: unknown
  await store.commit(batch).catch((error) => {
    thrown = error
  })
  assert.is((thrown as Error | undefined)?.name, 'AssertionError')
}

const blockCases: Case[] = [
  {
    title: 'a new store holds genesis as its head',
    async run(open) {
      const code = Uint8Array.of(0x60, 0)
      const genesis = makeGenesis(7, {
        accounts: new Map([[alice, account]]),
        codes: new Map([[testHash('code'), code]]),
      })
      const store = await open(genesis)
      assert.equal(store.head(), { number: 0, hash: genesis.hash })
      assert.equal(store.header(0), genesis.block.header)
      assert.equal(store.body(0), [])
      assert.equal(store.receipts(0), [])
      assert.equal(store.validatorsAfterNext(0), genesis.validators)
      assert.is(store.numberOf(genesis.hash), 0)
      assert.equal(store.account(alice), account)
      assert.equal(store.code(testHash('code')), code)
      await store.close()
    },
  },
  {
    title: 'a committed block is read back by number, hash and transaction hash',
    async run(open) {
      const store = await open(makeGenesis())
      const batch = makeBatch(store.head(), { transactions: 3 })
      await store.commit(batch)
      assert.equal(store.head(), { number: 1, hash: batch.hash })
      assert.equal(store.header(1), batch.block.header)
      assert.equal(store.body(1), batch.block.transactions)
      assert.equal(store.receipts(1), batch.receipts)
      assert.equal(store.validatorsAfterNext(1), batch.validatorsAfterNext)
      assert.is(store.numberOf(batch.hash), 1)
      batch.transactionHashes.forEach((hash, index) => {
        assert.equal(store.locate(hash), { number: 1, index })
      })
      await store.close()
    },
  },
  {
    title: 'the blocks after which the validator set changes are told, in order and bounded',
    async run(open) {
      const store = await open(makeGenesis())
      assert.equal(await store.setChanges(0, 10), [])
      const one = makeBatch(store.head()).validatorsAfterNext
      const sets = [one, one, [...one].slice(1), one, one, [...one].slice(1)]
      for (const validatorsAfterNext of sets)
        await store.commit({ ...makeBatch(store.head()), validatorsAfterNext })
      assert.equal(await store.setChanges(0, 10), [1, 3, 4, 6])
      assert.equal(await store.setChanges(2, 10), [3, 4, 6])
      assert.equal(await store.setChanges(4, 10), [4, 6])
      assert.equal(await store.setChanges(0, 2), [1, 3])
      assert.equal(await store.setChanges(7, 10), [])
      assert.equal(await store.setChanges(0, 0), [])
      await store.close()
    },
  },
  {
    title: 'what is not there is undefined',
    async run(open) {
      const store = await open(makeGenesis())
      for (const number of [1, -1, 0.5, Number.NaN, 2 ** 53])
        for (const read of ['header', 'body', 'receipts', 'validatorsAfterNext'] as const)
          assert.is(store[read](number), undefined, `${read}(${number})`)
      assert.is(store.numberOf(ZERO_HASH), undefined)
      assert.is(store.locate(ZERO_HASH), undefined)
      assert.is(store.account(alice), undefined)
      assert.is(store.slot(alice, slotA), undefined)
      assert.is(store.code(ZERO_HASH), undefined)
      assert.is(store.trieNode(ZERO_HASH), undefined)
      await store.close()
    },
  },
  {
    title: 'a block that does not follow the head is a bug',
    async run(open) {
      const store = await open(makeGenesis())
      const first = makeBatch(store.head(), { transactions: 2 })
      await refusesCommit(store, makeBatch({ number: 1, hash: first.hash }))
      await refusesCommit(store, makeBatch({ number: 0, hash: ZERO_HASH }))
      await refusesCommit(store, { ...first, hash: ZERO_HASH })
      await refusesCommit(store, { ...first, receipts: [] })
      assert.is(store.head().number, 0)
      await store.commit(first)
      await refusesCommit(store, first)
      assert.equal(store.head(), { number: 1, hash: first.hash })
      await store.close()
    },
  },
]

const stateCases: Case[] = [
  {
    title: 'accounts and slots are replaced and removed',
    async run(open) {
      const store = await open(makeGenesis(1, { accounts: new Map([[alice, account]]) }))
      const values = new Map([
        [slotA, Uint8Array.of(5)],
        [slotB, new Uint8Array(32).fill(255)],
      ])
      const accounts = new Map([[alice, { ...account, nonce: 2n, codeHash: testHash('code') }]])
      await store.commit(
        makeBatch(store.head(), { diff: { accounts, slots: new Map([[registry, values]]) } }),
      )
      assert.equal(store.account(alice), accounts.get(alice))
      assert.equal(store.slot(registry, slotA), Uint8Array.of(5))
      assert.equal(store.slot(registry, slotB), new Uint8Array(32).fill(255))
      assert.is(store.slot(alice, slotA), undefined)
      await store.commit(
        makeBatch(store.head(), {
          diff: {
            accounts: new Map([[alice, null]]),
            slots: new Map([[registry, new Map([[slotA, EMPTY_BYTES]])]]),
          },
        }),
      )
      assert.is(store.account(alice), undefined)
      assert.is(store.slot(registry, slotA), undefined)
      assert.equal(store.slot(registry, slotB), new Uint8Array(32).fill(255))
      await store.close()
    },
  },
  {
    title: 'a cleared contract keeps only the slots of the same block',
    async run(open) {
      const neighbour = testAddress('neighbour')
      const many = new Map(
        Array.from({ length: 2_500 }, (_, i) => [testHash(`many ${i}`), Uint8Array.of(1)] as const),
      )
      const slots = new Map([
        [registry, many],
        [neighbour, new Map([[slotA, Uint8Array.of(9)]])],
      ])
      const store = await open(makeGenesis(1, { slots }))
      assert.equal(store.slot(registry, testHash('many 7')), Uint8Array.of(1))
      const kept = new Map([[testHash('many 7'), Uint8Array.of(2)]])
      await store.commit(
        makeBatch(store.head(), {
          diff: { cleared: new Set([registry]), slots: new Map([[registry, kept]]) },
        }),
      )
      for (const slot of many.keys())
        assert.equal(store.slot(registry, slot), kept.get(slot), 'cleared or rewritten')
      assert.equal(store.slot(neighbour, slotA), Uint8Array.of(9))
      await store.close()
    },
  },
  {
    title: 'codes and trie nodes of every block stay',
    async run(open) {
      const store = await open(makeGenesis())
      for (const name of ['one', 'two']) {
        const bytes = new Uint8Array(600).fill(name.length)
        const added = new Map([[testHash(name), bytes]])
        await store.commit(makeBatch(store.head(), { diff: { codes: added, trieNodes: added } }))
      }
      for (const name of ['one', 'two']) {
        assert.is(store.code(testHash(name))?.length, 600)
        assert.is(store.trieNode(testHash(name))?.length, 600)
      }
      await store.close()
    },
  },
]

export const chainStoreConformance: readonly Case[] = [...blockCases, ...stateCases]
