/**
 * Where the CPU time of a validator goes: V8's sampling profiler over its main thread, each sample
 * given to one heading by the function on top and, where that says nothing, by who called it.
 */
import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'

export const HEADINGS = [
  'sign',
  'check',
  'hash',
  'codec',
  'machine',
  'transport',
  'log',
  'driver',
  'system',
  'gc',
  'other',
] as const
export type Heading = (typeof HEADINGS)[number]
/** share of the time that was not idle, 0 to 1 */
export type Shares = Readonly<Record<Heading, number>>

type Profile = Profiler.Profile
type ProfileNode = Profiler.ProfileNode

const BY_NAME: Readonly<Record<string, Heading | 'idle'>> = {
  '(garbage collector)': 'gc',
  '(program)': 'system',
  '(idle)': 'idle',
}

/** the first that fits; helpers that everybody calls (bytes.ts) belong to their caller */
const BY_PLACE: readonly (readonly [RegExp, Heading | 'idle'])[] = [
  [/^node:inspector/, 'idle'],
  [/^wasm:/, 'hash'],
  [/\/primitives\/src\/(?:crypto|native)\.ts$/, 'check'],
  [/\/hash-wasm\//, 'hash'],
  [/\/consensus\/src\/(?:codec|digest|record-codec)\.ts$/, 'codec'],
  [/\/primitives\/src\/(?:rlp|header|block|extra-data)\.ts$|\/rlp\/dist\//, 'codec'],
  [/\/consensus\/src\/authenticate\.ts$/, 'check'],
  [/\/consensus\/src\//, 'machine'],
  [/\/storage\/src\//, 'log'],
  [
    /\/network\/src\/|libp2p|@chainsafe|@noble\/ciphers|multiformats|uint8array|protons/,
    'transport',
  ],
  [
    /^node:(?:net|stream|internal\/stream|internal\/crypto|internal\/event|buffer|events)/,
    'transport',
  ],
  [/\/node\/src\/|\/bench\/votes\//, 'driver'],
]

function headingOf({ functionName, url }: ProfileNode['callFrame']): Heading | 'idle' | undefined {
  if (url === '') return BY_NAME[functionName]
  const isSigning = /^sign/.test(functionName) && /\/primitives\/src\//.test(url)
  return isSigning ? 'sign' : BY_PLACE.find(([place]) => place.test(url))?.[1]
}

/** The time of a profile by heading. */
export function sharesOf(profile: Profile): Shares {
  const headings = new Map<number, Heading | 'idle'>()
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  const visit = (node: ProfileNode, inherited: Heading | 'idle'): void => {
    const heading = headingOf(node.callFrame) ?? inherited
    headings.set(node.id, heading)
    for (const id of node.children ?? []) {
      const child = byId.get(id)
      if (child !== undefined) visit(child, heading)
    }
  }
  const root = profile.nodes[0]
  if (root !== undefined) visit(root, 'other')
  const times = Object.fromEntries(HEADINGS.map((heading) => [heading, 0])) as Record<
    Heading,
    number
  >
  let busy = 0
  profile.samples?.forEach((id, i) => {
    const heading = headings.get(id) ?? 'other'
    const micros = profile.timeDeltas?.[i] ?? 0
    if (heading === 'idle') return
    times[heading] += micros
    busy += micros
  })
  for (const heading of HEADINGS) times[heading] /= Math.max(1, busy)
  return times
}

/** Starts sampling this thread; the returned call ends it. */
export async function startProfile(): Promise<() => Promise<Profile>> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: 250 })
  await session.post('Profiler.start')
  return async () => {
    const { profile } = await session.post('Profiler.stop')
    session.disconnect()
    return profile
  }
}
