/**
 * Reads the JSON of a web3 keystore v3 (Web3 Secret Storage Definition). The file is foreign input:
 * its parameters decide how much memory and time opening costs, so they are bounded here.
 */
import {
  type Address,
  accept,
  hexToBytes,
  isAddress,
  isHex,
  type Result,
  refuse,
} from '@veche/primitives'
import { PBKDF2_ITERATIONS_MAX, SCRYPT_MEMORY_BYTES_MAX, SCRYPT_PARALLELISM_MAX } from './limits.ts'

/** The JSON value that {@link createKeystore} writes: lower-case hex without `0x`. */
export interface Keystore {
  readonly address: string
  readonly crypto: {
    readonly cipher: 'aes-128-ctr'
    readonly cipherparams: { readonly iv: string }
    readonly ciphertext: string
    readonly kdf: 'scrypt'
    readonly kdfparams: {
      readonly dklen: number
      readonly n: number
      readonly p: number
      readonly r: number
      readonly salt: string
    }
    readonly mac: string
  }
  readonly id: string
  readonly version: 3
}

/** Parameters of the key derivation. */
export type Kdf =
  | {
      readonly kind: 'scrypt'
      readonly n: number
      readonly r: number
      readonly p: number
      readonly salt: Uint8Array
    }
  | { readonly kind: 'pbkdf2'; readonly iterations: number; readonly salt: Uint8Array }

export interface DecodedKeystore {
  readonly kdf: Kdf
  /** 16 bytes */
  readonly iv: Uint8Array
  /** 32 bytes */
  readonly ciphertext: Uint8Array
  /** 32 bytes */
  readonly mac: Uint8Array
  readonly address?: Address
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : undefined
}

function hexField(value: unknown, length?: number): Uint8Array | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.startsWith('0x') ? value : `0x${value}`
  return isHex(text, length) ? hexToBytes(text) : undefined
}

function countField(value: unknown, max: number): number | undefined {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max
    ? (value as number)
    : undefined
}

const bad = (reason: string): Result<never> => refuse('KEYSTORE_INVALID', reason)

function decodeScrypt(params: Fields, salt: Uint8Array): Result<Kdf> {
  const n = countField(params['n'], 2 ** 30)
  const r = countField(params['r'], 2 ** 20)
  const p = countField(params['p'], SCRYPT_PARALLELISM_MAX)
  if (n === undefined || n < 2 || !Number.isInteger(Math.log2(n)))
    return bad(`scrypt n a power of two expected, got ${String(params['n'])}`)
  if (r === undefined) return bad(`scrypt r of 1 or more expected, got ${String(params['r'])}`)
  if (p === undefined)
    return bad(`scrypt p of 1 to ${SCRYPT_PARALLELISM_MAX} expected, got ${String(params['p'])}`)
  // RFC 7914, 2: N < 2^(128·r/8); OpenSSL refuses the rest, also the specification's vector with r
  // = 1
  if (r < 4 && n >= 2 ** (16 * r))
    return bad(`scrypt n below 2^${16 * r} for r ${r} expected (RFC 7914), got ${n}`)
  if (128 * n * r > SCRYPT_MEMORY_BYTES_MAX)
    return bad(
      `scrypt memory of at most ${SCRYPT_MEMORY_BYTES_MAX} bytes expected, got ${128 * n * r}`,
    )
  return accept({ kind: 'scrypt', n, r, p, salt })
}

function decodePbkdf2(params: Fields, salt: Uint8Array): Result<Kdf> {
  const iterations = countField(params['c'], PBKDF2_ITERATIONS_MAX)
  if (iterations === undefined)
    return bad(`pbkdf2 c of 1 to ${PBKDF2_ITERATIONS_MAX} expected, got ${String(params['c'])}`)
  if (params['prf'] !== 'hmac-sha256')
    return bad(`pbkdf2 prf hmac-sha256 expected, got ${String(params['prf'])}`)
  return accept({ kind: 'pbkdf2', iterations, salt })
}

function decodeKdf(kdf: unknown, value: unknown): Result<Kdf> {
  const params = fieldsOf(value)
  if (params === undefined) return bad('kdfparams expected')
  if (params['dklen'] !== 32) return bad(`dklen 32 expected, got ${String(params['dklen'])}`)
  const salt = hexField(params['salt'])
  if (salt === undefined || salt.length > 1024)
    return bad('salt of at most 1024 hex bytes expected')
  if (kdf === 'scrypt') return decodeScrypt(params, salt)
  if (kdf === 'pbkdf2') return decodePbkdf2(params, salt)
  return bad(`kdf scrypt or pbkdf2 expected, got ${String(kdf)}`)
}

/** Decodes the parsed JSON of a keystore file; refuses with `KEYSTORE_INVALID`, never throws. */
export function decodeKeystore(value: unknown): Result<DecodedKeystore> {
  const file = fieldsOf(value)
  if (file === undefined) return bad('a JSON object expected')
  if (file['version'] !== 3)
    return bad(`keystore version 3 expected, got ${String(file['version'])}`)
  const crypto = fieldsOf(file['crypto']) ?? fieldsOf(file['Crypto'])
  if (crypto === undefined) return bad('crypto section expected')
  if (crypto['cipher'] !== 'aes-128-ctr')
    return bad(`cipher aes-128-ctr expected, got ${String(crypto['cipher'])}`)
  const kdf = decodeKdf(crypto['kdf'], crypto['kdfparams'])
  if (!kdf.ok) return kdf
  const iv = hexField(fieldsOf(crypto['cipherparams'])?.['iv'], 16)
  const ciphertext = hexField(crypto['ciphertext'], 32)
  const mac = hexField(crypto['mac'], 32)
  if (iv === undefined) return bad('iv of 16 hex bytes expected')
  if (ciphertext === undefined) return bad('ciphertext of 32 hex bytes expected')
  if (mac === undefined) return bad('mac of 32 hex bytes expected')
  const decoded = { kdf: kdf.value, iv, ciphertext, mac }
  const claimed = file['address']
  if (claimed === undefined || claimed === null) return accept(decoded)
  if (typeof claimed !== 'string') return bad('address text expected')
  const address = `0x${claimed.replace(/^0x/i, '')}`.toLowerCase()
  if (!isAddress(address)) return bad('address of 20 hex bytes expected')
  return accept({ ...decoded, address })
}
