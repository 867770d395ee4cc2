/** EIP-7702 through builder and checker: delegation set, used, cleared, and its bad forms. */
import {
  bigintToBytes,
  bytesToBigint,
  bytesToHex,
  concatBytes,
  encodeRlp,
  hexToBytes,
  keccak256,
  numberToBytes,
  signDigest,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createExecutor, recoverAuthority } from '../src/index.ts'
import { CHAIN_ID, genesisOf, type Key, keyOf, openChain, sign, viewOf } from './support/chain.ts'

await installNativeCrypto()

const sponsor = keyOf(20)
const owner = keyOf(21)
/** SSTORE(0, SLOAD(0) + 1), then LOG1 */
const COUNTER = '0x600054600101600055600160206000a100'
const COUNTER_AT = '0x00000000000000000000000000000000000c0de0'
const ZERO_AT = `0x${'00'.repeat(20)}` as const
const SLOT = `0x${'00'.repeat(32)}` as const
const ALLOC = { [COUNTER_AT]: { code: COUNTER } }

interface Wanted {
  readonly to: `0x${string}`
  readonly nonce: number
  readonly chainId?: number
}

/** An authorization as ethereumjs takes it: keccak(0x05 ‖ rlp[chainId, address, nonce]) signed. */
function authorize(key: Key, { to, nonce, chainId = CHAIN_ID }: Wanted) {
  const content = [numberToBytes(chainId), hexToBytes(to), numberToBytes(nonce)]
  const digest = keccak256(concatBytes(Uint8Array.of(5), encodeRlp(content)))
  const signature = signDigest(digest, key.secret)
  const scalar = (bytes: Uint8Array) => bytesToHex(bigintToBytes(bytesToBigint(bytes)))
  const quantity = (value: number) => `0x${value === 0 ? '' : value.toString(16)}` as const
  const even = (text: string) => (text.length % 2 === 0 ? text : `0x0${text.slice(2)}`)
  return {
    chainId: even(quantity(chainId)) as `0x${string}`,
    address: to,
    nonce: even(quantity(nonce)) as `0x${string}`,
    yParity: scalar(signature.subarray(64)),
    r: scalar(signature.subarray(0, 32)),
    s: scalar(signature.subarray(32, 64)),
  }
}

function delegate(nonce: number, authorizationList: ReturnType<typeof authorize>[]): Uint8Array {
  const fees = { maxFeePerGas: 0, maxPriorityFeePerGas: 0 }
  return sign(sponsor, { type: 4, nonce, to: owner.address, authorizationList, ...fees } as never)
}

test('EIP-7702: a delegation runs the code on the account of its owner', async () => {
  const chain = await openChain(genesisOf(ALLOC))
  const parent = chain.head()
  const built = await chain.build([delegate(0, [authorize(owner, { to: COUNTER_AT, nonce: 0 })])])
  assert.equal(built.rejected, [])
  assert.is(built.executed.receipts[0]?.status, 1)
  assert.is(built.executed.receipts[0]?.type, 4)
  assert.is(built.executed.receipts[0]?.logs[0]?.address, owner.address)
  const checked = await createExecutor({ store: chain.store, genesis: chain.genesis }).execute(
    built.block,
    parent,
  )
  assert.ok(checked.ok)
  chain.commit(built)
  const code = chain.executor.codeAt(chain.head(), owner.address)
  assert.is(bytesToHex(code), `0xef0100${COUNTER_AT.slice(2)}`)
  assert.equal(chain.executor.slotAt(chain.head(), owner.address, SLOT), Uint8Array.of(1))
  assert.is(chain.executor.accountAt(chain.head(), owner.address)?.nonce, 1n)
})

test('EIP-7702: a delegation to the zero address clears the code', async () => {
  const chain = await openChain(genesisOf(ALLOC))
  chain.commit(await chain.build([delegate(0, [authorize(owner, { to: COUNTER_AT, nonce: 0 })])]))
  chain.commit(await chain.build([delegate(1, [authorize(owner, { to: ZERO_AT, nonce: 1 })])]))
  assert.is(chain.executor.codeAt(chain.head(), owner.address).length, 0)
  assert.equal(chain.executor.slotAt(chain.head(), owner.address, SLOT), Uint8Array.of(1))
})

test('EIP-7702: an authorization of another chain or nonce is skipped', async () => {
  const chain = await openChain(genesisOf(ALLOC))
  const foreign = authorize(owner, { to: COUNTER_AT, nonce: 0, chainId: CHAIN_ID + 1 })
  const early = authorize(owner, { to: COUNTER_AT, nonce: 7 })
  const built = await chain.build([delegate(0, [foreign, early])])
  assert.is(built.executed.receipts[0]?.status, 1)
  assert.equal(built.executed.receipts[0]?.logs, [])
  chain.commit(built)
  assert.is(chain.executor.codeAt(chain.head(), owner.address).length, 0)
})

test('EIP-7702: the signer of an authorization is recovered', () => {
  const { view } = viewOf(delegate(0, [authorize(owner, { to: COUNTER_AT, nonce: 0 })]))
  const [authorization] = view.authorizationList ?? []
  assert.ok(authorization)
  assert.is(recoverAuthority(authorization), owner.address)
})

test.run()
