/**
 * What a transaction costs before its first opcode: EIP-2 (creation), 2028 (calldata), 2930 (access
 * list), 3860 (init code), 7623 (calldata floor), 7702 (authorizations). Yellow Paper 6.2 "g0".
 */
import type { AccessListItem } from '@veche/primitives'
import { type Fork, hasFork } from '../chain/forks.ts'

/** The parts of a transaction that its intrinsic gas depends on. */
export interface Costed {
  readonly to: string | null
  readonly input: Uint8Array
  readonly accessList?: readonly AccessListItem[]
  readonly authorizationList?: readonly unknown[]
}

export interface IntrinsicGas {
  /** charged before execution */
  readonly base: bigint
  /** least gas a transaction pays (EIP-7623); 0 before Prague */
  readonly floor: bigint
}

/** Pure. Gas units. */
export function intrinsicGas(costed: Costed, fork: Fork): IntrinsicGas {
  let zeros = 0
  for (const byte of costed.input) if (byte === 0) zeros++
  const nonZeros = costed.input.length - zeros
  let gas = 21_000 + zeros * 4 + nonZeros * 16
  if (costed.to === null) {
    gas += 32_000
    if (hasFork(fork, 'shanghai')) gas += 2 * Math.ceil(costed.input.length / 32)
  }
  for (const { storageKeys } of costed.accessList ?? []) gas += 2_400 + 1_900 * storageKeys.length
  gas += 25_000 * (costed.authorizationList?.length ?? 0)
  const floor = hasFork(fork, 'prague') ? 21_000 + 10 * (zeros + nonZeros * 4) : 0
  return { base: BigInt(gas), floor: BigInt(floor) }
}

/** The least gas limit a transaction may have. */
export function minimumGas(costed: Costed, fork: Fork): bigint {
  const { base, floor } = intrinsicGas(costed, fork)
  if (base < floor) return floor
  return base
}
