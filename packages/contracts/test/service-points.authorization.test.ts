/** Signed without gas: permit (ERC-2612), ERC-3009, payWithAuthorization; ways to abuse them. */
import { type Address, type Hash, keccakHex, utf8ToBytes } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hashTypedData } from 'viem/utils'
import {
  servicePoints as call,
  keyedNonce,
  openInvoiceId,
  type PayMessage,
  pointsTypedData,
} from '../src/index.ts'
import type { TransferMessage } from '../src/points/authorization.ts'
import { advance, deploy, START_SECONDS } from './support/chain.ts'
import { compileFixture } from './support/fixture.ts'
import {
  ANNA,
  ask,
  attempt,
  BORIS,
  balanceOf,
  CLINIC,
  createPoints,
  done,
  give,
  MUSEUM,
  type Points,
  person,
  STRANGER,
  sign,
  split,
} from './support/points.ts'

const { encode, decode } = call
const HOUR = 3_600
const NONCE = keyedNonce(5n, 0n)
const ORDER = openInvoiceId(ANNA.address, 1n)

async function createFunded(): Promise<Points> {
  const points = await createPoints()
  await give(points, ANNA.address, 1_000n)
  return points
}

function payment(changes: Partial<PayMessage> = {}): PayMessage {
  return {
    ...{ from: ANNA.address, payee: MUSEUM, invoiceId: ORDER, value: 300n },
    ...{ validAfter: 0n, validBefore: BigInt(START_SECONDS + HOUR), nonce: NONCE },
    ...changes,
  }
}

function transferOf(changes: Partial<TransferMessage> = {}): TransferMessage {
  return {
    ...{ from: ANNA.address, to: MUSEUM, value: 300n, nonce: NONCE },
    ...{ validAfter: 0n, validBefore: BigInt(START_SECONDS + HOUR) },
    ...changes,
  }
}

const submitPay = (m: PayMessage, signature: `0x${string}`) =>
  encode.payWithAuthorization(
    ...([m.from, m.payee, m.invoiceId, m.value, m.validAfter, m.validBefore] as const),
    ...([m.nonce, signature] as const),
  )

const submitTransfer = (m: TransferMessage, signature: `0x${string}`) =>
  encode.transferWithAuthorization(
    ...([m.from, m.to, m.value, m.validAfter, m.validBefore, m.nonce, signature] as const),
  )

test('the domain is the one that wallets compute, and says itself (ERC-5267)', async () => {
  const points = await createPoints()
  const [fields, name, version, chainId, contract] = await ask(
    points,
    encode.eip712Domain(),
    decode.eip712Domain,
  )
  assert.equal([fields, name, version, chainId], ['0x0f', 'City Service Points', '1', 1n])
  assert.is(contract.toLowerCase(), points.contract)
})

test('a relayer submits a signed payment; the invoice is paid by the signer', async () => {
  const points = await createFunded()
  const message = payment()
  const signature = sign(ANNA, points, { kind: 'PayWithAuthorization', content: message })
  await done(points, STRANGER, submitPay(message, signature))
  assert.is(await balanceOf(points, ANNA.address), 700n)
  assert.is(await balanceOf(points, MUSEUM), 300n)
  const used = encode.authorizationState(ANNA.address, NONCE)
  assert.is(await ask(points, used, decode.authorizationState), true)
})

test('a relayer who changes payee, invoice, amount, time or nonce is refused', async () => {
  const points = await createFunded()
  const signature = sign(ANNA, points, { kind: 'PayWithAuthorization', content: payment() })
  const changes: Partial<PayMessage>[] = [
    { payee: CLINIC },
    { invoiceId: openInvoiceId(ANNA.address, 2n) },
    { value: 301n },
    { validAfter: 1n },
    { validBefore: BigInt(START_SECONDS + HOUR + 1) },
    { nonce: keyedNonce(6n, 0n) },
    { from: BORIS.address },
  ]
  for (const change of changes) {
    const data = submitPay(payment(change), signature)
    assert.is(await attempt(points, STRANGER, data), 'ERC3009InvalidSignature')
  }
})

test('whoever submits a seen payment first only pays it, and a second time it is refused', async () => {
  const points = await createFunded()
  const message = payment()
  const signature = sign(ANNA, points, { kind: 'PayWithAuthorization', content: message })
  await done(points, STRANGER, submitPay(message, signature))
  const again = submitPay(message, signature)
  assert.is(await attempt(points, MUSEUM, again), 'InvalidAccountNonce')
  const next = payment({ nonce: keyedNonce(5n, 1n) })
  const second = sign(ANNA, points, { kind: 'PayWithAuthorization', content: next })
  assert.is(await attempt(points, MUSEUM, submitPay(next, second)), 'ServicePointsInvoiceState')
})

test('a signature for another chain or another contract is no signature here', async () => {
  const points = await createFunded()
  const message = payment()
  for (const place of [
    { chainId: 2, contract: points.contract },
    { chainId: points.chainId, contract: points.implementation },
  ]) {
    const signature = sign(ANNA, place, { kind: 'PayWithAuthorization', content: message })
    const data = submitPay(message, signature)
    assert.is(await attempt(points, STRANGER, data), 'ERC3009InvalidSignature')
  }
})

test('a payment is not a transfer, and a transfer to receive is not one to send', async () => {
  const points = await createFunded()
  const receive = transferOf()
  const signature = sign(ANNA, points, { kind: 'ReceiveWithAuthorization', content: receive })
  const data = submitTransfer(receive, signature)
  assert.is(await attempt(points, STRANGER, data), 'ERC3009InvalidSignature')
})

test('an authorisation is refused before its time and after it', async () => {
  const points = await createFunded()
  const early = payment({ validAfter: BigInt(START_SECONDS) })
  const signature = sign(ANNA, points, { kind: 'PayWithAuthorization', content: early })
  const data = submitPay(early, signature)
  assert.is(await attempt(points, STRANGER, data), 'ERC3009InvalidAuthorizationTime')
  advance(points.chain, { seconds: HOUR })
  assert.is(await attempt(points, STRANGER, data), 'ERC3009InvalidAuthorizationTime')
})

test('a citizen takes back a payment that was signed and not submitted', async () => {
  const points = await createFunded()
  const message = payment()
  const signature = sign(ANNA, points, { kind: 'PayWithAuthorization', content: message })
  const content = { authorizer: ANNA.address, nonce: NONCE }
  const back = sign(ANNA, points, { kind: 'CancelAuthorization', content })
  const foreign = sign(BORIS, points, { kind: 'CancelAuthorization', content })
  const cancel = (by: `0x${string}`) => encode.cancelAuthorization(ANNA.address, NONCE, by)
  assert.is(await attempt(points, STRANGER, cancel(foreign)), 'ERC3009InvalidSignature')
  await done(points, STRANGER, cancel(back))
  const data = submitPay(message, signature)
  assert.is(await attempt(points, STRANGER, data), 'InvalidAccountNonce')
})

test('nonces of one key go in order, those of another key do not wait', async () => {
  const points = await createFunded()
  const nonces = [keyedNonce(5n, 1n), keyedNonce(9n, 0n), keyedNonce(5n, 0n), keyedNonce(5n, 1n)]
  const verdicts: string[] = []
  for (const nonce of nonces) {
    const message = transferOf({ nonce, value: 1n })
    const signature = sign(ANNA, points, { kind: 'TransferWithAuthorization', content: message })
    verdicts.push(await attempt(points, STRANGER, submitTransfer(message, signature)))
  }
  assert.equal(verdicts, ['InvalidAccountNonce', 'ok', 'ok', 'ok'])
})

test('ERC-3009 with v, r, s: transfer, receive by the receiver alone, cancel', async () => {
  const points = await createFunded()
  const one = transferOf()
  const first = sign(ANNA, points, { kind: 'TransferWithAuthorization', content: one })
  const fields = (m: TransferMessage) =>
    [m.from, m.to, m.value, m.validAfter, m.validBefore, m.nonce] as const
  await done(points, STRANGER, encode.transferWithAuthorization(...fields(one), ...split(first)))
  const two = transferOf({ nonce: keyedNonce(5n, 1n) })
  const second = sign(ANNA, points, { kind: 'ReceiveWithAuthorization', content: two })
  const receive = encode.receiveWithAuthorization(...fields(two), ...split(second))
  assert.is(await attempt(points, STRANGER, receive), 'ERC20InvalidReceiver')
  await done(points, MUSEUM, receive)
  const content = { authorizer: ANNA.address, nonce: keyedNonce(5n, 2n) }
  const third = sign(ANNA, points, { kind: 'CancelAuthorization', content })
  const { authorizer, nonce } = content
  await done(points, STRANGER, encode.cancelAuthorization(authorizer, nonce, ...split(third)))
  assert.is(await balanceOf(points, MUSEUM), 600n)
})

test('an authorised transfer obeys the closed loop', async () => {
  const points = await createFunded()
  const message = transferOf({ to: BORIS.address })
  const signature = sign(ANNA, points, { kind: 'TransferWithAuthorization', content: message })
  const data = submitTransfer(message, signature)
  assert.is(await attempt(points, STRANGER, data), 'ServicePointsOutsideLoop')
})

function permit(points: Points, changes: { nonce?: bigint; deadline?: bigint; by?: typeof ANNA }) {
  const { nonce = 0n, deadline = BigInt(START_SECONDS), by = ANNA } = changes
  const content = { owner: ANNA.address, spender: STRANGER, value: 70n, nonce, deadline }
  const signature = sign(by, points, { kind: 'Permit', content })
  return encode.permit(ANNA.address, STRANGER, 70n, deadline, ...split(signature))
}

test('ERC-2612: a permit gives an allowance once; late, foreign or repeated it is refused', async () => {
  const points = await createFunded()
  const late = permit(points, { deadline: BigInt(START_SECONDS - 1) })
  assert.is(await attempt(points, STRANGER, late), 'ERC2612ExpiredSignature')
  const foreign = permit(points, { by: BORIS })
  assert.is(await attempt(points, STRANGER, foreign), 'ERC2612InvalidSigner')
  await done(points, STRANGER, permit(points, {}))
  const allowance = encode.allowance(ANNA.address, STRANGER)
  assert.is(await ask(points, allowance, decode.allowance), 70n)
  assert.is(await attempt(points, STRANGER, permit(points, {})), 'ERC2612InvalidSigner')
  await done(points, STRANGER, permit(points, { nonce: 1n }))
})

test('a signature with the other half of the curve (s too large) is refused', async () => {
  const points = await createFunded()
  const message = payment()
  const signature = sign(ANNA, points, { kind: 'PayWithAuthorization', content: message })
  const [v, r, s] = split(signature)
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const other = (order - BigInt(s)).toString(16).padStart(64, '0')
  const flipped = `${r}${other}${(v === 27 ? 28 : 27).toString(16)}` as Hash
  const data = submitPay(message, flipped)
  assert.is(await attempt(points, STRANGER, data), 'ERC3009InvalidSignature')
})

test('vectors: digests as an independent implementation gives them', () => {
  const place = { chainId: 20_190, contract: `0x${'00'.repeat(18)}1009` as Address }
  const data = pointsTypedData(place, 'PayWithAuthorization', {
    ...{ from: `0x${'11'.repeat(20)}`, payee: `0x${'22'.repeat(20)}`, value: 5n },
    ...{ invoiceId: `0x${'33'.repeat(32)}`, validAfter: 1n, validBefore: 2n },
    nonce: keyedNonce(1n, 0n),
  })
  const typeHash = keccakHex(
    utf8ToBytes(
      'PayWithAuthorization(address from,address payee,bytes32 invoiceId,uint256 value,' +
        'uint256 validAfter,uint256 validBefore,bytes32 nonce)',
    ),
  )
  const word = (value: bigint | string): string =>
    (typeof value === 'bigint' ? value.toString(16) : value.slice(2)).padStart(64, '0')
  const hash = (...words: (bigint | string)[]): Hash =>
    keccakHex(Buffer.from(words.map(word).join(''), 'hex'))
  const text = (value: string): Hash => keccakHex(utf8ToBytes(value))
  const domainType = text(
    'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)',
  )
  const domain = hash(
    ...[domainType, text('City Service Points'), text('1'), 20_190n, place.contract],
  )
  const struct = hash(
    ...[typeHash, `0x${'11'.repeat(20)}`, `0x${'22'.repeat(20)}`, `0x${'33'.repeat(32)}`],
    ...[5n, 1n, 2n, 1n << 64n],
  )
  const digest = keccakHex(Buffer.from(`1901${word(domain)}${word(struct)}`, 'hex'))
  assert.is(hashTypedData(data as unknown as Parameters<typeof hashTypedData>[0]), digest)
})

const wallets = await compileFixture('PointsWallets.sol', [])

/** A contract account that holds 500 points. */
async function createWallet(points: Points, name: string): Promise<Address> {
  const { address } = await deploy(points.chain, wallets(name).bytecode)
  await give(points, address, 500n)
  return address
}

test('a contract account signs through ERC-1271', async () => {
  const points = await createFunded()
  const from = await createWallet(points, 'AgreeableWallet')
  const message = payment({ from, invoiceId: openInvoiceId(from, 1n) })
  await done(points, STRANGER, submitPay(message, '0x01'))
  assert.is(await balanceOf(points, from), 200n)
})

test('a contract account that calls back while it is asked is refused and moves nothing', async () => {
  const points = await createFunded()
  const from = await createWallet(points, 'ReenteringWallet')
  const message = payment({ from, invoiceId: openInvoiceId(from, 1n) })
  // it answers yes only if its own transfer went through in the middle
  const verdict = await attempt(points, STRANGER, submitPay(message, '0x01'))
  assert.is(verdict, 'ERC3009InvalidSignature')
  assert.is(await balanceOf(points, from), 500n)
})

test('an account that never signed has no valid signature, also the zero address', async () => {
  const points = await createFunded()
  const nobody = person('nobody').address
  for (const from of [nobody, `0x${'00'.repeat(20)}` as Address]) {
    const message = payment({ from, invoiceId: openInvoiceId(from, 1n) })
    const empty = submitPay(message, `0x${'00'.repeat(65)}`)
    assert.is(await attempt(points, STRANGER, empty), 'ERC3009InvalidSignature')
  }
})

test.run()
