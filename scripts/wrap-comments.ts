/**
 * Breaks comment lines longer than 100 columns, which the formatter leaves alone:
 * `node scripts/wrap-comments.ts [FILE…]`, every source file without arguments. Only comments move;
 * text that is laid out (tables, code, lists) flows no further than its own line.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scanSource } from './tidy/scan.ts'
import { isGenerated, isSource, isSupport, readTree } from './tidy/tree.ts'

const COLUMNS_MAX = 100

/** A comment line: what stands before its words, there and on a line that continues it. */
interface CommentLine {
  readonly prefix: string
  readonly next: string
  readonly words: string
}

/** The parts of a line that is nothing but comment, or undefined. */
function parse(line: string, inBlock: boolean): CommentLine | undefined {
  const slashes = /^(\s*)\/\/ (.*)$/.exec(line)
  if (slashes !== null && !inBlock) {
    const prefix = `${slashes[1]}// `
    return { prefix, next: prefix, words: slashes[2] as string }
  }
  const opening = /^(\s*)(\/\*\*?) (.*)$/.exec(line)
  if (opening !== null)
    return {
      prefix: `${opening[1]}${opening[2]} `,
      next: `${opening[1]} * `,
      words: opening[3] as string,
    }
  const inner = /^(\s*)\* (.*)$/.exec(line)
  if (inner === null || !inBlock) return undefined
  const prefix = `${inner[1]}* `
  return { prefix, next: prefix, words: inner[2] as string }
}

/** Whether words may flow into this line: plain text, not a list, a table, code or a tag. */
const flows = (words: string): boolean =>
  /^[\p{L}\p{N}`"'(]/u.test(words) && !/^\d+[.)] /.test(words)

function breakAt(text: string, room: number): [string, string] {
  const at = text.lastIndexOf(' ', room)
  return at <= 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

/** `/** one line *\/` that is too long becomes a block of its own lines. */
function openBlock(line: string): string[] | undefined {
  const match = /^(\s*)\/\*\* (.*) \*\/$/.exec(line)
  if (match === null) return undefined
  return [`${match[1]}/**`, `${match[1]} * ${match[2]}`, `${match[1]} */`]
}

/** Code with a comment behind it: the comment goes above. */
function liftTrailing(line: string, code: string): string[] | undefined {
  const end = code.trimEnd().length
  const comment = line.slice(end).trim()
  if (end === 0 || !comment.startsWith('//')) return undefined
  const indent = /^\s*/.exec(line)?.[0] ?? ''
  return [`${indent}${comment}`, line.slice(0, end)]
}

/** The text with every comment line that can be broken broken. Idempotent. */
export function wrapComments(text: string): string {
  const lines = text.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string
    if (line.length <= COLUMNS_MAX || /https?:\/\/|biome-ignore/.test(line)) continue
    const scan = scanSource(lines.join('\n'))
    const uncommented = scan.uncommented.split('\n')[i] ?? ''
    if (uncommented.trimEnd() === line.trimEnd()) continue
    const replacement = openBlock(line) ?? liftTrailing(line, uncommented)
    if (replacement !== undefined) {
      lines.splice(i, 1, ...replacement)
      i--
      continue
    }
    if (uncommented.trim() !== '') continue
    const inBlock = !/^\s*\/\//.test(line)
    const parsed = parse(line, inBlock)
    if (parsed === undefined) continue
    const { prefix, next, words } = parsed
    const [kept, rest] = breakAt(words, COLUMNS_MAX - prefix.length)
    if (rest === '') continue
    const following = parse(lines[i + 1] ?? '', inBlock && !line.trimEnd().endsWith('*/'))
    const joins = following?.prefix === next && flows(following.words) && flows(words)
    lines[i] = `${prefix}${kept}`
    if (joins) lines[i + 1] = `${next}${rest} ${following.words}`
    else lines.splice(i + 1, 0, `${next}${rest}`)
  }
  return lines.join('\n')
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  const given = new Set(process.argv.slice(2))
  for (const file of readTree(root).files) {
    if (!(isSource(file) || isSupport(file)) || isGenerated(file)) continue
    if (given.size > 0 && !given.has(file.path)) continue
    const wrapped = wrapComments(file.text)
    // somebody may have saved the file since it was read
    if (wrapped === file.text || readFileSync(join(root, file.path), 'utf8') !== file.text) continue
    writeFileSync(join(root, file.path), wrapped)
    process.stdout.write(`wrapped ${file.path}\n`)
  }
}
