/** One process for one directory; the kernel forgets the lock with the process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { openDataDirectory } from '@veche/storage'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const HOLDER = `
  const { openDataDirectory } = await import(process.argv[1])
  await openDataDirectory(process.argv[2])
  console.log('held')
  setInterval(() => undefined, 1000)
`

async function temporary(): Promise<string> {
  return mkdtemp(`${tmpdir()}/veche-data-`)
}

async function codeOf(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => 'fine',
    (error) => error.code,
  )
}

test('the layout is created, keys readable by the owner only', async () => {
  const root = await temporary()
  const directory = await openDataDirectory(`${root}/a/b`)
  assert.equal((await readdir(directory.path)).sort(), ['chain', 'keys', 'lock', 'log'])
  assert.is((await stat(directory.keysPath)).mode & 0o777, 0o700)
  await directory.release()
  await rm(root, { recursive: true })
})

test('a released directory opens again, a held one is refused in the same process', async () => {
  const path = await temporary()
  const first = await openDataDirectory(path)
  assert.is(await codeOf(openDataDirectory(path)), 'DATA_DIR_LOCKED')
  await first.release()
  const second = await openDataDirectory(path)
  await second.release()
  await rm(path, { recursive: true })
})

test('a second process is refused with the holder named, and SIGKILL frees the directory', async () => {
  const path = await temporary()
  const door = import.meta.resolve('@veche/storage')
  const child = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, door, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const refused = await openDataDirectory(path).catch((error) => error)
  assert.is(refused.code, 'DATA_DIR_LOCKED')
  assert.is(refused.facts.holder, String(child.pid))
  assert.ok(refused.message.includes(path))
  child.kill('SIGKILL')
  await once(child, 'exit')
  await (await openDataDirectory(path)).release()
  await rm(path, { recursive: true })
})

test('a place that is no directory is refused', async () => {
  const root = await temporary()
  await writeFile(`${root}/file`, 'x')
  assert.is(await codeOf(openDataDirectory(`${root}/file`)), 'DATA_DIR_UNUSABLE')
  assert.is(await codeOf(openDataDirectory(`${root}/file/below`)), 'DATA_DIR_UNUSABLE')
  await rm(root, { recursive: true })
})

test.run()
