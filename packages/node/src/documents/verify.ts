/**
 * Verifies a document file against a server that is not trusted: a certified header found by the
 * light client, `eth_getProof` at that header's block, and the pure verdict of @veche/contracts.
 */
import {
  DOCUMENT_REGISTRY_ADDRESS,
  type Document,
  type DocumentVerdict,
  documentCommitment,
  documentProofSlots,
  verifyDocument,
} from '@veche/contracts'
import type { Result } from '@veche/primitives'
import type { CheckpointBlock } from '../checkpoint.ts'
import { rpcHeaderServer, type VerifiedHeader, verifyHeader } from '../light.ts'
import { fetchProof } from './proven-words.ts'
import { reasonText } from './reasons.ts'

export interface Verification {
  readonly verdict: DocumentVerdict
  /** the certified block the verdict is about; absent when no header could be verified */
  readonly block?: VerifiedHeader
}

export interface VerifyOptions {
  readonly rpcUrl: string
  readonly chainId: number
  /** genesis or a checkpoint of the network */
  readonly trusted: CheckpointBlock
  /** unix seconds to judge expiry at */
  readonly nowSeconds: number
}

const notProven = (code: string, reason: string): Verification => ({
  verdict: { verdict: 'NOT_PROVEN', code, reason },
})

/** Asks, verifies, judges. Throws only when the server does not answer. */
export async function verifyOverRpc(
  document: Document,
  options: VerifyOptions,
): Promise<Verification> {
  const { rpcUrl } = options
  const server = rpcHeaderServer(rpcUrl)
  const verified: Result<VerifiedHeader> = await verifyHeader(server, options.trusted)
  if (!verified.ok) return notProven(verified.code, `block: ${verified.reason}`)
  const block = verified.value
  const slots = documentProofSlots(document, documentCommitment(document))
  const raw = await fetchProof(rpcUrl, slots, block.header.number)
  const evidence = { header: block.header, ...raw }
  const trust = {
    chainId: options.chainId,
    registry: DOCUMENT_REGISTRY_ADDRESS,
    nowSeconds: options.nowSeconds,
  }
  return { verdict: verifyDocument(document, evidence, trust), block }
}

/** What stands in the first line of an answer to a citizen. */
export function verdictText({ verdict, block }: Verification): string {
  if (verdict.verdict === 'NOT_PROVEN') return `NOT PROVEN: ${verdict.reason} [${verdict.code}]`
  const at = block === undefined ? '' : `, block ${block.header.number} with ${block.seals} seals`
  const time = new Date(verdict.asOf.timestampSeconds * 1000).toISOString()
  return `${verdict.verdict}: as of ${time}${at}`
}

/** The second line: what the proof shows of its state, or that nothing ever happened to it. */
export function stateText(document: Document, { verdict }: Verification): string {
  if (verdict.verdict === 'NOT_PROVEN') return ''
  const { commitment, state } = verdict
  if (state === undefined)
    return `${commitment}: in batch ${document.batch?.index}; proven that nothing happened to it`
  const reason = state.reason === 0 ? '' : ` for reason ${reasonText(state.reason)}`
  return `${commitment}: issue ${state.index} by ${state.issuer}, ${state.status}${reason}`
}
