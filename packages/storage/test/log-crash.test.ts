/**
 * The write-ahead log under power loss and I/O errors at every single write, fsync, rename and
 * directory fsync: what was acknowledged is replayed, whole groups only, and the log goes on.
 */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createMemoryFileSystem, type MemoryFileSystem } from '../src/memory-file-system.ts'
import { type FileLog, openWriteAheadLog } from '../src/write-ahead-log.ts'

type Step = { readonly append: readonly number[] } | { readonly rotate: readonly number[] }

/** A payload that names itself, of `bytes` bytes without zeros. */
function payloadOf(name: number, bytes: number): Uint8Array {
  const payload = new Uint8Array(Math.max(4, bytes)).fill(1 + (name % 250))
  new DataView(payload.buffer).setUint32(0, name + 1)
  return payload
}

interface Trace {
  /** payload names that an append or rotation promised to keep */
  acknowledged: number[]
  /** the same with the operation under way */
  attempted: number[]
  /** what replay would give if the attempted rotation went through */
  rotated: number[] | undefined
}

/** Runs the script until the disk fails; says what was promised. */
async function runScript(log: FileLog, script: readonly Step[], base: number): Promise<Trace> {
  const trace: Trace = { acknowledged: [], attempted: [], rotated: undefined }
  let name = base
  for (const step of script) {
    const sizes = 'append' in step ? step.append : step.rotate
    const names = sizes.map(() => name++)
    const payloads = sizes.map((bytes, i) => payloadOf(names[i] as number, bytes))
    trace.rotated = 'rotate' in step ? names : undefined
    trace.attempted = [...trace.acknowledged, ...names]
    try {
      await ('append' in step ? log.append(payloads) : log.rotate(payloads))
    } catch (error) {
      assert.is((error as { code?: string }).code, 'LOG_IO')
      return trace
    }
    trace.acknowledged = 'append' in step ? trace.attempted : names
  }
  trace.attempted = trace.acknowledged
  trace.rotated = undefined
  return trace
}

function namesOf(log: FileLog): number[] {
  return log.replayed.map((payload) => {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
    const name = view.getUint32(0) - 1
    assert.equal(payload, payloadOf(name, payload.length), 'a payload is whole')
    return name
  })
}

function isOneOf(
  got: readonly number[],
  allowed: readonly (readonly number[] | undefined)[],
): void {
  const texts = allowed.filter((names) => names !== undefined).map((names) => names.join())
  assert.ok(texts.includes(got.join()), `replayed [${got}], allowed [${texts.join('] [')}]`)
}

function allowedAfter(trace: Trace): (readonly number[] | undefined)[] {
  const appended = trace.rotated === undefined ? trace.attempted : undefined
  return [trace.acknowledged, appended, trace.rotated]
}

const SCRIPT: readonly Step[] = [
  { append: [10] },
  { append: [100, 600, 3] },
  { append: [5_000] },
  { rotate: [40, 900] },
  { append: [1, 700, 700, 700] },
  { rotate: [] },
  { append: [20] },
  { rotate: [30] },
]

async function openOn(fileSystem: MemoryFileSystem): Promise<FileLog> {
  return openWriteAheadLog({ path: '/log', fileSystem })
}

/** Crashes at operation `at` with seeded choices, reopens, and goes on. */
async function crashAt(at: number, seed: number, script: readonly Step[]): Promise<boolean> {
  const fileSystem = createMemoryFileSystem()
  fileSystem.failFrom(at)
  let trace: Trace = { acknowledged: [], attempted: [], rotated: undefined }
  try {
    trace = await runScript(await openOn(fileSystem), script, 0)
  } catch (error) {
    assert.is((error as { code?: string }).code, 'LOG_IO')
  }
  const finished = fileSystem.operations <= at
  let state = seed
  const choice = (): boolean => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return seed === 0 ? false : seed === 1 ? true : state >= 0x8000_0000
  }
  const survivor = fileSystem.crash(choice)
  const log = await openOn(survivor)
  const replayed = namesOf(log)
  isOneOf(replayed, allowedAfter(trace))
  await log.append([payloadOf(99_999, 50)])
  await log.close()
  // everything after the reopening is durable: another loss takes nothing
  assert.equal(namesOf(await openOn(survivor.crash(() => false))), [...replayed, 99_999])
  return finished
}

test('a power loss at any operation keeps what was acknowledged, and whole groups only', async () => {
  let at = 0
  let crashes = 0
  for (let finished = false; !finished; at++)
    for (let seed = 0; seed < 24; seed++) {
      finished = await crashAt(at, seed, SCRIPT)
      crashes++
    }
  assert.ok(at > 30, `every operation crashed once, got ${at}`)
  console.log(`${crashes} crashes at ${at} operations`)
})

test('random scripts survive a power loss anywhere', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 0, maxLength: 5 })
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ append: sizes }) },
    { weight: 1, arbitrary: fc.record({ rotate: sizes }) },
  )
  const scripts = fc.array(step, { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(
      scripts,
      fc.nat(60),
      fc.integer({ min: 2, max: 2 ** 31 }),
      async (s, at, seed) => {
        await crashAt(at, seed, s)
      },
    ),
    { numRuns: 300 },
  )
})

test('an I/O error is final, and a log reopened on the same machine is durable', async () => {
  for (let at = 0; ; at++) {
    const fileSystem = createMemoryFileSystem()
    fileSystem.failOnce(at)
    let trace: Trace = { acknowledged: [], attempted: [], rotated: undefined }
    try {
      const log = await openOn(fileSystem)
      trace = await runScript(log, SCRIPT, 0)
      if (fileSystem.operations <= at) break
      const failed = await log.append([payloadOf(1, 10)]).catch((error) => error.code)
      assert.is(failed, 'LOG_IO', `operation ${at}`)
    } catch (error) {
      assert.is((error as { code?: string }).code, 'LOG_IO')
    }
    isOneOf(namesOf(await openOn(fileSystem.crash(() => false))), allowedAfter(trace))
    const replayed = namesOf(await openOn(fileSystem))
    isOneOf(replayed, allowedAfter(trace))
    assert.equal(namesOf(await openOn(fileSystem.crash(() => false))), replayed)
  }
})

test('appends waiting for an fsync share the next one', async () => {
  const fileSystem = createMemoryFileSystem()
  const log = await openOn(fileSystem)
  const before = fileSystem.operations
  await Promise.all(Array.from({ length: 50 }, (_, i) => log.append([payloadOf(i, 20)])))
  assert.is(fileSystem.operations - before, 2, 'one write and one fsync')
  assert.equal(namesOf(await openOn(fileSystem.crash(() => false))).length, 50)
})

test.run()
