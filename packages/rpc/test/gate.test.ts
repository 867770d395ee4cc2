/** The gate of heavy requests. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DISPATCH_LIMITS } from '../src/dispatch.ts'
import { createGate } from '../src/gate.ts'
import { createCaller } from './caller.ts'
import { createTwin } from './twin.ts'

test('runs at most so many at once, in order, and refuses beyond the line', async () => {
  const gate = createGate(2, 3)
  const started: number[] = []
  const finish: (() => void)[] = []
  const works = Array.from({ length: 7 }, (_, k) =>
    gate.run(async () => {
      started.push(k)
      await new Promise<void>((resolve) => finish.push(resolve))
      return k
    }),
  )
  assert.equal(
    works.map((work) => work === undefined),
    [false, false, false, false, false, true, true],
  )
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  await turn()
  assert.equal(started, [0, 1])
  finish[0]?.()
  await turn()
  assert.equal(started, [0, 1, 2])
  for (let k = 1; k < 5; k++) {
    finish[k]?.()
    await turn()
  }
  assert.equal(await Promise.all(works), [0, 1, 2, 3, 4, undefined, undefined])
})

test('every admitted work ends, and its place is free again, whatever fails', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 30 }), async (fails) => {
      const gate = createGate(3, 5)
      const works = fails.map((fail) =>
        gate.run(async () => {
          if (fail) throw new TypeError('planned')
          return 1
        }),
      )
      const admitted = works.filter((work) => work !== undefined)
      await Promise.allSettled(admitted)
      assert.is(admitted.length, Math.min(fails.length, 8))
      const again = Array.from({ length: 8 }, () => gate.run(async () => 1))
      assert.equal(await Promise.all(again), Array(8).fill(1))
    }),
  )
})

test('quick requests pass while heavy ones wait or are refused', async () => {
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const call = async () => {
    await held
    return { kind: 'success', output: new Uint8Array(0), gasUsed: 1n } as const
  }
  const limits = { ...DISPATCH_LIMITS, heavyRunningMax: 1, heavyWaitingMax: 1 }
  const { ask, get, code } = createCaller(createTwin({ scripted: { call } }).backend, { limits })
  const [first, second] = [ask('eth_call', {}), ask('eth_call', {})]
  assert.is(await code('eth_call', {}), -32005)
  assert.is(await get('eth_chainId'), '0x4d2')
  release()
  assert.equal([(await first).result, (await second).result], ['0x', '0x'])
  assert.is(await get('eth_call', {}), '0x')
})

test.run()
