import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type LoadConfigOptions, loadConfig } from '../src/config.ts'
import { CONFIG_OPTIONS, keyToAttribute, keyToFlag, keyToVariable } from '../src/config-options.ts'
import { rejects } from './support/rejects.ts'

const dir = mkdtempSync(join(tmpdir(), 'veche-config-'))
mkdirSync(join(dir, 'sub'))
const NEEDED = { dataDir: 'data', genesisFile: 'genesis.json' }

function file(content: unknown): string {
  const path = join(dir, 'sub', 'config.json')
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const refused = async (options: LoadConfigOptions): Promise<Readonly<Record<string, unknown>>> =>
  (await rejects(() => loadConfig({ cwd: dir, ...options }), 'CONFIG_INVALID')).facts

test('defaults fill what is not given', () => {
  const config = loadConfig({ file: file(NEEDED) })
  assert.is(config.role, 'observer')
  assert.equal(config.rpc.hosts, ['localhost', '127.0.0.1', '[::1]'])
  assert.is(config.rpc.enabled, false)
  assert.is(config.execution.callTimeoutMs, 2000)
  assert.not.ok('keystoreFile' in config)
})

test('paths are relative to the file, and to the working directory elsewhere', () => {
  const config = loadConfig({ file: file(NEEDED), cwd: dir, flags: { keystoreFile: 'key.json' } })
  assert.is(config.dataDir, join(dir, 'sub', 'data'))
  assert.is(config.keystoreFile, join(dir, 'key.json'))
})

test('a flag wins over the environment, which wins over the file', () => {
  const options = { file: file({ ...NEEDED, rpc: { port: 1 } }) }
  const env = { VECHE_RPC_PORT: '2', PATH: 'ignored' }
  assert.is(loadConfig(options).rpc.port, 1)
  assert.is(loadConfig({ ...options, env }).rpc.port, 2)
  assert.is(loadConfig({ ...options, env, flags: { rpcPort: '3' } }).rpc.port, 3)
})

test('lists are arrays in the file and comma-separated elsewhere', () => {
  const source = file({ ...NEEDED, p2p: { bootnodes: ['/a', '/b'] } })
  assert.equal(loadConfig({ file: source }).p2p.bootnodes, ['/a', '/b'])
  const env = { VECHE_P2P_BOOTNODES: '/c, /d' }
  assert.equal(loadConfig({ file: source, env }).p2p.bootnodes, ['/c', '/d'])
  assert.equal(loadConfig({ file: source, env: { VECHE_P2P_BOOTNODES: '' } }).p2p.bootnodes, [])
})

test('every option is reachable in its three spellings', () => {
  for (const [key, spec] of Object.entries(CONFIG_OPTIONS)) {
    const text = { text: 'some', path: '/some', switch: 'true', list: '/x', integer: '5000000' }
    let value = spec.kind === 'choice' ? spec.choices[0] : text[spec.kind]
    if (spec.kind === 'integer') value = String(spec.max)
    if (key === 'checkpoint') value = `7:0x${'ab'.repeat(32)}`
    if (key === 'validatorsOverride') value = `7:contract=0x${'ab'.repeat(20)}`
    const base = { ...NEEDED, keystoreFile: 'k', passwordFile: 'p' }
    const [head, tail] = key.split('.') as [string, string | undefined]
    const json = spec.kind === 'integer' ? Number(value) : spec.kind === 'switch' ? true : value
    const nested = tail === undefined ? { [head]: json } : { [head]: { [tail]: json } }
    const inFile = loadConfig({ file: file({ ...base, ...nested }) })
    const inEnv = loadConfig({ file: file(base), env: { [keyToVariable(key)]: value } })
    const inFlag = loadConfig({ file: file(base), flags: { [keyToAttribute(key)]: value } })
    assert.equal(inEnv, inFile, key)
    assert.equal(inFlag, inFile, key)
    const plain = loadConfig({ file: file(base) })
    const same = 'default' in spec && JSON.stringify(spec.default) === JSON.stringify(json)
    if (!same && key !== 'dataDir' && key !== 'genesisFile') assert.not.equal(inFile, plain, key)
    assert.match(keyToFlag(key), /^--[a-z0-9-]+$/)
  }
})

test('an unknown key, variable or flag names the nearest', async () => {
  const inFile = await refused({ file: file({ ...NEEDED, rpc: { prot: 1 } }) })
  assert.equal([inFile['key'], inFile['nearest']], ['rpc.prot', 'rpc.port'])
  const inEnv = await refused({ file: file(NEEDED), env: { VECHE_RPC_PROT: '1' } })
  assert.is(inEnv['nearest'], 'VECHE_RPC_PORT')
  const inFlag = await refused({ file: file(NEEDED), flags: { rpcPrt: '1' } })
  assert.is(inFlag['nearest'], 'rpcPort')
})

test('names of Object.prototype are unknown like any other', async () => {
  const text = `{"dataDir":"d","genesisFile":"g","__proto__":{"x":1},"constructor":1}`
  await refused({ file: file(text) })
  await refused({ file: file({ ...NEEDED, toString: 'x' }) })
})

const WRONG: readonly [string, unknown, string][] = [
  ['a port out of range', { rpc: { port: 65_536 } }, 'rpc.port'],
  ['a port that is no integer', { rpc: { port: 1.5 } }, 'rpc.port'],
  ['a port that is no number', { rpc: { port: 'http' } }, 'rpc.port'],
  ['a role that does not exist', { role: 'miner' }, 'role'],
  ['a list of numbers', { p2p: { bootnodes: [1] } }, 'p2p.bootnodes'],
  ['a group that is no object', { rpc: 8545 }, 'rpc'],
  ['an empty path', { dataDir: '' }, 'dataDir'],
  ['null', { rpc: { enabled: null } }, 'rpc.enabled'],
  ['an override without a set', { validatorsOverride: '7' }, 'validatorsOverride'],
  ['a checkpoint without a hash', { checkpoint: '7' }, 'checkpoint'],
  ['a checkpoint of a short hash', { checkpoint: '7:0x12' }, 'checkpoint'],
  ['a checkpoint of no height', { checkpoint: `-1:0x${'ab'.repeat(32)}` }, 'checkpoint'],
  ['a switch that is neither', { rpc: { enabled: 'yes' } }, 'rpc.enabled'],
  ['a validator without a keystore', { role: 'validator' }, 'keystoreFile'],
  [
    'public RPC on a validator',
    {
      role: 'validator',
      keystoreFile: 'k',
      passwordFile: 'p',
      rpc: { enabled: true, host: '0.0.0.0' },
    },
    'rpc.host',
  ],
  [
    'one port for two servers',
    { rpc: { enabled: true, port: 9000 }, metrics: { enabled: true, port: 9000 } },
    'metrics.port',
  ],
]

for (const [what, change, key] of WRONG)
  test(`refuses ${what} and names ${key}`, async () => {
    const facts = await refused({ file: file({ ...NEEDED, ...(change as object) }) })
    assert.is(facts['key'], key)
    assert.type(facts['expected'], 'string')
  })

test('what is required and absent says how to give it', async () => {
  const failure = await rejects(() => loadConfig({}), 'CONFIG_INVALID')
  assert.is(failure.facts['key'], 'dataDir')
  assert.match(failure.message, '--data-dir')
  assert.match(failure.message, 'VECHE_DATA_DIR')
})

test('a file that is absent, no JSON or no object is refused', async () => {
  await refused({ file: join(dir, 'absent.json') })
  await refused({ file: file('{ not json') })
  await refused({ file: file('[]') })
})

test.after(() => rmSync(dir, { recursive: true }))
test.run()
