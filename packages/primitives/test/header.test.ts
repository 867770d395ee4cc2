import { blockHash, decodeHeader, encodeHeader, type Header, keccakHex } from '@veche/primitives'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { sharedChain } from './support/chain.ts'
import { address, bytes, hash, pragueHeader } from './support/samples.ts'

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const FORKS = ['frontier', 'london', 'shanghai', 'cancun', 'prague'] as const

const full: fc.Arbitrary<Header> = fc.record(
  {
    ...Object.fromEntries(
      ['parentHash', 'ommersHash', 'stateRoot', 'transactionsRoot', 'receiptsRoot', 'mixHash'].map(
        (name) => [name, hash],
      ),
    ),
    coinbase: address,
    logsBloom: bytes(256),
    difficulty: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
    number: time,
    gasLimit: u64,
    gasUsed: u64,
    timestamp: time,
    extraData: fc.uint8Array({ maxLength: 100 }).map((value) => Uint8Array.from(value)),
    nonce: bytes(8).map((value) => `0x${Buffer.from(value).toString('hex')}` as const),
    baseFeePerGas: u64,
    withdrawalsRoot: hash,
    blobGasUsed: u64,
    excessBlobGas: u64,
    parentBeaconBlockRoot: hash,
    requestsHash: hash,
  },
  { noNullPrototype: true },
) as fc.Arbitrary<Header>

/** The header as it would be before later forks. */
function cutTo(header: Header, fork: (typeof FORKS)[number]): Header {
  const { requestsHash, ...cancun } = header
  const { blobGasUsed, excessBlobGas, parentBeaconBlockRoot, ...shanghai } = cancun
  const { withdrawalsRoot, ...london } = shanghai
  const { baseFeePerGas, ...frontier } = london
  return { frontier, london, shanghai, cancun, prague: header }[fork]
}

test('headers of every fork come back equal', () => {
  fc.assert(
    fc.property(full, fc.constantFrom(...FORKS), (header, fork) => {
      const cut = cutTo(header, fork)
      assert.equal(decodeHeader(encodeHeader(cut)), { ok: true, value: cut })
    }),
    { numRuns: 300 },
  )
})

test('cut, lengthened and changed headers are refused or another header, never an exception', () => {
  const whole = encodeHeader(pragueHeader)
  for (let length = 0; length < whole.length; length++)
    assert.not(decodeHeader(whole.subarray(0, length)).ok)
  assert.not(decodeHeader(new Uint8Array([...whole, 0])).ok)
  for (let at = 0; at < whole.length; at++) {
    const changed = whole.slice()
    changed[at] = (changed[at] as number) ^ 0x81
    const decoded = decodeHeader(changed)
    if (decoded.ok) assert.is(keccakHex(encodeHeader(decoded.value)), keccakHex(changed))
    else assert.is(decoded.code, 'HEADER_MALFORMED')
  }
})

test('a Cancun header has all three Cancun fields', () => {
  const { excessBlobGas, ...broken } = pragueHeader
  assert.throws(() => encodeHeader(broken), /assertion/)
})

test('the hashes of a chain through all forks are Ethereum’s', () => {
  const chain = sharedChain()
  if (chain === undefined) return
  let previous: string | undefined
  for (const raw of chain) {
    const item = raw.subarray(headerStart(raw))
    const header = decodeHeader(item.subarray(0, headerBytes(item)))
    assert.ok(header.ok)
    if (!header.ok) return
    if (previous !== undefined) assert.is(header.value.parentHash, previous)
    previous = blockHash(header.value)
  }
  // headfcu.json of the same folder
  assert.is(previous, '0xd226371d0b1551adb03fb52b71f08e3e11247fe9b1af994768af8cdaa8e7dcd7')
  assert.is(chain.length, 54)
})

function headerStart(block: Uint8Array): number {
  return 1 + Math.max(0, (block[0] as number) - 0xf7)
}

function headerBytes(header: Uint8Array): number {
  assert.is(header[0], 0xf9, 'a header takes two length bytes')
  return 3 + (header[1] as number) * 256 + (header[2] as number)
}

test.run()
