/** The shared test data: where it is, and how ethereum/tests files are read. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../../../../..', 'shared/data/ethereum-tests')

/** The folder of a part of ethereum/tests, or undefined (and a printed line) when it is absent. */
export function vectorsOf(part: string): string | undefined {
  const folder = join(ROOT, part)
  if (existsSync(folder)) return folder
  process.stdout.write(`skipped: ${part} of ethereum/tests is not at ../shared/data\n`)
  return undefined
}

export interface VectorFile {
  readonly name: string
  // biome-ignore lint/suspicious/noExplicitAny: the border of foreign JSON
  readonly content: any
}

/** Every JSON file under a folder. */
export function* jsonFiles(folder: string): Iterable<VectorFile> {
  const names = readdirSync(folder, { recursive: true }) as string[]
  for (const name of names.sort())
    if (name.endsWith('.json'))
      yield { name, content: JSON.parse(readFileSync(join(folder, name), 'utf8')) }
}
