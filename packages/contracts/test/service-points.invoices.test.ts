/** Invoices of ServicePoints: issued or open, paid once, refunded with their dates, cancelled. */
import { keccakHex, utf8ToBytes } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  servicePoints as call,
  createBinding,
  openInvoiceId,
  servicePointsAbi,
} from '../src/index.ts'
import { advance, START_SECONDS } from './support/chain.ts'
import {
  ANNA,
  attempt,
  BORIS,
  balanceOf,
  CLINIC,
  createPoints,
  done,
  give,
  invoiceOf,
  MUSEUM,
  type Points,
  purseOf,
  STRANGER,
  totalSupply,
  YEAR_SECONDS,
} from './support/points.ts'

const { encode } = call
const binding = createBinding(servicePointsAbi)
const BILL = keccakHex(utf8ToBytes('bill 1'))
const WEEK = 7 * 86_400

/** Anna has 1,000 and the clinic asks for 400 within a week. */
async function createBill(): Promise<Points> {
  const points = await createPoints()
  await give(points, ANNA.address, 1_000n)
  await give(points, BORIS.address, 1_000n)
  await done(points, CLINIC, encode.issueInvoice(BILL, 400n, START_SECONDS + WEEK))
  return points
}

test('an issued invoice is paid exactly, once, and says who paid', async () => {
  const points = await createBill()
  assert.is((await invoiceOf(points, CLINIC, BILL)).status, 1)
  const pay = encode.pay(BILL, CLINIC, 400n)
  const outcome = await done(points, ANNA.address, pay)
  const paid = binding.decodeLogs(outcome.logs).find(({ name }) => name === 'ServicePaid')
  assert.equal(paid?.args, { invoiceId: BILL, payee: CLINIC, payer: ANNA.address, amount: 400n })
  const invoice = await invoiceOf(points, CLINIC, BILL)
  assert.is(invoice.status, 2)
  assert.is(invoice.payer.toLowerCase(), ANNA.address)
  assert.is(invoice.refundable.fresh, 400n)
})

test('a citizen who pays twice pays once, and so do two who pay the same bill', async () => {
  const points = await createBill()
  const pay = encode.pay(BILL, CLINIC, 400n)
  await done(points, ANNA.address, pay)
  assert.is(await attempt(points, ANNA.address, pay), 'ServicePointsInvoiceState')
  assert.is(await attempt(points, BORIS.address, pay), 'ServicePointsInvoiceState')
  assert.is(await balanceOf(points, ANNA.address), 600n)
  assert.is(await balanceOf(points, BORIS.address), 1_000n)
})

test('a citizen cannot pay less, nor more, nor late', async () => {
  const points = await createBill()
  for (const amount of [399n, 401n]) {
    const wrong = encode.pay(BILL, CLINIC, amount)
    assert.is(await attempt(points, ANNA.address, wrong), 'ServicePointsWrongAmount')
  }
  advance(points.chain, { seconds: WEEK + 1 })
  const late = encode.pay(BILL, CLINIC, 400n)
  assert.is(await attempt(points, ANNA.address, late), 'ServicePointsOverdue')
})

test('a bill of one payee is no bill of another', async () => {
  const points = await createBill()
  const id = encode.pay(BILL, MUSEUM, 400n)
  assert.is(await attempt(points, ANNA.address, id), 'ServicePointsForeignId')
  await done(points, MUSEUM, encode.issueInvoice(BILL, 7n, START_SECONDS + WEEK))
  await done(points, ANNA.address, encode.pay(BILL, MUSEUM, 7n))
  assert.is((await invoiceOf(points, CLINIC, BILL)).status, 1)
})

test('an open payment carries its payer in its id, so nobody takes it before him', async () => {
  const points = await createBill()
  const id = openInvoiceId(ANNA.address, 1n)
  const squat = encode.pay(id, MUSEUM, 1n)
  assert.is(await attempt(points, BORIS.address, squat), 'ServicePointsForeignId')
  await done(points, ANNA.address, encode.pay(id, MUSEUM, 30n))
  const again = encode.pay(id, MUSEUM, 30n)
  assert.is(await attempt(points, ANNA.address, again), 'ServicePointsInvoiceState')
  const invoice = await invoiceOf(points, MUSEUM, id)
  assert.is(invoice.payer.toLowerCase(), ANNA.address)
  assert.is(invoice.amount, 0n)
})

test('a payee that wants its own invoices gets no open payment; a stranger gets none at all', async () => {
  const points = await createBill()
  const id = openInvoiceId(ANNA.address, 1n)
  const closed = encode.pay(id, CLINIC, 30n)
  assert.is(await attempt(points, ANNA.address, closed), 'ServicePointsNoInvoice')
  const stranger = encode.pay(id, STRANGER, 30n)
  assert.is(await attempt(points, ANNA.address, stranger), 'ServicePointsNotPayee')
  const zero = encode.pay(id, MUSEUM, 0n)
  assert.is(await attempt(points, ANNA.address, zero), 'ServicePointsZeroValue')
})

test('a payee pays neither itself nor another payee', async () => {
  const points = await createBill()
  await done(points, ANNA.address, encode.transfer(MUSEUM, 500n))
  const self = encode.pay(openInvoiceId(MUSEUM, 1n), MUSEUM, 5n)
  assert.is(await attempt(points, MUSEUM, self), 'ServicePointsOutsideLoop')
  const other = encode.pay(BILL, CLINIC, 400n)
  assert.is(await attempt(points, MUSEUM, other), 'ServicePointsOutsideLoop')
})

test('a department refunds in parts, and not one hundredth more than was paid', async () => {
  const points = await createBill()
  await done(points, ANNA.address, encode.pay(BILL, CLINIC, 400n))
  await done(points, BORIS.address, encode.transfer(CLINIC, 900n))
  await done(points, CLINIC, encode.refund(BILL, 150n))
  const over = encode.refund(BILL, 251n)
  assert.is(await attempt(points, CLINIC, over), 'ServicePointsRefundTooLarge')
  await done(points, CLINIC, encode.refund(BILL, 250n))
  assert.is(await attempt(points, CLINIC, encode.refund(BILL, 1n)), 'ServicePointsRefundTooLarge')
  assert.is(await balanceOf(points, ANNA.address), 1_000n)
  const pay = encode.pay(BILL, CLINIC, 400n)
  assert.is(await attempt(points, ANNA.address, pay), 'ServicePointsInvoiceState')
})

test('only the payee refunds, and only what was paid to it', async () => {
  const points = await createBill()
  const refund = encode.refund(BILL, 1n)
  assert.is(await attempt(points, CLINIC, refund), 'ServicePointsInvoiceState')
  await done(points, ANNA.address, encode.pay(BILL, CLINIC, 400n))
  assert.is(await attempt(points, MUSEUM, refund), 'ServicePointsInvoiceState')
  assert.is(await attempt(points, STRANGER, refund), 'ServicePointsNotPayee')
})

test('a payee that spent its points cannot refund from nothing', async () => {
  const points = await createBill()
  await done(points, ANNA.address, encode.pay(BILL, CLINIC, 400n))
  await done(points, CLINIC, encode.redeem(400n, BILL))
  assert.is(await attempt(points, CLINIC, encode.refund(BILL, 1n)), 'ERC20InsufficientBalance')
})

/** Anna holds 100 of two years ago, 20 of last year, 3 of this year, and pays 110. */
async function createMixedPayment(): Promise<Points> {
  const points = await createPoints()
  for (const amount of [100n, 20n, 3n]) {
    await give(points, ANNA.address, amount)
    if (amount > 3n) advance(points.chain, { seconds: YEAR_SECONDS })
  }
  await done(points, ANNA.address, encode.pay(openInvoiceId(ANNA.address, 7n), MUSEUM, 110n))
  return points
}

test('a refund leaves the payer as if he had paid less', async () => {
  const points = await createMixedPayment()
  await done(points, MUSEUM, encode.refund(openInvoiceId(ANNA.address, 7n), 15n))
  const purse = await purseOf(points, ANNA.address)
  assert.equal([purse.oldest, purse.older, purse.fresh], [5n, 20n, 3n])
  await done(points, MUSEUM, encode.refund(openInvoiceId(ANNA.address, 7n), 95n))
  const whole = await purseOf(points, ANNA.address)
  assert.equal([whole.oldest, whole.older, whole.fresh], [100n, 20n, 3n])
  assert.is(await totalSupply(points), 123n)
})

test('a refund of points that expired meanwhile is alive to the end of the year', async () => {
  const points = await createMixedPayment()
  advance(points.chain, { seconds: YEAR_SECONDS })
  await done(points, MUSEUM, encode.refund(openInvoiceId(ANNA.address, 7n), 110n))
  const purse = await purseOf(points, ANNA.address)
  assert.equal([purse.oldest, purse.older, purse.fresh], [120n, 3n, 0n])
  assert.is(await totalSupply(points), 123n)
  advance(points.chain, { seconds: YEAR_SECONDS })
  assert.is(await balanceOf(points, ANNA.address), 3n)
})

for (const years of [2, 3, 7])
  test(`a refund ${years} years later gives back every hundredth`, async () => {
    const points = await createMixedPayment()
    advance(points.chain, { seconds: years * YEAR_SECONDS })
    const id = openInvoiceId(ANNA.address, 7n)
    await done(points, MUSEUM, encode.refund(id, 40n))
    await done(points, MUSEUM, encode.refund(id, 70n))
    assert.is(await balanceOf(points, ANNA.address), years > 2 ? 110n : 113n)
    assert.is(await balanceOf(points, MUSEUM), 0n)
    assert.is(await totalSupply(points), years > 2 ? 110n : 113n)
  })

test('an invoice is issued once, cancelled unpaid only, and not paid after that', async () => {
  const points = await createBill()
  const again = encode.issueInvoice(BILL, 1n, START_SECONDS + WEEK)
  assert.is(await attempt(points, CLINIC, again), 'ServicePointsInvoiceExists')
  assert.is(await attempt(points, MUSEUM, encode.cancelInvoice(BILL)), 'ServicePointsInvoiceState')
  await done(points, CLINIC, encode.cancelInvoice(BILL))
  const pay = encode.pay(BILL, CLINIC, 400n)
  assert.is(await attempt(points, ANNA.address, pay), 'ServicePointsInvoiceState')
  assert.is(await attempt(points, CLINIC, again), 'ServicePointsInvoiceExists')
})

test('a paid invoice is neither cancelled nor issued anew at a higher price', async () => {
  const points = await createBill()
  await done(points, ANNA.address, encode.pay(BILL, CLINIC, 400n))
  assert.is(await attempt(points, CLINIC, encode.cancelInvoice(BILL)), 'ServicePointsInvoiceState')
  const dearer = encode.issueInvoice(BILL, 900n, START_SECONDS + WEEK)
  assert.is(await attempt(points, CLINIC, dearer), 'ServicePointsInvoiceExists')
})

test('an invoice has an amount and a near deadline, and comes from a payee', async () => {
  const points = await createPoints()
  const issue = (amount: bigint, at: number) => encode.issueInvoice(BILL, amount, at)
  const good = START_SECONDS + WEEK
  assert.is(await attempt(points, STRANGER, issue(1n, good)), 'ServicePointsNotPayee')
  assert.is(await attempt(points, CLINIC, issue(0n, good)), 'ServicePointsZeroValue')
  for (const at of [0, START_SECONDS, START_SECONDS + 1_097 * 86_400])
    assert.is(await attempt(points, CLINIC, issue(1n, at)), 'ServicePointsDeadlineOutOfRange')
})

test.run()
