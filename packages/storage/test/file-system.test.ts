/** The disk and its twin pass one suite; then what only the twin can show: forgetting. */
import { mkdir, mkdtemp, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { createMemoryFileSystem, nodeFileSystem } from '@veche/storage'
import { fileSystemConformance } from '@veche/storage/conformance'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parentsOf, writeFileDurably } from '../src/file-system.ts'

for (const { title, run } of fileSystemConformance) {
  test(`memory: ${title}`, () =>
    run(async () => ({ fileSystem: createMemoryFileSystem(), directory: '/d' })))
  test(`disk: ${title}`, () =>
    run(async () => ({
      fileSystem: nodeFileSystem,
      directory: await mkdtemp(`${tmpdir()}/veche-files-`),
    })))
}

test('the twin forgets bytes and names that were not synced', async () => {
  const disk = createMemoryFileSystem()
  const file = await disk.create('/d/a')
  await file.append(Uint8Array.of(1))
  await file.sync()
  assert.is(await disk.crash(() => false).read('/d/a'), undefined)
  await disk.syncDirectory('/d')
  await file.append(Uint8Array.of(2))
  assert.equal(await disk.crash(() => false).read('/d/a'), Uint8Array.of(1))
  assert.equal(await disk.crash(() => true).read('/d/a'), Uint8Array.of(1, 2))
})

test('every directory that got a new name is made durable, and no other', async () => {
  const base = await mkdtemp(`${tmpdir()}/veche-files-`)
  const first = await mkdir(`${base}/data/log/deep`, { recursive: true })
  assert.equal(parentsOf(`${base}/data/log/deep`, first), [
    `${base}/data/log`,
    `${base}/data`,
    base,
  ])
  const again = await mkdir(`${base}/data/log/deep`, { recursive: true })
  assert.equal(parentsOf(`${base}/data/log/deep`, again), [])
  await nodeFileSystem.makeDirectory(`${base}/other/log`)
  await nodeFileSystem.makeDirectory(`${base}/other/log`)
  assert.ok((await stat(`${base}/other/log`)).isDirectory())
})

test('a small file is replaced whole at every crash', async () => {
  const target = { directory: '/d', name: 'a' }
  for (let at = 0; at < 5; at++) {
    const disk = createMemoryFileSystem()
    await writeFileDurably(disk, target, Uint8Array.of(1, 1))
    disk.failFrom(disk.operations + at)
    const done = await writeFileDurably(disk, target, Uint8Array.of(2, 2, 2)).then(
      () => true,
      () => false,
    )
    assert.not(done, `operation ${at} fails`)
    for (const keeps of [true, false]) {
      const content = await disk.crash(() => keeps).read('/d/a')
      assert.ok(['1,1', '2,2,2'].includes(String(content)), `operation ${at}: ${content}`)
    }
  }
})

test.run()
