/**
 * The house rules for Solidity that the compiler does not know, judged on its syntax trees: what no
 * contract may use, what a reader may expect of every interface, and that nothing changes without
 * an event. Shadowing and unused values are warnings of solc, which fail the build already.
 */
import {
  type Analysis,
  type AstNode,
  child,
  children,
  findAll,
  lineOf,
  ownContracts,
  typeOf,
} from './ast.ts'
import { droppedAnswers, emptyCatches, openInitializers } from './lint-calls.ts'
import { createEventFinder } from './lint-events.ts'
import { EXEMPTIONS, type Exemption } from './lint-exemptions.ts'
import { unboundedLoops } from './lint-loops.ts'
import { lateWrites, unboundSignatures } from './lint-order.ts'
import { shadowing } from './lint-shadow.ts'
import { missingNatSpec } from './natspec.ts'

export interface Finding {
  readonly file: string
  readonly line: number
  readonly rule: string
  readonly message: string
}

type Found = readonly [node: AstNode, rule: string, message: string]

const MAGIC: Readonly<Record<string, readonly [rule: string, members: readonly string[]]>> = {
  tx: ['tx-origin', ['origin']],
  block: ['prevrandao', ['prevrandao', 'difficulty', 'coinbase']],
}
const BANNED_CALLS: Readonly<Record<string, string>> = {
  selfdestruct: 'selfdestruct',
  blockhash: 'blockhash',
  blobhash: 'blockhash',
}
const BANNED_YUL = ['delegatecall', 'callcode', 'selfdestruct', 'prevrandao', 'origin', 'blockhash']
const LOW_LEVEL = ['call', 'staticcall', 'send', 'transfer']

function memberFound(node: AstNode): Found[] {
  const member = String(node['memberName'])
  const base = child(node, 'expression')
  const magic = MAGIC[String(base?.name)]
  if (magic?.[1].includes(member) && typeOf(base) === base?.name)
    return [[node, magic[0], `${base?.name}.${member} is for nobody: the proposer picks it`]]
  const isAddress = typeOf(base).startsWith('address')
  if (member === 'delegatecall' || member === 'callcode')
    return [[node, 'delegatecall', 'only proxies run foreign code']]
  if (member === 'functionDelegateCall')
    return [[node, 'delegatecall', 'only proxies run foreign code']]
  if (isAddress && LOW_LEVEL.includes(member))
    return [[node, 'low-level-call', `.${member} knows no ABI: call an interface`]]
  return []
}

function callFound(node: AstNode): Found[] {
  const callee = child(node, 'expression')
  const name = callee?.nodeType === 'Identifier' ? String(callee.name) : ''
  const rule = BANNED_CALLS[name]
  if (rule !== undefined) return [[node, rule, `${name} expected nowhere`]]
  const isText = children(node, 'arguments').some((each) => typeOf(each).startsWith('literal_str'))
  if ((name === 'require' || name === 'revert') && isText)
    return [[node, 'error-text', 'a custom error with who, had and needed expected']]
  return []
}

function yulFound(node: AstNode): Found[] {
  const name = String(child(node, 'functionName')?.name)
  return BANNED_YUL.includes(name) ? [[node, 'delegatecall', `${name} in assembly`]] : []
}

function judge(node: AstNode): Found[] {
  switch (node.nodeType) {
    case 'MemberAccess':
      return memberFound(node)
    case 'FunctionCall':
      return callFound(node)
    case 'YulFunctionCall':
      return yulFound(node)
    case 'InlineAssembly':
      return [[node, 'assembly', 'Solidity expected, or an exemption with its reason']]
    default:
      return []
  }
}

const JUDGED = ['MemberAccess', 'FunctionCall', 'YulFunctionCall', 'InlineAssembly']

function formFound(file: string, unit: AstNode, text: string): Found[] {
  const lines = text.split('\n').length - 1
  const pragma = children(unit, 'nodes').find(({ nodeType }) => nodeType === 'PragmaDirective')
  const isFixed =
    (pragma?.['literals'] as readonly string[] | undefined)?.join('') === 'solidity0.8.37'
  return [
    ...(lines > 400 ? [[unit, 'size', `at most 400 lines expected, got ${lines}`] as const] : []),
    ...(isFixed ? [] : [[unit, 'pragma', `pragma solidity 0.8.37 expected in ${file}`] as const]),
  ]
}

/** Every finding, exempted ones too; use {@link lint}. */
export function lintAll(analysis: Analysis): Finding[] {
  const findings: Finding[] = []
  const add = (file: string, [node, rule, message]: Found): void =>
    void findings.push({ file, line: lineOf(analysis, file, node), rule, message })
  for (const [file, unit] of analysis.units) {
    for (const node of findAll(unit, ...JUDGED)) for (const found of judge(node)) add(file, found)
    for (const found of formFound(file, unit, analysis.texts.get(file) ?? '')) add(file, found)
    for (const found of [...droppedAnswers(unit), ...emptyCatches(unit)]) add(file, found)
    for (const fn of findAll(unit, 'FunctionDefinition', 'ModifierDefinition'))
      for (const [node, message] of unboundedLoops(analysis, fn))
        add(file, [node, 'unbounded-loop', `${fn.name || fn['kind']}: ${message}`])
  }
  const silent = createEventFinder(analysis)
  for (const [file, contract] of ownContracts(analysis)) {
    for (const node of lateWrites(analysis, contract))
      add(file, [node, 'late-write', 'state is written after a foreign contract had its turn'])
    for (const node of unboundSignatures(analysis, contract))
      add(file, [node, 'unbound-signature', 'an EIP-712 domain (chain, contract) expected'])
    for (const found of openInitializers(analysis, contract)) add(file, found)
    for (const [node, message] of shadowing(analysis, contract))
      add(file, [node, 'shadowing', message])
    if (contract['contractKind'] === 'interface')
      for (const [node, message] of missingNatSpec(contract)) add(file, [node, 'natspec', message])
    for (const [at, node] of silent(contract)) {
      const message = `${contract.name}.${node.name} changes state and emits nothing`
      add(at, [node, 'silent-change', message])
    }
  }
  return findings
}

/** Findings that no exemption covers. */
export function lint(analysis: Analysis, exemptions: readonly Exemption[] = EXEMPTIONS): Finding[] {
  return lintAll(analysis).filter((finding) => !exemptions.some((each) => covers(each, finding)))
}

/** Whether an exemption is about a finding. */
export function covers({ rule, file, member = '' }: Exemption, finding: Finding): boolean {
  return rule === finding.rule && file === finding.file && finding.message.startsWith(member)
}
