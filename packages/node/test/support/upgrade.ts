/**
 * A rolling upgrade of a running network: each validator is stopped and started with the new fork
 * schedule, one at a time; the fork begins by its timestamp; a node that was forgotten stops. Used
 * by the end-to-end test and by `npm run drill`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { readChain } from './compare.ts'
import type { Drill } from './drill.ts'
import { type Load, openKey } from './load.ts'
import { transact } from './transact.ts'
import { pause, tell, until } from './until.ts'

/** PUSH0 CLZ POP STOP: CLZ (EIP-7939) is an opcode from Osaka on and invalid before */
const CLZ_CODE = '0x5f1e5000'
const TIMEOUT_MS = 120_000
/** the restart of one node, at most this many times what a first one took under the same load */
const RESTART_SHARE = 2.5
/** until the chain goes on after a restart */
const PROGRESS_SECONDS = 2
const SPARE_SECONDS = 6
/** under load again so long before the fork: blocks on both sides of it */
const LOADED_SECONDS = 3

export interface UpgradeOptions {
  readonly load: Load
  /** upgraded in this order */
  readonly validators: readonly string[]
  /** keeps the old schedule */
  readonly forgotten: string
  /** whose key sends the probes: `keys/<name>` */
  readonly sender: string
}

export interface Upgraded {
  /** unix seconds */
  readonly forkTime: number
  /** the first block of the fork; its parent is before it */
  readonly firstBlock: number
  /** how long each validator was away, milliseconds */
  readonly awayMs: readonly number[]
  /** what the forgotten node said last */
  readonly lastWords: string
}

/** Sets `forks.osaka` in a node's configuration file. */
function schedule(drill: Drill, name: string, osaka: number): void {
  const path = join(drill.dir, name, 'config.json')
  const config = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  writeFileSync(path, JSON.stringify({ ...config, forks: { osaka } }))
}

async function probe(drill: Drill, via: string, sender: string): Promise<string> {
  const key = await openKey(drill, 'keys', sender)
  const mined = await transact(drill.url(via), key, { data: CLZ_CODE })
  return mined.status
}

/** Stops and starts a node, with another schedule when there is a time; milliseconds away. */
async function restart(drill: Drill, name: string, forkTime?: number): Promise<number> {
  const startedMs = performance.now()
  assert.is(await drill.stop(name), 0, `${name} stops in order`)
  if (forkTime !== undefined) schedule(drill, name, forkTime)
  await drill.start(name)
  return performance.now() - startedMs
}

async function timestampOf(drill: Drill, name: string): Promise<number> {
  const block = await drill.rpc(name, 'eth_getBlockByNumber', ['latest', false])
  return Number((block as { timestamp: string }).timestamp)
}

/** Waits until the forgotten node has stopped by itself; its last words. */
async function stopsByItself(drill: Drill, name: string): Promise<string> {
  const gone = async (): Promise<boolean> => !drill.running().includes(name)
  await until(`${name} stops by itself`, gone, TIMEOUT_MS)
  const words = (): string[] =>
    drill
      .log(name)
      .split('\n')
      .filter((line) => line.includes('NODE_TOO_OLD'))
  // the end of a log is written after the end of its process
  await until(`${name} says NODE_TOO_OLD`, async () => words().length > 0, TIMEOUT_MS)
  return words().at(-1) as string
}

/** The first block at or after `forkTime`; holds that its parent is before it. */
async function findBoundary(drill: Drill, name: string, forkTime: number): Promise<number> {
  const chain = await readChain(drill.url(name), await drill.head(name))
  const first = chain.findIndex(({ timestamp }) => timestamp >= forkTime)
  assert.ok(first > 0, 'a block of the fork')
  assert.ok((chain[first - 1]?.timestamp ?? forkTime) < forkTime, 'its parent is before the fork')
  return first
}

/** Does the upgrade; throws when anything on the way does not hold. */
export async function rollingUpgrade(drill: Drill, options: UpgradeOptions): Promise<Upgraded> {
  const { load, validators, forgotten, sender } = options
  const [first] = validators as [string]
  assert.is(await probe(drill, first, sender), '0x0', 'CLZ is invalid before the fork')
  // what a restart takes on this machine, now
  const restartMs = await restart(drill, forgotten)
  const perNodeSeconds = (RESTART_SHARE * restartMs) / 1000 + PROGRESS_SECONDS
  const forkTime = Math.ceil(Date.now() / 1000 + validators.length * perNodeSeconds + SPARE_SECONDS)
  const awayMs: number[] = []
  for (const name of validators) {
    awayMs.push(await restart(drill, name, forkTime))
    await load.progress(1, TIMEOUT_MS)
  }
  assert.ok(Date.now() / 1000 < forkTime, 'all are upgraded before the fork begins')
  tell(`upgraded, away for ${awayMs.map((ms) => Math.round(ms)).join(', ')} ms`)
  assert.is(await probe(drill, first, sender), '0x0', 'CLZ is invalid before the fork')
  // nothing to see until shortly before it begins
  await load.rest(TIMEOUT_MS)
  while (Date.now() / 1000 < forkTime - LOADED_SECONDS) await pause()
  load.resume()
  while ((await timestampOf(drill, first)) < forkTime) await pause()
  await load.progress(10, TIMEOUT_MS)
  assert.is(await probe(drill, first, sender), '0x1', 'CLZ is an opcode after the fork')
  const lastWords = await stopsByItself(drill, forgotten)
  schedule(drill, forgotten, forkTime)
  await drill.start(forgotten)
  await drill.reaches(forgotten, await drill.head(first))
  return { forkTime, firstBlock: await findBoundary(drill, first, forkTime), awayMs, lastWords }
}
