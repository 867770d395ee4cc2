/** What a bench module exports, and how modules are found. See STYLE.md, "Benches". */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { VecheError } from '@veche/primitives'

/** `smoke` runs in `npm test`, so that benches cannot rot; `full` is measured. */
export type Size = 'smoke' | 'full'
export const SIZES: readonly Size[] = ['smoke', 'full']

export interface BenchCase {
  /** `package/subject parameter=value` */
  readonly name: string
  /** the work; its value is hashed and printed, so nothing can be optimised away unseen */
  readonly run: () => unknown
  /** whether `run` returns a promise */
  readonly async?: boolean
  /** name of a case of the same module; the report prints the ratio to it */
  readonly baseline?: string
}

export interface BenchModule {
  readonly name: string
  cases(size: Size): readonly BenchCase[] | Promise<readonly BenchCase[]>
  close?(): Promise<void>
}

const MICRO = join(import.meta.dirname, '..', 'micro')

function isModule(value: unknown): value is BenchModule {
  const module = value as Partial<BenchModule>
  return typeof module.name === 'string' && typeof module.cases === 'function'
}

/** The modules of a folder in order of their file names. Throws `BENCH_MALFORMED`. */
export async function loadModules(folder = MICRO): Promise<BenchModule[]> {
  const modules: BenchModule[] = []
  for (const file of globSync('*.bench.ts', { cwd: folder }).sort()) {
    const module: unknown = await import(join(folder, file))
    if (!isModule(module))
      throw new VecheError('BENCH_MALFORMED', `${file}: exports name and cases expected`)
    modules.push(module)
  }
  return modules
}

/** The cases of a module whose names contain `filter`, with the baselines they are compared to. */
export async function selectCases(
  module: BenchModule,
  size: Size,
  filter = '',
): Promise<readonly BenchCase[]> {
  const all = await module.cases(size)
  const chosen = all.filter(({ name }) => name.includes(filter))
  const wanted = new Set(chosen.flatMap(({ name, baseline }) => [name, baseline ?? name]))
  for (const { name, baseline } of chosen)
    if (baseline !== undefined && !all.some((other) => other.name === baseline))
      throw new VecheError('BENCH_MALFORMED', `${name}: baseline ${baseline} is no case`)
  return all.filter(({ name }) => wanted.has(name))
}
