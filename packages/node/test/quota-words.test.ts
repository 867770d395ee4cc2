/** How people write buckets and weights on the command line. */
import { departmentAccount, QUOTA_UNLIMITED } from '@veche/contracts'
import { hexToBytes } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { configureData, signerWeight } from '../src/departments/files.ts'
import { bucketToText, quotaInWords, textToBucket } from '../src/quota/read-policy.ts'
import { rejects } from './support/rejects.ts'

const SIGNER = `0x${'a1'.repeat(20)}` as const

test('a bucket is gas a second and gas at once, or unlimited', () => {
  assert.equal(textToBucket('100000/6000000'), { rate: 100_000n, bucket: 6_000_000n })
  assert.equal(textToBucket('unlimited'), { rate: 0n, bucket: QUOTA_UNLIMITED })
  for (const text of ['0/0', '1/2', 'unlimited', `7/${QUOTA_UNLIMITED - 1n}`])
    assert.is(bucketToText(textToBucket(text)), text)
  const quota = { senderRate: 1n, senderBucket: 2n, sharedRate: 3n, sharedBucket: QUOTA_UNLIMITED }
  assert.equal(quotaInWords(quota), { sender: '1/2', shared: 'unlimited' })
})

test('a bucket that is none is refused, the number of unlimited too', async () => {
  for (const text of ['', '1', '1/', '-1/2', '1/2/3', '1.5/2', 'Unlimited', `1/${QUOTA_UNLIMITED}`])
    await rejects(async () => textToBucket(text), 'USAGE')
})

test('a signer has a weight, one unless said', async () => {
  assert.equal(signerWeight(`${SIGNER}=12`), { signer: SIGNER, weight: 12 })
  assert.equal(signerWeight(SIGNER.toUpperCase().replace('0X', '0x')), {
    signer: SIGNER,
    weight: 1,
  })
  for (const text of [`${SIGNER}=0`, `${SIGNER}=1001`, `${SIGNER}=`, '0x12=1', 'ann=1'])
    await rejects(async () => signerWeight(text), 'USAGE')
  for (const text of [`0x${'00'.repeat(20)}`, `0x${'11'.repeat(84)}`])
    await rejects(async () => signerWeight(text), 'SIGNER_IMPROPER')
})

test('a change of signers is one call of the account', () => {
  const set = [{ signer: SIGNER, weight: 2 }]
  const data = configureData({ removed: [`0x${'b2'.repeat(20)}`], set, threshold: 2 })
  const call = departmentAccount.decodeCall(hexToBytes(data))
  assert.is(call.ok && call.value.name, 'configure')
})

test.run()
