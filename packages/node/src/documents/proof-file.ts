/**
 * The proof file `veche-document-proof/1`: everything that `verify` asks a server for, kept beside
 * the document, so that anybody can check it later without a network. It says what was true at its
 * block, and which block that is. The reader trusts nothing in it: the header is checked against a
 * pinned genesis or checkpoint through the set-change headers, as the light client checks a server.
 */
import {
  type Document,
  documentCommitment,
  documentProofSlots,
  verifyDocument,
} from '@veche/contracts'
import {
  bytesToHex,
  decodeHeader,
  encodeHeader,
  type Hash,
  type Header,
  type Hex,
  hexToBytes,
  type Result,
} from '@veche/primitives'
import {
  bytesShape,
  hashShape,
  integerShape,
  listShape,
  objectShape,
  oneOfShape,
  type ShapeOf,
} from '../act/shape.ts'
import type { CheckpointBlock } from '../checkpoint.ts'
import { type HeaderServer, headerFromJson, rpcHeaderServer, verifyHeader } from '../light.ts'
import { LIGHT_CHANGES_MAX, LIGHT_PAGE_MAX } from '../limits.ts'
import { fetchProof } from './proven-words.ts'
import type { Verification } from './verify.ts'

export const PROOF_FORMAT = 'veche-document-proof/1'
/** bytes of a whole proof file: a few headers and 64 nodes; hundreds of set changes at most */
export const PROOF_FILE_BYTES_MAX = 4_194_304

/** a header with the seals of a hundred validators is below 8 KiB */
const header = bytesShape(16_384)
/** a branch node has 532 bytes */
const nodes = listShape(bytesShape(1_024), 64)

/** Decodes a proof file; unknown fields are refused with `FILE_MALFORMED`. */
export const proofFileShape = objectShape({
  format: oneOfShape(PROOF_FORMAT),
  chainId: integerShape(1, Number.MAX_SAFE_INTEGER),
  /** the document it is about */
  commitment: hashShape,
  /** RLP of the trusted header: genesis or a checkpoint */
  trusted: header,
  /** RLP of the set-change headers up to the block, oldest first */
  changes: listShape(header, LIGHT_CHANGES_MAX),
  /** RLP of the sealed header of the block */
  header,
  account: nodes,
  /** of the document's state (or its absence), then of its batch */
  storage: listShape(nodes, 2),
})

export type ProofFile = ShapeOf<typeof proofFileShape>

/** Keeps every header that the light client was given. */
function recording(server: HeaderServer): {
  readonly server: HeaderServer
  readonly blocks: Map<number | 'latest', unknown>
  readonly changes: Hex[]
} {
  const blocks = new Map<number | 'latest', unknown>()
  const changes: Hex[] = []
  return {
    blocks,
    changes,
    server: {
      async block(block) {
        const found = await server.block(block)
        blocks.set(block, found)
        return found
      },
      async setChanges(from) {
        const page = await server.setChanges(from)
        const { headers } = (page ?? {}) as { headers?: readonly Hex[] }
        changes.push(...(headers ?? []))
        return page
      },
    },
  }
}

function rlpOf(block: unknown): Hex {
  const found = headerFromJson(block)
  return found.ok ? bytesToHex(encodeHeader(found.value)) : '0x'
}

/**
 * Asks a server for all that proves the document at its newest block and checks it on the way.
 * Refuses as the light client does.
 */
export async function makeProofFile(
  document: Document,
  options: { readonly rpcUrl: string; readonly trusted: CheckpointBlock },
): Promise<Result<ProofFile>> {
  const { rpcUrl, trusted } = options
  const { server, blocks, changes } = recording(rpcHeaderServer(rpcUrl))
  const verified = await verifyHeader(server, trusted)
  if (!verified.ok) return verified
  const { header: block } = verified.value
  const commitment = documentCommitment(document)
  const raw = await fetchProof(rpcUrl, documentProofSlots(document, commitment), block.number)
  const below = changes.filter((rlp) => {
    const change = decodeHeader(hexToBytes(rlp))
    return change.ok && change.value.number < block.number
  })
  return {
    ok: true,
    value: {
      format: PROOF_FORMAT,
      chainId: document.chainId,
      commitment,
      trusted: rlpOf(blocks.get(trusted.number)),
      changes: below,
      header: bytesToHex(encodeHeader(block)),
      account: raw.accountProof.map(bytesToHex),
      storage: raw.storageProofs.map((list) => list.map(bytesToHex)),
    },
  }
}

const quantity = (value: number | bigint): string => `0x${value.toString(16)}`

/** A header as a server would tell it; the client encodes and hashes it again. */
export function headerToJson(value: Header): Readonly<Record<string, unknown>> {
  const optional = {
    baseFeePerGas: value.baseFeePerGas,
    blobGasUsed: value.blobGasUsed,
    excessBlobGas: value.excessBlobGas,
  }
  const told = Object.entries(optional).flatMap(([name, number]) =>
    number === undefined ? [] : [[name, quantity(number)]],
  )
  const roots = {
    withdrawalsRoot: value.withdrawalsRoot,
    parentBeaconBlockRoot: value.parentBeaconBlockRoot,
    requestsHash: value.requestsHash,
  }
  const hashes = Object.entries(roots).filter(([, hash]) => hash !== undefined)
  return {
    parentHash: value.parentHash,
    sha3Uncles: value.ommersHash,
    miner: value.coinbase,
    stateRoot: value.stateRoot,
    transactionsRoot: value.transactionsRoot,
    receiptsRoot: value.receiptsRoot,
    logsBloom: bytesToHex(value.logsBloom),
    difficulty: quantity(value.difficulty),
    number: quantity(value.number),
    gasLimit: quantity(value.gasLimit),
    gasUsed: quantity(value.gasUsed),
    timestamp: quantity(value.timestamp),
    extraData: bytesToHex(value.extraData),
    mixHash: value.mixHash,
    nonce: value.nonce,
    ...Object.fromEntries(told),
    ...Object.fromEntries(hashes),
  }
}

function numberOf(rlp: Hex): number | undefined {
  const decoded = decodeHeader(hexToBytes(rlp))
  return decoded.ok ? decoded.value.number : undefined
}

/** The file as a server of headers: the light client cannot tell the difference. */
function fileServer(file: ProofFile, trusted: CheckpointBlock): HeaderServer {
  const told = (rlp: Hex): unknown => {
    const decoded = decodeHeader(hexToBytes(rlp))
    return decoded.ok ? headerToJson(decoded.value) : null
  }
  return {
    block: async (block) => told(block === trusted.number ? file.trusted : file.header),
    async setChanges(from) {
      const later = file.changes.filter((rlp) => (numberOf(rlp) ?? 0) >= from)
      const headers = later.slice(0, LIGHT_PAGE_MAX)
      return { headers, next: later.length > headers.length ? '0x1' : null }
    },
  }
}

/**
 * The verdict on a document from its proof file alone, without a network. As good as the pinned
 * block is, and as old as the proven one.
 */
export async function verifyOffline(
  document: Document,
  file: ProofFile,
  options: {
    readonly chainId: number
    readonly registry: Hex
    readonly trusted: CheckpointBlock
    readonly nowSeconds: number
  },
): Promise<Verification> {
  const { trusted, chainId, registry, nowSeconds } = options
  const unproven = (code: string, reason: string): Verification => ({
    verdict: { verdict: 'NOT_PROVEN', code, reason },
  })
  const commitment: Hash = documentCommitment(document)
  if (file.commitment !== commitment)
    return unproven('BATCH_NOT_FOUND', `the proof is of ${file.commitment}, not of ${commitment}`)
  const server = fileServer(file, trusted)
  const atTrusted = numberOf(file.header) === trusted.number
  const verified = await verifyHeader(server, trusted, atTrusted ? trusted.number : 'latest')
  if (!verified.ok) return unproven(verified.code, `block: ${verified.reason}`)
  const evidence = {
    header: verified.value.header,
    accountProof: file.account.map(hexToBytes),
    storageProofs: file.storage.map((list) => list.map(hexToBytes)),
  }
  const trust = { chainId, registry, nowSeconds }
  return { verdict: verifyDocument(document, evidence, trust), block: verified.value }
}
