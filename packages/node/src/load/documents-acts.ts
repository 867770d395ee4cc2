/** The acts of the workload `documents`: issues, changes of states, and what must be refused. */
import {
  createBatchTree,
  DOCUMENT_REGISTRY_ADDRESS,
  type Document,
  type DocumentContent,
  documentBatchProof,
  documentRegistry as registry,
} from '@veche/contracts'
import { assert, type Hash, type Hex, type Signer, VecheError } from '@veche/primitives'
import { tryAct } from '../act/act.ts'
import { DOCUMENT_REGISTRY } from '../act/contracts.ts'
import { batchFromLogs } from '../city/registry-logs.ts'
import { documentOfBatch, singleDocument } from '../documents/issued.ts'
import type { DocumentsPlan, PlannedDocument } from './documents-plan.ts'
import type { LoadContext } from './profile.ts'

export interface Actors {
  readonly issuers: readonly Signer[]
  /** issues and revokes */
  readonly admin: Signer
  readonly court: Signer
}

export const BATCH_DOCUMENTS = 1_000
const BATCH_GAS = 120_000n
const ISSUE_GAS = 100_000n
const CHANGE_GAS = 220_000n
/** acts of one kind under way at once; the pool bounds what one sender may have waiting */
const AT_ONCE = 32

/** Runs the work on all items, a bounded number at a time. */
async function forAll<T>(items: readonly T[], work: (item: T, i: number) => Promise<void>) {
  const open = new Set<Promise<void>>()
  for (const [i, item] of items.entries()) {
    const one = work(item, i).finally(() => open.delete(one))
    open.add(one)
    if (open.size >= AT_ONCE) await Promise.race(open)
  }
  await Promise.all(open)
}

function call(data: Hex, gas: bigint) {
  return { to: DOCUMENT_REGISTRY_ADDRESS, data, gas }
}

function batchesOf(documents: readonly PlannedDocument[]): PlannedDocument[][] {
  const batched = documents.filter(({ single }) => !single)
  const batches: PlannedDocument[][] = []
  for (let at = 0; at < batched.length; at += BATCH_DOCUMENTS)
    batches.push(batched.slice(at, at + BATCH_DOCUMENTS))
  return batches
}

/** Issues the plan; gives the file of each document. */
export async function issueAll(
  context: LoadContext,
  actors: Actors,
  plan: DocumentsPlan,
): Promise<{ files: Map<PlannedDocument, Document>; batches: number; singles: number }> {
  const { chainId } = context
  const { issuers } = actors
  const files = new Map<PlannedDocument, Document>()
  const progress = context.progress('issuing', plan.documents.length)
  const issuerOf = (i: number): Signer => issuers[i % issuers.length] as Signer
  const batches = batchesOf(plan.documents)
  await forAll(batches, async (batch, i) => {
    const { root, count } = createBatchTree(batch.map(({ commitment }) => commitment))
    const schemaId = (batch[0] as PlannedDocument).content.schema
    const data = registry.issueBatch({ root, count, schemaId, uri: '' })
    const { logs, hash } = await context.must(issuerOf(i), call(data, BATCH_GAS))
    const found = batchFromLogs(logs)
    assert(found !== undefined, `BatchIssued in ${hash}`)
    const contents: readonly DocumentContent[] = batch.map(({ content }) => content)
    for (const [position, one] of batch.entries())
      files.set(one, documentOfBatch({ chainId, ...found, contents }, position))
    progress.update(files.size)
  })
  const singles = plan.documents.filter(({ single }) => single)
  await forAll(singles, async (one, i) => {
    await context.must(issuerOf(i), call(issueCall(one), ISSUE_GAS))
    files.set(one, singleDocument(one.content, chainId))
    progress.update(files.size)
  })
  return { files, batches: batches.length, singles: singles.length }
}

const issueCall = ({ commitment, content }: PlannedDocument): Hex =>
  registry.issue(commitment, content.schema)

/** Makes every planned fate come true; gives the number of changes. */
export async function changeAll(
  context: LoadContext,
  actors: Actors,
  state: { readonly plan: DocumentsPlan; readonly files: Map<PlannedDocument, Document> },
): Promise<number> {
  const { plan, files } = state
  const changed = plan.documents.filter(({ fate }) => fate !== 'none')
  const progress = context.progress('changing', changed.length)
  let done = 0
  let changes = 0
  await forAll(changed, async (one) => {
    const file = files.get(one)
    assert(file !== undefined, 'a document is issued before it changes')
    const next = plan.successors.get(one)
    for (const [signer, data] of fateCalls(one, file, { actors, next })) {
      await context.must(signer, call(data, CHANGE_GAS))
      changes++
    }
    if (next !== undefined) files.set(next, singleDocument(next.content, context.chainId))
    progress.update(++done)
  })
  return changes
}

function fateCalls(
  one: PlannedDocument,
  file: Document,
  { actors, next }: { actors: Actors; next: PlannedDocument | undefined },
): readonly (readonly [Signer, Hex])[] {
  const { admin, court } = actors
  const issuer = actors.issuers[0] as Signer
  const proof = documentBatchProof(file, one.commitment)
  const target = { commitment: one.commitment, schemaId: one.content.schema, proof }
  const because = (reason: number) => ({ ...target, reason })
  const hold = [court, registry.order(because(129), 'suspended')] as const
  switch (one.fate) {
    case 'none':
      return []
    case 'suspended':
      return [[issuer, registry.suspend(because(7))]]
    case 'reinstated':
      return [
        [issuer, registry.suspend(because(7))],
        [issuer, registry.reinstate(because(8))],
      ]
    case 'revoked':
      return [[admin, registry.revoke(because(2))]]
    case 'superseded':
      assert(next !== undefined, 'a successor is planned')
      return [
        [issuer, issueCall(next)],
        [issuer, registry.supersede(because(9), { commitment: next.commitment })],
      ]
    case 'held-by-court':
      return [hold]
    case 'lifted-by-court':
      return [hold, [court, registry.order(because(130), 'issued')]]
    case 'revoked-by-court':
      return [[court, registry.order(because(131), 'revoked')]]
  }
}

/** What somebody may try, and the refusal that must come. */
export interface Attempt {
  readonly who: string
  readonly from: Signer
  readonly data: Hex
  readonly refusal: string
}

/** Every cheat that the outcome of the plan allows to try. */
export function attempts(
  actors: Actors,
  state: { readonly plan: DocumentsPlan; readonly files: Map<PlannedDocument, Document> },
  stranger: Signer,
): Attempt[] {
  const { plan, files } = state
  const { issuers, admin, court } = actors
  const issuer = issuers[0] as Signer
  const tries: Attempt[] = []
  const of = (fate: PlannedDocument['fate']) => plan.documents.find((one) => one.fate === fate)
  const targetOf = (one: PlannedDocument, reason: number) => {
    const file = files.get(one)
    assert(file !== undefined, 'an issued document')
    const proof = documentBatchProof(file, one.commitment)
    return { commitment: one.commitment, schemaId: one.content.schema, reason, proof }
  }
  const add = (who: string, from: Signer, data: Hex, refusal: string): void =>
    void tries.push({ who, from, data, refusal: `DocumentRegistry${refusal}` })
  const [revoked, held, plain] = [of('revoked'), of('held-by-court'), of('none')]
  if (revoked !== undefined) {
    const target = targetOf(revoked, 8)
    add(
      'an office revives a revoked document',
      admin,
      registry.reinstate(target),
      'ForbiddenTransition',
    )
    const again = registry.issue(revoked.commitment, revoked.content.schema)
    add('an office issues a revoked document again', issuer, again, 'AlreadyIssued')
    const order = registry.order({ ...target, reason: 130 }, 'issued')
    add('the court revives a revoked document', court, order, 'ForbiddenTransition')
  }
  if (held !== undefined)
    add(
      'an office lifts the court’s hold',
      issuer,
      registry.reinstate(targetOf(held, 8)),
      'CourtHold',
    )
  if (plain !== undefined) {
    const target = targetOf(plain, 2)
    add('a stranger revokes', stranger, registry.revoke(target), 'Unauthorized')
    add('an issuer revokes', issuer, registry.revoke(target), 'Unauthorized')
    const named = { ...target, reason: 130 }
    add('an office uses the court’s reason', admin, registry.revoke(named), 'ReasonOutOfRange')
    const other = { ...target, commitment: `0x${'5a'.repeat(32)}` as Hash }
    add('an office revokes by another’s proof', admin, registry.revoke(other), 'NotProven')
    const { proof } = target
    const long = { ...target, proof: { ...proof, path: Array<Hash>(17).fill(other.commitment) } }
    if (proof.index !== 0)
      add('an office gives a path of 17', admin, registry.revoke(long), 'PathTooLong')
  }
  return tries
}

/** Tries one on the head's state; gives the refusal that came, `ok` when there was none. */
export async function attempt(context: LoadContext, { from, data }: Attempt): Promise<string> {
  const act = { contract: DOCUMENT_REGISTRY, data }
  return tryAct(context.rpcUrl, from.address, act).then(
    () => 'ok',
    (error: unknown) => {
      if (error instanceof VecheError && error.code === 'CALL_REFUSED')
        return String(error.facts['reason'])
      throw error
    },
  )
}
