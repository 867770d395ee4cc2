#!/usr/bin/env node
// The `veche` command. Plain JavaScript, so that a Node too old to run TypeScript sources says so.
// the default export: a named one that an old Node lacks would end the import without a word
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  process.stderr.write(
    `Node 24 or later expected, got ${process.version}; run veche through the npm scripts, which bring their own\n`,
  )
  process.exit(1)
}
// compiled code is kept beside the installed packages, never in a directory that others may write
module.enableCompileCache(
  fileURLToPath(new URL('../../../node_modules/.cache/veche', import.meta.url)),
)
const { main } = await import('../src/cli/main.ts')
await main(process.argv)
// the work is done; a timer that a client library keeps must not hold the process
process.exit()
