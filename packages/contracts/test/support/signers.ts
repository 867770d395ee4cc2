/**
 * People who sign EIP-712 messages in contract tests, by secp256k1 and by P-256, and the city's
 * P-256 verifier at its address.
 */
import { createAddressFromString } from '@ethereumjs/util'
import {
  assert,
  bytesToHex,
  type Hex,
  hexToBytes,
  keccak256,
  secretKeyToAddress,
  signDigest,
  utf8ToBytes,
} from '@veche/primitives'
import {
  P256_VERIFIER_ADDRESS,
  p256PublicKey,
  p256Signer,
  p256VerifierBytecode,
  type SignedBy,
  signP256Digest,
  type TypedMessage,
  typedDigest,
} from '../../src/index.ts'
import { type Chain, deploy } from './chain.ts'

/** Somebody with one key. */
export interface Signing {
  /** ERC-7913 bytes */
  readonly signer: Hex
  sign(message: TypedMessage): SignedBy
}

const secretOf = (name: string): Uint8Array => keccak256(utf8ToBytes(`signer ${name}`))

/** A person with a secp256k1 key. */
export function walletOf(name: string): Signing {
  const secret = secretOf(name)
  const signer = secretKeyToAddress(secret)
  return {
    signer,
    sign(message) {
      const signature = new Uint8Array(signDigest(hexToBytes(typedDigest(message)), secret))
      signature[64] = 27 + (signature[64] as number)
      return { signer, signature: bytesToHex(signature) }
    },
  }
}

/** A person with a P-256 key. */
export function p256Of(name: string): Signing {
  const secret = secretOf(name)
  const signer = p256Signer(p256PublicKey(secret))
  return {
    signer,
    sign: (message) => ({
      signer,
      signature: bytesToHex(signP256Digest(hexToBytes(typedDigest(message)), secret)),
    }),
  }
}

/** Puts the verifier of P-256 signatures where CitySigners expects it. */
export async function placeP256Verifier(chain: Chain): Promise<void> {
  const { address } = await deploy(chain, p256VerifierBytecode)
  const { stateManager } = chain.vm
  const code = await stateManager.getCode(createAddressFromString(address))
  assert(code.length > 0, 'the code of the verifier')
  await stateManager.putCode(createAddressFromString(P256_VERIFIER_ADDRESS), code)
}
