/** Invariant 11 as the node asserts it, apart from the machine. */
import type { Prevote } from '@veche/consensus'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DurableMessages } from '../src/durable-messages.ts'

const signer = `0x${'11'.repeat(20)}` as const
const prevote = (height: number, round: number, byte: string): Prevote => ({
  ...{ kind: 'prevote', height, round, hash: `0x${byte.repeat(32)}` as const },
  ...{ signer, signature: new Uint8Array(65) },
})

test('only a message that stands in the log may leave', () => {
  const durable = new DurableMessages([{ kind: 'sent', message: prevote(3, 0, 'aa') }])
  assert.ok(durable.has(prevote(3, 0, 'aa')))
  assert.not.ok(durable.has(prevote(3, 0, 'bb')), 'another value')
  assert.not.ok(durable.has(prevote(3, 1, 'aa')), 'another round')
  assert.not.ok(durable.has(prevote(4, 0, 'aa')), 'another height')
  durable.add([{ kind: 'sent', message: prevote(4, 0, 'aa') }])
  assert.ok(durable.has(prevote(4, 0, 'aa')))
  durable.forget(3)
  assert.not.ok(durable.has(prevote(3, 0, 'aa')))
  assert.ok(durable.has(prevote(4, 0, 'aa')))
})

test('a status binds nobody and needs no log', () => {
  const yours = { height: 0, round: -1 }
  const status = { kind: 'status', height: 1, round: 0, lockedRound: -1, validRound: -1 } as const
  const signature = new Uint8Array(65)
  assert.ok(new DurableMessages([]).has({ ...status, yours, signer, signature }))
})

test.run()
