/**
 * The acts of a month of points: departments mint, citizens pay (by themselves, on invoices, by
 * signature), payees refund and redeem, some try to cheat. What is drawn depends on the seed alone;
 * what becomes of it is for the chain to say.
 */
import { keyedNonce, openInvoiceId, SERVICE_POINTS_ADDRESS, servicePoints } from '@veche/contracts'
import { type Hash, type Hex, type Signer, VecheError } from '@veche/primitives'
import { signTyped } from '../act/typed.ts'
import type { FinalTransaction } from '../finality.ts'
import { AUTHORISATION_FORMAT, authorisationTypedData } from '../points/authorization-file.ts'
import { type CastPayee, loadId, type PointsCast } from './points-setup.ts'
import type { LoadContext } from './profile.ts'
import type { Random } from './random.ts'

const DAYS = 30
/** accounts of one mint: 0.8 M gas, which a busy machine runs within a transaction's 200 ms */
const CREDITS_AT_ONCE = 25
const GAS = { pay: 130_000n, rule: 130_000n, signed: 170_000n, credit: 32_000n }
const DAY_SECONDS = 86_400

/** What the driver of the month counted; the reference counts from events. */
export interface MonthCounts {
  payments: number
  refunds: number
  /** payments that the chain refused because the points had expired or were spent */
  short: number
  /** cheating attempts, and those that went through: none may */
  attempts: number
  readonly broken: string[]
}

interface Month {
  readonly context: LoadContext
  readonly cast: PointsCast
  readonly random: Random
  readonly counts: MonthCounts
  /** invoices and open payments so far */
  serial: number
}

const { encode } = servicePoints

function call(month: Month, signer: Signer, data: Hex, gas: bigint): Promise<FinalTransaction> {
  return month.context.send(signer, { to: SERVICE_POINTS_ADDRESS, data, gas })
}

/** The first half of the month's citizens is paid by the first department, and so on. */
async function mintFor(month: Month, citizens: readonly Signer[], amount: bigint): Promise<void> {
  const { cast, context } = month
  const reason = loadId(context, `decision ${month.serial++}`)
  const work: Promise<unknown>[] = []
  for (let at = 0; at < citizens.length; at += CREDITS_AT_ONCE) {
    const some = citizens.slice(at, at + CREDITS_AT_ONCE)
    const department = month.random.pick(cast.departments)
    const credits = some.map(({ address }) => ({ to: address, amount }))
    const data = encode.mintBatch(department.line, reason, credits)
    const gas = 150_000n + GAS.credit * BigInt(some.length)
    work.push(context.must(department.signer, { to: SERVICE_POINTS_ADDRESS, data, gas }))
  }
  await Promise.all(work)
}

interface Bill {
  readonly payer: Signer
  readonly payee: CastPayee
  readonly id: Hash
  readonly amount: bigint
}

/** An open payment, or an invoice that the payee issues first. */
async function createBill(month: Month): Promise<Bill> {
  const { random, cast, context } = month
  const payer = random.pick(cast.citizens)
  const payee = random.pick(cast.payees)
  const amount = BigInt(100 + random.below(20_000))
  const serial = month.serial++
  if (payee.open && random.below(2) === 0)
    return { payer, payee, amount, id: openInvoiceId(payer.address, BigInt(serial)) }
  const id = loadId(context, `invoice ${serial}`)
  const deadline = Math.floor(Date.now() / 1000) + 365 * DAY_SECONDS
  const data = encode.issueInvoice(id, amount, deadline)
  await context.must(payee.signer, { to: SERVICE_POINTS_ADDRESS, data, gas: GAS.rule })
  return { payer, payee, amount, id }
}

/** Calldata of a payment that the citizen signed and the relayer submits. */
async function signedPayment(month: Month, bill: Bill, validSeconds: number): Promise<Hex> {
  const { payer, payee, id, amount } = bill
  const nowSeconds = Math.floor(Date.now() / 1000)
  const file = {
    ...({ format: AUTHORISATION_FORMAT, chainId: month.context.chainId } as const),
    ...{ contract: SERVICE_POINTS_ADDRESS, from: payer.address, payee: payee.signer.address },
    ...{ invoiceId: id, amount, validAfter: nowSeconds - DAY_SECONDS },
    validBefore: nowSeconds + validSeconds,
    nonce: keyedNonce(BigInt(loadId(month.context, `nonce ${month.serial++}`)) >> 64n, 0n),
  }
  const signature = await signTyped(payer, authorisationTypedData(file))
  const times = [BigInt(file.validAfter), BigInt(file.validBefore), file.nonce] as const
  return encode.payWithAuthorization(
    ...([file.from, file.payee, id, amount, ...times, signature] as const),
  )
}

async function payBill(month: Month, bill: Bill): Promise<boolean> {
  const { payer, payee, id, amount } = bill
  const isSigned = month.random.below(5) === 0
  const final = isSigned
    ? await call(
        month,
        month.cast.relayer,
        await signedPayment(month, bill, DAY_SECONDS),
        GAS.signed,
      )
    : await call(month, payer, encode.pay(id, payee.signer.address, amount), GAS.pay)
  if (final.succeeded) month.counts.payments++
  else month.counts.short++
  return final.succeeded
}

/** An act that the contract must refuse. */
async function attempt(month: Month, what: string, by: Signer, data: Hex): Promise<void> {
  month.counts.attempts++
  const final = await call(month, by, data, GAS.signed)
  if (final.succeeded) month.counts.broken.push(`${what} went through: ${final.hash}`)
}

async function cheat(month: Month, bill: Bill): Promise<void> {
  const { payer, payee, id, amount } = bill
  const { cast, random, context } = month
  const other = random.pick(cast.citizens.filter((each) => each !== payer))
  const reason = loadId(context, 'no reason')
  const [department] = cast.departments
  if (department === undefined) return
  const tricks: readonly (() => Promise<void>)[] = [
    () => attempt(month, 'a second payment', payer, encode.pay(id, payee.signer.address, amount)),
    () =>
      attempt(month, 'a refund above the payment', payee.signer, encode.refund(id, amount + 1n)),
    () => attempt(month, 'a refund by a stranger', other, encode.refund(id, 1n)),
    () => attempt(month, 'a sale between citizens', payer, encode.transfer(other.address, 1n)),
    () =>
      attempt(
        month,
        'a mint over quota',
        cast.poor.signer,
        encode.mint(other.address, 101n, cast.poor.line, reason),
      ),
    () =>
      attempt(
        month,
        "a mint on another's line",
        cast.poor.signer,
        encode.mint(other.address, 1n, department.line, reason),
      ),
    () => attempt(month, 'an opened loop', department.signer, encode.setPeerTransfers(true)),
    async () =>
      attempt(
        month,
        'an expired signature',
        cast.relayer,
        await signedPayment(
          month,
          { ...bill, id: openInvoiceId(payer.address, BigInt(month.serial++)) },
          -60,
        ),
      ),
  ]
  await random.pick(tricks)()
}

async function refundBill(month: Month, { payee, id, amount }: Bill): Promise<void> {
  const part = month.random.below(2) === 0 ? amount : amount / 2n
  const final = await call(month, payee.signer, encode.refund(id, part), GAS.rule)
  if (final.succeeded) month.counts.refunds++
  else month.counts.broken.push(`a refund of ${id} was refused: ${final.hash}`)
}

/** One payment with what follows from it. */
async function payOne(month: Month): Promise<void> {
  const { random } = month
  const bill = await createBill(month)
  const [wantsRefund, wantsCheat] = [random.below(20) === 0, random.below(25) === 0]
  if (!(await payBill(month, bill))) return
  if (wantsRefund) await refundBill(month, bill)
  if (wantsCheat) await cheat(month, bill)
}

/** Payees give half of what they earned in the week to the city. */
async function redeemAll(month: Month): Promise<void> {
  const { cast, context } = month
  await Promise.all(
    cast.payees.map(async ({ signer }) => {
      const data = await context.read(SERVICE_POINTS_ADDRESS, encode.purseOf(signer.address))
      const purse = servicePoints.decode.purseOf(data)
      if (!purse.ok) throw new VecheError('RPC_FAILED', 'a purse expected')
      const half = purse.value.earned / 2n
      if (half === 0n) return
      const reference = loadId(context, `settlement ${month.serial++}`)
      await call(month, signer, encode.redeem(half, reference), GAS.rule)
    }),
  )
}

/** Thirty days of payments; the count is spread evenly, payments of a day run at once. */
export async function runMonth(context: LoadContext, cast: PointsCast): Promise<MonthCounts> {
  const counts = { payments: 0, refunds: 0, short: 0, attempts: 0, broken: [] }
  const month: Month = { context, cast, random: context.random, counts, serial: 1 }
  const progress = context.progress('payments', context.count)
  let asked = 0
  for (let day = 1; day <= DAYS && !context.signal.aborted; day++) {
    const until = Math.round((context.count * day) / DAYS)
    // everybody on the first day, then each on every third: points live shortly here
    const some = cast.citizens.filter((_, i) => day === 1 || i % 3 === day % 3)
    await mintFor(month, some, 60_000n)
    const today = Array.from({ length: until - asked }, () => payOne(month))
    asked = until
    await Promise.all(today)
    progress.update(asked)
    if (day % 7 === 0) await redeemAll(month)
  }
  return counts
}
