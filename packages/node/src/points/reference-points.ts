/**
 * ServicePoints recomputed by an observer from events and block times alone: every point is a lot
 * with the year it was received in, every rule is checked again. Written apart from the contract
 * and from its test model; shares only the decoder of events. services.md, invariants of
 * ServicePoints.
 */
import {
  type EventOf,
  POINTS_LIFE_YEARS,
  type PointsCalendar,
  pointsEpoch,
  pointsYear,
  type servicePointsAbi,
} from '@veche/contracts'
import { type Address, type Hash, ZERO_ADDRESS } from '@veche/primitives'

/** An event of ServicePoints with the time of its block. */
export interface PointsEvent {
  readonly event: EventOf<typeof servicePointsAbi>
  readonly timeSeconds: number
  readonly blockNumber: number
}

/** Points by the year they were received in; `earned` has no year. */
export interface ReferencePurse {
  readonly byYear: ReadonlyMap<number, bigint>
  readonly earned: bigint
}

interface Account {
  byYear: Map<number, bigint>
  earned: bigint
}

interface Bill {
  readonly amount: bigint | undefined
  readonly deadline: number
  payer: Address | undefined
  paid: bigint
  /** in the order it was taken */
  taken: [year: number | undefined, amount: bigint][]
  cancelled: boolean
}

interface Line {
  readonly department: Address
  limit: bigint
  minted: bigint
  closed: boolean
}

/** What the events add up to. */
export interface PointsLedger {
  readonly accounts: ReadonlyMap<Address, ReferencePurse>
  readonly minted: bigint
  readonly burned: bigint
  readonly payments: number
  readonly refunds: number
  readonly authorisations: number
  /** broken rules, in words */
  readonly differences: readonly string[]
  /** hundredths of a point at a time */
  balanceAt(account: Address, timeSeconds: number): bigint
  supplyAt(timeSeconds: number): bigint
}

type NextTransfer =
  | { readonly kind: 'mint' | 'redeem' | 'expiry' }
  | { readonly kind: 'payment' | 'refund'; readonly bill: Bill }
  | undefined

function lesser(a: bigint, b: bigint): bigint {
  if (a < b) return a
  return b
}

class Replay {
  readonly #calendar: PointsCalendar
  readonly #accounts = new Map<Address, Account>()
  readonly #payees = new Map<Address, boolean>()
  readonly #lines = new Map<Hash, Line>()
  readonly #quotas = new Map<Address, bigint>()
  readonly #minted = new Map<string, bigint>()
  readonly #bills = new Map<string, Bill>()
  readonly #nonces = new Set<string>()
  readonly #differences: string[] = []
  #next: NextTransfer
  #peers = false
  #pausedUntil = 0
  #totals = { minted: 0n, burned: 0n, payments: 0, refunds: 0 }

  constructor(calendar: PointsCalendar) {
    this.#calendar = calendar
  }

  #wrong(at: PointsEvent, what: string): void {
    this.#differences.push(`block ${at.blockNumber}: ${what}`)
  }

  #account(address: Address): Account {
    const found = this.#accounts.get(address) ?? { byYear: new Map(), earned: 0n }
    this.#accounts.set(address, found)
    return found
  }

  #oldestAt(timeSeconds: number): number {
    return pointsYear(this.#calendar, timeSeconds) - POINTS_LIFE_YEARS + 1
  }

  #balance(account: Account, timeSeconds: number): bigint {
    const oldest = this.#oldestAt(timeSeconds)
    let sum = account.earned
    for (const [year, amount] of account.byYear) if (year >= oldest) sum += amount
    return sum
  }

  /** takes the oldest living points; tells when they are not there */
  #take(at: PointsEvent, from: Address, amount: bigint): Bill['taken'] {
    const account = this.#account(from)
    const oldest = this.#oldestAt(at.timeSeconds)
    const taken: Bill['taken'] = []
    let wanted = amount
    for (const year of [...account.byYear.keys()].sort((a, b) => a - b)) {
      const has = account.byYear.get(year) ?? 0n
      if (year < oldest || wanted === 0n) continue
      const some = lesser(has, wanted)
      account.byYear.set(year, has - some)
      wanted -= some
      if (some > 0n) taken.push([year, some])
    }
    const earned = lesser(account.earned, wanted)
    account.earned -= earned
    wanted -= earned
    if (earned > 0n) taken.push([undefined, earned])
    if (wanted > 0n) this.#wrong(at, `${from} moved ${wanted} more than it had`)
    return taken
  }

  #put(to: Address, parts: Bill['taken']): void {
    const account = this.#account(to)
    for (const [year, amount] of parts) {
      if (year === undefined) account.earned += amount
      else account.byYear.set(year, (account.byYear.get(year) ?? 0n) + amount)
    }
  }

  /** a payee earns; a citizen receives dated points */
  #receive(at: PointsEvent, to: Address, parts: Bill['taken']): void {
    const year = pointsYear(this.#calendar, at.timeSeconds)
    const sum = parts.reduce((all, [, amount]) => all + amount, 0n)
    if (this.#payees.has(to)) this.#put(to, [[undefined, sum]])
    else
      this.#put(
        to,
        parts.map(([from, amount]) => [from ?? year, amount]),
      )
  }

  #refund(at: PointsEvent, bill: Bill, amount: bigint): void {
    const oldest = this.#oldestAt(at.timeSeconds)
    let wanted = amount
    const back: Bill['taken'] = []
    while (wanted > 0n && bill.taken.length > 0) {
      const last = bill.taken[bill.taken.length - 1] as Bill['taken'][number]
      const [year, has] = last
      const some = lesser(has, wanted)
      last[1] = has - some
      wanted -= some
      if (last[1] === 0n) bill.taken.pop()
      back.push([year === undefined ? undefined : Math.max(year, oldest), some])
    }
    if (wanted > 0n) this.#wrong(at, `a refund of ${wanted} more than was paid`)
    if (bill.payer !== undefined) this.#put(bill.payer, back)
  }

  #onTransfer(at: PointsEvent, move: { from: Address; to: Address; value: bigint }): void {
    const { from, to, value } = move
    const next = this.#next
    this.#next = undefined
    if (from === ZERO_ADDRESS) {
      if (next?.kind !== 'mint') this.#wrong(at, `${value} points without a mint`)
      this.#put(to, [[pointsYear(this.#calendar, at.timeSeconds), value]])
      return
    }
    if (to === ZERO_ADDRESS) {
      if (next?.kind === 'redeem') this.#onRedeemed(at, from, value)
      else if (next?.kind === 'expiry') this.#onExpired(at, from, value)
      else this.#wrong(at, `${from} lost ${value} points`)
      return
    }
    const taken = this.#take(at, from, value)
    if (next?.kind === 'refund') {
      this.#refund(at, next.bill, value)
      return
    }
    if (next?.kind === 'payment') next.bill.taken = taken.map(([year, amount]) => [year, amount])
    const closed = this.#payees.has(from) === this.#payees.has(to)
    if (!this.#peers && closed) this.#wrong(at, `${from} to ${to} outside the closed loop`)
    this.#receive(at, to, taken)
  }

  #onRedeemed(at: PointsEvent, from: Address, value: bigint): void {
    const account = this.#account(from)
    if (account.earned < value) this.#wrong(at, `${from} redeemed more than it earned`)
    account.earned -= value
    this.#totals.burned += value
  }

  #onExpired(at: PointsEvent, from: Address, value: bigint): void {
    const account = this.#account(from)
    const oldest = this.#oldestAt(at.timeSeconds)
    const dead = [...account.byYear].filter(([year]) => year < oldest)
    const sum = dead.reduce((all, [, amount]) => all + amount, 0n)
    for (const [year] of dead) account.byYear.delete(year)
    if (sum !== value) this.#wrong(at, `${from}: ${value} expired, ${sum} by the calendar`)
  }

  #onMinted(
    at: PointsEvent,
    args: Extract<PointsEvent['event'], { name: 'Minted' }>['args'],
  ): void {
    const { budgetId, department, amount, epoch } = args
    this.#next = { kind: 'mint' }
    this.#totals.minted += amount
    const line = this.#lines.get(budgetId)
    if (line?.department !== department || line.closed)
      this.#wrong(at, `${department} minted on a line that is not its own or closed`)
    if (line !== undefined) {
      line.minted += amount
      if (line.minted > line.limit) this.#wrong(at, `line ${budgetId} is over its limit`)
    }
    const right = pointsEpoch(this.#calendar, at.timeSeconds)
    if (epoch !== right) this.#wrong(at, `epoch ${epoch} told, ${right} by the calendar`)
    const key = `${department} ${right}`
    const sum = (this.#minted.get(key) ?? 0n) + amount
    this.#minted.set(key, sum)
    if (sum > (this.#quotas.get(department) ?? 0n))
      this.#wrong(at, `${department} is over its quota in epoch ${right}`)
    if (at.timeSeconds < this.#pausedUntil) this.#wrong(at, `${department} minted in a pause`)
  }

  #onPaid(
    at: PointsEvent,
    args: { invoiceId: Hash; payee: Address; payer: Address; amount: bigint },
  ): void {
    const { invoiceId, payee, payer, amount } = args
    const key = `${payee} ${invoiceId}`
    const found = this.#bills.get(key)
    if (found?.payer !== undefined) this.#wrong(at, `invoice ${invoiceId} was paid twice`)
    if (found?.cancelled) this.#wrong(at, `invoice ${invoiceId} was paid when cancelled`)
    if (found?.amount !== undefined && found.amount !== amount)
      this.#wrong(at, `invoice ${invoiceId} asked ${found.amount}, was paid ${amount}`)
    if (found !== undefined && at.timeSeconds > found.deadline)
      this.#wrong(at, `invoice ${invoiceId} was paid late`)
    const isOpen = this.#payees.get(payee) === true && invoiceId.startsWith(payer)
    if (found === undefined && !isOpen) this.#wrong(at, `${invoiceId} is no invoice of ${payee}`)
    const terms = found ?? { amount: undefined, deadline: 0 }
    const bill: Bill = { ...terms, payer, paid: amount, taken: [], cancelled: false }
    this.#bills.set(key, bill)
    this.#next = { kind: 'payment', bill }
    this.#totals.payments++
  }

  #onRefunded(at: PointsEvent, args: { invoiceId: Hash; payee: Address; payer: Address }): void {
    const bill = this.#bills.get(`${args.payee} ${args.invoiceId}`)
    if (bill === undefined || bill.payer !== args.payer)
      this.#wrong(at, `a refund of ${args.invoiceId}, which ${args.payer} did not pay`)
    else this.#next = { kind: 'refund', bill }
    this.#totals.refunds++
  }

  #onInvoice(at: PointsEvent): boolean {
    const { name, args } = at.event
    if (name === 'ServicePaid') this.#onPaid(at, args)
    else if (name === 'Refunded') this.#onRefunded(at, args)
    else if (name === 'InvoiceIssued') {
      const key = `${args.payee} ${args.invoiceId}`
      if (this.#bills.has(key)) this.#wrong(at, `invoice ${args.invoiceId} was issued twice`)
      const { amount, deadline } = args
      const rest = { payer: undefined, paid: 0n, taken: [], cancelled: false }
      this.#bills.set(key, { amount, deadline, ...rest })
    } else if (name === 'InvoiceCancelled') {
      const bill = this.#bills.get(`${args.payee} ${args.invoiceId}`)
      if (bill === undefined || bill.payer !== undefined)
        this.#wrong(at, `invoice ${args.invoiceId} was cancelled when paid or unknown`)
      else bill.cancelled = true
    } else return false
    return true
  }

  #onRule(at: PointsEvent): void {
    const { name, args } = at.event
    if (name === 'BudgetOpened')
      this.#lines.set(args.budgetId, {
        ...{ department: args.department, limit: args.limit, minted: 0n, closed: false },
      })
    else if (name === 'BudgetLimitChanged' || name === 'BudgetClosed') {
      const line = this.#lines.get(args.budgetId)
      if (line === undefined) this.#wrong(at, `line ${args.budgetId} was never opened`)
      else if (name === 'BudgetClosed') line.closed = true
      else line.limit = args.to
    } else if (name === 'QuotaChanged') this.#quotas.set(args.department, args.to)
    else if (name === 'PayeeRegistered') this.#payees.set(args.payee, args.open)
    else if (name === 'PayeeRemoved') this.#payees.delete(args.payee)
    else if (name === 'PeerTransfersSwitched') this.#peers = args.on
    else if (name === 'MintPaused') this.#pausedUntil = args.until
    else if (name === 'MintResumed') this.#pausedUntil = 0
  }

  step(at: PointsEvent): void {
    const { name, args } = at.event
    if (name === 'Transfer') this.#onTransfer(at, args)
    else if (name === 'Minted') this.#onMinted(at, args)
    else if (name === 'Redeemed') this.#next = { kind: 'redeem' }
    else if (name === 'Expired') this.#next = { kind: 'expiry' }
    else if (name === 'AuthorizationUsed') {
      const key = `${args.authorizer} ${args.nonce}`
      if (this.#nonces.has(key)) this.#wrong(at, `nonce ${args.nonce} was used twice`)
      this.#nonces.add(key)
    } else if (!this.#onInvoice(at)) this.#onRule(at)
  }

  ledger(): PointsLedger {
    const accounts = this.#accounts
    const balanceAt = (address: Address, timeSeconds: number): bigint => {
      const account = accounts.get(address)
      return account === undefined ? 0n : this.#balance(account, timeSeconds)
    }
    return {
      ...{ accounts, balanceAt, ...this.#totals, differences: this.#differences },
      authorisations: this.#nonces.size,
      supplyAt: (timeSeconds) =>
        [...accounts.keys()].reduce((sum, each) => sum + balanceAt(each, timeSeconds), 0n),
    }
  }
}

/** Replays the events of ServicePoints since its first block, in the chain's order. */
export function replayPoints(
  calendar: PointsCalendar,
  events: Iterable<PointsEvent>,
): PointsLedger {
  const replay = new Replay(calendar)
  for (const event of events) replay.step(event)
  return replay.ledger()
}
