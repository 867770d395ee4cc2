/**
 * QuotaPolicy through our own executor: the slots that nodes read say what the contract's views
 * say, changes wait, and no quota ever changes what a block is (invariants 7 and 8; 9 is in
 * quota-buckets.test.ts).
 */
import {
  accepted,
  CITY_ACCESS_ADDRESS,
  cityAccess,
  decodeQuotaWord,
  QUOTA_POLICY_ADDRESS,
  quotaClassSlot,
  quotaPolicy,
  quotaSlot,
} from '@veche/contracts'
import { createExecutor, decodeTransaction, genesisBlock } from '@veche/execution'
import {
  type Address,
  encodeExtraData,
  assert as ensure,
  type Hex,
  hexToBytes,
  validatorSetHash,
} from '@veche/primitives'
import { createMemoryChainStore } from '@veche/storage'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Quotas } from '../../src/quota/quotas.ts'
import { signTransaction } from '../../src/transactions.ts'
import {
  ADMIN,
  account,
  advance,
  type Chain,
  createChain,
  keyOf,
  send,
  view,
} from '../support/service-chain.ts'
import { signerOf } from '../support/world.ts'

const { encode, decode } = quotaPolicy
const SENDERS = [0, 1, 2].map((i) => account(`sender ${i}`))
const TO = account('nobody')
const quotas = { senderRate: 1_000n, senderBucket: 50_000n, sharedRate: 0n, sharedBucket: 90_000n }
/** days become seconds */
const HASTE = 86_400

/** schedules a call, waits, executes: the name of the first refusal */
async function govern(chain: Chain, data: Hex): Promise<string> {
  const call = [QUOTA_POLICY_ADDRESS, data] as const
  const schedule = cityAccess.encode.schedule(...call, 0)
  const scheduled = await send(chain, { from: ADMIN, to: CITY_ACCESS_ADDRESS, data: schedule })
  ensure(scheduled.ok, cityAccess.decodeError(scheduled.returned).text)
  const early = await send(chain, { from: ADMIN, to: QUOTA_POLICY_ADDRESS, data })
  assert.not.ok(early.ok, 'before its delay')
  await advance(chain, { seconds: 10 })
  const done = await send(chain, { from: ADMIN, to: QUOTA_POLICY_ADDRESS, data })
  return done.ok ? 'ok' : quotaPolicy.decodeError(done.returned).name
}

async function read<T>(chain: Chain, data: Hex, decoder: (b: Uint8Array) => unknown): Promise<T> {
  return accepted(decoder(await view(chain, QUOTA_POLICY_ADDRESS, data)) as never) as T
}

test('the slots say what the views say, after any changes', async () => {
  const chain = await createChain({ setup: { quotas, haste: HASTE } })
  const number = fc.bigInt(0n, 2n ** 64n - 1n)
  const aQuota = fc.record({
    ...{ senderRate: number, senderBucket: number, sharedRate: number, sharedBucket: number },
  })
  const aChange = fc.oneof(
    fc.record({
      kind: fc.constant('quota' as const),
      id: fc.integer({ min: 0, max: 3 }),
      quota: aQuota,
    }),
    fc.record({
      kind: fc.constant('class' as const),
      id: fc.integer({ min: 0, max: 65_535 }),
      who: fc.nat(2),
    }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(aChange, { minLength: 1, maxLength: 6 }), async (changes) => {
      for (const change of changes) {
        const data =
          change.kind === 'quota'
            ? encode.setQuota(change.id, change.quota)
            : encode.setClass([SENDERS[change.who] as Address], change.id)
        // the same call may be scheduled again only after its time
        await advance(chain, { seconds: 20 })
        assert.is(await govern(chain, data), 'ok')
      }
      const slot = (key: Hex): Uint8Array =>
        chain.executor.slotAt(chain.head.header, QUOTA_POLICY_ADDRESS, key)
      for (let id = 0; id < 4; id++)
        assert.equal(
          decodeQuotaWord(slot(quotaSlot(id))),
          await read(chain, encode.quotaOf(id), decode.quotaOf),
        )
      for (const who of SENDERS) {
        const value = slot(quotaClassSlot(who)).reduce((sum, byte) => sum * 256 + byte, 0)
        assert.is(value, await read(chain, encode.classOf(who), decode.classOf))
      }
    }),
    { numRuns: 10, seed: 7 },
  )
})

test('a stranger changes nothing; batches, admitters and their number are bounded', async () => {
  const chain = await createChain({ setup: { quotas, haste: HASTE } })
  const data = encode.setQuota(0, quotas)
  const stranger = await send(chain, {
    from: SENDERS[0] as Address,
    to: QUOTA_POLICY_ADDRESS,
    data,
  })
  assert.not.ok(stranger.ok)
  const many = Array.from({ length: 65 }, () => TO)
  assert.is(await govern(chain, encode.setClass(many, 1)), 'QuotaPolicyBatchTooLong')
  assert.is(await govern(chain, encode.setAdmitter(TO, true)), 'QuotaPolicyNoCode')
  assert.is(await govern(chain, encode.setAdmitter(TO, false)), 'QuotaPolicyUnchanged')
  assert.is(await govern(chain, encode.setAdmitter(CITY_ACCESS_ADDRESS, true)), 'ok')
  assert.is(await read(chain, encode.isAdmitter(CITY_ACCESS_ADDRESS), decode.isAdmitter), true)
})

async function transfers(chain: Chain, from: Address, count: number) {
  const { chainId } = chain.genesis
  return Promise.all(
    Array.from({ length: count }, async (_, nonce) => {
      const call = { chainId, nonce, to: TO, gas: 21_000n, data: '0x' as const }
      const raw = hexToBytes(await signTransaction(signerOf(keyOf(from)), call))
      const view = decodeTransaction(raw)
      ensure(view.ok, 'a transaction')
      return { raw, view: view.value }
    }),
  )
}

test('QuotaPolicy 7 and 8: a proposer keeps to quotas, and a node with quotas off agrees on every block', async () => {
  const chain = await createChain({ setup: { quotas } })
  const { genesis, store, executor } = chain
  const book = new Quotas({
    ...{ state: store, executor, nowMs: () => chain.nowSeconds * 1000 },
    ...{ head: () => chain.head.header, isExempt: () => false, isPooled: () => false },
  })
  const first = await genesisBlock(genesis)
  const other = createExecutor({
    ...{ store: createMemoryChainStore({ ...first, chainId: genesis.chainId }), genesis },
    head: first.block.header,
  })
  const wanted = (await Promise.all(SENDERS.map((from) => transfers(chain, from, 4)))).flat()
  const { validators } = genesis
  const template = {
    ...{ parentHash: first.hash, number: 1, timestamp: chain.nowSeconds },
    coinbase: validators[0] as Address,
    extraData: encodeExtraData({
      ...{ vanity: validatorSetHash(validators), validators, round: 0, seals: [] },
    }),
  }
  const parent = first.block.header
  const kept = [...book.within(wanted, template.timestamp)]
  const gas = kept.reduce((sum, { view }) => sum + view.gas, 0n)
  assert.is(gas, 84_000n, 'two of each sender, four of the class')
  for (const transactions of [kept, wanted]) {
    const built = await executor.build({ template, parent, transactions, timeMs: 60_000 })
    ensure(built !== null, 'a block')
    assert.is(built.block.transactions.length, transactions.length)
    const judged = await other.execute(built.block, parent)
    assert.ok(judged.ok, 'valid with quotas off, over quota or not')
    assert.is(judged.ok && judged.value.hash, built.executed.hash)
    const again = await executor.execute(built.block, parent)
    assert.ok(again.ok, 'valid with quotas on')
  }
})

test.run()
