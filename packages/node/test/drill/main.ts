/**
 * `npm run drill [-- --smoke] [name…]`: faults on real processes in network namespaces, under load.
 * Prints a table last; exit code 1 when something did not hold.
 */
import { parseArgs } from 'node:util'
import { VecheError } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { capacity } from './capacity.ts'
import { clock } from './clock.ts'
import { disk } from './disk.ts'
import { links } from './links.ts'
import { partitions } from './partitions.ts'
import { poisonScenario } from './poison.ts'
import { processes } from './processes.ts'
import { endWithOutside, enterSandbox, isInside, whyNoSandbox } from './sandbox.ts'
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

const say = (text: string): void => void process.stdout.write(`${text}\n`)

function choose(): readonly Scenario[] {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { smoke: { type: 'boolean', default: false } },
  })
  const known = SCENARIOS.map(({ name }) => name)
  for (const name of positionals)
    if (!known.includes(name))
      throw new VecheError('DRILL_OPTIONS', `one of ${known.join(', ')} expected, got ${name}`)
  if (positionals.length > 0) return SCENARIOS.filter(({ name }) => positionals.includes(name))
  return values.smoke ? SCENARIOS.filter(({ smoke }) => smoke === true) : SCENARIOS
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : ` (${explain(error.cause)})`
  return `${error.message}${cause}`.replace(/\s+/g, ' ')
}

async function runOne(scenario: Scenario, worlds: Worlds): Promise<Row> {
  const { name, fault } = scenario
  const startedMs = performance.now()
  const seconds = (): number => (performance.now() - startedMs) / 1000
  say(`\n== ${name}: ${fault}`)
  const whyNot = scenario.whyNot?.()
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

async function drillAll(scenarios: readonly Scenario[]): Promise<number> {
  await installNativeCrypto()
  const worlds = createWorlds(say)
  const rows: Row[] = []
  try {
    for (const scenario of scenarios) rows.push(await runOne(scenario, worlds))
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
  const scenarios = choose()
  if (isInside()) {
    endWithOutside()
    setTimeout(() => {
      say(`stopped: longer than ${TOTAL_TIMEOUT_MS} ms`)
      process.exit(1)
    }, TOTAL_TIMEOUT_MS).unref()
    return drillAll(scenarios)
  }
  const refused = whyNoSandbox()
  if (refused !== undefined) {
    say(`skipped: ${refused}`)
    return 0
  }
  return enterSandbox()
}

try {
  process.exit(await main())
} catch (error) {
  process.stderr.write(`drill failed: ${explain(error)}\n`)
  process.exit(1)
}
