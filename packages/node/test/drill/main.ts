/**
 * `npm run drill [-- --smoke] [--ground namespaces|filter|plain] [name…]`: faults on real
 * processes, under load. Prints a table last; exit code 1 when something did not hold.
 */
import { parseArgs } from 'node:util'
import { VecheError } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { capacity } from './capacity.ts'
import { clock } from './clock.ts'
import { disk } from './disk.ts'
import { findGround, type Ground, type GroundName, readGround } from './ground.ts'
import { links } from './links.ts'
import { partitions } from './partitions.ts'
import { poisonScenario } from './poison.ts'
import { processes } from './processes.ts'
import { endWithOutside, enterSandbox, isInside } from './sandbox.ts'
import { type Row, type Scenario, toTable } from './scenario.ts'
import { upgrade } from './upgrade.ts'
import { createWorlds, holdSound, NODES, topOf, type Worlds } from './world.ts'

const SCENARIOS: readonly Scenario[] = [
  ...partitions,
  ...links,
  ...processes,
  clock,
  poisonScenario,
  capacity,
  disk,
  upgrade,
]
/** everything, whatever hangs */
const TOTAL_TIMEOUT_MS = 900_000

/** without a sandbox, nodes and rules are taken away when this process exits */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const say = (text: string): void => void process.stdout.write(`${text}\n`)

interface Choice {
  readonly scenarios: readonly Scenario[]
  readonly ground: GroundName | undefined
}

function choose(): Choice {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { smoke: { type: 'boolean', default: false }, ground: { type: 'string' } },
  })
  return {
    scenarios: chooseScenarios(values.smoke, positionals),
    ground: readGround(values.ground),
  }
}

function chooseScenarios(smoke: boolean, positionals: readonly string[]): readonly Scenario[] {
  const known = SCENARIOS.map(({ name }) => name)
  for (const name of positionals)
    if (!known.includes(name))
      throw new VecheError('DRILL_OPTIONS', `one of ${known.join(', ')} expected, got ${name}`)
  if (positionals.length > 0) return SCENARIOS.filter(({ name }) => positionals.includes(name))
  return smoke ? SCENARIOS.filter(({ smoke }) => smoke === true) : SCENARIOS
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : ` (${explain(error.cause)})`
  return `${error.message}${cause}`.replace(/\s+/g, ' ')
}

interface Course {
  readonly ground: Ground
  readonly worlds: Worlds
}

async function runOne(scenario: Scenario, { ground, worlds }: Course): Promise<Row> {
  const { name, fault, needs } = scenario
  const startedMs = performance.now()
  const seconds = (): number => (performance.now() - startedMs) / 1000
  say(`\n== ${name}: ${fault}`)
  const lacking = needs === undefined ? undefined : ground.lacks(needs)
  const whyNot = lacking ?? scenario.whyNot?.()
  if (whyNot !== undefined) {
    say(`skipped: ${whyNot}`)
    return { name, fault, outcome: 'skipped', seconds: 0, reason: whyNot }
  }
  try {
    const world = await worlds.get()
    const since = await topOf(world.drill, NODES)
    const finding = await scenario.run(world)
    await holdSound(world, since)
    const checked = [...finding.checked, 'no fork', 'everything sent is final']
    say(`   ok: ${checked.join('; ')}`)
    return { name, fault, outcome: 'ok', seconds: seconds(), finding: { ...finding, checked } }
  } catch (error) {
    const reason = explain(error)
    say(`   FAILED: ${reason}`)
    worlds.tellLogs()
    await worlds.drop()
    return { name, fault, outcome: 'FAILED', seconds: seconds(), reason }
  }
}

async function drillAll(scenarios: readonly Scenario[], ground: Ground): Promise<number> {
  await installNativeCrypto()
  say(`ground: ${ground.said}`)
  const worlds = createWorlds(ground.createNet, say)
  const rows: Row[] = []
  try {
    for (const scenario of scenarios) rows.push(await runOne(scenario, { ground, worlds }))
  } finally {
    await worlds.drop()
  }
  say(`\n${toTable(rows)}`)
  const failed = rows.filter(({ outcome }) => outcome === 'FAILED')
  const skipped = rows.filter(({ outcome }) => outcome === 'skipped')
  const held = rows.length - failed.length - skipped.length
  say(`${held} of ${rows.length} drills held, ${failed.length} failed, ${skipped.length} skipped`)
  return failed.length === 0 ? 0 : 1
}

async function main(): Promise<number> {
  const { scenarios, ground: asked } = choose()
  const ground = findGround(asked)
  if (asked !== undefined && ground.name !== asked)
    throw new VecheError('DRILL_GROUND', `--ground ${asked} expected, got ${ground.said}`)
  if (isInside()) endWithOutside()
  else if (ground.name === 'namespaces') return enterSandbox()
  else for (const signal of ENDING) process.once(signal, () => process.exit(130))
  setTimeout(() => {
    say(`stopped: longer than ${TOTAL_TIMEOUT_MS} ms`)
    process.exit(1)
  }, TOTAL_TIMEOUT_MS).unref()
  return drillAll(scenarios, ground)
}

try {
  process.exit(await main())
} catch (error) {
  process.stderr.write(`drill failed: ${explain(error)}\n`)
  process.exit(1)
}
