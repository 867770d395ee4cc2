/** A deployed DocumentRegistry with two schemas and the accounts that play the roles. */
import {
  type Address,
  assert,
  type Hash,
  type Hex,
  keccakHex,
  utf8ToBytes,
} from '@veche/primitives'
import {
  type BatchProof,
  createBatchTree,
  DOCUMENT_REGISTRY_ADDRESS,
  type DocumentRegistryEvent,
  decodeDocumentRecord,
  decodeDocumentRegistryLog,
  decodeDocumentRegistryRevert,
  documentRegistry,
  documentRegistryBytecode,
  documentRegistryInitializer,
  schemaId,
} from '../../src/index.ts'
import { deployGoverned, type Governed } from './authority.ts'
import { account, type Chain, createChain, type Outcome, send, view } from './chain.ts'

export const ADMIN = account(0xad)
export const ISSUER = account(0x15)
export const REVOKER = account(0x4e)
export const COURT = account(0xc0)
export const OTHER_ISSUER = account(0x16)
export const STRANGER = account(0x66)
export const SCHEMA: Hash = schemaId('property-sale/1')
export const OTHER_SCHEMA: Hash = schemaId('market-permit/1')

/** may cancel what is scheduled */
export const OBSERVER = account(0x0b)
export const UPGRADER = account(0x09)

export interface Registry {
  readonly chain: Chain
  /** the proxy */
  readonly address: Address
  readonly implementation: Address
  readonly governed: Governed
}

/** Schemas and powers change at once here; `notice` leaves the city's own periods. */
export async function createRegistry(
  options: { provable?: boolean; notice?: boolean } = {},
): Promise<Registry> {
  const chain = await createChain(options)
  const administrative = ['registerSchema', 'freezeSchema', 'grantPower']
  const governed = await deployGoverned({
    chain,
    service: DOCUMENT_REGISTRY_ADDRESS,
    bytecode: documentRegistryBytecode,
    initializer: (cityAccess, releases) =>
      documentRegistryInitializer({
        ...{ cityAccess, releases },
        schemas: [
          { schemaId: SCHEMA, uri: 'https://city/s1', issuers: [ISSUER], revokers: [REVOKER] },
          { schemaId: OTHER_SCHEMA, uri: '', issuers: [OTHER_ISSUER], revokers: [] },
        ],
      }),
    setup: {
      admins: [account(0xaa)],
      members: {
        ...{ OBSERVERS: [OBSERVER], COURT: [COURT], DOCUMENT_OFFICE: [ADMIN] },
        ...{ UPGRADER: [UPGRADER], RELEASER: [UPGRADER] },
      },
    },
    atOnce: options.notice ? ['register'] : ['register', ...administrative],
  })
  const { proxy, implementation } = governed
  return { chain, address: proxy, implementation, governed }
}

export function act(registry: Registry, from: Address, data: Hex): Promise<Outcome> {
  return send(registry.chain, { from, to: registry.address, data })
}

/** The single event of a successful call. */
export function eventOf(outcome: Outcome): DocumentRegistryEvent {
  const [log] = outcome.logs
  assert(outcome.ok && log !== undefined, `a call with an event, got ${revertOf(outcome)}`)
  const event = decodeDocumentRegistryLog(log)
  assert(event.ok, 'an event of the registry')
  return event.value
}

/** The custom error's name, `ok` for success. */
export function revertOf(outcome: Outcome): string {
  if (outcome.ok) return 'ok'
  const revert = decodeDocumentRegistryRevert(outcome.returned)
  return revert.ok ? revert.value.name : `unknown revert ${outcome.returned.length} bytes`
}

/** Posts a batch and gives the proof of each commitment. */
export async function postBatch(
  registry: Registry,
  commitments: readonly Hash[],
  options: { schema?: Hash; from?: Address; uri?: string } = {},
): Promise<{ proofs: readonly BatchProof[]; outcome: Outcome }> {
  const { schema = SCHEMA, from = ISSUER, uri = '' } = options
  const tree = createBatchTree(commitments)
  const { root, count } = tree
  const outcome = await act(
    registry,
    from,
    documentRegistry.issueBatch({ root, count, schemaId: schema, uri }),
  )
  const event = eventOf(outcome)
  assert(event.kind === 'batch-issued', 'a batch event')
  const { index, record } = event
  return {
    proofs: commitments.map((_, i) => ({ index, record, path: tree.pathOf(i) })),
    outcome,
  }
}

/** A commitment of a test, by name. */
export function commitment(name: string): Hash {
  return keccakHex(utf8ToBytes(name))
}

/** The status that `documentOf` answers. */
export async function statusOf(registry: Registry, document: Hash): Promise<string> {
  const data = documentRegistry.documentOf(document, SCHEMA)
  const record = decodeDocumentRecord(await view(registry.chain, registry.address, data))
  return record.ok ? record.value.status : record.code
}

/** What a call is refused with, `ok` for success. */
export async function refusal(registry: Registry, from: Address, data: Hex): Promise<string> {
  return revertOf(await act(registry, from, data))
}
