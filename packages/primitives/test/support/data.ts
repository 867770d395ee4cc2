/** Vectors beside the repository; a test without them says `skipped:` and passes. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const DATA = join(import.meta.dirname, '../../../../../shared/data')

/** Bytes of a shared data file, or undefined with a line that says so. */
export function sharedData(name: string): Uint8Array | undefined {
  const path = join(DATA, name)
  if (existsSync(path)) return new Uint8Array(readFileSync(path))
  console.log(`skipped: no shared data file ${name}`)
  return undefined
}

/** A shared JSON file, or undefined with a line that says so. */
export function sharedJson(name: string): unknown {
  const bytes = sharedData(name)
  return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString('utf8'))
}
