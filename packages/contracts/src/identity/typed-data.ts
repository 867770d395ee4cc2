/**
 * EIP-712 messages as wallets take them, and their digests as contracts compute them. The domain
 * always names chain and contract, so a signature is good in one place alone.
 */
import type { Address, Hash } from '@veche/primitives'
import { hashTypedData } from 'viem/utils'

/** One field of a struct: name and Solidity type. */
export interface TypedField {
  readonly name: string
  readonly type: string
}

/** The EIP-712 domain of every contract of the city. */
export interface TypedDomain {
  readonly name: string
  readonly version: string
  readonly chainId: number
  readonly verifyingContract: Address
}

/** A message to sign: what `eth_signTypedData_v4` takes. */
export interface TypedMessage {
  readonly domain: TypedDomain
  readonly types: Readonly<Record<string, readonly TypedField[]>>
  readonly primaryType: string
  readonly message: Readonly<Record<string, unknown>>
}

/** `bytes32 id,uint64 deadline` → fields. */
export function typedFields(signature: string): readonly TypedField[] {
  return signature.split(',').map((field) => {
    const [type = '', name = ''] = field.trim().split(' ')
    return { name, type }
  })
}

/** The 32 bytes that are signed. */
export function typedDigest(typed: TypedMessage): Hash {
  return hashTypedData(typed as Parameters<typeof hashTypedData>[0])
}
