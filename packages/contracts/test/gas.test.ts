/**
 * Gas of every call against a committed snapshot (`UPDATE=1` rewrites it), and the budget of a
 * batch.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Hash, keccakHex, numberToBytes } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { documentRegistry as registryCall, validatorSet } from '../src/index.ts'
import { account, advance, blockHashAt } from './support/chain.ts'
import * as registries from './support/registry.ts'
import * as councils from './support/validators.ts'

const SNAPSHOT = join(import.meta.dirname, '..', 'gas.snapshot.json')
/** services.md 2.1 with the allowance for full checks */
const BATCH_GAS_MAX = 75_000n

const gas: Record<string, number> = {}

function commitments(from: number, count: number): readonly Hash[] {
  return Array.from({ length: count }, (_, i) => keccakHex(numberToBytes(from + i + 1)))
}

test('measures DocumentRegistry', async () => {
  const registry = await registries.createRegistry()
  const { ISSUER, REVOKER, SCHEMA } = registries
  const note = async (
    name: string,
    from: typeof ISSUER,
    data: ReturnType<typeof registryCall.totals>,
  ) => {
    const outcome = await registries.act(registry, from, data)
    assert.is(registries.revertOf(outcome), 'ok', name)
    gas[`DocumentRegistry.${name}`] = Number(outcome.gasUsed)
  }
  const uri = 'https://city.example/batches/000001.json'
  await registries.postBatch(registry, commitments(0, 1_000), { uri })
  const list = commitments(5_000, 1_000)
  const { proofs, outcome } = await registries.postBatch(registry, list, { uri })
  gas['DocumentRegistry.issueBatch of 1000'] = Number(outcome.gasUsed)
  assert.ok(outcome.gasUsed <= BATCH_GAS_MAX, `${outcome.gasUsed}`)
  const [a, b, c] = list as [Hash, Hash, Hash]
  const target = (i: number, commitment: Hash) => {
    const proof = proofs[i]
    return { commitment, schemaId: SCHEMA, reason: 1, ...(proof === undefined ? {} : { proof }) }
  }
  const [single = a, later = a] = commitments(9_000, 2)
  await registries.act(registry, ISSUER, registryCall.issue(later, SCHEMA))
  await note('issue', ISSUER, registryCall.issue(single, SCHEMA))
  await note('suspend batched', ISSUER, registryCall.suspend(target(0, a)))
  await note('reinstate', ISSUER, registryCall.reinstate(target(0, a)))
  await note('revoke batched', REVOKER, registryCall.revoke(target(1, b)))
  await note('revoke single', REVOKER, registryCall.revoke(target(-1, single)))
  await note(
    'supersede batched by single',
    ISSUER,
    registryCall.supersede(target(2, c), { commitment: later }),
  )
})

function readyBlock({ chain }: councils.Council) {
  const number = chain.height - 1
  return { number, hash: blockHashAt(number) }
}

test('measures ValidatorSet', async () => {
  const council = await councils.createCouncil([0, 1, 2, 3])
  const { member, STRANGER } = councils
  const note = async (
    name: string,
    from: typeof STRANGER,
    data: ReturnType<typeof validatorSet.setHash>,
  ) => {
    const outcome = await councils.act(council, from, data)
    assert.is(councils.revertOf(outcome), 'ok', name)
    gas[`ValidatorSet.${name}`] = Number(outcome.gasUsed)
  }
  await note('proposeAdd', member(0), validatorSet.proposeAdd(account(5), councils.organisation(9)))
  await note('approve', member(1), validatorSet.approve(1n))
  await councils.act(council, member(2), validatorSet.approve(1n))
  advance(council.chain, { seconds: councils.VETO_SECONDS })
  await note('schedule', STRANGER, validatorSet.schedule(1n))
  advance(council.chain, { blocks: councils.DELAY_BLOCKS })
  await note('confirmReady', account(5), validatorSet.confirmReady(1n, readyBlock(council)))
  await note('activate the fifth member', STRANGER, validatorSet.activate(1n))
  advance(council.chain, { blocks: 1 })
  await note('reportMalicious, unseated', STRANGER, councils.guilt(3))
  advance(council.chain, { blocks: 1 })
  await note('reportMalicious, still seated', STRANGER, councils.guilt(2))
  await note('proposeReplace', member(0), validatorSet.proposeReplace(member(2), account(6)))
})

test('gas is as in gas.snapshot.json: run with UPDATE=1 when a change is meant', () => {
  if (process.env['UPDATE'] === '1') writeFileSync(SNAPSHOT, `${JSON.stringify(gas, null, 2)}\n`)
  assert.equal(gas, JSON.parse(readFileSync(SNAPSHOT, 'utf8')))
})

test.run()
