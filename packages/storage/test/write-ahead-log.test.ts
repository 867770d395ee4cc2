/** The log on disk and its twin pass one suite. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { createMemoryLog, type MemoryLog, openWriteAheadLog } from '@veche/storage'
import { writeAheadLogConformance } from '@veche/storage/conformance'
import { test } from 'uvu'

for (const { title, run } of writeAheadLogConformance) {
  test(`memory: ${title}`, async () => {
    let last: MemoryLog | undefined
    await run({
      async open() {
        last = createMemoryLog(last?.records)
        return last
      },
    })
  })
  test(`disk: ${title}`, async () => {
    const path = await mkdtemp(`${tmpdir()}/veche-log-`)
    await run({ open: () => openWriteAheadLog({ path }) })
    await rm(path, { recursive: true })
  })
}

test.run()
