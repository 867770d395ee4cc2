/**
 * `veche load city-day`: all services at once on one network, in the shares of services.md (15
 * documents, 10 points, 8 fairs, 5 titles, 2 administration; its polls are not built, so the rest
 * is scaled up), from a trickle to as much as the network takes. Every part brings its own check.
 */
import type { LoadCheck, LoadContext, LoadOutcome, LoadProfile } from './profile.ts'

/** of what a city does in a day, in records */
export const CITY_DAY_SHARES: Readonly<Record<string, number>> = {
  documents: 15,
  points: 10,
  fairs: 8,
  titles: 5,
  administration: 2,
}

/** transactions in flight at once, step by step; the last one stays */
const RAMP = [8, 16, 32, 64, 128, 256] as const
const RAMP_STEP_MS = 5_000
/** five profiles at once on one network, the first seconds of them throttled */
const SHARED_PACE = 4

interface RampStep {
  readonly inFlight: number
  readonly seconds: number
  readonly transactionsPerSecond: number
}

interface Part {
  readonly profile: LoadProfile
  readonly count: number
}

function planParts(profiles: readonly LoadProfile[], count: number): Part[] {
  const shareOf = ({ name }: LoadProfile): number => CITY_DAY_SHARES[name] ?? 0
  const all = profiles.reduce((sum, profile) => sum + shareOf(profile), 0)
  return profiles.map((profile) => ({
    profile,
    count: Math.max(1, Math.round((count * shareOf(profile)) / all)),
  }))
}

/** Raises the bound until `ended`; what each step measured. */
async function ramp(context: LoadContext, ended: Promise<unknown>): Promise<RampStep[]> {
  const steps: RampStep[] = []
  let isOver = false
  const over = ended.then(
    () => {
      isOver = true
    },
    () => {
      isOver = true
    },
  )
  for (const [i, inFlight] of RAMP.entries()) {
    if (isOver) break
    context.allow(inFlight)
    const [startMs, before] = [performance.now(), context.totals.transactions]
    const isLast = i === RAMP.length - 1
    let timer: NodeJS.Timeout | undefined
    const pause = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, RAMP_STEP_MS)
    })
    await (isLast ? over : Promise.race([over, pause]))
    clearTimeout(timer)
    const seconds = (performance.now() - startMs) / 1_000
    const rate = (context.totals.transactions - before) / seconds
    steps.push({
      inFlight,
      seconds: Number(seconds.toFixed(1)),
      transactionsPerSecond: Number(rate.toFixed(1)),
    })
  }
  return steps
}

function runPart(context: LoadContext, { profile, count }: Part) {
  let transactions = 0
  const counted: LoadContext = {
    ...context,
    count,
    pace: context.pace * SHARED_PACE,
    random: context.random.fork(profile.name),
    send: (signer, call) => {
      transactions++
      return context.send(signer, call)
    },
    must: (signer, call) => {
      transactions++
      return context.must(signer, call)
    },
  }
  return profile.run(counted).then((outcome) => ({ profile, count, transactions, outcome }))
}

function joinChecks(parts: readonly (readonly [name: string, check: LoadCheck])[]): LoadCheck {
  return {
    compared: Object.fromEntries(
      parts.flatMap(([name, { compared }]) =>
        Object.entries(compared).map(([kind, number]) => [`${name}: ${kind}`, number]),
      ),
    ),
    differences: parts.flatMap(([name, { compared, differences }]) => {
      const isNone = Object.values(compared).every((number) => number === 0)
      const nothing = isNone ? [`${name}: nothing was compared`] : []
      return [...nothing, ...differences.map((text) => `${name}: ${text}`)]
    }),
  }
}

async function run(profiles: readonly LoadProfile[], context: LoadContext): Promise<LoadOutcome> {
  context.allow(RAMP[0])
  const running = Promise.all(
    planParts(profiles, context.count).map((part) => runPart(context, part)),
  )
  const [done, steps] = await Promise.all([running, ramp(context, running)])
  const sent = done.reduce((sum, { transactions }) => sum + transactions, 0)
  const parts = done.map(({ profile, count, transactions, outcome }) => {
    const share = Number(((100 * transactions) / sent).toFixed(1))
    const told = { count, unit: profile.unit, transactions, transactionsPercent: share }
    return [profile.name, { ...told, facts: outcome.facts }] as const
  })
  return {
    facts: { parts: Object.fromEntries(parts), ramp: steps },
    check: joinChecks(done.map(({ profile, outcome }) => [profile.name, outcome.check])),
  }
}

/** The profile `city-day` over the services' own profiles; others are left out. */
export function createCityDay(all: readonly LoadProfile[]): LoadProfile {
  const profiles = all.filter(({ name }) => Object.hasOwn(CITY_DAY_SHARES, name))
  return {
    name: 'city-day',
    description: 'all services at once, from a trickle to saturation',
    unit: 'records',
    countDefault: 4_000,
    network: Object.assign({}, ...profiles.map(({ network }) => network)),
    run: (context) => run(profiles, context),
  }
}
