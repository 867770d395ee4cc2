/** Copies of packages/consensus/src with a rule broken, for the simulator to run. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Mutant } from './mutants-list.ts'

const ROOT = join(import.meta.dirname, '..')
const SOURCE = join(ROOT, 'packages', 'consensus', 'src')
/** beside the packages, so that imports of @veche/primitives are found; not in git */
const COPIES = join(ROOT, 'tmp', 'mutants')

/** The first words to be replaced that a folder does not have exactly once, or null. */
export function staleWords({ edits }: Mutant, folder: string = SOURCE): string | null {
  const found = edits.find(
    ({ file, from }) => readFileSync(join(folder, file), 'utf8').split(from).length !== 2,
  )
  return found === undefined ? null : `${found.file}: ${found.from}`
}

/** Writes the weakened copy; its door, as a path from here. Another process has another copy. */
export function writeCopy(mutant: Mutant): string {
  const copy = join(COPIES, `${mutant.name}-${process.pid}`)
  mkdirSync(COPIES, { recursive: true })
  cpSync(SOURCE, copy, { recursive: true })
  for (const { file, from, to } of mutant.edits) {
    const path = join(copy, file)
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(from, () => to),
    )
  }
  return relative(process.cwd(), join(copy, 'index.ts'))
}

/** Removes the copy of this process. */
export function removeCopy({ name }: Mutant): void {
  rmSync(join(COPIES, `${name}-${process.pid}`), { recursive: true, force: true })
}
