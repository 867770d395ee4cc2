/**
 * Signs zero-fee EIP-1559 transactions with the Signer port, so that no key leaves its keystore.
 */
import { bytesToHex, hexToBytes, keccak256, type Signer } from '@veche/primitives'
import type { Hex } from 'viem'
import { serializeTransaction } from 'viem/utils'

export interface TransactionToSign {
  readonly chainId: number
  readonly nonce: number
  /** absent: the data creates a contract */
  readonly to?: Hex
  readonly data: Hex
  /** gas limit */
  readonly gas: bigint
  /** wei per gas, both caps; default 0 */
  readonly feePerGas?: bigint
}

/** The raw signed transaction as `0x` text. */
export async function signTransaction(
  signer: Signer,
  transaction: TransactionToSign,
): Promise<Hex> {
  const { feePerGas = 0n, ...fields } = transaction
  const unsigned = {
    type: 'eip1559',
    ...fields,
    maxFeePerGas: feePerGas,
    maxPriorityFeePerGas: feePerGas,
  } as const
  const digest = keccak256(hexToBytes(serializeTransaction(unsigned)))
  const signature = await signer.sign(digest)
  return serializeTransaction(unsigned, {
    r: bytesToHex(signature.subarray(0, 32)),
    s: bytesToHex(signature.subarray(32, 64)),
    yParity: signature[64] as number,
  })
}
