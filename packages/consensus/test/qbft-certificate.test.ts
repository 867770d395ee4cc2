/**
 * The certificate of a real Besu block (packages/primitives/test/vectors/qbft.json): the rules that
 * QBFT clients have in common with this chain, and the two in which it differs.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Address,
  blockHash,
  decodeHeader,
  type Header,
  type Hex,
  hexToBytes,
  sealHeader,
} from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { verifyCertificate } from '../src/certificate.ts'
import { checkHeader, isSortedSet } from '../src/header.ts'
import { createThresholds } from '../src/quorum.ts'
import { parameters } from './support.ts'

interface Vector {
  readonly sealed: Hex
  readonly round: number
  readonly validators: readonly Address[]
  readonly seals: readonly Hex[]
}

const file = join(import.meta.dirname, '../../primitives/test/vectors/qbft.json')
const vector = (JSON.parse(readFileSync(file, 'utf8')) as { header: Vector }).header
const decoded = decodeHeader(hexToBytes(vector.sealed))
const header = (decoded.ok ? decoded.value : undefined) as Header
const { validators, round } = vector
const seals = vector.seals.map(hexToBytes)

const codeOf = (one: Header, set = validators): string => {
  const verdict = verifyCertificate(one, set)
  return verdict.ok ? 'accepted' : verdict.code
}

test("a certificate that Besu's validators made is one here", () => {
  const verdict = verifyCertificate(header, validators)
  assert.ok(verdict.ok)
  if (!verdict.ok) return
  assert.is(verdict.value.height, 7528)
  assert.is(verdict.value.round, 1)
  assert.is(verdict.value.hash, blockHash(header))
  assert.is(verdict.value.seals.length, 3)
})

test('it is one in any order of its seals, and none when anything is altered', () => {
  assert.is(codeOf(sealHeader(header, round, [...seals].reverse())), 'accepted')
  const altered: readonly [string, Header][] = [
    ['another round', sealHeader(header, 0, seals)],
    ['two seals', sealHeader(header, round, seals.slice(1))],
    ['a seal twice', sealHeader(header, round, [...seals.slice(0, 2), seals[0] as Uint8Array])],
    ['another header', { ...header, timestamp: header.timestamp + 1 }],
  ]
  for (const [what, one] of altered) assert.is(codeOf(one), 'CERTIFICATE_INVALID', what)
  const stranger: Address = `0x${'ab'.repeat(20)}`
  const signer = validators.map((each, i) => (i === 0 ? each : stranger))
  assert.is(codeOf(header, signer), 'CERTIFICATE_INVALID')
})

test('quorum and order of the set are those of QBFT: ⌈2n/3⌉, ascending', () => {
  for (let n = 1; n <= 100; n++) assert.is(createThresholds(n).q, Math.ceil((2 * n) / 3))
  assert.ok(isSortedSet(validators))
})

test('the header itself is not of this chain: its vanity names no set', () => {
  const parent = { ...header, number: header.number - 1, timestamp: header.timestamp - 1 }
  const checked = checkHeader(header, parent, {
    ...{ parameters, validators, nextValidators: validators, parentHash: header.parentHash },
  })
  assert.ok(!checked.ok)
  if (!checked.ok) assert.match(checked.reason, "vanity with the hash of the next height's")
})

test.run()
