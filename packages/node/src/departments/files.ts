/**
 * Files of departments: `veche-department/1`, who signs with which weight, and
 * `veche-department-call/1`, a call that signers sign one after another before anybody relays it.
 */
import {
  type DepartmentCall,
  departmentAccount,
  departmentCallMessage,
  packSignatures,
  type SignedBy,
  signerKindOf,
} from '@veche/contracts'
import { type Address, type Hex, VecheError } from '@veche/primitives'
import type { TypedDataDefinition } from 'viem'
import {
  addressShape,
  amountShape,
  bytesShape,
  hashShape,
  integerShape,
  listShape,
  objectShape,
  oneOfShape,
  type ShapeOf,
} from '../act/shape.ts'
import { DEPARTMENT_SIGNERS_MAX } from '../limits.ts'

export const DEPARTMENT_FORMAT = 'veche-department/1'
export const DEPARTMENT_CALL_FORMAT = 'veche-department-call/1'

const SIGNER_BYTES_MAX = 84
const SIGNATURE_BYTES_MAX = 4_096
const CALLDATA_BYTES_MAX = 100_000
const WEIGHT_MAX = 1_000
const SECONDS_MAX = 2 ** 40

/** Who holds an account together. */
export const departmentShape = objectShape({
  format: oneOfShape(DEPARTMENT_FORMAT),
  /** tells accounts of the same signers apart */
  salt: hashShape,
  threshold: integerShape(1, DEPARTMENT_SIGNERS_MAX * WEIGHT_MAX),
  signers: listShape(
    objectShape({ signer: bytesShape(SIGNER_BYTES_MAX), weight: integerShape(1, WEIGHT_MAX) }),
    DEPARTMENT_SIGNERS_MAX,
  ),
})
export type DepartmentFile = ShapeOf<typeof departmentShape>

/** A call with the signatures it has so far. */
export const departmentCallShape = objectShape({
  format: oneOfShape(DEPARTMENT_CALL_FORMAT),
  chainId: integerShape(1, Number.MAX_SAFE_INTEGER),
  account: addressShape,
  target: addressShape,
  data: bytesShape(CALLDATA_BYTES_MAX),
  nonce: amountShape,
  deadline: integerShape(0, SECONDS_MAX),
  signatures: listShape(
    objectShape({
      signer: bytesShape(SIGNER_BYTES_MAX),
      signature: bytesShape(SIGNATURE_BYTES_MAX),
    }),
    DEPARTMENT_SIGNERS_MAX,
  ),
})
export type DepartmentCallFile = ShapeOf<typeof departmentCallShape>

/** Arguments of `create` and `addressOf`. Throws `SIGNER_IMPROPER`. */
export function createArguments(file: DepartmentFile): readonly [Hex[], bigint[], bigint, Hex] {
  for (const { signer } of file.signers)
    if (signerKindOf(signer) === undefined)
      throw new VecheError('SIGNER_IMPROPER', `${signer}: an address or a P-256 signer expected`)
  const signers = file.signers.map(({ signer }) => signer)
  const weights = file.signers.map(({ weight }) => BigInt(weight))
  return [signers, weights, BigInt(file.threshold), file.salt]
}

/** A call that nobody has signed. */
export function createCallFile(
  place: { readonly chainId: number; readonly account: Address },
  call: Omit<DepartmentCall, 'deadline'> & { readonly deadline: number },
): DepartmentCallFile {
  return { format: DEPARTMENT_CALL_FORMAT, ...place, ...call, signatures: [] }
}

/** What each signer signs. */
export function callTypedData(file: DepartmentCallFile): TypedDataDefinition {
  const { chainId, account, target, data, nonce, deadline } = file
  const call = { target, data, nonce, deadline: BigInt(deadline) }
  return departmentCallMessage({ chainId, account }, call) as TypedDataDefinition
}

/** The file with one more signature; one of the same signer is replaced. */
export function addSignature(file: DepartmentCallFile, signed: SignedBy): DepartmentCallFile {
  const others = file.signatures.filter(({ signer }) => signer !== signed.signer)
  return { ...file, signatures: [...others, signed] }
}

/** Arguments of `execute`. */
export function executeArguments(
  file: DepartmentCallFile,
): readonly [Address, Hex, bigint, bigint, Hex] {
  const { target, data, nonce, deadline, signatures } = file
  return [target, data, nonce, BigInt(deadline), packSignatures(signatures)]
}

/** A signer and what it weighs. */
export interface WeightedSigner {
  readonly signer: Hex
  readonly weight: number
}

/** `0x…=2`; without a weight it is 1. Throws `USAGE`. */
export function signerWeight(text: string): WeightedSigner {
  const found = /^(0x(?:[0-9a-f]{40}|[0-9a-f]{168}))(?:=([1-9]\d{0,3}))?$/.exec(text.toLowerCase())
  const [, signer, weight = '1'] = found ?? []
  if (signer === undefined || Number(weight) > WEIGHT_MAX)
    throw new VecheError('USAGE', `signer=weight, a weight to ${WEIGHT_MAX} expected, got ${text}`)
  if (signerKindOf(signer as Hex) === undefined)
    throw new VecheError('SIGNER_IMPROPER', `${signer}: an address or a P-256 signer expected`)
  return { signer: signer as Hex, weight: Number(weight) }
}

/** Calldata of `configure`: who goes, who comes, what must sign. */
export function configureData(change: {
  readonly removed: readonly Hex[]
  readonly set: readonly WeightedSigner[]
  readonly threshold: number
}): Hex {
  const { removed, set, threshold } = change
  const signers = set.map(({ signer }) => signer)
  const weights = set.map(({ weight }) => BigInt(weight))
  return departmentAccount.encode.configure(removed, signers, weights, BigInt(threshold))
}
