/**
 * Gas of ServicePoints, through its proxy, as receipts show it. Budget (services.md 2.5 with the
 * allowance for full checks): a payment 85,000.
 */
import { type Address, bytesToHex, keccakHex, utf8ToBytes } from '@veche/primitives'
import { test } from 'uvu'
import { servicePoints as call, keyedNonce, openInvoiceId } from '../src/index.ts'
import { advance, START_SECONDS } from './support/chain.ts'
import { gasSnapshot } from './support/gas.ts'
import {
  ANNA,
  CLINIC,
  createPoints,
  done,
  give,
  MUSEUM,
  type Points,
  REASON,
  STRANGER,
  sign,
  split,
  WELFARE,
  WELFARE_LINE,
  YEAR_SECONDS,
} from './support/points.ts'

const PAY_GAS_MAX = 85_000
const { encode } = call
const book = gasSnapshot('ServicePoints')
const DEADLINE = START_SECONDS + 86_400

async function note(points: Points, name: string, from: Address, data: `0x${string}`) {
  book.note(name, (await done(points, from, data)).gasUsed)
}

async function notePay(points: Points, name: string, from: Address, data: `0x${string}`) {
  book.note(name, (await done(points, from, data)).gasUsed, { max: PAY_GAS_MAX })
}

const orderOf = (n: number) => openInvoiceId(ANNA.address, BigInt(n) * 10n ** 24n + 77n)

async function createBusy(): Promise<Points> {
  const points = await createPoints()
  await give(points, ANNA.address, 100_000n)
  for (const payee of [MUSEUM, CLINIC])
    await done(points, ANNA.address, encode.transfer(payee, 1_000n))
  return points
}

test('measures minting', async () => {
  const points = await createBusy()
  const fresh = encode.mint(STRANGER, 50_000n, WELFARE_LINE, REASON)
  await note(points, 'mint to a new account', WELFARE, fresh)
  const again = encode.mint(ANNA.address, 50_000n, WELFARE_LINE, REASON)
  await note(points, 'mint to a known account', WELFARE, again)
  const credits = Array.from({ length: 200 }, (_, i) => ({
    to: bytesToHex(utf8ToBytes(`an account no. ${100 + i}__`)),
    amount: 3_000n,
  }))
  const batch = encode.mintBatch(WELFARE_LINE, REASON, credits)
  await note(points, 'mintBatch of 200 new accounts', WELFARE, batch)
  const same = credits.map(({ to }) => ({ to, amount: 100n }))
  const second = encode.mintBatch(WELFARE_LINE, REASON, same)
  await note(points, 'mintBatch of 200 known accounts', WELFARE, second)
})

test('measures payments: within 85,000', async () => {
  const points = await createBusy()
  await notePay(points, 'pay an open id', ANNA.address, encode.pay(orderOf(1), MUSEUM, 12_345n))
  const bill = keccakHex(utf8ToBytes('bill'))
  const issue = encode.issueInvoice(bill, 12_345n, DEADLINE)
  await note(points, 'issueInvoice', CLINIC, issue)
  await notePay(points, 'pay an issued invoice', ANNA.address, encode.pay(bill, CLINIC, 12_345n))
  await note(points, 'refund in part', CLINIC, encode.refund(bill, 345n))
  await note(points, 'redeem', CLINIC, encode.redeem(2_000n, REASON))
  const other = keccakHex(utf8ToBytes('other bill'))
  await done(points, CLINIC, encode.issueInvoice(other, 12_345n, DEADLINE))
  await note(points, 'cancelInvoice', CLINIC, encode.cancelInvoice(other))
})

test('measures a payment in another year, from three ages', async () => {
  const points = await createBusy()
  for (let year = 1; year < 3; year++) {
    advance(points.chain, { seconds: YEAR_SECONDS })
    await give(points, ANNA.address, 1_000n)
  }
  const data = encode.pay(orderOf(2), MUSEUM, 99_500n)
  await notePay(points, 'pay from three ages', ANNA.address, data)
  advance(points.chain, { seconds: YEAR_SECONDS })
  const late = encode.pay(orderOf(3), MUSEUM, 100n)
  await notePay(points, 'pay with an expiry before it', ANNA.address, late)
})

test('measures signed payments', async () => {
  const points = await createBusy()
  const message = (n: number, sequence: bigint) => ({
    ...{ from: ANNA.address, payee: MUSEUM, invoiceId: orderOf(n), value: 12_345n },
    ...{ validAfter: 0n, validBefore: BigInt(DEADLINE), nonce: keyedNonce(7n, sequence) },
  })
  const submit = (n: number, sequence: bigint) => {
    const m = message(n, sequence)
    const signature = sign(ANNA, points, { kind: 'PayWithAuthorization', content: m })
    const times = [m.validAfter, m.validBefore, m.nonce] as const
    return encode.payWithAuthorization(m.from, m.payee, m.invoiceId, m.value, ...times, signature)
  }
  await note(points, 'payWithAuthorization with a new key', STRANGER, submit(1, 0n))
  await note(points, 'payWithAuthorization with a used key', STRANGER, submit(2, 1n))
  const { payee: to, invoiceId: _, ...rest } = message(3, 2n)
  const content = { ...rest, to }
  const signature = sign(ANNA, points, { kind: 'TransferWithAuthorization', content })
  const times = [content.validAfter, content.validBefore, content.nonce] as const
  const data = encode.transferWithAuthorization(
    ANNA.address,
    to,
    content.value,
    ...times,
    signature,
  )
  await note(points, 'transferWithAuthorization with a used key', STRANGER, data)
})

test('measures ERC-20 and expiry', async () => {
  const points = await createBusy()
  await note(points, 'transfer to a payee', ANNA.address, encode.transfer(MUSEUM, 500n))
  await note(points, 'approve', ANNA.address, encode.approve(STRANGER, 500n))
  const from = encode.transferFrom(ANNA.address, MUSEUM, 200n)
  await note(points, 'transferFrom to a payee', STRANGER, from)
  const deadline = BigInt(DEADLINE)
  const content = { owner: ANNA.address, spender: STRANGER, value: 9n, nonce: 0n, deadline }
  const signature = split(sign(ANNA, points, { kind: 'Permit', content }))
  const permit = encode.permit(ANNA.address, STRANGER, 9n, deadline, ...signature)
  await note(points, 'permit', STRANGER, permit)
  advance(points.chain, { seconds: 3 * YEAR_SECONDS })
  await note(points, 'expire one account', STRANGER, encode.expire([ANNA.address]))
})

test('gas is as in gas/ServicePoints.json: run with UPDATE=1 when a change is meant', () => {
  book.check()
})

test.run()
