import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createKeystore, createSecretKey } from '../src/keystore.ts'
import {
  openKeystoreFile,
  readKeystoreFile,
  readPasswordFile,
  writeKeystoreFile,
  writeSecretFile,
} from '../src/keystore-file.ts'
import { rejects } from './support/rejects.ts'

const dir = mkdtempSync(join(tmpdir(), 'veche-keys-'))
const at = (name: string): string => join(dir, name)

test('a keystore file is readable by its owner only and opens again', async () => {
  const keystore = await createKeystore(createSecretKey(), 'a password', { scryptN: 2 })
  await writeKeystoreFile(at('key.json'), keystore)
  await writeSecretFile(at('password'), 'a password\n')
  assert.is(statSync(at('key.json')).mode & 0o777, 0o600)
  const signer = await openKeystoreFile(at('key.json'), at('password'))
  assert.is(signer.address, `0x${keystore.address}`)
})

test('an existing key is never overwritten', async () => {
  await writeSecretFile(at('once'), 'first')
  await rejects(() => writeSecretFile(at('once'), 'second'), 'FILE_EXISTS')
  assert.is(readFileSync(at('once'), 'utf8'), 'first')
})

test('a directory that is absent is FILE_UNWRITABLE', async () => {
  await rejects(() => writeSecretFile(at('no/such/file'), ''), 'FILE_UNWRITABLE')
})

test('the password is the first line, whatever the line end', async () => {
  for (const [text, password] of [
    ['secret\n', 'secret'],
    ['secret\r\nsecond', 'secret'],
    ['no line end', 'no line end'],
    [' spaces stay ', ' spaces stay '],
    ['', ''],
  ] as const) {
    writeFileSync(at('line'), text)
    assert.is(await readPasswordFile(at('line')), password)
  }
})

test('absent and oversized files are FILE_UNREADABLE', async () => {
  await rejects(() => readPasswordFile(at('absent')), 'FILE_UNREADABLE')
  writeFileSync(at('large'), 'x'.repeat(70_000))
  await rejects(() => readPasswordFile(at('large')), 'FILE_UNREADABLE')
  await rejects(() => readKeystoreFile(at('large')), 'FILE_UNREADABLE')
})

test('a keystore that is not JSON is KEYSTORE_INVALID', async () => {
  writeFileSync(at('text'), 'not json')
  await rejects(() => readKeystoreFile(at('text')), 'KEYSTORE_INVALID')
})

test.after(() => rmSync(dir, { recursive: true }))
test.run()
