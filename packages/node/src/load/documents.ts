/**
 * `veche load documents`: the documents of a real file issued in batches and singly, some
 * suspended, revoked, superseded or held by the court; cheats that must be refused; then every
 * document is verified by proof against a certified header, and the register is worked out again by
 * reference-documents.ts from calldata and events.
 */
import {
  DOCUMENT_REGISTRY_ADDRESS,
  type Document,
  type DocumentVerdict,
  decodeRegistryTotals,
  documentRegistry,
  schemaId,
} from '@veche/contracts'
import { blockHash, type Hash, hexToBytes, type Signer, VecheError } from '@veche/primitives'
import { auditDocuments } from '../documents/audit.ts'
import { CITY_SCHEMA } from '../genesis-services.ts'
import { callRpc } from '../json-rpc.ts'
import { headerFromJson, rpcHeaderServer, verifyHeader } from '../light.ts'
import {
  type Actors,
  attempt,
  attempts,
  BATCH_DOCUMENTS,
  changeAll,
  issueAll,
} from './documents-acts.ts'
import { readTransactions } from './documents-chain.ts'
import {
  type DocumentsPlan,
  type Fate,
  type PlannedDocument,
  planDocuments,
} from './documents-plan.ts'
import { verifyMany } from './documents-verify.ts'
import { findPlaintexts } from './privacy-lint.ts'
import { type Checker, createChecker, type LoadContext, type LoadProfile } from './profile.ts'
import { DocumentsReference, referenceRoot } from './reference-documents.ts'

const SCHEMA = schemaId(CITY_SCHEMA)
const ISSUERS = 4

type Files = ReadonlyMap<PlannedDocument, Document>

const VERDICTS: Readonly<Record<Fate, DocumentVerdict['verdict']>> = {
  none: 'VALID',
  suspended: 'SUSPENDED',
  reinstated: 'VALID',
  revoked: 'REVOKED',
  superseded: 'SUPERSEDED',
  'held-by-court': 'SUSPENDED',
  'lifted-by-court': 'VALID',
  'revoked-by-court': 'REVOKED',
}

async function actorsOf(context: LoadContext): Promise<Actors> {
  const names = Array.from({ length: ISSUERS }, (_, i) => `issuer-${i + 1}`)
  const found = await Promise.allSettled(names.map((name) => context.key(name)))
  const issuers = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const admin = await context.key('admin')
  return {
    issuers: issuers.length === 0 ? [admin] : issuers,
    admin,
    court: await context.key('court'),
  }
}

/** where the register stood before this load: its next word chains to it */
async function startOf(context: LoadContext, actors: Actors) {
  const at = `0x${context.startHeight.toString(16)}`
  const ask = async (data: string) =>
    (await callRpc(context.rpcUrl, 'eth_call', [
      { to: DOCUMENT_REGISTRY_ADDRESS, data },
      at,
    ])) as Hash
  const totals = decodeRegistryTotals(hexToBytes(await ask(documentRegistry.totals())))
  const { issues, lastBatch } = totals.ok ? totals.value : { issues: 0, lastBatch: 0 }
  const lastWord = await ask(documentRegistry.batchHash(lastBatch))
  const address = ({ address }: Signer) => address
  const { issuers, admin, court } = actors
  return {
    ...{ issues, lastWord },
    issuers: new Set([...issuers, admin].map(address)),
    revokers: new Set([address(admin)]),
    courts: new Set([address(court)]),
  }
}

/** the newest header, its certificate followed from the genesis that the network has */
async function certifiedHead(context: LoadContext) {
  const server = rpcHeaderServer(context.rpcUrl)
  const genesis = headerFromJson(await server.block(0))
  if (!genesis.ok) throw new VecheError(genesis.code, genesis.reason)
  const trusted = { number: 0, hash: blockHash(genesis.value) }
  const head = await verifyHeader(server, trusted)
  if (!head.ok) throw new VecheError(head.code, head.reason)
  return { ...head.value, genesis: genesis.value }
}

function expectedVerdict({ fate, content }: PlannedDocument, now: number) {
  const verdict = VERDICTS[fate]
  const isOver = content.expires !== null && now >= content.expires
  return verdict === 'VALID' && isOver ? 'EXPIRED' : verdict
}

async function verifyAll(
  context: LoadContext,
  files: Files,
  head: Awaited<ReturnType<typeof certifiedHead>>,
  check: Checker,
): Promise<number> {
  const { rpcUrl, chainId } = context
  const { header } = head
  const all = [...files].map(([planned, document]) => ({
    document,
    planned,
    commitment: planned.commitment,
  }))
  const byDocument = new Map(all.map((one) => [one.document, one.planned]))
  const progress = context.progress('verifying', all.length)
  const startMs = performance.now()
  const nowSeconds = Math.max(header.timestamp, Math.floor(Date.now() / 1000))
  let done = 0
  await verifyMany(all, { rpcUrl, chainId, header, nowSeconds }, (item, verdict) => {
    const planned = byDocument.get(item.document) as PlannedDocument
    const expected = expectedVerdict(planned, nowSeconds)
    const got = verdict.verdict === 'NOT_PROVEN' ? verdict.code : verdict.verdict
    check.expect('documents verified by proof', got === expected, () => {
      return `${item.commitment}: ${expected} expected, got ${got}`
    })
    progress.update(++done)
  })
  return (performance.now() - startMs) / 1000
}

/** Replays the chain's calldata in the reference and compares with plan and totals. */
async function compareReference(
  context: LoadContext,
  state: { actors: Actors; plan: DocumentsPlan; files: Files; head: number },
  check: Checker,
): Promise<{ reference: DocumentsReference; scanned: number }> {
  const { rpcUrl, startHeight } = context
  const reference = new DocumentsReference(await startOf(context, state.actors))
  const traffic: Uint8Array[] = []
  for await (const transaction of readTransactions(rpcUrl, startHeight + 1, state.head)) {
    reference.take(transaction)
    traffic.push(hexToBytes(transaction.input))
    for (const { topics, data } of transaction.logs)
      traffic.push(...topics.map((topic) => hexToBytes(topic)), hexToBytes(data))
  }
  const { differences, transactions } = reference
  for (let i = 0; i < transactions - differences.length; i++)
    check.expect('transactions by the rules', true, () => '')
  for (const difference of differences)
    check.expect('transactions by the rules', false, () => difference)
  compareRoots(reference, state.files, check)
  compareFates(reference, state.files, check)
  const plain = state.plan.documents.flatMap(({ content }) => [
    ...Object.values(content.fields),
    content.salt.slice(2),
  ])
  const leaks = findPlaintexts(traffic, plain)
  check.expect('plaintexts in traffic', leaks.size === 0, () => `${[...leaks].slice(0, 5)}`)
  return { reference, scanned: traffic.reduce((sum, bytes) => sum + bytes.length, 0) }
}

function compareRoots(reference: DocumentsReference, files: Files, check: Checker): void {
  const byBatch = Map.groupBy(files, ([, document]) => document.batch?.index)
  for (const [index, items] of byBatch) {
    if (index === undefined) continue
    const root = referenceRoot(items.map(([{ commitment }]) => commitment))
    const batch = reference.batches.get(index)
    const isSame = batch?.root === root && batch.count === items.length
    check.expect(
      'batch roots',
      isSame,
      () => `batch ${index}: ${root} expected, got ${batch?.root}`,
    )
  }
}

const STATUS: Readonly<Record<string, number>> = {
  VALID: 1,
  EXPIRED: 1,
  SUSPENDED: 2,
  SUPERSEDED: 3,
  REVOKED: 4,
}

function compareFates(reference: DocumentsReference, files: Files, check: Checker): void {
  for (const [planned] of files) {
    const state = reference.states.get(planned.commitment)
    const isUntouched = planned.fate === 'none' && !planned.single
    const expected = isUntouched ? undefined : STATUS[VERDICTS[planned.fate]]
    check.expect('states by the reference', state?.status === expected, () => {
      return `${planned.commitment}: ${planned.fate} planned, status ${state?.status}`
    })
  }
}

async function compareState(
  context: LoadContext,
  state: { reference: DocumentsReference; head: Awaited<ReturnType<typeof certifiedHead>> },
  check: Checker,
) {
  const { rpcUrl, say } = context
  const { header, genesis } = state.head
  const report = await auditDocuments({ rpcUrl, header, genesis, say })
  check.expect('audit without fault', report.faults.length === 0, () => {
    return report.faults
      .slice(0, 5)
      .map(({ text }) => text)
      .join('; ')
  })
  const { reference } = state
  const word = await callRpc(rpcUrl, 'eth_call', [
    {
      to: DOCUMENT_REGISTRY_ADDRESS,
      data: documentRegistry.batchHash([...reference.batches.keys()].at(-1) ?? 0),
    },
    `0x${header.number.toString(16)}`,
  ])
  check.expect('word of the last batch', word === reference.lastWord, () => String(word))
  return report
}

async function run(context: LoadContext) {
  const check = createChecker()
  const actors = await actorsOf(context)
  const { seed, count, random } = context
  const start = await callRpc(context.rpcUrl, 'eth_getBlockByNumber', ['latest', false])
  const issued = Number((start as { timestamp: string }).timestamp) - 10
  const file = context.realFile('property-sales.csv')
  const plan = await planDocuments({ file, count, seed, random, schema: SCHEMA, issued })
  const { files, batches, singles } = await issueAll(context, actors, plan)
  const changes = await changeAll(context, actors, { plan, files })
  const tries = attempts(actors, { plan, files }, context.person('stranger'))
  for (const each of tries) {
    const got = await attempt(context, each)
    check.expect('cheats refused', got === each.refusal, () => `${each.who}: ${got}`)
  }
  const head = await certifiedHead(context)
  const verifySeconds = await verifyAll(context, files, head, check)
  const at = { actors, plan, files, head: head.header.number }
  const { reference, scanned } = await compareReference(context, at, check)
  const report = await compareState(context, { reference, head }, check)
  const facts = {
    source: file === undefined ? 'generator' : 'property-sales.csv',
    ...{ documents: files.size, skippedRows: plan.skippedRows },
    ...{ batches, batchDocuments: BATCH_DOCUMENTS, singles, changes },
    cheats: tries.map(({ who, refusal }) => `${who}: ${refusal}`),
    verifySeconds: Number(verifySeconds.toFixed(3)),
    verifiedPerSecond: Math.round(files.size / verifySeconds),
    headSeals: head.seals,
    bytesScanned: scanned,
    audit: { ...report, faults: report.faults.length },
  }
  return { facts, check: check.result() }
}

export const documentsProfile: LoadProfile = {
  name: 'documents',
  description: 'documents of a real file: issued, changed, each verified by proof',
  unit: 'documents',
  // the rows of property-sales.csv
  countDefault: 115_218,
  run,
}
