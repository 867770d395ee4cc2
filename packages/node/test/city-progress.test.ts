import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createProgress, formatEta } from '../src/city/progress.ts'
import type { CitySummary } from '../src/city/run.ts'
import { formatTable } from '../src/city/table.ts'

/** a progress whose clock and output the test holds */
function progressOf(terminal: boolean, total = 200) {
  const written: string[] = []
  const clock = { ms: 1_000 }
  const write = (text: string): void => void written.push(text)
  const progress = createProgress({
    ...{ label: 'issuing', total, terminal },
    ...{ write, nowMs: () => clock.ms },
  })
  return { progress, written, clock }
}

test('an ETA is told in seconds, then in minutes, and is unknown while nothing is done', () => {
  assert.is(formatEta(0), '0 s')
  assert.is(formatEta(11.2), '12 s')
  assert.is(formatEta(59), '59 s')
  assert.is(formatEta(60), '1 min 00 s')
  assert.is(formatEta(184.1), '3 min 05 s')
  assert.is(formatEta(Number.POSITIVE_INFINITY), 'unknown')
})

test('without a terminal a plain line comes every five seconds and at the end', () => {
  const { progress, written, clock } = progressOf(false)
  progress.update(10)
  assert.equal(written, [], 'not at once')
  clock.ms += 4_999
  progress.update(40)
  assert.equal(written, [], 'not before five seconds')
  clock.ms += 1
  progress.update(50)
  assert.equal(written, ['issuing  25.0 %  50/200  10/s  ETA 15 s\n'])
  progress.update(60)
  assert.is(written.length, 1)
  clock.ms += 1_000
  progress.update(200)
  progress.finish()
  assert.is(written[1], 'issuing 100.0 %  200/200  33/s  ETA 0 s\n')
  assert.not.ok(written.join('').includes('\u001b'), 'no terminal control')
})

test('on a terminal a bar is redrawn in place, ten times a second at most', () => {
  const { progress, written, clock } = progressOf(true)
  progress.update(0)
  assert.is(written.length, 1, 'at once')
  assert.ok(written[0]?.includes(`${'░'.repeat(24)}`))
  assert.ok(written[0]?.includes('ETA unknown'))
  clock.ms += 99
  progress.update(50)
  assert.is(written.length, 1)
  clock.ms += 1
  progress.update(100)
  assert.ok(written[1]?.startsWith('\r\u001b[K'))
  assert.ok(written[1]?.includes(`${'█'.repeat(12)}${'░'.repeat(12)}`))
  progress.finish()
  assert.is(written.at(-1), '\n')
})

test('a load of nothing is complete, and more than the total is not above a hundred percent', () => {
  const empty = progressOf(false, 0)
  empty.progress.finish()
  assert.match(empty.written[0] as string, '100.0 %  0/0')
  const over = progressOf(false, 2)
  over.progress.update(3)
  over.progress.finish()
  assert.match(over.written[0] as string, '100.0 %  3/2')
})

test('an ETA never shows sixty seconds beside minutes', () => {
  const seconds = fc.double({ min: 0, max: 1e6, noNaN: true })
  fc.assert(
    fc.property(seconds, (value) => {
      const text = formatEta(value)
      const found = /^(?:(\d+) min )?(\d+) s$/.exec(text)
      if (found === null) return false
      const told = Number(found[1] ?? 0) * 60 + Number(found[2])
      return Number(found[2]) < 60 && told >= value && told <= value + 1
    }),
  )
})

test('the closing table has every figure of the summary', () => {
  const summary: CitySummary = {
    ...{ documents: 115_218, batches: 116, skippedRows: 3, transactions: 1_268, blocks: 77 },
    ...{ seconds: 61.25, transactionsPerSecond: 20.702 },
    finalityMs: { p50: 41.4, p99: 120.6 },
    head: { number: 78, hash: `0x${'ab'.repeat(32)}` },
    rpcUrl: 'http://127.0.0.1:8545',
  }
  const lines = formatTable(summary).split('\n')
  assert.is(lines.length, 8, 'seven rows and the last line end')
  const table = lines.join('\n')
  for (const part of ['115,218 in 116 batches', '1,268 in 77 blocks', '61.3 s, 20.7 tx/s'])
    assert.ok(table.includes(part), part)
  assert.ok(table.includes('p50 41 ms, p99 121 ms'))
  assert.ok(table.includes(`78 0x${'ab'.repeat(32)}`))
  assert.match(table, /skipped rows +3\n/)
  assert.ok(table.includes('http://127.0.0.1:8545'))
})

test.run()
