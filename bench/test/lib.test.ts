import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VecheError } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type BenchModule, loadModules, selectCases } from '../lib/case.ts'
import { measure, measureAll } from '../lib/measure.ts'
import { formatMeasurement, formatRate, toNdjson } from '../lib/report.ts'
import { valueHash } from '../lib/value-hash.ts'

const dir = mkdtempSync(join(tmpdir(), 'veche-bench-lib-'))

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    return error instanceof VecheError ? error.code : String(error)
  }
  return 'nothing thrown'
}

test('equal values have equal fingerprints, different ones different', () => {
  const values = [
    1,
    '1',
    1n,
    null,
    true,
    [1],
    [1, 2],
    [[1], 2],
    { a: 1 },
    { b: 1 },
    new Uint8Array(1),
  ]
  const prints = values.map(valueHash)
  assert.is(new Set(prints).size, values.length)
  assert.is(valueHash({ a: 1, b: [2n] }), valueHash({ b: [2n], a: 1 }))
  assert.is(valueHash(new Uint8Array([1, 2])), valueHash(Uint8Array.of(1, 2)))
})

test('a value that contains itself has a fingerprint', () => {
  const loop: Record<string, unknown> = {}
  loop['self'] = loop
  assert.match(valueHash(loop), /^[0-9a-f]{8}$/)
})

test('a synchronous and an asynchronous case are measured, and really run', async () => {
  let calls = 0
  const run = () => ++calls
  const sync = await measure({ name: 'x/sync', run }, 'smoke')
  assert.ok(sync.opsPerSecond > 0 && calls > 1)
  const afterSync = calls
  const slow = { name: 'x/async', async: true, run: async () => run() }
  const deferred = await measure(slow, 'smoke')
  assert.ok(deferred.opsPerSecond > 0 && calls > afterSync + 1)
})

test('a case that returns nothing, throws or rejects fails', async () => {
  const none = { name: 'x/none', run: () => undefined }
  assert.is(await codeOf(measure(none, 'smoke')), 'BENCH_FAILED')
  let calls = 0
  const failLater = () => {
    if (++calls > 1) throw new VecheError('PLANNED', 'second call')
    return 1
  }
  assert.is(await codeOf(measure({ name: 'x/throws', run: failLater }, 'smoke')), 'BENCH_FAILED')
  calls = 0
  const rejects = { name: 'x/rejects', async: true, run: async () => failLater() }
  assert.is(await codeOf(measure(rejects, 'smoke')), 'BENCH_FAILED')
})

const MODULE: BenchModule = {
  name: 'x',
  cases: () => [
    { name: 'x/fast', run: () => 1, baseline: 'x/base' },
    { name: 'x/base', run: () => 1 },
    { name: 'x/other', run: () => 1 },
  ],
}

test('a filter keeps the baselines of what it chose, and the ratio is printed', async () => {
  const chosen = await selectCases(MODULE, 'smoke', 'fast')
  assert.equal(
    chosen.map(({ name }) => name),
    ['x/fast', 'x/base'],
  )
  const measured = await measureAll(chosen, 'smoke', () => undefined)
  assert.is(measured[0]?.name, 'x/base')
  assert.type(measured[1]?.ratio, 'number')
  assert.match(formatMeasurement(measured[1] as (typeof measured)[0]), '× of its baseline')
  assert.is(JSON.parse(toNdjson('smoke', measured)).cases.length, 2)
})

test('a baseline that is no case is refused', async () => {
  const cases = () => [{ name: 'x/a', run: () => 1, baseline: 'x/b' }]
  assert.is(await codeOf(selectCases({ name: 'x', cases }, 'smoke')), 'BENCH_MALFORMED')
})

test('a module without cases is refused by its file name', async () => {
  writeFileSync(join(dir, 'bad.bench.ts'), 'export const name = 1\n')
  assert.is(await codeOf(loadModules(dir)), 'BENCH_MALFORMED')
})

test('rates are printed with the digits they deserve', () => {
  assert.equal([1_234_567.8, 12.34, 0.1234].map(formatRate), ['1,234,568', '12.3', '0.123'])
})

test.after(() => rmSync(dir, { recursive: true }))
test.run()
