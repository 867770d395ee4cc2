/** The trie against @ethereumjs/mpt, ethereum/tests TrieTests, and our own proof verifier. */
import { createMPT } from '@ethereumjs/mpt'
import {
  bytesToHex,
  compareBytes,
  EMPTY_TRIE_ROOT,
  type Hash,
  hexToBytes,
  keccak256,
  utf8ToBytes,
  verifyTrieProof,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NodeCache, type TrieChange, trieGet, trieProof, updateTrie } from '../src/state/trie.ts'
import { jsonFiles, vectorsOf } from './support/vectors.ts'

await installNativeCrypto()

interface Shelf {
  readonly stored: Map<Hash, Uint8Array>
  nodes: NodeCache
  root: Hash
  update(changes: readonly TrieChange[]): void
}

function createShelf(): Shelf {
  const stored = new Map<Hash, Uint8Array>()
  const reader = { trieNode: (hash: Hash) => stored.get(hash) }
  return {
    stored,
    nodes: new NodeCache(reader),
    root: EMPTY_TRIE_ROOT,
    update(changes) {
      this.root = updateTrie(this.nodes, this.root, changes, (hash, rlp) => stored.set(hash, rlp))
      // a fresh cache, so that every update decodes what the one before stored
      this.nodes = new NodeCache(reader)
    },
  }
}

/** keys that share prefixes often, of one length as in a secure trie, or of any */
const narrowKey = fc.uint8Array({ minLength: 3, maxLength: 3, max: 18 })
const anyKey = fc.uint8Array({ minLength: 1, maxLength: 4, max: 18 })
const value = fc.uint8Array({ minLength: 1, maxLength: 40 })
const batchesOf = (key: fc.Arbitrary<Uint8Array>) =>
  fc.array(fc.array(fc.tuple(key, fc.option(value, { nil: undefined })), { maxLength: 20 }), {
    maxLength: 5,
  })

/** unique keys, sorted, the last write wins */
function toChanges(batch: readonly (readonly [Uint8Array, Uint8Array | undefined])[]) {
  const last = new Map(batch.map(([key, one]) => [bytesToHex(key), one]))
  return [...last]
    .map(([key, one]) => ({ key: hexToBytes(key), value: one }))
    .sort((a, b) => compareBytes(a.key, b.key))
}

for (const [name, key] of [
  ['of one length', narrowKey],
  ['of any length', anyKey],
] as const)
  test(`batched updates with keys ${name} give the root of @ethereumjs/mpt`, async () => {
    await fc.assert(
      fc.asyncProperty(batchesOf(key), async (batches) => {
        const shelf = createShelf()
        const reference = await createMPT()
        for (const batch of batches) {
          const changes = toChanges(batch)
          shelf.update(changes)
          for (const change of changes)
            if (change.value === undefined) await reference.del(change.key)
            else await reference.put(change.key, change.value)
          assert.is(shelf.root, bytesToHex(reference.root()))
        }
      }),
      { numRuns: 150 },
    )
  })

test('an update stores exactly the nodes that reading and proving need', () => {
  fc.assert(
    fc.property(batchesOf(fc.uint8Array({ minLength: 2, maxLength: 2, max: 5 })), (batches) => {
      const shelf = createShelf()
      const model = new Map<string, Uint8Array>()
      const hashed = (key: Uint8Array): Uint8Array => keccak256(key)
      for (const batch of batches) {
        const changes = toChanges(batch)
        shelf.update(
          changes
            .map((change) => ({ key: hashed(change.key), value: change.value }))
            .sort((a, b) => compareBytes(a.key, b.key)),
        )
        for (const change of changes)
          if (change.value === undefined) model.delete(bytesToHex(change.key))
          else model.set(bytesToHex(change.key), change.value)
      }
      for (const [hash, rlp] of shelf.stored) assert.is(bytesToHex(keccak256(rlp)), hash)
      for (let a = 0; a < 36; a++) {
        const key = Uint8Array.of(Math.floor(a / 6), a % 6)
        const expected = model.get(bytesToHex(key))
        assert.equal(trieGet(shelf.nodes, shelf.root, hashed(key)), expected)
        const proof = trieProof(shelf.nodes, shelf.root, hashed(key))
        const proven = verifyTrieProof(shelf.root, hashed(key), proof)
        assert.ok(proven.ok)
        assert.equal(proven.value, expected)
      }
    }),
    { numRuns: 100 },
  )
})

test('a missing node is a failure of the store with its hash', () => {
  const nodes = new NodeCache({ trieNode: () => undefined })
  try {
    trieGet(nodes, `0x${'11'.repeat(32)}`, new Uint8Array(32))
    assert.unreachable()
  } catch (error) {
    assert.is((error as { code?: string }).code, 'STATE_NODE_MISSING')
  }
})

test('a damaged node is a failure of the store', () => {
  for (const bytes of [new Uint8Array(0), Uint8Array.of(0xc0), Uint8Array.of(0xc2, 0x80, 0x80)]) {
    const nodes = new NodeCache({ trieNode: () => bytes })
    try {
      trieGet(nodes, `0x${'11'.repeat(32)}`, new Uint8Array(32))
      assert.unreachable()
    } catch (error) {
      assert.is((error as { code?: string }).code, 'STATE_NODE_CORRUPT')
    }
  }
})

function toBytes(text: string): Uint8Array {
  return text.startsWith('0x') ? hexToBytes(text) : utf8ToBytes(text)
}

const folder = vectorsOf('TrieTests')

test('TrieTests end in the expected roots', () => {
  if (folder === undefined) return
  let passed = 0
  for (const { name, content } of jsonFiles(folder)) {
    if (name.includes('nextprev')) continue // iteration, which we do not offer
    const secure = name.includes('secure') || name.includes('hex_encoded')
    for (const { in: input, root } of Object.values<{ in: unknown; root: Hash }>(content)) {
      const pairs = (Array.isArray(input) ? input : Object.entries(input as object)) as [
        string,
        string | null,
      ][]
      const shelf = createShelf()
      for (const [key, one] of pairs) {
        const bytes = toBytes(key)
        shelf.update([
          {
            key: secure ? keccak256(bytes) : bytes,
            value: one === null ? undefined : toBytes(one),
          },
        ])
      }
      assert.is(shelf.root, root, name)
      passed++
    }
  }
  process.stdout.write(`trie tests: ${passed} pass\n`)
  assert.ok(passed > 0)
})

test.run()
