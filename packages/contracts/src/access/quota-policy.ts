/**
 * Binding of QuotaPolicy, and where its numbers stand in storage: nodes read these slots at each
 * head instead of running the contract, so the layout is part of its interface (docs/adr/0117).
 */
import {
  type Address,
  bytesToHex,
  concatBytes,
  type Hash,
  type Hex,
  hexToBytes,
  keccakHex,
  numberToBytes,
  padLeft,
} from '@veche/primitives'
import { createBinding } from '../binding.ts'
import { quotaPolicyStorage as layout, quotaPolicyAbi } from '../generated/quota-policy.ts'

/** QuotaPolicy: every function, event and error. */
export const quotaPolicy = createBinding(quotaPolicyAbi)

/** IAdmission: what a node asks a contract that vouches for transactions. */
export const admission = createBinding([
  {
    type: 'function',
    name: 'isAdmissible',
    stateMutability: 'view',
    inputs: [
      { name: 'sender', type: 'address' },
      { name: 'data', type: 'bytes' },
    ],
    outputs: [
      { name: 'admissible', type: 'bool' },
      { name: 'nullifier', type: 'bytes32' },
    ],
  },
] as const)

/** A bucket of this size is switched off: 2^64 − 1. */
export const QUOTA_UNLIMITED = 0xffff_ffff_ffff_ffffn

/** The numbers of a class, gas and gas per second. */
export interface Quota {
  readonly senderRate: bigint
  readonly senderBucket: bigint
  readonly sharedRate: bigint
  readonly sharedBucket: bigint
}

/** A class that is there from the first block. */
export interface QuotaClass {
  readonly class: number
  readonly quota: Quota
  readonly members: readonly Address[]
}

/** No bounds. */
export const UNLIMITED_QUOTA: Quota = {
  senderRate: 0n,
  senderBucket: QUOTA_UNLIMITED,
  sharedRate: 0n,
  sharedBucket: QUOTA_UNLIMITED,
}

/** Calldata of the initializer. */
export function quotaPolicyInitializer(setup: {
  readonly access: Address
  readonly releases: Address
  readonly classes: readonly QuotaClass[]
}): Hex {
  return quotaPolicy.encode.initialize(setup.access, setup.releases, setup.classes)
}

function inMapping(key: Uint8Array, slot: number): Hash {
  return keccakHex(concatBytes(padLeft(key, 32), padLeft(numberToBytes(slot), 32)))
}

/** The slot of a class's four numbers. */
export function quotaSlot(id: number): Hash {
  return inMapping(numberToBytes(id), layout._quotas.slot)
}

/** The slot of a sender's class. */
export function quotaClassSlot(sender: Address): Hash {
  return inMapping(hexToBytes(sender), layout._classes.slot)
}

/** The slot that is 1 for an admitter. */
export function quotaAdmitterSlot(admitter: Address): Hash {
  return inMapping(hexToBytes(admitter), layout._admitters.slot)
}

/** The numbers in a class's slot, whose value may come without leading zeros. */
export function decodeQuotaWord(value: Uint8Array): Quota {
  const word = BigInt(bytesToHex(padLeft(value, 32)))
  const at = (place: bigint): bigint => (word >> (64n * place)) & QUOTA_UNLIMITED
  return { senderRate: at(0n), senderBucket: at(1n), sharedRate: at(2n), sharedBucket: at(3n) }
}
