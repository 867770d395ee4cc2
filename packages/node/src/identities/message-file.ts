/**
 * `veche-identity/1`: a message of IdentityRegistry on its way. Somebody drafts it, holders sign it
 * offline one after another, the office (a registration) or anybody submits it. Nothing personal is
 * in it: identities and keys are hashes.
 */
import {
  type IdentityMessageKind,
  identityMessage,
  rebindingRequestId,
  type SignedBy,
} from '@veche/contracts'
import { refuse } from '@veche/primitives'
import type { TypedDataDefinition } from 'viem'
import {
  bytesShape,
  hashShape,
  integerShape,
  listShape,
  objectShape,
  oneOfShape,
  type Shape,
  type ShapeOf,
} from '../act/shape.ts'

export const IDENTITY_FORMAT = 'veche-identity/1'

/** IdentityRegistry.ASSURANCE_MAX */
export const ASSURANCE_MAX = 4
/** present key, recovery key, new key */
const SIGNATURES_MAX = 3
const SIGNER_BYTES_MAX = 84
const SIGNATURE_BYTES_MAX = 4_096
const SECONDS_MAX = 2 ** 40
const COUNT_MAX = 2 ** 32 - 1

const common = {
  format: oneOfShape(IDENTITY_FORMAT),
  chainId: integerShape(1, Number.MAX_SAFE_INTEGER),
  idC: hashShape,
  deadline: integerShape(0, SECONDS_MAX),
  signatures: listShape(
    objectShape({
      signer: bytesShape(SIGNER_BYTES_MAX),
      signature: bytesShape(SIGNATURE_BYTES_MAX),
    }),
    SIGNATURES_MAX,
  ),
}

const registration = objectShape({
  ...common,
  kind: oneOfShape('Registration'),
  keyHash: hashShape,
  recoveryHash: hashShape,
  assurance: integerShape(1, ASSURANCE_MAX),
})

/** Four messages about one change of keys. */
const change = objectShape({
  ...common,
  kind: oneOfShape('Rotation', 'Recovery', 'Objection', 'Acceptance'),
  epoch: integerShape(1, COUNT_MAX),
  newKeyHash: hashShape,
  newRecoveryHash: hashShape,
})

const suspension = objectShape({
  ...common,
  kind: oneOfShape('HolderSuspension'),
  version: integerShape(1, COUNT_MAX),
})

export type RegistrationFile = ShapeOf<typeof registration>
export type ChangeFile = ShapeOf<typeof change>
export type SuspensionFile = ShapeOf<typeof suspension>
export type IdentityFile = RegistrationFile | ChangeFile | SuspensionFile

const SHAPES: Readonly<Record<IdentityMessageKind, Shape<IdentityFile>>> = {
  Registration: registration,
  Rotation: change,
  Recovery: change,
  Objection: change,
  Acceptance: change,
  HolderSuspension: suspension,
}

/** Any of the six messages. */
export const identityFileShape: Shape<IdentityFile> = (value, at) => {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : ''
  if (typeof kind === 'string' && Object.hasOwn(SHAPES, kind))
    return SHAPES[kind as IdentityMessageKind](value, at)
  return refuse('FILE_MALFORMED', `kind: one of ${Object.keys(SHAPES).join(', ')} expected`)
}

/** The fields as sol/identity/IdentityRegistry.sol hashes them. */
function messageOf(file: IdentityFile): Readonly<Record<string, unknown>> {
  const { idC } = file
  const deadline = BigInt(file.deadline)
  switch (file.kind) {
    case 'Registration': {
      const { keyHash, recoveryHash, assurance } = file
      return { idC, keyHash, recoveryHash, assurance, deadline }
    }
    case 'HolderSuspension':
      return { idC, version: file.version, deadline }
    case 'Objection':
    case 'Acceptance':
      return { idC, requestId: rebindingRequestId(file), deadline }
    case 'Rotation':
    case 'Recovery': {
      const { newKeyHash, newRecoveryHash, epoch } = file
      return { idC, newKeyHash, newRecoveryHash, epoch, deadline }
    }
  }
}

/** What is signed. */
export function identityTypedData(file: IdentityFile): TypedDataDefinition {
  const { kind, chainId } = file
  return identityMessage(kind, messageOf(file), { chainId }) as TypedDataDefinition
}

/** The file with one more signature; one of the same signer is replaced. */
export function addIdentitySignature(file: IdentityFile, signed: SignedBy): IdentityFile {
  const others = file.signatures.filter(({ signer }) => signer !== signed.signer)
  return { ...file, signatures: [...others, signed] }
}
