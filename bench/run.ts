/**
 * `npm run bench -- [--size smoke|full] [--filter TEXT] [--json]`: the micro benches of every
 * package, one case after the other in one process. With `--json` the last line is one ndjson
 * object.
 */
import { parseArgs } from 'node:util'
import { VecheError } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { loadModules, SIZES, type Size, selectCases } from './lib/case.ts'
import { type Measurement, measureAll } from './lib/measure.ts'
import { formatMeasurement, machineOf, toNdjson } from './lib/report.ts'

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      size: { type: 'string', default: 'full' },
      filter: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
    },
  })
  const size = SIZES.find((known) => known === values.size)
  if (size === undefined)
    throw new VecheError(
      'BENCH_OPTIONS',
      `--size ${SIZES.join(' or ')} expected, got ${values.size}`,
    )
  await installNativeCrypto()
  const { commit, cpu, cores, node } = machineOf()
  print(`${size} benches of ${commit} on ${cpu}, ${cores} cores, Node ${node}`)
  const measured = await runModules(size, values.filter)
  if (measured.length === 0)
    throw new VecheError('BENCH_OPTIONS', `no case has "${values.filter}" in its name`)
  if (values.json) print(toNdjson(size, measured))
}

async function runModules(size: Size, filter: string): Promise<Measurement[]> {
  const measured: Measurement[] = []
  for (const module of await loadModules()) {
    const subjects = await selectCases(module, size, filter)
    const onMeasured = (measurement: Measurement): void => print(formatMeasurement(measurement))
    measured.push(...(await measureAll(subjects, size, onMeasured)))
    await module.close?.()
  }
  return measured
}

try {
  await main()
  // a bench may leave a database or a worker open
  process.exit(0)
} catch (error) {
  const cause = error instanceof Error && error.cause !== undefined ? ` (${error.cause})` : ''
  process.stderr.write(`bench failed: ${error instanceof Error ? error.message : error}${cause}\n`)
  process.exit(1)
}
