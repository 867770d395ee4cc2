/**
 * What ServicePoints promises, as plain objects: lots with dates instead of packed words, sums
 * instead of counters. The model tests compare the byte code with it.
 */
import { type PointsCalendar, pointsEpoch, pointsYear } from '@veche/contracts'

/** Points received in one year; `earned` has none. */
export interface Lot {
  readonly year: number | 'earned'
  readonly amount: bigint
}

interface ModelInvoice {
  status: 'issued' | 'paid' | 'cancelled'
  readonly amount: bigint | undefined
  readonly deadline: number
  payer: string
  paid: bigint
  /** what a refund gives back, last taken last */
  taken: Lot[]
}

export interface Line {
  readonly department: string
  limit: bigint
  minted: bigint
  closed: boolean
}

const LIFE_YEARS = 3

const sum = (lots: readonly Lot[]): bigint => lots.reduce((all, { amount }) => all + amount, 0n)

/** Oldest first, earned last: the order of spending. */
function inOrder(lots: readonly Lot[]): Lot[] {
  const age = ({ year }: Lot): number => (year === 'earned' ? Number.POSITIVE_INFINITY : year)
  return [...lots].sort((a, b) => (age(a) === age(b) ? 0 : age(a) - age(b)))
}

/** Splits an amount off the front. */
function split(lots: readonly Lot[], amount: bigint): { taken: Lot[]; left: Lot[] } {
  const taken: Lot[] = []
  const left: Lot[] = []
  let wanted = amount
  for (const lot of lots) {
    if (lot.amount <= wanted) taken.push(lot)
    else {
      if (wanted > 0n) taken.push({ ...lot, amount: wanted })
      left.push({ ...lot, amount: lot.amount - wanted })
    }
    wanted = lot.amount <= wanted ? wanted - lot.amount : 0n
  }
  return { taken, left }
}

export class PointsModel {
  now: number
  readonly calendar: PointsCalendar
  readonly lots = new Map<string, Lot[]>()
  readonly payees = new Map<string, { open: boolean }>()
  readonly lines = new Map<string, Line>()
  readonly quotas = new Map<string, bigint>()
  /** department and epoch → minted */
  readonly epochs = new Map<string, bigint>()
  readonly invoices = new Map<string, ModelInvoice>()
  readonly nonces = new Map<string, bigint>()
  minted = 0n
  burned = 0n
  peers = false
  pausedUntil = 0

  constructor(calendar: PointsCalendar, now: number) {
    this.calendar = calendar
    this.now = now
  }

  get year(): number {
    return pointsYear(this.calendar, this.now)
  }

  /** what an account holds and has not lost to time */
  live(account: string): Lot[] {
    const oldest = this.year - LIFE_YEARS + 1
    const lots = this.lots.get(account) ?? []
    return inOrder(lots.filter(({ year }) => year === 'earned' || year >= oldest))
  }

  balance(account: string): bigint {
    return sum(this.live(account))
  }

  total(): bigint {
    return [...this.lots.keys()].reduce((all, account) => all + this.balance(account), 0n)
  }

  /** amounts by age, as purseOf gives them */
  purse(account: string): readonly bigint[] {
    const lots = this.live(account)
    const of = (year: number | 'earned') => sum(lots.filter((lot) => lot.year === year))
    return [of(this.year), of(this.year - 1), of(this.year - 2), of('earned')]
  }

  #put(account: string, lots: readonly Lot[]): void {
    this.lots.set(account, [...this.live(account), ...lots])
  }

  #take(account: string, amount: bigint): Lot[] {
    const { taken, left } = split(this.live(account), amount)
    this.lots.set(account, left)
    return taken
  }

  #give(to: string, taken: readonly Lot[]): void {
    const toPayee = this.payees.has(to)
    const dated = taken.map((lot) => (lot.year === 'earned' ? { ...lot, year: this.year } : lot))
    this.#put(to, toPayee ? [{ year: 'earned', amount: sum(taken) }] : dated)
  }

  mint(by: string, lineId: string, credits: readonly { to: string; amount: bigint }[]): string {
    const amount = credits.reduce((all, each) => all + each.amount, 0n)
    if (amount === 0n) return 'ServicePointsZeroValue'
    if (this.now < this.pausedUntil) return 'ServicePointsMintPaused'
    const line = this.lines.get(lineId)
    if (line?.department !== by) return 'ServicePointsNotBudgetOwner'
    if (line.closed) return 'ServicePointsBudgetClosed'
    if (line.minted + amount > line.limit) return 'ServicePointsOverBudget'
    const epoch = `${by} ${pointsEpoch(this.calendar, this.now)}`
    const used = (this.epochs.get(epoch) ?? 0n) + amount
    if (used > (this.quotas.get(by) ?? 0n)) return 'ServicePointsOverQuota'
    if (credits.some((each) => each.amount === 0n)) return 'ServicePointsZeroValue'
    line.minted += amount
    this.epochs.set(epoch, used)
    this.minted += amount
    for (const each of credits) this.#put(each.to, [{ year: this.year, amount: each.amount }])
    return 'ok'
  }

  transfer(from: string, to: string, amount: bigint): string {
    if (!this.peers && this.payees.has(from) === this.payees.has(to))
      return 'ServicePointsOutsideLoop'
    if (this.balance(from) < amount) return 'ERC20InsufficientBalance'
    this.#give(to, this.#take(from, amount))
    return 'ok'
  }

  issue(payee: string, id: string, invoice: { amount: bigint; deadline: number }): string {
    if (!this.payees.has(payee)) return 'ServicePointsNotPayee'
    if (invoice.amount === 0n) return 'ServicePointsZeroValue'
    if (invoice.deadline <= this.now) return 'ServicePointsDeadlineOutOfRange'
    const key = `${payee} ${id}`
    if (this.invoices.has(key)) return 'ServicePointsInvoiceExists'
    this.invoices.set(key, { status: 'issued', ...invoice, payer: '', paid: 0n, taken: [] })
    return 'ok'
  }

  cancel(payee: string, id: string): string {
    const found = this.invoices.get(`${payee} ${id}`)
    if (found?.status !== 'issued') return 'ServicePointsInvoiceState'
    found.status = 'cancelled'
    return 'ok'
  }

  pay(payer: string, bill: { id: string; payee: string; amount: bigint }): string {
    const { id, payee, amount } = bill
    if (amount === 0n) return 'ServicePointsZeroValue'
    const key = `${payee} ${id}`
    const found = this.invoices.get(key)
    if (found !== undefined && found.status !== 'issued') return 'ServicePointsInvoiceState'
    const registered = this.payees.get(payee)
    if (registered === undefined) return 'ServicePointsNotPayee'
    if (found === undefined) {
      if (!registered.open) return 'ServicePointsNoInvoice'
      if (!id.startsWith(payer)) return 'ServicePointsForeignId'
    } else {
      if (found.amount !== amount) return 'ServicePointsWrongAmount'
      if (this.now > found.deadline) return 'ServicePointsOverdue'
    }
    if (this.payees.has(payer) && (payer === payee || !this.peers))
      return 'ServicePointsOutsideLoop'
    if (this.balance(payer) < amount) return 'ERC20InsufficientBalance'
    const taken = this.#take(payer, amount)
    this.#give(payee, taken)
    const rest = found ?? { amount: undefined, deadline: 0 }
    this.invoices.set(key, { ...rest, status: 'paid', payer, paid: amount, taken })
    return 'ok'
  }

  refund(payee: string, id: string, amount: bigint): string {
    if (!this.payees.has(payee)) return 'ServicePointsNotPayee'
    if (amount === 0n) return 'ServicePointsZeroValue'
    const found = this.invoices.get(`${payee} ${id}`)
    if (found?.status !== 'paid') return 'ServicePointsInvoiceState'
    if (amount > sum(found.taken)) return 'ServicePointsRefundTooLarge'
    if (this.balance(payee) < amount) return 'ERC20InsufficientBalance'
    const { taken, left } = split([...found.taken].reverse(), amount)
    found.taken = left.reverse()
    this.#take(payee, amount)
    const oldest = this.year - LIFE_YEARS + 1
    const alive = ({ year, ...lot }: Lot): Lot => ({
      ...lot,
      year: year === 'earned' ? year : Math.max(year, oldest),
    })
    this.#put(found.payer, taken.map(alive))
    return 'ok'
  }

  redeem(payee: string, amount: bigint): string {
    if (amount === 0n) return 'ServicePointsZeroValue'
    const lots = this.live(payee)
    const earned = lots.filter(({ year }) => year === 'earned')
    if (sum(earned) < amount) return 'ServicePointsEarnedTooLow'
    const { left } = split(earned, amount)
    this.lots.set(payee, [...lots.filter(({ year }) => year !== 'earned'), ...left])
    this.burned += amount
    return 'ok'
  }

  /** An authorisation's own rules; the nonce is used when it passes. */
  authorise(by: string, use: { nonce: bigint; validAfter: number; validBefore: number }): string {
    if (this.now <= use.validAfter || this.now >= use.validBefore)
      return 'ERC3009InvalidAuthorizationTime'
    const next = this.nonces.get(by) ?? 0n
    if (use.nonce !== next) return 'InvalidAccountNonce'
    return 'ok'
  }

  used(by: string): void {
    this.nonces.set(by, (this.nonces.get(by) ?? 0n) + 1n)
  }
}
