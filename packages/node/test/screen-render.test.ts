/** What the operator sees: words first, one row a validator, and a screen that is left as found. */
import { stripVTControlCharacters } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { duration, renderLine, renderStatus } from '../src/screen/render.ts'
import { toFrame, watchStatus } from '../src/screen/watch.ts'
import { consensusStatus, HASH, MEMBERS, nodeStatus, validatorStatus } from './support/status.ts'

const PLAIN = { colour: false, width: 200 }
const STALLED = nodeStatus({
  verdict: 'stalled',
  why: { code: 'quorum-silent', text: 'block 8 is undecided for 6.0 s: quorum is missing by 1' },
  consensus: consensusStatus({
    ...{ phase: 'prevote', undecidedMs: 6_000, missing: 1 },
    proposal: { hash: HASH, validRound: -1, body: 'held', bodyMs: 900 },
    prevotes: [{ hash: HASH, signers: MEMBERS.slice(0, 2) }],
  }),
  validators: MEMBERS.map((_, i) =>
    validatorStatus(
      i,
      i < 2 ? { prevote: HASH } : { silent: true, connected: false, quietMs: 7_000 },
    ),
  ),
  alarms: [{ code: 'SEAL_INVALID', count: 3, lastAtMs: 1e12 - 60_000, reason: 'a seal' }],
})

test('the first line says in words what is wrong', () => {
  const [first] = renderStatus(STALLED, PLAIN)
  assert.is(first, '● block 8 is undecided for 6.0 s: quorum is missing by 1')
})

test('every validator has a row: link, skew, votes, silence', () => {
  const lines = renderStatus(STALLED, PLAIN)
  const row = (i: number): string =>
    lines.find((line) => line.startsWith(`0x${i}${i}${i}${i}`)) ?? ''
  assert.match(row(1), /self .*0xabababab .*this node$/)
  assert.match(row(2), /up +\+1 ms +7 +0xabababab +– +8\/2 +0\.1 s ago$/)
  assert.match(row(3), /DOWN .*SILENT for 7\.0 s$/)
  assert.ok(lines.some((line) => line.includes('prevotes 2/3, precommits 0/3')))
  assert.ok(lines.some((line) => line.includes('SEAL_INVALID ×3, 60 s ago: a seal')))
})

test('lines keep to the width, the verdict goes on in further lines', () => {
  for (const width of [40, 80, 120]) {
    for (const colour of [false, true]) {
      const lines = renderStatus(STALLED, { colour, width })
      for (const line of lines)
        assert.ok([...stripVTControlCharacters(line)].length <= width, `${width}: ${line}`)
      const text = lines.map((line) => stripVTControlCharacters(line).trim()).join(' ')
      assert.match(text, 'quorum is missing by 1')
    }
  }
})

test('where rows are few the least is left out, never the verdict or a validator', () => {
  const all = renderStatus(STALLED, PLAIN)
  assert.equal(renderStatus(STALLED, { ...PLAIN, rows: all.length }), all)
  const few = renderStatus(STALLED, { ...PLAIN, rows: 13 })
  assert.ok(few.length <= 13, `${few.length} lines`)
  assert.is(few[0], all[0])
  for (const digit of '1234') assert.ok(few.some((line) => line.startsWith(`0x${digit}`)))
  assert.ok(few.some((line) => line.startsWith('votes')))
  assert.ok(few.some((line) => line.includes('SEAL_INVALID')))
})

test('an observer has no votes to show, and says so', () => {
  const lines = renderStatus(nodeStatus({ consensus: null, log: null }), PLAIN)
  assert.ok(lines.some((line) => line.includes('an observer hears no votes')))
  assert.ok(lines.includes('alarms     none'))
})

test('times are short', () => {
  assert.equal([0, 9_949, 61_000, 600_000, 7_200_000, 864e5 * 3].map(duration), [
    '0.0 s',
    '9.9 s',
    '61 s',
    '10 min',
    '2 h',
    '3 d',
  ])
})

test('a pipe gets one line each time', () => {
  const line =
    '2001-09-09T01:46:40.000Z stalled block 7 round 8/2: block 8 is undecided for 6.0 s: '
  assert.is(renderLine(STALLED), `${line}quorum is missing by 1`)
})

test('a frame overwrites the screen line by line and never exceeds it', () => {
  const frame = toFrame(['a', 'b', 'c', 'd'], 3)
  assert.is(frame, '\u001b[Ha\u001b[K\r\nb\u001b[K\r\n\u001b[J')
})

test('the live view goes on through failures and leaves the terminal as it was', async () => {
  const controller = new AbortController()
  const written: string[] = []
  let reads = 0
  await watchStatus({
    mode: 'screen',
    write: (text) => void written.push(text),
    read: async () => {
      reads++
      if (reads === 2) throw new TypeError('nobody there')
      return STALLED
    },
    size: () => ({ columns: 80, rows: 24 }),
    ...{ colour: false, signal: controller.signal, explain: (error) => (error as Error).message },
    pause: async () => {
      if (reads === 3) controller.abort()
    },
  })
  assert.is(written[0], '\u001b[?1049h\u001b[?25l')
  assert.match(written[1] ?? '', 'quorum is missing')
  assert.match(written[2] ?? '', /● nobody there \(0\.0 s\)[\s\S]*validator/)
  assert.match(written[3] ?? '', 'quorum is missing')
  assert.is(written.at(-1), '\u001b[?25h\u001b[?1049l')
})

test('an answer that never comes does not hold up the end', async () => {
  const controller = new AbortController()
  const done = watchStatus({
    ...{ mode: 'lines', write: () => undefined, read: () => new Promise(() => undefined) },
    ...{ size: () => ({ columns: 80, rows: 24 }), colour: false, signal: controller.signal },
    ...{ explain: String, pause: async () => undefined },
  })
  controller.abort()
  await done
})

test.run()
