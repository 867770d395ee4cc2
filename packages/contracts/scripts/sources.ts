/**
 * Which Solidity files a contract is made of: itself and what it imports, found without compiling.
 * Each contract is compiled with these files and no others, so that a change of one service can
 * move no byte of another.
 */
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, posix } from 'node:path'
import { VecheError } from '@veche/primitives'

/** `packages/contracts/sol` */
export const SOURCES = join(import.meta.dirname, '..', 'sol')

/** Name as imports write it (`documents/IDocumentRegistry.sol`, `@openzeppelin/…`) → text. */
export type SourceFiles = ReadonlyMap<string, string>

const IMPORT = /^\s*import\s+(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']\s*;/gm

function readSource(name: string, root: string): string {
  const require = createRequire(import.meta.url)
  try {
    return readFileSync(name.startsWith('@') ? require.resolve(name) : join(root, name), 'utf8')
  } catch (cause) {
    throw new VecheError('SOLIDITY_REFUSED', `a Solidity file expected: ${name}`, { cause })
  }
}

function importsOf(name: string, text: string): string[] {
  return [...text.matchAll(IMPORT)].map(([, path = '']) =>
    path.startsWith('.') ? posix.join(posix.dirname(name), path) : path,
  )
}

/**
 * The files and everything that they import, sorted by name; `root` is another `sol/` for comparing
 * with an older version. Throws `SOLIDITY_REFUSED`.
 */
export function readClosure(names: readonly string[], root = SOURCES): SourceFiles {
  const found = new Map<string, string>()
  const open = [...names]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue
    const text = readSource(name, root)
    found.set(name, text)
    open.push(...importsOf(name, text))
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Every file below sol/, sorted. */
export function ownSources(): string[] {
  return globSync('**/*.sol', { cwd: SOURCES })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
}

/** sha256 over names and texts, in order of name. */
export function hashOfSources(sources: SourceFiles): string {
  const hash = createHash('sha256')
  for (const [name, text] of sources) hash.update(`${name}\0${text}\0`)
  return hash.digest('hex')
}
