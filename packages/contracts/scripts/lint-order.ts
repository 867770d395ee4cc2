/**
 * Two questions of every reviewer of signatures and calls: is a signature bound to this chain and
 * this contract, and is state settled before a foreign contract gets its turn.
 */
import { type Analysis, type AstNode, child, children, findAll, linearized, typeOf } from './ast.ts'

const start = ({ src }: AstNode): number => Number(src.split(':')[0])

function calleeType(call: AstNode): string {
  const description = child(call, 'expression')?.['typeDescriptions'] as
    | { typeIdentifier?: string }
    | undefined
  return description?.typeIdentifier ?? ''
}

/** Calls that may run foreign code which changes state: no views, no static calls. */
const FOREIGN = /^t_function_(?:external_(?:nonpayable|payable)|barecall_(?:nonpayable|payable))/

function isForeignCall(node: AstNode): boolean {
  if (node.nodeType !== 'FunctionCall' || node['kind'] !== 'functionCall') return false
  return FOREIGN.test(calleeType(node)) && !calleeType(node).startsWith('t_function_barestaticcall')
}

/** The variable at the root of `a.b[c].d`. */
function rootOf(node: AstNode | undefined): AstNode | undefined {
  let at = node
  for (;;) {
    const next = child(at, 'baseExpression') ?? child(at, 'expression')
    if (next === undefined || at?.nodeType === 'FunctionCall') return at
    at = next
  }
}

function isStored(target: AstNode | undefined, { byId }: Analysis): boolean {
  const root = rootOf(target)
  const id = root?.['referencedDeclaration']
  const declaration = typeof id === 'number' ? byId.get(id) : undefined
  if (declaration?.['stateVariable'] === true) return true
  return / storage (?:ref|pointer)/.test(typeOf(root)) && root !== target
}

function writesOf(body: AstNode, analysis: Analysis): AstNode[] {
  return findAll(body, 'Assignment', 'UnaryOperation').filter((node) => {
    if (node.nodeType === 'Assignment') return isStored(child(node, 'leftHandSide'), analysis)
    const isChange = ['++', '--', 'delete'].includes(String(node['operator']))
    return isChange && isStored(child(node, 'subExpression'), analysis)
  })
}

/** The function of own sources that an internal call runs, as the compiler resolved its name. */
function ownTarget(analysis: Analysis, call: AstNode): AstNode | undefined {
  if (!calleeType(call).startsWith('t_function_internal')) return undefined
  const id = child(call, 'expression')?.['referencedDeclaration']
  const target = typeof id === 'number' ? analysis.byId.get(id) : undefined
  const isOwn = target !== undefined && analysis.units.has(analysis.fileOf.get(target.id) ?? '')
  return isOwn && target.nodeType === 'FunctionDefinition' ? target : undefined
}

/** Library calls that hand the turn to an address. */
const HANDS_OVER = ['functionCall', 'functionCallWithValue', 'sendValue']

function isHandOver(call: AstNode): boolean {
  return (
    isForeignCall(call) || HANDS_OVER.includes(String(child(call, 'expression')?.['memberName']))
  )
}

/** What in a body has a property itself, or runs an own function in which something has it. */
function havingIn(
  analysis: Analysis,
  body: AstNode,
  direct: (body: AstNode) => readonly AstNode[],
  seen: ReadonlySet<number> = new Set(),
): AstNode[] {
  const viaCalls = findAll(body, 'FunctionCall').filter((call) => {
    const target = ownTarget(analysis, call)
    const inner = child(target, 'body')
    if (target === undefined || inner === undefined || seen.has(target.id)) return false
    return havingIn(analysis, inner, direct, new Set([...seen, target.id])).length > 0
  })
  return [...direct(body), ...viaCalls]
}

/** Writes to storage that follow a foreign call, both also in functions that a body calls. */
export function lateWrites(analysis: Analysis, contract: AstNode): AstNode[] {
  return children(contract, 'nodes').flatMap((node) => {
    const body = node.nodeType === 'FunctionDefinition' ? child(node, 'body') : undefined
    if (body === undefined) return []
    const calls = havingIn(analysis, body, (at) => findAll(at, 'FunctionCall').filter(isHandOver))
    const first = Math.min(...calls.map(start))
    const writes = havingIn(analysis, body, (at) => writesOf(at, analysis))
    return writes.filter((write) => start(write) > first)
  })
}

const RECOVERS = ['recover', 'tryRecover', 'recoverCalldata', 'tryRecoverCalldata']

function isRecovery(call: AstNode): boolean {
  const callee = child(call, 'expression')
  if (callee?.nodeType === 'Identifier') return callee.name === 'ecrecover'
  const member = String(callee?.['memberName'] ?? '')
  return RECOVERS.includes(member) || member.startsWith('isValidSignatureNow')
}

/** Whether a call checks a signature by itself or through a library of the city. */
function checksSignature(analysis: Analysis, call: AstNode, depth = 0): boolean {
  if (isRecovery(call)) return true
  const id = child(call, 'expression')?.['referencedDeclaration']
  const target = typeof id === 'number' ? analysis.byId.get(id) : undefined
  const isOwn = target !== undefined && analysis.units.has(analysis.fileOf.get(target.id) ?? '')
  const owner = analysis.byId.get(Number(target?.['scope']))
  const isLibrary = owner?.['contractKind'] === 'library'
  if (target?.nodeType !== 'FunctionDefinition' || !isOwn || !isLibrary || depth > 8) return false
  return findAll(target, 'FunctionCall').some((each) => checksSignature(analysis, each, depth + 1))
}

/** `abi.encode(…, block.chainid, address(this))`: a domain of the contract's own. */
function isDomain(call: AstNode): boolean {
  const parts = children(call, 'arguments').flatMap((each) =>
    findAll(each, 'MemberAccess', 'Identifier'),
  )
  const hasChain = parts.some((each) => each['memberName'] === 'chainid')
  return hasChain && parts.some(({ name }) => name === 'this')
}

/**
 * Signature checks of a contract that neither OpenZeppelin's EIP712 nor an own domain binds. A
 * library has no address: who calls it must bind.
 */
export function unboundSignatures(analysis: Analysis, contract: AstNode): AstNode[] {
  if (contract['contractKind'] !== 'contract') return []
  const checks = findAll(contract, 'FunctionCall').filter((call) => checksSignature(analysis, call))
  if (checks.length === 0) return []
  const isBound = linearized(analysis, contract).some((base) => {
    if (['EIP712', 'EIP712Upgradeable'].includes(String(base.name))) return true
    return findAll(base, 'FunctionCall').some(isDomain)
  })
  return isBound ? [] : checks
}
