/**
 * The code hash of a contract whose runtime code holds its own address (`immutable __self` of
 * OpenZeppelin's UUPSUpgradeable): it differs from copy to copy, and ReleaseRegistry asks for it.
 */
import { type Address, assert, type Hash, type Hex, hexToBytes, keccakHex } from '@veche/primitives'

/** The generated `…Self` of a contract: bytes, counted in its creation code and runtime code. */
export interface SelfPlaces {
  readonly runtimeAt: number
  readonly codeBytes: number
  readonly places: readonly number[]
}

/** keccak256 of the runtime code of the copy at `address`; `bytecode` is the creation code. */
export function codeHashAt(bytecode: Hex, self: SelfPlaces, address: Address): Hash {
  const { runtimeAt, codeBytes, places } = self
  const code = hexToBytes(bytecode).slice(runtimeAt, runtimeAt + codeBytes)
  assert(code.length === codeBytes, 'the creation code holds the runtime code')
  for (const place of places) code.set(hexToBytes(address), place + 12)
  return keccakHex(code)
}
