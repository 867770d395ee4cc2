/**
 * The old register on disk: records as one JSON object a line, and the tree over their leaves as a
 * file of nodes from which any path is read without the rest.
 */
import { createReadStream } from 'node:fs'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  createLegacyTree,
  type LegacyTitle,
  type LegacyTree,
  legacyLeaf,
  legacySiblings,
  SHARE_WHOLE,
  type TitleLien,
} from '@veche/contracts'
import { bytesToHex, type Hash, VecheError, ZERO_HASH } from '@veche/primitives'
import { readJsonFile } from '../act/files.ts'
import {
  addressShape,
  hashShape,
  integerShape,
  listShape,
  objectShape,
  oneOfShape,
  optional,
  textShape,
} from '../act/shape.ts'
import { propertyFrom } from './read.ts'

const NODE_BYTES = 32
const LIENS_MAX = 8
const FORMAT = 'veche-legacy-tree/1'
/** characters of a line: eight liens fit many times */
const LINE_CHARACTERS_MAX = 16_384

const lienShape = objectShape({
  lienC: hashShape,
  holder: addressShape,
  priority: integerShape(1, 65_535),
  kind: integerShape(0, 255),
  until: integerShape(0, 2 ** 40 - 1),
})

const recordShape = objectShape({
  /** cadastral number or id */
  property: textShape(256),
  ownerC: hashShape,
  consentC: optional(hashShape),
  share: optional(integerShape(1, 2 ** 40 - 1)),
  liens: optional(listShape(lienShape, LIENS_MAX)),
})

const headShape = objectShape({
  format: oneOfShape(FORMAT),
  count: integerShape(1, 2 ** 24),
  root: hashShape,
})

/** A record and its path, as `veche titles materialise` takes it. */
export interface ProvenRecord {
  readonly title: LegacyTitle
  readonly path: readonly Hash[]
}

const provenShape = objectShape({
  title: objectShape({
    propertyId: hashShape,
    ownerC: hashShape,
    consentC: hashShape,
    share: integerShape(1, 2 ** 40 - 1),
    liens: listShape(
      objectShape({
        ...{ lienC: hashShape, holder: addressShape, priority: integerShape(1, 65_535) },
        ...{ kind: integerShape(0, 255), until: integerShape(0, 2 ** 40 - 1) },
        id: integerShape(1, LIENS_MAX),
      }),
      LIENS_MAX,
    ),
  }),
  path: listShape(hashShape, 32),
})

function recordOf(line: string, number: number): LegacyTitle {
  const fail = (reason: string): never => {
    throw new VecheError('FILE_MALFORMED', `line ${number}: ${reason}`)
  }
  if (line.length > LINE_CHARACTERS_MAX) return fail('a shorter line expected')
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return fail('JSON expected')
  }
  const found = recordShape(value, '')
  if (!found.ok) return fail(found.reason)
  const { property, ownerC, consentC = ZERO_HASH, share = SHARE_WHOLE, liens = [] } = found.value
  const numbered: TitleLien[] = liens.map((lien, i) => ({ ...lien, id: i + 1 }))
  return { propertyId: propertyFrom(property), ownerC, consentC, share, liens: numbered }
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const input = createReadStream(path, 'utf8')
  const opened = new Promise<void>((resolve, reject) => {
    input.once('open', () => resolve()).once('error', reject)
  })
  await opened.catch((cause: unknown) => {
    throw new VecheError('FILE_UNREADABLE', `cannot read ${path}`, { cause })
  })
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
    if (line.trim() !== '') yield line
}

/** Reads the file twice, to count and to hash. Throws `FILE_UNREADABLE`, `FILE_MALFORMED`. */
export async function treeFromRecords(path: string): Promise<LegacyTree> {
  let count = 0
  for await (const _ of linesOf(path)) count++
  if (count === 0) throw new VecheError('FILE_MALFORMED', `${path}: a record expected`)
  const grower = createLegacyTree(count)
  const seen = new Set<Hash>()
  let number = 0
  for await (const line of linesOf(path)) {
    const title = recordOf(line, ++number)
    if (seen.has(title.propertyId))
      throw new VecheError('FILE_MALFORMED', `line ${number}: this property has a record already`)
    seen.add(title.propertyId)
    grower.add(legacyLeaf(title))
  }
  return grower.finish()
}

/** Writes `legacy.tree` (nodes) and `legacy.json` (count, root) into a directory. */
export async function writeLegacyTree(directory: string, tree: LegacyTree): Promise<void> {
  await mkdir(directory, { recursive: true })
  const head = { format: FORMAT, count: tree.count, root: tree.root }
  await writeFile(join(directory, 'legacy.json'), `${JSON.stringify(head)}\n`)
  await writeFile(join(directory, 'legacy.tree'), tree.nodes)
}

/** Count and root of a written tree. */
export function readLegacyHead(directory: string) {
  return readJsonFile(join(directory, 'legacy.json'), headShape)
}

/** The path of one leaf, read from the file: 23 reads for 4.5 million. */
export async function readLegacyPath(directory: string, index: number): Promise<readonly Hash[]> {
  const { count } = await readLegacyHead(directory)
  if (index >= count)
    throw new VecheError('USAGE', `an index below ${count} expected, got ${index}`)
  const file = await open(join(directory, 'legacy.tree'), 'r').catch((cause: unknown) => {
    throw new VecheError('FILE_UNREADABLE', `legacy.tree expected in ${directory}`, { cause })
  })
  try {
    const path: Hash[] = []
    for (const place of legacySiblings(count, index)) {
      const node = new Uint8Array(NODE_BYTES)
      const { bytesRead } = await file.read(node, 0, NODE_BYTES, place * NODE_BYTES)
      if (bytesRead !== NODE_BYTES)
        throw new VecheError('FILE_MALFORMED', `legacy.tree in ${directory} is cut short`)
      path.push(bytesToHex(node))
    }
    return path
  } finally {
    await file.close()
  }
}

/** The record of a line, counted from 0. Throws `USAGE` when there is none. */
export async function readRecord(path: string, index: number): Promise<LegacyTitle> {
  let at = 0
  for await (const line of linesOf(path)) if (at++ === index) return recordOf(line, index + 1)
  throw new VecheError('USAGE', `an index below ${at} expected, got ${index}`)
}

/** A record with its path. Throws `FILE_UNREADABLE`, `FILE_MALFORMED`. */
export function readProvenRecord(path: string): Promise<ProvenRecord> {
  return readJsonFile(path, provenShape)
}
