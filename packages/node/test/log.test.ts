import { VecheError } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createLogger, errorFacts, type LogFormat, type Logger, type LogLevel } from '../src/log.ts'

const TIME = '2026-01-02T03:04:05.678Z'

function captured(format: LogFormat, level: LogLevel = 'info'): { lines: string[]; log: Logger } {
  const lines: string[] = []
  const clock = { nowMs: () => Date.parse(TIME) }
  return { lines, log: createLogger({ level, format, clock, write: (line) => lines.push(line) }) }
}

test('text lines align their facts', () => {
  const { lines, log } = captured('text')
  log.info('block final', { number: 7, hash: '0xabcd' })
  log.warn('slow', { tookMs: 12.5 })
  assert.equal(lines, [
    `${TIME} INFO  ${'block final'.padEnd(44)} number=7 hash=0xabcd\n`,
    `${TIME} WARN  ${'slow'.padEnd(44)} tookMs=12.5\n`,
  ])
})

test('lines above the level are dropped', () => {
  const { lines, log } = captured('text', 'warn')
  log.debug('no')
  log.info('no')
  log.error('yes')
  assert.equal(lines, [`${TIME} ERROR yes\n`])
})

test('json lines keep numbers, spell bigint and bytes, and end with the reserved names', () => {
  const { lines, log } = captured('json')
  log.info('x', {
    n: 1,
    ok: true,
    wei: 10n ** 20n,
    bytes: new Uint8Array(3),
    o: { a: 1n },
    u: undefined,
  })
  assert.equal(JSON.parse(lines[0] as string), {
    n: 1,
    ok: true,
    wei: '100000000000000000000',
    bytes: '3 bytes',
    o: { a: '1' },
    time: TIME,
    level: 'info',
    message: 'x',
  })
})

test('a fact cannot pose as the level or start a line of its own', () => {
  const json = captured('json')
  json.log.info('x', { level: 'error', message: 'forged' })
  assert.is(JSON.parse(json.lines[0] as string).level, 'info')
  const text = captured('text')
  text.log.info('peer says\n2026 ERROR forged', { agent: 'a\n2026 ERROR forged b=c' })
  assert.is(text.lines.length, 1)
  assert.is((text.lines[0] as string).match(/\n/g)?.length, 1)
  assert.match(text.lines[0] as string, 'agent="a\\n2026 ERROR forged b=c"')
})

test('a cyclic or huge fact does not throw', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  for (const format of ['text', 'json'] as const) {
    const { lines, log } = captured(format)
    log.info('x', { cyclic, huge: 'y'.repeat(1_000_000), list: new Array(5_000).fill('z') })
    assert.is(lines.length, 1)
    assert.ok((lines[0] as string).length < 10_000)
    if (format === 'json') JSON.parse(lines[0] as string)
  }
})

test('a child logger adds its facts to every line', () => {
  const { lines, log } = captured('json')
  log.with({ node: 'v1' }).with({ peer: 'p' }).error('gone')
  const { node, peer } = JSON.parse(lines[0] as string)
  assert.equal([node, peer], ['v1', 'p'])
})

test('errorFacts tells code, facts and cause, and the stack of bugs only', () => {
  const cause = new VecheError('LOG_IO', 'disk full', { facts: { path: 'log' } })
  assert.equal(errorFacts(new VecheError('X_Y', 'failed', { cause, facts: { n: 1 } })), {
    code: 'X_Y',
    n: 1,
    error: 'failed',
    cause: 'disk full',
  })
  assert.type(errorFacts(new TypeError('bug'))['stack'], 'string')
  assert.equal(errorFacts('text'), { error: 'text' })
})

test.run()
