/** The light client against a server that forges, omits or replays headers. */
import {
  blockHash,
  bytesToHex,
  decodeExtraData,
  encodeHeader,
  type Hash,
  type Header,
  installCrypto,
  nobleCrypto,
  validatorSetHash,
} from '@veche/primitives'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type HeaderServer, headerFromJson, LightClient, verifyHeader } from '../src/light.ts'
import { draftHeader, headerChain, headerToJson, sealBy } from './support/header-chain.ts'
import { type TestKey, testKey } from './support/world.ts'

installCrypto(nobleCrypto)

const keys = Array.from({ length: 8 }, (_, i) => testKey(`light ${i}`)).sort((a, b) =>
  a.address < b.address ? -1 : 1,
)
const first = keys.slice(0, 4)
const second = [...keys.slice(1, 4), keys[4] as TestKey]
const third = keys.slice(2, 7)

/** the set changes at heights 5 and 9 */
const setAt = (height: number): readonly TestKey[] =>
  height < 5 ? first : height < 9 ? second : third
const headers = headerChain(12, setAt)
const genesis = { number: 0, hash: blockHash(headers[0] as Header) }
const at = (number: number): Header => headers[number] as Header

const changesSet = (header: Header): boolean => {
  const extra = decodeExtraData(header.extraData)
  return extra.ok && extra.value.vanity !== validatorSetHash(extra.value.validators)
}

/** as a node answers `veche_setChanges` for these headers, so many on a page */
function changePage(chain: readonly Header[], from: number, pageMax: number): object {
  const found = chain.filter((header) => header.number >= from && changesSet(header))
  const next = found[pageMax]
  const shown = found.slice(0, pageMax).map((header) => bytesToHex(encodeHeader(header)))
  return { headers: shown, next: next === undefined ? null : `0x${next.number.toString(16)}` }
}

/** serves the chain, with some headers replaced; counts what was asked */
function server(replaced: Readonly<Record<number, unknown>> = {}, pageMax = 64) {
  const asked: (number | string)[] = []
  const block = async (asks: number | 'latest'): Promise<unknown> => {
    asked.push(asks)
    const number = asks === 'latest' ? headers.length - 1 : asks
    const header = headers[number]
    if (number in replaced) return replaced[number]
    return header === undefined ? null : headerToJson(header)
  }
  const served = (): Header[] =>
    headers.flatMap((header, number) => {
      if (!(number in replaced)) return [header]
      const other = headerFromJson(replaced[number])
      return other.ok ? [other.value] : []
    })
  const source: HeaderServer = {
    block,
    async setChanges(from) {
      asked.push(`changes from ${from}`)
      return changePage(served(), from, pageMax)
    },
  }
  return { source, asked }
}

async function refusal(
  replaced: Readonly<Record<number, unknown>>,
  block: number | 'latest' = 'latest',
): Promise<string> {
  const verdict = await verifyHeader(server(replaced).source, genesis, block)
  return verdict.ok ? 'verified' : verdict.code
}

const json = headerToJson

test('a header comes back from its JSON as it was', () => {
  for (const header of headers)
    assert.equal(headerFromJson(json(header)), { ok: true, value: header })
})

test('headers of every earlier fork come back too', () => {
  const { requestsHash, ...cancun } = at(1)
  const { blobGasUsed, excessBlobGas, parentBeaconBlockRoot, ...shanghai } = cancun
  const { withdrawalsRoot, ...london } = shanghai
  const { baseFeePerGas, ...berlin } = london
  assert.ok([requestsHash, blobGasUsed, excessBlobGas].every((field) => field !== undefined))
  assert.ok([parentBeaconBlockRoot, withdrawalsRoot, baseFeePerGas].length === 3)
  for (const header of [cancun, shanghai, london, berlin])
    assert.equal(headerFromJson(json(header)), { ok: true, value: header })
})

test('each field out of shape makes the JSON no header', () => {
  const good = json(at(3))
  const wrong = [null, 7, '', '0x', '0xzz', `0x${'1'.repeat(65)}`, `-0x1`, [], {}]
  for (const key of Object.keys(good)) {
    if (['hash', 'transactions', 'uncles', 'size'].includes(key)) continue
    for (const value of wrong) {
      // empty bytes are well-formed extraData; which certificate it holds is not asked here
      if (key === 'extraData') continue
      const verdict = headerFromJson({ ...good, [key]: value })
      assert.is(verdict.ok ? 'accepted' : verdict.code, 'HEADER_MALFORMED', `${key} ${value}`)
    }
  }
  for (const value of [undefined, null, 1, 'header', []]) assert.is(headerFromJson(value).ok, false)
})

test('no JSON whatever makes the decoder throw', () => {
  const fields = Object.keys(json(at(3)))
  const entries = fc.dictionary(fc.constantFrom(...fields), fc.oneof(fc.jsonValue(), fc.bigInt()))
  fc.assert(
    fc.property(entries, (broken) => {
      const verdict = headerFromJson({ ...json(at(3)), ...broken })
      return verdict.ok || verdict.code === 'HEADER_MALFORMED'
    }),
    { numRuns: 500 },
  )
})

test('a header that lacks a field, or has an object for a text, is none or another', () => {
  const good: Readonly<Record<string, unknown>> = json(at(3))
  for (const key of Object.keys(good)) {
    if (['hash', 'transactions', 'uncles', 'size'].includes(key)) continue
    const { [key]: _, ...rest } = good
    const without = headerFromJson(rest)
    assert.not(without.ok && blockHash(without.value) === blockHash(at(3)), key)
    const odd = headerFromJson({ ...rest, [key]: [{ toString: '' }] })
    assert.not(odd.ok && blockHash(odd.value) === blockHash(at(3)), key)
  }
})

test('every header of an honest server is verified, over both changes of the set', async () => {
  for (const [number, changes] of [
    [0, 0],
    [1, 0],
    [4, 0],
    [5, 1],
    [8, 1],
    [9, 2],
    [12, 2],
  ] as const) {
    const verdict = await verifyHeader(server().source, genesis, number)
    assert.ok(verdict.ok, `${number}: ${verdict.ok ? '' : verdict.reason}`)
    if (!verdict.ok) return
    assert.is(verdict.value.hash, blockHash(at(number)))
    assert.is(verdict.value.changes, changes)
    assert.is(verdict.value.seals, number === 0 ? 0 : number < 9 ? 3 : 4)
    assert.equal(
      verdict.value.validators,
      setAt(number).map(({ address }) => address),
    )
  }
})

test('of a long chain only genesis, the changes and the head are fetched', async () => {
  const turns = [100, 311, 450, 599]
  const long = headerChain(600, (height) =>
    turns.filter((turn) => height >= turn).length % 2 === 0 ? first : second,
  )
  let blocks = 0
  const source: HeaderServer = {
    async block(block) {
      blocks++
      return json(long[block === 'latest' ? 600 : block] as Header)
    },
    setChanges: async (from) => changePage(long, from, 3),
  }
  const client = await LightClient.open(source, {
    ...{ number: 0, hash: blockHash(long[0] as Header) },
  })
  assert.ok(client.ok)
  if (!client.ok) return
  const verdict = await client.value.verify()
  assert.ok(verdict.ok && verdict.value.changes === 4)
  assert.is(blocks, 2, 'genesis and the head')
  assert.is(client.value.fetched, 2 + 4)
  const again = await client.value.verify(320)
  assert.ok(again.ok && again.value.changes === 2)
  assert.is(client.value.fetched, 7, 'what is known is not asked for again')
})

test('a set that comes back is another link of the chain, not the same one', async () => {
  const back = headerChain(12, (height) => (height < 4 || height >= 8 ? first : second))
  const source: HeaderServer = {
    block: async (block) => json(back[block === 'latest' ? 12 : block] as Header),
    setChanges: async (from) => changePage(back, from, 64),
  }
  const verdict = await verifyHeader(source, { number: 0, hash: blockHash(back[0] as Header) })
  assert.ok(verdict.ok && verdict.value.changes === 2)
  // the second change is hidden: the head's set is not the one that the first change named
  const hiding: HeaderServer = {
    ...source,
    setChanges: async (from) => changePage(back.slice(0, 6), from, 64),
  }
  const refused = await verifyHeader(hiding, { number: 0, hash: blockHash(back[0] as Header) })
  assert.is(refused.ok ? 'verified' : refused.code, 'NOT_PROVEN')
})

test('a client of a checkpoint starts there, and knows nothing below it', async () => {
  const trusted = { number: 6, hash: blockHash(at(6)) }
  const client = await LightClient.open(server().source, trusted)
  assert.ok(client.ok)
  if (!client.ok) return
  const head = await client.value.verify()
  assert.ok(head.ok && head.value.changes === 1)
  const same = await client.value.verify(6)
  assert.ok(same.ok && same.value.seals === 0 && same.value.hash === trusted.hash)
  const below = await client.value.verify(5)
  assert.is(below.ok ? 'verified' : below.code, 'NOT_PROVEN')
  const other = await LightClient.open(server().source, { ...trusted, hash: blockHash(at(5)) })
  assert.is(other.ok ? 'opened' : other.code, 'NOT_PROVEN')
})

test('pages that repeat, go back, never end or are no pages are refused', async () => {
  const page = (from: number): { headers: string[]; next: string | null } =>
    changePage(headers, from, 64) as { headers: string[]; next: string | null }
  const pages: readonly [string, (from: number) => unknown][] = [
    ['twice the same', () => ({ headers: [...page(0).headers, ...page(0).headers], next: null })],
    ['backwards', () => ({ headers: [...page(0).headers].reverse(), next: null })],
    [
      'a header without a change',
      () => ({ headers: [bytesToHex(encodeHeader(at(2)))], next: null }),
    ],
    ['the same for ever', () => ({ headers: page(0).headers.slice(0, 1), next: '0x1' })],
    ['too many', () => ({ headers: Array(300).fill(page(0).headers[0]), next: null })],
    ['no list', () => ({ headers: 'all', next: null })],
    ['no headers', () => ({ headers: ['0x1234', 7], next: null })],
    ['nothing', () => undefined],
    ['an empty page that promises more', () => ({ headers: [], next: '0x1' })],
  ]
  for (const [name, setChanges] of pages) {
    const source = { ...server().source, setChanges: async (from: number) => setChanges(from) }
    const verdict = await verifyHeader(source, genesis)
    const code = verdict.ok ? 'verified' : verdict.code
    assert.ok(['NOT_PROVEN', 'HEADER_MALFORMED'].includes(code), `${name}: ${code}`)
  }
})

test('another genesis is refused, whatever stands on it', async () => {
  const verdict = await verifyHeader(server().source, { ...genesis, hash: `0x${'00'.repeat(32)}` })
  assert.is(verdict.ok ? 'verified' : verdict.code, 'NOT_PROVEN')
  const other = headerChain(1, () => second)
  assert.is(await refusal({ 0: json(other[0] as Header) }), 'NOT_PROVEN')
})

test('a header changed in any field loses its certificate', async () => {
  const text = json(at(3))
  const hash = `0x${'5a'.repeat(32)}`
  const scalars = ['difficulty', 'gasLimit', 'gasUsed', 'timestamp', 'baseFeePerGas']
  const hashes = ['parentHash', 'sha3Uncles', 'stateRoot', 'transactionsRoot', 'receiptsRoot']
  const changes: [string, unknown][] = [
    ...[...scalars, 'blobGasUsed', 'excessBlobGas'].map((key): [string, unknown] => [key, '0x77']),
    ...[...hashes, 'mixHash', 'withdrawalsRoot', 'parentBeaconBlockRoot', 'requestsHash'].map(
      (key): [string, unknown] => [key, hash],
    ),
    ['miner', testKey('stranger').address],
    ['nonce', '0x0000000000000001'],
    ['logsBloom', `0x${'01'.repeat(256)}`],
  ]
  for (const [key, value] of changes)
    assert.is(await refusal({ 3: { ...text, [key]: value } }, 3), 'CERTIFICATE_INVALID', key)
  assert.is(await refusal({ 3: { ...text, number: '0x4' } }, 3), 'NOT_PROVEN', 'number')
  assert.is(await refusal({ 3: { ...text, hash } }, 3), 'verified', 'the stated hash is not read')
})

test('too few seals, strangers and doubled seals make no certificate', async () => {
  const bare = at(3)
  const [a, b, c] = first as [TestKey, TestKey, TestKey]
  const stranger = testKey('stranger')
  for (const [name, sealers] of [
    ['none', []],
    ['two', [a, b]],
    ['one twice', [a, b, b]],
    ['a stranger', [a, b, stranger]],
    ['a stranger beside enough', [a, b, c, stranger]],
    ['the later set', second],
  ] as const)
    assert.is(await refusal({ 3: json(sealBy(bare, sealers)) }, 3), 'CERTIFICATE_INVALID', name)
  assert.is(await refusal({ 3: json(sealBy(bare, [b, c, a], 7)) }, 3), 'verified')
})

const strangers = Array.from({ length: 4 }, (_, i) => testKey(`stranger ${i}`)).sort((a, b) =>
  a.address < b.address ? -1 : 1,
)

test('a set that no sealed header names is refused, also when it seals itself', async () => {
  const draft = draftHeader(12, blockHash(at(11)), { now: strangers, next: strangers })
  const forged = sealBy(draft, strangers)
  assert.is(await refusal({ 12: json(forged) }), 'NOT_PROVEN')
  const whole: Record<number, unknown> = {}
  for (let number = 3; number <= 12; number++) {
    const sets = { now: strangers, next: strangers }
    whole[number] = json(sealBy(draftHeader(number, at(number - 1).parentHash, sets), strangers))
  }
  assert.is(await refusal(whole), 'NOT_PROVEN', 'a whole chain of theirs from block 3 on')
})

test('a header that names the forged set must itself be sealed by the set before', async () => {
  const change = draftHeader(4, blockHash(at(3)), { now: first, next: strangers })
  const after = draftHeader(5, blockHash(change), { now: strangers, next: strangers })
  const later: Record<number, unknown> = { 5: json(sealBy(after, strangers)) }
  for (let number = 6; number <= 12; number++)
    later[number] = json(
      sealBy(
        draftHeader(number, blockHash(change), { now: strangers, next: strangers }),
        strangers,
      ),
    )
  const [a, b, c] = first as [TestKey, TestKey, TestKey]
  const with4 = (header: Header) => refusal({ ...later, 4: json(header) })
  assert.is(await with4(sealBy(change, strangers)), 'CERTIFICATE_INVALID')
  assert.is(await with4(sealBy(change, [a, b])), 'CERTIFICATE_INVALID')
  assert.is(await with4(sealBy(change, [a, b, c])), 'verified', 'a real quorum may change the set')
})

test('a server that hides a change of the set proves nothing', async () => {
  const hidden: Record<number, unknown> = { 4: json(at(3)) }
  assert.is(await refusal(hidden), 'NOT_PROVEN')
  assert.is(await refusal({ 8: null }), 'NOT_PROVEN')
  assert.is(await refusal({ 5: json(at(6)) }, 5), 'NOT_PROVEN')
  assert.is(await refusal({ 0: null }), 'HEADER_MALFORMED')
  assert.is(await refusal({}, 99), 'HEADER_MALFORMED', 'a block that is not there')
})

test('every altered byte of a set-change header is refused', async () => {
  const change = bytesToHex(encodeHeader(at(4)))
  const place = fc.integer({ min: 1, max: change.length / 2 - 2 })
  await fc.assert(
    fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (offset, mask) => {
      const bytes = encodeHeader(at(4))
      bytes[offset] = (bytes[offset] as number) ^ mask
      const { source } = server()
      const forged: HeaderServer = {
        ...source,
        async setChanges(from) {
          const page = changePage(headers, from, 64) as { headers: string[]; next: null }
          return {
            ...page,
            headers: page.headers.map((h) => (h === change ? bytesToHex(bytes) : h)),
          }
        },
      }
      const verdict = await verifyHeader(forged, genesis)
      assert.not.ok(verdict.ok)
    }),
    { numRuns: 60 },
  )
})

test('a server of random lies ends in a verdict, and never in a forged one', async () => {
  const honest = new Set<Hash>(headers.map(blockHash))
  const numbers = fc.integer({ min: 0, max: 12 })
  const swaps = fc.dictionary(numbers.map(String), numbers)
  await fc.assert(
    fc.asyncProperty(swaps, numbers, async (given, block) => {
      const replaced = Object.fromEntries(
        Object.entries(given).map(([number, other]) => [number, json(at(other))]),
      )
      const { source, asked } = server(replaced)
      const verdict = await verifyHeader(source, genesis, block)
      assert.ok(asked.length < 100, 'it ends')
      assert.ok(!verdict.ok || honest.has(verdict.value.hash))
    }),
    { numRuns: 60 },
  )
})

test.run()
