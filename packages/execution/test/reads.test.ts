/** Reads at final blocks: calls, estimates, access lists, overrides, history, proofs, time. */
import {
  type Address,
  type Hash,
  hexToBytes,
  verifyAccountProof,
  verifyStorageProof,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type CallOutcome, createExecutor } from '../src/index.ts'
import { genesisOf, keyOf, openChain, sign } from './support/chain.ts'

await installNativeCrypto()

const alice = keyOf(10)
const NONE = new Uint8Array(0)
const SLOT: Hash = `0x${'00'.repeat(32)}`
function at(n: number): Address {
  return `0x${n.toString(16).padStart(40, '0')}`
}
/** SSTORE(0, SLOAD(0) + 1), returns the new value */
const COUNTER = at(0xa0)
/** reverts with 32 bytes of 0x2a */
const REVERTER = at(0xa1)
const LOOP = at(0xa2)
const INVALID = at(0xa3)
/** returns NUMBER, TIMESTAMP, BASEFEE, COINBASE, BALANCE(CALLER), GASPRICE */
const CONTEXT = at(0xa4)
/** STATICCALL COUNTER-like: SLOAD(7) of itself and BALANCE(0xdead) */
const TOUCHER = at(0xa5)
/** needs 1/64 reserve: CALL COUNTER with all gas, reverts when the call fails */
const NESTED = at(0xa6)
const BAD_JUMP = at(0xa7)

const ALLOC = {
  [alice.address]: { balance: '1000' },
  [COUNTER]: { code: '0x600054600101806000556000526020 6000f3'.replace(/ /g, ''), nonce: 1 },
  [REVERTER]: { code: '0x602a60005260206000fd' },
  [LOOP]: { code: '0x5b600056' },
  [INVALID]: { code: '0xfe' },
  [CONTEXT]: {
    code: '0x435f52426020524860405241606052333160805 23a60a05260c05ff3'.replace(/ /g, ''),
  },
  [TOUCHER]: { code: '0x60075450 61dead3150 00'.replace(/ /g, '') },
  [NESTED]: { code: '0x5f5f5f5f5f60a05af1600f575f5ffd5b00', nonce: 1 },
  [BAD_JUMP]: { code: '0x600556' },
}

async function open() {
  const chain = await openChain(genesisOf(ALLOC))
  return {
    chain,
    call: (to: Address, extra: object = {}, options: object = {}) =>
      chain.executor.call({ to, input: NONE, ...extra }, chain.head(), options),
  }
}

function reasonOf(outcome: CallOutcome): string {
  return outcome.kind === 'refused' ? outcome.reason : outcome.kind
}

function words(outcome: CallOutcome): bigint[] {
  assert.is(outcome.kind, 'success')
  const output = outcome.kind === 'success' ? outcome.output : NONE
  return Array.from({ length: output.length / 32 }, (_, i) =>
    BigInt(`0x${Buffer.from(output.subarray(32 * i, 32 * i + 32)).toString('hex')}`),
  )
}

test('a call gives output and gas, and changes nothing', async () => {
  const { call } = await open()
  for (let i = 0; i < 2; i++) {
    const outcome = await call(COUNTER)
    assert.equal(words(outcome), [1n])
    assert.ok(outcome.kind === 'success' && outcome.gasUsed > 41_000n && outcome.gasUsed < 45_000n)
  }
})

test('a revert carries its data, a halt geth words', async () => {
  const { call } = await open()
  const reverted = await call(REVERTER)
  assert.is(reverted.kind, 'revert')
  if (reverted.kind === 'revert') assert.is(reverted.output[31], 0x2a)
  const invalid = await call(INVALID, { gas: 100_000n })
  assert.equal(invalid, { kind: 'halt', reason: 'invalid opcode: INVALID', gasUsed: 100_000n })
  const jump = await call(BAD_JUMP, { gas: 100_000n })
  assert.is(jump.kind === 'halt' && jump.reason, 'invalid jump destination')
  const gas = await call(LOOP, { gas: 100_000n })
  assert.is(gas.kind === 'halt' && gas.reason, 'out of gas')
})

test('a looping call is stopped by the clock while the event loop turns', async () => {
  const { call } = await open()
  let turns = 0
  let running = true
  const count = (): void => {
    turns++
    if (running) setImmediate(count)
  }
  setImmediate(count)
  const outcome = await call(LOOP, {}, { gasCap: 10n ** 15n, timeMs: 300 })
  running = false
  assert.equal(outcome, { kind: 'timeout', limitMs: 300 })
  assert.ok(turns >= 2, `${turns} turns`)
})

test('what never runs is refused with geth words', async () => {
  const { call } = await open()
  const poor = await call(COUNTER, { from: alice.address, value: 1_001n })
  assert.match(reasonOf(poor), /^insufficient funds for gas \* price \+ value/)
  const low = await call(COUNTER, { gas: 20_999n })
  assert.match(reasonOf(low), /^intrinsic gas too low/)
  const tip = await call(COUNTER, { maxFeePerGas: 1n, maxPriorityFeePerGas: 2n })
  assert.match(reasonOf(tip), /^max priority fee per gas higher/)
})

test('a call sees the block it runs in, and overrides of it', async () => {
  const { chain, call } = await open()
  const head = chain.head()
  assert.equal(words(await call(CONTEXT, { from: alice.address })), [
    0n,
    BigInt(head.timestamp),
    0n,
    0n,
    1_000n,
    0n,
  ])
  const overridden = await call(
    CONTEXT,
    { from: alice.address, gasPrice: 9n, gas: 100_000n },
    {
      blockOverrides: { number: 77n, time: 5n, baseFeePerGas: 7n, feeRecipient: at(3) },
      stateOverrides: new Map([[alice.address, { balance: 1_000_000n }]]),
    },
  )
  assert.equal(words(overridden), [77n, 5n, 7n, 3n, 100_000n, 9n])
})

test('state overrides replace code, storage and precompiles', async () => {
  const { call } = await open()
  const word = (n: number): Hash => `0x${n.toString(16).padStart(64, '0')}`
  const diff = { stateDiff: new Map([[SLOT, word(41)]]) }
  assert.equal(words(await call(COUNTER, {}, { stateOverrides: new Map([[COUNTER, diff]]) })), [
    42n,
  ])
  const code = hexToBytes('0x60055f5260205ff3')
  assert.equal(
    words(await call(at(0x77), {}, { stateOverrides: new Map([[at(0x77), { code }]]) })),
    [5n],
  )
  const moved = new Map([[at(4), { movePrecompileTo: at(0x99) }]])
  const input = new Uint8Array(32).fill(1)
  const identity = await call(at(0x99), { input }, { stateOverrides: moved })
  assert.equal(identity.kind === 'success' && identity.output, input)
  assert.equal(words(await call(at(0x99), { input })), [])
})

test('an estimate is enough, and a little less is not', async () => {
  const { chain } = await open()
  const estimate = async (to: Address) => {
    const outcome = await chain.executor.estimateGas({ to, input: NONE }, chain.head())
    assert.is(outcome.kind, 'success')
    return outcome.kind === 'success' ? outcome.gas : 0n
  }
  for (const to of [COUNTER, NESTED]) {
    const gas = await estimate(to)
    const enough = await chain.executor.call({ to, input: NONE, gas }, chain.head())
    assert.is(enough.kind, 'success')
    const less = (gas * 97n) / 100n
    const short = await chain.executor.call({ to, input: NONE, gas: less }, chain.head())
    assert.is.not(short.kind, 'success')
  }
  assert.is(await estimate(at(0xdead)), 21_000n)
})

test('an estimate of what reverts is the revert, of what halts the allowance', async () => {
  const { chain } = await open()
  const estimate = (to: Address, gas?: bigint) =>
    chain.executor.estimateGas(
      { to, input: NONE, ...(gas === undefined ? {} : { gas }) },
      chain.head(),
    )
  assert.is((await estimate(REVERTER)).kind, 'revert')
  const out = await estimate(LOOP, 200_000n)
  assert.equal(out, { kind: 'refused', reason: 'gas required exceeds allowance (200000)' })
})

test('an access list names what is touched, beyond what is warm anyway', async () => {
  const { chain } = await open()
  const outcome = await chain.executor.createAccessList({ to: TOUCHER, input: NONE }, chain.head())
  assert.is(outcome.kind, 'success')
  if (outcome.kind !== 'success') return
  const sorted = [...outcome.accessList].sort((a, b) => (a.address < b.address ? -1 : 1))
  const seven: Hash = `0x${'00'.repeat(31)}07`
  assert.equal(sorted, [
    { address: TOUCHER, storageKeys: [seven] },
    { address: at(0xdead), storageKeys: [] },
  ])
})

test('every final block can be read, also when it is not the head', async () => {
  const { chain } = await open()
  const headers = [chain.head()]
  for (let i = 0; i < 3; i++) {
    chain.commit(await chain.build([sign(alice, { nonce: i, to: COUNTER, value: 1 })]))
    headers.push(chain.head())
  }
  const { executor } = chain
  for (const [i, header] of headers.entries()) {
    assert.is(executor.accountAt(header, alice.address)?.balance, 1_000n - BigInt(i))
    assert.equal(executor.slotAt(header, COUNTER, SLOT), i === 0 ? NONE : Uint8Array.of(i))
    assert.is(executor.codeAt(header, LOOP).length, 4)
    const outcome = await executor.call({ to: COUNTER, input: NONE }, header)
    assert.equal(words(outcome), [BigInt(i + 1)])
  }
  // a fresh executor knows no head and walks the trie
  const fresh = createExecutor({ store: chain.store, genesis: chain.genesis })
  assert.equal(words(await fresh.call({ to: COUNTER, input: NONE }, chain.head())), [4n])
})

test('a call during which the head moves still sees one state', async () => {
  const { chain } = await open()
  const built = await chain.build([sign(alice, { nonce: 0, to: COUNTER })])
  const before = chain.head()
  const calling = chain.executor.call({ to: COUNTER, input: NONE }, before)
  chain.commit(built)
  assert.equal(words(await calling), [1n])
  assert.equal(words(await chain.executor.call({ to: COUNTER, input: NONE }, before)), [1n])
})

test('proofs verify against the state root, present and absent', async () => {
  const { chain } = await open()
  chain.commit(await chain.build([sign(alice, { nonce: 0, to: COUNTER })]))
  const { stateRoot } = chain.head()
  const other: Hash = `0x${'00'.repeat(31)}09`
  const proof = chain.executor.proof(chain.head(), COUNTER, [SLOT, other])
  const account = verifyAccountProof(stateRoot, COUNTER, proof.accountProof)
  assert.ok(account.ok)
  assert.equal(account.value, proof.account)
  const root = proof.account?.storageRoot as Hash
  const [present, absent] = proof.storageProof
  assert.equal(present?.value, Uint8Array.of(1))
  assert.equal(verifyStorageProof(root, SLOT, present?.proof ?? []), { ok: true, value: 1n })
  assert.equal(verifyStorageProof(root, other, absent?.proof ?? []), { ok: true, value: 0n })
  const nobody = chain.executor.proof(chain.head(), at(0x12345), [SLOT])
  assert.is(nobody.account, undefined)
  const nothing = verifyAccountProof(stateRoot, at(0x12345), nobody.accountProof)
  assert.equal(nothing, { ok: true, value: undefined })
})

test('a state that is not kept is a failure with its own code', async () => {
  const { chain } = await open()
  const header = { ...chain.head(), stateRoot: `0x${'77'.repeat(32)}` as const }
  try {
    chain.executor.accountAt(header, alice.address)
    assert.unreachable()
  } catch (error) {
    assert.is((error as { code?: string }).code, 'STATE_UNAVAILABLE')
  }
})

test('many calls at once are served or refused, none is lost', async () => {
  const { call } = await open()
  const outcomes = await Promise.all(Array.from({ length: 400 }, () => call(COUNTER)))
  const served = outcomes.filter(({ kind }) => kind === 'success').length
  const refused = outcomes.filter(({ kind }) => kind === 'refused').length
  assert.is(served + refused, 400)
  assert.ok(served >= 200 && refused > 0, `${served} served, ${refused} refused`)
})

test.run()
