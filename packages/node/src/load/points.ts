/**
 * `veche load points`: a month of service points. The own network's points live by short years, so
 * that expiry happens on the chain's clock while the load runs. Checked by the observer's replay of
 * all events (points/reference-points.ts): every rule, every balance.
 */
import { SERVICE_POINTS_ADDRESS, servicePoints } from '@veche/contracts'
import { auditPoints, readPointsCalendar } from '../points/audit.ts'
import { runMonth } from './points-month.ts'
import { createCast, openOffices, type PointsCast } from './points-setup.ts'
import type { LoadContext, LoadProfile } from './profile.ts'

/** of the own network: points live 48 to 72 s */
const YEAR_SECONDS = 24
/** a longer year is for a calendar: expiry is not waited for */
const WAITED_YEAR_SECONDS_MAX = 60
const LIFE_YEARS = 3
const EXPIRE_AT_ONCE = 25
const GAS_OF_AN_EXPIRY = 30_000n

/** Waits until what was minted last is expired, and publishes it: nobody's balance may change. */
async function letExpire(context: LoadContext, cast: PointsCast): Promise<number> {
  const { yearSeconds } = await readPointsCalendar(context.rpcUrl)
  if (yearSeconds > WAITED_YEAR_SECONDS_MAX || context.signal.aborted) return 0
  const seconds = LIFE_YEARS * yearSeconds + 1
  context.say(`waiting ${seconds} s for the last points to expire\n`)
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
  const accounts = cast.citizens.map(({ address }) => address)
  for (let at = 0; at < accounts.length; at += EXPIRE_AT_ONCE) {
    const some = accounts.slice(at, at + EXPIRE_AT_ONCE)
    const gas = 100_000n + GAS_OF_AN_EXPIRY * BigInt(some.length)
    const data = servicePoints.encode.expire(some)
    await context.must(cast.relayer, { to: SERVICE_POINTS_ADDRESS, data, gas })
  }
  return seconds
}

/** The profile `points`. */
export const pointsProfile: LoadProfile = {
  name: 'points',
  description: 'a month of service points: minted, paid, signed for, refunded, redeemed, expired',
  unit: 'payments',
  countDefault: 3_000,
  network: { pointsYearSeconds: YEAR_SECONDS },
  async run(context) {
    const cast = createCast(context)
    await openOffices(context, cast)
    const counts = await runMonth(context, cast)
    const waitedSeconds = await letExpire(context, cast)
    const audit = await auditPoints(context.rpcUrl)
    const { differences, ...told } = audit
    const { broken, ...counted } = counts
    // what the driver saw succeed is in the events; more may stand there from an earlier load
    const missing =
      audit.payments < counts.payments
        ? [`${counts.payments} payments were final, ${audit.payments} are in the events`]
        : []
    const { accounts: balances, payments, events } = audit
    const compared = { balances, payments, events, refusals: counted.attempts, totals: 4 }
    const people = { citizens: cast.citizens.length, payees: cast.payees.length }
    const departments = cast.departments.length + 1
    return {
      facts: {
        ...{ ...people, departments, ...counted, refused: counted.attempts - broken.length },
        ...{ waitedSeconds, chain: told },
      },
      check: { compared, differences: [...differences, ...broken, ...missing] },
    }
  },
}
