import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { genesisCommand } from '../src/cli/genesis.ts'
import { keysCommand } from '../src/cli/keys.ts'
import { openKeystoreFile } from '../src/keystore-file.ts'

const dir = mkdtempSync(join(tmpdir(), 'veche-cli-'))
const driver = join(import.meta.dirname, 'support', 'cli.ts')

interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the two subcommands in a process of their own, without a terminal. */
function run(...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [driver, ...args], { cwd: dir }, (error, out, err) =>
      resolve({ status: Number(error?.code ?? 0), stdout: out, stderr: err }),
    )
    child.stdin?.end()
  })
}

writeFileSync(join(dir, 'pw'), 'a password\n')
writeFileSync(join(dir, 'other'), 'another\n')

test('keys new writes a keystore that opens, keys show prints its address', async () => {
  const made = await run('keys', 'new', '--light', '--password-file', 'pw', '--json')
  const { address, file } = JSON.parse(made.stdout)
  const signer = await openKeystoreFile(file, join(dir, 'pw'))
  assert.is(signer.address, address.toLowerCase())
  const shown = await run('keys', 'show', 'key.json', '--json')
  assert.is(JSON.parse(shown.stdout).address, address)
})

test('keys show --check tells a wrong password', async () => {
  const right = await run('keys', 'show', 'key.json', '--check', '--password-file', 'pw', '--json')
  assert.is(JSON.parse(right.stdout).opened, true)
  const wrong = await run('keys', 'show', 'key.json', '--check', '--password-file', 'other')
  assert.is(wrong.status, 1)
  assert.match(wrong.stderr, 'KEYSTORE_PASSWORD')
})

test('keys new overwrites nothing, and asks for no password without a terminal', async () => {
  const before = readFileSync(join(dir, 'key.json'), 'utf8')
  const again = await run('keys', 'new', '--light', '--password-file', 'pw')
  assert.match(again.stderr, 'FILE_EXISTS')
  assert.is(readFileSync(join(dir, 'key.json'), 'utf8'), before)
  const silent = await run('keys', 'new', '--out', 'b.json')
  assert.match(silent.stderr, 'PASSWORD_ABSENT')
  assert.not.ok(existsSync(join(dir, 'b.json')))
})

test('genesis new makes a network whose genesis show describes', async () => {
  const options = ['--validators', '4', '--observers', '2', '--issuers', '0', '--local']
  const made = await run('genesis', 'new', ...options, '--out', 'net', '--chain-id', '99', '--json')
  const files = JSON.parse(made.stdout)
  assert.is(files.validators.length, 4)
  assert.is(files.observers.length, 2)
  const shown = JSON.parse((await run('genesis', 'show', 'net/genesis.json', '--json')).stdout)
  assert.is(shown.hash, files.genesisHash)
  assert.is(shown.chainId, 99)
})

test('genesis new refuses wrong options by name', async () => {
  const { status, stderr } = await run('genesis', 'new', '--validators', 'four', '--out', 'x')
  assert.is.not(status, 0)
  assert.match(stderr, '--validators')
  assert.match((await run('genesis', 'new', '--validators', '4')).stderr, '--out')
})

test('every subcommand has a help text', () => {
  for (const command of [keysCommand(), genesisCommand()] as Command[])
    for (const sub of command.commands) assert.ok(sub.helpInformation().length > 100, sub.name())
})

test.after(() => rmSync(dir, { recursive: true }))
test.run()
