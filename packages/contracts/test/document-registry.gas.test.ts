/** Gas of DocumentRegistry against its committed snapshot, and the budget of a batch. */
import { type Address, type Hash, type Hex, keccakHex, numberToBytes } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { documentRegistry as registryCall } from '../src/index.ts'
import { gasSnapshot } from './support/gas.ts'
import * as registries from './support/registry.ts'

/** the issue's budget of a batch of any size */
const BATCH_GAS_MAX = 75_000

const gas = gasSnapshot('DocumentRegistry')

function commitments(from: number, count: number): readonly Hash[] {
  return Array.from({ length: count }, (_, i) => keccakHex(numberToBytes(from + i + 1)))
}

test('measures every change of a document', async () => {
  const registry = await registries.createRegistry()
  const { ISSUER, REVOKER, SCHEMA } = registries
  const note = async (name: string, from: Address, data: Hex) => {
    const outcome = await registries.act(registry, from, data)
    assert.is(registries.revertOf(outcome), 'ok', name)
    gas.note(name, outcome.gasUsed)
  }
  const uri = 'https://city.example/batches/000001.json'
  await registries.postBatch(registry, commitments(0, 1_000), { uri })
  const list = commitments(5_000, 1_000)
  const { proofs, outcome } = await registries.postBatch(registry, list, { uri })
  gas.note('issueBatch of 1000', outcome.gasUsed, { max: BATCH_GAS_MAX })
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
  const items = [3, 4, 5, 6].map((i) => ({
    commitment: list[i] as Hash,
    proof: proofs[i] as (typeof proofs)[0],
  }))
  const many = { schemaId: SCHEMA, reason: 1, items }
  await note('suspendMany of 4 batched', ISSUER, registryCall.suspendMany(many))
  await note('revokeMany of 4', REVOKER, registryCall.revokeMany(many))
  const held = { ...target(7, list[7] as Hash), reason: 130 }
  await note('order batched', registries.COURT, registryCall.order(held, 'suspended'))
  await note(
    'supersede batched by single',
    ISSUER,
    registryCall.supersede(target(2, c), { commitment: later }),
  )
})

test('measures what the administrator does', async () => {
  const registry = await registries.createRegistry()
  const { ADMIN, SCHEMA, STRANGER } = registries
  const note = async (name: string, data: Hex) => {
    const outcome = await registries.act(registry, ADMIN, data)
    assert.is(registries.revertOf(outcome), 'ok', name)
    gas.note(name, outcome.gasUsed)
  }
  const [schemaId = SCHEMA, definition = SCHEMA] = commitments(1, 2)
  const schema = { schemaId, previous: SCHEMA, definition, uri: 'https://city.example/s/2' }
  await note('registerSchema', registryCall.registerSchema(schema))
  await note('grantPower', registryCall.grantPower(SCHEMA, STRANGER, 'issue'))
  await note('withdrawPower', registryCall.withdrawPower(SCHEMA, STRANGER, 'issue'))
  await note('freezeSchema', registryCall.freezeSchema(SCHEMA))
})

test('gas is as in gas/DocumentRegistry.json', () => gas.check())

test.run()
