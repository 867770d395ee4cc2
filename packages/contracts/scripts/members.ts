/**
 * What a deployed contract offers, gathered from its syntax tree and its bases: functions, events
 * and errors with their documentation, wherever the interface that says it stands.
 */
import { type Analysis, type AstNode, child, children, linearized, typeOf } from './ast.ts'
import { type NatSpec, parseNatSpec, writtenDocumentationOf } from './natspec.ts'

/** A function, event or error for a reader. */
export interface Member {
  readonly name: string
  /** `transfer(address to, uint256 amount)` */
  readonly signature: string
  readonly parameters: readonly string[]
  readonly results: readonly string[]
  readonly natspec: NatSpec
  readonly isRead: boolean
  /** declared in the city's own sources */
  readonly isOwn: boolean
}

/** A type as people write it: without data location and without the owner of a struct. */
function plainType(node: AstNode): string {
  return typeOf(node)
    .replace(/ (?:storage ref|storage pointer|calldata|memory)/g, '')
    .replace(/^(?:struct|enum|contract) (?:\w+\.)?/, '')
    .replace(' payable', '')
}

function parameterTexts(node: AstNode, field: string): string[] {
  return children(child(node, field), 'parameters').map((each) =>
    `${plainType(each)}${each['indexed'] === true ? ' indexed' : ''} ${each.name ?? ''}`.trim(),
  )
}

function documentation({ fileOf, texts }: Analysis, node: AstNode): string {
  return writtenDocumentationOf(node, texts.get(fileOf.get(node.id) ?? '') ?? '')
}

/** The documentation of a function, or of the function that it implements. */
function inherited(analysis: Analysis, node: AstNode): string {
  const text = documentation(analysis, node)
  const isInherited = text === '' || /@inheritdoc\s/.test(text)
  if (!isInherited && /@notice|^\s*[^@\s]/m.test(text)) return text
  for (const id of (node['baseFunctions'] as readonly number[] | undefined) ?? []) {
    const base = analysis.byId.get(id)
    const found = base === undefined ? '' : inherited(analysis, base)
    if (found !== '') return found
  }
  return isInherited ? '' : text
}

function toMember(analysis: Analysis, node: AstNode): Member {
  const isVariable = node.nodeType === 'VariableDeclaration'
  const parameters = isVariable ? [] : parameterTexts(node, 'parameters')
  const name = String(node.name)
  return {
    name,
    signature: `${name}(${parameters.join(', ')})`,
    parameters: children(child(node, 'parameters'), 'parameters').map((each) => String(each.name)),
    results: isVariable ? [plainType(node)] : parameterTexts(node, 'returnParameters'),
    natspec: parseNatSpec(inherited(analysis, node)),
    isRead: isVariable || ['view', 'pure'].includes(String(node['stateMutability'])),
    isOwn: analysis.units.has(analysis.fileOf.get(node.id) ?? ''),
  }
}

/** Callable functions (getters of public variables too), the contract's own first. */
export function functionsOf(analysis: Analysis, contract: AstNode): Member[] {
  const bySelector = new Map<string, AstNode>()
  for (const base of linearized(analysis, contract))
    for (const node of children(base, 'nodes')) {
      const selector = node['functionSelector']
      if (typeof selector === 'string' && !bySelector.has(selector)) bySelector.set(selector, node)
    }
  const members = [...bySelector.values()].map((node) => toMember(analysis, node))
  return members.sort((a, b) => Number(b.isOwn) - Number(a.isOwn) || (a.name < b.name ? -1 : 1))
}

function usedOf(analysis: Analysis, contract: AstNode, field: string): Member[] {
  const ids = (contract[field] as readonly number[] | undefined) ?? []
  const members = ids.flatMap((id) => {
    const node = analysis.byId.get(id)
    return node === undefined ? [] : [toMember(analysis, node)]
  })
  const unique = new Map(members.map((each) => [each.signature, each]))
  return [...unique.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Every event that the contract can emit. */
export const eventsOf = (analysis: Analysis, contract: AstNode): Member[] =>
  usedOf(analysis, contract, 'usedEvents')

/** Every custom error that the contract can revert with. */
export const errorsOf = (analysis: Analysis, contract: AstNode): Member[] =>
  usedOf(analysis, contract, 'usedErrors')

/** The documentation of a contract itself: what a contract without an interface says of itself. */
export const natspecOf = (analysis: Analysis, contract: AstNode): NatSpec =>
  parseNatSpec(documentation(analysis, contract))

/** The own interfaces of a contract with their documentation, the one of its name first. */
export function interfacesOf(
  analysis: Analysis,
  contract: AstNode,
): readonly { readonly name: string; readonly file: string; readonly natspec: NatSpec }[] {
  const found = linearized(analysis, contract).flatMap((base) => {
    const file = analysis.fileOf.get(base.id) ?? ''
    if (base['contractKind'] !== 'interface' || !analysis.units.has(file)) return []
    return [{ name: String(base.name), file, natspec: parseNatSpec(documentation(analysis, base)) }]
  })
  const isMain = (name: string): number => (name === `I${contract.name}` ? 0 : 1)
  return found.sort((a, b) => isMain(a.name) - isMain(b.name))
}
