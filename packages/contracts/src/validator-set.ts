/**
 * Typed bindings of ValidatorSet: creation code, calldata, and the total decoder of
 * `getValidators()` that the engine uses. Guards on the set itself (consensus.md, "Header") are the
 * engine's.
 */
import {
  type Address,
  accept,
  assert,
  bytesToHex,
  type Hash,
  type Hex,
  keccakHex,
  type Result,
  refuse,
  utf8ToBytes,
  VALIDATORS_MAX,
} from '@veche/primitives'
import { encodeDeployData, encodeFunctionData } from 'viem/utils'
import { validatorSetAbi as abi, validatorSetBytecode } from './generated/validator-set.ts'

export interface ValidatorSetSetup {
  /** in any order; one organisation holds less than n/3 seats (but may hold one) */
  readonly validators: readonly { readonly address: Address; readonly organisation: Hash }[]
  /** who may veto, 1 to 32 */
  readonly observers: readonly Address[]
  /** how long observers have to veto, from the proposal on; 48 h in a city */
  readonly vetoWindowSeconds: number
  /** how long a proposal lives, longer than the veto window */
  readonly lifetimeSeconds: number
  /** blocks between scheduling and activation, at least 1 */
  readonly activationDelayBlocks: number
}

/** The id of an organisation by its name: keccak256 of its UTF-8 bytes. */
export function organisationId(name: string): Hash {
  return keccakHex(utf8ToBytes(name))
}

/** Creation code with its constructor arguments. The validators are sorted here. */
export function validatorSetInitCode(setup: ValidatorSetSetup): Hex {
  const { validators, observers, vetoWindowSeconds, lifetimeSeconds, activationDelayBlocks } = setup
  const sorted = validators
    .map(({ address, organisation }) => ({
      address: address.toLowerCase() as Address,
      organisation,
    }))
    .sort((a, b) => (a.address < b.address ? -1 : 1))
  assert(
    sorted.every(({ address }, i) => i === 0 || address !== sorted[i - 1]?.address),
    'unique validators expected',
  )
  const argument = {
    validators: sorted.map(({ address }) => address),
    organisations: sorted.map(({ organisation }) => organisation),
    observers,
    vetoWindowSeconds,
    lifetimeSeconds,
    activationDelayBlocks,
  }
  return encodeDeployData({ abi, bytecode: validatorSetBytecode, args: [argument] })
}

/** Calldata for every call of IValidatorSet; what each refuses stands in the Solidity interface. */
export const validatorSet = {
  getValidators: (): Hex => encodeFunctionData({ abi, functionName: 'getValidators' }),
  setHash: (): Hex => encodeFunctionData({ abi, functionName: 'setHash' }),
  proposeAdd: (member: Address, organisation: Hash): Hex =>
    encodeFunctionData({ abi, functionName: 'proposeAdd', args: [member, organisation] }),
  proposeRemove: (member: Address): Hex =>
    encodeFunctionData({ abi, functionName: 'proposeRemove', args: [member] }),
  proposeReplace: (member: Address, by: Address): Hex =>
    encodeFunctionData({ abi, functionName: 'proposeReplace', args: [member, by] }),
  approve: (id: bigint): Hex => encodeFunctionData({ abi, functionName: 'approve', args: [id] }),
  veto: (id: bigint, reasonHash: Hash): Hex =>
    encodeFunctionData({ abi, functionName: 'veto', args: [id, reasonHash] }),
  schedule: (id: bigint): Hex => encodeFunctionData({ abi, functionName: 'schedule', args: [id] }),
  confirmReady: (id: bigint, block: { readonly number: number; readonly hash: Hash }): Hex =>
    encodeFunctionData({
      abi,
      functionName: 'confirmReady',
      args: [id, BigInt(block.number), block.hash],
    }),
  activate: (id: bigint): Hex => encodeFunctionData({ abi, functionName: 'activate', args: [id] }),
  /** `proof` of {@link encodeEquivocation}; `height` of both messages */
  reportMalicious: (validator: Address, height: number, proof: Hex): Hex =>
    encodeFunctionData({
      abi,
      functionName: 'reportMalicious',
      args: [validator, BigInt(height), proof],
    }),
  unseat: (member: Address): Hex =>
    encodeFunctionData({ abi, functionName: 'unseat', args: [member] }),
  replaceObserver: (to: Address): Hex =>
    encodeFunctionData({ abi, functionName: 'replaceObserver', args: [to] }),
  proposalOf: (id: bigint): Hex =>
    encodeFunctionData({ abi, functionName: 'proposalOf', args: [id] }),
  proposalCount: (): Hex => encodeFunctionData({ abi, functionName: 'proposalCount' }),
  organisationOf: (member: Address): Hex =>
    encodeFunctionData({ abi, functionName: 'organisationOf', args: [member] }),
  hasApproved: (id: bigint, validator: Address): Hex =>
    encodeFunctionData({ abi, functionName: 'hasApproved', args: [id, validator] }),
  isLeaving: (member: Address): Hex =>
    encodeFunctionData({ abi, functionName: 'isLeaving', args: [member] }),
  suspensionOf: (member: Address): Hex =>
    encodeFunctionData({ abi, functionName: 'suspensionOf', args: [member] }),
  isObserver: (account: Address): Hex =>
    encodeFunctionData({ abi, functionName: 'isObserver', args: [account] }),
} as const

/**
 * Decodes the answer of `getValidators()`: the exact ABI encoding of one `address[]` of at most
 * `VALIDATORS_MAX`. Refuses with `RETURN_MALFORMED`; does not judge order, zeros or duplicates.
 */
export function decodeValidators(data: Uint8Array): Result<readonly Address[]> {
  const malformed = refuse('RETURN_MALFORMED', 'ABI encoding of address[] expected')
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const isSmallWord = (at: number): boolean =>
    data.subarray(at, at + 28).every((byte) => byte === 0)
  if (data.length < 64 || !isSmallWord(0) || !isSmallWord(32)) return malformed
  const count = view.getUint32(60)
  if (view.getUint32(28) !== 32 || count > VALIDATORS_MAX) return malformed
  if (data.length !== 64 + 32 * count) return malformed
  const validators: Address[] = []
  for (let at = 64; at < data.length; at += 32) {
    if (!data.subarray(at, at + 12).every((byte) => byte === 0)) return malformed
    validators.push(bytesToHex(data.subarray(at + 12, at + 32)))
  }
  return accept(validators)
}
