/**
 * The disk of one validator is full: it stops with a clear error, and goes on when there is room.
 */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './net.ts'
import type { Finding, Scenario } from './scenario.ts'
import { gain, hold, NODES, STEP_MS, topOf, VALIDATORS, type World } from './world.ts'

const FOURTH = VALIDATORS[3]
const REST = NODES.filter((name) => name !== FOURTH)
/** what the node may still write, KiB */
const ROOM_KIB = 768
/** then there is room again */
const LARGE = '512m'
const FULL_TIMEOUT_MS = 60_000
const AFTER_MS = 4 * STEP_MS

/** Moves the data of a node to a file system in memory with so little room. */
function moveToSmallDisk(data: string, mounts: string[]): void {
  const used = Number(run(['du', '-sk', data]).split('\t')[0])
  const kept = `${data}.kept`
  cpSync(data, kept, { recursive: true })
  rmSync(data, { recursive: true })
  run(['mkdir', data])
  run(['mount', '-t', 'tmpfs', '-o', `size=${used + ROOM_KIB}k`, 'none', data])
  mounts.push(data)
  cpSync(kept, data, { recursive: true })
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
  moveToSmallDisk(data, world.mounts)
  await drill.start(FOURTH)
  const startedMs = performance.now()
  const code = await exitOf(world)
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0)
  const last = drill.log(FOURTH).trimEnd().split('\n').slice(-40).join('\n')
  hold(code === 1, `exit code 1 on a full disk expected, got ${code}`)
  const said = /code=([A-Z_]+)/.exec(last)?.[1]
  hold(said === 'LOG_IO' || said === 'DATABASE_IO', `LOG_IO or DATABASE_IO expected, got ${said}`)
  hold((await gain(world, REST, AFTER_MS)) > 0, 'three go on')
  run(['mount', '-o', `remount,size=${LARGE}`, data])
  await drill.start(FOURTH)
  await drill.reaches(FOURTH, await topOf(drill, REST))
  return {
    checked: [`stops with ${said}`, 'three go on', 'with room it starts and catches up'],
    figures: { 'full after': `${seconds} s` },
  }
}

export const disk: Scenario = {
  name: 'disk',
  fault: `the data directory of one validator has ${ROOM_KIB} KiB left`,
  run: fillDisk,
}
