/**
 * Certificates: q seals of distinct members in one round, checkable by anybody with the validator
 * set (EEA QBFT "Block header": a seal signs the header with the real round and no seals).
 */
import {
  type Address,
  accept,
  blockHash,
  decodeExtraData,
  type Header,
  type Result,
  recoverAddress,
  refuse,
  sealDigest,
} from '@veche/primitives'
import type { Recover } from './digest.ts'
import type { Certificate } from './message.ts'
import { createThresholds } from './quorum.ts'

export interface CertificateOptions {
  /** default: primitives' `recoverAddress` */
  readonly recover?: Recover
}

/**
 * The certificate inside a sealed header, when at least q seals are there and every one is of
 * another member of `validators` over this header and round. Refuses with `CERTIFICATE_INVALID`,
 * also for one bad seal among enough good ones, so that nobody can pad a header.
 */
export function verifyCertificate(
  header: Header,
  validators: readonly Address[],
  options: CertificateOptions = {},
): Result<Certificate> {
  const recover = options.recover ?? recoverAddress
  const extra = decodeExtraData(header.extraData)
  if (!extra.ok) return refuse('CERTIFICATE_INVALID', extra.reason)
  const { round, seals } = extra.value
  const { q } = createThresholds(validators.length)
  if (seals.length < q || seals.length > validators.length)
    return refuse(
      'CERTIFICATE_INVALID',
      `${q} to ${validators.length} seals expected, got ${seals.length}`,
    )
  const digest = sealDigest(header, round)
  const members = new Set(validators)
  for (const seal of seals) {
    const signer = recover(digest, seal)
    if (signer === undefined || !members.delete(signer))
      return refuse('CERTIFICATE_INVALID', `one seal per member expected, got ${signer ?? 'none'}`)
  }
  return accept({ height: header.number, round, hash: blockHash(header), seals })
}
