/**
 * A light client over JSON-RPC that trusts nothing but a genesis hash: it follows the validator set
 * from genesis through the headers that change it (services.md 3.2) and accepts a header only with
 * a certificate of the set in force.
 */
import { verifyCertificate } from '@veche/consensus'
import {
  type Address,
  accept,
  blockHash,
  decodeExtraData,
  decodeHeader,
  encodeHeader,
  type Hash,
  type Header,
  hexToBytes,
  isHex,
  type Result,
  refuse,
  validatorSetHash,
} from '@veche/primitives'

/** Asks the untrusted server for a block header by number or tag; undefined when there is none. */
export type HeaderSource = (block: number | 'latest') => Promise<unknown>

export interface VerifiedHeader {
  readonly header: Header
  readonly hash: Hash
  /** distinct valid seals in its certificate */
  readonly seals: number
  readonly validators: readonly Address[]
  /** set-change headers that were followed */
  readonly changes: number
}

type Json = Readonly<Record<string, unknown>>

const quantity = (value: unknown): bigint =>
  typeof value === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(value) ? BigInt(value) : -1n

const optionalQuantity = (json: Json, key: string): bigint | undefined =>
  json[key] === undefined ? undefined : quantity(json[key])

/**
 * The header in a JSON-RPC block object. Refuses with `HEADER_MALFORMED`; the hash the server
 * states is not looked at.
 */
export function headerFromJson(value: unknown): Result<Header> {
  if (typeof value !== 'object' || value === null)
    return refuse('HEADER_MALFORMED', 'block object expected')
  const json = value as Json
  const bytes = (key: string): Uint8Array => {
    const text = json[key]
    return isHex(text) ? hexToBytes(text) : new Uint8Array(0)
  }
  const hex = (key: string): Hash => String(json[key]).toLowerCase() as Hash
  const optionalHex = (key: string): Hash | undefined =>
    json[key] === undefined ? undefined : hex(key)
  const draft = {
    parentHash: hex('parentHash'),
    ommersHash: hex('sha3Uncles'),
    coinbase: hex('miner'),
    stateRoot: hex('stateRoot'),
    transactionsRoot: hex('transactionsRoot'),
    receiptsRoot: hex('receiptsRoot'),
    logsBloom: bytes('logsBloom'),
    difficulty: quantity(json['difficulty']),
    number: Number(quantity(json['number'])),
    gasLimit: quantity(json['gasLimit']),
    gasUsed: quantity(json['gasUsed']),
    timestamp: Number(quantity(json['timestamp'])),
    extraData: bytes('extraData'),
    mixHash: hex('mixHash'),
    nonce: hex('nonce'),
    baseFeePerGas: optionalQuantity(json, 'baseFeePerGas'),
    withdrawalsRoot: optionalHex('withdrawalsRoot'),
    blobGasUsed: optionalQuantity(json, 'blobGasUsed'),
    excessBlobGas: optionalQuantity(json, 'excessBlobGas'),
    parentBeaconBlockRoot: optionalHex('parentBeaconBlockRoot'),
    requestsHash: optionalHex('requestsHash'),
  }
  return encodeAndDecode(draft as Header)
}

/** One strict decoder for headers of every origin: JSON goes through RLP. */
function encodeAndDecode(draft: Header): Result<Header> {
  const hashes = [draft.parentHash, draft.stateRoot, draft.transactionsRoot, draft.receiptsRoot]
  const scalars = [draft.difficulty, draft.gasLimit, draft.gasUsed]
  const sound =
    [...hashes, draft.ommersHash, draft.mixHash].every((hash) => isHex(hash, 32)) &&
    isHex(draft.coinbase, 20) &&
    isHex(draft.nonce, 8) &&
    [draft.withdrawalsRoot, draft.parentBeaconBlockRoot, draft.requestsHash].every(
      (hash) => hash === undefined || isHex(hash, 32),
    ) &&
    [
      ...scalars,
      draft.baseFeePerGas ?? 0n,
      draft.blobGasUsed ?? 0n,
      draft.excessBlobGas ?? 0n,
    ].every((scalar) => scalar >= 0n) &&
    [draft.number, draft.timestamp].every((n) => Number.isSafeInteger(n) && n >= 0) &&
    (draft.blobGasUsed === undefined) === (draft.parentBeaconBlockRoot === undefined)
  if (!sound) return refuse('HEADER_MALFORMED', 'hex fields of a block header expected')
  return decodeHeader(encodeHeader(draft))
}

async function fetchHeader(
  source: HeaderSource,
  block: number | 'latest',
): Promise<Result<Header>> {
  const header = headerFromJson(await source(block))
  if (!header.ok) return header
  if (block !== 'latest' && header.value.number !== block)
    return refuse('NOT_PROVEN', `block ${block} expected, got ${header.value.number}`)
  return header
}

function setOf(header: Header): readonly Address[] {
  const extra = decodeExtraData(header.extraData)
  return extra.ok ? extra.value.validators : []
}

function sameSet(a: readonly Address[], b: readonly Address[]): boolean {
  return a.length === b.length && a.every((address, i) => address === b[i])
}

/** The greatest height in [low, high) whose header shows `set` while the one after does not. */
async function lastHeightOf(
  source: HeaderSource,
  set: readonly Address[],
  range: { low: number; high: number },
): Promise<Result<number>> {
  let { low, high } = range
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    const header = await fetchHeader(source, middle)
    if (!header.ok) return header
    if (sameSet(setOf(header.value), set)) low = middle
    else high = middle
  }
  return accept(low)
}

/**
 * A header of the chain of `genesisHash`, verified: the set is followed from genesis, each change
 * by a header that the set before it sealed. Refuses with `NOT_PROVEN`, or the refusal of what
 * failed.
 */
export async function verifyHeader(
  source: HeaderSource,
  genesisHash: Hash,
  block: number | 'latest' = 'latest',
): Promise<Result<VerifiedHeader>> {
  const genesis = await fetchHeader(source, 0)
  if (!genesis.ok) return genesis
  const found = blockHash(genesis.value)
  if (found !== genesisHash)
    return refuse('NOT_PROVEN', `genesis ${genesisHash} expected, the server has ${found}`)
  const target = await fetchHeader(source, block)
  if (!target.ok) return target
  let set = setOf(genesis.value)
  let at = 0
  let changes = 0
  while (!sameSet(setOf(target.value), set)) {
    const last = await lastHeightOf(source, set, { low: at, high: target.value.number })
    if (!last.ok) return last
    const next = await stepSet(source, set, last.value)
    if (!next.ok) return next
    set = next.value
    at = last.value + 1
    changes++
  }
  if (target.value.number === 0)
    return accept({ header: target.value, hash: found, seals: 0, validators: set, changes })
  const certificate = verifyCertificate(target.value, set)
  if (!certificate.ok) return certificate
  return accept({
    header: target.value,
    hash: blockHash(target.value),
    seals: certificate.value.seals.length,
    validators: set,
    changes,
  })
}

/** The set after `height`, proven by its header (sealed by `set`) and the list in the next one. */
async function stepSet(
  source: HeaderSource,
  set: readonly Address[],
  height: number,
): Promise<Result<readonly Address[]>> {
  const change = await fetchHeader(source, height)
  if (!change.ok) return change
  if (height > 0) {
    const certificate = verifyCertificate(change.value, set)
    if (!certificate.ok) return certificate
  }
  const after = await fetchHeader(source, height + 1)
  if (!after.ok) return after
  const next = setOf(after.value)
  const extra = decodeExtraData(change.value.extraData)
  if (!extra.ok || extra.value.vanity !== validatorSetHash(next))
    return refuse(
      'NOT_PROVEN',
      `the set of block ${height + 1} is not the one block ${height} names`,
    )
  return accept(next)
}
