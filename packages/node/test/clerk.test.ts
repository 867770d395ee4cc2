/**
 * The validator's clerk over a real chain and the real contract: who reports when, who unseats,
 * when a candidate says that it is ready, and when nobody says anything.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EvidenceMessage, signContent, type Vote } from '@veche/consensus'
import { VALIDATOR_SET_ADDRESS, validatorSet } from '@veche/contracts'
import {
  type Address,
  accept,
  bytesToBigint,
  type Hex,
  hexToBytes,
  keccak256,
  transactionHash,
  utf8ToBytes,
} from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Clerk } from '../src/council/clerk.ts'
import { openEvidenceStore } from '../src/council/evidence.ts'
import { createSetReader } from '../src/council/set-reader.ts'
import { ERRAND_IDLE_LOOK_MS, ERRAND_REPEAT_MS, READY_RENEW_SECONDS } from '../src/limits.ts'
import { signTransaction } from '../src/transactions.ts'
import {
  createCore,
  createWorld,
  produceBlock,
  signerOf,
  type TestKey,
  testKey,
} from './support/world.ts'

const root = mkdtempSync(join(tmpdir(), 'veche-clerk-'))
const TURN_MS = 2_000
const world = await createWorld({ contracts: true })
const { chainId } = world.genesis
const [a, b, c, d] = world.validators as [TestKey, TestKey, TestKey, TestKey]
const candidate = testKey('candidate')
let folders = 0

/** A chain, a clock in the test's hand, and clerks of several keys on it. */
function createStage() {
  const core = createCore(world)
  const stage = { nowMs: 0, inStep: true }
  const nonces = new Map<Address, number>()
  const nonceOf = (address: Address): number => Number(core.store.account(address)?.nonce ?? 0n)
  const call = (to: Address, data: Hex) =>
    core.executor.call({ to, input: hexToBytes(data) }, core.chain.head().header)
  const reader = createSetReader(async (data) => {
    const outcome = await call(VALIDATOR_SET_ADDRESS, data)
    return outcome.kind === 'success' ? outcome.output : undefined
  })
  const seal = async (raws: readonly Uint8Array[] = []): Promise<void> => {
    const imported = await core.chain.importSealed(await produceBlock(world, core, raws))
    assert.ok(imported.ok, imported.ok ? '' : imported.reason)
  }
  const act = async (key: TestKey, data: Hex): Promise<void> => {
    const nonce = nonces.get(key.address) ?? nonceOf(key.address)
    const to = VALIDATOR_SET_ADDRESS
    const fields = { chainId, nonce, to, data, gas: 1_000_000n }
    await seal([hexToBytes(await signTransaction(signerOf(key), fields))])
  }
  const openClerk = async (key: TestKey, path = join(root, `${folders++}`)) => {
    const sent: Uint8Array[] = []
    const clerk = new Clerk({
      ...{ chainId, gasLimit: world.genesis.gasLimit, signer: signerOf(key), turnMs: TURN_MS },
      contract: () => VALIDATOR_SET_ADDRESS,
      evidence: await openEvidenceStore({ path, chainId, logger: core.logger }),
      head: () => core.chain.head(),
      call: (request, at) =>
        core.executor.call(request, at, { blockOverrides: { number: BigInt(at.number + 1) } }),
      nonce: () => nonceOf(key.address),
      feePerGas: () => 0n,
      submit(raw) {
        sent.push(raw)
        return accept(transactionHash(raw))
      },
      inStep: () => stage.inStep,
      nowMs: () => stage.nowMs,
      logger: core.logger,
    })
    core.chain.onHead((_head, _block, executed) => clerk.onHead(executed))
    return { clerk, sent }
  }
  return { ...core, stage, reader, seal, act, openClerk }
}

async function guilt({ secret, address }: TestKey): Promise<EvidenceMessage> {
  const vote = async (value: string): Promise<Vote> => {
    const hash = `0x${value.repeat(64)}` as const
    const content = {
      kind: 'precommit',
      height: 9,
      round: 0,
      hash,
      seal: new Uint8Array(65),
    } as const
    const signer = { chainId, ...signerOf({ secret, address }) }
    return (await signContent({ kind: 'sign', content }, signer)) as Vote
  }
  return { kind: 'evidence', first: await vote('1'), second: await vote('2') }
}

test('evidence is reported in turns, once, and the contract takes it', async () => {
  const { stage, reader, seal, openClerk, logged } = createStage()
  const others = [a, b, c]
  const clerks = await Promise.all(others.map((key) => openClerk(key)))
  const evidence = await guilt(d)
  for (const { clerk } of clerks) await clerk.onEvidence(evidence)
  // the accused itself may have the first turn
  let first: Uint8Array | undefined
  for (let turn = 0; turn < 4 && first === undefined; turn++) {
    for (const { clerk } of clerks) await clerk.look()
    const all = clerks.flatMap(({ sent }) => sent)
    assert.ok(all.length <= 1, 'one in a turn')
    first = all[0]
    stage.nowMs += TURN_MS
  }
  assert.ok(first)
  await seal(first === undefined ? [] : [first])
  assert.ok(await reader.suspensionOf(d.address), 'the contract convicts')
  stage.nowMs += 10 * ERRAND_REPEAT_MS
  for (const { clerk } of clerks) {
    await clerk.onEvidence(evidence)
    await clerk.look()
  }
  assert.is(clerks.flatMap(({ sent }) => sent).length, 1, 'nobody else reports it')
  const accused = await openClerk(d)
  for (let i = 0; i < 2; i++) {
    stage.nowMs += ERRAND_IDLE_LOOK_MS
    await accused.clerk.look()
  }
  const warnings = logged.filter(({ message }) => String(message).startsWith('this key is susp'))
  assert.is(warnings.length, 1, 'its own operator is told, once')
})

test('a report that does not become final is sent again', async () => {
  const { stage, openClerk } = createStage()
  const { clerk, sent } = await openClerk(a)
  await clerk.onEvidence(await guilt(d))
  stage.nowMs += 4 * TURN_MS
  await clerk.look()
  assert.is(sent.length, 1)
  stage.nowMs += ERRAND_REPEAT_MS - 1
  await clerk.look()
  assert.is(sent.length, 1)
  stage.nowMs += 1
  await clerk.look()
  assert.is(sent.length, 2)
})

test('evidence kept before a restart is reported after it', async () => {
  const { stage, openClerk } = createStage()
  const path = join(root, 'restarted')
  const before = await openClerk(a, path)
  stage.inStep = false
  await before.clerk.onEvidence(await guilt(d))
  stage.inStep = true
  const after = await openClerk(a, path)
  await after.clerk.look()
  stage.nowMs += 4 * TURN_MS
  await after.clerk.look()
  assert.equal([before.sent.length, after.sent.length], [0, 1])
})

test('the word of a candidate is renewed long before it is too old', async () => {
  const { chain, executor } = createStage()
  const input = keccak256(utf8ToBytes('READY_SECONDS()')).subarray(0, 4)
  const request = { to: VALIDATOR_SET_ADDRESS, input }
  const outcome = await executor.call(request, chain.head().header)
  assert.is(outcome.kind, 'success')
  const seconds = outcome.kind === 'success' ? Number(bytesToBigint(outcome.output)) : 0
  assert.ok(READY_RENEW_SECONDS + ERRAND_IDLE_LOOK_MS / 1000 < seconds, `${seconds}`)
})

test('a node that is not in step waits', async () => {
  const { stage, openClerk } = createStage()
  stage.inStep = false
  const { clerk, sent } = await openClerk(a)
  await clerk.onEvidence(await guilt(d))
  stage.nowMs += 4 * TURN_MS
  await clerk.look()
  assert.is(sent.length, 0)
  stage.inStep = true
  await clerk.look()
  stage.nowMs += 4 * TURN_MS
  await clerk.look()
  assert.is(sent.length, 1)
})

test('evidence against a stranger moves nobody', async () => {
  const { stage, openClerk } = createStage()
  const { clerk, sent } = await openClerk(a)
  await clerk.onEvidence(await guilt(candidate))
  stage.nowMs += 4 * TURN_MS
  await clerk.look()
  assert.is(sent.length, 0)
})

test('a candidate says that it is ready once approved, and what leaves is unseated', async () => {
  const { stage, reader, seal, act, openClerk, chain } = createStage()
  const { clerk, sent } = await openClerk(candidate)
  const member = await openClerk(a)
  const replace = validatorSet.proposeReplace(d.address, candidate.address)
  await act(a, replace)
  await clerk.look()
  assert.is(sent.length, 0, 'not before it is approved')
  await act(b, validatorSet.approve(1n))
  await act(c, validatorSet.approve(1n))
  await clerk.look()
  assert.is(sent.length, 1)
  await seal(sent)
  assert.is((await reader.proposal(1n))?.readyAt, chain.head().header.timestamp)
  stage.nowMs += ERRAND_IDLE_LOOK_MS
  await clerk.look()
  assert.is(sent.length, 1, 'said once')
  await act(b, validatorSet.schedule(1n))
  await act(c, validatorSet.activate(1n))
  assert.is((await reader.addresses())?.length, 5)
  stage.nowMs += 5 * TURN_MS
  await member.clerk.look()
  stage.nowMs += 5 * TURN_MS
  await member.clerk.look()
  assert.is(member.sent.length, 1)
  await seal(member.sent)
  const left = [a, b, c, candidate].map(({ address }) => address).sort()
  assert.equal(await reader.addresses(), left)
})

test.after(() => rmSync(root, { recursive: true }))
test.run()
