/**
 * `veche load administration`: orders of the city's offices as CityAccess lets them: scheduled in
 * public, some cancelled by the observers, the rest carried out after their delay; a third is
 * tried before its time and must be refused. Checked against the plan, by events and by state.
 */
import {
  accepted,
  CITY_ACCESS_ADDRESS,
  cityAccess,
  RELEASE_REGISTRY_ADDRESS,
  releaseRegistry,
} from '@veche/contracts'
import { type Hash, type Hex, hexToBytes, type Signer } from '@veche/primitives'
import { getAbiItem, stringToHex, toFunctionSelector } from 'viem/utils'
import { callRpc } from '../json-rpc.ts'
import { createChecker, type LoadContext, type LoadOutcome, type LoadProfile } from './profile.ts'

const GAS = { schedule: 200_000n, cancel: 100_000n, register: 200_000n }
/** a longer delay is a real city's: its end is not waited for */
const WAITED_SECONDS_MAX = 60
const NAME = stringToHex('LoadOrder', { size: 32 })

/** One order: a release to be registered. */
interface Order {
  readonly codehash: Hash
  readonly data: Hex
  readonly fate: 'cancelled' | 'done'
  readonly triedEarly: boolean
}

const DONE = { fate: 'done', triedEarly: false } as const
/** what happens to orders, in turn */
const FATES = [
  { fate: 'done', triedEarly: true },
  { fate: 'cancelled', triedEarly: false },
  DONE,
] as const

interface Offices {
  readonly releaser: Signer
  readonly overseer: Signer
}

function planOrders({ random, count }: LoadContext): Order[] {
  return Array.from({ length: count }, (_, i) => {
    const codehash = random.hash()
    const [sourcesHash, recipeHash] = [random.hash(), random.hash()]
    const data = releaseRegistry.encode.register({ codehash, sourcesHash, recipeHash, name: NAME })
    return { codehash, data, ...(FATES[i % FATES.length] ?? DONE) }
  })
}

const to = CITY_ACCESS_ADDRESS
const target = RELEASE_REGISTRY_ADDRESS

/** How an attempt before the time ended; `in-time` when the network was slower than the delay. */
type Early = 'none' | 'refused' | 'in-time' | 'too-early'

async function tryEarly(context: LoadContext, offices: Offices, order: Order, eta: number) {
  const call = { to: target, data: order.data, gas: GAS.register }
  const final = await context.send(offices.releaser, call)
  if (!final.succeeded) return 'refused'
  const height = `0x${final.blockNumber.toString(16)}`
  const block = (await callRpc(context.rpcUrl, 'eth_getBlockByNumber', [height, false])) as {
    timestamp: Hex
  }
  return Number(block.timestamp) >= eta ? 'in-time' : 'too-early'
}

/** Schedules, tries early, cancels: what happens to an order before its delay is over. */
async function open(context: LoadContext, offices: Offices, order: Order): Promise<Early> {
  const { releaser, overseer } = offices
  const schedule = cityAccess.encode.schedule(target, order.data, 0)
  const { logs } = await context.must(releaser, { to, data: schedule, gas: GAS.schedule })
  const raw = logs.map(({ topics, data }) => ({ topics, data: hexToBytes(data) }))
  const [event] = cityAccess.decodeLogs(raw)
  const eta = event?.name === 'OperationScheduled' ? event.args.schedule : 0
  if (order.triedEarly) return tryEarly(context, offices, order, eta)
  if (order.fate === 'cancelled') {
    const cancel = cityAccess.encode.cancel(releaser.address, target, order.data)
    await context.must(overseer, { to, data: cancel, gas: GAS.cancel })
  }
  return 'none'
}

async function delaySeconds(context: LoadContext, { releaser }: Offices): Promise<number> {
  const selector = toFunctionSelector(getAbiItem({ abi: releaseRegistry.abi, name: 'register' }))
  const data = cityAccess.encode.canCall(releaser.address, target, selector)
  const [, delay] = accepted(cityAccess.decode.canCall(await context.read(to, data)))
  return delay
}

async function carryOut(
  context: LoadContext,
  offices: Offices,
  orders: readonly (Order & { readonly early: Early })[],
): Promise<boolean> {
  const left = orders.filter(({ fate, early }) => fate === 'done' && early !== 'in-time')
  await Promise.all(
    left.map(({ data }) => context.must(offices.releaser, { to: target, data, gas: GAS.register })),
  )
  const cancelled = orders.filter(({ fate }) => fate === 'cancelled')
  const tried = await Promise.all(
    cancelled.map(({ data }) =>
      context.send(offices.releaser, { to: target, data, gas: GAS.register }),
    ),
  )
  return tried.every(({ succeeded }) => !succeeded)
}

async function countEvents(context: LoadContext): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {}
  for (const { name, args } of cityAccess.decodeLogs(await context.logs(to))) {
    if (name === 'OperationScheduled' && args.target !== target) continue
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

async function isRegistered(context: LoadContext, codehash: Hash): Promise<boolean> {
  const data = releaseRegistry.encode.isReleased(codehash)
  return accepted(releaseRegistry.decode.isReleased(await context.read(target, data)))
}

async function run(context: LoadContext): Promise<LoadOutcome> {
  const offices = {
    releaser: await context.key('releaser'),
    overseer: await context.key('overseer'),
  }
  const orders = planOrders(context)
  const progress = context.progress('administration', orders.length)
  let done = 0
  const opened = await Promise.all(
    orders.map(async (order) => {
      const early = await open(context, offices, order)
      progress.update(++done)
      return { ...order, early }
    }),
  )
  const delay = await delaySeconds(context, offices)
  const isWaited = delay <= WAITED_SECONDS_MAX && !context.signal.aborted
  if (isWaited) await new Promise((resolve) => setTimeout(resolve, (delay + 2) * 1_000))
  const stayedDead = isWaited ? await carryOut(context, offices, opened) : true
  const check = createChecker()
  for (const { triedEarly, codehash, fate, early } of opened) {
    if (triedEarly)
      check.expect('early attempts', early !== 'too-early', () => `${codehash} before its time`)
    const expected = fate === 'done' && (isWaited || early === 'in-time')
    const registered = await isRegistered(context, codehash)
    check.expect('orders', registered === expected, () => `${codehash} ${fate}, ${registered}`)
  }
  check.expect('cancelled for good', stayedDead, () => 'a cancelled order was carried out')
  const events = await countEvents(context)
  const scheduled = events['OperationScheduled'] ?? 0
  check.expect('events', scheduled === orders.length, () => `${scheduled} orders were scheduled`)
  const cancelled = orders.filter(({ fate }) => fate === 'cancelled').length
  return {
    facts: { orders: orders.length, cancelled, delaySeconds: delay, carriedOut: isWaited },
    check: check.result(),
  }
}

/** The profile `administration`. */
export const administrationProfile: LoadProfile = {
  name: 'administration',
  description: 'orders of the offices: announced, objected to, carried out after their delay',
  unit: 'orders',
  countDefault: 60,
  run,
}
