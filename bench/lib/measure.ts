/** Measures one case with npm `benchmark` (the customer's choice; docs/adr/0002). */
import { VecheError } from '@veche/primitives'
import Benchmark from 'benchmark'
import type { BenchCase, Size } from './case.ts'
import { valueHash } from './value-hash.ts'

export interface Measurement {
  readonly name: string
  readonly opsPerSecond: number
  /** relative margin of error at 95 %, percent */
  readonly marginPercent: number
  readonly samples: number
  /** fingerprint of the first result */
  readonly value: string
  /** operations per second over those of the baseline, when the case has one */
  readonly ratio?: number
}

/** seconds of one sample, seconds of all, samples; smoke only proves that the case runs */
const EFFORT: Readonly<Record<Size, Benchmark.Options>> = {
  smoke: { minTime: 0.001, maxTime: 0.002, minSamples: 1, initCount: 1 },
  full: { minTime: 0.05, maxTime: 2, minSamples: 8, initCount: 1 },
}

interface Deferred {
  resolve(): void
}

/** Runs the case once for its value, then as often as the size asks. Throws `BENCH_FAILED`. */
export async function measure(subject: BenchCase, size: Size): Promise<Measurement> {
  const first = await subject.run()
  if (first === undefined)
    throw new VecheError('BENCH_FAILED', `${subject.name}: a value expected, got undefined`)
  let failure: unknown
  const attempt = async (): Promise<void> => {
    try {
      await subject.run()
    } catch (cause) {
      failure = cause
    }
  }
  const deferred = (handle: Deferred): void => {
    void attempt().then(() => handle.resolve())
  }
  const bench = await new Promise<Benchmark>((resolve) => {
    const work = subject.async === true ? deferred : subject.run
    const options = { ...EFFORT[size], defer: subject.async === true, async: false }
    const created = new Benchmark(subject.name, work as () => void, options)
    created.on('complete', () => resolve(created))
    created.run()
  })
  const cause = failure ?? bench.error
  if (cause !== undefined) throw new VecheError('BENCH_FAILED', `${subject.name} failed`, { cause })
  return {
    name: subject.name,
    opsPerSecond: bench.hz,
    marginPercent: bench.stats.rme,
    samples: bench.stats.sample.length,
    value: valueHash(first),
  }
}

/** Measures cases one after the other and adds the ratios to their baselines. */
export async function measureAll(
  subjects: readonly BenchCase[],
  size: Size,
  onMeasured: (measurement: Measurement) => void,
): Promise<Measurement[]> {
  const done = new Map<string, Measurement>()
  // baselines first, so that a ratio can stand in the line of its case
  const isBaseline = (name: string): boolean => subjects.some((other) => other.baseline === name)
  const ordered = [...subjects].sort(
    (a, b) => Number(isBaseline(b.name)) - Number(isBaseline(a.name)),
  )
  for (const subject of ordered) {
    const plain = await measure(subject, size)
    const base = subject.baseline === undefined ? undefined : done.get(subject.baseline)
    const ratio = base === undefined ? {} : { ratio: plain.opsPerSecond / base.opsPerSecond }
    const measurement = { ...plain, ...ratio }
    done.set(subject.name, measurement)
    onMeasured(measurement)
  }
  return [...done.values()]
}
