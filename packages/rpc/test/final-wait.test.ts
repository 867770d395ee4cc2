/** Receipts of pooled transactions: the answer comes when the block is final, and never hangs. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createCaller, signed, walletOf, word } from './caller.ts'
import { createTwin } from './twin.ts'

const alice = walletOf('alice')
const bob = walletOf('bob').address.toLowerCase()

async function createPooled() {
  const twin = createTwin()
  twin.setBalance(alice.address.toLowerCase() as `0x${string}`, 100n)
  const before = twin.listeners()
  const { get } = createCaller(twin.backend)
  const raw = await signed(alice, { nonce: 0, to: bob, value: 1, gasPrice: 0 })
  const submitted = await twin.backend.submit(raw)
  assert.ok(submitted.ok)
  const hash = submitted.ok ? submitted.value : word(0)
  return { twin, get, hash, before }
}

test('answers with the receipt as soon as the pooled transaction is final', async () => {
  const { twin, get, hash, before } = await createPooled()
  const asked = get('eth_getTransactionReceipt', hash)
  await Promise.resolve()
  assert.is(twin.listeners(), before + 1, 'it follows the heads')
  twin.seal()
  const receipt = (await asked) as { transactionHash: string; blockNumber: string }
  assert.is(receipt.transactionHash, hash)
  assert.is(receipt.blockNumber, '0x1')
  assert.is(twin.listeners(), before, 'it lets go')
})

test('answers null for a transaction that stays pooled, and lets go', async () => {
  const { twin, get, hash, before } = await createPooled()
  assert.is(await get('eth_getTransactionReceipt', hash), null)
  assert.is(twin.listeners(), before)
})

test('waits for nothing that is not pooled', async () => {
  const { twin, get, before } = await createPooled()
  const asked = get('eth_getTransactionReceipt', word(9))
  assert.is(twin.listeners(), before)
  assert.is(await asked, null)
})

test.run()
