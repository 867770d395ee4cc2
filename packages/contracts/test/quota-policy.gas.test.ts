/** Gas of QuotaPolicy through its proxy, as receipts show it; its delays are left out here. */
import type { Hex } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  QUOTA_POLICY_ADDRESS,
  quotaPolicy,
  quotaPolicyBytecode,
  quotaPolicyInitializer,
  UNLIMITED_QUOTA,
} from '../src/index.ts'
import { deployGoverned } from './support/authority.ts'
import { account, createChain, send } from './support/chain.ts'
import { gasSnapshot } from './support/gas.ts'

const KEEPER = account(0x50)
const { encode } = quotaPolicy
const book = gasSnapshot('QuotaPolicy')
const quota = {
  ...{ senderRate: 100_000n, senderBucket: 6_000_000n },
  ...{ sharedRate: 3_000_000n, sharedBucket: 60_000_000n },
}

const chain = await createChain()
const world = await deployGoverned({
  chain,
  service: QUOTA_POLICY_ADDRESS,
  bytecode: quotaPolicyBytecode,
  initializer: (access, releases) =>
    quotaPolicyInitializer({
      ...{ access, releases },
      classes: [{ class: 0, quota: UNLIMITED_QUOTA, members: [] }],
    }),
  setup: {
    admins: [account(0xad)],
    members: { OBSERVERS: [account(0x0b)], QUOTA_KEEPER: [KEEPER] },
  },
  atOnce: ['setQuota', 'setClass', 'setAdmitter'],
})

async function note(name: string, data: Hex): Promise<void> {
  const outcome = await send(chain, { from: KEEPER, to: world.proxy, data })
  assert.ok(outcome.ok, quotaPolicy.decodeError(outcome.returned).text)
  book.note(name, outcome.gasUsed)
}

test('gas of the policy stays as committed', async () => {
  await note('setQuota of a new class', encode.setQuota(7, quota))
  await note('setQuota of a known class', encode.setQuota(0, quota))
  await note('setClass of one sender', encode.setClass([account(0x11)], 7))
  const many = Array.from({ length: 64 }, (_, i) => account(0x20 + i))
  await note('setClass of 64 senders', encode.setClass(many, 7))
  await note('setAdmitter', encode.setAdmitter(world.releases, true))
  await note('setAdmitter, away', encode.setAdmitter(world.releases, false))
  book.check()
})

test.run()
