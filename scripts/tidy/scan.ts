/**
 * Reads TypeScript just well enough for tidy: tells code from comments and from literals, so that a
 * rule about code is not fooled by a word in a sentence. Not a parser; `tsc` and Biome are those.
 */

export interface Scan {
  /** the text with comments blanked, literals kept; same length and lines */
  readonly uncommented: string
  /** the text with comments and the contents of literals blanked */
  readonly code: string
}

/** Where a token that starts at `at` ends; quotes and slashes are included. */
type Skip = (text: string, at: number) => number

const skipLine: Skip = (text, at) => {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

const skipBlock: Skip = (text, at) => {
  const end = text.indexOf('*/', at + 2)
  return end < 0 ? text.length : end + 2
}

const skipQuoted: Skip = (text, at) => {
  const quote = text[at]
  let i = at + 1
  while (i < text.length && text[i] !== quote && text[i] !== '\n') i += text[i] === '\\' ? 2 : 1
  return Math.min(text.length, i + 1)
}

const skipRegex: Skip = (text, at) => {
  let inClass = false
  let i = at + 1
  for (; i < text.length && text[i] !== '\n'; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '[') inClass = true
    else if (text[i] === ']') inClass = false
    else if (text[i] === '/' && !inClass) return i + 1
  }
  return at + 1
}

/** A slash starts a regular expression where no value can have ended just before. */
function startsRegex(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 40), at).trimEnd()
  if (before === '') return true
  if (/\b(?:return|typeof|case|in|of|await)$/.test(before)) return true
  return /[(,=:[!&|?{};+\-*%~^<>]$/.test(before)
}

const blank = (text: string): string => text.replace(/[^\n]/g, ' ')

/** Keeps the quotes of a literal, blanks what is between. */
function hollow(literal: string): string {
  return literal.length < 2
    ? literal
    : `${literal[0]}${blank(literal.slice(1, -1))}${literal[literal.length - 1]}`
}

/** Scans one source file. Total: broken text gives a scan too. */
export function scanSource(text: string): Scan {
  let uncommented = ''
  let code = ''
  // brace depths at which a template literal goes on after `${…}`
  const templates: number[] = []
  let depth = 0
  let i = 0
  const take = (end: number, kind: 'comment' | 'literal' | 'code'): void => {
    const part = text.slice(i, end)
    uncommented += kind === 'comment' ? blank(part) : part
    code += kind === 'comment' ? blank(part) : kind === 'literal' ? hollow(part) : part
    i = end
  }
  /** the end of the template part that starts at `at`, after its `${` or its closing quote */
  const templateEnd = (at: number): number => {
    let j = at
    for (; j < text.length; j++) {
      if (text[j] === '\\') j++
      else if (text[j] === '`') return j + 1
      else if (text[j] === '$' && text[j + 1] === '{') return j + 2
    }
    return text.length
  }
  const takeTemplate = (from: number): void => {
    const end = templateEnd(from)
    if (text.slice(end - 2, end) === '${') templates.push(depth++)
    take(end, 'literal')
  }
  while (i < text.length) {
    const c = text[i]
    const next = text[i + 1]
    if (c === '/' && next === '/') take(skipLine(text, i), 'comment')
    else if (c === '/' && next === '*') take(skipBlock(text, i), 'comment')
    else if (c === "'" || c === '"') take(skipQuoted(text, i), 'literal')
    else if (c === '`') takeTemplate(i + 1)
    else if (c === '/' && startsRegex(text, i)) take(skipRegex(text, i), 'literal')
    else if (c === '}' && templates.at(-1) === depth - 1) {
      depth = templates.pop() as number
      takeTemplate(i + 1)
    } else {
      if (c === '{') depth++
      if (c === '}') depth--
      take(i + 1, 'code')
    }
  }
  return { uncommented, code }
}

export interface ImportSite {
  readonly specifier: string
  /** 1-based */
  readonly line: number
}

/** The 1-based line of an index. */
export function lineAt(text: string, index: number): number {
  let line = 1
  for (let i = 0; i < index; i++) if (text[i] === '\n') line++
  return line
}

/** Every module a source file names: static, re-exported, dynamic, types, `require`. */
export function importsOf(scan: Scan): ImportSite[] {
  const pattern =
    /\bfrom\s*(['"])([^'"\n]+)\1|\bimport\s*(['"])([^'"\n]+)\3|\b(?:import|require)\s*\(\s*(['"])([^'"\n]+)\5/g
  const sites: ImportSite[] = []
  for (const match of scan.uncommented.matchAll(pattern)) {
    // a hit inside a literal is no import: its keyword is blank in the code
    if (!/\S/.test(scan.code[match.index] ?? '')) continue
    const specifier = match[2] ?? match[4] ?? match[6] ?? ''
    sites.push({ specifier, line: lineAt(scan.uncommented, match.index) })
  }
  return sites
}

/** The package of a specifier: `@scope/name/sub` → `@scope/name`; undefined for files, `node:`. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('/') || specifier.startsWith('node:'))
    return undefined
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]
}
