/**
 * Signs EIP-712 messages with the Signer port: the offline half of a citizen's act. Whoever submits
 * the message needs no key of the citizen.
 */
import { type Address, bytesToHex, type Hex, hexToBytes, type Signer } from '@veche/primitives'
import type { TypedDataDefinition } from 'viem'
import { hashTypedData, recoverAddress } from 'viem/utils'

/** r, s, v (27 or 28) as Solidity's ECDSA libraries read it: 65 bytes as 0x text. */
export async function signTyped(signer: Signer, typed: TypedDataDefinition): Promise<Hex> {
  const signature = new Uint8Array(await signer.sign(hexToBytes(hashTypedData(typed))))
  signature[64] = 27 + (signature[64] as number)
  return bytesToHex(signature)
}

/** Who signed; undefined when the signature fits nobody. */
export async function typedSigner(
  typed: TypedDataDefinition,
  signature: Hex,
): Promise<Address | undefined> {
  const found = recoverAddress({ hash: hashTypedData(typed), signature })
  return found.then(
    (address) => address.toLowerCase() as Address,
    () => undefined,
  )
}
