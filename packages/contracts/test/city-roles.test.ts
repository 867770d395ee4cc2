/** The table of roles and functions: complete, nothing dangling, as the page asks. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CONTRACTS } from '../scripts/contracts.ts'
import * as addresses from '../src/addresses.ts'
import {
  CITY_CONTRACTS,
  CITY_ROLES,
  cityFunctions,
  cityRoleName,
  GENESIS_RELEASES,
  HIGH_RISK_SECONDS,
  hastened,
  UPGRADE_SECONDS,
} from '../src/index.ts'
import { restrictedSelectors } from './support/restricted.ts'

test('AccessManager 1: every restricted function has a row, and every row a restricted function', async () => {
  const restricted = await restrictedSelectors()
  const rows = Map.groupBy(cityFunctions(), ({ contract }) => contract)
  const listed = new Map(
    [...rows].map(([name, list]) => [name, list.map(({ selector }) => selector).sort()]),
  )
  for (const [name, selectors] of restricted) {
    assert.equal(
      listed.get(name) ?? [],
      selectors,
      `${name}: add or take away lines in src/access/city-functions.ts`,
    )
  }
  for (const name of rows.keys()) assert.ok(restricted.has(name), `${name} is compiled`)
})

test('AccessManager 1: a contract and its functions stand in the table once, at a known address', () => {
  const known = Object.values(addresses).filter((each) => typeof each === 'string')
  const names = CITY_CONTRACTS.map(({ name }) => name)
  assert.is(new Set(names).size, names.length)
  for (const { name, address } of CITY_CONTRACTS) assert.ok(known.includes(address), name)
  const keys = cityFunctions().map(({ target, selector }) => `${target} ${selector}`)
  assert.is(new Set(keys).size, keys.length)
})

test('a new code behind a proxy waits a week, whoever asks', () => {
  const upgrades = cityFunctions().filter(({ signature }) => signature.startsWith('upgradeTo'))
  assert.ok(upgrades.length > 0)
  for (const { contract, role, delaySeconds } of upgrades)
    assert.equal([role, delaySeconds], ['UPGRADER', UPGRADE_SECONDS], contract)
})

test('releases wait three days', () => {
  const row = cityFunctions().find(({ signature }) => signature.startsWith('register((bytes32'))
  assert.equal([row?.role, row?.delaySeconds], ['RELEASER', HIGH_RISK_SECONDS])
})

test('role numbers are used once, and each has an administrator that exists', () => {
  const roles = Object.entries(CITY_ROLES)
  assert.is(new Set(roles.map(([, { id }]) => id)).size, roles.length)
  for (const [name, { id, admin }] of roles) {
    assert.is(cityRoleName(id), name)
    assert.ok(admin in CITY_ROLES)
  }
  assert.is(cityRoleName(999n), undefined)
  assert.is(CITY_ROLES.ADMIN.id, 0n)
  assert.is(CITY_ROLES.OBSERVERS.id, 1n)
})

test('no office is granted without a day in public, no power without three', () => {
  for (const { admin, grantDelaySeconds } of Object.values(CITY_ROLES))
    assert.ok(grantDelaySeconds >= (admin === 'ADMIN' ? HIGH_RISK_SECONDS : 86_400))
})

test('genesis releases every contract that is compiled, each code once', () => {
  assert.equal(
    GENESIS_RELEASES.map(({ name }) => name),
    CONTRACTS.map(({ name }) => name),
  )
  assert.is(new Set(GENESIS_RELEASES.map(({ codehash }) => codehash)).size, CONTRACTS.length)
})

test('haste divides a delay and never takes it away', () => {
  assert.equal(
    [hastened(0, 86_400), hastened(1, 86_400), hastened(UPGRADE_SECONDS, 86_400), hastened(5)],
    [0, 1, 7, 5],
  )
})

test.run()
