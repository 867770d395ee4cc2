/**
 * Server crypto: WebAssembly keccak (`hash-wasm`) and libsecp256k1 (`secp256k1`, prebuilt). Where
 * the native addon does not load, signatures stay on noble and the caller is told, so it can log
 * it. Not exported from the package's main door: the browser must not pull these in.
 */
import { createKeccak } from 'hash-wasm'
import { type CryptoProvider, installCrypto, nobleCrypto } from './crypto.ts'

interface Secp256k1Addon {
  ecdsaSign(message: Uint8Array, secretKey: Uint8Array): { signature: Uint8Array; recid: number }
  ecdsaRecover(
    signature: Uint8Array,
    recid: number,
    message: Uint8Array,
    compressed: boolean,
  ): Uint8Array
  publicKeyCreate(secretKey: Uint8Array, compressed: boolean): Uint8Array
}

export interface NativeCryptoReport {
  readonly keccak: 'wasm'
  readonly secp256k1: 'native' | 'noble'
  /** why the addon did not load; undefined when it did */
  readonly cause?: unknown
}

/**
 * Creates the fast provider. Both halves give results equal to {@link nobleCrypto}
 * (crypto.test.ts).
 */
export async function createNativeCrypto(): Promise<{
  provider: CryptoProvider
  report: NativeCryptoReport
}> {
  const hasher = await createKeccak(256)
  const keccak256 = (bytes: Uint8Array): Uint8Array => hasher.init().update(bytes).digest('binary')
  let addon: Secp256k1Addon
  try {
    // the addon itself, not the package's main file, whose fallback is the slow `elliptic`
    addon = ((await import('secp256k1/bindings.js')) as { default: Secp256k1Addon }).default
  } catch (cause) {
    const report: NativeCryptoReport = { keccak: 'wasm', secp256k1: 'noble', cause }
    return { provider: { ...nobleCrypto, keccak256 }, report }
  }
  const provider: CryptoProvider = {
    keccak256,
    sign(digest, secretKey) {
      const { signature, recid } = addon.ecdsaSign(digest, secretKey)
      const whole = new Uint8Array(65)
      whole.set(signature, 0)
      whole[64] = recid
      return whole
    },
    recover(digest, compact, recovery) {
      try {
        return addon.ecdsaRecover(compact, recovery, digest, false).subarray(1)
      } catch {
        return undefined
      }
    },
    publicKey: (secretKey) => addon.publicKeyCreate(secretKey, false).subarray(1),
  }
  return { provider, report: { keccak: 'wasm', secp256k1: 'native' } }
}

/** Creates the fast provider and installs it for this thread. */
export async function installNativeCrypto(): Promise<NativeCryptoReport> {
  const { provider, report } = await createNativeCrypto()
  installCrypto(provider)
  return report
}
