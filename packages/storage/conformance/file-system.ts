/** What every `FileSystem` does, the disk and the twin that forgets. */
import * as assert from 'uvu/assert'
import type { FileSystem } from '../src/index.ts'

/** A file system and an empty directory in it. */
export type FileSystemFactory = () => Promise<{ fileSystem: FileSystem; directory: string }>

interface Case {
  readonly title: string
  run(open: FileSystemFactory): Promise<void>
}

const one = Uint8Array.of(1, 2, 3)
const two = new Uint8Array(200_000).fill(9)

export const fileSystemConformance: readonly Case[] = [
  {
    title: 'appended bytes are read back in order',
    async run(open) {
      const { fileSystem, directory } = await open()
      const file = await fileSystem.create(`${directory}/a`)
      await file.append(one)
      await file.append(two)
      await file.append(new Uint8Array(0))
      await file.sync()
      await file.close()
      const content = await fileSystem.read(`${directory}/a`)
      assert.equal(content, Uint8Array.from([...one, ...two]))
    },
  },
  {
    title: 'creating a file that is there empties it',
    async run(open) {
      const { fileSystem, directory } = await open()
      for (const bytes of [two, one]) {
        const file = await fileSystem.create(`${directory}/a`)
        await file.append(bytes)
        await file.close()
      }
      assert.equal(await fileSystem.read(`${directory}/a`), one)
    },
  },
  {
    title: 'a rename replaces the target, and an open file keeps its content under the new name',
    async run(open) {
      const { fileSystem, directory } = await open()
      const old = await fileSystem.create(`${directory}/a`)
      await old.append(two)
      const file = await fileSystem.create(`${directory}/b`)
      await file.append(one)
      await fileSystem.rename(`${directory}/b`, `${directory}/a`)
      await fileSystem.syncDirectory(directory)
      await file.append(one)
      await file.sync()
      assert.equal(await fileSystem.read(`${directory}/a`), Uint8Array.from([...one, ...one]))
      assert.is(await fileSystem.read(`${directory}/b`), undefined)
      await file.close()
      await old.close()
    },
  },
  {
    title: 'what is missing reads as undefined and is removed without complaint',
    async run(open) {
      const { fileSystem, directory } = await open()
      assert.is(await fileSystem.read(`${directory}/a`), undefined)
      await fileSystem.remove(`${directory}/a`)
      await (await fileSystem.create(`${directory}/a`)).close()
      assert.equal(await fileSystem.read(`${directory}/a`), new Uint8Array(0))
      await fileSystem.remove(`${directory}/a`)
      assert.is(await fileSystem.read(`${directory}/a`), undefined)
      await fileSystem.makeDirectory(directory)
    },
  },
]
