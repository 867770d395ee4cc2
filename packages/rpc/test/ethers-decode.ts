/**
 * Transaction decoding by ethers, so that what rpc prints is compared with a decoder that nobody
 * here wrote. Stands in for execution's `decodeTransaction` in the tests of this package.
 */
import {
  type Address,
  accept,
  bytesToHex,
  type Hash,
  type Hex,
  hexToBytes,
  type Result,
  refuse,
  type TransactionView,
  transactionHash,
} from '@veche/primitives'
import { Transaction } from 'ethers'

const lower = (text: string): Hex => text.toLowerCase() as Hex

function typedParts(transaction: Transaction): Partial<TransactionView> {
  const { accessList, maxFeePerGas, maxPriorityFeePerGas, authorizationList } = transaction
  return {
    ...(accessList === null
      ? {}
      : {
          accessList: accessList.map(({ address, storageKeys }) => ({
            address: lower(address),
            storageKeys: storageKeys.map(lower),
          })),
        }),
    ...(maxFeePerGas === null ? {} : { maxFeePerGas }),
    ...(maxPriorityFeePerGas === null ? {} : { maxPriorityFeePerGas }),
    ...(authorizationList === null
      ? {}
      : {
          authorizationList: authorizationList.map((entry) => ({
            chainId: entry.chainId,
            address: lower(entry.address),
            nonce: entry.nonce,
            yParity: entry.signature.yParity,
            r: BigInt(entry.signature.r),
            s: BigInt(entry.signature.s),
          })),
        }),
  }
}

export function decodeWithEthers(raw: Uint8Array): Result<TransactionView> {
  let transaction: Transaction
  try {
    transaction = Transaction.from(bytesToHex(raw))
  } catch (error) {
    return refuse('TRANSACTION_MALFORMED', error instanceof Error ? error.message : 'malformed')
  }
  const { signature, from } = transaction
  if (signature === null || from === null)
    return refuse('TRANSACTION_MALFORMED', 'signature expected')
  const type = (transaction.type ?? 0) as TransactionView['type']
  const isLegacy = type === 0
  const isProtected = !isLegacy || signature.networkV !== null
  const v = isLegacy ? (signature.networkV ?? BigInt(signature.v)) : BigInt(signature.yParity)
  return accept({
    type,
    hash: transactionHash(raw),
    from: lower(from) as Address,
    nonce: BigInt(transaction.nonce),
    to: transaction.to === null ? null : (lower(transaction.to) as Address),
    value: transaction.value,
    gas: transaction.gasLimit,
    input: hexToBytes(lower(transaction.data)),
    ...(isProtected ? { chainId: transaction.chainId } : {}),
    ...(type <= 1 ? { gasPrice: transaction.gasPrice ?? 0n } : {}),
    ...(isLegacy ? {} : typedParts(transaction)),
    ...(type === 3
      ? {
          maxFeePerBlobGas: transaction.maxFeePerBlobGas ?? 0n,
          blobVersionedHashes: (transaction.blobVersionedHashes ?? []) as Hash[],
        }
      : {}),
    v,
    r: BigInt(signature.r),
    s: BigInt(signature.s),
    ...(isLegacy ? {} : { yParity: signature.yParity }),
  })
}
