/** Part of `npm run generate`: writes docs/contracts, after the contracts are compiled. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderPages } from './pages.ts'

const folder = join(import.meta.dirname, '..', '..', '..', 'docs', 'contracts')
const pages = await renderPages()
mkdirSync(folder, { recursive: true })
for (const name of readdirSync(folder)) if (!pages.has(name)) rmSync(join(folder, name))
for (const [name, text] of pages) {
  writeFileSync(join(folder, name), text)
  process.stdout.write(`wrote docs/contracts/${name}\n`)
}
