/** One validator's clock is wrong: a little, a lot, ahead, behind, set back; by libfaketime. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pause } from '../support/until.ts'
import type { Finding, Scenario } from './scenario.ts'
import {
  gain,
  hold,
  NODES,
  recoverInTime,
  STEP_MS,
  topOf,
  VALIDATORS,
  type World,
} from './world.ts'

const MACHINE = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
const LIBFAKETIME = `/usr/lib/${MACHINE}-linux-gnu/faketime/libfaketimeMT.so.1`
const FOURTH = VALIDATORS[3]
const REST = NODES.filter((name) => name !== FOURTH)
/** seconds; D/2 is half a second: the first two are skew that the protocol bears */
const SHIFTS = ['+0.4', '-0.4', '+20', '-20'] as const
const EACH_MS = 6_000
const AHEAD_MS = 20_000
/** libfaketime looks at its file again after a second, and a step more has it felt */
const FELT_MS = 1_000 + STEP_MS

/** Whether libfaketime is installed; without it the drill is skipped. */
export function whyNoClock(): string | undefined {
  return existsSync(LIBFAKETIME) ? undefined : 'the Debian package faketime is not installed'
}

async function shiftClock(world: World): Promise<Finding> {
  const { drill } = world
  const file = join(drill.dir, 'clock')
  const set = (shift: string): void => writeFileSync(file, `${shift}\n`)
  const fake = {
    LD_PRELOAD: LIBFAKETIME,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
  const blocks: Record<string, number> = {}
  set('+0')
  await drill.stop(FOURTH)
  await drill.start(FOURTH, fake)
  let aheadUntilMs = 0
  for (const shift of SHIFTS) {
    set(shift)
    await pause(FELT_MS)
    if (shift === '-20') aheadUntilMs = Date.now() + AHEAD_MS
    blocks[`blocks at ${shift} s`] = await gain(world, REST, EACH_MS)
    hold(
      (blocks[`blocks at ${shift} s`] ?? 0) > 0,
      `three go on while the fourth is ${shift} s off`,
    )
  }
  const lines = drill.log(FOURTH).split('\n')
  hold(
    lines.some((line) => line.includes('CLOCK_WENT_BACK')),
    'CLOCK_WENT_BACK is raised',
  )
  const recovery = await recoverInTime(world, () => set('+0'))
  await drill.stop(FOURTH)
  set('-3600')
  const refused = await drill.start(FOURTH, fake).then(
    () => 'it started',
    (error: Error) => error.message,
  )
  hold(refused.includes('a clock at or after'), `a start in the past is refused, got: ${refused}`)
  // what it signed while it was ahead stands in its log: true time has to come there (C3)
  await pause(Math.max(0, aheadUntilMs - Date.now()))
  await drill.start(FOURTH)
  await drill.reaches(FOURTH, await topOf(drill, REST))
  return {
    checked: ['three go on', 'CLOCK_WENT_BACK raised', 'a start one hour back is refused'],
    recoverySteps: recovery.steps,
    figures: blocks,
  }
}

export const clock: Scenario = {
  name: 'clock',
  fault: `one validator's clock off by ${SHIFTS.join(', ')} s, 6 steps each, then started 1 h back`,
  whyNot: whyNoClock,
  run: shiftClock,
}
