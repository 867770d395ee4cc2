/**
 * `veche-identity-opening/1`: what opens the commitment to a person. It names the person, so it
 * stays with the person and the office and never goes near a node; without the salt the commitment
 * says nothing.
 */
import { identityCommitment } from '@veche/contracts'
import { type Hash, keccakHex, utf8ToBytes } from '@veche/primitives'
import { hashShape, objectShape, oneOfShape, type ShapeOf, textShape } from '../act/shape.ts'

export const OPENING_FORMAT = 'veche-identity-opening/1'
/** characters of a line that names a person */
export const PERSON_MAX = 256

export const openingShape = objectShape({
  format: oneOfShape(OPENING_FORMAT),
  person: textShape(PERSON_MAX),
  salt: hashShape,
})
export type Opening = ShapeOf<typeof openingShape>

/** The identity of an opening: keccak256 of the person's line, committed to under the salt. */
export function identityOf({ person, salt }: Opening): Hash {
  return identityCommitment(keccakHex(utf8ToBytes(person)), salt)
}
