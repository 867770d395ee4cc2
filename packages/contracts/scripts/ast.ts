/**
 * The compiler's syntax trees of the city's own sources, for the lint and for docs/contracts: a
 * loose node type, a walk, and an index by the compiler's ids.
 */
import { assert } from '@veche/primitives'
import { runSolc } from './solc.ts'
import { ownSources, readClosure, type SourceFiles } from './sources.ts'

/** A node as solc writes it; other fields are read with {@link child} and {@link children}. */
export interface AstNode {
  readonly nodeType: string
  readonly id: number
  /** `start:length:file` in bytes */
  readonly src: string
  readonly name?: string
  readonly [field: string]: unknown
}

export interface Analysis {
  /** own file → its tree, in order of name */
  readonly units: ReadonlyMap<string, AstNode>
  /** every declaration and statement of own and imported files */
  readonly byId: ReadonlyMap<number, AstNode>
  /** id of a contract, function, … → the file that holds it */
  readonly fileOf: ReadonlyMap<number, string>
  readonly texts: SourceFiles
}

export function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && 'nodeType' in value
}

/** The node in a field. */
export function child(node: AstNode | undefined, field: string): AstNode | undefined {
  const value = node?.[field]
  return isNode(value) ? value : undefined
}

/** The nodes of a list field; empty when absent. */
export function children(node: AstNode | undefined, field: string): readonly AstNode[] {
  const value = node?.[field]
  return Array.isArray(value) ? value.filter(isNode) : []
}

/** Visits a node and everything below it. */
export function walk(node: AstNode, visit: (node: AstNode) => void): void {
  visit(node)
  for (const value of Object.values(node)) {
    if (isNode(value)) walk(value, visit)
    else if (Array.isArray(value)) for (const each of value) if (isNode(each)) walk(each, visit)
  }
}

/** Every node of these types below a node. */
export function findAll(node: AstNode, ...types: readonly string[]): AstNode[] {
  const found: AstNode[] = []
  walk(node, (each) => void (types.includes(each.nodeType) && found.push(each)))
  return found
}

/** The type of an expression as solc writes it: `uint256[] storage ref`. */
export function typeOf(node: AstNode | undefined): string {
  const description = node?.['typeDescriptions'] as { typeString?: string } | undefined
  return description?.typeString ?? ''
}

/** Line of a node in its file, from 1. */
export function lineOf({ texts }: Analysis, file: string, { src }: AstNode): number {
  const bytes = Buffer.from(texts.get(file) ?? '').subarray(0, Number(src.split(':')[0]))
  return bytes.toString('latin1').split('\n').length
}

/** Trees of these sources and all that they import; `own` names the files to keep as units. */
export async function analyze(
  texts: SourceFiles = readClosure(ownSources()),
  own: readonly string[] = ownSources(),
): Promise<Analysis> {
  const [output] = await runSolc([[texts, { outputSelection: { '*': { '': ['ast'] } } }]])
  const units = new Map<string, AstNode>()
  const byId = new Map<number, AstNode>()
  const fileOf = new Map<number, string>()
  for (const [file, { ast }] of Object.entries(output?.sources ?? {})) {
    assert(isNode(ast), `a syntax tree of ${file}`)
    if (own.includes(file)) units.set(file, ast)
    walk(ast, (node) => {
      byId.set(node.id, node)
      fileOf.set(node.id, file)
    })
  }
  return { units: new Map([...units].sort(([a], [b]) => (a < b ? -1 : 1))), byId, fileOf, texts }
}

/** The contracts of own files, with their files. */
export function ownContracts({ units }: Analysis): (readonly [file: string, contract: AstNode])[] {
  return [...units].flatMap(([file, unit]) =>
    children(unit, 'nodes')
      .filter(({ nodeType }) => nodeType === 'ContractDefinition')
      .map((contract) => [file, contract] as const),
  )
}

/** A contract and its bases, the most derived first. */
export function linearized({ byId }: Analysis, contract: AstNode): AstNode[] {
  const ids = contract['linearizedBaseContracts'] as readonly number[]
  return ids.flatMap((id) => byId.get(id) ?? [])
}
