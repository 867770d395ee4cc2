/**
 * Every command of `veche` in this process, over a running node: what is printed, and exit codes.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { VecheError } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createProgram } from '../src/cli/main.ts'
import { integer } from '../src/cli/options.ts'
import { VERSION } from '../src/version.ts'
import { openOneNode } from './support/one-node.ts'
import { runMain } from './support/run-main.ts'

const one = await openOneNode()
const at = (name: string): string => join(one.dir, name)
const keys = join(one.files.out, 'keys', 'issuer-1')
const key = [
  ...['--keystore', join(keys, 'keystore.json')],
  ...['--password-file', join(keys, 'password')],
]
const rpc = ['--rpc', one.rpcUrl]
const pin = ['--genesis', one.files.genesisFile]

/** one line, with the code at its end, exit code 1 */
async function fails(code: string, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runMain(...args)
  assert.is(status, 1, stderr)
  assert.is(stdout, '')
  const lines = stderr.trimEnd().split('\n')
  assert.is(lines.length, 1, stderr)
  assert.match(stderr, /^veche: /)
  assert.ok(stderr.endsWith(` [${code}]\n`), stderr)
  return stderr
}

test('the version is that of the package', async () => {
  assert.equal(await runMain('--version'), { status: 0, stdout: `${VERSION}\n`, stderr: '' })
  assert.match(VERSION, /^\d+\.\d+\.\d+$/)
})

test('every command has a help text that names its options', async () => {
  for (const command of (await createProgram()).commands) {
    const { status, stdout } = await runMain(command.name(), '--help')
    assert.is(status, 0, command.name())
    assert.match(stdout, `Usage: veche ${command.name()}`)
    for (const sub of command.commands) {
      const told = await runMain(command.name(), sub.name(), '--help')
      assert.is(told.status, 0)
      for (const { long } of sub.options) assert.ok(told.stdout.includes(`${long}`), `${long}`)
    }
  }
})

test('wrong usage exits with 2 and says what is wrong', async () => {
  for (const [part, ...args] of [
    ["unknown command 'citty'", 'citty'],
    ["unknown option '--validatorz'", 'city', '--validatorz', '4'],
    ['whole number from 1 to 25 expected', 'city', '--validators', '0'],
    ['whole number from 0 to 65535 expected', 'city', '--rpc-port', 'http'],
    ["required option '--document", 'documents', 'verify'],
    ["required option '--out", 'documents', 'issue', ...key, '--schema', 'x'],
    ['cannot be used with', 'documents', 'show', '--document', 'a', '--number', '1'],
    ["unknown command 'isue'", 'documents', 'isue'],
  ] as const) {
    const { status, stderr, stdout } = await runMain(...args)
    assert.is(status, 2, `${args.join(' ')}: ${stderr}`)
    assert.is(stdout, '')
    assert.match(stderr, part)
  }
})

test('a whole number in a range is one, and nothing else', () => {
  const parse = integer(1, 25)
  assert.equal(['1', '25', '007'].map(parse), [1, 25, 7])
  for (const text of ['0', '26', '-1', '1.5', '1e1', '', ' 1', '0x1', 'NaN'])
    assert.throws(() => parse(text), /whole number from 1 to 25 expected/, text)
})

test('a node without a sound configuration fails in one line', async () => {
  const file = at('bad.json')
  assert.match(await fails('CONFIG_INVALID', 'node', '--config', at('absent.json')), 'absent.json')
  writeFileSync(file, '{"rolle":"observer"}')
  assert.match(await fails('CONFIG_INVALID', 'node', '--config', file), 'rolle')
})

test('a city made with another number of validators is refused', async () => {
  const text = await fails('CITY_MISMATCH', 'city', '--data-dir', one.files.out)
  assert.match(text, '1 validators are in')
})

test('documents are issued from a CSV file, and each file verifies', async () => {
  writeFileSync(at('sales.csv'), 'street,price\nGarden,100\nRiver\nMill,300\n')
  const options = ['--csv', at('sales.csv'), '--schema', 'city-document/1', '--out', at('issued')]
  const { status, stdout, stderr } = await runMain(
    ...['documents', 'issue', ...rpc, ...key, ...options, '--json', '--yes'],
  )
  assert.is(status, 0, stderr)
  assert.match(stderr, 'sales.csv:3: row skipped')
  const { documents, transactions, files } = JSON.parse(stdout)
  assert.equal([documents, transactions.length, files.length], [2, 1, 2])
  for (const file of files) {
    const verified = await runMain('documents', 'verify', '--document', file, ...rpc, ...pin)
    assert.equal([verified.status, verified.stderr], [0, ''])
    assert.match(verified.stdout, /^VALID: as of /)
  }
})

const issuedFile = (): string => join(at('issued'), readdirSync(at('issued'))[0] as string)

test('one document is issued from its fields, singly, in force until it expires', async () => {
  writeFileSync(at('fields.json'), '{"street":"Linden"}')
  const args = ['--fields', at('fields.json'), '--schema', 'city-document/1', '--single']
  const issue = ['documents', 'issue', '--yes', ...rpc, ...key, ...args, '--out', at('single')]
  const { status, stdout } = await runMain(...issue, '--expires', '2999-01-01')
  assert.is(status, 0)
  assert.is(stdout, `issued 1 documents in 1 transactions; files in ${at('single')}\n`)
  const file = join(at('single'), readdirSync(at('single'))[0] as string)
  const verified = await runMain('documents', 'verify', '--document', file, ...rpc, ...pin)
  assert.is(verified.status, 0, verified.stdout)
  await fails('DOCUMENT_MALFORMED', ...issue, '--expires', '2001-01-01')
})

test('a changed digit is not proven: exit code 4', async () => {
  const text = readFileSync(issuedFile(), 'utf8')
  assert.ok(text.includes('"100"') || text.includes('"300"'))
  writeFileSync(at('forged.json'), text.replace(/"(1|3)00"/, '"200"'))
  const args = ['documents', 'verify', '--document', at('forged.json'), ...rpc, ...pin]
  const { status, stdout } = await runMain(...args, '--json')
  assert.is(status, 4)
  assert.is(JSON.parse(stdout).verdict, 'NOT_PROVEN')
})

test('a genesis that is not pinned is told, and a wrong one proves nothing', async () => {
  const args = ['documents', 'verify', '--document', issuedFile(), ...rpc]
  const unpinned = await runMain(...args, '--json')
  assert.is(unpinned.status, 0)
  assert.match(unpinned.stderr, one.files.genesisHash)
  assert.is(JSON.parse(unpinned.stdout).block.seals, 1)
  const pinned = await runMain(...args, '--genesis-hash', one.files.genesisHash.toUpperCase())
  assert.is.not(pinned.status, 0, 'an upper-case 0X is no hash')
  assert.is((await runMain(...args, '--genesis-hash', one.files.genesisHash)).status, 0)
  assert.is((await runMain(...args, '--genesis-hash', `0x${'00'.repeat(32)}`)).status, 4)
  await fails('USAGE', ...args, '--genesis-hash', '0x12')
})

test('failures of documents are told in one line with their code', async () => {
  const verify = (file: string) => ['documents', 'verify', '--document', file, ...rpc, ...pin]
  await fails('DOCUMENTS_UNREADABLE', ...verify(at('absent.json')))
  writeFileSync(at('broken.json'), '{"format":"veche-document/1"}')
  await fails('DOCUMENT_MALFORMED', ...verify(at('broken.json')))
  const dead = ['documents', 'verify', '--document', issuedFile(), '--rpc', 'http://127.0.0.1:1']
  await fails('RPC_UNREACHABLE', ...dead)
  const issue = (...args: string[]) => [
    'documents',
    'issue',
    '--yes',
    ...rpc,
    ...key,
    '--schema',
    'x',
    '--out',
    at('o'),
    ...args,
  ]
  await fails('USAGE', ...issue())
  await fails('USAGE', ...issue('--fields', at('fields.json'), '--expires', 'tomorrow'))
  await fails('CALL_REFUSED', ...issue('--fields', at('fields.json')))
  assert.not.ok(existsSync(at('o')), 'no file of a document that was not issued')
  assert.not.ok(existsSync(at('o.draft.ndjson')), 'nothing was sent: no draft stays')
})

test('a document is shown, written once, and never over another file', async () => {
  const file = issuedFile()
  const shown = await runMain('documents', 'show', '--document', file)
  assert.equal(JSON.parse(shown.stdout), JSON.parse(readFileSync(file, 'utf8')))
  const args = ['documents', 'show', '--document', file, '--out', at('copy.json')]
  const written = await runMain(...args)
  assert.match(written.stdout, `written to ${at('copy.json')}`)
  assert.is(readFileSync(at('copy.json'), 'utf8'), shown.stdout)
  await fails('FILE_EXISTS', ...args)
  await fails('USAGE', 'documents', 'show')
  await fails(
    'DOCUMENT_NOT_FOUND',
    'documents',
    'show',
    '--number',
    '1',
    '--data-dir',
    one.files.out,
  )
  await fails('GENESIS_UNREADABLE', 'documents', 'show', '--number', '1', '--data-dir', at('none'))
})

test('a bug is told with its stack, a failure with its causes but each once', async () => {
  const { reportFailure } = await import('../src/cli/report.ts')
  const write = process.stderr.write
  const told: string[] = []
  process.stderr.write = ((text: string) => told.push(text) > 0) as typeof write
  const inner = new VecheError('INNER', 'the disk\nis full')
  reportFailure(new VecheError('OUTER', 'cannot write', { cause: inner }))
  reportFailure(new VecheError('SAME', 'same', { cause: new RangeError('same') }))
  reportFailure(new TypeError('x is undefined'))
  reportFailure('a text')
  process.stderr.write = write
  assert.is(told[0], 'veche: cannot write: the disk [OUTER]\n')
  assert.is(told[1], 'veche: same [SAME]\n')
  assert.match(told[2] as string, /^veche: this is a bug: TypeError: x is undefined\n +at /)
  assert.is(told[3], 'veche: this is a bug: a text\n')
})

test.after(() => one.close())
test.run()
