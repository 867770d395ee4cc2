/** Amounts and names as people write them, and the file of a signed payment. */
import { SERVICE_POINTS_ADDRESS } from '@veche/contracts'
import { keccakHex, utf8ToBytes } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { signTyped } from '../src/act/typed.ts'
import { parseCredits } from '../src/cli/points-office.ts'
import { nameToId, pointsToText, textToPoints } from '../src/points/amounts.ts'
import {
  authorisationShape,
  authorisationTypedData,
  createAuthorisation,
  submitCalldata,
} from '../src/points/authorization-file.ts'
import { rejects } from './support/rejects.ts'
import { signerOf, testKey } from './support/world.ts'

await installNativeCrypto()
const ANNA = testKey('anna')
const MUSEUM = testKey('museum').address

test('points are read to the hundredth and written back', () => {
  for (const [text, amount] of [
    ['12', 1_200n],
    ['12.5', 1_250n],
    ['0.07', 7n],
    ['123456789012345.99', 12_345_678_901_234_599n],
  ] as const) {
    assert.is(textToPoints(text), amount)
    assert.is(textToPoints(pointsToText(amount)), amount)
  }
})

test('what is no amount is refused', () => {
  for (const text of ['', '-1', '1.234', '1,5', '0x10', '1e3', ' 1', '.5', '1234567890123456'])
    assert.throws(() => textToPoints(text), /\[?/)
})

test('a name gives its hash, 32 bytes stay as they are', () => {
  assert.is(nameToId('bill 1'), keccakHex(utf8ToBytes('bill 1')))
  assert.is(nameToId(`0x${'AB'.repeat(32)}`), `0x${'ab'.repeat(32)}`)
  assert.throws(() => nameToId(''))
})

test('a payroll is read line by line', () => {
  const text = `# July\n${MUSEUM}, 12.50\n\n${ANNA.address},1\n`
  assert.equal(parseCredits(text), [
    { to: MUSEUM, amount: 1_250n },
    { to: ANNA.address, amount: 100n },
  ])
  for (const wrong of ['0x12,1', `${MUSEUM}`, `${MUSEUM},1,2`, `${MUSEUM},x`])
    assert.throws(() => parseCredits(wrong))
})

async function signed() {
  const file = createAuthorisation({
    ...{ chainId: 4_242, from: ANNA.address, payee: MUSEUM, amount: 1_250n },
    ...{ nowSeconds: 1_800_000_000, validSeconds: 3_600 },
  })
  const signature = await signTyped(signerOf(ANNA), authorisationTypedData(file))
  return { ...file, signature }
}

test('two payments have two ids and two nonces, so none waits for the other', async () => {
  const [one, two] = [await signed(), await signed()]
  assert.is.not(one.invoiceId, two.invoiceId)
  assert.is.not(one.nonce, two.nonce)
  assert.ok(one.nonce.endsWith('0000000000000000'))
})

test('a signed payment goes through JSON, and an unknown field does not', async () => {
  const file = await signed()
  const json = JSON.parse(JSON.stringify({ ...file, amount: '1250' })) as Record<string, unknown>
  const read = authorisationShape(json, '')
  assert.ok(read.ok)
  assert.equal(read.value, file)
  for (const wrong of [
    { ...json, tip: 1 },
    { ...json, amount: '-1' },
    { ...json, amount: 1_250 },
    { ...json, format: 'other/1' },
    { ...json, contract: '0x12' },
  ])
    assert.not.ok(authorisationShape(wrong, '').ok)
})

test('a payment for another chain or contract, or with a broken signature, is not sent', async () => {
  const file = await signed()
  assert.ok((await submitCalldata(file, 4_242)).startsWith('0x'))
  await rejects(() => submitCalldata(file, 1), 'AUTHORISATION_FOREIGN')
  const elsewhere = { ...file, contract: MUSEUM }
  await rejects(() => submitCalldata(elsewhere, 4_242), 'AUTHORISATION_FOREIGN')
  const noise = { ...file, signature: `0x${'00'.repeat(65)}` as const }
  await rejects(() => submitCalldata(noise, 4_242), 'AUTHORISATION_FOREIGN')
  assert.is(file.contract, SERVICE_POINTS_ADDRESS)
})

test.run()
