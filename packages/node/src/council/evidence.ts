/**
 * Evidence of equivocation between the machine and the contract: kept durably (one file for each
 * accused, the first evidence of all), and turned into the call that suspends. The machine reports
 * the same again after a restart; here it is one fact.
 */
import { readdir } from 'node:fs/promises'
import {
  decodeMessage,
  type EvidenceMessage,
  encodeMessage,
  isAuthentic,
  isConflict,
  signedBytes,
} from '@veche/consensus'
import { encodeEquivocation, validatorSet } from '@veche/contracts'
import { type Address, type Hex, VecheError } from '@veche/primitives'
import { type FileSystem, nodeFileSystem } from '@veche/storage'
import { EVIDENCE_BYTES_MAX, EVIDENCE_FILES_MAX } from '../limits.ts'
import type { Logger } from '../log.ts'

export interface EvidenceStore {
  /** by accused, the first of each */
  all(): ReadonlyMap<Address, EvidenceMessage>
  /** false when there is one against the same signer, or too many; durable when true */
  keep(evidence: EvidenceMessage): Promise<boolean>
}

export interface EvidenceStoreOptions {
  /** directory of its own */
  readonly path: string
  readonly chainId: number
  readonly logger: Logger
  readonly files?: FileSystem
}

const EXTENSION = '.evidence'

/** Whether both messages are their signer's, on this chain, and convict it. */
export function isEvidence({ first, second }: EvidenceMessage, chainId: number): boolean {
  if (!isConflict(first, second)) return false
  return isAuthentic(first, { chainId }) && isAuthentic(second, { chainId })
}

/** Calldata of ValidatorSet.reportMalicious. */
export function evidenceToCall({ first, second }: EvidenceMessage): Hex {
  const { messageType, content } = signedBytes(first)
  const proof = encodeEquivocation({
    messageType,
    first: { content, signature: first.signature },
    second: { content: signedBytes(second).content, signature: second.signature },
  })
  return validatorSet.reportMalicious(first.signer, first.height, proof)
}

async function read(
  options: Required<EvidenceStoreOptions>,
): Promise<Map<Address, EvidenceMessage>> {
  const { path, files, chainId, logger } = options
  const kept = new Map<Address, EvidenceMessage>()
  const names = (await readdir(path)).filter((name) => name.endsWith(EXTENSION)).sort()
  for (const name of names.slice(0, EVIDENCE_FILES_MAX)) {
    const bytes = await files.read(`${path}/${name}`)
    const fits = bytes !== undefined && bytes.length <= EVIDENCE_BYTES_MAX
    const message = fits ? decodeMessage(bytes) : undefined
    // a file is a foreign thing too: a torn or edited one accuses nobody
    if (message?.ok && message.value.kind === 'evidence' && isEvidence(message.value, chainId))
      kept.set(message.value.first.signer, message.value)
    else logger.warn('a file holds no evidence of this chain', { file: `${path}/${name}` })
  }
  return kept
}

/** Opens the directory, making it where it is missing. Throws `EVIDENCE_UNUSABLE`. */
export async function openEvidenceStore(options: EvidenceStoreOptions): Promise<EvidenceStore> {
  const { path, files = nodeFileSystem } = options
  const unusable = (cause: unknown): VecheError =>
    new VecheError('EVIDENCE_UNUSABLE', `${path}: a directory for evidence expected`, { cause })
  let kept: Map<Address, EvidenceMessage>
  try {
    await files.makeDirectory(path)
    kept = await read({ ...options, files })
  } catch (cause) {
    throw unusable(cause)
  }
  return {
    all: () => kept,
    async keep(evidence) {
      const { signer } = evidence.first
      if (kept.has(signer) || kept.size >= EVIDENCE_FILES_MAX) return false
      kept.set(signer, evidence)
      const name = `${path}/${signer.slice(2)}${EXTENSION}`
      try {
        const file = await files.create(`${name}.new`)
        await file.append(encodeMessage(evidence))
        await file.sync()
        await file.close()
        await files.rename(`${name}.new`, name)
        await files.syncDirectory(path)
      } catch (cause) {
        throw unusable(cause)
      }
      return true
    },
  }
}
