import { bytesToHex, type Log, type Receipt } from '@veche/primitives'
import { decodeReceipts, encodeReceipts } from '@veche/storage'
import { makeReceipt } from '@veche/storage/conformance'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const plain = fc.uint8Array({ maxLength: 200 }).map((value) => Uint8Array.from(value))
const hash = bytes(32).map(bytesToHex)
const address = bytes(20).map(bytesToHex)
const gas = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

/** from no bit to all bits, so that both spellings are met */
const bloom = fc
  .tuple(fc.array(fc.nat(2_047), { maxLength: 300 }), fc.integer({ min: 0, max: 9 }))
  .map(([positions, full]) => {
    const value = new Uint8Array(256).fill(full === 9 ? 255 : 0)
    for (const position of positions) {
      const at = position >> 3
      value[at] = (value[at] as number) | (1 << (position & 7))
    }
    return value
  })

const log: fc.Arbitrary<Log> = fc.record(
  {
    address,
    topics: fc.array(hash, { maxLength: 4 }),
    data: plain,
  },
  { noNullPrototype: true },
)

const receipt: fc.Arbitrary<Receipt> = fc
  .record(
    {
      type: fc.integer({ min: 0, max: 127 }),
      status: fc.constantFrom<0 | 1>(0, 1),
      cumulativeGasUsed: gas,
      gasUsed: gas,
      logsBloom: bloom,
      logs: fc.array(log, { maxLength: 4 }),
      from: address,
      created: fc.option(address),
      effectiveGasPrice: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
    },
    { noNullPrototype: true },
  )
  .map(({ created, ...rest }) => (created === null ? rest : { ...rest, contractAddress: created }))

test('receipts come back equal', () => {
  fc.assert(
    fc.property(fc.array(receipt, { maxLength: 5 }), (receipts) => {
      const decoded = decodeReceipts(encodeReceipts(receipts))
      assert.ok(decoded.ok)
      if (decoded.ok) assert.equal(decoded.value, receipts)
    }),
    { numRuns: 500 },
  )
})

test('a typical receipt takes less than 250 bytes', () => {
  assert.ok(encodeReceipts([makeReceipt(1)]).length < 250)
})

test('changed and cut bytes are refused or decode, and never throw', () => {
  const whole = encodeReceipts([makeReceipt(0), makeReceipt(1)])
  for (let length = 0; length < whole.length; length++)
    assert.not(decodeReceipts(whole.subarray(0, length)).ok)
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const changed = Uint8Array.from(whole)
      changed[at] = (changed[at] as number) ^ mask
      const decoded = decodeReceipts(changed)
      if (!decoded.ok) assert.is(decoded.code, 'RECEIPTS_MALFORMED')
    }),
    { numRuns: 1_000 },
  )
})

test.run()
