/**
 * Transactions that use the whole block's gas on the slowest work known (ADR 0033): creation code
 * that loops until its gas is gone. The chain must neither halt nor propose them for ever.
 */
import { keccak256 } from 'viem/utils'
import { signTransaction } from '../../src/transactions.ts'
import { openKey } from '../support/load.ts'
import { pause } from '../support/until.ts'
import type { Finding, Scenario } from './scenario.ts'
import {
  hold,
  NODES,
  OBSERVER,
  RECOVERY_STEPS_MAX,
  STEP_MS,
  topOf,
  VALIDATORS,
  type World,
} from './world.ts'

const POISON_MS = 15_000
const SEND_EVERY_MS = 500

/** `setup`, then for ever `body` many times; hex without 0x */
function loop(setup: string, body: string, copies: number): string {
  const at = (setup.length / 2).toString(16).padStart(4, '0')
  return `${setup}5b${body.repeat(copies)}61${at}56`
}

/** STATICCALL(gas, address, 0, length, 0, 0), its result dropped */
const call = (address: string, length: string): string => `5f5f61${length}5f60${address}5afa50`

const POISONS = {
  /** 10,000 rounds of BLAKE2 F for 10,000 gas: its input is 213 bytes */
  blake2f: loop(`63${'00002710'}60e01b5f52`, call('09', '00d5'), 50),
  /** a call with 32 KiB of input to an account without code */
  wideCall: loop('60016180005f5260ff61800053', call('ee', '8000'), 50),
  /** the interpreter's own pace */
  add: loop('', '6001600101506001600101505b', 300),
} as const

interface Sent {
  readonly kind: string
  readonly hash: `0x${string}`
}

/** Sends each poison again and again, with the nonce that is next, so that a ban costs nothing. */
async function sendPoisons(world: World, untilMs: number): Promise<Sent[]> {
  const { drill } = world
  const { chainId } = drill.files
  const latest = (await drill.rpc(OBSERVER, 'eth_getBlockByNumber', ['latest', false])) as {
    gasLimit: string
  }
  const sent: Sent[] = []
  for (let round = 0; performance.now() < untilMs; round++) {
    // a validator that has banned the last one takes another; an observer builds and bans nothing
    const via = VALIDATORS[round % VALIDATORS.length] as string
    for (const [i, [kind, code]] of Object.entries(POISONS).entries()) {
      const signer = await openKey(drill, 'keys', `issuer-${5 + i}`)
      const count = await drill.rpc(via, 'eth_getTransactionCount', [signer.address, 'latest'])
      // bytes behind the loop are never reached: they make each transaction another
      const data = `0x${code}fe${round.toString(16).padStart(8, '0')}` as const
      const gas = BigInt(latest.gasLimit)
      const raw = await signTransaction(signer, { chainId, nonce: Number(count), data, gas })
      // the same nonce with the same fee is refused while the one before is in the pool
      await drill.rpc(via, 'eth_sendRawTransaction', [raw]).then(
        () => sent.push({ kind, hash: keccak256(raw) }),
        () => undefined,
      )
    }
    await pause(SEND_EVERY_MS)
  }
  return sent
}

/** The longest time without a block while `work` runs. */
async function longestPause<T>(world: World, work: Promise<T>): Promise<[T, number]> {
  let done = false
  const end = work.finally(() => {
    done = true
  })
  let head = await topOf(world.drill, NODES)
  let sinceMs = performance.now()
  let longest = 0
  while (!done) {
    const now = await topOf(world.drill, NODES)
    longest = Math.max(longest, performance.now() - sinceMs)
    if (now > head) sinceMs = performance.now()
    head = now
    await pause()
  }
  return [await end, longest]
}

async function poison(world: World): Promise<Finding> {
  const { drill, load } = world
  const before = load.final.length
  const sending = sendPoisons(world, performance.now() + POISON_MS)
  const [sent, longestMs] = await longestPause(world, sending)
  const ordinary = load.final.length - before
  hold(ordinary > 0, 'ordinary transactions become final beside the poison')
  const steps = Math.ceil(longestMs / STEP_MS)
  hold(steps <= RECOVERY_STEPS_MAX, `no pause above ${RECOVERY_STEPS_MAX} steps, got ${steps}`)
  const counts = new Map<string, number>()
  for (const { kind, hash } of sent)
    if ((await drill.rpc(OBSERVER, 'eth_getTransactionReceipt', [hash])) !== null)
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const of = (kind: string): string =>
    `${counts.get(kind) ?? 0} of ${sent.filter((one) => one.kind === kind).length} final`
  return {
    checked: ['the chain goes on', 'ordinary transactions become final'],
    figures: {
      'longest pause': `${Math.round(longestMs)} ms`,
      'ordinary final': ordinary,
      ...Object.fromEntries(Object.keys(POISONS).map((kind) => [kind, of(kind)])),
    },
  }
}

export const poisonScenario: Scenario = {
  name: 'poison',
  fault: 'transactions at the gas limit: BLAKE2F, wide calls, additions, for 15 steps',
  run: poison,
}
