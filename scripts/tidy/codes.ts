/** Error codes: each in the sources has its row in docs/errors/*.md, each there is used. */
import { lineAt } from './scan.ts'
import { isSource, type Tree, type Violation } from './tree.ts'

/** calls whose first argument is no code of ours */
const NOT_A_CODE =
  /^(?:has|includes|get|set|is|startsWith|endsWith|indexOf|keyToVariable|add|delete)$/
const CALL = /([\w$]+)\s*\(\s*'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g
const PROPERTY = /\bcode:\s*'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g
const DOCUMENTED = /^\|\s*`([A-Z][A-Z0-9_]*)`\s*\|/gm

interface Use {
  readonly code: string
  readonly path: string
  readonly line: number
}

function usesIn(tree: Tree): Use[] {
  return tree.files.filter(isSource).flatMap(({ path, scan }) => {
    const text = scan?.uncommented ?? ''
    const at = (index: number): number => lineAt(text, index)
    const calls = [...text.matchAll(CALL)]
      .filter((match) => !NOT_A_CODE.test(match[1] as string))
      .map((match) => ({ code: match[2] as string, path, line: at(match.index) }))
    const properties = [...text.matchAll(PROPERTY)].map((match) => ({
      code: match[1] as string,
      path,
      line: at(match.index),
    }))
    return [...calls, ...properties]
  })
}

/** Codes without a row, and rows without a code. */
export function checkCodes(tree: Tree): Violation[] {
  const pages = tree.files.filter(({ path }) => /^docs\/errors\/[^/]+\.md$/.test(path))
  const documented = new Map<string, string>()
  for (const { path, text } of pages)
    for (const match of text.matchAll(DOCUMENTED)) documented.set(match[1] as string, path)
  const missing = usesIn(tree)
    .filter(({ code }) => !documented.has(code))
    .map(({ code, path, line }) => ({
      rule: 'error-code',
      path,
      line,
      message: `${code} has no row in docs/errors/*.md`,
    }))
  const sources = tree.files.filter(isSource).map(({ scan }) => scan?.uncommented ?? '')
  const stale = [...documented]
    .filter(([code]) => !sources.some((text) => text.includes(code)))
    .map(([code, path]) => ({
      rule: 'error-code',
      path,
      line: 0,
      message: `${code} is in no source`,
    }))
  return [...missing, ...stale]
}

/** docs/errors.md as the pages of docs/errors joined. */
export function joinErrorPages(tree: Tree): string {
  const sections = tree.files
    .filter(({ path }) => /^docs\/errors\/[^/]+\.md$/.test(path))
    .map(({ path, text }) => {
      const name = path.replace(/^docs\/errors\/|\.md$/g, '')
      const table = text.split('\n').filter((line) => line.startsWith('|'))
      return [`## ${name}`, '', ...table, ''].join('\n')
    })
  const head = [
    '# Error codes',
    '',
    'Joined from `docs/errors/*.md` by `node scripts/errors.ts` (part of `npm run generate`).',
    '',
  ].join('\n')
  return [head, ...sections].join('\n')
}

/** Whether docs/errors.md is what its pages say. */
export function checkErrorPages(tree: Tree): Violation[] {
  const joined = tree.files.find(({ path }) => path === 'docs/errors.md')
  return joined?.text === joinErrorPages(tree)
    ? []
    : [
        {
          rule: 'error-pages',
          path: 'docs/errors.md',
          line: 0,
          message: 'stale: run node scripts/errors.ts',
        },
      ]
}
