/**
 * `npm run bench:flood -- [--seconds 60] [--smoke] [--variant stranger|validator|both]
 * [--rate 30]`: a real network of four validators and an observer under a steady load, and one
 * hostile peer that floods it. Prints a line for each variant: heights a second before and during,
 * memory of every node, what was sent and who was banned. Fails when heights stop, a transaction is
 * lost or memory grows; `--smoke` takes less than a minute and does not judge memory.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { decodeNodeKey, nodeKeyToPeerId } from '@veche/network'
import { type City, type FinalityWatcher, openCity, watchFinality } from '@veche/node'
import { VecheError } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { loadAtRate, signIssues } from '../network/load.ts'
import { describeLoad, round, sampleProcesses, toLine } from '../network/report.ts'
import type { AttackPlan, AttackReport } from './attacker.ts'
import { type MemoryParts, memoryOf } from './memory.ts'
import type { Target } from './sockets.ts'

const VALIDATORS = 4
/** heights during the flood over heights before: below this the flood has won */
const SHARE_MIN = 0.5
/** MiB that a node may grow by */
const GROWTH_MAX_MIB = 50
/** memory stands when no node grew by more in a stretch of load */
const SETTLED_MIB = 5
const SETTLE_STRETCHES_MAX = 8
/** a smoke run looks whether the flood is survived; memory stands only after minutes */
const SMOKE = { seconds: 10, stretches: 2 } as const

interface Bench {
  readonly city: City
  readonly watcher: FinalityWatcher
  readonly nonces: number[]
  readonly rate: number
  readonly seconds: number
  readonly isSmoke: boolean
}

interface Address {
  readonly dial: string
  readonly socket: Target
}

async function addressOf(city: City, name: string): Promise<Address> {
  const directory = join(city.dataDir, name)
  const config = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as {
    p2p: { listen: string[] }
  }
  const listen = config.p2p.listen[0] ?? ''
  const peerId = await nodeKeyToPeerId(
    decodeNodeKey(readFileSync(join(directory, 'node.key'), 'utf8').trim()),
  )
  const port = Number(/\/tcp\/(\d+)/.exec(listen)?.[1])
  return { dial: `${listen}/p2p/${peerId}`, socket: { host: '127.0.0.1', port } }
}

interface Stretch {
  readonly load: Readonly<Record<string, unknown>>
  readonly failed: number
  readonly heightsPerSecond: number
  /** highest of each process, MiB */
  readonly peakMiB: ReadonlyMap<string, number>
}

/** Loads the network for so long and watches heights and memory. */
async function stretch(bench: Bench, seconds: number): Promise<Stretch> {
  const { city, watcher, nonces, rate } = bench
  const { chainId, schema, issuers } = city.files
  const count = Math.round(rate * seconds)
  const calls = await signIssues(issuers, { chainId, schema, nonces, count })
  const peaks = new Map<string, number>()
  const sample = (): void => {
    for (const { name, rssMiB } of sampleProcesses(running(city)))
      peaks.set(name, Math.max(peaks.get(name) ?? 0, rssMiB))
  }
  const timer = setInterval(sample, 500)
  const first = (await city.head()).number
  const load = await loadAtRate(watcher, calls, rate)
  const last = (await city.head()).number
  clearInterval(timer)
  sample()
  const { failed } = load
  const heightsPerSecond = (last - first) / load.seconds
  return { load: describeLoad(load), failed, heightsPerSecond, peakMiB: peaks }
}

const ended = new Set<string>()
const running = (city: City): City['processes'] =>
  city.processes.filter(({ name }) => !ended.has(name))

function startAttacker(plan: AttackPlan): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'attacker.ts')
  const child = fork(script, [JSON.stringify(plan)], { stdio: ['ignore', 'ignore', 2, 'ipc'] })
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child))
    child.once('exit', (code) =>
      reject(new VecheError('BENCH_FAILED', `the attacker ended with ${code}`)),
    )
  })
}

async function stopAttacker(child: ChildProcess): Promise<AttackReport> {
  const report = new Promise<AttackReport>((resolve, reject) => {
    child.once('message', (message) => resolve(message as AttackReport))
    child.once('exit', () => reject(new VecheError('BENCH_FAILED', 'the attacker ended early')))
  })
  child.send('report')
  return report
}

/** lines of the victims' logs that say that a peer was banned */
function bansOf(city: City): number {
  return running(city).reduce((sum, { name }) => {
    const text = readFileSync(city.logFile(name), 'utf8')
    return sum + (text.match(/peer banned/g)?.length ?? 0)
  }, 0)
}

/**
 * Loads the network until its memory stands: compiled code, caches and V8's heap grow for minutes
 * after a start, and that growth is not the flood's. The last stretch is what the flood is held
 * against; it is as long as the flood, because between two full collections the heap grows anyway.
 */
async function settle(bench: Bench, seconds: number): Promise<Stretch> {
  let before = await stretch(bench, seconds)
  const most = bench.isSmoke ? SMOKE.stretches : SETTLE_STRETCHES_MAX
  for (let i = 1; i < most; i++) {
    const next = await stretch(bench, seconds)
    const grown = [...next.peakMiB].map(([node, peak]) => peak - (before.peakMiB.get(node) ?? 0))
    const growthMiB = Math.max(...grown)
    process.stderr.write(`settling: RSS +${round(growthMiB, 1)} MiB in ${seconds} s\n`)
    before = next
    if (growthMiB < SETTLED_MIB) break
  }
  return before
}

async function partsOf(city: City): Promise<Record<string, MemoryParts>> {
  const parts: Record<string, MemoryParts> = {}
  for (const { name } of running(city)) {
    const found = await memoryOf(city.dataDir, name)
    if (found !== undefined) parts[name] = found
  }
  return parts
}

async function variant(bench: Bench, name: 'stranger' | 'validator'): Promise<boolean> {
  const { city, seconds } = bench
  const names = city.files.validators
  const thief = names[VALIDATORS - 1] as string
  const isValidator = name === 'validator'
  if (isValidator) {
    // its key is the attacker's now: the others go on without it, before and during the flood
    await city.processes.find((process) => process.name === thief)?.stop()
    ended.add(thief)
  }
  const victims = await Promise.all(
    names.slice(0, VALIDATORS - 1).map((each) => addressOf(city, each)),
  )
  const before = await settle(bench, seconds)
  const bansBefore = bansOf(city)
  const attacker = await startAttacker({
    genesisFile: join(city.dataDir, 'genesis.json'),
    victims: victims.map(({ dial }) => dial),
    sockets: victims.map(({ socket }) => socket),
    ...(isValidator ? { keyDirectory: join(city.dataDir, thief) } : {}),
  })
  const partsBefore = await partsOf(city)
  const during = await stretch(bench, seconds)
  const parts = await partsOf(city)
  const report = await stopAttacker(attacker)
  const growth = [...during.peakMiB].map(([node, peak]) => ({
    node,
    fromMiB: round(before.peakMiB.get(node) ?? 0, 0),
    growthMiB: round(peak - (before.peakMiB.get(node) ?? 0), 1),
  }))
  const share = during.heightsPerSecond / before.heightsPerSecond
  const facts = {
    seconds,
    heightsPerSecond: round(during.heightsPerSecond, 2),
    heightsPerSecondBefore: round(before.heightsPerSecond, 2),
    share: round(share, 2),
    rss: growth,
    memory: { before: partsBefore, during: parts },
    bans: bansOf(city) - bansBefore,
    attack: report,
    load: during.load,
    loadBefore: before.load,
  }
  process.stdout.write(`${toLine(`flood by a ${name}`, facts)}\n`)
  const worst = Math.max(...growth.map(({ growthMiB }) => growthMiB))
  const isSmall = bench.isSmoke || worst < GROWTH_MAX_MIB
  const isHeld = share >= SHARE_MIN && isSmall && during.failed === 0
  process.stdout.write(
    `flood by a ${name}: heights at ${facts.share} of the rate before, RSS +${worst} MiB at most, ${during.failed} transactions lost, ${facts.bans} bans: ${isHeld ? 'held' : 'NOT HELD'}\n`,
  )
  return isHeld
}

const OPTIONS = {
  seconds: { type: 'string', default: '60' },
  smoke: { type: 'boolean', default: false },
  variant: { type: 'string', default: 'both' },
  rate: { type: 'string', default: '30' },
} as const

async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: OPTIONS })
  const isSmoke = values.smoke
  const seconds = isSmoke ? SMOKE.seconds : Number(values.seconds)
  const rate = Number(values.rate)
  if (!(seconds > 0 && rate > 0))
    throw new VecheError('BENCH_OPTIONS', '--seconds and --rate above 0 expected')
  await installNativeCrypto()
  const dataDir = mkdtempSync(join(tmpdir(), 'veche-flood-'))
  const say = (text: string): void => void process.stderr.write(text)
  const city = await openCity({ dataDir, validators: VALIDATORS, observers: 1, rpcPort: 0, say })
  const watcher = await watchFinality(city.wsUrl)
  try {
    await city.firstFinalBlock()
    const nonces = city.files.issuers.map(() => 0)
    const bench = { city, watcher, nonces, rate, seconds, isSmoke }
    let isHeld = true
    for (const name of ['stranger', 'validator'] as const)
      if (values.variant === name || values.variant === 'both')
        isHeld = (await variant(bench, name)) && isHeld
    return isHeld
  } finally {
    await watcher.close()
    await city.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

try {
  process.exit((await main()) ? 0 : 1)
} catch (error) {
  process.stderr.write(`bench failed: ${error instanceof Error ? error.message : error}\n`)
  process.exit(1)
}
