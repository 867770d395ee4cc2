/** The observer's replay of ServicePoints finds every lie that a broken contract could tell. */
import { CITY_POINTS_CALENDAR, openInvoiceId } from '@veche/contracts'
import { type Address, type Hash, keccakHex, utf8ToBytes, ZERO_ADDRESS } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type PointsEvent, replayPoints } from '../src/points/reference-points.ts'

type Event = PointsEvent['event']

const address = (byte: string): Address => `0x${byte.repeat(20)}`
const hash = (name: string): Hash => keccakHex(utf8ToBytes(name))
const [DEPARTMENT, ANNA, BORIS, MUSEUM, CLINIC] = ['d1', 'a1', 'b0', 'aa', 'cc'].map(address) as [
  Address,
  Address,
  Address,
  Address,
  Address,
]
const LINE = hash('line')
const BILL = hash('bill')
const REASON = hash('reason')
const { originSeconds: START, yearSeconds: YEAR } = CITY_POINTS_CALENDAR

const minted = (to: Address, amount: bigint, epoch = 0): Event[] => [
  {
    name: 'Minted',
    args: { budgetId: LINE, department: DEPARTMENT, to, amount, epoch, reasonC: REASON },
  },
  moved(ZERO_ADDRESS, to, amount),
]
const moved = (from: Address, to: Address, value: bigint): Event => ({
  name: 'Transfer',
  args: { from, to, value },
})
const paid = (payer: Address, payee: Address, amount: bigint, invoiceId = BILL): Event[] => [
  { name: 'ServicePaid', args: { invoiceId, payee, payer, amount } },
  moved(payer, payee, amount),
]
const refunded = (payee: Address, payer: Address, amount: bigint): Event[] => [
  { name: 'Refunded', args: { invoiceId: BILL, payee, payer, amount } },
  moved(payee, payer, amount),
]
const issued = (amount: bigint, deadline = START + YEAR): Event => ({
  name: 'InvoiceIssued',
  args: { invoiceId: BILL, payee: CLINIC, amount, deadline },
})
const OPENED: readonly Event[] = [
  { name: 'BudgetOpened', args: { budgetId: LINE, department: DEPARTMENT, limit: 1_000n } },
  { name: 'QuotaChanged', args: { department: DEPARTMENT, from: 0n, to: 600n } },
  { name: 'PayeeRegistered', args: { payee: MUSEUM, open: true, infoC: REASON } },
  { name: 'PayeeRegistered', args: { payee: CLINIC, open: false, infoC: REASON } },
]

type Step = Event | readonly Event[] | number

/** Events one after the other; a number moves the clock on. */
function replay(...steps: readonly Step[]) {
  let timeSeconds = START
  const events: PointsEvent[] = []
  for (const step of [OPENED, ...steps]) {
    if (typeof step === 'number') timeSeconds += step
    else for (const event of [step].flat()) events.push({ event, timeSeconds, blockNumber: 1 })
  }
  return { ledger: replayPoints(CITY_POINTS_CALENDAR, events), timeSeconds }
}

test('an honest history has no differences, and adds up', () => {
  const { ledger, timeSeconds } = replay(
    ...[minted(ANNA, 500n), issued(200n), paid(ANNA, CLINIC, 200n), refunded(CLINIC, ANNA, 50n)],
    ...[{ name: 'Redeemed', args: { payee: CLINIC, amount: 100n, referenceC: REASON } } as const],
    moved(CLINIC, ZERO_ADDRESS, 100n),
  )
  assert.equal(ledger.differences, [])
  assert.is(ledger.balanceAt(ANNA, timeSeconds), 350n)
  assert.is(ledger.balanceAt(CLINIC, timeSeconds), 50n)
  assert.is(ledger.supplyAt(timeSeconds), 400n)
  assert.equal([ledger.minted, ledger.burned, ledger.payments], [500n, 100n, 1])
})

test('points leave the sum when their time is over, without an event', () => {
  const { ledger, timeSeconds } = replay(minted(ANNA, 500n))
  assert.is(ledger.supplyAt(timeSeconds + 3 * YEAR - 1), 500n)
  assert.is(ledger.supplyAt(timeSeconds + 3 * YEAR), 0n)
})

const LIES: readonly (readonly [what: string, ...steps: Step[]])[] = [
  ['over its quota', minted(ANNA, 601n)],
  ['over its limit', minted(ANNA, 600n), YEAR / 12, minted(ANNA, 401n, 1)],
  ['by the calendar', minted(ANNA, 1n, 1)],
  [
    'minted in a pause',
    { name: 'MintPaused', args: { by: ANNA, until: START + 9 } },
    minted(ANNA, 1n),
  ],
  ['without a mint', moved(ZERO_ADDRESS, ANNA, 5n)],
  ['lost 5 points', minted(ANNA, 5n), moved(ANNA, ZERO_ADDRESS, 5n)],
  ['more than it had', minted(ANNA, 5n), moved(ANNA, MUSEUM, 6n)],
  ['more than it had', minted(ANNA, 5n), 3 * YEAR, moved(ANNA, MUSEUM, 5n)],
  ['outside the closed loop', minted(ANNA, 5n), moved(ANNA, BORIS, 5n)],
  [
    'was paid twice',
    minted(ANNA, 500n),
    issued(5n),
    paid(ANNA, CLINIC, 5n),
    paid(ANNA, CLINIC, 5n),
  ],
  ['asked 5, was paid 4', minted(ANNA, 500n), issued(5n), paid(ANNA, CLINIC, 4n)],
  ['was paid late', minted(ANNA, 500n), issued(5n, START), 1, paid(ANNA, CLINIC, 5n)],
  ['is no invoice', minted(ANNA, 500n), paid(ANNA, CLINIC, 5n)],
  ['is no invoice', minted(ANNA, 500n), paid(ANNA, MUSEUM, 5n, openInvoiceId(BORIS, 1n))],
  [
    'more than was paid',
    minted(ANNA, 500n),
    issued(5n),
    paid(ANNA, CLINIC, 5n),
    refunded(CLINIC, ANNA, 6n),
  ],
  [
    'did not pay',
    minted(ANNA, 500n),
    issued(5n),
    paid(ANNA, CLINIC, 5n),
    refunded(CLINIC, BORIS, 1n),
  ],
  ['was issued twice', issued(5n), issued(6n)],
]

for (const [i, [what, ...steps]] of LIES.entries())
  test(`lie ${i + 1} is named: ${what}`, () => {
    const { differences } = replay(...steps).ledger
    assert.ok(
      differences.some((each) => each.includes(what)),
      `${what} expected, got ${differences.join('; ')}`,
    )
  })

test('a nonce that works twice, an early expiry and a foreign line are named', () => {
  const nonce = hash('nonce')
  const used: Event = { name: 'AuthorizationUsed', args: { authorizer: ANNA, nonce } }
  const early: Event[] = [
    { name: 'Expired', args: { account: ANNA, year: 3, amount: 5n } },
    moved(ANNA, ZERO_ADDRESS, 5n),
  ]
  const foreign: Event = {
    name: 'Minted',
    args: { budgetId: LINE, department: BORIS, to: BORIS, amount: 1n, epoch: 0, reasonC: REASON },
  }
  const { differences } = replay(minted(ANNA, 5n), used, used, early, foreign).ledger
  for (const what of ['used twice', '0 by the calendar', 'not its own'])
    assert.ok(
      differences.some((each) => each.includes(what)),
      what,
    )
})

test('an open payment carries its payer', () => {
  const order = openInvoiceId(ANNA, 3n)
  const { ledger } = replay(minted(ANNA, 500n), paid(ANNA, MUSEUM, 5n, order))
  assert.equal(ledger.differences, [])
})

test.run()
