/**
 * Real processes under SIGKILL in the middle of commits, appends and rotations: nothing
 * acknowledged is lost.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { openChainStore, openDataDirectory, openWriteAheadLog } from '@veche/storage'
import { makeGenesis, testAddress, testHash } from '@veche/storage/conformance'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const WRITER = new URL('support/writer.ts', import.meta.url).pathname
const KILLS = 20

interface Said {
  readonly lines: number
  block: number
  log: number
  open: readonly number[]
}

/** Runs the writer until it has said `lines` lines, and kills it at once. */
async function runAndKill(path: string, lines: number): Promise<Said> {
  const child = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
    if (output.split('\n').length > lines) child.kill('SIGKILL')
  })
  const [, signal] = await once(child, 'close')
  assert.is(signal, 'SIGKILL', `the writer ends only by the kill:\n${output}`)
  const said: Said = { lines, block: 0, log: 0, open: [] }
  for (const line of output.split('\n').slice(0, -1)) {
    const [what, ...numbers] = line.split(' ')
    if (what === 'block') said.block = Number(numbers[0])
    if (what === 'log') said.log = Number(numbers[0])
    if (what === 'open') said.open = numbers.map(Number)
  }
  return said
}

test(`${KILLS} kills lose no acknowledged block and no acknowledged record`, async () => {
  const path = await mkdtemp(`${tmpdir()}/veche-kill-`)
  let block = 0
  let record = 0
  for (let i = 0; i < KILLS; i++) {
    const said = await runAndKill(path, 2 + ((i * 7) % 23))
    const [openedAt, , next] = said.open as [number, number, number]
    assert.ok(openedAt >= block, `block ${block} was acknowledged, opened at ${openedAt}`)
    assert.ok(next > record, `record ${record} was acknowledged, opened at ${next - 1}`)
    block = Math.max(said.block, openedAt)
    record = Math.max(said.log, next - 1)
  }
  const directory = await openDataDirectory(path)
  const log = await openWriteAheadLog({ path: directory.logPath })
  const numbers = log.replayed.map((payload) => {
    assert.is(payload[payload.length - 1], payload[5], 'a record is whole')
    return new DataView(payload.buffer, payload.byteOffset).getUint32(0)
  })
  numbers.forEach((number, i) => {
    if (i > 0) assert.is(number, (numbers[i - 1] as number) + 1, 'records are in order')
  })
  assert.ok((numbers.at(-1) as number) >= record)
  const store = await openChainStore({ path: directory.chainPath, genesis: makeGenesis(11) })
  const { number } = store.head()
  assert.ok(number >= block && number > KILLS, `${number} blocks`)
  assert.is(store.receipts(number)?.length, 20)
  const slot = store.slot(testAddress('counter'), testHash('slot'))
  assert.equal(slot, Uint8Array.of(1, (number >> 8) & 255, number & 255))
  console.log(`${KILLS} kills, ${number} blocks, ${numbers.at(-1)} records`)
  await store.close()
  await log.close()
  await directory.release()
  await rm(path, { recursive: true })
})

test.run()
