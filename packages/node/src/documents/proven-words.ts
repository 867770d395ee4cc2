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
  type Address,
  accept,
  bigintToBytes,
  bytesToHex,
  type Hash,
  type Header,
  hexToBytes,
  isHex,
  padLeft,
  type Result,
  refuse,
  verifyAccountProof,
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

/** keccak256('eip1967.proxy.implementation') - 1 */
const IMPLEMENTATION_SLOT = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'

/** The code behind the registry's proxy. */
export interface ProvenCode {
  readonly implementation: Address
  readonly codeHash: Hash
}

/**
 * Which code runs behind the proxy in the state of a certified header, proven: what all other
 * proofs mean depends on it. Refuses with `PROOF_INVALID`, `REGISTRY_ABSENT`.
 */
export async function provenCode(rpcUrl: string, header: Header): Promise<Result<ProvenCode>> {
  const words = await provenWords(rpcUrl, header, [IMPLEMENTATION_SLOT])
  if (!words.ok) return words
  const implementation: Address = bytesToHex(padLeft(bigintToBytes(words.value[0] ?? 0n), 20))
  const params = [implementation, [], `0x${header.number.toString(16)}`]
  const proof = (await callRpc(rpcUrl, 'eth_getProof', params)) as Readonly<
    Record<string, unknown>
  > | null
  const nodes = toNodes(proof?.['accountProof'])
  const account = verifyAccountProof(header.stateRoot, implementation, nodes)
  if (!account.ok) return account
  if (account.value === undefined)
    return refuse('REGISTRY_ABSENT', `code at ${implementation} expected, got none`)
  return accept({ implementation, codeHash: account.value.codeHash })
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
