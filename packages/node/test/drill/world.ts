/**
 * What every drill works with: four validators and an observer, each in a place of its own, under
 * transaction load, and the questions asked of them (heads, progress, recovery, forks).
 */
import { VecheError } from '@veche/primitives'
import { assertEqualChains } from '../support/compare.ts'
import { type Drill, type OpenDrill, openDrill } from '../support/drill.ts'
import { type Load, startLoad } from '../support/load.ts'
import { pause } from '../support/until.ts'
import { type Net, run } from './net.ts'

export const VALIDATORS = ['validator-1', 'validator-2', 'validator-3', 'validator-4'] as const
export const OBSERVER = 'observer-1'
export const NODES: readonly string[] = [...VALIDATORS, OBSERVER]
/** D of the drilled chain, milliseconds */
export const STEP_MS = 1_000
/** invariant 15: after heal a decision within n + 2 windows, which are narrow here */
export const RECOVERY_STEPS_MAX: number = VALIDATORS.length + 2
/** senders of the background load; eight transactions of each are open at once */
const SENDERS = 2
const READY_TIMEOUT_MS = 90_000
const LOG_LINES = 8
const LOG_COLUMNS = 200

export interface World {
  readonly drill: OpenDrill
  readonly net: Net
  readonly load: Load
  /** nodes that are not to be asked or sent to now: stopped, or cut off too long to wait for */
  readonly silent: Set<string>
  /** file systems mounted below the nodes' directories */
  readonly mounts: string[]
  close(): Promise<void>
}

/** A check of a drill that does not hold. */
export function hold(holds: boolean, what: string): asserts holds {
  if (!holds) throw new VecheError('DRILL_CHECK', what)
}

function tellLogs(drill: Drill, say: Say): void {
  for (const name of drill.names) {
    const lines = drill
      .log(name)
      .trimEnd()
      .split('\n')
      .slice(-LOG_LINES)
      .map((line) => line.slice(0, LOG_COLUMNS))
    say([`--- ${name}`, ...lines].join('\n'))
  }
}

/** Starts all nodes and the load; resolves when transactions become final. */
export async function openWorld(net: Net, say: Say): Promise<World> {
  const drill = await openDrill(net.places === undefined ? {} : { places: net.places })
  try {
    await drill.startAll()
    const silent = new Set<string>()
    const mounts: string[] = []
    const running = (): string[] => drill.running().filter((name) => !silent.has(name))
    const load = await startLoad({ ...drill, running }, SENDERS)
    const close = async (): Promise<void> => {
      await load.abort().catch(() => undefined)
      await Promise.all(drill.running().map((name) => drill.kill(name)))
      for (const mount of mounts) run(['umount', mount])
      await drill.close()
    }
    const world = { drill, net, load, silent, mounts, close }
    await load.progress(20, READY_TIMEOUT_MS)
    return world
  } catch (error) {
    tellLogs(drill, say)
    await drill.close()
    throw error
  }
}

export type Say = (text: string) => void

/** A net and what runs in it, made when a drill needs it and made anew after a failure. */
export interface Worlds {
  get(): Promise<World>
  drop(): Promise<void>
  /** the ends of all logs, after a failure */
  tellLogs(): void
}

export function createWorlds(createNet: (names: readonly string[]) => Net, say: Say): Worlds {
  let net: Net | undefined
  let world: World | undefined
  return {
    async get() {
      net ??= createNet(NODES)
      net.heal()
      world ??= await openWorld(net, say)
      return world
    },
    async drop() {
      const gone = world
      world = undefined
      await gone?.close()
    },
    tellLogs() {
      if (world !== undefined) tellLogs(world.drill, say)
    },
  }
}

/** Highest head among nodes that answer. */
export async function topOf(drill: Drill, names: readonly string[]): Promise<number> {
  return Math.max(...(await Promise.all(names.map((name) => drill.head(name)))))
}

/** Nodes that answer now. */
export function answering({ drill, silent }: World): string[] {
  return drill.running().filter((name) => !silent.has(name))
}

/** Blocks that `names` gained while `ms` passed. */
export async function gain(world: World, names: readonly string[], ms: number): Promise<number> {
  const before = await topOf(world.drill, names)
  await pause(ms)
  return (await topOf(world.drill, names)) - before
}

/** Holds that nothing is decided for `ms`, after what was under way has had a step to arrive. */
export async function holdHalted(world: World, ms: number): Promise<void> {
  await pause(1.5 * STEP_MS)
  const names = answering(world)
  const halted = await topOf(world.drill, names)
  const end = performance.now() + ms
  while (performance.now() < end) {
    const now = await topOf(world.drill, names)
    hold(now === halted, `no block without a quorum expected after ${halted}, got ${now}`)
    await pause()
  }
}

export interface Recovery {
  /** from the heal to the first decision, in steps begun */
  readonly steps: number
  readonly ms: number
  /** from the heal until every node had that block, milliseconds */
  readonly allMs: number
}

const LOST_TIMEOUT_MS = 60_000

async function waitFor(what: string, probe: () => Promise<boolean>): Promise<number> {
  const began = performance.now()
  while (performance.now() - began < LOST_TIMEOUT_MS) {
    if (await probe()) return performance.now()
    await pause(20)
  }
  throw new VecheError('DRILL_CHECK', `${what}: not so after ${LOST_TIMEOUT_MS} ms`)
}

/** Heals by `heal`, and measures until the next decision and until all nodes have it. */
export async function recover(world: World, heal: () => Promise<void> | void): Promise<Recovery> {
  const { drill } = world
  const before = await topOf(drill, answering(world))
  const healedStep = Math.floor(Date.now() / STEP_MS)
  const healedMs = performance.now()
  await heal()
  const firstMs = await waitFor('a decision after the heal', async () => {
    return (await topOf(drill, answering(world))) > before
  })
  const steps = Math.floor(Date.now() / STEP_MS) - healedStep
  const allMs = await waitFor('every node after the heal', async () => {
    const names = answering(world)
    return (await Promise.all(names.map((name) => drill.head(name)))).every((h) => h > before)
  })
  return { steps, ms: firstMs - healedMs, allMs: allMs - healedMs }
}

/** {@link recover}, held to the bound of the protocol. */
export async function recoverInTime(
  world: World,
  heal: () => Promise<void> | void,
): Promise<Recovery> {
  const recovery = await recover(world, heal)
  hold(
    recovery.steps <= RECOVERY_STEPS_MAX,
    `a decision within ${RECOVERY_STEPS_MAX} steps of the heal expected, it took ${recovery.steps}`,
  )
  return recovery
}

const DRAIN_TIMEOUT_MS = 90_000

/** After each drill: what was sent is final, and all nodes have the same blocks since `since`. */
export async function holdSound(world: World, since: number): Promise<void> {
  const { drill, load } = world
  const open = load.sent() - load.final.length
  await load.progress(Math.max(1, open), DRAIN_TIMEOUT_MS)
  const chain = await assertEqualChains(drill, answering(world), since)
  const known = new Map(chain.map(({ number, hash }) => [number, hash]))
  for (const { blockNumber, blockHash, hash } of load.final)
    if (blockNumber >= since)
      hold(
        known.get(blockNumber) === undefined || known.get(blockNumber) === blockHash,
        `transaction ${hash} stays in block ${blockNumber}`,
      )
}
