/**
 * The idle network: a lone transaction is final fast, and without transactions there are no blocks
 * but the heartbeat and next to no work.
 */

import { DOCUMENT_REGISTRY_ADDRESS, documentRegistry, schemaId } from '@veche/contracts'
import { keccakHex, utf8ToBytes } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { percentile } from '../../src/finality.ts'
import { CITY_SCHEMA } from '../../src/genesis-tool.ts'
import { createSubmitter } from '../../src/submitter.ts'
import { assertEqualChains } from '../support/compare.ts'
import { type OpenDrill, openDrill } from '../support/drill.ts'
import { openKey } from '../support/load.ts'
import { cpuMs, loadAverage, residentMiB } from '../support/process-load.ts'
import { pause, tell } from '../support/until.ts'

const TRANSACTIONS = 100
/** ten times the goal of the idle network (p50 80 ms, p99 250 ms): a test measures no machine */
const P50_BOUND_MS = 800
const P99_BOUND_MS = 2_500
const WATCH_MS = 60_000
/** longer than the least distance of two blocks (50 ms) */
const REST_MS = 150
const HEARTBEAT_SECONDS = 60
/** the issue's own number: 3 % of a core */
const CORE_SHARE_MAX = 0.03
const ATTEMPTS = 2
let drill: OpenDrill

test.before(async () => {
  drill = await openDrill({ emptyBlockIntervalSeconds: HEARTBEAT_SECONDS })
  await drill.startAll()
  await drill.reaches('observer-1', 1)
})

test.after(() => drill.close())

async function sendLone(count: number, restMs: number): Promise<readonly number[]> {
  const issuer = await openKey(drill, 'keys', 'issuer-1')
  const submitter = await createSubmitter({
    wsUrl: drill.url('observer-1').replace('http', 'ws'),
    chainId: drill.files.chainId,
    accounts: [issuer],
    inFlightMax: 1,
  })
  try {
    for (let i = 0; i < count; i++) {
      const commitment = keccakHex(utf8ToBytes(`lone document ${i}, rest ${restMs}`))
      const data = documentRegistry.issue(commitment, schemaId(CITY_SCHEMA))
      const call = { to: DOCUMENT_REGISTRY_ADDRESS, data, gas: 150_000n }
      assert.ok((await submitter.submit(call)).succeeded)
      if (restMs > 0) await pause(restMs)
    }
  } finally {
    await submitter.close()
  }
  return submitter.finalityMs
}

function judge(what: string, finalityMs: readonly number[]): void {
  const p50 = percentile(finalityMs, 0.5)
  const p99 = percentile(finalityMs, 0.99)
  const shown = `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`
  tell(`${what}: ${shown} (goal 80 and 250), machine load ${loadAverage()}`)
  assert.ok(p50 <= P50_BOUND_MS && p99 <= P99_BOUND_MS, shown)
}

test('transactions sent one after the other are each final soon', async () => {
  judge('submit to final, one after the other', await sendLone(TRANSACTIONS, 0))
})

test('a transaction on a network at rest is final soon', async () => {
  judge('submit to final, each at rest', await sendLone(TRANSACTIONS / 2, REST_MS))
})

/** Watches for a minute; the greatest share of a core that a validator used. */
async function watchIdle(): Promise<number> {
  const validators = drill.files.validators.map(({ name }) => name)
  const before = new Map(drill.names.map((name) => [name, cpuMs(drill.pid(name))]))
  const first = await drill.head('observer-1')
  const startedMs = performance.now()
  await pause(WATCH_MS)
  const elapsedMs = performance.now() - startedMs
  const blocks = (await drill.head('observer-1')) - first
  assert.ok(
    blocks <= Math.ceil(elapsedMs / 1000 / HEARTBEAT_SECONDS),
    `${blocks} blocks while idle`,
  )
  const share = (name: string): number =>
    (cpuMs(drill.pid(name)) - (before.get(name) as number)) / elapsedMs
  const shown = drill.names.map(
    (name) => `${name} ${(share(name) * 100).toFixed(2)} % ${residentMiB(drill.pid(name))} MiB`,
  )
  tell(`idle for ${Math.round(elapsedMs / 1000)} s: ${blocks} blocks, load ${loadAverage()}`)
  tell(shown.join(', '))
  return Math.max(...validators.map(share))
}

test('60 s without transactions: only the heartbeat, and at most 3 % of a core each', async () => {
  const shares: number[] = []
  while (shares.length < ATTEMPTS && (shares.at(-1) ?? 1) > CORE_SHARE_MAX)
    shares.push(await watchIdle())
  assert.ok((shares.at(-1) ?? 1) <= CORE_SHARE_MAX, `share of a core: ${shares.join(', ')}`)
  const chain = await assertEqualChains(drill)
  for (const [number, block] of chain.entries()) {
    if (number < 2 || block.transactions.length > 0) continue
    const gap = block.timestamp - (chain[number - 1]?.timestamp ?? 0)
    assert.ok(gap >= HEARTBEAT_SECONDS, `the empty block ${number} came after ${gap} s`)
  }
})

test.run()
