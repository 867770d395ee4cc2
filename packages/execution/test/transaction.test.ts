/**
 * Decoding transactions: ethereum/tests TransactionTests, ethereumjs as reference, hostile bytes.
 */
import { createTxFromRLP } from '@ethereumjs/tx'
import {
  bigintToBytes,
  bytesToBigint,
  bytesToHex,
  concatBytes,
  decodeRlp,
  encodeRlp,
  hexToBytes,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createCommon, type Fork } from '../src/chain/forks.ts'
import { decodeTransaction, intrinsicGas, minimumGas, recoverAuthority } from '../src/index.ts'
import { blobTransaction, CHAIN_ID, keyOf, sign, viewOf } from './support/chain.ts'
import { jsonFiles, vectorsOf } from './support/vectors.ts'

await installNativeCrypto()

const alice = keyOf(10)
const TO = `0x${'22'.repeat(20)}`
const accessList = [{ address: TO, storageKeys: [`0x${'01'.repeat(32)}`] }]

test('every type is decoded to what was signed', () => {
  const common = { nonce: 7, to: TO, value: 5n, data: '0x0102', gasLimit: 90_000 } as const
  const legacy = viewOf(sign(alice, { ...common, gasPrice: 3n } as never)).view
  assert.is(legacy.type, 0)
  assert.is(legacy.gasPrice, 3n)
  assert.is(legacy.chainId, BigInt(CHAIN_ID))
  assert.is(legacy.yParity, undefined)
  const listed = viewOf(sign(alice, { ...common, type: 1, gasPrice: 3n, accessList } as never)).view
  assert.equal(listed.accessList, accessList)
  const capped = viewOf(
    sign(alice, { ...common, type: 2, maxFeePerGas: 9n, maxPriorityFeePerGas: 2n } as never),
  ).view
  assert.is(capped.maxFeePerGas, 9n)
  assert.is(capped.maxPriorityFeePerGas, 2n)
  assert.is(capped.gasPrice, undefined)
  for (const view of [legacy, listed, capped]) {
    assert.is(view.from, alice.address)
    assert.is(view.nonce, 7n)
    assert.is(view.to, TO)
    assert.is(view.value, 5n)
    assert.is(view.gas, 90_000n)
    assert.equal(view.input, Uint8Array.of(1, 2))
  }
  const creation = viewOf(sign(alice, { nonce: 0, data: '0x00' })).view
  assert.is(creation.to, null)
})

test('a set-code transaction carries its authorizations and their signer', () => {
  const authority = keyOf(20)
  const list = [
    {
      chainId: '0x2161',
      address: TO,
      nonce: '0x1',
      yParity: '0x0',
      r: `0x${'11'.repeat(32)}`,
      s: `0x${'11'.repeat(32)}`,
    },
  ]
  const raw = sign(alice, { nonce: 0, to: TO, type: 4, authorizationList: list } as never)
  const { view } = viewOf(raw)
  assert.is(view.authorizationList?.length, 1)
  assert.is(view.authorizationList?.[0]?.address, TO)
  const signed = view.authorizationList?.[0]
  assert.ok(signed !== undefined)
  const signer = recoverAuthority(signed)
  assert.ok(signer === undefined || signer !== authority.address)
})

test('hash and sender agree with ethereumjs for random transactions', () => {
  const shape = fc.record({
    type: fc.constantFrom(0, 1, 2),
    nonce: fc.nat(1_000_000),
    value: fc.bigInt(0n, 2n ** 200n),
    gasLimit: fc.integer({ min: 53_000, max: 30_000_000 }),
    data: fc.uint8Array({ maxLength: 300 }),
    to: fc.option(fc.uint8Array({ minLength: 20, maxLength: 20 }), { nil: undefined }),
    key: fc.nat(50),
  })
  fc.assert(
    fc.property(shape, ({ key, to, ...rest }) => {
      const target = to === undefined ? {} : { to: bytesToHex(to) }
      const raw = sign(keyOf(key), { ...rest, ...target } as never)
      const reference = createTxFromRLP(raw, { common: createCommon(CHAIN_ID, 'prague') })
      const { view } = viewOf(raw)
      assert.is(view.hash, bytesToHex(reference.hash()))
      assert.is(view.from, reference.getSenderAddress().toString())
      assert.is(minimumGas(view, 'prague') >= reference.getIntrinsicGas(), true)
      assert.is(intrinsicGas(view, 'prague').base, reference.getIntrinsicGas())
    }),
    { numRuns: 200 },
  )
})

test('any bytes are decoded or refused, never thrown', () => {
  const raw = sign(alice, { nonce: 1, to: TO, type: 2, accessList } as never)
  const mutant = fc.tuple(fc.nat(raw.length - 1), fc.nat(255)).map(([at, byte]) => {
    const copy = raw.slice()
    copy[at] = byte
    return copy
  })
  const cut = fc.nat(raw.length).map((length) => raw.slice(0, length))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), mutant, cut), (bytes) => {
      const result = decodeTransaction(bytes)
      if (!result.ok) assert.match(result.code, /^TRANSACTION_/)
    }),
    { numRuns: 2_000 },
  )
})

test('what is accepted is the only spelling: re-encoding by ethereumjs gives the same bytes', () => {
  const raw = sign(alice, { nonce: 1, to: TO, type: 2, accessList } as never)
  for (let at = 0; at < raw.length; at++)
    for (const flip of [1, 0x80]) {
      const copy = raw.slice()
      copy[at] = (copy[at] as number) ^ flip
      const result = decodeTransaction(copy)
      if (!result.ok) continue
      const chainId = result.value.chainId ?? 0n
      if (chainId !== BigInt(CHAIN_ID)) continue
      const again = createTxFromRLP(copy, { common: createCommon(CHAIN_ID, 'prague') })
      assert.equal(again.serialize(), copy)
    }
})

test('a blob transaction is decoded, for reading imported chains', () => {
  const raw = blobTransaction(alice, TO)
  const { view } = viewOf(raw)
  assert.is(view.type, 3)
  assert.is(view.from, alice.address)
  assert.is(view.maxFeePerBlobGas, 9n)
  assert.equal(view.blobVersionedHashes, [`0x01${'00'.repeat(31)}`])
})

test('an oversized transaction and an unknown type have their own codes', () => {
  const big = decodeTransaction(new Uint8Array(131_073))
  assert.is(big.ok ? '' : big.code, 'TRANSACTION_OVERSIZED')
  const odd = decodeTransaction(Uint8Array.of(5, 0xc0))
  assert.is(odd.ok ? '' : odd.code, 'TRANSACTION_TYPE_UNSUPPORTED')
})

test('a high s is refused (EIP-2)', () => {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const raw = sign(alice, { nonce: 0, to: TO, type: 2 } as never)
  const items = [...(decodeRlp(raw.subarray(1)) as Uint8Array[])]
  const high = order - bytesToBigint(items[11] as Uint8Array)
  items[9] = items[9]?.length === 0 ? Uint8Array.of(1) : new Uint8Array(0)
  items[11] = bigintToBytes(high)
  const result = decodeTransaction(concatBytes(Uint8Array.of(2), encodeRlp(items)))
  assert.is(result.ok ? '' : result.code, 'TRANSACTION_SIGNATURE_INVALID')
})

const folder = vectorsOf('TransactionTests')

interface Expected {
  readonly exception?: string
  readonly hash?: string
  readonly sender?: string
  readonly intrinsicGas: string
}

test('TransactionTests are accepted and refused as expected', () => {
  if (folder === undefined) return
  let passed = 0
  const failures: string[] = []
  for (const { name, content } of jsonFiles(folder))
    for (const { txbytes, result } of Object.values<{
      txbytes: `0x${string}`
      result: Record<string, Expected>
    }>(content))
      for (const network of ['Berlin', 'London', 'Paris', 'Shanghai', 'Cancun', 'Prague']) {
        const expected = result[network]
        if (expected === undefined) continue
        const fork = network.toLowerCase() as Fork
        const problem = judge(txbytes, expected, fork)
        if (problem === undefined) passed++
        else failures.push(`${name} ${network}: ${problem}`)
      }
  process.stdout.write(`transaction tests: ${passed} pass, ${failures.length} fail\n`)
  assert.equal(failures, [])
})

/** the rules of one transaction without a state, as the tests mean them */
function judge(txbytes: `0x${string}`, expected: Expected, fork: Fork): string | undefined {
  const result = decodeTransaction(hexToBytes(txbytes))
  const fails = (): string | undefined => {
    if (!result.ok) return result.reason
    const view = result.value
    if (view.type === 2 && fork === 'berlin') return 'type'
    if (view.gas < minimumGas(view, fork)) return 'intrinsic gas'
    if (view.chainId !== undefined && view.chainId !== 1n) return 'chain'
    const price = view.gasPrice ?? view.maxFeePerGas ?? 0n
    if (view.gas * price >= 2n ** 256n) return 'cost overflows'
    const shanghai = fork === 'shanghai' || fork === 'cancun' || fork === 'prague'
    if (shanghai && view.to === null && view.input.length > 49_152) return 'init code'
    return undefined
  }
  const problem = fails()
  if ((problem !== undefined) !== (expected.exception !== undefined))
    return `${problem ?? 'accepted'}, expected ${expected.exception ?? 'acceptance'}`
  if (!result.ok || problem !== undefined) return undefined
  if (result.value.hash !== expected.hash) return 'hash'
  return result.value.from === expected.sender?.toLowerCase() ? undefined : 'sender'
}

test.run()
