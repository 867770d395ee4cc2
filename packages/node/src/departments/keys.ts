/**
 * The keys that sign for a department: a web3 keystore (secp256k1) or a P-256 private key in PEM,
 * as HSM tools and openssl write it. The secret leaves this file only as signatures.
 */
import { createPrivateKey } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { addressSigner, p256PublicKey, p256Signer, signP256Digest } from '@veche/contracts'
import { bytesToHex, type Hex, hexToBytes, type Signer, VecheError } from '@veche/primitives'
import type { TypedDataDefinition } from 'viem'
import { hashTypedData } from 'viem/utils'
import { signTyped } from '../act/typed.ts'
import { KEYSTORE_BYTES_MAX } from '../limits.ts'

/** Somebody who signs for a department. */
export interface DepartmentSigner {
  /** ERC-7913 bytes */
  readonly signer: Hex
  sign(typed: TypedDataDefinition): Promise<Hex>
}

/** A secp256k1 key behind the Signer port. */
export function keystoreSigner(signer: Signer): DepartmentSigner {
  return {
    signer: addressSigner(signer.address),
    sign: (typed) => signTyped(signer, typed),
  }
}

function p256Secret(pem: string, path: string): Uint8Array {
  const malformed = (cause?: unknown): VecheError =>
    new VecheError('PEM_MALFORMED', `${path}: a P-256 private key in PEM expected`, { cause })
  let jwk: { crv?: string; d?: string }
  try {
    jwk = createPrivateKey(pem).export({ format: 'jwk' })
  } catch (cause) {
    throw malformed(cause)
  }
  if (jwk.crv !== 'P-256' || jwk.d === undefined) throw malformed()
  return Buffer.from(jwk.d, 'base64url')
}

/** A P-256 key from PEM text (PKCS #8 or SEC 1, not encrypted). Throws `PEM_MALFORMED`. */
export function pemSigner(pem: string, path = 'the key'): DepartmentSigner {
  const secret = new Uint8Array(p256Secret(pem, path))
  return {
    signer: p256Signer(p256PublicKey(secret)),
    sign: async (typed) => bytesToHex(signP256Digest(hexToBytes(hashTypedData(typed)), secret)),
  }
}

/** Reads a PEM file. Throws `FILE_UNREADABLE`, `PEM_MALFORMED`. */
export async function openPemFile(path: string): Promise<DepartmentSigner> {
  const fail = (cause: unknown): never => {
    throw new VecheError('FILE_UNREADABLE', `cannot read ${path}`, { cause })
  }
  const { size } = await stat(path).catch(fail)
  if (size > KEYSTORE_BYTES_MAX) fail(undefined)
  return pemSigner(await readFile(path, 'utf8').catch(fail), path)
}
