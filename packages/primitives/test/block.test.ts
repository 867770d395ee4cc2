import {
  BLOCK_BYTES_MAX,
  type Block,
  bytesToHex,
  decodeBlock,
  encodeBlock,
  encodeRlp,
  headerToRlp,
  keccakHex,
  TRANSACTION_BYTES_MAX,
  transactionHash,
} from '@veche/primitives'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { sharedChain } from './support/chain.ts'
import { pragueHeader } from './support/samples.ts'

const legacy = fc
  .array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 9 })
  .map((fields) => Uint8Array.from(encodeRlp(fields)))
const typed = fc
  .tuple(fc.integer({ min: 1, max: 0x7f }), fc.uint8Array({ minLength: 1, maxLength: 120 }))
  .map(([type, payload]) => Uint8Array.from([type, ...payload]))
const transactions = fc.array(fc.oneof(legacy, typed), { maxLength: 12 })

function withTransactions(list: readonly Uint8Array[]): Block {
  return { header: pragueHeader, transactions: list }
}

test('blocks with legacy and typed transactions come back equal', () => {
  fc.assert(
    fc.property(transactions, (list) => {
      const block = withTransactions(list)
      assert.equal(decodeBlock(encodeBlock(block)), { ok: true, value: block })
    }),
    { numRuns: 300 },
  )
})

test('a transaction hash is the keccak of the raw bytes', () => {
  const raw = Uint8Array.of(2, 0xc0)
  assert.is(transactionHash(raw), keccakHex(raw))
})

test('ommers, withdrawals, more fields and misspelt transactions are refused', () => {
  const header = headerToRlp(pragueHeader)
  const one = Uint8Array.of(1)
  const bodies = [
    [header, [], [header], []],
    [header, [], [], [[one, one, one, one]]],
    [header, [], [], [], []],
    [header, [], []],
    [header, []],
    [header, one, [], []],
    [one, [], [], []],
    [header, [new Uint8Array(0)], [], []],
    [header, [new Uint8Array(TRANSACTION_BYTES_MAX + 1)], [], []],
    [header, [encodeRlp([one])], [], []],
    [header, [Uint8Array.of(0x80)], [], []],
  ]
  for (const [i, fields] of bodies.entries()) {
    const decoded = decodeBlock(encodeRlp(fields))
    assert.is(decoded.ok ? 'accepted' : decoded.code, 'BLOCK_MALFORMED', `form ${i}`)
  }
  assert.ok(decodeBlock(encodeRlp([header, [], [], []])).ok)
})

test('a block above the bound is refused before it is decoded', () => {
  const decoded = decodeBlock(new Uint8Array(BLOCK_BYTES_MAX + 1))
  assert.match(decoded.ok ? '' : decoded.reason, 'at most')
})

test('any bytes and any damage are a verdict, and what is accepted encodes to the same bytes', () => {
  const whole = encodeBlock(
    withTransactions([Uint8Array.of(2, 1, 2), encodeRlp([Uint8Array.of(9)])]),
  )
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
      const changed = Uint8Array.from(whole)
      changed[at] = byte
      const decoded = decodeBlock(changed)
      if (decoded.ok) assert.is(bytesToHex(encodeBlock(decoded.value)), bytesToHex(changed))
    }),
    { numRuns: 3_000 },
  )
})

test('the blocks of an Ethereum chain decode and encode to the same bytes', () => {
  const chain = sharedChain()
  if (chain === undefined) return
  let taken = 0
  for (const raw of chain) {
    const decoded = decodeBlock(raw)
    if (decoded.ok) {
      taken++
      assert.is(bytesToHex(encodeBlock(decoded.value)), bytesToHex(raw))
    } else assert.is(decoded.reason, 'an empty list expected', 'ommers or withdrawals')
  }
  assert.ok(taken >= 30, `${taken} blocks`)
})

test.run()
