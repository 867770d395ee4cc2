/**
 * The documents of a chain, worked out again from calldata and events alone, by code that shares
 * nothing with DocumentRegistry or its bindings in @veche/contracts: own Merkle roots, own rules,
 * own hash chains. Says where a transaction did what the rules forbid, was refused what they allow,
 * or told an event that does not follow from its call.
 */
import type { Address, Hash, Hex } from '@veche/primitives'
import {
  concat,
  decodeEventLog,
  decodeFunctionData,
  encodeAbiParameters,
  keccak256,
  parseAbi,
  parseAbiParameters,
  toHex,
} from 'viem/utils'

const ABI = parseAbi([
  'struct BatchRecord { bytes32 previous; bytes32 root; uint32 count; bytes32 schemaId; address issuer; uint40 issuedAt; }',
  'struct BatchProof { uint40 index; BatchRecord record; bytes32[] path; }',
  'struct Item { bytes32 document; BatchProof proof; }',
  'function issueBatch(bytes32 root, uint32 count, bytes32 schemaId, string uri)',
  'function issue(bytes32 document, bytes32 schemaId)',
  'function suspend(bytes32 document, bytes32 schemaId, uint8 reason, BatchProof proof)',
  'function reinstate(bytes32 document, bytes32 schemaId, uint8 reason)',
  'function revoke(bytes32 document, bytes32 schemaId, uint8 reason, BatchProof proof)',
  'function suspendMany(bytes32 schemaId, uint8 reason, Item[] items)',
  'function revokeMany(bytes32 schemaId, uint8 reason, Item[] items)',
  'function supersede(bytes32 document, bytes32 schemaId, bytes32 successor, uint8 reason, BatchProof proof, BatchProof successorProof)',
  'function order(bytes32 document, bytes32 schemaId, uint8 to, uint8 reason, BatchProof proof)',
  'event BatchIssued(uint40 indexed index, bytes32 indexed schemaId, address indexed issuer, bytes32 previous, bytes32 root, uint32 count, uint40 issuedAt, string uri)',
  'event DocumentIssued(bytes32 indexed document, bytes32 indexed schemaId, address indexed issuer, uint40 index, uint40 issuedAt)',
  'event StatusChanged(bytes32 indexed document, bytes32 indexed schemaId, address indexed actor, uint8 from, uint8 to, uint8 reason, bytes32 successor, bytes32 head)',
])

const ZERO: Hash = `0x${'00'.repeat(32)}`
const RECORD_TYPE = keccak256(
  toHex(
    'VecheBatch/1(bytes32 previous,bytes32 root,uint32 count,bytes32 schemaId,address issuer,uint40 issuedAt)',
  ),
)
const RECORD = parseAbiParameters('bytes32, bytes32, bytes32, uint32, bytes32, address, uint40')
const CHANGE = parseAbiParameters('bytes32, uint8, uint8, uint8, bytes32, address, uint40')

const [ISSUED, SUSPENDED, SUPERSEDED, REVOKED] = [1, 2, 3, 4] as const

/** One transaction to the registry with its receipt. */
export interface ReferenceTransaction {
  readonly hash: Hash
  readonly from: Address
  readonly input: Hex
  readonly succeeded: boolean
  readonly timestamp: number
  readonly logs: readonly { readonly topics: readonly Hash[]; readonly data: Hex }[]
}

export interface ReferenceBatch {
  readonly index: number
  readonly root: Hash
  readonly count: number
  readonly schemaId: Hash
  /** the word that the chain must hold */
  readonly word: Hash
  readonly issuer: Address
  readonly issuedAt: number
}

export interface ReferenceState {
  status: number
  reason: number
  readonly index: number
  readonly issuedAt: number
  readonly issuer: Address
  head: Hash
  successor: Hash
}

export interface ReferenceStart {
  readonly issues: number
  readonly lastWord: Hash
  readonly issuers: ReadonlySet<Address>
  readonly revokers: ReadonlySet<Address>
  readonly courts: ReadonlySet<Address>
}

interface Proof {
  readonly index: number
  readonly path: readonly Hash[]
}

/** Pair hash in ascending order. */
function pair(a: Hash, b: Hash): Hash {
  return keccak256(a < b ? concat([a, b]) : concat([b, a]))
}

/** The Merkle root over commitments: leaf = keccak(commitment), an odd node moves up. */
export function referenceRoot(commitments: readonly Hash[]): Hash {
  let level = commitments.map((one) => keccak256(one))
  while (level.length > 1) {
    const above: Hash[] = []
    for (let i = 0; i < level.length; i += 2) {
      const [a, b] = [level[i] as Hash, level[i + 1]]
      above.push(b === undefined ? a : pair(a, b))
    }
    level = above
  }
  return level[0] ?? ZERO
}

const low = (text: string): Hash => text.toLowerCase() as Hash

/** The register as the rules make it. */
export class DocumentsReference {
  readonly differences: string[] = []
  readonly batches = new Map<number, ReferenceBatch>()
  readonly states = new Map<Hash, ReferenceState>()
  issues: number
  batched = 0
  singles = 0
  lastWord: Hash
  transactions = 0
  readonly #start: ReferenceStart

  constructor(start: ReferenceStart) {
    this.#start = start
    this.issues = start.issues
    this.lastWord = start.lastWord
  }

  /** Takes the next transaction of the chain. */
  take(transaction: ReferenceTransaction): void {
    this.transactions++
    const expected: string[] = []
    const allowed = this.#apply(transaction, expected)
    if (allowed !== transaction.succeeded) {
      this.differences.push(
        `${transaction.hash}: ${allowed ? 'allowed by the rules, refused' : 'against the rules, accepted'}`,
      )
      return
    }
    // a refusal takes back what a list had done before it
    if (!allowed) return
    const told = transaction.logs.map(describeLog)
    if (told.join('\n') !== expected.join('\n'))
      this.differences.push(`${transaction.hash}: events ${told} where ${expected} follows`)
  }

  #apply(transaction: ReferenceTransaction, events: string[]): boolean {
    const { from, input, timestamp } = transaction
    const call = decodeFunctionData({ abi: ABI, data: input })
    const by = { from, timestamp, events }
    switch (call.functionName) {
      case 'issueBatch':
        return this.#batch(by, call.args[0], call.args[1], call.args[2])
      case 'issue':
        return this.#issue(by, call.args[0], call.args[1])
      case 'reinstate':
        return this.#one(by, { document: call.args[0], reason: call.args[2], to: ISSUED })
      case 'suspend':
      case 'revoke': {
        const [document, , reason, proof] = call.args
        const to = call.functionName === 'suspend' ? SUSPENDED : REVOKED
        return this.#one(by, { document, reason, to, proof })
      }
      case 'suspendMany':
      case 'revokeMany': {
        const [, reason, items] = call.args
        const to = call.functionName === 'suspendMany' ? SUSPENDED : REVOKED
        return this.#many(by, { reason, to, items })
      }
      case 'supersede': {
        const [document, , successor, reason, proof, next] = call.args
        return this.#supersede(by, { document, successor, reason, proof, next })
      }
      case 'order': {
        const [document, , to, reason, proof] = call.args
        if (!this.#start.courts.has(from) || reason < 128) return false
        if (to !== ISSUED && to !== SUSPENDED && to !== REVOKED) return false
        const state = this.#find(document, proof)
        return state !== undefined && this.#move(by, { document, state, to, reason })
      }
    }
  }

  #batch(by: By, root: Hash, count: number, schemaId: Hash): boolean {
    const { from: issuer, timestamp } = by
    if (!this.#start.issuers.has(issuer) || count < 1 || count > 65_536) return false
    const index = ++this.issues
    const previous = this.lastWord
    const record = [RECORD_TYPE, previous, root, count, schemaId, issuer, timestamp] as const
    const word = keccak256(encodeAbiParameters(RECORD, record))
    this.batches.set(index, { index, root, count, schemaId, word, issuer, issuedAt: timestamp })
    this.lastWord = word
    this.batched += count
    by.events.push(`batch ${index} ${previous} ${root} ${count} ${timestamp}`)
    return true
  }

  #issue(by: By, document: Hash, schemaId: Hash): boolean {
    const { from: issuer, timestamp: issuedAt } = by
    if (!this.#start.issuers.has(issuer) || this.states.has(document)) return false
    const index = ++this.issues
    this.singles++
    const origin = { index, issuedAt, issuer }
    this.states.set(document, { status: ISSUED, reason: 0, ...origin, head: ZERO, successor: ZERO })
    by.events.push(`issue ${document} ${schemaId} ${index}`)
    return true
  }

  /** the state, or the one that a true proof gives; not stored */
  #find(document: Hash, proof?: Proof): ReferenceState | undefined {
    const found = this.states.get(document)
    if (found !== undefined || proof === undefined) return found
    const batch = this.batches.get(proof.index)
    if (batch === undefined || proof.path.length > 16) return undefined
    if (proof.path.reduce(pair, keccak256(document)) !== batch.root) return undefined
    const { index, issuedAt, issuer } = batch
    const origin = { index, issuedAt, issuer }
    return { status: ISSUED, reason: 0, ...origin, head: ZERO, successor: ZERO }
  }

  #one(by: By, change: { document: Hash; reason: number; to: number; proof?: Proof }): boolean {
    const { document, reason, to, proof } = change
    if (!this.#mayMove(by.from, to)) return false
    const state = this.#find(document, proof)
    if (state === undefined || isKept(state, reason)) return false
    return this.#move(by, { document, state, to, reason })
  }

  #mayMove(from: Address, to: number): boolean {
    const { issuers, revokers } = this.#start
    return revokers.has(from) || (to !== REVOKED && issuers.has(from))
  }

  #many(
    by: By,
    list: { reason: number; to: number; items: readonly { document: Hash; proof: Proof }[] },
  ): boolean {
    const { reason, to, items } = list
    if (!this.#mayMove(by.from, to) || items.length < 1 || items.length > 32) return false
    const before = new Map([...this.states].map(([key, state]) => [key, { ...state }]))
    for (const { document, proof } of items) {
      const state = this.#find(document, proof)
      if (state !== undefined && state.status === to && state.reason === reason) continue
      if (this.#one(by, { document, reason, to, proof })) continue
      this.states.clear()
      for (const [key, kept] of before) this.states.set(key, kept)
      return false
    }
    return true
  }

  #supersede(
    by: By,
    change: { document: Hash; successor: Hash; reason: number; proof: Proof; next: Proof },
  ): boolean {
    const { document, successor, reason } = change
    if (!this.#start.issuers.has(by.from)) return false
    const state = this.#find(document, change.proof)
    const next = this.#find(successor, change.next)
    if (state === undefined || next === undefined || isKept(state, reason)) return false
    if (next.status !== ISSUED || next.index <= state.index) return false
    if (state.status !== ISSUED && state.status !== SUSPENDED) return false
    this.states.set(successor, next)
    state.successor = successor
    return this.#move(by, { document, state, to: SUPERSEDED, reason })
  }

  #move(
    by: By,
    change: { document: Hash; state: ReferenceState; to: number; reason: number },
  ): boolean {
    const { document, state, to, reason } = change
    const { status: from, successor } = state
    const isEdge =
      to === SUSPENDED
        ? from === ISSUED
        : to === ISSUED
          ? from === SUSPENDED
          : from === ISSUED || from === SUSPENDED
    if (!isEdge) return false
    const values = [state.head, from, to, reason, successor, by.from, by.timestamp] as const
    const head = keccak256(encodeAbiParameters(CHANGE, values))
    this.states.set(document, { ...state, status: to, reason, head })
    by.events.push(`change ${document} ${from} ${to} ${reason} ${successor} ${head}`)
    return true
  }
}

interface By {
  readonly from: Address
  readonly timestamp: number
  readonly events: string[]
}

/** a department's reason, and not what the court holds */
function isKept(state: ReferenceState, reason: number): boolean {
  return reason < 1 || reason > 127 || (state.status === SUSPENDED && state.reason >= 128)
}

function describeLog(log: ReferenceTransaction['logs'][number]): string {
  const topics = [...log.topics] as [Hash, ...Hash[]]
  const event = decodeEventLog({ abi: ABI, topics, data: log.data })
  switch (event.eventName) {
    case 'BatchIssued': {
      const { index, previous, root, count, issuedAt } = event.args
      return `batch ${index} ${previous} ${root} ${count} ${issuedAt}`
    }
    case 'DocumentIssued': {
      const { document, schemaId, index } = event.args
      return `issue ${document} ${low(schemaId)} ${index}`
    }
    case 'StatusChanged': {
      const { document, from, to, reason, successor, head } = event.args
      return `change ${document} ${from} ${to} ${reason} ${successor} ${head}`
    }
  }
}
