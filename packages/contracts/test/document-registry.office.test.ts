/**
 * What the document office may do with DocumentRegistry, after which notice, and what it may not.
 */
import { type Hash, ZERO_ADDRESS, ZERO_HASH } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeFunctionData } from 'viem/utils'
import {
  documentRegistry as call,
  decodePowersWord,
  decodeSchemaRecord,
  decodeSchemaWord,
  documentRegistryAbi,
  documentRegistryBytecode,
  documentRegistryInitializer,
  powersSlot,
  schemaSlot,
} from '../src/index.ts'
import { advance, codeHashOf, deploy, send, storageWord, view } from './support/chain.ts'
import {
  ADMIN,
  act,
  COURT,
  commitment,
  createRegistry,
  eventOf,
  ISSUER,
  OBSERVER,
  REVOKER,
  refusal,
  revertOf,
  SCHEMA,
  STRANGER,
  statusOf,
  UPGRADER,
} from './support/registry.ts'

const A = commitment('a')
const B = commitment('b')

test('schemas are registered once, used while open, and frozen for ever', async () => {
  const registry = await createRegistry()
  const fresh = commitment('schema')
  const register = (from: typeof ISSUER, schema: Parameters<typeof call.registerSchema>[0]) =>
    refusal(registry, from, call.registerSchema(schema))
  const plain = { schemaId: fresh, uri: '' }
  assert.is(await register(ISSUER, plain), 'AccessManagedUnauthorized')
  assert.is(await register(ADMIN, { ...plain, schemaId: ZERO_HASH }), 'DocumentRegistryZeroValue')
  const long = { ...plain, uri: 'x'.repeat(257) }
  assert.is(await register(ADMIN, long), 'DocumentRegistryUriTooLong')
  assert.is(await refusal(registry, ISSUER, call.issue(A, fresh)), 'DocumentRegistrySchemaUnknown')
  assert.is(await register(ADMIN, plain), 'ok')
  assert.is(await register(ADMIN, plain), 'DocumentRegistrySchemaExists')
  await act(registry, ISSUER, call.issue(A, SCHEMA))
  assert.is(await refusal(registry, ISSUER, call.freezeSchema(SCHEMA)), 'AccessManagedUnauthorized')
  assert.is(await refusal(registry, ADMIN, call.freezeSchema(SCHEMA)), 'ok')
  const frozen = 'DocumentRegistrySchemaFrozen'
  assert.is(await refusal(registry, ADMIN, call.freezeSchema(SCHEMA)), frozen)
  assert.is(await refusal(registry, ISSUER, call.issue(B, SCHEMA)), frozen)
  assert.is(
    await refusal(registry, ADMIN, call.grantPower(SCHEMA, STRANGER, 'issue')),
    frozen,
    'nobody gets a power that is void',
  )
  const target = { commitment: A, schemaId: SCHEMA, reason: 1 }
  assert.is(await refusal(registry, REVOKER, call.revoke(target)), 'ok')
})

test('a schema has one next version, and a line of them never forks', async () => {
  const registry = await createRegistry()
  const [second, third, fork] = [commitment('v2'), commitment('v3'), commitment('fork')]
  const definition = commitment('what it says')
  const next = (schemaId: Hash, previous: Hash) =>
    act(registry, ADMIN, call.registerSchema({ schemaId, previous, definition, uri: 'v' }))
  assert.is(revertOf(await next(second, commitment('never'))), 'DocumentRegistrySchemaUnknown')
  const event = eventOf(await next(second, SCHEMA))
  assert.equal(event, {
    kind: 'schema-registered',
    ...{ schemaId: second, previous: SCHEMA, version: 2, definition, uri: 'v' },
  })
  assert.is(revertOf(await next(fork, SCHEMA)), 'DocumentRegistrySchemaSucceeded')
  assert.is(revertOf(await next(third, second)), 'ok')
  const schemaAt = async (schemaId: Hash) => {
    const answer = await view(registry.chain, registry.address, call.schemaOf(schemaId))
    const record = decodeSchemaRecord(answer)
    const word = await storageWord(registry.chain, registry.address, schemaSlot(schemaId))
    assert.ok(record.ok)
    if (!record.ok) return undefined
    const { version, frozen, succeeded } = record.value
    assert.equal(decodeSchemaWord(word), { version, frozen, succeeded })
    return record.value
  }
  assert.equal(await schemaAt(third), {
    ...{ version: 3, frozen: false, succeeded: false, previous: second, definition },
  })
  assert.is((await schemaAt(SCHEMA))?.succeeded, true)
  assert.is((await schemaAt(fork))?.version, 0)
})

test('powers are granted and withdrawn by the administrator, with events', async () => {
  const registry = await createRegistry()
  const grant = call.grantPower(SCHEMA, STRANGER, 'issue')
  for (const from of [ISSUER, REVOKER, COURT, STRANGER])
    for (const data of [grant, call.withdrawPower(SCHEMA, ISSUER, 'issue')])
      assert.is(await refusal(registry, from, data), 'AccessManagedUnauthorized')
  const powers = async (account: typeof ISSUER) =>
    decodePowersWord(
      await storageWord(registry.chain, registry.address, powersSlot(SCHEMA, account)),
    )
  assert.equal(await powers(ISSUER), { issuer: true, revoker: false })
  assert.equal(await powers(REVOKER), { issuer: false, revoker: true })
  assert.equal(eventOf(await act(registry, ADMIN, grant)), {
    kind: 'power-changed',
    ...{ schemaId: SCHEMA, account: STRANGER, power: 'issue', granted: true },
  })
  const unchanged = 'DocumentRegistryPowerUnchanged'
  assert.is(await refusal(registry, ADMIN, grant), unchanged)
  assert.is(await refusal(registry, STRANGER, call.issue(A, SCHEMA)), 'ok')
  const withdraw = call.withdrawPower(SCHEMA, STRANGER, 'issue')
  assert.equal(eventOf(await act(registry, ADMIN, withdraw)), {
    kind: 'power-changed',
    ...{ schemaId: SCHEMA, account: STRANGER, power: 'issue', granted: false },
  })
  assert.is(await refusal(registry, ADMIN, withdraw), unchanged)
  assert.is(
    await refusal(registry, STRANGER, call.issue(B, SCHEMA)),
    'DocumentRegistryUnauthorized',
  )
  assert.is(await statusOf(registry, A), 'issued', 'what it did stays')
  assert.is(
    await refusal(registry, ADMIN, call.grantPower(SCHEMA, ZERO_ADDRESS, 'issue')),
    'DocumentRegistryZeroValue',
  )
  assert.is(
    await refusal(registry, ADMIN, call.grantPower(commitment('no'), STRANGER, 'revoke')),
    'DocumentRegistrySchemaUnknown',
  )
})

test('nobody initializes the proxy again, or the code behind it', async () => {
  const registry = await createRegistry()
  const { access, releases } = registry.governed
  const data = documentRegistryInitializer({ cityAccess: access, releases, schemas: [] })
  for (const to of [registry.address, registry.implementation]) {
    const outcome = await send(registry.chain, { from: STRANGER, to, data })
    assert.is(revertOf(outcome), 'InvalidInitialization')
  }
})

test('nobody upgrades early: role, a week of notice and a release are all needed', async () => {
  const registry = await createRegistry()
  const { chain, governed } = registry
  const { address: code } = await deploy(chain, documentRegistryBytecode)
  const data = encodeFunctionData({
    abi: documentRegistryAbi,
    functionName: 'upgradeToAndCall',
    args: [code, '0x'],
  })
  for (const from of [STRANGER, ISSUER, COURT, ADMIN])
    assert.is(await refusal(registry, from, data), 'AccessManagedUnauthorized')
  const upgrade = () => refusal(registry, UPGRADER, data)
  assert.match(await upgrade(), /^unknown revert/, 'not scheduled')
  const week = 7 * 86_400
  assert.ok((await governed.schedule(UPGRADER, data)).ok)
  advance(chain, { seconds: week - 1 })
  assert.match(await upgrade(), /^unknown revert/, 'a second early')
  advance(chain, { seconds: 1 })
  assert.is(await upgrade(), 'CityUpgradeableNotReleased')
  assert.ok((await governed.release(UPGRADER, await codeHashOf(chain, code))).ok)
  await act(registry, ISSUER, call.issue(A, SCHEMA))
  assert.is(await upgrade(), 'ok')
  assert.is(await statusOf(registry, A), 'issued', 'the state stays')
  assert.ok((await governed.schedule(UPGRADER, data)).ok)
  advance(chain, { seconds: week })
  assert.ok((await governed.cancel(OBSERVER, UPGRADER, data)).ok, 'the observers object')
  assert.match(await upgrade(), /^unknown revert/, 'cancelled')
})

test('the office cannot freeze a schema, add one or give powers without notice', async () => {
  const registry = await createRegistry({ notice: true })
  const { chain, governed } = registry
  const calls = [
    [call.freezeSchema(SCHEMA), 3 * 86_400],
    [call.registerSchema({ schemaId: commitment('new'), uri: '' }), 86_400],
    [call.grantPower(SCHEMA, STRANGER, 'revoke'), 86_400],
  ] as const
  for (const [data, seconds] of calls) {
    assert.match(await refusal(registry, ADMIN, data), /^unknown revert/)
    assert.ok((await governed.schedule(ADMIN, data)).ok)
    advance(chain, { seconds: seconds - 1 })
    assert.match(await refusal(registry, ADMIN, data), /^unknown revert/)
    advance(chain, { seconds: 1 })
    assert.is(await refusal(registry, ADMIN, data), 'ok')
  }
  const withdraw = call.withdrawPower(SCHEMA, STRANGER, 'revoke')
  assert.is(await refusal(registry, ADMIN, withdraw), 'ok', 'a power goes at once')
})

test.run()
