/**
 * Names that hide others. solc warns of a local variable that hides a member of its own contract,
 * and says nothing where the member is a base's: there a reader takes the one for the other.
 */
import { type Analysis, type AstNode, children, findAll, linearized } from './ast.ts'

/** Members of a contract that its heirs may use by their bare names. */
function visibleMembers(base: AstNode, isOwn: boolean): AstNode[] {
  return children(base, 'nodes').filter((node) => {
    const isNamed = ['VariableDeclaration', 'FunctionDefinition', 'ModifierDefinition'].includes(
      node.nodeType,
    )
    const visibility = String(node['visibility'])
    return isNamed && visibility !== 'external' && (isOwn || visibility !== 'private')
  })
}

/** Parameters and local variables named as a member of the contract or of one of its bases. */
export function shadowing(
  analysis: Analysis,
  contract: AstNode,
): (readonly [node: AstNode, message: string])[] {
  const members = new Map<string, string>()
  for (const base of linearized(analysis, contract))
    for (const { name = '' } of visibleMembers(base, base.id === contract.id))
      if (name !== '' && !members.has(name)) members.set(name, String(base.name))
  return children(contract, 'nodes')
    .filter((node) => ['FunctionDefinition', 'ModifierDefinition'].includes(node.nodeType))
    .filter((node) => node['implemented'] !== false)
    .flatMap((node) => findAll(node, 'VariableDeclaration'))
    .flatMap((variable) => {
      const { name = '' } = variable
      const owner = members.get(name)
      return owner === undefined ? [] : [[variable, `${name} hides ${owner}.${name}`] as const]
    })
}
