/**
 * ServicePoints against its model: random command sequences on the real byte code through our own
 * executor, behind its proxy and CityAccess as genesis makes them, and after each command every
 * invariant of services.md ("Invariants", ServicePoints, 1–8).
 */
import {
  accepted,
  CITY_ACCESS_ADDRESS,
  CITY_POINTS_CALENDAR,
  cityAccess,
  cityAccessAbi,
  createBinding,
  type EventOf,
  keyedNonce,
  openInvoiceId,
  POINTS_EPOCHS_IN_A_YEAR,
  pointsEpoch,
  pointsTypedData,
  SERVICE_POINTS_ADDRESS,
  servicePoints,
  servicePointsAbi,
} from '@veche/contracts'
import { type Address, type Hash, type Hex, assert as must, ZERO_ADDRESS } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TypedDataDefinition } from 'viem'
import { signTyped } from '../../src/act/typed.ts'
import { type PointsEvent, replayPoints } from '../../src/points/reference-points.ts'
import {
  aCommand,
  CITIZENS,
  COMPLIANCE,
  type Command,
  type CommandOf,
  DAY,
  DEPARTMENTS,
  HOLDERS,
  LIMIT,
  LINES,
  PAYEES,
  QUOTA,
  REASON,
  TREASURY,
  text,
  YEAR,
} from '../support/points-commands.ts'
import { PointsModel } from '../support/points-model.ts'
import { type Chain, createChain, keyOf, send, view } from '../support/service-chain.ts'
import { signerOf } from '../support/world.ts'

const RUNS = 12
const COMMANDS_MAX = 45
const { encode, decode } = servicePoints
const errors = createBinding(servicePointsAbi, { errorsOf: [cityAccessAbi] })

interface World {
  readonly chain: Chain
  readonly model: PointsModel
  /** events of every block so far, in order */
  readonly events: EventOf<typeof servicePointsAbi>[]
  /** unix seconds of each event */
  readonly timesOf: number[]
  /** when a switch that was scheduled may be thrown; undefined: none is */
  switchAt: number | undefined
}

async function createWorld(): Promise<World> {
  const budgets = LINES.map((budgetId, i) => ({
    ...{ budgetId, department: DEPARTMENTS[i] as Address },
    ...{ limit: LIMIT, quota: QUOTA },
  }))
  const payees = PAYEES.map((payee, i) => ({ payee, open: i === 0, infoC: REASON }))
  const offices = { treasury: TREASURY }
  const chain = await createChain({ setup: { offices, points: { budgets, payees } } })
  const model = new PointsModel(CITY_POINTS_CALENDAR, chain.nowSeconds)
  for (const { budgetId, department, limit } of budgets) {
    model.lines.set(budgetId, { department, limit, minted: 0n, closed: false })
    model.quotas.set(department, QUOTA)
  }
  for (const { payee, open } of payees) model.payees.set(payee, { open })
  return { chain, model, events: [], timesOf: [], switchAt: undefined }
}

async function call(world: World, from: Address, data: Hex): Promise<string> {
  const { chain, model } = world
  must(model.now === chain.nowSeconds, 'one clock')
  const outcome = await send(chain, { from, to: SERVICE_POINTS_ADDRESS, data, gas: 2_000_000n })
  for (const event of servicePoints.decodeLogs(outcome.logs)) {
    world.events.push(event)
    world.timesOf.push(model.now)
  }
  return outcome.ok ? 'ok' : errors.decodeError(outcome.returned).name
}

const billId = (payee: Address, bill: number): Hash => text(`${payee} bill ${bill}`)
const idOf = (who: Address, bill: number): Hash => openInvoiceId(who, BigInt(bill) + 1n)

/** An invoice in that state, as payee and id; undefined when there is none or none is wanted. */
function picked(model: PointsModel, status: string, pick: number | undefined) {
  const keys = [...model.invoices].flatMap(([key, found]) => (found.status === status ? [key] : []))
  if (pick === undefined || keys.length === 0) return undefined
  return (keys[pick % keys.length] as string).split(' ') as [Address, Hash]
}

async function pay(world: World, command: CommandOf<'pay'>): Promise<[string, string]> {
  const { payer, bill, open, signed } = command
  const { model } = world
  const found = open ? undefined : picked(model, 'issued', command.pick)
  const payee = found?.[0] ?? command.payee
  const invoiceId = found?.[1] ?? (open ? idOf(payer, bill) : billId(payee, bill))
  const asked = model.invoices.get(`${payee} ${invoiceId}`)?.amount
  const value = command.amount ?? asked ?? 700n
  const what = { id: invoiceId, payee, amount: value }
  if (signed === undefined)
    return [model.pay(payer, what), await call(world, payer, encode.pay(invoiceId, payee, value))]
  const sequence = (model.nonces.get(payer) ?? 0n) + signed.nonce
  const nonce = sequence < 0n ? 0n : sequence
  const validAfter = model.now - (signed.late === -1 ? 0 : 10)
  const validBefore = model.now + (signed.late === 1 ? 0 : 10)
  const message = {
    ...{ from: payer, payee, invoiceId, value, nonce: keyedNonce(9n, nonce) },
    ...{ validAfter: BigInt(validAfter), validBefore: BigInt(validBefore) },
  }
  const place = { chainId: world.chain.genesis.chainId, contract: SERVICE_POINTS_ADDRESS }
  const typed = pointsTypedData(place, 'PayWithAuthorization', message)
  const signature = await signTyped(signerOf(keyOf(payer)), typed as unknown as TypedDataDefinition)
  const times = [message.validAfter, message.validBefore, message.nonce] as const
  const data = encode.payWithAuthorization(payer, payee, invoiceId, value, ...times, signature)
  const allowed = model.authorise(payer, { nonce, validAfter, validBefore })
  const expected = allowed === 'ok' ? model.pay(payer, what) : allowed
  if (expected === 'ok') model.used(payer)
  return [expected, await call(world, TREASURY, data)]
}

const SWITCH = encode.setPeerTransfers(true)

/** The policy switch: scheduled, thrown too early or in time, once. */
async function throwSwitch(world: World, wait: boolean): Promise<[string, string]> {
  const { model, chain } = world
  if (wait && world.switchAt !== undefined && world.switchAt > model.now) {
    chain.nowSeconds = world.switchAt
    model.now = chain.nowSeconds
  }
  const { switchAt } = world
  const expected =
    switchAt === undefined || model.now > switchAt + 7 * DAY
      ? 'AccessManagerNotScheduled'
      : model.now < switchAt
        ? 'AccessManagerNotReady'
        : model.peers
          ? 'ServicePointsUnchanged'
          : 'ok'
  if (expected === 'ok') {
    model.peers = true
    world.switchAt = undefined
  }
  const got = await call(world, TREASURY, SWITCH)
  // a schedule that lapsed says so in its own words
  return [expected, got === 'AccessManagerExpired' ? 'AccessManagerNotScheduled' : got]
}

async function scheduleSwitch(world: World): Promise<[string, string]> {
  const { chain, model } = world
  const pending = world.switchAt !== undefined && model.now <= world.switchAt + 7 * DAY
  const data = cityAccess.encode.schedule(SERVICE_POINTS_ADDRESS, SWITCH, 0)
  const outcome = await send(chain, { from: TREASURY, to: CITY_ACCESS_ADDRESS, data })
  if (!pending) world.switchAt = model.now + 7 * DAY
  const got = outcome.ok ? 'ok' : errors.decodeError(outcome.returned).name
  return [pending ? 'AccessManagerAlreadyScheduled' : 'ok', got]
}

function pauseOf(world: World, days: number): string {
  const { model } = world
  if (days === 0 || days > 30) return 'ServicePointsPauseOutOfRange'
  model.pausedUntil = model.now + days * DAY
  return 'ok'
}

/** Runs one command on both sides; gives the model's answer and the contract's. */
async function run(world: World, command: Command): Promise<[string, string]> {
  const { model, chain } = world
  switch (command.kind) {
    case 'advance':
      chain.nowSeconds += command.seconds
      model.now = chain.nowSeconds
      return ['ok', 'ok']
    case 'mint': {
      const { by, credits, foreign } = command
      const own = by === DEPARTMENTS[1] ? 1 : 0
      const line = LINES[foreign ? 1 - own : own] as Hash
      return [
        model.mint(by, line, credits),
        await call(world, by, encode.mintBatch(line, REASON, credits)),
      ]
    }
    case 'transfer': {
      const { from, to, amount } = command
      const expected = model.transfer(from, to, amount)
      return [expected, await call(world, from, encode.transfer(to, amount))]
    }
    case 'issue': {
      const { payee, amount } = command
      const id = billId(payee, command.bill)
      const deadline = model.now + 100 * DAY
      const expected = model.issue(payee, id, { amount, deadline })
      return [expected, await call(world, payee, encode.issueInvoice(id, amount, deadline))]
    }
    case 'pay':
      return pay(world, command)
    case 'refund': {
      const { payer, bill, amount } = command
      const found = picked(model, 'paid', command.pick)
      const payee = found?.[0] ?? command.payee
      const id = found?.[1] ?? (payer === undefined ? billId(payee, bill) : idOf(payer, bill))
      const expected = model.refund(payee, id, amount)
      return [expected, await call(world, payee, encode.refund(id, amount))]
    }
    case 'cancel': {
      const id = billId(command.payee, command.bill)
      const expected = model.cancel(command.payee, id)
      return [expected, await call(world, command.payee, encode.cancelInvoice(id))]
    }
    case 'redeem': {
      const { payee, amount } = command
      return [model.redeem(payee, amount), await call(world, payee, encode.redeem(amount, REASON))]
    }
    case 'expire':
      return ['ok', await call(world, CITIZENS[0], encode.expire(command.who))]
    case 'pause': {
      const data = encode.pauseMint(model.now + command.days * DAY)
      const expected = pauseOf(world, command.days)
      return [expected, await call(world, COMPLIANCE, data)]
    }
    case 'schedule':
      return scheduleSwitch(world)
    case 'switch':
      return throwSwitch(world, command.wait)
  }
}

async function ask<T>(
  world: World,
  data: Hex,
  read: (bytes: Uint8Array) => Parameters<typeof accepted<T>>[0],
): Promise<T> {
  return accepted(read(await view(world.chain, SERVICE_POINTS_ADDRESS, data)))
}

/** 1 and 7: every purse by age, the whole, and the three flows. */
async function checkSums(world: World): Promise<void> {
  const { model } = world
  let all = 0n
  for (const holder of HOLDERS) {
    const purse = await ask(world, encode.purseOf(holder), decode.purseOf)
    const parts = [purse.fresh, purse.older, purse.oldest, purse.earned]
    assert.equal(parts, model.purse(holder))
    all += parts.reduce((sum, part) => sum + part, 0n)
  }
  const total = await ask(world, encode.totalSupply(), decode.totalSupply)
  const [minted, burned, expired] = await ask(world, encode.flows(), decode.flows)
  assert.is(total, all)
  assert.is(total, minted - burned - expired)
  assert.equal([minted, burned], [model.minted, model.burned])
}

/** 2, 3, 4: from the events alone, apart from the model's bookkeeping. */
function checkEvents({ events, timesOf, model }: World): void {
  const mintedIn = new Map<string, bigint>()
  const paid = new Map<string, bigint>()
  const back = new Map<string, bigint>()
  for (const [i, { name, args }] of events.entries()) {
    if (name === 'Minted') {
      assert.is(args.epoch, pointsEpoch(CITY_POINTS_CALENDAR, timesOf[i] ?? 0))
      const key = `${args.department} ${args.epoch}`
      mintedIn.set(key, (mintedIn.get(key) ?? 0n) + args.amount)
    } else if (name === 'ServicePaid') {
      const key = `${args.payee} ${args.invoiceId}`
      assert.not.ok(paid.has(key), 'an invoice is paid once')
      paid.set(key, args.amount)
    } else if (name === 'Refunded') {
      const key = `${args.payee} ${args.invoiceId}`
      back.set(key, (back.get(key) ?? 0n) + args.amount)
    } else if (name === 'Transfer' && !model.peers) {
      if (args.from === ZERO_ADDRESS || args.to === ZERO_ADDRESS) continue
      assert.is.not(model.payees.has(args.from), model.payees.has(args.to), 'the loop is closed')
    }
  }
  for (const amount of mintedIn.values()) assert.ok(amount <= QUOTA)
  for (const [key, amount] of back) assert.ok(amount <= (paid.get(key) ?? 0n))
}

/** The observer's replay, fed with genesis and the events of the run, agrees with the contract. */
function checkReference({ events, timesOf, model }: World, genesis: readonly PointsEvent[]): void {
  const seen = events.map((event, i) => ({ event, timeSeconds: timesOf[i] ?? 0, blockNumber: i }))
  const ledger = replayPoints(CITY_POINTS_CALENDAR, [...genesis, ...seen])
  assert.equal(ledger.differences, [])
  for (const holder of HOLDERS)
    assert.is(ledger.balanceAt(holder, model.now), model.balance(holder), 'the reference agrees')
  assert.is(ledger.supplyAt(model.now), model.total())
}

/** What genesis announced, as logs of the first block would have it. */
function genesisEvents(): PointsEvent[] {
  const at = { timeSeconds: 0, blockNumber: 0 }
  const lines = LINES.flatMap((budgetId, i): PointsEvent[] => {
    const department = DEPARTMENTS[i] as Address
    return [
      { ...at, event: { name: 'BudgetOpened', args: { budgetId, department, limit: LIMIT } } },
      { ...at, event: { name: 'QuotaChanged', args: { department, from: 0n, to: QUOTA } } },
    ]
  })
  const payees = PAYEES.map((payee, i): PointsEvent => {
    return {
      ...at,
      event: { name: 'PayeeRegistered', args: { payee, open: i === 0, infoC: REASON } },
    }
  })
  return [...lines, ...payees]
}

/** 5 and 8: nonces and policy as the model has them. */
async function checkRules(world: World): Promise<void> {
  const { model } = world
  for (const holder of HOLDERS) {
    const data = encode.authorizationState(holder, keyedNonce(9n, model.nonces.get(holder) ?? 0n))
    assert.is(await ask(world, data, decode.authorizationState), false)
  }
  const [peers] = await ask(world, encode.policy(), decode.policy)
  assert.is(peers, model.peers)
}

test('ServicePoints invariants 1–8 hold after every command', async () => {
  const seen = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(
      fc.array(aCommand, { minLength: 25, maxLength: COMMANDS_MAX }),
      async (list) => {
        const world = await createWorld()
        // somebody has points, so that most commands can succeed
        const start: Command = {
          ...{ kind: 'mint', by: DEPARTMENTS[0], foreign: false },
          credits: CITIZENS.map((to) => ({ to, amount: 1_600n })),
        }
        for (const command of [start, ...list]) {
          const [expected, got] = await run(world, command)
          const key = `${command.kind} ${expected}`
          seen.set(key, (seen.get(key) ?? 0) + 1)
          // 6: a pause stands in the model's mint and nowhere else
          assert.is(
            got,
            expected,
            JSON.stringify(command, (_, v) => (typeof v === 'bigint' ? `${v}` : v)),
          )
          await checkSums(world)
          await checkRules(world)
        }
        const last: Command = { kind: 'expire', who: [...HOLDERS] }
        assert.equal(await run(world, last), ['ok', 'ok'])
        checkEvents(world)
        checkReference(world, genesisEvents())
      },
    ),
    { numRuns: RUNS, seed: 20_190 },
  )
  // the sequences reach what the invariants are about
  for (const needed of ['mint ok', 'pay ok', 'refund ok', 'transfer ok', 'redeem ok', 'switch ok'])
    assert.ok((seen.get(needed) ?? 0) > 0, `${needed} happens: ${JSON.stringify([...seen])}`)
  if (process.env['SHOW'] === '1') process.stderr.write(`${JSON.stringify([...seen].sort())}\n`)
})

test('a year has twelve epochs, so a quota has twelve chances a year', () => {
  const { originSeconds } = CITY_POINTS_CALENDAR
  const last = pointsEpoch(CITY_POINTS_CALENDAR, originSeconds + YEAR - 1)
  assert.is(last, POINTS_EPOCHS_IN_A_YEAR - 1)
})

test.run()
