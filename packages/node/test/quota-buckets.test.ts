/** Leaky buckets and the two ledgers over a state that the test writes. */
import {
  admission,
  QUOTA_POLICY_ADDRESS,
  QUOTA_UNLIMITED,
  type Quota,
  quotaAdmitterSlot,
  quotaClassSlot,
  quotaSlot,
} from '@veche/contracts'
import { createPool, type Executed } from '@veche/execution'
import {
  type Account,
  type Address,
  type Hash,
  type Header,
  type Hex,
  hexToBytes,
  type TransactionView,
  ZERO_HASH,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeAbiParameters } from 'viem/utils'
import { Buckets } from '../src/quota/buckets.ts'
import { Quotas } from '../src/quota/quotas.ts'
import { signTransaction } from '../src/transactions.ts'
import { signerOf, testKey } from './support/world.ts'

await installNativeCrypto()

const CHAIN_ID = 4_242
const ADMITTER: Address = `0x${'e1'.repeat(20)}`
const account: Account = {
  ...{ nonce: 0n, balance: 0n, storageRoot: ZERO_HASH, codeHash: ZERO_HASH },
}

function quotaWord({ senderRate, senderBucket, sharedRate, sharedBucket }: Quota): Uint8Array {
  const word = senderRate | (senderBucket << 64n) | (sharedRate << 128n) | (sharedBucket << 192n)
  return hexToBytes(`0x${word.toString(16).padStart(64, '0')}`)
}

/** a chain whose head state holds QuotaPolicy's slots and nothing else */
function openQuotas() {
  const slots = new Map<Hash, Uint8Array>()
  const used = new Set<string>()
  const at = { nowMs: 1_000_000, calls: 0 }
  const state = {
    account: (address: Address) => (address === QUOTA_POLICY_ADDRESS ? account : undefined),
    slot: (_: Address, slot: Hash) => slots.get(slot),
    code: () => undefined,
    trieNode: () => undefined,
  }
  const pool = { current: undefined as ReturnType<typeof createPool> | undefined }
  const quotas = new Quotas({
    state,
    nowMs: () => at.nowMs,
    head: () => ({}) as Header,
    isExempt: (sender) => sender === testKey('validator').address,
    isPooled: (hash) => pool.current?.has(hash) === true,
    executor: {
      async call({ input }) {
        at.calls++
        // the credential is the first byte of the calldata that the node passes on
        const data = input.subarray(4 + 96)
        const nullifier = `0x${(data[0] ?? 0).toString(16).padStart(64, '0')}` as Hash
        const types = [{ type: 'bool' }, { type: 'bytes32' }]
        const output = encodeAbiParameters(types, [!used.has(nullifier), nullifier])
        return { kind: 'success', output: hexToBytes(output), gasUsed: 1n }
      },
    },
  })
  pool.current = createPool({
    ...{ chainId: CHAIN_ID, gasLimit: 8_000_000n, clock: () => at.nowMs, quota: quotas },
    state: { account: () => undefined },
  })
  return { quotas, pool: pool.current, slots, at, used }
}

async function raw(
  from: string,
  nonce: number,
  more: { gas?: bigint; to?: Address; data?: Hex } = {},
): Promise<Uint8Array> {
  const { gas = 100_000n, to = ADMITTER, data = '0x' } = more
  return hexToBytes(
    await signTransaction(signerOf(testKey(from)), { chainId: CHAIN_ID, nonce, to, data, gas }),
  )
}

const quota = (sender: [bigint, bigint], shared: [bigint, bigint]): Quota => ({
  ...{ senderRate: sender[0], senderBucket: sender[1] },
  ...{ sharedRate: shared[0], sharedBucket: shared[1] },
})
const OFF: [bigint, bigint] = [0n, QUOTA_UNLIMITED]

test('QuotaPolicy 7: in every window at most bucket + rate · window goes in', () => {
  const step = fc.record({ waitMs: fc.nat(5_000), gas: fc.integer({ min: 1, max: 500 }) })
  const size = fc.record({ rate: fc.nat(200), bucket: fc.nat(1_000) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), size, (steps, { rate, bucket }) => {
      const buckets = new Buckets()
      const taken: { atMs: number; gas: number }[] = []
      let nowMs = 0
      for (const { waitMs, gas } of steps) {
        nowMs += waitMs
        if (buckets.level('a', rate, nowMs) + gas > bucket) continue
        buckets.add('a', gas, { rate, nowMs })
        taken.push({ atMs: nowMs, gas })
      }
      for (let i = 0; i < taken.length; i++) {
        let sum = 0
        for (let j = i; j < taken.length; j++) {
          sum += taken[j]?.gas ?? 0
          const windowMs = (taken[j]?.atMs ?? 0) - (taken[i]?.atMs ?? 0)
          assert.ok(sum <= bucket + (rate * windowMs) / 1000 + 1e-6)
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('forgets empty buckets, then the longest silent, and never grows without bound', () => {
  const buckets = new Buckets(10)
  for (let i = 0; i < 1_000; i++) buckets.add(`k${i}`, 100, { rate: 1, nowMs: i })
  assert.ok(buckets.count <= 10)
  assert.is(buckets.level('k999', 1, 999), 100)
})

test('a clock that goes back leaks nothing', () => {
  const buckets = new Buckets()
  buckets.add('a', 100, { rate: 10, nowMs: 5_000 })
  assert.is(buckets.level('a', 10, 1_000), 100)
  buckets.add('a', 50, { rate: 10, nowMs: 1_000 })
  assert.is(buckets.level('a', 10, 5_000), 150)
})

test('a refusal names bucket, rate, had, needed and the time to wait', async () => {
  const { pool, slots, at } = openQuotas()
  slots.set(quotaSlot(0), quotaWord(quota([10_000n, 150_000n], OFF)))
  assert.ok(pool.add(await raw('ann', 0)).ok)
  const refused = pool.add(await raw('ann', 1))
  assert.not.ok(refused.ok)
  if (refused.ok) return
  assert.is(refused.code, 'TRANSACTION_OVER_QUOTA')
  for (const fact of ['needed 100000', 'had 50000', 'bucket 150000', 'rate 10000', 'in 5 s'])
    assert.match(refused.reason, fact)
  at.nowMs += 5_000
  assert.ok(pool.add(await raw('ann', 1)).ok)
  const never = pool.add(await raw('ann', 2, { gas: 150_001n }))
  assert.match(never.ok ? '' : never.reason, 'never fits')
})

test('a thousand fresh keys share one bucket of their class', async () => {
  const { pool, slots } = openQuotas()
  slots.set(quotaSlot(0), quotaWord(quota([0n, 1_000_000n], [0n, 250_000n])))
  const codes: string[] = []
  for (let i = 0; i < 5; i++) {
    const added = pool.add(await raw(`fresh ${i}`, 0))
    codes.push(added.ok ? 'OK' : added.code)
  }
  const over = 'TRANSACTION_OVER_QUOTA'
  assert.equal(codes, ['OK', 'OK', over, over, over])
})

test('a refused transaction costs nothing; classes, exemptions and changes count at once', async () => {
  const { quotas, pool, slots } = openQuotas()
  slots.set(quotaSlot(0), quotaWord(quota([0n, 100_000n], OFF)))
  assert.not.ok(pool.add(await raw('ann', 0, { gas: 20_000n })).ok, 'below the intrinsic gas')
  assert.ok(pool.add(await raw('ann', 0)).ok, 'the bucket is still empty')
  assert.not.ok(pool.add(await raw('ann', 1)).ok)
  assert.ok(pool.add(await raw('validator', 0)).ok)
  assert.ok(pool.add(await raw('validator', 1)).ok)
  slots.set(quotaSlot(3), quotaWord(quota(OFF, OFF)))
  slots.set(quotaClassSlot(testKey('ann').address), Uint8Array.of(3))
  assert.not.ok(pool.add(await raw('ann', 1)).ok, 'until a block says so')
  const diff = { slots: new Map([[QUOTA_POLICY_ADDRESS, new Map()]]) }
  quotas.onHead({ timestamp: 1_000 } as Header, { receipts: [], diff } as unknown as Executed)
  assert.ok(pool.add(await raw('ann', 1)).ok)
})

test('a chain without the contract has no quotas', async () => {
  const quotas = new Quotas({
    state: {
      ...{ account: () => undefined, slot: () => undefined },
      code: () => undefined,
      trieNode: () => undefined,
    },
    nowMs: () => 0,
    head: () => ({}) as Header,
    isExempt: () => false,
    isPooled: () => false,
    executor: { call: async () => ({ kind: 'refused', reason: 'never asked' }) },
  })
  assert.is(
    quotas.judge({ from: ADMITTER, hash: ZERO_HASH, gas: 1n } as TransactionView),
    undefined,
  )
})

test('a validator leaves out what final blocks spent, and the rest of that lane', () => {
  const { quotas, slots } = openQuotas()
  slots.set(quotaSlot(0), quotaWord(quota([1_000n, 200_000n], OFF)))
  const view = (from: Address, n: number): { view: TransactionView } => ({
    view: { from, hash: `0x${n}`, gas: 100_000n } as unknown as TransactionView,
  })
  const [ann, bob] = ['ann', 'bob'].map((name) => testKey(name).address) as [Address, Address]
  const receipt = { from: ann, gasUsed: 150_000n }
  const executed = { receipts: [receipt], diff: { slots: new Map() } } as unknown as Executed
  quotas.onHead({ timestamp: 500 } as Header, executed)
  const lanes = [view(ann, 1), view(bob, 2), view(ann, 3), view(bob, 4), view(bob, 5)]
  let held = 0
  const at = (timestamp: number) => {
    held = 0
    return [...quotas.within(lanes, timestamp, () => held++)].map(({ view: { hash } }) => hash)
  }
  assert.equal(at(500), ['0x2', '0x4'])
  assert.is(held, 3)
  assert.equal(at(550), ['0x1', '0x2', '0x4'], 'after 50 s room for one')
})

test('QuotaPolicy 9: a credential buys one transaction per nullifier', async () => {
  const { quotas, pool, slots, at, used } = openQuotas()
  slots.set(quotaSlot(0), quotaWord(quota([0n, 0n], OFF)))
  slots.set(quotaAdmitterSlot(ADMITTER), Uint8Array.of(1))
  const offer = async (bytes: Uint8Array): Promise<string> => {
    const first = pool.add(bytes)
    if (first.ok) return 'OK'
    await quotas.vouch(bytes)
    const again = pool.add(bytes)
    return again.ok ? 'OK' : again.code
  }
  const first = await raw('anonymous 1', 0, { data: '0x07' })
  assert.is(await offer(first), 'OK')
  assert.is(await offer(first), 'TRANSACTION_KNOWN')
  const sameNullifier = await raw('anonymous 2', 0, { data: '0x07' })
  assert.is(await offer(sameNullifier), 'TRANSACTION_OVER_QUOTA')
  assert.is(await offer(await raw('anonymous 3', 0, { data: '0x08' })), 'OK')
  const calls = at.calls
  const elsewhere = await raw('anonymous 4', 0, { data: '0x09', to: `0x${'77'.repeat(20)}` })
  assert.is(await offer(elsewhere), 'TRANSACTION_OVER_QUOTA')
  assert.is(at.calls, calls, 'only admitters are asked')
  const [pending] = [...pool.pending()]
  pool.remove(pending?.view.hash ?? ZERO_HASH)
  used.add(`0x${'7'.padStart(64, '0')}`)
  assert.is(await offer(sameNullifier), 'TRANSACTION_OVER_QUOTA', 'the contract says: used')
  used.clear()
  assert.is(await offer(sameNullifier), 'OK', 'what left the pool unused gives its place back')
  assert.is(admission.abi.length, 1)
})

test.run()
