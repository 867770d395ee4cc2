/**
 * The call object of eth_call, eth_estimateGas and eth_createAccessList, and geth's state and block
 * override sets. Refusals use geth's texts where clients know them.
 */
import { accept, EMPTY_BYTES, equalBytes, type Result, refuse } from '@veche/primitives'
import type { AccountOverride, BlockOverride, CallRequest } from './backend.ts'
import {
  address,
  andThen,
  bigQuantity,
  type Decode,
  type Decoded,
  data,
  fieldsOf,
  hash,
  index,
  listOf,
  mapOf,
  misfit,
  quantity64,
  storageSlot,
} from './decode.ts'
import { LOG_ADDRESSES_MAX, OVERRIDE_ACCOUNTS_MAX, PROOF_SLOTS_MAX } from './limits.ts'

/** EIP-2930 access list; geth's JSON takes an absent key list as empty. */
const accessListItem = andThen(
  fieldsOf({ address, storageKeys: listOf(hash, PROOF_SLOTS_MAX) }),
  ({ address: target, storageKeys = [] }) =>
    target === undefined
      ? refuse('PARAMETER_INVALID', 'expected an address in an access list item, got nothing')
      : accept({ address: target, storageKeys }),
)

const parity: Decode<0 | 1> = (value) => {
  if (value === '0x0') return accept(0)
  return value === '0x1' ? accept(1) : misfit('0x0 or 0x1', value)
}

/** EIP-7702 */
const authorization = andThen(
  fieldsOf({
    chainId: bigQuantity,
    address,
    nonce: quantity64,
    yParity: parity,
    r: bigQuantity,
    s: bigQuantity,
  }),
  ({ chainId, address: target, nonce, yParity, r, s }) =>
    chainId === undefined ||
    target === undefined ||
    nonce === undefined ||
    yParity === undefined ||
    r === undefined ||
    s === undefined
      ? refuse('PARAMETER_INVALID', 'expected chainId, address, nonce, yParity, r and s')
      : accept({ chainId, address: target, nonce, yParity, r, s }),
)

const callFields = fieldsOf({
  from: address,
  to: address,
  gas: quantity64,
  gasPrice: bigQuantity,
  maxFeePerGas: bigQuantity,
  maxPriorityFeePerGas: bigQuantity,
  value: bigQuantity,
  nonce: quantity64,
  input: data,
  data,
  accessList: listOf(accessListItem, LOG_ADDRESSES_MAX),
  authorizationList: listOf(authorization, LOG_ADDRESSES_MAX),
})

function checkCall(fields: Decoded<typeof callFields>): Result<CallRequest> {
  const { input, data: old, ...rest } = fields
  if (input !== undefined && old !== undefined && !equalBytes(input, old))
    return refuse(
      'PARAMETER_INVALID',
      'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data',
    )
  const capped = rest.maxFeePerGas !== undefined || rest.maxPriorityFeePerGas !== undefined
  if (rest.gasPrice !== undefined && capped)
    return refuse(
      'PARAMETER_INVALID',
      'both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified',
    )
  if (
    rest.maxFeePerGas !== undefined &&
    rest.maxPriorityFeePerGas !== undefined &&
    rest.maxPriorityFeePerGas > rest.maxFeePerGas
  )
    return refuse(
      'PARAMETER_INVALID',
      `maxFeePerGas (${rest.maxFeePerGas}) < maxPriorityFeePerGas (${rest.maxPriorityFeePerGas})`,
    )
  return accept({ ...rest, input: input ?? old ?? EMPTY_BYTES })
}

/**
 * An unsigned transaction: `input` and `data` are one field, the two fee styles exclude each other.
 */
export const callRequest: Decode<CallRequest> = andThen(callFields, checkCall)

const slots = mapOf(storageSlot, hash, PROOF_SLOTS_MAX)

const accountOverride: Decode<AccountOverride> = andThen(
  fieldsOf({
    nonce: quantity64,
    balance: bigQuantity,
    code: data,
    state: slots,
    stateDiff: slots,
    movePrecompileToAddress: address,
  }),
  ({ movePrecompileToAddress, ...rest }) => {
    if (rest.state !== undefined && rest.stateDiff !== undefined)
      return refuse('PARAMETER_INVALID', 'both state and stateDiff specified')
    return accept(
      movePrecompileToAddress === undefined
        ? rest
        : { ...rest, movePrecompileTo: movePrecompileToAddress },
    )
  },
)

/** Address → what is replaced there. */
export const stateOverrides = mapOf(address, accountOverride, OVERRIDE_ACCOUNTS_MAX)

/** geth's names; `coinbase`, `random` and `baseFee` are its older spellings. */
export const blockOverrides: Decode<BlockOverride> = andThen(
  fieldsOf({
    number: index,
    time: index,
    gasLimit: quantity64,
    feeRecipient: address,
    coinbase: address,
    prevRandao: hash,
    random: hash,
    baseFeePerGas: bigQuantity,
    baseFee: bigQuantity,
    blobBaseFee: bigQuantity,
  }),
  (fields) => {
    const feeRecipient = fields.feeRecipient ?? fields.coinbase
    const prevRandao = fields.prevRandao ?? fields.random
    const baseFeePerGas = fields.baseFeePerGas ?? fields.baseFee
    const { number, time, gasLimit, blobBaseFee } = fields
    return accept({
      ...(number === undefined ? {} : { number: BigInt(number) }),
      ...(time === undefined ? {} : { time: BigInt(time) }),
      ...(gasLimit === undefined ? {} : { gasLimit }),
      ...(feeRecipient === undefined ? {} : { feeRecipient }),
      ...(prevRandao === undefined ? {} : { prevRandao }),
      ...(baseFeePerGas === undefined ? {} : { baseFeePerGas }),
      ...(blobBaseFee === undefined ? {} : { blobBaseFee }),
    })
  },
)
