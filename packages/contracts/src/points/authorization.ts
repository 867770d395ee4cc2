/**
 * The messages that a holder of points signs (EIP-712): a payment, a transfer, a cancellation
 * (ERC-3009 with keyed nonces), a permit (ERC-2612). The domain names chain and contract, so that a
 * signature is good nowhere else.
 */
import type { Address, Hash } from '@veche/primitives'

/** ServicePoints of one chain. */
export interface PointsPlace {
  readonly chainId: number
  readonly contract: Address
}

const ADDRESS = 'address'
const UINT = 'uint256'

/** Type definitions of each message, as EIP-712 wants them. */
export const POINTS_TYPES = {
  PayWithAuthorization: [
    { name: 'from', type: ADDRESS },
    { name: 'payee', type: ADDRESS },
    { name: 'invoiceId', type: 'bytes32' },
    { name: 'value', type: UINT },
    { name: 'validAfter', type: UINT },
    { name: 'validBefore', type: UINT },
    { name: 'nonce', type: 'bytes32' },
  ],
  TransferWithAuthorization: [
    { name: 'from', type: ADDRESS },
    { name: 'to', type: ADDRESS },
    { name: 'value', type: UINT },
    { name: 'validAfter', type: UINT },
    { name: 'validBefore', type: UINT },
    { name: 'nonce', type: 'bytes32' },
  ],
  ReceiveWithAuthorization: [
    { name: 'from', type: ADDRESS },
    { name: 'to', type: ADDRESS },
    { name: 'value', type: UINT },
    { name: 'validAfter', type: UINT },
    { name: 'validBefore', type: UINT },
    { name: 'nonce', type: 'bytes32' },
  ],
  CancelAuthorization: [
    { name: 'authorizer', type: ADDRESS },
    { name: 'nonce', type: 'bytes32' },
  ],
  Permit: [
    { name: 'owner', type: ADDRESS },
    { name: 'spender', type: ADDRESS },
    { name: 'value', type: UINT },
    { name: 'nonce', type: UINT },
    { name: 'deadline', type: UINT },
  ],
} as const

/** A payment that somebody else submits. Times are unix seconds, both exclusive. */
export interface PayMessage {
  readonly from: Address
  readonly payee: Address
  readonly invoiceId: Hash
  /** hundredths of a point */
  readonly value: bigint
  readonly validAfter: bigint
  readonly validBefore: bigint
  readonly nonce: Hash
}

/** A transfer that somebody else submits. */
export interface TransferMessage {
  readonly from: Address
  readonly to: Address
  readonly value: bigint
  readonly validAfter: bigint
  readonly validBefore: bigint
  readonly nonce: Hash
}

/** Takes back what was signed and not submitted. */
export interface CancelMessage {
  readonly authorizer: Address
  readonly nonce: Hash
}

/** ERC-2612. */
export interface PermitMessage {
  readonly owner: Address
  readonly spender: Address
  readonly value: bigint
  readonly nonce: bigint
  readonly deadline: bigint
}

/** Messages by the name of their type. */
export interface PointsMessages {
  readonly PayWithAuthorization: PayMessage
  readonly TransferWithAuthorization: TransferMessage
  readonly ReceiveWithAuthorization: TransferMessage
  readonly CancelAuthorization: CancelMessage
  readonly Permit: PermitMessage
}

/** What is signed, whole: domain, types and message, as wallets take it. */
export interface PointsTypedData<kind extends keyof PointsMessages = keyof PointsMessages> {
  readonly domain: {
    readonly name: 'City Service Points'
    readonly version: '1'
    readonly chainId: number
    readonly verifyingContract: Address
  }
  readonly types: typeof POINTS_TYPES
  readonly primaryType: kind
  readonly message: PointsMessages[kind]
}

/** The typed data of one message. */
export function pointsTypedData<kind extends keyof PointsMessages>(
  place: PointsPlace,
  primaryType: kind,
  message: PointsMessages[kind],
): PointsTypedData<kind> {
  const { chainId, contract: verifyingContract } = place
  const domain = {
    name: 'City Service Points',
    version: '1',
    chainId,
    verifyingContract,
  } as const
  return { domain, types: POINTS_TYPES, primaryType, message }
}
