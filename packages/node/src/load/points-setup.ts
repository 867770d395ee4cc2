/**
 * The cast of a month of points and what the offices open for it: budget lines, quotas, payees,
 * each scheduled in public first.
 */
import {
  accepted,
  CITY_ACCESS_ADDRESS,
  cityAccess,
  SERVICE_POINTS_ADDRESS,
  servicePoints,
} from '@veche/contracts'
import {
  type Address,
  type Hash,
  type Hex,
  keccakHex,
  type Signer,
  utf8ToBytes,
} from '@veche/primitives'
import { waitForNotices } from '../points/notice.ts'
import type { LoadContext } from './profile.ts'

const DEPARTMENTS = 4
const PAYEES = 12
/** citizens for each hundred payments: most pay several times a month */
const CITIZENS_PER_HUNDRED = 12
const CITIZENS_MIN = 12
const GAS_OF_A_RULE = 250_000n
/** hundredths of a point, in a line and in an epoch */
const LIMIT = 10n ** 13n
const QUOTA = 10n ** 12n

/** A department with its budget line. */
export interface CastDepartment {
  readonly signer: Signer
  readonly line: Hash
}

/** A registered payee. */
export interface CastPayee {
  readonly signer: Signer
  readonly open: boolean
}

/** Everybody who acts in the month. */
export interface PointsCast {
  readonly departments: readonly CastDepartment[]
  /** may mint one point in an epoch: its quota is there to be hit */
  readonly poor: CastDepartment
  readonly payees: readonly CastPayee[]
  readonly citizens: readonly Signer[]
  /** submits what citizens sign */
  readonly relayer: Signer
}

/** A hash by name, of this load alone. */
export function loadId(context: LoadContext, name: string): Hash {
  return keccakHex(utf8ToBytes(`veche load points ${context.seed} ${name}`))
}

/** Names become keys; nothing is sent. */
export function createCast(context: LoadContext): PointsCast {
  const { count } = context
  const department = (name: string): CastDepartment => ({
    signer: context.person(`department ${name}`),
    line: loadId(context, `line ${name}`),
  })
  const citizens = Math.max(CITIZENS_MIN, Math.ceil((count * CITIZENS_PER_HUNDRED) / 100))
  const list = <T>(length: number, make: (i: number) => T): T[] =>
    Array.from({ length }, (_, i) => make(i))
  return {
    departments: list(DEPARTMENTS, (i) => department(String(i + 1))),
    poor: department('poor'),
    payees: list(PAYEES, (i) => ({ signer: context.person(`payee ${i + 1}`), open: i % 2 === 0 })),
    citizens: list(citizens, (i) => context.person(`citizen ${i + 1}`)),
    relayer: context.person('relayer'),
  }
}

async function isOpened(context: LoadContext, line: Hash): Promise<boolean> {
  const data = await context.read(SERVICE_POINTS_ADDRESS, servicePoints.encode.budgetOf(line))
  return BigInt(accepted(servicePoints.decode.budgetOf(data)).department) !== 0n
}

/** Schedules every call at once, waits for each notice, then runs them in order. */
async function underNotice(
  context: LoadContext,
  office: Signer,
  calls: readonly Hex[],
): Promise<void> {
  const target = SERVICE_POINTS_ADDRESS
  const gas = GAS_OF_A_RULE
  await Promise.all(
    calls.map((data) => {
      const schedule = cityAccess.encode.schedule(target, data, 0)
      return context.must(office, { to: CITY_ACCESS_ADDRESS, data: schedule, gas })
    }),
  )
  const { rpcUrl } = context
  const notices = calls.map((data) => ({ rpcUrl, caller: office.address, target, data }))
  await waitForNotices(notices, context.say)
  await Promise.all(calls.map((data) => context.must(office, { to: target, data, gas })))
}

/**
 * Lines, quotas and payees as the treasury and compliance open them; nothing when the lines of this
 * seed are there already. Throws `NOTICE_TOO_LONG` on a network with a city's delays.
 */
export async function openOffices(context: LoadContext, cast: PointsCast): Promise<void> {
  const { encode } = servicePoints
  if (await isOpened(context, cast.poor.line)) return
  const treasury = await context.key('treasury')
  const all = [...cast.departments, cast.poor]
  const addressOf = ({ signer }: CastDepartment): Address => signer.address
  const quota = (each: CastDepartment): bigint => (each === cast.poor ? 100n : QUOTA)
  await underNotice(context, treasury, [
    ...all.map((each) => encode.openBudget(each.line, addressOf(each), LIMIT)),
    ...all.map((each) => encode.setQuota(addressOf(each), quota(each))),
    ...cast.payees.map(({ signer, open }) =>
      encode.registerPayee(signer.address, open, loadId(context, `papers ${signer.address}`)),
    ),
  ])
}
