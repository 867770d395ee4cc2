/** `veche validators` without a network: what it refuses before it asks anybody. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { organisationId } from '@veche/contracts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { organisationFrom } from '../src/council/procedure.ts'
import { createKeystore, createSecretKey } from '../src/keystore.ts'
import { writeKeystoreFile } from '../src/keystore-file.ts'
import { SCRYPT_N_LIGHT } from '../src/limits.ts'
import { openOneNode } from './support/one-node.ts'
import { runMain } from './support/run-main.ts'

const root = mkdtempSync(join(tmpdir(), 'veche-validators-cli-'))
const keystore = join(root, 'key.json')
const password = join(root, 'password')
writeFileSync(password, 'secret\n')
await writeKeystoreFile(
  keystore,
  await createKeystore(createSecretKey(), 'secret', { scryptN: SCRYPT_N_LIGHT }),
)
const KEY = ['--keystore', keystore, '--password-file', password]
const NOBODY = ['--rpc', 'http://127.0.0.1:1']
const ADDRESS = `0x${'Ab'.repeat(20)}`

test('wrong arguments are usage errors', async () => {
  for (const args of [
    ['add', 'nobody', '--organisation', 'x', ...KEY],
    ['add', ADDRESS, ...KEY],
    ['approve', '0', ...KEY],
    ['approve', '1.5', ...KEY],
    ['approve', '1'],
    ['list', '--contract', '0x12'],
    ['retire', '0x12'],
  ])
    assert.is((await runMain('validators', ...args)).status, 2, args[0])
})

test('a server that does not answer and a file that is no evidence are named', async () => {
  const silent = await runMain('validators', 'list', ...NOBODY)
  assert.is(silent.status, 1)
  assert.match(silent.stderr, /RPC_UNREACHABLE/)
  for (const file of [join(root, 'absent'), password]) {
    const ran = await runMain('validators', 'report', file, ...KEY, ...NOBODY)
    assert.match(ran.stderr, /EVIDENCE_UNREADABLE/)
  }
})

test('an organisation is a name or its id', () => {
  assert.is(organisationFrom('data centre 5'), organisationId('data centre 5'))
  assert.is(organisationFrom(`0x${'AB'.repeat(32)}`), `0x${'ab'.repeat(32)}`)
})

test('the contract’s own words come back from a stranger’s call, and the list is readable', async () => {
  const one = await openOneNode()
  try {
    const rpc = ['--rpc', one.rpcUrl]
    const listed = await runMain('validators', 'list', ...rpc)
    assert.match(listed.stdout, /1 members after the head:\n {2}0x[0-9a-f]{40} {2}member/)
    assert.match(listed.stdout, /no open proposal/)
    const organisation = ['--organisation', 'x']
    const refused = await runMain('validators', 'add', ADDRESS, ...organisation, ...KEY, ...rpc)
    assert.match(refused.stderr, /the contract refuses: ValidatorSetNotValidator\(0x.*SET_REFUSED/)
    const elsewhere = await runMain('validators', 'list', '--contract', ADDRESS, ...rpc)
    assert.match(elsewhere.stderr, /SET_SILENT/)
    const stranger = await runMain('validators', 'retire', ADDRESS, ...rpc)
    assert.is(stranger.status, 0)
    assert.match(stranger.stdout, /publish the checkpoint \d+:0x[0-9a-f]{64}/)
    const needed = await runMain(
      'validators',
      'retire',
      one.files.validators[0]?.address ?? '',
      ...rpc,
    )
    assert.is(needed.status, 3)
    assert.match(needed.stdout, /keep the key/)
  } finally {
    await one.close()
  }
})

test.after(() => rmSync(root, { recursive: true }))
test.run()
