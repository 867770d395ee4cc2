/**
 * Calls whose answer nobody hears, refusals that nobody sees, and initialisers that anybody may
 * call first.
 */
import { type Analysis, type AstNode, child, children, findAll, linearized, typeOf } from './ast.ts'

type Found = readonly [node: AstNode, rule: string, message: string]

function isExternalCall(node: AstNode | undefined): boolean {
  if (node?.nodeType !== 'FunctionCall' || node['kind'] !== 'functionCall') return false
  const description = child(node, 'expression')?.['typeDescriptions'] as
    | { typeIdentifier?: string }
    | undefined
  return /^t_function_(?:external|bare)/.test(description?.typeIdentifier ?? '')
}

/** External calls that return something, used as statements. */
export function droppedAnswers(unit: AstNode): Found[] {
  return findAll(unit, 'ExpressionStatement').flatMap((statement) => {
    const call = child(statement, 'expression')
    if (call === undefined || !isExternalCall(call) || typeOf(call) === 'tuple()') return []
    return [[call, 'dropped-answer', 'the answer of another contract is not heard']]
  })
}

/** `catch {}`: what failed is not known to anybody. */
export function emptyCatches(unit: AstNode): Found[] {
  return findAll(unit, 'TryStatement').flatMap((node) => {
    // the first clause is what follows success
    const [, ...refusals] = children(node, 'clauses')
    const empty = refusals.filter(
      (each) => children(child(each, 'block'), 'statements').length === 0,
    )
    return empty.map((each): Found => [each, 'empty-catch', 'a refusal that nobody sees'])
  })
}

const memberOrName = (node: AstNode | undefined): string =>
  String(node?.['memberName'] ?? node?.name ?? '')

function callsInConstructors(analysis: Analysis, contract: AstNode, name: string): boolean {
  return linearized(analysis, contract)
    .flatMap((base) => children(base, 'nodes'))
    .filter((node) => node['kind'] === 'constructor')
    .flatMap((node) => findAll(node, 'FunctionCall'))
    .some((call) => memberOrName(child(call, 'expression')) === name)
}

/** A contract with an `initializer` whose own copy stays open to whoever comes first. */
export function openInitializers(analysis: Analysis, contract: AstNode): Found[] {
  const isDeployed = contract['contractKind'] === 'contract' && contract['abstract'] !== true
  if (!isDeployed || callsInConstructors(analysis, contract, '_disableInitializers')) return []
  return linearized(analysis, contract)
    .flatMap((base) => children(base, 'nodes'))
    .filter((node) =>
      children(node, 'modifiers').some(
        (each) => child(each, 'modifierName')?.name === 'initializer',
      ),
    )
    .map(
      (node): Found => [node, 'open-initializer', '_disableInitializers in a constructor expected'],
    )
}
