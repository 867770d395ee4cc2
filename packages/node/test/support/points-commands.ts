/** Who acts in the model test of ServicePoints, and the random commands they give. */
import { CITY_POINTS_CALENDAR } from '@veche/contracts'
import { type Address, type Hash, keccakHex, utf8ToBytes } from '@veche/primitives'
import fc from 'fast-check'
import { account } from './service-chain.ts'

/** A hash by name. */
export const text = (name: string): Hash => keccakHex(utf8ToBytes(name))

export const TREASURY = account('treasury')
export const COMPLIANCE = TREASURY
export const DEPARTMENTS = [account('welfare'), account('sport')] as const
export const CITIZENS = [account('anna'), account('boris'), account('vera')] as const
/** the museum takes open payments, the clinic does not */
export const PAYEES = [account('museum'), account('clinic')] as const
export const HOLDERS: readonly Address[] = [...CITIZENS, ...PAYEES]
export const LINES = [text('welfare line'), text('sport line')] as const
export const REASON = text('reason')
export const QUOTA = 5_000n
export const LIMIT = 20_000n
export const DAY = 86_400
export const YEAR = CITY_POINTS_CALENDAR.yearSeconds

const aCitizen = fc.constantFrom(...CITIZENS)
const aPayee = fc.constantFrom(...PAYEES)
const aHolder = fc.constantFrom(...HOLDERS)
const aCitizenMostly = fc.oneof(
  { weight: 6, arbitrary: aCitizen },
  { weight: 1, arbitrary: aPayee },
)
const aPayeeMostly = fc.oneof({ weight: 6, arbitrary: aPayee }, { weight: 1, arbitrary: aCitizen })
/** which of the invoices that the command would fit; undefined: any that comes */
const aPick = fc.oneof(
  { weight: 5, arbitrary: fc.nat(9) },
  { weight: 1, arbitrary: fc.constant(undefined) },
)
const anAmount = fc.oneof(
  { weight: 8, arbitrary: fc.bigInt(1n, 1_500n) },
  { weight: 1, arbitrary: fc.constantFrom(0n, 4_999n, 5_000n, 5_001n, 20_001n) },
)
const aBill = fc.nat(3)
const kind = <const T extends string>(name: T) => fc.constant(name)

const aMint = fc.record({
  kind: kind('mint'),
  by: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...DEPARTMENTS) },
    { weight: 1, arbitrary: aCitizen },
  ),
  /** on the other department's line */
  foreign: fc.constantFrom(false, false, false, false, true),
  credits: fc.array(fc.record({ to: aHolder, amount: anAmount }), { minLength: 1, maxLength: 3 }),
})
const aTransfer = fc.record({
  kind: kind('transfer'),
  from: aHolder,
  to: aHolder,
  amount: anAmount,
})
const anIssue = fc.record({
  kind: kind('issue'),
  payee: aPayeeMostly,
  bill: aBill,
  amount: anAmount,
})
const aPay = fc.record({
  kind: kind('pay'),
  payer: aCitizenMostly,
  payee: aPayee,
  bill: aBill,
  pick: aPick,
  open: fc.constantFrom(false, false, true),
  /** in the signer's hand: undefined pays by itself */
  signed: fc.option(
    fc.record({
      nonce: fc.constantFrom(0n, 0n, 0n, 0n, 0n, 0n, -1n, 1n),
      late: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, -1),
    }),
    { nil: undefined },
  ),
  /** undefined: what the invoice asks */
  amount: fc.oneof(
    { weight: 5, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: anAmount },
  ),
})
const aRefund = fc.record({
  kind: kind('refund'),
  payee: aPayee,
  bill: aBill,
  pick: aPick,
  /** of whom, for an open payment */
  payer: fc.option(aCitizen, { nil: undefined }),
  amount: anAmount,
})
/** mostly within a year; also over several, for what ages in one step */
const someSeconds = fc.oneof(
  { weight: 5, arbitrary: fc.nat(YEAR) },
  { weight: 1, arbitrary: fc.integer({ min: YEAR, max: 4 * YEAR }) },
)
/** One command. */
export const aCommand = fc.oneof(
  { weight: 10, arbitrary: aMint },
  { weight: 8, arbitrary: aTransfer },
  { weight: 6, arbitrary: anIssue },
  { weight: 14, arbitrary: aPay },
  { weight: 6, arbitrary: aRefund },
  { weight: 1, arbitrary: fc.record({ kind: kind('cancel'), payee: aPayee, bill: aBill }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('redeem'), payee: aHolder, amount: anAmount }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('expire'), who: fc.subarray([...HOLDERS]) }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('advance'), seconds: someSeconds }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('pause'), days: fc.integer({ min: 0, max: 31 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('schedule') }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('switch'), wait: fc.boolean() }) },
)
/** What {@link aCommand} gives. */
export type Command = typeof aCommand extends fc.Arbitrary<infer T> ? T : never
/** Commands of one kind. */
export type CommandOf<name extends Command['kind']> = Extract<Command, { kind: name }>
