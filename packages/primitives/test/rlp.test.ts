import {
  bigintToBytes,
  bytesToHex,
  concatBytes,
  decodeRlp,
  encodeRlp,
  equalBytes,
  hexToBytes,
  misfit,
  readRlp,
} from '@veche/primitives'
import * as fc from 'fast-check'
import { RLP } from 'rlp'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { sharedJson } from './support/data.ts'

type Nested = Uint8Array | Nested[]

const { nested } = fc.letrec<{ nested: Nested; leaf: Uint8Array; list: Nested[] }>((tie) => ({
  nested: fc.oneof({ maxDepth: 5, depthSize: 'small' }, tie('leaf'), tie('list')),
  leaf: fc.uint8Array({ maxLength: 70 }).map((bytes) => Uint8Array.from(bytes)),
  list: fc.array(tie('nested'), { maxLength: 8 }),
}))

/** What the package says; undefined when it throws. */
function reference(bytes: Uint8Array): unknown {
  try {
    return RLP.decode(bytes)
  } catch {
    return undefined
  }
}

test('what is encoded decodes to the same', () => {
  fc.assert(
    fc.property(nested, (item) => {
      assert.equal(decodeRlp(encodeRlp(item)), item)
    }),
    { numRuns: 500 },
  )
})

test('any bytes decode as the reference package decodes them, or are refused as it refuses them', () => {
  const damaged = fc.tuple(nested, fc.nat(), fc.nat(255)).map(([item, at, byte]) => {
    const bytes = Uint8Array.from(encodeRlp(item))
    bytes[at % bytes.length] = byte
    return bytes
  })
  const any = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 80 }), damaged)
  fc.assert(
    fc.property(any, (bytes) => {
      const plain = Uint8Array.from(bytes)
      assert.equal(decodeRlp(plain), reference(plain))
    }),
    { numRuns: 5_000 },
  )
})

test('what decodes encodes to the same bytes: there is one encoding', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 6 }), (bytes) => {
      const item = decodeRlp(bytes)
      if (item !== undefined) assert.equal(bytesToHex(encodeRlp(item)), bytesToHex(bytes))
    }),
    { numRuns: 20_000 },
  )
})

test('text and scalars encode as the bytes that they stand for', () => {
  const scalar = fc.oneof(fc.maxSafeNat(), fc.bigInt({ min: 0n, max: 2n ** 256n }))
  const minimal = (value: number | bigint): Uint8Array => bigintToBytes(BigInt(value))
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(scalar, { maxLength: 5 }),
      (raw, all) => {
        const bytes = Uint8Array.from(raw)
        const mixed = encodeRlp([bytesToHex(bytes), all, ...all])
        assert.equal(mixed, RLP.encode([bytes, all.map(minimal), ...all.map(minimal)]))
      },
    ),
    { numRuns: 500 },
  )
  assert.equal(encodeRlp(0), Uint8Array.of(0x80))
  assert.equal(encodeRlp(0n), Uint8Array.of(0x80))
  assert.equal(encodeRlp('0x'), Uint8Array.of(0x80))
  for (const bad of [-1, 1.5, 2 ** 53, -1n, '0x1', '0xzz', 'ab' as '0x', '0x\u0131\u0131'] as const)
    assert.throws(() => encodeRlp(bad), /expected/, String(bad))
})

test('what is larger than the scratch comes out whole, and the next encoding is not touched by it', () => {
  for (const size of [65_530, 65_536, 65_540, 3_000_000]) {
    const large = new Uint8Array(size).fill(size % 251)
    const items = [large, [Uint8Array.of(1), large], Uint8Array.of(2)]
    assert.ok(equalBytes(encodeRlp(items), RLP.encode(items)), `${size}`)
    assert.equal(encodeRlp(['0x0102', []]), hexToBytes('0xc4820102c0'))
  }
})

test('a prefix stands before the encoding, and encoded items go in as they are', () => {
  const inner = encodeRlp([7, '0x0102'])
  const outer = encodeRlp([1, { encoded: inner }, 300], Uint8Array.of(9, 9))
  assert.equal(outer, concatBytes(Uint8Array.of(9, 9), encodeRlp([1, [7, '0x0102'], 300])))
})

test('what a reader took so far, skipped or passed is checked and given back as it was', () => {
  const bytes = encodeRlp([1, '0x0203', [4, ['0x05']], 6])
  const read = readRlp(bytes, (reader) => {
    reader.skip()
    reader.pass(2)
    assert.equal(encodeRlp([reader.taken()]), encodeRlp([1, '0x0203']))
    assert.ok(reader.isList)
    assert.equal(reader.encoded(), encodeRlp([4, ['0x05']]))
    assert.not(reader.isList)
    return reader.number()
  })
  assert.equal(read, { value: 6 })
  // a list of a list of a byte string whose one byte is not there
  for (const take of ['skip', 'encoded', 'next'] as const)
    assert.ok('reason' in readRlp(hexToBytes('0xc2c181'), (reader) => reader[take]()), take)
})

test('a list has no more fields than its reader allows', () => {
  const list = encodeRlp([[1, 2, 3]])
  const count = (max: number) =>
    readRlp(list, (reader) => {
      const inner = reader.reader(max)
      let fields = 0
      for (; inner.hasMore; fields++) inner.skip()
      return fields
    })
  assert.equal(count(3), { value: 3 })
  assert.match((count(2) as { reason: string }).reason, /fewer fields expected/)
  assert.ok('reason' in readRlp(list, (reader) => reader.nothing()))
  assert.equal(
    readRlp(encodeRlp([[]]), (reader) => reader.nothing()),
    { value: undefined },
  )
})

test('spellings that are not canonical are refused', () => {
  const refused = ['0x', '0x8100', '0x817f', '0xb800', '0xb837', '0xb90038', '0xf800', '0xc101c0']
  for (const hex of [...refused, '0xc2', '0x8080', '0xbfffffffffffffffff', '0xffffffffffffffffff'])
    assert.is(decodeRlp(hexToBytes(hex)), undefined, hex)
})

test('depth and number of items are bounded', () => {
  let nest: Nested = []
  for (let depth = 1; depth <= 64; depth++) {
    assert.ok(decodeRlp(encodeRlp(nest)) !== undefined, `depth ${depth}`)
    nest = [nest]
  }
  assert.is(decodeRlp(encodeRlp(nest)), undefined)
  const items = new Uint8Array(5 + (1 << 18)).fill(0xc0)
  items.set([0xfa, 0x04, 0x00, 0x01])
  assert.is(decodeRlp(items), undefined)
  assert.is(decodeRlp(encodeRlp([[], [], []]), 3), undefined)
  assert.ok(decodeRlp(encodeRlp([[], [], []]), 4) !== undefined)
})

test('megabytes of empty lists end the same way as a few', () => {
  const bytes = new Uint8Array(8 * 1024 * 1024).fill(0xc0)
  bytes.set([0xfa, 0x7f, 0xff, 0xfc])
  assert.is(decodeRlp(bytes), undefined)
})

test('decoded byte strings are copies', () => {
  const source = encodeRlp([Uint8Array.of(1, 2, 3)])
  const item = decodeRlp(Buffer.from(source)) as Uint8Array[]
  assert.is(item[0]?.constructor, Uint8Array)
  assert.is(item[0]?.buffer.byteLength, 3)
})

test('a reader takes each field once and says what it expected', () => {
  const address = new Uint8Array(20).fill(1)
  const bytes = encodeRlp([Uint8Array.of(5), address, [Uint8Array.of(9)]])
  const read = readRlp(bytes, (reader) => ({
    number: reader.number(),
    address: reader.address(),
    inner: reader.reader().number(),
  }))
  assert.equal(read, { value: { number: 5, address: bytesToHex(address), inner: 9 } })
  const reasons: [RegExp, (reader: Parameters<Parameters<typeof readRlp>[1]>[0]) => unknown][] = [
    [/no more fields/, (reader) => reader.number()],
    [/32 bytes expected, got 1/, (reader) => reader.hash()],
    [/list expected/, (reader) => reader.reader()],
    [/at most 0 bytes/, (reader) => reader.bytes({ max: 0 })],
    [/because/, () => misfit('because')],
    [/more fields/, (reader) => [1, 2, 3, 4].map(() => reader.next())],
  ]
  for (const [reason, take] of reasons) {
    const result = readRlp(bytes, take)
    assert.match('reason' in result ? result.reason : '', reason)
  }
})

test('scalars are minimal and bounded', () => {
  const number = (hex: string) =>
    readRlp(encodeRlp([hexToBytes(hex)]), (reader) => reader.number()) as { value?: number }
  assert.is(number('0x').value, 0)
  assert.is(number('0x1fffffffffffff').value, Number.MAX_SAFE_INTEGER)
  for (const hex of ['0x00', '0x0001', '0x20000000000000', '0x0100000000000000'])
    assert.is(number(hex).value, undefined, hex)
})

test('errors of the read function itself are not swallowed', () => {
  assert.throws(
    () =>
      readRlp(encodeRlp([]), () => {
        throw new TypeError('a bug')
      }),
    'a bug',
  )
})

test('the shared RLP vectors hold', () => {
  const random = sharedJson('ethereum-tests/RLPTests/RandomRLPTests/example.json')
  const valid = sharedJson('ethereum-tests/RLPTests/rlptest.json')
  if (random === undefined || valid === undefined) return
  for (const [name, { out }] of Object.entries({ ...random, ...valid } as object)) {
    const bytes = hexToBytes(out)
    const item = decodeRlp(bytes)
    assert.ok(item !== undefined, name)
    assert.is(bytesToHex(encodeRlp(item as Nested)), out, name)
  }
})

test.run()
