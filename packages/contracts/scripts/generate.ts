/**
 * `npm run generate`: compiles the contracts and writes `src/generated/*.ts`. The files are
 * committed; test/generated.test.ts compiles again and fails when they are stale.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderAll } from './render.ts'

const target = join(import.meta.dirname, '..', 'src', 'generated')
mkdirSync(target, { recursive: true })
for (const [name, text] of renderAll()) {
  writeFileSync(join(target, name), text)
  process.stdout.write(`wrote packages/contracts/src/generated/${name}\n`)
}
