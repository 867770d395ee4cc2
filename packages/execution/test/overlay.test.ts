/**
 * The journal: after any mix of checkpoints, reverts and commits it equals a model made of copies.
 */
import type { Address, Hash } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EMPTY_CODE_HASH_BYTES, EMPTY_ROOT_BYTES, type StateBase } from '../src/state/flat.ts'
import { Generations } from '../src/state/generations.ts'
import { Overlay } from '../src/state/overlay.ts'

function addressOf(n: number): Address {
  return `0x${n.toString(16).padStart(40, '0')}`
}
function slotOf(n: number): Hash {
  return `0x${n.toString(16).padStart(64, '0')}`
}
function accountOf(nonce: number) {
  return {
    nonce: BigInt(nonce),
    balance: 0n,
    storageRoot: EMPTY_ROOT_BYTES,
    codeHash: EMPTY_CODE_HASH_BYTES,
  }
}

/** accounts 0 and 1 exist, with slots 0 and 1 set to 9 */
const base: StateBase = {
  account: (address) => (address <= addressOf(1) ? accountOf(1) : undefined),
  slot: (address, slot) =>
    address <= addressOf(1) && slot <= slotOf(1) ? Uint8Array.of(9) : new Uint8Array(0),
  code: () => undefined,
}

/** nonces and slot values of four addresses, as text */
interface Model {
  nonces: (number | undefined)[]
  slots: number[][]
}

function start(): Model {
  return {
    nonces: [1, 1, undefined, undefined],
    slots: [0, 1, 2, 3].map((a) => [0, 1, 2].map((s) => (a < 2 && s < 2 ? 9 : 0))),
  }
}

function copy(model: Model): Model {
  return { nonces: [...model.nonces], slots: model.slots.map((row) => [...row]) }
}

function read(overlay: Overlay): Model {
  return {
    nonces: [0, 1, 2, 3].map((a) => {
      const account = overlay.account(addressOf(a))
      return account === undefined ? undefined : Number(account.nonce)
    }),
    slots: [0, 1, 2, 3].map((a) =>
      [0, 1, 2].map((s) => overlay.slot(addressOf(a), slotOf(s))[0] ?? 0),
    ),
  }
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('account' as const), a: fc.nat(3), nonce: fc.nat(5) }),
  fc.record({ kind: fc.constant('delete' as const), a: fc.nat(3) }),
  fc.record({ kind: fc.constant('slot' as const), a: fc.nat(3), s: fc.nat(2), value: fc.nat(3) }),
  fc.record({ kind: fc.constant('clear' as const), a: fc.nat(3) }),
  fc.constant({ kind: 'checkpoint' as const }),
  fc.constant({ kind: 'commit' as const }),
  fc.constant({ kind: 'revert' as const }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function apply(one: Step, overlay: Overlay, model: Model, stack: Model[]): Model {
  switch (one.kind) {
    case 'account':
      overlay.setAccount(addressOf(one.a), accountOf(one.nonce))
      model.nonces[one.a] = one.nonce
      return model
    case 'delete':
      overlay.setAccount(addressOf(one.a), undefined)
      model.nonces[one.a] = undefined
      model.slots[one.a] = [0, 0, 0]
      return model
    case 'slot':
      overlay.setSlot(
        addressOf(one.a),
        slotOf(one.s),
        one.value === 0 ? new Uint8Array(0) : Uint8Array.of(one.value),
      )
      ;(model.slots[one.a] as number[])[one.s] = one.value
      return model
    case 'clear':
      overlay.clearStorage(addressOf(one.a))
      model.slots[one.a] = [0, 0, 0]
      return model
    case 'checkpoint':
      overlay.checkpoint()
      stack.push(copy(model))
      return model
    case 'commit':
      if (stack.pop() !== undefined) overlay.commit()
      return model
    case 'revert': {
      const before = stack.pop()
      if (before === undefined) return model
      overlay.revert()
      return before
    }
  }
}

test('equals a model made of copies', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const overlay = new Overlay(base)
      const stack: Model[] = []
      let model = start()
      for (const one of steps) {
        model = apply(one, overlay, model, stack)
        assert.equal(read(overlay), model)
      }
      overlay.revertTo(0)
      assert.equal(read(overlay), stack[0] ?? model)
      assert.is(overlay.depth, 0)
    }),
    { numRuns: 500 },
  )
})

test('the original of a slot is its value when the transaction began', () => {
  const overlay = new Overlay(base)
  const [address, slot] = [addressOf(0), slotOf(0)]
  overlay.setSlot(address, slot, Uint8Array.of(5))
  assert.equal(overlay.original(address, slot), Uint8Array.of(9))
  overlay.checkpoint()
  overlay.setSlot(address, slot, Uint8Array.of(6))
  overlay.revert()
  assert.equal(overlay.original(address, slot), Uint8Array.of(9))
  overlay.endTransaction()
  assert.equal(overlay.original(address, slot), Uint8Array.of(5))
})

test('a generation cache holds at most two generations and keeps what is used', () => {
  const cache = new Generations<number>(10)
  for (let i = 0; i < 100; i++) {
    cache.set(`k${i}`, i)
    assert.is(cache.get('k0'), 0)
  }
  let held = 0
  for (let i = 0; i < 100; i++) if (cache.get(`k${i}`) !== undefined) held++
  assert.ok(held <= 20, `${held} held`)
})

test.run()
