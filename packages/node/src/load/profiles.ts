/** Every workload by name; each is loaded when it is asked for. A service adds its line. */
import { VecheError } from '@veche/primitives'
import type { LoadProfile } from './profile.ts'

const PROFILES: Readonly<Record<string, () => Promise<LoadProfile>>> = {
  fairs: async () => (await import('./fairs.ts')).fairsProfile,
  titles: async () => (await import('./titles.ts')).titlesProfile,
  documents: async () => (await import('./documents.ts')).documentsProfile,
  points: async () => (await import('./points.ts')).pointsProfile,
  administration: async () => (await import('./administration.ts')).administrationProfile,
}

/** All the others at once. */
async function cityDay(): Promise<LoadProfile> {
  const { createCityDay } = await import('./city-day.ts')
  return createCityDay(await Promise.all(Object.values(PROFILES).map((load) => load())))
}

/** Names in the order of `--help`. */
export const PROFILE_NAMES: readonly string[] = [...Object.keys(PROFILES), 'city-day']

/** Throws `USAGE` with the names there are. */
export async function loadProfile(name: string): Promise<LoadProfile> {
  if (name === 'city-day') return cityDay()
  const load = Object.hasOwn(PROFILES, name) ? PROFILES[name] : undefined
  if (load !== undefined) return load()
  const names = PROFILE_NAMES.join(', ')
  throw new VecheError('USAGE', `a profile (${names}) expected, got ${name}`)
}
