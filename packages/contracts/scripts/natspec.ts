/**
 * NatSpec of a syntax tree: its tags, and what an interface's members must say. solc checks that
 * what is written fits; here it is checked that something is written.
 */
import { type AstNode, child, children } from './ast.ts'

export interface NatSpec {
  readonly title: string
  readonly notice: string
  readonly dev: string
  /** name → text, of `@param` */
  readonly params: ReadonlyMap<string, string>
  /** texts of `@return`, in order */
  readonly returns: readonly string[]
  /** tag without `custom:` → text with its line breaks */
  readonly custom: ReadonlyMap<string, string>
}

/** The raw documentation of a node. */
export function documentationOf(node: AstNode): string {
  const { documentation } = node
  if (typeof documentation === 'string') return documentation
  return String(child(node, 'documentation')?.['text'] ?? '')
}

/**
 * The documentation of a node as its author wrote it: solc drops the empty lines that part
 * paragraphs. `text` is the file that holds the node.
 */
export function writtenDocumentationOf(node: AstNode, text: string): string {
  const documentation = child(node, 'documentation')
  if (documentation === undefined) return documentationOf(node)
  const [start = 0, length = 0] = documentation.src.split(':').map(Number)
  return Buffer.from(text)
    .subarray(start, start + length)
    .toString()
    .replace(/^\s*\/\*\*|\*\/\s*$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*(?:\/\/\/|\*)/, ''))
    .join('\n')
}

const join = (lines: readonly string[]): string =>
  lines
    .map((line) => line.trim())
    .join('\n')
    .replace(/(?<!\n)\n(?!\n)/g, ' ')
    .trim()

/** Reads the tags of a documentation text; text before any tag is `@notice`. */
export function parseNatSpec(text: string): NatSpec {
  const parts: { tag: string; lines: string[] }[] = [{ tag: 'notice', lines: [] }]
  for (const line of text.split('\n')) {
    // solc keeps the text after the stars
    const [, tag, rest = ''] = /^\s*@([a-z][a-z:-]*)\s?(.*)$/.exec(line) ?? []
    if (tag !== undefined) parts.push({ tag, lines: [rest] })
    else parts.at(-1)?.lines.push(line)
  }
  const all = (tag: string): string[][] =>
    parts.filter((each) => each.tag === tag).map(({ lines }) => lines)
  const named = all('param').map((lines) => {
    const [, name = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(lines.join('\n').trim()) ?? []
    return [name, join(rest.split('\n'))] as const
  })
  const custom = parts
    .filter(({ tag }) => tag.startsWith('custom:'))
    .map(({ tag, lines }) => [tag.slice('custom:'.length), lines.join('\n').trim()] as const)
  return {
    title: join(all('title').flat()),
    notice: join(all('notice').flat()),
    dev: join(all('dev').flat()),
    params: new Map(named),
    returns: all('return').map(join),
    custom: new Map(custom),
  }
}

const MEMBERS = [
  'FunctionDefinition',
  'EventDefinition',
  'ErrorDefinition',
  'StructDefinition',
  'EnumDefinition',
]

function namesIn(node: AstNode, field: string): string[] {
  return children(child(node, field), 'parameters').map(({ name }) => String(name))
}

/**
 * What a member does not say. Functions say all: notice, every parameter, every result (a single or
 * a named one may stand in the notice). Events say what happened; the names of their fields and of
 * the values of errors speak for themselves, so these need names, not sentences.
 */
function missingOf(node: AstNode): string[] {
  const text = documentationOf(node)
  if (/@inheritdoc\s/.test(text)) return []
  const { title, notice, dev, params, returns } = parseNatSpec(text)
  const parameters = namesIn(node, 'parameters')
  const results = namesIn(node, 'returnParameters')
  const nameless = parameters.includes('') ? ['a name for every parameter'] : []
  if (node.nodeType === 'ErrorDefinition') return nameless
  const isSilent = title === '' && notice === '' && dev === '' && params.size === 0
  const missing = isSilent && returns.length === 0 ? ['@notice', ...nameless] : nameless
  if (node.nodeType !== 'FunctionDefinition') return missing
  missing.push(...parameters.filter((name) => !params.has(name)).map((name) => `@param ${name}`))
  const isNamed = results.length === 1 || !results.includes('')
  const isSaid = returns.length >= results.length || (isNamed && notice !== '')
  return isSaid ? missing : [...missing, `${results.length} @return`]
}

/** What the members of an interface do not say: the node and a message. */
export function missingNatSpec(contract: AstNode): (readonly [AstNode, string])[] {
  const own = missingOf(contract).map(
    () => [contract, `${contract.name}: @notice expected`] as const,
  )
  const members = children(contract, 'nodes')
    .filter(({ nodeType }) => MEMBERS.includes(nodeType))
    .flatMap((node) =>
      missingOf(node).map(
        (what) => [node, `${contract.name}.${node.name}: ${what} expected`] as const,
      ),
    )
  return [...own, ...members]
}
