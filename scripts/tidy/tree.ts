/** The files tidy looks at: everything a commit could hold, read once. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Scan, scanSource } from './scan.ts'

export interface SourceFile {
  /** relative to the root, with forward slashes */
  readonly path: string
  readonly text: string
  /** for .ts and .cjs files */
  readonly scan?: Scan
  /** package folder name when under packages/ */
  readonly owner?: string
}

export interface Violation {
  readonly rule: string
  readonly path: string
  /** 1-based; 0 for the whole file */
  readonly line: number
  readonly message: string
}

export interface Manifest {
  readonly name?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

export interface Tree {
  readonly files: readonly SourceFile[]
  /** package.json by path */
  readonly manifests: ReadonlyMap<string, Manifest>
}

const SKIPPED = new Set(['node_modules', 'dist', 'dist-test', '.git', '.nx', 'coverage'])
/** at the root only: what .gitignore lists there */
const SKIPPED_AT_ROOT = new Set(['data', 'tmp'])
const TEXT = /\.(?:ts|cjs|js|json|md|sol|sh|txt|yml|yaml|toml|html|css|csv|scenario)$|(?:^|\/)run$/
/** bytes; a larger file is data */
const FILE_BYTES_MAX = 4 * 1024 * 1024

function walk(root: string, folder: string, into: string[]): void {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (SKIPPED.has(entry.name) || (folder === '' && SKIPPED_AT_ROOT.has(entry.name))) continue
    if (entry.isDirectory()) walk(root, path, into)
    else if (entry.isFile() && TEXT.test(path)) into.push(path)
  }
}

function readSource(root: string, path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  const owner = /^packages\/([^/]+)\//.exec(path)?.[1]
  return {
    path,
    text,
    ...(/\.(?:ts|cjs)$/.test(path) ? { scan: scanSource(text) } : {}),
    ...(owner === undefined ? {} : { owner }),
  }
}

/** Reads a checkout. */
export function readTree(root: string): Tree {
  const paths: string[] = []
  walk(root, '', paths)
  const files = paths
    .sort()
    .filter((path) => statSync(join(root, path)).size <= FILE_BYTES_MAX)
    .map((path) => readSource(root, path))
  const manifests = new Map<string, Manifest>()
  for (const { path, text } of files)
    if (/(?:^|\/)package\.json$/.test(path)) manifests.set(path, JSON.parse(text) as Manifest)
  return { files, manifests }
}

/** Whether a program wrote the file and says so at its top: sizes and columns are not judged. */
export function isGenerated({ path, text }: SourceFile): boolean {
  return /\/generated\//.test(path) && /generated/i.test(text.slice(0, 300))
}

export const isSource = ({ path }: SourceFile): boolean =>
  /^packages\/[^/]+\/src\/.*\.ts$/.test(path)

/** Code of the house outside the packages' sources: tests, suites, benches, scripts. */
export const isSupport = ({ path }: SourceFile): boolean =>
  /^(?:packages\/[^/]+\/(?:test|conformance|scripts|bin)|bench|scripts)\/.*\.(?:ts|cjs)$/.test(path)
