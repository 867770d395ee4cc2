/**
 * The house rules that neither `tsc` nor Biome can see (STYLE.md, "Enforced by machines"). Part of
 * `npm run check`; prints one line per violation and exits with 1 when there is any.
 */
import { join } from 'node:path'
import { checkCodes, checkErrorPages } from './tidy/codes.ts'
import { checkRecords } from './tidy/docs.ts'
import { checkFiles } from './tidy/files.ts'
import { checkDoors, checkImports, checkManifests } from './tidy/packages.ts'
import { readTree, type Violation } from './tidy/tree.ts'

/** Every violation in a checkout, ordered by path and line. */
export function tidy(root: string): Violation[] {
  const tree = readTree(root)
  return [
    ...checkManifests(tree),
    ...checkImports(tree),
    ...checkDoors(tree),
    ...checkFiles(tree.files),
    ...checkCodes(tree),
    ...checkErrorPages(tree),
    ...checkRecords(tree),
  ].sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line)
}

if (import.meta.main) {
  const violations = tidy(process.argv[2] ?? join(import.meta.dirname, '..'))
  for (const { path, line, rule, message } of violations)
    process.stdout.write(`${path}${line > 0 ? `:${line}` : ''}  ${rule}  ${message}\n`)
  process.stdout.write(
    violations.length === 0
      ? 'tidy: nothing to report\n'
      : `tidy: ${violations.length} violations\n`,
  )
  process.exitCode = violations.length === 0 ? 0 : 1
}
