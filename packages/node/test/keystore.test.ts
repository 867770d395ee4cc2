import { randomBytes } from 'node:crypto'
import { bytesToHex, hexToBytes, recoverAddress, secretKeyToAddress } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { Wallet } from 'ethers'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createKeystore, createSecretKey, createSigner, openKeystore } from '../src/keystore.ts'
import { decodeKeystore } from '../src/keystore-codec.ts'
import { rejects } from './support/rejects.ts'

await installNativeCrypto()

const SECRET = hexToBytes('0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d')
const ADDRESS = '0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b'
const LIGHT = { scryptN: 2 }

/** Test vectors of the Web3 Secret Storage Definition, version 3; password `testpassword`. */
const SCRYPT_VECTOR = {
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
    ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
    kdf: 'scrypt',
    kdfparams: {
      dklen: 32,
      n: 262144,
      p: 8,
      r: 1,
      salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19',
    },
    mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097',
  },
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  version: 3,
}
const PBKDF2_VECTOR = {
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
    ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
    kdf: 'pbkdf2',
    kdfparams: {
      c: 262144,
      dklen: 32,
      prf: 'hmac-sha256',
      salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
    },
    mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
  },
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  version: 3,
}

test('the scrypt vector of the specification is refused: its N breaks RFC 7914', async () => {
  await rejects(() => openKeystore(SCRYPT_VECTOR, 'testpassword'), 'KEYSTORE_INVALID')
})

test('opens the pbkdf2 vector of the specification', async () => {
  assert.is((await openKeystore(PBKDF2_VECTOR, 'testpassword')).address, ADDRESS)
})

test('a wrong password is KEYSTORE_PASSWORD', async () => {
  const keystore = await createKeystore(SECRET, 'right', LIGHT)
  await rejects(() => openKeystore(keystore, 'wrong'), 'KEYSTORE_PASSWORD')
  await rejects(() => openKeystore(keystore, ''), 'KEYSTORE_PASSWORD')
})

test('a changed digit of the ciphertext is KEYSTORE_PASSWORD', async () => {
  const keystore = await createKeystore(SECRET, 'right', LIGHT)
  const { crypto } = keystore
  const last = crypto.ciphertext.endsWith('0') ? '1' : '0'
  const changed = { ...crypto, ciphertext: `${crypto.ciphertext.slice(0, -1)}${last}` }
  await rejects(() => openKeystore({ ...keystore, crypto: changed }, 'right'), 'KEYSTORE_PASSWORD')
})

test('a keystore that names another address is refused', async () => {
  const keystore = await createKeystore(SECRET, 'x', LIGHT)
  const other = { ...keystore, address: '00'.repeat(20) }
  await rejects(() => openKeystore(other, 'x'), 'KEYSTORE_INVALID')
})

test('any key and password survive the way through a file', async () => {
  const password = fc.string({ unit: 'grapheme', maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(password, async (text) => {
      const key = createSecretKey()
      const file = JSON.parse(JSON.stringify(await createKeystore(key, text, LIGHT)))
      const signer = await openKeystore(file, text)
      assert.is(signer.address, secretKeyToAddress(key))
    }),
    { numRuns: 50 },
  )
})

test('ethers opens what is written here', async () => {
  const keystore = await createKeystore(SECRET, 'a password', LIGHT)
  const wallet = Wallet.fromEncryptedJsonSync(JSON.stringify(keystore), 'a password')
  assert.is(wallet.privateKey, bytesToHex(SECRET))
})

test('opens what ethers writes', async () => {
  const wallet = new Wallet(bytesToHex(SECRET))
  const options = { scrypt: { N: 4, r: 8, p: 1 } }
  const { encryptKeystoreJson } = await import('ethers')
  const json = await encryptKeystoreJson(
    { address: wallet.address, privateKey: wallet.privateKey },
    'a password',
    options,
  )
  assert.is((await openKeystore(JSON.parse(json), 'a password')).address, ADDRESS)
})

test('the standard cost is that of geth', async () => {
  const { crypto } = await createKeystore(SECRET, 'x')
  assert.equal({ ...crypto.kdfparams, salt: '' }, { dklen: 32, n: 262144, p: 1, r: 8, salt: '' })
})

test('a signer signs for its address and does not show its key', async () => {
  const signer = createSigner(SECRET)
  const digest = new Uint8Array(randomBytes(32))
  assert.is(recoverAddress(digest, await signer.sign(digest)), ADDRESS)
  assert.not.ok(JSON.stringify(signer).includes('7a28b5ba'))
})

const REFUSED: readonly [string, (keystore: typeof SCRYPT_VECTOR) => unknown][] = [
  ['no object', () => 'text'],
  ['null', () => null],
  ['an array', () => []],
  ['version 1', (k) => ({ ...k, version: 1 })],
  ['no crypto', ({ version, id }) => ({ version, id })],
  ['another cipher', (k) => ({ ...k, crypto: { ...k.crypto, cipher: 'aes-256-gcm' } })],
  ['another kdf', (k) => ({ ...k, crypto: { ...k.crypto, kdf: 'argon2' } })],
  ['a short ciphertext', (k) => ({ ...k, crypto: { ...k.crypto, ciphertext: '00' } })],
  ['an iv that is no hex', (k) => ({ ...k, crypto: { ...k.crypto, cipherparams: { iv: 'zz' } } })],
  ['an address that is no text', (k) => ({ ...k, address: 7 })],
  ['n that is no power of two', (k) => withParams(k, { n: 1000 })],
  ['memory beyond the bound', (k) => withParams(k, { n: 2 ** 20, r: 8 })],
  ['p beyond the bound', (k) => withParams(k, { p: 1000 })],
  ['another dklen', (k) => withParams(k, { dklen: 64 })],
]

function withParams(keystore: typeof SCRYPT_VECTOR, params: Record<string, unknown>): unknown {
  const kdfparams = { ...keystore.crypto.kdfparams, ...params }
  return { ...keystore, crypto: { ...keystore.crypto, kdfparams } }
}

for (const [what, change] of REFUSED)
  test(`refuses ${what}`, () => {
    const good = withParams(SCRYPT_VECTOR, { r: 8, p: 1 }) as typeof SCRYPT_VECTOR
    assert.ok(decodeKeystore(good).ok)
    const decoded = decodeKeystore(change(good))
    assert.is(decoded.ok, false)
    assert.is(decoded.ok ? '' : decoded.code, 'KEYSTORE_INVALID')
  })

test('decoding is total', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (crypto, kdfparams) => {
      decodeKeystore({ ...SCRYPT_VECTOR, crypto })
      decodeKeystore({ ...SCRYPT_VECTOR, crypto: { ...SCRYPT_VECTOR.crypto, kdfparams } })
    }),
  )
})

test.run()
