/** From a signed file to the call of IdentityRegistry: every proof in the place of its key. */
import {
  type IdentityRecord,
  identityRegistry,
  type SignedBy,
  signerKeyHash,
} from '@veche/contracts'
import { type Hash, type Hex, VecheError } from '@veche/primitives'
import type { ChangeFile, IdentityFile } from './message-file.ts'

const { encode } = identityRegistry

/** Throws `SIGNATURE_MISSING`. */
function proofBy({ signatures }: IdentityFile, keyHash: Hash, whose: string): SignedBy {
  const found = signatures.find(({ signer }) => signerKeyHash(signer) === keyHash)
  if (found !== undefined) return found
  throw new VecheError('SIGNATURE_MISSING', `a signature by ${whose} (${keyHash}) expected`)
}

type Keys = Pick<IdentityRecord, 'keyHash' | 'recoveryHash'>

function changeCall(file: ChangeFile, { keyHash, recoveryHash }: Keys): Hex {
  const { idC, newKeyHash, newRecoveryHash } = file
  const deadline = BigInt(file.deadline)
  const present = () => proofBy(file, keyHash, 'the present key')
  const recovery = () => proofBy(file, recoveryHash, 'the recovery key')
  const next = () => proofBy(file, newKeyHash, 'the new key')
  switch (file.kind) {
    case 'Rotation': {
      const proofs = [present(), recovery(), next()] as const
      return encode.rotate(idC, newRecoveryHash, deadline, proofs)
    }
    case 'Recovery':
      return encode.attestRecovery(idC, newKeyHash, newRecoveryHash, deadline, recovery())
    case 'Objection':
      return encode.objectRebinding(idC, newKeyHash, newRecoveryHash, deadline, present())
    case 'Acceptance':
      return encode.completeRebinding(idC, newRecoveryHash, deadline, next())
  }
}

/**
 * Calldata of a signed file; `record` is the identity as it stands. Throws `SIGNATURE_MISSING` with
 * whose is missing.
 */
export function identityCall(file: IdentityFile, record: Keys): Hex {
  const { idC } = file
  const deadline = BigInt(file.deadline)
  switch (file.kind) {
    case 'Registration': {
      const { keyHash, recoveryHash, assurance } = file
      const key = proofBy(file, keyHash, 'the key itself')
      return encode.register(idC, recoveryHash, assurance, deadline, key)
    }
    case 'HolderSuspension': {
      const byRecovery = file.signatures.find(
        ({ signer }) => signerKeyHash(signer) === record.recoveryHash,
      )
      const key = byRecovery ?? proofBy(file, record.keyHash, 'the key or the recovery key')
      return encode.suspendByHolder(idC, deadline, key)
    }
    default:
      return changeCall(file, record)
  }
}
