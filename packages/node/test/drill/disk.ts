/**
 * The disk of one validator is full: it stops with a clear error, and goes on when there is room.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './net.ts'
import type { Finding, Scenario } from './scenario.ts'
import { gain, hold, NODES, STEP_MS, topOf, VALIDATORS, type World } from './world.ts'

const FOURTH = VALIDATORS[3]
const REST = NODES.filter((name) => name !== FOURTH)
/** of the small file system, beside what the node has already written, KiB */
const SPARE_KIB = 64 * 1024
/** what the node may still write when somebody else has filled the disk, KiB */
const ROOM_KIB = 256
const BALLAST = 'ballast'
const FULL_TIMEOUT_MS = 60_000
const AFTER_MS = 4 * STEP_MS

/** Moves the data of a node to a small file system in memory. */
function moveToSmallDisk(data: string, mounts: string[]): void {
  const used = Number(run(['du', '-sk', data]).split('\t')[0])
  const kept = `${data}.kept`
  cpSync(data, kept, { recursive: true })
  rmSync(data, { recursive: true })
  run(['mkdir', data])
  run(['mount', '-t', 'tmpfs', '-o', `size=${used + SPARE_KIB}k`, 'none', data])
  mounts.push(data)
  // an interrupted drill leaves none; first, because who removes the files comes after
  process.prependOnceListener('exit', () => void spawnSync('umount', ['-l', data]))
  cpSync(kept, data, { recursive: true })
}

/** Fills the file system but for so much. */
function fill(data: string): void {
  const { bavail, bsize } = statfsSync(data)
  const bytes = bavail * bsize - ROOM_KIB * 1024
  run(['fallocate', '-l', `${bytes}`, join(data, BALLAST)])
}

async function exitOf(world: World): Promise<number> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<number>((resolve) => {
    timer = setTimeout(() => resolve(Number.NaN), FULL_TIMEOUT_MS)
  })
  return Promise.race([world.drill.exited(FOURTH), late]).finally(() => clearTimeout(timer))
}

async function fillDisk(world: World): Promise<Finding> {
  const { drill } = world
  const data = join(drill.dir, FOURTH, 'data')
  await drill.stop(FOURTH)
  const before = drill.log(FOURTH).length
  moveToSmallDisk(data, world.mounts)
  await drill.start(FOURTH)
  fill(data)
  const startedMs = performance.now()
  const code = await exitOf(world)
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0)
  hold(code === 1, `exit code 1 on a full disk expected, got ${code}`)
  const [said] = /\b(?:LOG_IO|DATABASE_IO)\b/.exec(drill.log(FOURTH).slice(before)) ?? []
  hold(said !== undefined, 'LOG_IO or DATABASE_IO expected in the log')
  hold((await gain(world, REST, AFTER_MS)) > 0, 'three go on')
  rmSync(join(data, BALLAST))
  await drill.start(FOURTH)
  await drill.reaches(FOURTH, await topOf(drill, REST))
  return {
    checked: [`stops with ${said}`, 'three go on', 'with room it starts and catches up'],
    figures: { 'stops after': `${seconds} s` },
  }
}

export const disk: Scenario = {
  name: 'disk',
  needs: 'mounts',
  fault: `the data directory of one validator has ${ROOM_KIB} KiB left`,
  run: fillDisk,
}
