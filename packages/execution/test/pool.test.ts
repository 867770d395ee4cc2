/** The pool: admission codes, replacement, bounds, order, and a model of its lanes. */
import type { Address, Hash } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createPool, type Pool, type PoolOptions } from '../src/index.ts'
import { blobTransaction, CHAIN_ID, keyOf, sign, viewOf } from './support/chain.ts'

await installNativeCrypto()

const TO = `0x${'22'.repeat(20)}`
const keys = [keyOf(10), keyOf(11), keyOf(12)] as const
const [alice, bob, carol] = keys

interface World {
  readonly pool: Pool
  readonly accounts: Map<Address, { nonce: bigint; balance: bigint }>
}

function openPool(options: Partial<PoolOptions> = {}): World {
  const accounts = new Map<Address, { nonce: bigint; balance: bigint }>()
  for (const { address } of keys) accounts.set(address, { nonce: 0n, balance: 10n ** 18n })
  const pool = createPool({
    chainId: CHAIN_ID,
    gasLimit: 30_000_000n,
    state: { account: (address) => accounts.get(address) },
    clock: () => 0,
    ...options,
  })
  return { pool, accounts }
}

function transfer(who: (typeof keys)[number], nonce: number, extra: object = {}): Uint8Array {
  return sign(who, { nonce, to: TO, gasLimit: 21_000, ...extra } as never)
}

function codeOf(pool: Pool, raw: Uint8Array): string {
  const result = pool.add(raw)
  return result.ok ? 'OK' : result.code
}

test('each reason to refuse has its code and geth words', () => {
  const { pool, accounts } = openPool()
  accounts.set(bob.address, { nonce: 3n, balance: 5n })
  assert.is(codeOf(pool, transfer(alice, 0)), 'OK')
  assert.is(codeOf(pool, transfer(alice, 0)), 'TRANSACTION_KNOWN')
  assert.is(codeOf(pool, transfer(bob, 2)), 'TRANSACTION_NONCE_LOW')
  assert.is(codeOf(pool, transfer(bob, 3, { value: 6 })), 'TRANSACTION_FUNDS')
  assert.is(codeOf(pool, transfer(alice, 1, { gasLimit: 20_999 })), 'TRANSACTION_INTRINSIC_GAS')
  assert.is(codeOf(pool, transfer(alice, 1, { gasLimit: 30_000_001 })), 'TRANSACTION_GAS_LIMIT')
  assert.is(codeOf(pool, blobTransaction(alice, TO)), 'TRANSACTION_TYPE_UNSUPPORTED')
  assert.is(codeOf(pool, new Uint8Array(200_000)), 'TRANSACTION_OVERSIZED')
  assert.is(codeOf(pool, Uint8Array.of(0xc0)), 'TRANSACTION_MALFORMED')
  const other = openPool({ chainId: 1 })
  assert.is(codeOf(other.pool, transfer(alice, 0)), 'TRANSACTION_CHAIN_INVALID')
  const init = sign(alice, {
    nonce: 1,
    data: new Uint8Array(49_153),
    gasLimit: 5_000_000,
  } as never)
  assert.is(codeOf(pool, init), 'TRANSACTION_INIT_CODE')
  const dear = openPool({ baseFee: () => 10n })
  assert.is(codeOf(dear.pool, transfer(alice, 0, { gasPrice: 9 })), 'TRANSACTION_UNDERPRICED')
})

test('a replacement pays ten percent more, or anything above zero', () => {
  const { pool } = openPool()
  assert.is(codeOf(pool, transfer(alice, 0)), 'OK')
  assert.is(codeOf(pool, transfer(alice, 0, { value: 1 })), 'TRANSACTION_REPLACEMENT')
  assert.is(codeOf(pool, transfer(alice, 0, { gasPrice: 100 })), 'OK')
  assert.is(codeOf(pool, transfer(alice, 0, { gasPrice: 109 })), 'TRANSACTION_REPLACEMENT')
  assert.is(codeOf(pool, transfer(alice, 0, { gasPrice: 110 })), 'OK')
  assert.is(pool.count(), 1)
})

test('the order is price, then arrival, and nonces ascend inside a sender', () => {
  const { pool } = openPool()
  const raws = [
    transfer(alice, 1),
    transfer(bob, 0),
    transfer(alice, 0),
    transfer(carol, 0, { gasPrice: 5 }),
    transfer(carol, 1, { gasPrice: 1 }),
    transfer(bob, 1, { gasPrice: 9 }),
  ]
  for (const raw of raws) assert.is(codeOf(pool, raw), 'OK')
  const order = [...pool.pending()].map(({ view }) => view.hash)
  const expected = [3, 4, 1, 5, 2, 0].map((i) => viewOf(raws[i] as Uint8Array).view.hash)
  assert.equal(order, expected)
})

test('a gap waits in the queue and joins when it is filled', () => {
  const { pool } = openPool()
  const places: string[] = []
  pool.onAdded((_, place) => places.push(place))
  pool.add(transfer(alice, 1))
  assert.is(pool.hasWork(), false)
  assert.equal(pool.status(), { pending: 0, queued: 1 })
  assert.is(pool.pendingNonce(alice.address), undefined)
  pool.add(transfer(alice, 0))
  assert.equal(pool.status(), { pending: 2, queued: 0 })
  assert.is(pool.pendingNonce(alice.address), 2n)
  assert.equal(places, ['queued', 'pending'])
})

test('a new head drops what it included and what became stale', () => {
  const { pool, accounts } = openPool()
  for (let nonce = 0; nonce < 4; nonce++) pool.add(transfer(alice, nonce))
  accounts.set(alice.address, { nonce: 3n, balance: 1n })
  pool.applied([alice.address])
  assert.is(pool.count(), 1)
  assert.is(pool.content(alice.address).pending[0]?.nonce, 3n)
  accounts.set(alice.address, { nonce: 4n, balance: 1n })
  pool.applied([alice.address])
  assert.is(pool.count(), 0)
  assert.is(pool.hasWork(), false)
})

test('a banned transaction leaves and does not come back', () => {
  const { pool } = openPool()
  const raw = transfer(alice, 0)
  const added = pool.add(raw)
  assert.ok(added.ok)
  pool.ban(added.value)
  assert.is(pool.has(added.value), false)
  assert.is(codeOf(pool, raw), 'TRANSACTION_BANNED')
  assert.is(codeOf(pool, transfer(alice, 0, { value: 1 })), 'OK')
})

test('bounds hold: per sender, behind a gap, in count, in bytes', () => {
  const { pool } = openPool({ limits: { perSenderMax: 2, queuedPerSenderMax: 1 } })
  assert.is(codeOf(pool, transfer(alice, 5)), 'OK')
  assert.is(codeOf(pool, transfer(alice, 7)), 'TRANSACTION_SENDER_QUOTA')
  assert.is(codeOf(pool, transfer(alice, 0)), 'OK')
  assert.is(codeOf(pool, transfer(alice, 1)), 'TRANSACTION_SENDER_QUOTA')
  const small = openPool({ limits: { transactionsMax: 2 } }).pool
  assert.is(codeOf(small, transfer(alice, 5)), 'OK')
  assert.is(codeOf(small, transfer(bob, 0)), 'OK')
  // an executable one takes the place of one that waits behind a gap
  assert.is(codeOf(small, transfer(carol, 0)), 'OK')
  assert.equal(small.status(), { pending: 2, queued: 0 })
  assert.is(codeOf(small, transfer(carol, 1)), 'POOL_FULL')
  const bytes = openPool({ limits: { bytesMax: 150 } }).pool
  assert.is(codeOf(bytes, transfer(alice, 0)), 'OK')
  assert.is(codeOf(bytes, transfer(bob, 0)), 'POOL_FULL')
})

interface Model {
  /** sender index → nonce → hash */
  readonly held: Map<number, Map<number, Hash>>
  readonly nonces: number[]
}

function expectSame(pool: Pool, model: Model): void {
  let pending = 0
  let count = 0
  for (const [who, lane] of model.held) {
    let next = model.nonces[who] as number
    while (lane.has(next)) next++
    pending += next - (model.nonces[who] as number)
    count += lane.size
  }
  assert.equal(pool.status(), { pending, queued: count - pending })
  assert.is(pool.hasWork(), pending > 0)
  const seen = new Map<Address, bigint>()
  let listed = 0
  for (const { view } of pool.pending()) {
    const who = keys.findIndex(({ address }) => address === view.from)
    const expected = seen.get(view.from) ?? BigInt(model.nonces[who] as number)
    assert.is(view.nonce, expected)
    seen.set(view.from, expected + 1n)
    assert.is(model.held.get(who)?.get(Number(view.nonce)), view.hash)
    listed++
  }
  assert.is(listed, pending)
}

test('agrees with a model under random adds, removals and new heads', () => {
  const who = fc.nat(2)
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), who, nonce: fc.nat(6), price: fc.nat(3) }),
    fc.record({ kind: fc.constant('remove' as const), who, nonce: fc.nat(6) }),
    fc.record({ kind: fc.constant('head' as const), who, by: fc.nat(3) }),
  )
  const signed = new Map<string, Uint8Array>()
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { pool, accounts } = openPool()
      const model: Model = { held: new Map(keys.map((_, i) => [i, new Map()])), nonces: [0, 0, 0] }
      const prices = new Map<Hash, number>()
      for (const one of steps) {
        const key = keys[one.who] as (typeof keys)[number]
        const lane = model.held.get(one.who) as Map<number, Hash>
        if (one.kind === 'add') {
          const name = `${one.who}/${one.nonce}/${one.price}`
          const raw = signed.get(name) ?? transfer(key, one.nonce, { gasPrice: one.price * 10 })
          signed.set(name, raw)
          const old = lane.get(one.nonce)
          const result = pool.add(raw)
          const free = old === undefined || one.price > (prices.get(old) as number)
          assert.is(result.ok, one.nonce >= (model.nonces[one.who] as number) && free, name)
          if (result.ok) {
            lane.set(one.nonce, result.value)
            prices.set(result.value, one.price)
          }
        } else if (one.kind === 'remove') {
          const hash = lane.get(one.nonce)
          if (hash !== undefined) pool.remove(hash)
          lane.delete(one.nonce)
        } else {
          const nonce = (model.nonces[one.who] as number) + one.by
          model.nonces[one.who] = nonce
          accounts.set(key.address, { nonce: BigInt(nonce), balance: 10n ** 18n })
          pool.applied([key.address])
          for (const held of [...lane.keys()]) if (held < nonce) lane.delete(held)
        }
        expectSame(pool, model)
      }
    }),
    { numRuns: 200 },
  )
})

test.run()
