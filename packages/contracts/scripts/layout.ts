/**
 * Whether new code may stand on the storage of old code: state variables and ERC-7201 namespaces
 * keep their places and types, structs and enums in them too. From the syntax trees, because the
 * compiler's storage layout does not know namespaces. An upgrade that fails here loses records.
 */
import {
  type Analysis,
  type AstNode,
  analyze,
  children,
  findAll,
  linearized,
  typeOf,
} from './ast.ts'
import { CONTRACTS } from './contracts.ts'
import { readClosure, SOURCES } from './sources.ts'
import type { Finding } from './verify.ts'

/** `state`, `erc7201:…`, `struct X.Y`, `enum X.Y` → `type name` of each part, in order. */
export type Layout = ReadonlyMap<string, readonly string[]>

const NAMESPACE = /@custom:storage-location\s+(erc7201:[\w.]+)/

function partsOf(members: readonly AstNode[]): string[] {
  return members.map((member) => `${typeOf(member)} ${member.name ?? ''}`)
}

function isStored({ nodeType, ...node }: AstNode): boolean {
  const { stateVariable, mutability } = node as { stateVariable?: boolean; mutability?: string }
  return nodeType === 'VariableDeclaration' && stateVariable === true && mutability === 'mutable'
}

function namespaceOf({ documentation }: AstNode): string | undefined {
  const text = (documentation as { text?: string } | undefined)?.text ?? ''
  return NAMESPACE.exec(text)?.[1]
}

/** Names of structs and enums in type texts: `mapping(bytes32 => struct IX.Y)` → `struct IX.Y`. */
function typesIn(parts: readonly string[]): string[] {
  return parts.flatMap((part) => part.match(/(?:struct|enum) [\w.]+/g) ?? [])
}

function definitions({ byId }: Analysis): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const node of byId.values()) {
    const name = String(node['canonicalName'] ?? '')
    if (node.nodeType === 'StructDefinition')
      found.set(`struct ${name}`, partsOf(children(node, 'members')))
    if (node.nodeType === 'EnumDefinition')
      found.set(
        `enum ${name}`,
        children(node, 'members').map((each) => each.name ?? ''),
      )
  }
  return found
}

/** The storage of a contract in an analysis of its sources; undefined when it is not there. */
export function layoutOf(analysis: Analysis, name: string): Layout | undefined {
  const nodes = [...analysis.byId.values()]
  const contract = nodes.find(
    (node) => node.nodeType === 'ContractDefinition' && node.name === name,
  )
  if (contract === undefined) return undefined
  const bases = linearized(analysis, contract).reverse()
  const state = bases.flatMap((base) => children(base, 'nodes').filter(isStored))
  const layout = new Map<string, readonly string[]>([['state', partsOf(state)]])
  const units = new Set(nodes.filter(({ nodeType }) => nodeType === 'SourceUnit'))
  for (const unit of units)
    for (const struct of findAll(unit, 'StructDefinition')) {
      const namespace = namespaceOf(struct)
      if (namespace !== undefined) layout.set(namespace, partsOf(children(struct, 'members')))
    }
  const known = definitions(analysis)
  const open = [...layout.values()].flatMap(typesIn)
  for (let type = open.pop(); type !== undefined; type = open.pop()) {
    const parts = known.get(type)
    if (parts === undefined || layout.has(type)) continue
    layout.set(type, parts)
    open.push(...typesIn(parts))
  }
  return layout
}

/**
 * Why `after` may not stand on the storage of `before`; empty when it may. Variables, namespaces
 * and enums may grow at their end; a struct may not change at all, because it may stand in a list
 * or before other variables.
 */
export function layoutConflicts(before: Layout, after: Layout): string[] {
  const conflicts: string[] = []
  for (const [section, old] of before) {
    const now = after.get(section)
    if (now === undefined) {
      if (old.length > 0) conflicts.push(`${section} is gone`)
      continue
    }
    const changed = old.findIndex((part, i) => now[i] !== part)
    if (changed >= 0)
      conflicts.push(`${section}: "${old[changed]}" became "${now[changed] ?? 'nothing'}"`)
    else if (section.startsWith('struct ') && now.length > old.length)
      conflicts.push(`${section}: "${now[old.length]}" was added`)
  }
  return conflicts
}

async function readLayout(root: string, file: string, name: string): Promise<Layout | undefined> {
  const analysis = await analyze(readClosure([file], root), [file])
  return layoutOf(analysis, name)
}

/** Compares the upgradable contracts with an older `sol/`. Throws `SOLIDITY_REFUSED`. */
export async function compareLayouts(
  olderRoot: string,
  only?: readonly string[],
): Promise<Finding[]> {
  const upgradable = CONTRACTS.filter(
    ({ name, at }) => at !== undefined && (only?.includes(name) ?? true),
  )
  const findings: Finding[] = []
  for (const { name, file } of upgradable) {
    const before = await readLayout(olderRoot, file, name)
    const after = await readLayout(SOURCES, file, name)
    const conflicts =
      before === undefined || after === undefined
        ? ['the contract is gone']
        : layoutConflicts(before, after)
    const ok = conflicts.length === 0
    const verdict = ok ? 'may stand on the old storage' : conflicts.join('; ')
    findings.push({ contract: name, where: 'storage', codehash: '', ok, verdict })
  }
  return findings
}
