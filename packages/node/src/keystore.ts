/**
 * The file form of a secret key: web3 keystore v3 (Web3 Secret Storage Definition, version 3), as
 * geth, Besu, ethers and MetaMask write it. scrypt, pbkdf2 and aes-128-ctr are those of
 * `node:crypto`, which runs the key derivation off the main thread (docs/adr/0014). A key leaves
 * this file only inside a
 * {@link Signer}, which can sign and never shows it.
 */
import {
  createCipheriv,
  createDecipheriv,
  pbkdf2 as pbkdf2Callback,
  randomBytes,
  randomUUID,
  type ScryptOptions,
  scrypt as scryptCallback,
  timingSafeEqual,
} from 'node:crypto'
import { promisify } from 'node:util'
import {
  type Address,
  assert,
  bytesToHex,
  concatBytes,
  keccak256,
  type Signer,
  secretKeyToAddress,
  signDigest,
  VecheError,
} from '@veche/primitives'
import { decodeKeystore, type Kdf, type Keystore } from './keystore-codec.ts'
import { SCRYPT_N_STANDARD } from './limits.ts'

const pbkdf2 = promisify(pbkdf2Callback)
const scrypt = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scryptCallback)

const CIPHER = 'aes-128-ctr'
const DERIVED_KEY_BYTES = 32
/** order of secp256k1; a secret key is 1 … order − 1 */
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

export interface KeystoreOptions {
  /** scrypt N, a power of two; default {@link SCRYPT_N_STANDARD} */
  readonly scryptN?: number
}

function isSecretKey(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false
  const value = BigInt(bytesToHex(bytes))
  return value > 0n && value < CURVE_ORDER
}

/** A new random secret key: 32 bytes, in the range of secp256k1. */
export function createSecretKey(): Uint8Array {
  for (;;) {
    const candidate = new Uint8Array(randomBytes(32))
    if (isSecretKey(candidate)) return candidate
  }
}

/** A signer that holds a 32-byte secret key in memory. A bug when the key is out of range. */
export function createSigner(secretKey: Uint8Array): Signer {
  assert(isSecretKey(secretKey), 'secret key of 32 bytes below the curve order expected')
  const key = Uint8Array.from(secretKey)
  return {
    address: secretKeyToAddress(key),
    sign: (digest) => Promise.resolve(signDigest(digest, key)),
  }
}

function deriveKey(kdf: Kdf, password: string): Promise<Uint8Array> {
  if (kdf.kind === 'pbkdf2')
    return pbkdf2(password, kdf.salt, kdf.iterations, DERIVED_KEY_BYTES, 'sha256')
  const { n, r, p } = kdf
  // OpenSSL counts a little more than 128·N·r
  const maxmem = 128 * n * r + 128 * r * p + 1024 * 1024
  return scrypt(password, kdf.salt, DERIVED_KEY_BYTES, { N: n, r, p, maxmem })
}

/** keccak256(second half of the derived key ‖ ciphertext) */
function macOf(derived: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return keccak256(concatBytes(derived.subarray(16, 32), ciphertext))
}

const bare = (bytes: Uint8Array): string => bytesToHex(bytes).slice(2)

/**
 * Encrypts a 32-byte secret key under a password. The result is the JSON value of the file.
 * A bug when the key is out of range; the password may be any text.
 */
export async function createKeystore(
  secretKey: Uint8Array,
  password: string,
  options: KeystoreOptions = {},
): Promise<Keystore> {
  assert(isSecretKey(secretKey), 'secret key of 32 bytes below the curve order expected')
  const n = options.scryptN ?? SCRYPT_N_STANDARD
  assert(n >= 2 && Number.isInteger(Math.log2(n)), `scrypt N a power of two expected, got ${n}`)
  const salt = randomBytes(32)
  const iv = randomBytes(16)
  const derived = await deriveKey({ kind: 'scrypt', n, r: 8, p: 1, salt }, password)
  const cipher = createCipheriv(CIPHER, derived.subarray(0, 16), iv)
  const ciphertext = concatBytes(cipher.update(secretKey), cipher.final())
  return {
    address: secretKeyToAddress(secretKey).slice(2),
    crypto: {
      cipher: CIPHER,
      cipherparams: { iv: bare(iv) },
      ciphertext: bare(ciphertext),
      kdf: 'scrypt',
      kdfparams: { dklen: DERIVED_KEY_BYTES, n, p: 1, r: 8, salt: bare(salt) },
      mac: bare(macOf(derived, ciphertext)),
    },
    id: randomUUID(),
    version: 3,
  }
}

/** The address a keystore claims, without opening it; undefined when it names none. */
export function keystoreAddress(json: unknown): Address | undefined {
  const decoded = decodeKeystore(json)
  return decoded.ok ? decoded.value.address : undefined
}

/**
 * Decrypts a keystore (the parsed JSON of the file) into a signer.
 * Throws `KEYSTORE_INVALID` for anything that is not a keystore v3 within the bounds of limits.ts
 * or that names another address than its key has, and `KEYSTORE_PASSWORD` for the wrong password.
 */
export async function openKeystore(json: unknown, password: string): Promise<Signer> {
  const decoded = decodeKeystore(json)
  if (!decoded.ok) throw new VecheError(decoded.code, decoded.reason)
  const { kdf, iv, ciphertext, mac, address } = decoded.value
  const derived = await deriveKey(kdf, password)
  if (!timingSafeEqual(macOf(derived, ciphertext), mac))
    throw new VecheError('KEYSTORE_PASSWORD', 'the password does not open this keystore', {
      facts: { address },
    })
  const decipher = createDecipheriv(CIPHER, derived.subarray(0, 16), iv)
  const secretKey = concatBytes(decipher.update(ciphertext), decipher.final())
  if (!isSecretKey(secretKey))
    throw new VecheError('KEYSTORE_INVALID', 'the keystore holds no secp256k1 key')
  const signer = createSigner(secretKey)
  if (address !== undefined && address !== signer.address)
    throw new VecheError(
      'KEYSTORE_INVALID',
      `keystore of ${address} expected, its key is that of ${signer.address}`,
    )
  return signer
}
