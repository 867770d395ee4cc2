import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DOCUMENT_REGISTRY_ADDRESS,
  implementationAddress,
  VALIDATOR_SET_ADDRESS,
} from '@veche/contracts'
import { decodeGenesis } from '@veche/execution'
import { keccak256, utf8ToBytes } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadConfig } from '../src/config.ts'
import { OFFICES } from '../src/genesis-services.ts'
import { createNetworkFiles, type NetworkFilesOptions } from '../src/genesis-tool.ts'
import { openKeystoreFile } from '../src/keystore-file.ts'
import { rejects } from './support/rejects.ts'

await installNativeCrypto()

const dir = mkdtempSync(join(tmpdir(), 'veche-genesis-'))
let networks = 0
const make = (options: Partial<NetworkFilesOptions> = {}) =>
  createNetworkFiles({
    ...{ validators: 4, observers: 1, issuers: 2, local: true, basePort: 21_000 },
    ...{ out: join(dir, `network-${networks++}`), nowMs: 1_800_000_000_000 },
    ...options,
  })

/** keys that depend on the name only */
const keyOf = (name: string): Uint8Array => keccak256(utf8ToBytes(`test key of ${name}`))

test('every node has a configuration that loads and keys that open', async () => {
  const files = await make()
  for (const { name, configFile, address, dial } of [...files.validators, ...files.observers]) {
    const config = loadConfig({ file: configFile })
    assert.is(config.name, name)
    assert.is(config.genesisFile, files.genesisFile)
    assert.is(config.role, address === undefined ? 'observer' : 'validator')
    assert.not.ok(config.p2p.bootnodes.includes(dial), 'a node is not its own bootnode')
    assert.ok(config.p2p.bootnodes.length >= 3)
    if (address === undefined) continue
    const signer = await openKeystoreFile(config.keystoreFile ?? '', config.passwordFile ?? '')
    assert.is(signer.address, address)
  }
  for (const office of ['admin', 'overseer', 'issuer-1', 'issuer-2']) {
    const folder = join(files.out, 'keys', office)
    await openKeystoreFile(join(folder, 'keystore.json'), join(folder, 'password'))
  }
})

test('the genesis names the validators and has the services', async () => {
  const files = await make()
  const decoded = decodeGenesis(JSON.parse(readFileSync(files.genesisFile, 'utf8')))
  assert.ok(decoded.ok)
  if (!decoded.ok) return
  const genesis = decoded.value
  assert.equal(genesis.validators, files.validators.map(({ address }) => address).sort())
  assert.is(genesis.timestamp, 1_800_000_000 - 60)
  assert.is(genesis.validatorContract, VALIDATOR_SET_ADDRESS)
  for (const address of [VALIDATOR_SET_ADDRESS, implementationAddress(DOCUMENT_REGISTRY_ADDRESS)])
    assert.ok((genesis.alloc.get(address)?.code.length ?? 0) > 1_000, address)
})

test('the same keys, time and options give the same genesis, others another', async () => {
  const { genesisHash } = await make({ keyOf })
  assert.is((await make({ keyOf })).genesisHash, genesisHash)
  assert.is.not((await make({ keyOf, nowMs: 1_800_000_060_000 })).genesisHash, genesisHash)
  assert.is.not((await make()).genesisHash, genesisHash)
})

test('secret files are for their owner only', async () => {
  const { out } = await make()
  const secret = /(?:keystore\.json|password|node\.key)$/
  const paths = readdirSync(out, { recursive: true, encoding: 'utf8' })
  const secrets = paths.filter((path) => secret.test(path))
  assert.is(secrets.length, 4 * 3 + 1 + (4 + OFFICES.length) * 2)
  for (const path of secrets) assert.is(statSync(join(out, path)).mode & 0o777, 0o600, path)
})

test('a network of several machines can be carried apart', async () => {
  const hosts = ['10.0.0.1', 'b.example', '::1', '10.0.0.4', 'e.example']
  const files = await make({
    local: false,
    // a second of scrypt for each key: no offices
    preset: 'qbft',
    issuers: 0,
    hosts,
    basePort: 30_303,
    validators: 4,
    keyOf,
  })
  assert.match(files.validators[1]?.dial ?? '', /^\/dns\/b\.example\/tcp\/30303\/p2p\/12D3/)
  assert.match(files.validators[2]?.dial ?? '', /^\/ip6\/::1\//)
  const config = loadConfig({ file: files.observers[0]?.configFile ?? '' })
  assert.equal(config.p2p.listen, ['/ip4/0.0.0.0/tcp/30303'])
  assert.is(config.genesisFile, join(files.out, 'observer-1', 'genesis.json'))
  assert.is(readFileSync(config.genesisFile, 'utf8'), readFileSync(files.genesisFile, 'utf8'))
})

test('a directory that is not empty stays as it is', async () => {
  const out = join(dir, 'taken')
  mkdirSync(out)
  writeFileSync(join(out, 'mine'), 'kept')
  await rejects(() => make({ out }), 'FILE_EXISTS')
  assert.equal(readdirSync(out), ['mine'])
})

test('an empty directory is taken, and a failure leaves nothing beside it', async () => {
  const out = join(dir, 'empty')
  mkdirSync(out)
  await make({ out })
  await rejects(() => make({ out: join(out, 'genesis.json', 'x') }), 'FILE_UNWRITABLE')
  assert.equal(
    readdirSync(dir).filter((name) => name.includes('.new-')),
    [],
  )
})

const REFUSED: readonly [string, Partial<NetworkFilesOptions>][] = [
  ['no validator', { validators: 0 }],
  ['two validators', { validators: 2 }],
  ['three validators', { validators: 3 }],
  ['101 validators', { validators: 101 }],
  ['a fraction of a validator', { validators: 4.5 }],
  ['less than no observer', { observers: -1 }],
  ['a host too few', { hosts: ['a'] }],
  ['a step of half a second', { stepSeconds: 0.5 }],
  ['chain 0', { chainId: 0 }],
]

for (const [what, options] of REFUSED)
  test(`refuses ${what}`, async () => {
    await rejects(() => make(options), 'NETWORK_OPTIONS')
  })

test.after(() => rmSync(dir, { recursive: true }))
test.run()
