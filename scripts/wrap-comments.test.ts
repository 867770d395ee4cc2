import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { scanSource } from './tidy/scan.ts'
import { wrapComments } from './wrap-comments.ts'

const words = (count: number): string =>
  Array.from({ length: count }, (_, i) => `word${i}`).join(' ')

function wrapped(text: string): string[] {
  const once = wrapComments(text)
  assert.is(wrapComments(once), once, 'idempotent')
  const code = (source: string): string => scanSource(source).code.replace(/\s+/g, ' ').trim()
  assert.is(code(once), code(text), 'the code is the same')
  const said = (source: string): string => (source.match(/\w+/g) ?? []).sort().join(' ')
  assert.is(said(once), said(text), 'no word is lost')
  const lines = once.split('\n')
  for (const line of lines) assert.ok(line.length <= 100, `${line.length}: ${line}`)
  return lines
}

test('a long line comment goes on in the next line', () => {
  assert.is(wrapped(`  // ${words(20)}\n  f()`).length, 3)
})

test('words flow into the paragraph that follows', () => {
  const lines = wrapped(`/**\n * ${words(18)}\n * and more\n */\nf()`)
  assert.is(lines.length, 5)
  assert.match(lines[2] as string, /word17 and more$/)
})

test('words do not flow into a list, a table or indented text', () => {
  for (const next of ['- item', '| a | b |', '  code()', '@returns x', '1. first']) {
    const lines = wrapped(`/**\n * ${words(18)}\n * ${next}\n */`)
    assert.ok(lines.includes(` * ${next}`), next)
  }
})

test('a long one-line docstring becomes a block', () => {
  assert.equal(wrapped(`  /** ${words(19)} */\n  f()`).slice(-2), ['   */', '  f()'])
})

test('the first line of a file comment flows into the second', () => {
  const lines = wrapped(`/** ${words(19)}\n * tail */\nf()`)
  assert.ok((lines[1] as string).endsWith('tail */'))
})

test('a comment behind code goes above it', () => {
  assert.equal(wrapped(`  const a = 1 // ${words(15)}`).at(-1), '  const a = 1')
})

test('long code, long literals and addresses stay', () => {
  const literal = `const a = '${words(30)}'\n`
  assert.is(wrapComments(literal), literal)
  const address = `// see https://example.org/${'a/'.repeat(60)}\n`
  assert.is(wrapComments(address), address)
})

test.run()
