import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { joinErrorPages } from './tidy/codes.ts'
import { importsOf, packageOf, scanSource } from './tidy/scan.ts'
import { readTree } from './tidy/tree.ts'
import { tidy } from './tidy.ts'

const temporary: string[] = []

const manifest = (name: string, dependencies: Record<string, string> = {}): string =>
  JSON.stringify({ name: `@veche/${name}`, dependencies })

/** A house of two packages that nothing can be said against. */
const CLEAN: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ name: 'veche', devDependencies: { uvu: '0' } }),
  'package-lock.json': '{}',
  'packages/primitives/package.json': manifest('primitives', { rlp: '10' }),
  'packages/primitives/src/index.ts': `/** door */\nexport { x } from './x.ts'\n`,
  'packages/primitives/src/x.ts': `/** x */\nimport 'rlp'\nexport const x = refuse('SOME_CODE', 'x')\n`,
  'packages/primitives/test/exports.test.ts': `import { test } from 'uvu'\ntest.run()\n`,
  'packages/storage/package.json': manifest('storage', { '@veche/primitives': '0', level: '10' }),
  'packages/storage/src/index.ts': `/** door */\nexport { y } from './y.ts'\n`,
  'packages/storage/src/y.ts': `/** y */\nimport { x } from '@veche/primitives'\nimport 'level'\n`,
  'packages/storage/test/exports.test.ts': `import { test } from 'uvu'\ntest.run()\n`,
  'docs/errors/primitives.md':
    '| code | meaning | cure |\n|---|---|---|\n| `SOME_CODE` | m | c |\n',
  'docs/adr/0001-first.md': '# 1',
}

/** Writes a house with changes (undefined removes a file) and returns its violations. */
function tidied(changes: Readonly<Record<string, string | undefined>> = {}): string[] {
  const root = mkdtempSync(join(tmpdir(), 'veche-tidy-'))
  temporary.push(root)
  for (const [path, text] of Object.entries({ ...CLEAN, ...changes })) {
    if (text === undefined) continue
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  if (!('docs/errors.md' in changes))
    writeFileSync(join(root, 'docs/errors.md'), joinErrorPages(readTree(root)))
  return tidy(root).map(({ rule, path, line }) => `${rule} ${path}${line > 0 ? `:${line}` : ''}`)
}

test('a clean house has nothing to report', () => {
  assert.equal(tidied(), [])
})

const X = 'packages/primitives/src/x.ts'
const Y = 'packages/storage/src/y.ts'
const T = 'packages/storage/test/y.test.ts'
const top = `/** y */\n`
const used = `/** x */\nimport 'rlp'\nexport const x = refuse('SOME_CODE', 'x')\n`
const todo = ['TO', 'DO'].join('')
const only = ['test', 'only("x", f)\ntest.run()\n'].join('.')
const home = ['', 'home', 'anna', 'veche'].join('/')

const PLANTED: readonly [string, Record<string, string | undefined>, string][] = [
  ['an import upwards', { [X]: `${used}import '@veche/storage'\n` }, `level ${X}:4`],
  ['an import of a sibling', { [Y]: `${top}import '@veche/rpc'\n` }, `level ${Y}:2`],
  ['a dynamic import upwards', { [X]: `${used}await import('@veche/node')\n` }, `level ${X}:4`],
  ['a type import upwards', { [X]: `${used}type A = import('@veche/node').A\n` }, `level ${X}:4`],
  ['a file of another package', { [Y]: `${top}import '../../rpc/src/a.ts'\n` }, `level ${Y}:2`],
  [
    'a dependency upwards',
    { 'packages/storage/package.json': manifest('storage', { '@veche/node': '0' }) },
    'level packages/storage/package.json',
  ],
  ['an undeclared dependency', { [Y]: `${top}import 'left-pad'\n` }, `undeclared ${Y}:2`],
  ['an undeclared test import', { [T]: `import 'left-pad'\ntest.run()\n` }, `undeclared ${T}:1`],
  [
    'a script that needs the unknown',
    { 'scripts/a.ts': `import 'left-pad'\n` },
    'undeclared scripts/a.ts:1',
  ],
  ['a library away from home', { [Y]: `${top}import '@ethereumjs/vm'\n` }, `home ${Y}:2`],
  ['level away from home', { [X]: `${used}import 'level'\n` }, `home ${X}:4`],
  ['Date in a pure package', { [X]: `${used}Date.now()\n` }, `pure ${X}:4`],
  ['Math.random in a pure package', { [X]: `${used}Math.random()\n` }, `pure ${X}:4`],
  ['a timer in a pure package', { [X]: `${used}setTimeout(f, 1)\n` }, `pure ${X}:4`],
  ['401 lines', { [Y]: `${top}${'a\n'.repeat(400)}` }, `size ${Y}`],
  ['101 columns of code', { [Y]: `${top}${'a = b + '.repeat(13)}c\n` }, `columns ${Y}:2`],
  ['101 columns of comment', { [Y]: `${top}// ${'word '.repeat(20)}\n` }, `columns ${Y}:2`],
  ['no opening comment', { [Y]: `const y = 1\n` }, `opening ${Y}:1`],
  [
    'two folders below src',
    { 'packages/storage/src/a/b/c.ts': top },
    'depth packages/storage/src/a/b/c.ts',
  ],
  ['a test that does not run', { [T]: `test('x', f)\n` }, `test-run ${T}`],
  ['test.run in a comment', { [T]: `test('x', f) // test.run()\n` }, `test-run ${T}`],
  ['a bare Error', { [Y]: `${top}throw new Error('x')\n` }, `throw ${Y}:2`],
  ['an empty catch', { [Y]: `${top}try { f() } catch {}\n` }, `catch ${Y}:2`],
  ['an empty catch of lines', { [Y]: `${top}try { f() } catch (e) {\n}\n` }, `catch ${Y}:2`],
  ['a code without a row', { [Y]: `${top}refuse('NO_ROW', 'x')\n` }, `error-code ${Y}:2`],
  ['a code property without a row', { [Y]: `${top}f({ code: 'NO_ROW' })\n` }, `error-code ${Y}:2`],
  ['a row without a code', { [X]: '/** x */\n' }, 'error-code docs/errors/primitives.md'],
  ['stale error pages', { 'docs/errors.md': 'old' }, 'error-pages docs/errors.md'],
  ['open work', { [Y]: `${top}// ${todo}: later\n` }, `left-open ${Y}:2`],
  ['a test alone', { [T]: only }, `left-open ${T}:1`],
  ['a path of one machine', { 'README.md': `see ${home}\n` }, 'machine-path README.md:1'],
  [
    'an address in the lock file',
    { 'package-lock.json': '{\n"resolved": "https://example.org/a.tgz"}' },
    'lock package-lock.json:2',
  ],
  [
    'no test of the exports',
    { 'packages/storage/test/exports.test.ts': undefined },
    'door packages/storage/test/exports.test.ts',
  ],
  [
    'a door that is wide open',
    { 'packages/storage/src/index.ts': `/** d */\nexport * from './y.ts'\n` },
    'door packages/storage/src/index.ts',
  ],
  [
    'a package without a level',
    { 'packages/x/package.json': manifest('x') },
    'level packages/x/package.json',
  ],
  ['two records of one number', { 'docs/adr/0001-other.md': '#' }, 'record docs/adr/0001-other.md'],
]

for (const [what, changes, expected] of PLANTED)
  test(`finds ${what}`, () => {
    const found = tidied(changes)
    assert.ok(
      found.includes(expected),
      `${expected} expected, got ${found.join(' | ') || 'nothing'}`,
    )
  })

const ALLOWED: readonly [string, Record<string, string>][] = [
  ['a package of the workspace in scripts', { 'scripts/a.ts': `import '@veche/storage'\n` }],
  ['a rule word in a text', { [X]: `${used}export const a = 'Date.now() import "level"'\n` }],
  ['a rule word in a comment', { [X]: `${used}// Math.random() is not used\n` }],
  ['a rule word in a regular expression', { [X]: `${used}const r = /['"] throw new Error(/\n` }],
  ['a long text', { [Y]: `${top}const y = '${'word '.repeat(40)}'\n` }],
  [
    'a long template',
    { [Y]: `${top}const y = \`${'word '.repeat(40)}\${a} ${'b '.repeat(30)}\`\n` },
  ],
  ['a catch with its reason', { [Y]: `${top}try { f() } catch {\n  // closed already\n}\n` }],
  [
    'a long generated file',
    {
      'packages/storage/src/generated/a.ts': `/** Generated. */\n${`${'a'.repeat(200)}\n`.repeat(500)}`,
    },
  ],
]

for (const [what, changes] of ALLOWED)
  test(`allows ${what}`, () => {
    assert.equal(tidied(changes), [])
  })

test('scan blanks comments and literals and keeps every line', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the scanned text has a template
  const text = 'a("x // y") // z\nb(`p${c(1)}r`)/* s\n */d = /\\/[\'"]/ / e\n'
  const { code, uncommented } = scanSource(text)
  assert.is(code.replace(/ +/g, ' '), 'a(" ") \nb(` {c(1)} `) \n d = / / / e\n')
  assert.is(
    uncommented.replace(/ +$/gm, ''),
    text.replace('// z', '').replace('/* s\n */', '\n   ').replace(/ +$/gm, ''),
  )
  assert.is(code.length, text.length)
})

test('importsOf sees every form and no text', () => {
  const text = `import a from 'a'\nimport type { b } from "b/sub"\nexport { c } from './c.ts'\nimport 'd'
const e = await import('e')\nconst f: import('f').F = require('g')\nconst h = "import 'no'"\n`
  const specifiers = importsOf(scanSource(text)).map((site) => site.specifier)
  assert.equal(specifiers, ['a', 'b/sub', './c.ts', 'd', 'e', 'f', 'g'])
})

test('packageOf names packages, not files or builtins', () => {
  assert.equal(
    ['@a/b/c', 'a/b', './x.ts', 'node:fs'].map((specifier) => packageOf(specifier)),
    ['@a/b', 'a', undefined, undefined],
  )
})

test.after(() => {
  for (const root of temporary) rmSync(root, { recursive: true })
})
test.run()
