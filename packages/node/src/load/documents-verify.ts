/**
 * Verifies every document of a load by proof against one certified header, as a citizen would, but
 * many at a time: a request of 512 slots proves the account and the batch's word once for all of
 * its documents; each document's own state (or its absence), its commitment and its path are
 * checked one by one.
 */
import {
  batchRecordSlot,
  DOCUMENT_REGISTRY_ADDRESS,
  type Document,
  type DocumentVerdict,
  documentSlot,
  judgeDocument,
  proveRegistry,
  proveWord,
} from '@veche/contracts'
import type { Hash, Header } from '@veche/primitives'
import { fetchProof, type RawProof, SLOTS_AT_ONCE } from '../documents/proven-words.ts'

/** A document with the commitment that is known to be its own. */
export interface ToVerify {
  readonly document: Document
  readonly commitment: Hash
}

export interface VerifyManyOptions {
  readonly rpcUrl: string
  readonly chainId: number
  /** certified */
  readonly header: Header
  /** unix seconds to judge expiry at */
  readonly nowSeconds: number
}

/** Documents of one batch (or singles) whose slots fit one request. */
interface Group {
  readonly batch: number | undefined
  readonly items: readonly ToVerify[]
  readonly slots: readonly Hash[]
}

function groupsOf(all: readonly ToVerify[]): Group[] {
  const byBatch = Map.groupBy(all, ({ document }) => document.batch?.index)
  const groups: Group[] = []
  for (const [batch, items] of byBatch)
    for (let at = 0; at < items.length; at += SLOTS_AT_ONCE - 1) {
      const part = items.slice(at, at + SLOTS_AT_ONCE - 1)
      const own = part.map(({ document, commitment }) => documentSlot(commitment, document.schema))
      const slots = batch === undefined ? own : [batchRecordSlot(batch), ...own]
      groups.push({ batch, items: part, slots })
    }
  return groups
}

function verifyGroup(group: Group, raw: RawProof, options: VerifyManyOptions): DocumentVerdict[] {
  const { header, chainId, nowSeconds } = options
  const unproven = (code: string, reason: string): DocumentVerdict[] =>
    group.items.map(() => ({ verdict: 'NOT_PROVEN', code, reason }))
  const registry = proveRegistry(header, DOCUMENT_REGISTRY_ADDRESS, raw.accountProof)
  if (!registry.ok) return unproven(registry.code, registry.reason)
  const first = group.batch === undefined ? [] : [0]
  const shared: bigint[] = []
  for (const i of first) {
    const word = proveWord(registry.value, group.slots[i] as Hash, raw.storageProofs[i] ?? [])
    if (!word.ok) return unproven(word.code, word.reason)
    shared.push(word.value)
  }
  const trust = { chainId, registry: DOCUMENT_REGISTRY_ADDRESS, nowSeconds }
  return group.items.map(({ document }, i): DocumentVerdict => {
    const at = i + first.length
    const slot = group.slots[at] as Hash
    const word = proveWord(registry.value, slot, raw.storageProofs[at] ?? [])
    if (!word.ok) return { verdict: 'NOT_PROVEN', code: word.code, reason: word.reason }
    return judgeDocument(document, { words: [word.value, ...shared], header }, trust)
  })
}

/**
 * Calls `told` with the verdict on each document. The next request is under way while one is
 * checked. Throws what the transport throws.
 */
export async function verifyMany(
  all: readonly ToVerify[],
  options: VerifyManyOptions,
  told: (item: ToVerify, verdict: DocumentVerdict) => void,
): Promise<void> {
  const groups = groupsOf(all)
  const ask = (group: Group | undefined): Promise<RawProof> | undefined => {
    const asked = group && fetchProof(options.rpcUrl, group.slots, options.header.number)
    // a failure is told by the await below
    asked?.catch(() => undefined)
    return asked
  }
  let next = ask(groups[0])
  for (const [i, group] of groups.entries()) {
    const raw = await next
    next = ask(groups[i + 1])
    if (raw === undefined) return
    const verdicts = verifyGroup(group, raw, options)
    for (const [j, item] of group.items.entries()) told(item, verdicts[j] as DocumentVerdict)
  }
}
