/**
 * The smallest contract that vouches for transactions (IAdmission): `spend(bytes32 nullifier)`
 * stores 1 under the nullifier and reverts the second time; `isAdmissible(sender, data)` says
 * whether the nullifier in `data` is unspent. Real contracts check a credential before that.
 */
import { admission } from '@veche/contracts'
import type { Deployment } from '@veche/execution'
import {
  type Address,
  bytesToHex,
  concatBytes,
  type Hash,
  type Hex,
  hexToBytes,
  ZERO_HASH,
} from '@veche/primitives'

export const ADMITTER: Address = `0x${'2001'.padStart(40, '0')}`

const selector = admission.encode.isAdmissible(ADMITTER, '0x').slice(2, 10)

/** calldata[0..4] == isAdmissible ? goto 0x20 : spend */
const DISPATCH = `60003560e01c63${selector}14602057`
/** SLOAD(calldata[4..36]) is 0, or goto 0x1c; SSTORE(it, 1) */
const SPEND = '6004358054601c576001905500'
/** 0x1c: revert */
const FAIL = '5b5f5ffd'
/** 0x20: the nullifier stands 4 bytes into `data`; returns (SLOAD(it) == 0, it) */
const ASK = '5b6068358054155f5260205260405ff3'

const code = hexToBytes(`0x${DISPATCH}${SPEND}${FAIL}${ASK}`)
/** CODECOPY of what follows these nine bytes, RETURN */
const copy = Uint8Array.of(0x60, code.length, 0x80, 0x60, 9, 0x5f, 0x39, 0x5f, 0xf3)

const initCode = concatBytes(copy, code)

/** Data of a transaction that creates it. */
export const admitterInitCode: Hex = bytesToHex(initCode)

/** Puts it into the first block. */
export const admitterDeployment: Deployment = { address: ADMITTER, initCode }

/** Calldata of `spend`; any four bytes that are not isAdmissible's. */
export function spendData(nullifier: Hash): Hex {
  return `0x00000001${nullifier.slice(2)}`
}

/** The nullifier of a number. */
export function nullifierOf(number: number): Hash {
  return `${ZERO_HASH.slice(0, -2)}${(number + 1).toString(16).padStart(2, '0')}` as Hash
}
