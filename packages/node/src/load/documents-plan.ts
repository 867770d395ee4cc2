/**
 * What the workload `documents` intends: contents from a real file or the generator, which of them
 * are issued singly, and what later happens to some. A function of seed and file alone.
 */
import { createReadStream } from 'node:fs'
import {
  type DocumentContent,
  documentCommitment,
  makeDocuments,
  readCsv,
  rowToDocument,
} from '@veche/contracts'
import type { Hash, Hex } from '@veche/primitives'
import type { Random } from './random.ts'

/** What happens to a document after its issue. */
export type Fate =
  | 'none'
  | 'suspended'
  | 'reinstated'
  | 'revoked'
  | 'superseded'
  | 'held-by-court'
  | 'lifted-by-court'
  | 'revoked-by-court'

export interface PlannedDocument {
  readonly content: DocumentContent
  readonly commitment: Hash
  readonly single: boolean
  readonly fate: Fate
}

export interface DocumentsPlan {
  readonly documents: readonly PlannedDocument[]
  /** each supersedes one document of the plan: issued singly, after it */
  readonly successors: ReadonlyMap<PlannedDocument, PlannedDocument>
  readonly skippedRows: number
}

export interface PlanOptions {
  /** absent: the generator */
  readonly file: string | undefined
  readonly count: number
  readonly seed: string
  readonly random: Random
  readonly schema: Hash
  /** unix seconds of the issue, in every document */
  readonly issued: number
}

/** of ten thousand documents: so many have this fate */
const FATES: readonly (readonly [Fate, number])[] = [
  ['suspended', 30],
  ['reinstated', 20],
  ['revoked', 30],
  ['superseded', 20],
  ['held-by-court', 5],
  ['lifted-by-court', 5],
  ['revoked-by-court', 5],
]
const TEN_THOUSAND = 10_000
/** one of so many is issued by itself */
const SINGLE_EVERY = 100
/** one of so many was over when it was issued: expiry needs no transaction */
const EXPIRED_EVERY = 200

function drawFate(random: Random): Fate {
  let draw = random.below(TEN_THOUSAND)
  for (const [fate, share] of FATES) {
    if (draw < share) return fate
    draw -= share
  }
  return 'none'
}

const saltOf = (random: Random): Hex => random.hash().slice(0, 34) as Hex

async function* rowsOf(file: string, skipped: () => void) {
  let header: readonly string[] = []
  for await (const item of readCsv(createReadStream(file))) {
    if (item.kind === 'header') header = item.fields
    else if (item.kind === 'row') yield { header, fields: item.fields }
    else skipped()
  }
}

/** Reads the file up to the count; what it lacks comes from the generator. */
export async function planDocuments(options: PlanOptions): Promise<DocumentsPlan> {
  const { file, count, seed, random, schema, issued } = options
  const documents: PlannedDocument[] = []
  const [salts, fates] = [random.fork('salts'), random.fork('fates')]
  let skippedRows = 0
  const add = (content: DocumentContent, fate = drawFate(fates)): void => {
    const commitment = documentCommitment(content)
    const single = fates.below(SINGLE_EVERY) === 0
    documents.push({ content, commitment, single, fate })
  }
  const expires = (): number | null => (fates.below(EXPIRED_EVERY) === 0 ? issued + 1 : null)
  const skip = (): void => void skippedRows++
  if (file !== undefined)
    for await (const { header, fields } of rowsOf(file, skip)) {
      if (documents.length >= count) break
      const context = { header, docType: 'property-sale', schema, issued }
      add(rowToDocument(fields, { ...context, expires: expires(), salt: saltOf(salts) }))
    }
  const missing = count - documents.length
  for (const content of makeDocuments({ seed, count: missing, schema }))
    add({ ...content, issued, expires: expires(), salt: saltOf(salts) })
  return { documents, successors: planSuccessors(documents, salts), skippedRows }
}

function planSuccessors(
  documents: readonly PlannedDocument[],
  salts: Random,
): ReadonlyMap<PlannedDocument, PlannedDocument> {
  const superseded = documents.filter(({ fate }) => fate === 'superseded')
  return new Map(
    superseded.map((old) => {
      const fields = { ...old.content.fields, edition: 'second' }
      const content = { ...old.content, fields, expires: null, salt: saltOf(salts) }
      const commitment = documentCommitment(content)
      return [old, { content, commitment, single: true, fate: 'none' }]
    }),
  )
}
