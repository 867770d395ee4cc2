/**
 * `veche documents audit`: an observer's check of the whole register. Replays every event from
 * block 0 in a ledger of its own, and compares what they add up to with the state of a certified
 * block, proven slot by slot: the totals, the last batch's word (which commits to every batch),
 * each document that was ever touched, each schema and power. For a batched document the calldata
 * of its first change shows by which batch and path it was touched, and that proof is checked
 * again.
 */
import {
  type BatchProof,
  batchRecordHash,
  batchRecordSlot,
  type DocumentState,
  decodeDocumentWord,
  decodePowersWord,
  decodeSchemaWord,
  decodeTotalsWord,
  documentDetailSlots,
  documentRegistryCodeHash,
  documentSlot,
  foldBatchPath,
  powersSlot,
  schemaSlot,
  TOTALS_SLOT,
} from '@veche/contracts'
import {
  type Address,
  bytesToBigint,
  type Hash,
  type Header,
  hexToBytes,
  VecheError,
} from '@veche/primitives'
import { type RegistryTransaction, readHistory, readTransaction } from './history.ts'
import { documentKey, type Fault, Ledger, type LedgerDocument } from './ledger.ts'
import { provenCode, provenWords } from './proven-words.ts'

export interface AuditOptions {
  readonly rpcUrl: string
  /** certified block whose state is compared */
  readonly header: Header
  /** certified genesis block; absent: powers of genesis are not checked */
  readonly genesis?: Header
  readonly say: (text: string) => void
}

export interface AuditReport {
  readonly block: number
  readonly events: number
  readonly batches: number
  readonly batched: string
  readonly singles: string
  /** documents with state of their own */
  readonly touched: number
  readonly schemas: number
  /** first changes whose proof stood in calldata and was checked again */
  readonly proofsRechecked: number
  /** first changes made through another contract: their calldata is not the registry's */
  readonly proofsUnseen: number
  readonly slotsProven: number
  /** the code behind the proxy, proven; `codeKnown` when it is that of this release */
  readonly implementation: Address
  readonly codeHash: Hash
  readonly codeKnown: boolean
  readonly faults: readonly Fault[]
}

const word = (hash: Hash): bigint => bytesToBigint(hexToBytes(hash))

class Audit {
  readonly ledger = new Ledger()
  readonly faults: Fault[] = []
  proofsRechecked = 0
  proofsUnseen = 0
  slotsProven = 0
  readonly #options: AuditOptions
  readonly #transactions = new Map<Hash, RegistryTransaction | undefined>()

  constructor(options: AuditOptions) {
    this.#options = options
  }

  async replay(): Promise<void> {
    const { rpcUrl, header, say } = this.#options
    for await (const page of readHistory(rpcUrl, 0, header.number)) {
      for (const entry of page) this.ledger.add(entry)
      const block = page.at(-1)?.blockNumber
      if (block !== undefined) say(`replayed ${this.ledger.events} events up to block ${block}\n`)
    }
    this.faults.push(...this.ledger.faults)
  }

  #fault(code: string, text: string): void {
    this.faults.push({ code, text, blockNumber: this.#options.header.number })
  }

  async #words(header: Header, slots: readonly Hash[]): Promise<readonly bigint[]> {
    const words = await provenWords(this.#options.rpcUrl, header, slots)
    if (!words.ok) throw new VecheError(words.code, words.reason)
    this.slotsProven += slots.length
    return words.value
  }

  /** totals, and the word of every batch */
  async compareBatches(): Promise<void> {
    const { header } = this.#options
    const { ledger } = this
    const indices = [...ledger.batches.keys()]
    const slots = [TOTALS_SLOT, ...indices.map(batchRecordSlot)]
    const [sums = 0n, ...stored] = await this.#words(header, slots)
    const [had, told] = [decodeTotalsWord(sums), ledger.totals()]
    for (const name of ['issues', 'lastBatch', 'batched', 'singles'] as const)
      if (had[name] !== told[name])
        this.#fault('TOTALS_DIFFER', `${name}: the state says ${had[name]}, events ${told[name]}`)
    for (const [i, index] of indices.entries()) {
      const record = ledger.batches.get(index)
      if (record !== undefined && stored[i] !== word(batchRecordHash(record)))
        this.#fault('BATCH_DIFFERS', `batch ${index} is not the one its event told`)
    }
  }

  /** state, head and successor of every touched document */
  async compareDocuments(): Promise<void> {
    const documents = [...this.ledger.documents.values()]
    const slots = documents.flatMap(({ commitment, schemaId }) => [
      documentSlot(commitment, schemaId),
      ...documentDetailSlots(commitment, schemaId),
    ])
    const words = await this.#words(this.#options.header, slots)
    const states = new Map<string, DocumentState>()
    for (const [i, document] of documents.entries()) {
      const [first = 0n, head = 0n, successor = 0n] = words.slice(3 * i, 3 * i + 3)
      const state = decodeDocumentWord(first)
      const isSame =
        state?.status === document.status &&
        state.reason === document.reason &&
        head === word(document.head) &&
        successor === word(document.successor)
      if (state === undefined || !isSame)
        this.#fault(
          'DOCUMENT_DIFFERS',
          `${document.commitment}: events say ${document.status} for reason ${document.reason}, the state ${state?.status} for ${state?.reason}`,
        )
      else {
        states.set(documentKey(document.schemaId, document.commitment), state)
        await this.#compareOrigin(document, state)
      }
    }
    for (const document of documents) this.#compareSuccessor(document, states)
  }

  #compareSuccessor(document: LedgerDocument, states: ReadonlyMap<string, DocumentState>): void {
    if (document.status !== 'superseded') return
    const { schemaId, commitment, successor } = document
    const [from, to] = [commitment, successor].map((one) => states.get(documentKey(schemaId, one)))
    if (from !== undefined && to !== undefined && to.index > from.index) return
    this.#fault('SUCCESSOR_NOT_LATER', `${commitment}: its successor ${successor} came no later`)
  }

  /** where it came from: the single issue's event, or a batch that holds it */
  async #compareOrigin(document: LedgerDocument, state: DocumentState): Promise<void> {
    const { commitment, schemaId, issue } = document
    const record = issue === undefined ? this.ledger.batches.get(state.index) : undefined
    const origin = issue ?? record
    const isSame =
      origin !== undefined &&
      (issue === undefined || issue.index === state.index) &&
      (record === undefined || record.schemaId === schemaId) &&
      origin.issuedAt === state.issuedAt &&
      origin.issuer === state.issuer
    if (!isSame)
      this.#fault('ORIGIN_DIFFERS', `${commitment}: no issue ${state.index} of it as stored`)
    if (issue === undefined && record !== undefined) await this.#recheckProof(document, state)
  }

  async #transaction(hash: Hash): Promise<RegistryTransaction | undefined> {
    if (!this.#transactions.has(hash))
      this.#transactions.set(hash, await readTransaction(this.#options.rpcUrl, hash))
    return this.#transactions.get(hash)
  }

  async #recheckProof(document: LedgerDocument, state: DocumentState): Promise<void> {
    const { commitment, touchedBy } = document
    const sent = touchedBy === undefined ? undefined : await this.#transaction(touchedBy)
    const proof = sent === undefined ? undefined : proofIn(sent, commitment)
    if (proof === undefined) {
      this.proofsUnseen++
      return
    }
    const record = this.ledger.batches.get(state.index)
    const leads = record !== undefined && foldBatchPath(commitment, proof.path) === record.root
    if (leads && proof.index === state.index) this.proofsRechecked++
    else this.#fault('PROOF_FALSE', `${commitment} does not stand in batch ${state.index}`)
  }

  async compareSchemas(): Promise<void> {
    const { header, genesis } = this.#options
    const { schemas, powers, presumed } = this.ledger
    const ids = [...schemas.keys()]
    const words = await this.#words(header, ids.map(schemaSlot))
    for (const [i, id] of ids.entries()) {
      const [had, told] = [decodeSchemaWord(words[i] ?? 0n), schemas.get(id)]
      if (
        had.version !== told?.version ||
        had.frozen !== told.frozen ||
        had.succeeded !== told.succeeded
      )
        this.#fault('SCHEMA_DIFFERS', `schema ${id} is not as its events say`)
    }
    const told = [...powers].map(([key, held]) => {
      const [schemaId, account, power] = key.split('/') as [Hash, Address, 'issue' | 'revoke']
      return { schemaId, account, power, held }
    })
    const now = await this.#words(
      header,
      told.map((one) => powersSlot(one.schemaId, one.account)),
    )
    for (const [i, { schemaId, account, power, held }] of told.entries()) {
      const had = decodePowersWord(now[i] ?? 0n)
      if ((power === 'issue' ? had.issuer : had.revoker) !== held)
        this.#fault('POWER_DIFFERS', `${account} under ${schemaId}: ${power} is not ${held}`)
    }
    if (genesis !== undefined) await this.#comparePresumed([...presumed.values()], genesis)
  }

  async #comparePresumed(
    presumed: readonly { schemaId: Hash; account: Address; powers: readonly string[] }[],
    genesis: Header,
  ): Promise<void> {
    const slots = presumed.map(({ schemaId, account }) => powersSlot(schemaId, account))
    const words = await this.#words(genesis, slots)
    for (const [i, { schemaId, account, powers }] of presumed.entries()) {
      const had = decodePowersWord(words[i] ?? 0n)
      const held = powers.some((power) => (power === 'issue' ? had.issuer : had.revoker))
      if (!held)
        this.#fault('POWER_MISSING', `${account} used ${powers} under ${schemaId} without a grant`)
    }
  }
}

/** The proof by which a call touched the document; undefined when it holds none. */
function proofIn({ call }: RegistryTransaction, commitment: Hash): BatchProof | undefined {
  switch (call.kind) {
    case 'suspend':
    case 'revoke':
    case 'reinstate':
      return call.items.find((item) => item.commitment === commitment)?.proof
    case 'order':
      return call.commitment === commitment ? call.proof : undefined
    case 'supersede':
      if (call.commitment === commitment) return call.proof
      return call.successor === commitment ? call.successorProof : undefined
    default:
      return undefined
  }
}

/**
 * Runs the audit against a certified block. Faults are in the report; throws only when the server
 * does not answer (`RPC_UNREACHABLE`), or its proofs do not lead to the header (`PROOF_INVALID`).
 */
export async function auditDocuments(options: AuditOptions): Promise<AuditReport> {
  const audit = new Audit(options)
  await audit.replay()
  await audit.compareBatches()
  await audit.compareDocuments()
  await audit.compareSchemas()
  const code = await provenCode(options.rpcUrl, options.header)
  if (!code.ok) throw new VecheError(code.code, code.reason)
  const { ledger } = audit
  const totals = ledger.totals()
  return {
    block: options.header.number,
    events: ledger.events,
    batches: ledger.batches.size,
    batched: String(totals.batched),
    singles: String(totals.singles),
    touched: ledger.documents.size,
    schemas: ledger.schemas.size,
    proofsRechecked: audit.proofsRechecked,
    proofsUnseen: audit.proofsUnseen,
    slotsProven: audit.slotsProven,
    ...code.value,
    codeKnown: code.value.codeHash === documentRegistryCodeHash,
    faults: audit.faults,
  }
}
