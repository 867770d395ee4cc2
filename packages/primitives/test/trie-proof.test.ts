/** Against proofs made by @ethereumjs/mpt and by geth; then hostile ones. */
import { createMerkleProof, createMPT } from '@ethereumjs/mpt'
import {
  type Address,
  bytesToHex,
  decodeAccount,
  decodeRlp,
  EMPTY_TRIE_ROOT,
  encodeRlp,
  type Hash,
  hexToBytes,
  keccak256,
  utf8ToBytes,
  verifyAccountProof,
  verifyStorageProof,
  verifyTrieProof,
} from '@veche/primitives'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { sharedData } from './support/data.ts'

interface Proven {
  readonly root: Hash
  readonly key: Uint8Array
  readonly nodes: readonly Uint8Array[]
}

function keyOf(i: number): Uint8Array {
  return keccak256(utf8ToBytes(`key ${i}`))
}

/** Sizes differ, so that nodes are embedded, short and long. */
function entryOf(i: number): Uint8Array {
  return new Uint8Array(1 + ((i * 7) % 60)).fill(1 + (i % 250))
}

type Trie = Awaited<ReturnType<typeof createMPT>>

async function trieOf(entries: readonly (readonly [Uint8Array, Uint8Array])[]): Promise<Trie> {
  const trie = await createMPT()
  for (const [key, value] of entries) await trie.put(key, value)
  return trie
}

/**
 * The proof as eth_getProof gives it: nodes that are embedded in their parent do not stand alone.
 */
async function prove(trie: Trie, key: Uint8Array): Promise<Proven> {
  const nodes = await createMerkleProof(trie, key)
  const standing = nodes.filter((node, i) => i === 0 || node.length >= 32)
  return {
    root: bytesToHex(trie.root()),
    key,
    nodes: standing.map((node) => Uint8Array.from(node)),
  }
}

function verify({ root, key, nodes }: Proven): string {
  const result = verifyTrieProof(root, key, nodes)
  if (!result.ok) return result.code
  return result.value === undefined ? 'absent' : bytesToHex(result.value)
}

const trie = await trieOf(Array.from({ length: 300 }, (_, i) => [keyOf(i), entryOf(i)]))

test('every entry of a trie is proven', async () => {
  for (let i = 0; i < 300; i++)
    assert.is(verify(await prove(trie, keyOf(i))), bytesToHex(entryOf(i)), `entry ${i}`)
})

test('what a trie does not hold is proven absent', async () => {
  for (let i = 300; i < 600; i++) assert.is(verify(await prove(trie, keyOf(i))), 'absent')
})

test('tries of one to twenty entries prove every entry and every absence', async () => {
  for (let count = 1; count <= 20; count++) {
    const small = await trieOf(Array.from({ length: count }, (_, i) => [keyOf(i), entryOf(i)]))
    for (let i = 0; i < 30; i++) {
      const expected = i < count ? bytesToHex(entryOf(i)) : 'absent'
      assert.is(verify(await prove(small, keyOf(i))), expected, `${i} of ${count}`)
    }
  }
})

test('random tries of short keys, with values in branches, agree with the reference', async () => {
  const key = fc.uint8Array({ minLength: 1, maxLength: 4 }).map((k) => k.map((byte) => byte & 0x13))
  const value = fc.uint8Array({ minLength: 1, maxLength: 45 })
  const entries = fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 25 })
  await fc.assert(
    fc.asyncProperty(entries, key, async (list, asked) => {
      const random = await trieOf(list.map(([k, v]) => [Uint8Array.from(k), Uint8Array.from(v)]))
      const expected = await random.get(Uint8Array.from(asked))
      const got = verify(await prove(random, Uint8Array.from(asked)))
      assert.is(got, expected === null ? 'absent' : bytesToHex(expected))
    }),
    { numRuns: 300 },
  )
})

test('the empty trie holds nothing, with no node or with its one', () => {
  assert.is(verify({ root: EMPTY_TRIE_ROOT, key: keyOf(1), nodes: [] }), 'absent')
  assert.is(
    verify({ root: EMPTY_TRIE_ROOT, key: keyOf(1), nodes: [Uint8Array.of(0x80)] }),
    'absent',
  )
  assert.is(verify({ root: bytesToHex(keyOf(9)), key: keyOf(1), nodes: [] }), 'PROOF_INVALID')
})

test('every change of a proof is refused', async () => {
  const proven = await prove(trie, keyOf(17))
  const { nodes } = proven
  assert.ok(nodes.length >= 2)
  const hostile: (readonly Uint8Array[])[] = [
    [],
    nodes.slice(0, -1),
    nodes.slice(1),
    [...nodes, nodes[0] as Uint8Array],
    [...nodes].reverse(),
    Array.from({ length: 1_000 }, () => nodes[0] as Uint8Array),
  ]
  for (const changed of hostile) assert.is(verify({ ...proven, nodes: changed }), 'PROOF_INVALID')
  nodes.forEach((node, i) => {
    for (let at = 0; at < node.length; at++) {
      const changed = nodes.map((each) => each.slice())
      const bytes = changed[i] as Uint8Array
      bytes[at] = (bytes[at] as number) ^ 1
      assert.is(verify({ ...proven, nodes: changed }), 'PROOF_INVALID', `node ${i} byte ${at}`)
    }
  })
})

test('a proof of one key says nothing about another', async () => {
  const { root, nodes } = await prove(trie, keyOf(17))
  for (let i = 0; i < 300; i++) {
    if (i === 17) continue
    const got = verify({ root, key: keyOf(i), nodes })
    assert.is.not(got, bytesToHex(entryOf(17)))
    assert.is.not(got, 'absent', `key ${i} is in the trie`)
  }
})

test('nodes that hash right but are no nodes are refused', () => {
  const empty = new Uint8Array(0)
  const path = Uint8Array.of(0x20)
  const branch = Array.from({ length: 17 }, () => empty)
  const forms = [
    encodeRlp(Uint8Array.of(1, 2, 3)),
    encodeRlp([]),
    encodeRlp([path]),
    encodeRlp([path, path, path]),
    encodeRlp([[path], path]),
    encodeRlp([Uint8Array.of(0x40), path]),
    encodeRlp([Uint8Array.of(0x01), path]),
    encodeRlp([empty, path]),
    encodeRlp([Uint8Array.of(0x00), keccak256(path)]),
    encodeRlp([...branch.slice(0, 16), [path]]),
    encodeRlp(branch.map((_, i) => (i < 16 ? Uint8Array.of(1, 2) : empty))),
    Uint8Array.of(0xc1),
  ]
  for (const [i, node] of forms.entries())
    for (const key of [new Uint8Array(0), Uint8Array.of(0x12)]) {
      const result = verifyTrieProof(bytesToHex(keccak256(node)), key, [node])
      const isAbsence = result.ok && result.value === undefined
      assert.ok(!result.ok || isAbsence, `form ${i} proves no value`)
    }
})

test('any nodes under their own root are a verdict, never an exception', () => {
  const item = fc.oneof(
    fc.uint8Array({ maxLength: 34 }),
    fc.array(fc.uint8Array({ maxLength: 34 }), { maxLength: 18 }),
  )
  const node = fc.oneof(
    fc.array(item, { minLength: 2, maxLength: 2 }),
    fc.array(item, { minLength: 17, maxLength: 17 }),
    item,
  )
  fc.assert(
    fc.property(node, fc.uint8Array({ maxLength: 5 }), (form, key) => {
      const bytes = encodeRlp(form)
      const result = verifyTrieProof(bytesToHex(keccak256(bytes)), key, [bytes])
      assert.type(result.ok, 'boolean')
    }),
    { numRuns: 3_000 },
  )
})

test('accounts decode exactly', () => {
  const hash = new Uint8Array(32).fill(1)
  const good = encodeRlp([Uint8Array.of(1), Uint8Array.of(2), hash, hash])
  assert.equal(decodeAccount(good), {
    ok: true,
    value: { nonce: 1n, balance: 2n, storageRoot: bytesToHex(hash), codeHash: bytesToHex(hash) },
  })
  for (const fields of [
    [Uint8Array.of(0), Uint8Array.of(2), hash, hash],
    [Uint8Array.of(1), new Uint8Array(33).fill(1), hash, hash],
    [Uint8Array.of(1), Uint8Array.of(2), hash, hash.subarray(1)],
    [Uint8Array.of(1), Uint8Array.of(2), hash],
    [Uint8Array.of(1), Uint8Array.of(2), hash, hash, hash],
  ])
    assert.not(decodeAccount(encodeRlp(fields)).ok)
})

test('a storage word is one canonical scalar of at most 32 bytes', async () => {
  const slot: Hash = `0x${'00'.repeat(31)}05`
  const words: [Uint8Array, bigint | undefined][] = [
    [encodeRlp(Uint8Array.of(7)), 7n],
    [encodeRlp(new Uint8Array(32).fill(255)), 2n ** 256n - 1n],
    [encodeRlp(new Uint8Array(33).fill(255)), undefined],
    [encodeRlp([Uint8Array.of(7)]), undefined],
    [encodeRlp(Uint8Array.of(0, 7)), undefined],
    [encodeRlp(new Uint8Array(0)), undefined],
    [Uint8Array.of(0x81, 7), undefined],
  ]
  for (const [word, expected] of words) {
    const storage = await trieOf([[keccak256(hexToBytes(slot)), word]])
    const { root, nodes } = await prove(storage, keccak256(hexToBytes(slot)))
    const result = verifyStorageProof(root, slot, nodes)
    assert.is(result.ok ? result.value : undefined, expected, bytesToHex(word))
  }
  assert.equal(verifyStorageProof(EMPTY_TRIE_ROOT, slot, []), { ok: true, value: 0n })
})

interface GetProof {
  readonly address: Address
  readonly accountProof: readonly string[]
  readonly balance: string
  readonly nonce: string
  readonly storageHash: Hash
  readonly codeHash: Hash
  readonly storageProof: readonly { key: string; value: string; proof: readonly string[] }[]
}

test('proofs that geth gave are verified, account and storage', () => {
  for (const name of ['get-account-proof-latest', 'get-account-proof-with-storage']) {
    const file = sharedData(`execution-apis/eth_getProof/${name}.io`)
    if (file === undefined) return
    const answer = Buffer.from(file).toString('utf8').split('\n<< ')[1] as string
    const proof: GetProof = JSON.parse(answer).result
    const nodes = proof.accountProof.map(hexToBytes)
    const root = bytesToHex(keccak256(nodes[0] as Uint8Array))
    const account = verifyAccountProof(root, proof.address, nodes)
    assert.equal(account, {
      ok: true,
      value: {
        nonce: BigInt(proof.nonce),
        balance: BigInt(proof.balance),
        storageRoot: proof.storageHash,
        codeHash: proof.codeHash,
      },
    })
    for (const { key, value, proof: path } of proof.storageProof) {
      const slot = `0x${key.slice(2).padStart(64, '0')}` as Hash
      const word = verifyStorageProof(proof.storageHash, slot, path.map(hexToBytes))
      assert.equal(word, { ok: true, value: BigInt(value) })
    }
    assert.ok(decodeRlp(nodes[0] as Uint8Array) !== undefined)
  }
})

test.run()
