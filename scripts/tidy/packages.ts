/** Rules between packages: levels, doors, homes of foreign libraries. See ARCHITECTURE, "Rooms". */
import { importsOf, packageOf } from './scan.ts'
import { isSource, isSupport, type SourceFile, type Tree, type Violation } from './tree.ts'

/** A package may import packages of lower levels only; siblings meet in node. */
export const LEVELS: Readonly<Record<string, number>> = {
  primitives: 0,
  consensus: 1,
  contracts: 1,
  execution: 2,
  storage: 2,
  network: 2,
  rpc: 2,
  portal: 3,
  node: 4,
}
/** the portal talks JSON-RPC and HTTP: below it are only the packages a browser can run */
const PORTAL_BELOW = new Set(['primitives', 'consensus', 'contracts'])

/** Each foreign library has one home, so that swapping one touches one package. */
export const HOMES: readonly { readonly pattern: RegExp; readonly home: string }[] = [
  { pattern: /^@ethereumjs\//, home: 'execution' },
  { pattern: /^(?:level|classic-level|abstract-level)$/, home: 'storage' },
  { pattern: /^(?:libp2p|@libp2p\/.+|@chainsafe\/libp2p-.+|@multiformats\/.+)$/, home: 'network' },
  { pattern: /^ws$/, home: 'rpc' },
  { pattern: /^(?:secp256k1|hash-wasm|rlp)$/, home: 'primitives' },
  { pattern: /^(?:commander|prom-client)$/, home: 'node' },
]

function mayImport(from: string, to: string): boolean {
  if (from === to) return true
  const own = LEVELS[from]
  const other = LEVELS[to]
  if (own === undefined || other === undefined) return false
  return other < own && (from !== 'portal' || PORTAL_BELOW.has(to))
}

const ours = (name: string): string | undefined => /^@veche\/(.+)$/.exec(name)?.[1]

function homeOf(name: string): string | undefined {
  return HOMES.find(({ pattern }) => pattern.test(name))?.home
}

/** What package.json promises. */
export function checkManifests(tree: Tree): Violation[] {
  const found: Violation[] = []
  for (const [path, manifest] of tree.manifests) {
    const owner = /^packages\/([^/]+)\/package\.json$/.exec(path)?.[1]
    if (owner === undefined) continue
    const report = (rule: string, message: string): void => {
      found.push({ rule, path, line: 0, message })
    }
    if (LEVELS[owner] === undefined) report('level', `package ${owner} has no level in tidy`)
    if (manifest.name !== `@veche/${owner}`) report('name', `name @veche/${owner} expected`)
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      const target = ours(name)
      if (target !== undefined && !mayImport(owner, target))
        report('level', `${owner} must not depend on ${target}`)
      const home = homeOf(name)
      if (home !== undefined && home !== owner) report('home', `${name} has its home in ${home}`)
    }
  }
  return found
}

function checkImport(
  file: SourceFile,
  specifier: string,
  tree: Tree,
): [string, string] | undefined {
  const owner = file.owner as string
  if (specifier.startsWith('.')) {
    const steps = specifier.split('/').filter((part) => part === '..').length
    const depth = file.path.split('/').length - 3
    return steps > depth ? ['level', `${specifier} leaves the package`] : undefined
  }
  const name = packageOf(specifier)
  if (name === undefined) return undefined
  const target = ours(name)
  if (target !== undefined && !mayImport(owner, target))
    return ['level', `${owner} must not import ${target}`]
  const home = homeOf(name)
  if (home !== undefined && home !== owner) return ['home', `${name} has its home in ${home}`]
  const manifest = tree.manifests.get(`packages/${owner}/package.json`)
  return name === `@veche/${owner}` || manifest?.dependencies?.[name] !== undefined
    ? undefined
    : ['undeclared', `${name} is not in the dependencies of ${owner}`]
}

/** Tests, suites and benches may use what package.json of their package or of the root lists. */
function checkSupportImport(file: SourceFile, name: string, tree: Tree): string | undefined {
  const own = /^(packages\/[^/]+|bench|scripts)\//.exec(file.path)?.[1]
  const lists = [tree.manifests.get(`${own}/package.json`), tree.manifests.get('package.json')]
  const declared = lists.some(
    (list) =>
      list?.dependencies?.[name] !== undefined || list?.devDependencies?.[name] !== undefined,
  )
  // the root is the workspace: its scripts may use every package in it
  const inWorkspace = own === 'scripts' && tree.manifests.has(`packages/${ours(name)}/package.json`)
  return declared || inWorkspace || name === `@veche/${file.owner}`
    ? undefined
    : `${name} is not declared`
}

/** What the files import. */
export function checkImports(tree: Tree): Violation[] {
  const found: Violation[] = []
  for (const file of tree.files) {
    if (file.scan === undefined) continue
    for (const { specifier, line } of importsOf(file.scan)) {
      const name = packageOf(specifier)
      if (isSource(file)) {
        const verdict = checkImport(file, specifier, tree)
        if (verdict !== undefined)
          found.push({ rule: verdict[0], path: file.path, line, message: verdict[1] })
      } else if (isSupport(file) && name !== undefined) {
        const message = checkSupportImport(file, name, tree)
        if (message !== undefined)
          found.push({ rule: 'undeclared', path: file.path, line, message })
      }
    }
  }
  return found
}

/** Every package has a door that lists its exports, and a test that holds the list. */
export function checkDoors(tree: Tree): Violation[] {
  const found: Violation[] = []
  const paths = new Map(tree.files.map((file) => [file.path, file]))
  for (const manifestPath of tree.manifests.keys()) {
    const folder = /^(packages\/[^/]+)\/package\.json$/.exec(manifestPath)?.[1]
    if (folder === undefined) continue
    for (const path of [`${folder}/src/index.ts`, `${folder}/test/exports.test.ts`])
      if (!paths.has(path)) found.push({ rule: 'door', path, line: 0, message: 'file expected' })
  }
  for (const file of tree.files)
    if (isSource(file) && /\bexport\s*\*/.test(file.scan?.code ?? ''))
      found.push({ rule: 'door', path: file.path, line: 0, message: 'explicit exports expected' })
  return found
}
