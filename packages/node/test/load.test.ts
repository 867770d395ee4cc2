/** The frame of workloads on a real node: nonces, finality, logs, check, and the seed. */
import { join } from 'node:path'
import { DOCUMENT_REGISTRY_ADDRESS, schemaId } from '@veche/contracts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DOCUMENT_REGISTRY } from '../src/act/contracts.ts'
import { CITY_SCHEMA } from '../src/genesis-services.ts'
import { createBoard } from '../src/load/board.ts'
import { CITY_DAY_SHARES, createCityDay } from '../src/load/city-day.ts'
import { createChecker, type LoadContext, type LoadProfile } from '../src/load/profile.ts'
import { loadProfile, PROFILE_NAMES } from '../src/load/profiles.ts'
import { createRandom, seedToSecretKey } from '../src/load/random.ts'
import { type LoadOptions, runLoad } from '../src/load/run.ts'
import { openOneNode } from './support/one-node.ts'
import { rejects } from './support/rejects.ts'

const one = await openOneNode()
const to = DOCUMENT_REGISTRY_ADDRESS
const { binding } = DOCUMENT_REGISTRY

/** Issues single documents from two departments at once and finds them again in the events. */
function issuing(check = true, name = 'issuing'): LoadProfile {
  return {
    ...{ name, description: '', unit: 'documents', countDefault: 20 },
    async run(context: LoadContext) {
      const signers = await Promise.all([context.key('issuer-1'), context.key('issuer-2')])
      const hashes = Array.from({ length: context.count }, () => context.random.hash())
      const progress = context.progress('issuing', context.count)
      let done = 0
      await Promise.all(
        hashes.map(async (hash, i) => {
          const data = binding.encode.issue(hash, schemaId(CITY_SCHEMA))
          const signer = signers[i % 2]
          assert.ok(signer)
          await context.must(signer, { to, data, gas: 150_000n })
          progress.update(++done)
        }),
      )
      const issued = new Set(
        binding
          .decodeLogs(await context.logs(to))
          .map((event) => (event.name === 'DocumentIssued' ? event.args.document : event.name)),
      )
      const checker = createChecker()
      for (const hash of hashes)
        checker.expect('documents', check && issued.has(hash), () => `${hash} is missing`)
      return { facts: { issued: issued.size }, check: checker.result() }
    },
  }
}

function optionsOf(profile: LoadProfile, more: Partial<LoadOptions> = {}): LoadOptions {
  return {
    ...{ profile, seed: 'a', count: 20, validators: 1, realDir: '/nowhere' },
    ...{ rpcUrl: one.rpcUrl, keysDir: join(one.files.out, 'keys') },
    signal: new AbortController().signal,
    say: () => undefined,
    ...more,
  }
}

test('runs a profile to a checked summary', async () => {
  const summary = await runLoad(optionsOf(issuing()))
  assert.is(summary.transactions, 20)
  assert.is(summary.reverted, 0)
  assert.is(summary.facts['issued'], 20)
  assert.equal(summary.check, { ok: true, compared: { documents: 20 }, differences: [] })
  assert.ok(summary.finalityMs.p99 >= summary.finalityMs.p50 && summary.gasUsed > 20 * 21_000)
})

test('tells why a call reverted that must succeed: the same seed issues the same', async () => {
  const error = await rejects(() => runLoad(optionsOf(issuing())), 'TRANSACTION_REVERTED')
  assert.match(error.message, 'DocumentRegistryAlreadyIssued')
})

test('a failed check is told, not thrown; one that compared nothing has failed', async () => {
  const failed = await runLoad(optionsOf(issuing(false), { seed: 'b', count: 2 }))
  assert.is(failed.check.ok, false)
  assert.is(failed.check.differences.length, 2)
  const nothing = {
    ...issuing(),
    run: async () => ({ facts: {}, check: createChecker().result() }),
  }
  assert.is((await runLoad(optionsOf(nothing))).check.ok, false)
})

test('a city day runs all parts at once, by their shares, and joins their checks', async () => {
  const day = createCityDay([
    issuing(true, 'documents'),
    issuing(false, 'titles'),
    issuing(true, 'a profile of its own'),
  ])
  const summary = await runLoad(optionsOf(day, { seed: 'd', count: 8 }))
  assert.is(summary.transactions, 8)
  const parts = summary.facts['parts'] as Record<string, { count: number; transactions: number }>
  assert.equal(Object.keys(parts), ['documents', 'titles'])
  assert.equal([parts['documents']?.count, parts['titles']?.count], [6, 2])
  assert.equal([parts['documents']?.transactions, parts['titles']?.transactions], [6, 2])
  assert.equal(summary.check.compared, { 'documents: documents': 6, 'titles: documents': 2 })
  assert.is(summary.check.ok, false)
  assert.ok(summary.check.differences.every((text) => text.startsWith('titles: ')))
})

test('every part of a city day has a profile, or is not built yet', async () => {
  const names = new Set(PROFILE_NAMES)
  const built = Object.keys(CITY_DAY_SHARES).filter((name) => names.has(name))
  assert.ok(built.length >= 4, built.join())
  assert.is((await loadProfile('city-day')).name, 'city-day')
  for (const name of built) assert.is((await loadProfile(name)).name, name)
})

test('begins nothing after a stop', async () => {
  const signal = AbortSignal.abort()
  await rejects(() => runLoad(optionsOf(issuing(), { seed: 'c', signal })), 'LOAD_STOPPED')
})

test('asks for the keys of a network that is not its own, and for a profile that exists', async () => {
  const { keysDir: _, ...keyless } = optionsOf(issuing())
  await rejects(() => runLoad(keyless), 'USAGE')
  await rejects(() => loadProfile('constructor'), 'USAGE')
})

test('random streams: fixed by the seed, apart by the label, within their bounds', () => {
  const draw = (seed: string) => Array.from({ length: 50 }, createRandom(seed).uint32)
  assert.equal(draw('1'), draw('1'))
  assert.not.equal(draw('1'), draw('2'))
  const random = createRandom('1')
  random.next()
  assert.is(random.fork('x').hash(), createRandom('1').fork('x').hash())
  assert.is.not(random.fork('x').hash(), random.fork('y').hash())
  const counts = [0, 0, 0]
  for (let i = 0; i < 3_000; i++) counts[random.below(3)] = (counts[random.below(3)] ?? 0) + 1
  assert.ok(
    counts.every((count) => count > 850 && count < 1_150),
    counts.join(),
  )
  const list = Array.from({ length: 100 }, (_, i) => i)
  const shuffled = random.shuffle(list)
  assert.not.equal(shuffled, list)
  assert.equal(
    [...shuffled].sort((a, b) => a - b),
    list,
  )
  assert.not.equal(seedToSecretKey('1', 'a'), seedToSecretKey('1', 'b'))
})

test('shows one bar for one label and shares for several', () => {
  let text = ''
  let nowMs = 0
  const write = (more: string) => {
    text += more
  }
  const board = createBoard({ write, terminal: false, nowMs: () => nowMs })
  const a = board.progress('documents', 10)
  nowMs += 6_000
  a.update(5)
  assert.match(text, /documents +50\.0 % +5\/10/)
  const b = board.progress('titles', 4)
  nowMs += 6_000
  b.update(1)
  assert.match(text, 'documents 5/10 (50 %)  titles 1/4 (25 %)')
  board.finish()
  assert.ok(text.endsWith('\n'))
})

test.after(() => one.close())
test.run()
