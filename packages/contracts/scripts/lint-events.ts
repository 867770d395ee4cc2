/**
 * Finds functions that change state and emit nothing: follows every call from a public function of
 * a deployable contract through own code and libraries, as the compiler resolved it, with overrides
 * as that contract has them.
 */
import { type Analysis, type AstNode, child, children, findAll, linearized } from './ast.ts'

type FunctionId = number

function overridesOf(bases: readonly AstNode[]): ReadonlyMap<FunctionId, AstNode> {
  const functions = bases.flatMap((base) =>
    children(base, 'nodes').filter(({ nodeType }) => nodeType === 'FunctionDefinition'),
  )
  const over = new Map<FunctionId, AstNode>()
  // the most derived first: what is set stays
  for (const each of functions)
    for (const id of (each['baseFunctions'] as readonly number[] | undefined) ?? [])
      if (!over.has(id)) over.set(id, each)
  return over
}

function resolve(over: ReadonlyMap<FunctionId, AstNode>, start: AstNode): AstNode {
  let node = start
  for (let next = over.get(node.id); next !== undefined; next = over.get(node.id)) node = next
  return node
}

function isSuper(callee: AstNode | undefined): boolean {
  const base = child(callee, 'expression')
  return base?.nodeType === 'Identifier' && base.name === 'super'
}

function calledFrom(node: AstNode, { byId }: Analysis): (readonly [AstNode, boolean])[] {
  const callees = findAll(node, 'FunctionCall').map((call) => child(call, 'expression'))
  const modifiers = children(node, 'modifiers').map((each) => child(each, 'modifierName'))
  return [...callees, ...modifiers].flatMap((callee) => {
    const id = callee?.['referencedDeclaration']
    const target = typeof id === 'number' ? byId.get(id) : undefined
    const isCode = ['FunctionDefinition', 'ModifierDefinition'].includes(target?.nodeType ?? '')
    return target !== undefined && isCode ? [[target, isSuper(callee)] as const] : []
  })
}

function emits(
  analysis: Analysis,
  over: ReadonlyMap<FunctionId, AstNode>,
  start: AstNode,
): boolean {
  const seen = new Set<number>()
  const open = [start]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node.id)) continue
    seen.add(node.id)
    if (findAll(node, 'EmitStatement').length > 0) return true
    for (const [target, bySuper] of calledFrom(node, analysis))
      open.push(bySuper ? target : resolve(over, target))
  }
  return false
}

function isOpen(node: AstNode): boolean {
  return (
    node.nodeType === 'FunctionDefinition' &&
    node['kind'] === 'function' &&
    node['implemented'] === true &&
    ['external', 'public'].includes(String(node['visibility'])) &&
    ['nonpayable', 'payable'].includes(String(node['stateMutability']))
  )
}

/** For a deployable own contract: the file and node of each silent function of own sources. */
export function createEventFinder(
  analysis: Analysis,
): (contract: AstNode) => (readonly [file: string, node: AstNode])[] {
  return (contract) => {
    const isDeployed = contract['contractKind'] === 'contract' && contract['abstract'] !== true
    if (!isDeployed) return []
    const bases = linearized(analysis, contract)
    const over = overridesOf(bases)
    return bases.flatMap((base) =>
      children(base, 'nodes').flatMap((node) => {
        const file = analysis.fileOf.get(node.id) ?? ''
        const isOwn = analysis.units.has(file)
        const isLast = resolve(over, node) === node
        if (!isOwn || !isLast || !isOpen(node) || emits(analysis, over, node)) return []
        return [[file, node] as const]
      }),
    )
  }
}
