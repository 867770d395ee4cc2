/**
 * Which loops run as long as something stored is long. A bound out of calldata is paid by who sends
 * it; one out of storage is set by others, and may grow until nobody can pay. So each loop whose
 * every bound is read from storage, directly or by way of a local variable, needs an exemption that
 * names what keeps it short.
 */
import { type Analysis, type AstNode, child, children, findAll, typeOf } from './ast.ts'

function declarationOf({ byId }: Analysis, node: AstNode): AstNode | undefined {
  const id = node['referencedDeclaration']
  return typeof id === 'number' ? byId.get(id) : undefined
}

/** Whether an expression reads storage, or a local variable that came from there. */
function isStored(analysis: Analysis, node: AstNode, tainted: ReadonlySet<number>): boolean {
  return findAll(node, 'Identifier', 'MemberAccess', 'IndexAccess').some((each) => {
    if (/ storage (?:ref|pointer)/.test(typeOf(each))) return true
    const declaration = declarationOf(analysis, each)
    if (declaration === undefined) return false
    const isVariable =
      declaration['stateVariable'] === true && declaration['mutability'] === 'mutable'
    return isVariable || tainted.has(declaration.id)
  })
}

/** Local variables of value types whose value came from storage. */
function taintedIn(analysis: Analysis, body: AstNode): ReadonlySet<number> {
  const tainted = new Set<number>()
  const taint = (targets: readonly (AstNode | undefined)[], from: AstNode | undefined): void => {
    if (from === undefined || !isStored(analysis, from, tainted)) return
    for (const each of targets) if (each !== undefined) tainted.add(each.id)
  }
  for (const node of findAll(body, 'VariableDeclarationStatement', 'Assignment')) {
    if (node.nodeType === 'VariableDeclarationStatement')
      taint(children(node, 'declarations'), child(node, 'initialValue'))
    else {
      const left = child(node, 'leftHandSide')
      if (left?.nodeType === 'Identifier')
        taint([declarationOf(analysis, left)], child(node, 'rightHandSide'))
    }
  }
  return tainted
}

/** The parts of `a && b && c`: one that ends the loop is enough. */
function conjuncts(condition: AstNode | undefined): readonly AstNode[] {
  if (condition === undefined) return []
  if (condition.nodeType !== 'BinaryOperation' || condition['operator'] !== '&&') return [condition]
  return [
    ...conjuncts(child(condition, 'leftExpression')),
    ...conjuncts(child(condition, 'rightExpression')),
  ]
}

type Loop = readonly [node: AstNode, message: string]

/** Loops of a function without a bound, or with bounds out of storage alone. */
export function unboundedLoops(analysis: Analysis, fn: AstNode): Loop[] {
  const body = child(fn, 'body')
  if (body === undefined) return []
  const tainted = taintedIn(analysis, body)
  return findAll(body, 'ForStatement', 'WhileStatement', 'DoWhileStatement').flatMap(
    (loop): Loop[] => {
      const condition = child(loop, 'condition')
      if (condition === undefined) return [[loop, 'a loop without a condition']]
      const isBounded = conjuncts(condition).some((part) => !isStored(analysis, part, tainted))
      return isBounded ? [] : [[loop, 'its bound comes out of storage']]
    },
  )
}
