/**
 * Words of DocumentRegistry's storage, proven against a certified header: `eth_getProof` for many
 * slots at once, the account proven once for all of them.
 */
import {
  DOCUMENT_REGISTRY_ADDRESS,
  type ProvenRegistry,
  proveRegistry,
  proveWord,
} from '@veche/contracts'
import {
  accept,
  type Hash,
  type Header,
  hexToBytes,
  isHex,
  type Result,
  refuse,
} from '@veche/primitives'
import { callRpc } from '../json-rpc.ts'

/** slots of one request: an answer of 512 stays near 3 MB at a million keys */
export const SLOTS_AT_ONCE = 512

/** What a server answers to `eth_getProof`, before anything of it is believed. */
export interface RawProof {
  readonly accountProof: readonly Uint8Array[]
  readonly storageProofs: readonly (readonly Uint8Array[])[]
}

/** A foreign list of hex texts as bytes; misfits become empty, which no proof survives. */
function toNodes(value: unknown): readonly Uint8Array[] {
  if (!Array.isArray(value)) return []
  return value.map((node) => (isHex(node) ? hexToBytes(node) : new Uint8Array(0)))
}

/** Asks for proofs at the block of the header. Throws `RPC_UNREACHABLE`, `RPC_FAILED`. */
export async function fetchProof(
  rpcUrl: string,
  slots: readonly Hash[],
  blockNumber: number,
): Promise<RawProof> {
  const params = [DOCUMENT_REGISTRY_ADDRESS, slots, `0x${blockNumber.toString(16)}`]
  const proof = (await callRpc(rpcUrl, 'eth_getProof', params)) as Readonly<
    Record<string, unknown>
  > | null
  const entries: unknown = proof?.['storageProof']
  return {
    accountProof: toNodes(proof?.['accountProof']),
    storageProofs: (Array.isArray(entries) ? entries : []).map((entry) =>
      toNodes((entry as { proof?: unknown } | null)?.proof),
    ),
  }
}

function proveAll(
  registry: ProvenRegistry,
  slots: readonly Hash[],
  proofs: RawProof['storageProofs'],
): Result<readonly bigint[]> {
  if (proofs.length !== slots.length)
    return refuse('PROOF_INVALID', `${slots.length} storage proofs expected, got ${proofs.length}`)
  const words: bigint[] = []
  for (const [i, slot] of slots.entries()) {
    const word = proveWord(registry, slot, proofs[i] ?? [])
    if (!word.ok) return word
    words.push(word.value)
  }
  return accept(words)
}

/**
 * The words under the slots in the state of a certified header, each proven, in requests of
 * {@link SLOTS_AT_ONCE}. Refuses with `PROOF_INVALID`, `REGISTRY_ABSENT`.
 */
export async function provenWords(
  rpcUrl: string,
  header: Header,
  slots: readonly Hash[],
): Promise<Result<readonly bigint[]>> {
  const words: bigint[] = []
  for (let at = 0; at < slots.length; at += SLOTS_AT_ONCE) {
    const part = slots.slice(at, at + SLOTS_AT_ONCE)
    const raw = await fetchProof(rpcUrl, part, header.number)
    const registry = proveRegistry(header, DOCUMENT_REGISTRY_ADDRESS, raw.accountProof)
    if (!registry.ok) return registry
    const proven = proveAll(registry.value, part, raw.storageProofs)
    if (!proven.ok) return proven
    words.push(...proven.value)
  }
  return accept(words)
}
