/** The LevelDB store and its twin pass one suite; then what only the disk can do. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { createMemoryChainStore, openChainStore } from '@veche/storage'
import { chainStoreConformance } from '@veche/storage/conformance'
import { test } from 'uvu'

for (const { title, run } of chainStoreConformance) {
  test(`memory: ${title}`, () => run(async (genesis) => createMemoryChainStore(genesis)))
  test(`level: ${title}`, async () => {
    const path = await mkdtemp(`${tmpdir()}/veche-store-`)
    await run((genesis) => openChainStore({ path, genesis }))
    await rm(path, { recursive: true })
  })
}

test.run()
