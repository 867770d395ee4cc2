/** Binding of IdentityRegistry, the messages that holders sign, and the fold of a record's head. */
import { type Address, type Hash, hexToBytes, keccakHex, utf8ToBytes } from '@veche/primitives'
import { encodeAbiParameters } from 'viem/utils'
import { IDENTITY_REGISTRY_ADDRESS } from '../addresses.ts'
import { createBinding } from '../binding.ts'
import { identityRegistryAbi } from '../generated/identity-registry.ts'
import { type TypedMessage, typedFields } from './typed-data.ts'

/** IdentityRegistry: every function, event and error. */
export const identityRegistry = createBinding(identityRegistryAbi)

/** The states of IIdentityRegistry.Status, by number. */
export const IDENTITY_STATUSES = ['none', 'active', 'suspended', 'closed'] as const

/** The messages of holders: name → fields, as sol/identity/IdentityRegistry.sol hashes them. */
const MESSAGES = {
  Registration: 'bytes32 idC,bytes32 keyHash,bytes32 recoveryHash,uint8 assurance,uint64 deadline',
  Rotation: 'bytes32 idC,bytes32 newKeyHash,bytes32 newRecoveryHash,uint32 epoch,uint64 deadline',
  Recovery: 'bytes32 idC,bytes32 newKeyHash,bytes32 newRecoveryHash,uint32 epoch,uint64 deadline',
  Objection: 'bytes32 idC,bytes32 requestId,uint64 deadline',
  Acceptance: 'bytes32 idC,bytes32 requestId,uint64 deadline',
  HolderSuspension: 'bytes32 idC,uint32 version,uint64 deadline',
} as const

export type IdentityMessageKind = keyof typeof MESSAGES

/** A message of a holder to IdentityRegistry of a chain. */
export function identityMessage(
  kind: IdentityMessageKind,
  message: Readonly<Record<string, unknown>>,
  place: { readonly chainId: number; readonly contract?: Address },
): TypedMessage {
  const { chainId, contract = IDENTITY_REGISTRY_ADDRESS } = place
  return {
    domain: {
      name: 'Veche IdentityRegistry',
      version: '1',
      chainId,
      verifyingContract: contract,
    },
    types: { [kind]: typedFields(MESSAGES[kind]) },
    primaryType: kind,
    message,
  }
}

/** The commitment to a person: keccak256(abi.encode(TYPE, person, salt)), 32 bytes each. */
export function identityCommitment(person: Hash, salt: Hash): Hash {
  const type = keccakHex(utf8ToBytes('VecheIdentityCommitment/1(bytes32 person,bytes32 salt)'))
  const encoded = encodeAbiParameters(
    [{ type: 'bytes32' }, { type: 'bytes32' }, { type: 'bytes32' }],
    [type, person, salt],
  )
  return keccakHex(hexToBytes(encoded))
}

const REQUEST_TYPE = keccakHex(
  utf8ToBytes(
    'VecheRebinding/1(bytes32 idC,uint32 epoch,bytes32 newKeyHash,bytes32 newRecoveryHash)',
  ),
)

/** The id of a request to bind another key, as the contract computes it. */
export function rebindingRequestId(request: {
  readonly idC: Hash
  readonly epoch: number
  readonly newKeyHash: Hash
  readonly newRecoveryHash: Hash
}): Hash {
  const { idC, epoch, newKeyHash, newRecoveryHash } = request
  const encoded = encodeAbiParameters(
    [
      { type: 'bytes32' },
      { type: 'bytes32' },
      { type: 'uint32' },
      { type: 'bytes32' },
      { type: 'bytes32' },
    ],
    [REQUEST_TYPE, idC, epoch, newKeyHash, newRecoveryHash],
  )
  return keccakHex(hexToBytes(encoded))
}

const HEAD_TYPE = keccakHex(
  utf8ToBytes(
    'VecheIdentity/1(bytes32 previous,bytes32 idC,uint8 operation,bytes32 keyHash,bytes32 recoveryHash,uint8 status,uint8 assurance,uint8 reason,uint32 epoch,uint32 version,uint40 updatedAt)',
  ),
)

/** A record as events and `identityOf` give it. */
export interface IdentityRecord {
  readonly keyHash: Hash
  readonly recoveryHash: Hash
  readonly head: Hash
  readonly status: number
  readonly assurance: number
  readonly reason: number
  readonly epoch: number
  readonly version: number
  readonly updatedAt: number
}

const HEAD_TYPES = [
  { type: 'bytes32' },
  { type: 'bytes32' },
  { type: 'bytes32' },
  { type: 'uint8' },
  { type: 'bytes32' },
  { type: 'bytes32' },
  { type: 'uint8' },
  { type: 'uint8' },
  { type: 'uint8' },
  { type: 'uint32' },
  { type: 'uint32' },
  { type: 'uint40' },
] as const

/** The head after an operation that left `record`; `previous` is zero before the first. */
export function nextIdentityHead(
  previous: Hash,
  change: { readonly idC: Hash; readonly operation: number; readonly record: IdentityRecord },
): Hash {
  const { idC, operation, record } = change
  const { keyHash, recoveryHash, status, assurance, reason, epoch, version, updatedAt } = record
  const chained = [HEAD_TYPE, previous, idC, operation, keyHash, recoveryHash] as const
  const counted = [status, assurance, reason, epoch, version, updatedAt] as const
  return keccakHex(hexToBytes(encodeAbiParameters(HEAD_TYPES, [...chained, ...counted])))
}
