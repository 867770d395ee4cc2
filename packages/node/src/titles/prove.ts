/**
 * A title proven against a certified header: the four words of its record by `eth_getProof`, from a
 * server that is not trusted.
 */
import {
  decodeTitleWord,
  proveRegistry,
  proveWord,
  TITLE_REGISTRY_ADDRESS,
  type TitleWord,
  titleSlots,
} from '@veche/contracts'
import {
  accept,
  bigintToBytes,
  bytesToHex,
  type Hash,
  hexToBytes,
  isHex,
  padLeft,
  type Result,
  refuse,
} from '@veche/primitives'
import type { CheckpointBlock } from '../checkpoint.ts'
import { callRpc } from '../json-rpc.ts'
import { rpcHeaderServer, verifyHeader } from '../light.ts'
import { TITLE_STATUSES } from './read.ts'

/** What is proven of a title. */
export interface ProvenTitle {
  readonly propertyId: Hash
  readonly block: { readonly number: number; readonly hash: Hash; readonly seals: number }
  /** unix seconds of the block */
  readonly asOf: number
  readonly head: Hash
  readonly ownerC: Hash
  readonly consentC: Hash
  readonly status: string
  readonly record: TitleWord
  /** the nodes, for the file */
  readonly raw: { readonly accountProof: unknown; readonly storageProof: unknown }
}

const nodesOf = (value: unknown): readonly Uint8Array[] =>
  Array.isArray(value)
    ? value.map((node) => (isHex(node) ? hexToBytes(node) : new Uint8Array(0)))
    : []

const wordText = (word: bigint): Hash => bytesToHex(padLeft(bigintToBytes(word), 32))

/** Refuses with `PROOF_INVALID`, `REGISTRY_ABSENT` and the light client's codes. */
export async function proveTitle(
  rpcUrl: string,
  id: Hash,
  trusted: CheckpointBlock,
): Promise<Result<ProvenTitle>> {
  const verified = await verifyHeader(rpcHeaderServer(rpcUrl), trusted)
  if (!verified.ok) return verified
  const { header, hash, seals } = verified.value
  const slots = titleSlots(id)
  const height = `0x${header.number.toString(16)}`
  const answer = (await callRpc(rpcUrl, 'eth_getProof', [
    TITLE_REGISTRY_ADDRESS,
    slots,
    height,
  ])) as {
    readonly accountProof?: unknown
    readonly storageProof?: unknown
  } | null
  const { accountProof, storageProof } = answer ?? {}
  const registry = proveRegistry(header, TITLE_REGISTRY_ADDRESS, nodesOf(accountProof))
  if (!registry.ok) return registry
  const entries: readonly unknown[] = Array.isArray(storageProof) ? storageProof : []
  const words: bigint[] = []
  for (const [i, slot] of slots.entries()) {
    const nodes = nodesOf((entries[i] as { proof?: unknown } | null | undefined)?.proof)
    const word = proveWord(registry.value, slot, nodes)
    if (!word.ok) return word
    words.push(word.value)
  }
  const [head, ownerC, packed, consentC] = words
  if (head === undefined || ownerC === undefined || packed === undefined || consentC === undefined)
    return refuse('PROOF_INVALID', 'four words of a title expected')
  const record = decodeTitleWord(packed)
  return accept({
    propertyId: id,
    block: { number: header.number, hash, seals },
    asOf: header.timestamp,
    ...{ head: wordText(head), ownerC: wordText(ownerC), consentC: wordText(consentC) },
    status: TITLE_STATUSES[record.status] ?? 'unknown',
    record,
    raw: { accountProof, storageProof },
  })
}
