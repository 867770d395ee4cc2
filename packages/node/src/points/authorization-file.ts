/**
 * `veche-points-authorisation/1`: a payment that a citizen signed offline and anybody may submit.
 * One JSON object; amounts in hundredths of a point as decimal text.
 */
import { randomBytes } from 'node:crypto'
import {
  keyedNonce,
  openInvoiceId,
  type PayMessage,
  pointsTypedData,
  SERVICE_POINTS_ADDRESS,
  servicePoints,
} from '@veche/contracts'
import { type Address, bytesToBigint, type Hash, type Hex, VecheError } from '@veche/primitives'
import type { TypedDataDefinition } from 'viem'
import {
  addressShape,
  amountShape,
  bytesShape,
  hashShape,
  integerShape,
  objectShape,
  oneOfShape,
  type ShapeOf,
} from '../act/shape.ts'
import { typedSigner } from '../act/typed.ts'

export const AUTHORISATION_FORMAT = 'veche-points-authorisation/1'

const SIGNATURE_BYTES_MAX = 4_096
const SECONDS_MAX = 2 ** 40

/** The file's shape; unknown fields are refused. */
export const authorisationShape = objectShape({
  format: oneOfShape(AUTHORISATION_FORMAT),
  chainId: integerShape(1, Number.MAX_SAFE_INTEGER),
  contract: addressShape,
  from: addressShape,
  payee: addressShape,
  invoiceId: hashShape,
  amount: amountShape,
  validAfter: integerShape(0, SECONDS_MAX),
  validBefore: integerShape(0, SECONDS_MAX),
  nonce: hashShape,
  signature: bytesShape(SIGNATURE_BYTES_MAX),
})

/** A signed payment. */
export type PointsAuthorisation = ShapeOf<typeof authorisationShape>
/** A payment before it is signed. */
export type UnsignedAuthorisation = Omit<PointsAuthorisation, 'signature'>

/** What a citizen asks for. */
export interface AuthorisationRequest {
  readonly chainId: number
  readonly from: Address
  readonly payee: Address
  /** absent: an open payment with a random reference */
  readonly invoiceId?: Hash
  /** hundredths of a point */
  readonly amount: bigint
  readonly nowSeconds: number
  readonly validSeconds: number
}

/** A random id of an open payment. */
export function randomOpenId(payer: Address): Hash {
  return openInvoiceId(payer, bytesToBigint(randomBytes(12)))
}

/** The payment with a fresh nonce key, so that it waits for no other. */
export function createAuthorisation(request: AuthorisationRequest): UnsignedAuthorisation {
  const { chainId, from, payee, amount, nowSeconds, validSeconds } = request
  return {
    ...{ format: AUTHORISATION_FORMAT, chainId, contract: SERVICE_POINTS_ADDRESS, from, payee },
    invoiceId: request.invoiceId ?? randomOpenId(from),
    amount,
    // the chain's clock may be a little behind this machine's
    validAfter: Math.max(0, nowSeconds - 600),
    validBefore: nowSeconds + validSeconds,
    nonce: keyedNonce(bytesToBigint(randomBytes(24)), 0n),
  }
}

/** What is signed. */
export function authorisationTypedData(file: UnsignedAuthorisation): TypedDataDefinition {
  const { chainId, contract, from, payee, invoiceId, amount, nonce } = file
  const message: PayMessage = {
    ...{ from, payee, invoiceId, value: amount, nonce },
    validAfter: BigInt(file.validAfter),
    validBefore: BigInt(file.validBefore),
  }
  const typed = pointsTypedData({ chainId, contract }, 'PayWithAuthorization', message)
  return typed as unknown as TypedDataDefinition
}

/**
 * Calldata that submits it. Throws `AUTHORISATION_FOREIGN` for another chain or contract, or when a
 * plain account's signature is not the payer's: the contract would refuse it too.
 */
export async function submitCalldata(file: PointsAuthorisation, chainId: number): Promise<Hex> {
  if (file.chainId !== chainId || file.contract !== SERVICE_POINTS_ADDRESS)
    throw new VecheError(
      'AUTHORISATION_FOREIGN',
      `chain ${chainId} and ${SERVICE_POINTS_ADDRESS} expected, got chain ${file.chainId} and ${file.contract}`,
    )
  const isPlain = file.signature.length === 2 + 2 * 65
  const signer = isPlain
    ? await typedSigner(authorisationTypedData(file), file.signature)
    : file.from
  // a contract account may also take 65 bytes, of its owner
  if (signer === undefined)
    throw new VecheError('AUTHORISATION_FOREIGN', 'a signature of the payer expected, got noise')
  const times = [BigInt(file.validAfter), BigInt(file.validBefore), file.nonce] as const
  return servicePoints.encode.payWithAuthorization(
    ...([file.from, file.payee, file.invoiceId, file.amount, ...times, file.signature] as const),
  )
}
