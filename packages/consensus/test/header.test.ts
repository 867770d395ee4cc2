/** EEA QBFT specification, "Block header"; consensus.md, "Header" and "Schedule". */
import {
  blockHash,
  bytesToHex,
  decodeExtraData,
  encodeExtraData,
  encodeHeader,
  type Header,
  hexToBytes,
  keccak256,
  keccakHex,
  sealDigest,
  sealHeader,
  secretKeyToAddress,
  signDigest,
  validatorSetHash,
} from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { verifyCertificate } from '../src/certificate.ts'
import { checkHeader, sortValidators } from '../src/header.ts'
import { Bench, parameters, START_STEP, setOf } from './support.ts'

const bench = new Bench()
const good = bench.block(2).block.header
const context = {
  parameters,
  validators: bench.set,
  nextValidators: bench.set,
  round: 2,
}

function reasonOf(change: Partial<Header>, round = 2): string {
  const checked = checkHeader({ ...good, ...change }, bench.genesis, { ...context, round })
  if (checked.ok) return 'accepted'
  assert.is(checked.code, 'HEADER_INVALID')
  return checked.reason
}

/** extraData of the good header with some fields replaced */
function extra(change: Partial<Parameters<typeof encodeExtraData>[0]>): Uint8Array {
  const base = { vanity: validatorSetHash(bench.set), validators: bench.set, round: 0, seals: [] }
  return encodeExtraData({ ...base, ...change })
}

test('extraData is laid out byte for byte as QBFT writes it, the round as a scalar', () => {
  const vanity = `${'01'.repeat(32)}`
  const [a, b] = ['00'.repeat(19).concat('01'), '00'.repeat(19).concat('02')]
  const [first, second] = ['aa'.repeat(65), 'bb'.repeat(65)]
  const expected = `0xf8d9a0${vanity}ea94${a}94${b}c083fedcbaf886b841${first}b841${second}`
  const encoded = encodeExtraData({
    vanity: `0x${vanity}`,
    validators: [`0x${a}`, `0x${b}`],
    round: 0xfedcba,
    seals: [hexToBytes(`0x${first}`), hexToBytes(`0x${second}`)],
  })
  assert.is(bytesToHex(encoded), expected)
  const decoded = decodeExtraData(hexToBytes(expected))
  assert.ok(decoded.ok && decoded.value.round === 0xfedcba)
})

test('the block hash is of the header with round 0 and no seals, whatever is stored', () => {
  const plain = keccakHex(encodeHeader(good))
  assert.is(blockHash(good), plain)
  const sealed = sealHeader(good, 7, [new Uint8Array(65).fill(1), new Uint8Array(65).fill(2)])
  assert.is(blockHash(sealed), plain)
  assert.is(blockHash(sealHeader(good, 9, [new Uint8Array(65).fill(3)])), plain)
  assert.is.not(keccakHex(encodeHeader(sealed)), plain)
})

test('a commit seal signs the header with the real round and no seals', () => {
  const ofRound7 = encodeHeader(good, extra({ round: 7 }))
  assert.equal(sealDigest(good, 7), keccak256(ofRound7))
  assert.equal(sealDigest(sealHeader(good, 7, [new Uint8Array(65)]), 7), keccak256(ofRound7))
  assert.is.not(bytesToHex(sealDigest(good, 7)), bytesToHex(sealDigest(good, 8)))
})

test('accepts the header of a round, in that round and in a later one', () => {
  assert.is(reasonOf({}), 'accepted')
  assert.is(reasonOf({}, 5), 'accepted')
})

test('takes the round of a sealed header from its extraData', () => {
  const { round: _, ...sealedContext } = context
  assert.ok(checkHeader(sealHeader(good, 2, []), bench.genesis, sealedContext).ok)
  assert.not.ok(checkHeader(sealHeader(good, 1, []), bench.genesis, sealedContext).ok)
})

test('accepts several blocks in the step of their parent, by the same primary', () => {
  const same = bench.block(0).block.header
  assert.is(same.timestamp, bench.genesis.timestamp)
  assert.ok(checkHeader(same, bench.genesis, { ...context, round: 0 }).ok)
})

test('refuses a block in the step of its parent when one per step is the rule', () => {
  const same = bench.block(0).block.header
  const one = { ...context, round: 0, parameters: { ...parameters, blocksPerStepMax: 1 as const } }
  assert.not.ok(checkHeader(same, bench.genesis, one).ok)
})

const REFUSED: readonly [string, Partial<Header>][] = [
  ['number', { number: 2 }],
  ['hash of the parent', { parentHash: bench.block(0).hash }],
  ['difficulty', { difficulty: 2n }],
  ['nonce', { nonce: '0x0000000000000001' }],
  ['Istanbul mixHash', { mixHash: bench.genesisHash }],
  ['no ommers', { ommersHash: bench.genesisHash }],
  ['step of a round up to 2', { timestamp: START_STEP + 3, coinbase: bench.member(3) }],
  ['step not below its parent', { timestamp: START_STEP - 1 }],
  ['primary of step', { coinbase: bench.member(0) }],
  ['complete sorted validator set', { extraData: extra({ validators: bench.set.slice(1) }) }],
  ['complete sorted validator set', { extraData: extra({ validators: [...bench.set].reverse() }) }],
  ["next height's validators", { extraData: extra({ vanity: validatorSetHash(setOf(5)) }) }],
  ['RLP', { extraData: new Uint8Array([1, 2, 3]) }],
]

for (const [expected, change] of REFUSED)
  test(`refuses ${JSON.stringify(Object.keys(change))}: ${expected}`, () => {
    assert.match(reasonOf(change), expected)
  })

test('refuses a timestamp between two steps', () => {
  const slow = { ...parameters, stepSeconds: 5 }
  const parent = { ...bench.genesis, timestamp: START_STEP }
  const header = { ...good, parentHash: blockHash(parent), timestamp: START_STEP + 6 }
  const checked = checkHeader(header, parent, { ...context, parameters: slow })
  assert.ok(!checked.ok && checked.reason.includes('whole step'))
})

test('refuses a step at which no round begins', () => {
  const wide = { ...parameters, emptyBlockIntervalSeconds: 0 } // 8 narrow rounds, then 3 steps each
  const at = (round: number, step: number): boolean => {
    const timestamp = START_STEP + step
    const coinbase = bench.set[timestamp % 4] as Header['coinbase']
    const header = { ...good, timestamp, coinbase }
    return checkHeader(header, bench.genesis, { ...context, parameters: wide, round }).ok
  }
  assert.ok(at(9, 11))
  assert.not.ok(at(9, 10))
  assert.not.ok(at(20, 9))
})

const keys = [1, 2, 3, 4, 5].map((i) => new Uint8Array(32).fill(i))
const set = sortValidators(keys.slice(0, 4).map(secretKeyToAddress))

function sealBy(indices: readonly number[], round: number): Uint8Array[] {
  return indices.map((i) => signDigest(sealDigest(good, round), keys[i] as Uint8Array))
}

test('a certificate has q distinct real seals of one round by members', () => {
  const proven = verifyCertificate(sealHeader(good, 3, sealBy([0, 1, 2], 3)), set)
  assert.ok(proven.ok)
  if (!proven.ok) return
  assert.is(proven.value.hash, blockHash(good))
  assert.equal([proven.value.round, proven.value.height], [3, 1])
  assert.ok(verifyCertificate(sealHeader(good, 3, sealBy([3, 1, 0, 2], 3)), set).ok)
})

const NO_CERTIFICATE: readonly [string, Header][] = [
  ['too few seals', sealHeader(good, 3, sealBy([0, 1], 3))],
  ['one seal twice', sealHeader(good, 3, sealBy([0, 1, 1], 3))],
  ['a stranger', sealHeader(good, 3, sealBy([0, 1, 4], 3))],
  ['a stranger beside a quorum', sealHeader(good, 3, sealBy([0, 1, 2, 4], 3))],
  ['seals of another round', sealHeader(good, 3, sealBy([0, 1, 2], 4))],
  ['seals of another header', sealHeader({ ...good, gasUsed: 1n }, 3, sealBy([0, 1, 2], 3))],
  ['no QBFT extraData', { ...good, extraData: new Uint8Array(32) }],
  [
    'more seals than members',
    sealHeader(good, 3, [...sealBy([0, 1, 2, 3], 3), new Uint8Array(65)]),
  ],
]

for (const [what, header] of NO_CERTIFICATE)
  test(`refuses a certificate with ${what}`, () => {
    const proven = verifyCertificate(header, set)
    assert.ok(!proven.ok && proven.code === 'CERTIFICATE_INVALID')
  })

test.run()
