/** CityAccess: what the city, an office, an observer and a stranger try to break. */
import type { Address, Hex } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  accepted,
  CITY_ROLES,
  cityAccess,
  cityAccessInitCode,
  HIGH_RISK_SECONDS,
  UPGRADE_SECONDS,
} from '../src/index.ts'
import {
  type AccessWorld,
  attempt,
  CITY,
  createAccessWorld,
  exampleCall,
  exampleValue,
  manage,
  OBSERVER,
  OBSERVER_2,
  PERSONNEL,
  REGISTRAR,
  roleId,
  STRANGER,
  schedule,
  UPGRADER,
} from './support/access.ts'
import { account, advance, createChain, send, view } from './support/chain.ts'
import { gasSnapshot } from './support/gas.ts'

const { encode, decode } = cityAccess
const DAY = 86_400
const NEWCOMER = account(0x77)

const setValue = (world: AccessWorld, to: bigint): { to: Address; data: Hex } => ({
  to: world.example,
  data: exampleCall('setValue', to),
})

async function inForce(world: AccessWorld, role: bigint, who: Address): Promise<boolean> {
  const [isMember] = accepted(
    decode.hasRole(await view(world.chain, world.access, encode.hasRole(role, who))),
  )
  return isMember
}

/** Schedules a call of CityAccess as the city and executes it after the admin's delay. */
async function govern(world: AccessWorld, data: Hex): Promise<string> {
  const scheduled = await schedule(world, CITY, { to: world.access, data })
  if (scheduled !== 'ok') return scheduled
  advance(world.chain, { seconds: UPGRADE_SECONDS })
  return manage(world, CITY, data)
}

test('genesis puts the table in force at once, with labels and members in the state', async () => {
  const world = await createAccessWorld()
  const ask = (data: Hex) => view(world.chain, world.access, data)
  const ids = accepted(decode.roleIds(await ask(encode.roleIds(0n, 100n))))
  assert.equal(
    [...ids].sort(),
    Object.values(CITY_ROLES)
      .map(({ id }) => id)
      .sort(),
  )
  for (const [name, { id, admin, grantDelaySeconds }] of Object.entries(CITY_ROLES)) {
    assert.is(accepted(decode.labelOf(await ask(encode.labelOf(id)))), name)
    if (name === 'ADMIN') continue
    assert.is(
      accepted(decode.getRoleAdmin(await ask(encode.getRoleAdmin(id)))),
      CITY_ROLES[admin].id,
    )
    assert.is(accepted(decode.getRoleGuardian(await ask(encode.getRoleGuardian(id)))), 1n)
    const delay = accepted(decode.getRoleGrantDelay(await ask(encode.getRoleGrantDelay(id))))
    assert.is(delay, grantDelaySeconds)
  }
  const observers = accepted(decode.membersOf(await ask(encode.membersOf(1n, 0n, 9n))))
  assert.equal(observers, [OBSERVER, OBSERVER_2])
  const second = accepted(decode.membersOf(await ask(encode.membersOf(1n, 1n, 2n ** 256n - 1n))))
  assert.equal(second, [OBSERVER_2])
})

test('a role acts at once where the table gives no delay, and nobody else does', async () => {
  const world = await createAccessWorld()
  for (const who of [CITY, OBSERVER, PERSONNEL, STRANGER])
    assert.is((await attempt(world, who, setValue(world, 5n))).name, 'AccessManagedUnauthorized')
  assert.is((await attempt(world, REGISTRAR, setValue(world, 5n))).name, 'ok')
  assert.is(await exampleValue(world, 'value'), 5n)
})

test('the city does nothing at once: ADMIN waits three days', async () => {
  const world = await createAccessWorld()
  const selector = exampleCall('setValue', 0n).slice(0, 10) as Hex
  for (const data of [
    encode.grantRole(roleId('REGISTRAR'), CITY, 0),
    encode.setRoleAdmin(roleId('COURT'), roleId('PERSONNEL')),
    encode.setRoleGuardian(roleId('UPGRADER'), roleId('UPGRADER')),
    encode.setTargetFunctionRole(world.example, [selector], 0n),
    encode.setTargetClosed(world.example, true),
    encode.setGrantDelay(roleId('REGISTRAR'), 0),
    encode.setFunctionDelay(world.example, [selector], 0),
    encode.labelRole(roleId('COURT'), 'THE CITY'),
    encode.updateAuthority(world.example, STRANGER),
  ]) {
    const name = await manage(world, CITY, data)
    assert.ok(
      ['AccessManagerNotScheduled', 'AccessManagerUnauthorizedAccount'].includes(name),
      name,
    )
    assert.is(await manage(world, STRANGER, data), 'AccessManagerUnauthorizedAccount')
  }
})

test('the city cannot give ADMIN without the delay, to itself or to others', async () => {
  const world = await createAccessWorld()
  for (const who of [CITY, NEWCOMER]) {
    const short = encode.grantRole(roleId('ADMIN'), who, HIGH_RISK_SECONDS - 1)
    assert.is(await govern(world, short), 'CityAccessDelayTooShort')
  }
  assert.is(
    await govern(world, encode.grantRole(roleId('ADMIN'), NEWCOMER, HIGH_RISK_SECONDS)),
    'ok',
  )
})

test('a grant with delay 0 buys no short cut past the delay of a function', async () => {
  const world = await createAccessWorld()
  assert.is(
    await manage(world, PERSONNEL, encode.grantRole(roleId('REGISTRAR'), NEWCOMER, 0)),
    'ok',
  )
  advance(world.chain, { seconds: DAY })
  const call = { to: world.example, data: exampleCall('setSlowly', 3n) }
  assert.is((await attempt(world, NEWCOMER, call)).name, 'AccessManagerNotScheduled')
  assert.is(await schedule(world, NEWCOMER, call), 'ok')
  advance(world.chain, { seconds: DAY - 1 })
  assert.is((await attempt(world, NEWCOMER, call)).name, 'AccessManagerNotReady')
  advance(world.chain, { seconds: 1 })
  assert.is((await attempt(world, NEWCOMER, call)).name, 'ok')
})

test('the delay of a function shrinks only after notice, setback and the difference', async () => {
  const world = await createAccessWorld()
  const upgrade = exampleCall('upgradeToAndCall', NEWCOMER, '0x').slice(0, 10) as Hex
  const data = encode.setFunctionDelay(world.example, [upgrade], 0)
  assert.is(await schedule(world, CITY, { to: world.access, data }), 'ok')
  advance(world.chain, { seconds: HIGH_RISK_SECONDS })
  assert.is(await manage(world, CITY, data), 'ok')
  const ask = async () =>
    accepted(
      decode.canCall(
        await view(world.chain, world.access, encode.canCall(UPGRADER, world.example, upgrade)),
      ),
    )
  advance(world.chain, { seconds: UPGRADE_SECONDS - 1 })
  assert.equal(await ask(), [false, UPGRADE_SECONDS])
  advance(world.chain, { seconds: 1 })
  assert.equal(await ask(), [true, 0])
})

test('a grant takes effect after its delay, unless an observer objects before', async () => {
  const world = await createAccessWorld()
  const role = roleId('REGISTRAR')
  assert.is(
    await manage(world, CITY, encode.grantRole(role, NEWCOMER, 0)),
    'AccessManagerUnauthorizedAccount',
  )
  assert.is(await manage(world, PERSONNEL, encode.grantRole(role, NEWCOMER, 0)), 'ok')
  assert.is((await attempt(world, NEWCOMER, setValue(world, 1n))).name, 'AccessManagedUnauthorized')
  const object = encode.objectToGrant(role, NEWCOMER)
  for (const who of [CITY, PERSONNEL, STRANGER])
    assert.is(await manage(world, who, object), 'CityAccessNotObserver')
  assert.is(await manage(world, OBSERVER, object), 'ok')
  advance(world.chain, { seconds: DAY })
  assert.not.ok(await inForce(world, role, NEWCOMER))
  assert.is(await manage(world, PERSONNEL, encode.grantRole(role, NEWCOMER, 0)), 'ok')
  advance(world.chain, { seconds: DAY })
  assert.is((await attempt(world, NEWCOMER, setValue(world, 9n))).name, 'ok')
})

test('observers take no role away that is in force', async () => {
  const world = await createAccessWorld()
  const object = encode.objectToGrant(roleId('REGISTRAR'), REGISTRAR)
  assert.is(await manage(world, OBSERVER, object), 'CityAccessGrantNotPending')
  const unknown = encode.objectToGrant(roleId('REGISTRAR'), NEWCOMER)
  assert.is(await manage(world, OBSERVER, unknown), 'CityAccessGrantNotPending')
})

test('the city removes no observer against the observers, and never the last', async () => {
  const world = await createAccessWorld()
  const remove = (who: Address) => encode.revokeRole(roleId('OBSERVERS'), who)
  assert.is(await schedule(world, CITY, { to: world.access, data: remove(OBSERVER) }), 'ok')
  const cancel = encode.cancel(CITY, world.access, remove(OBSERVER))
  assert.is(await manage(world, OBSERVER, cancel), 'ok')
  advance(world.chain, { seconds: UPGRADE_SECONDS })
  assert.is(await manage(world, CITY, remove(OBSERVER)), 'AccessManagerNotScheduled')
  // uncontested, one goes; the last does not, nor by its own will
  assert.is(await govern(world, remove(OBSERVER)), 'ok')
  assert.is(await govern(world, remove(OBSERVER_2)), 'CityAccessLastObserver')
  const renounce = encode.renounceRole(roleId('OBSERVERS'), OBSERVER_2)
  assert.is(await manage(world, OBSERVER_2, renounce), 'CityAccessLastObserver')
})

test('observers keep their veto when the city names another guardian', async () => {
  const world = await createAccessWorld()
  const rename = encode.setRoleGuardian(roleId('UPGRADER'), roleId('UPGRADER'))
  assert.is(await govern(world, rename), 'ok')
  const call = { to: world.example, data: exampleCall('upgradeToAndCall', NEWCOMER, '0x') }
  assert.is(await schedule(world, UPGRADER, call), 'ok')
  assert.is(await manage(world, OBSERVER, encode.cancel(UPGRADER, call.to, call.data)), 'ok')
})

test('a scheduled call runs once, and not after a week of waiting', async () => {
  const world = await createAccessWorld()
  const call = { to: world.example, data: exampleCall('setSlowly', 3n) }
  assert.is(await schedule(world, REGISTRAR, call), 'ok')
  assert.is(await schedule(world, REGISTRAR, call), 'AccessManagerAlreadyScheduled')
  advance(world.chain, { seconds: DAY })
  const execute = encode.execute(call.to, call.data)
  assert.is(await manage(world, STRANGER, execute), 'AccessManagerUnauthorizedCall')
  assert.is(await manage(world, REGISTRAR, execute), 'ok')
  assert.is(await manage(world, REGISTRAR, execute), 'AccessManagerNotScheduled')
  assert.is(await schedule(world, REGISTRAR, call), 'ok')
  advance(world.chain, { seconds: DAY + 7 * DAY })
  assert.is((await attempt(world, REGISTRAR, call)).name, 'AccessManagerExpired')
})

test('nobody makes a contract consume an operation of another contract', async () => {
  const world = await createAccessWorld()
  const call = { to: world.example, data: exampleCall('setSlowly', 3n) }
  assert.is(await schedule(world, REGISTRAR, call), 'ok')
  advance(world.chain, { seconds: DAY })
  const consume = encode.consumeScheduledOp(REGISTRAR, call.data)
  const outcome = await send(world.chain, { from: STRANGER, to: world.access, data: consume })
  assert.not.ok(outcome.ok)
  assert.is((await attempt(world, REGISTRAR, call)).name, 'ok')
})

test('labels are short; genesis without administrators, observers or with a role twice is refused', async () => {
  const world = await createAccessWorld()
  const long = encode.labelRole(roleId('COURT'), 'x'.repeat(65))
  assert.is(await govern(world, long), 'CityAccessLabelTooLong')
  assert.is(await govern(world, encode.labelRole(roleId('COURT'), 'COURTS')), 'ok')
  const chain = await createChain()
  for (const setup of [
    { admins: [], members: { OBSERVERS: [OBSERVER] } },
    { admins: [CITY], members: {} },
  ]) {
    const outcome = await send(chain, { from: CITY, data: cityAccessInitCode(setup) })
    assert.is(cityAccess.decodeError(outcome.returned).name, 'CityAccessSetupRefused')
  }
})

test("gas of the city's administration stays as committed", async () => {
  const book = gasSnapshot('CityAccess')
  const world = await createAccessWorld()
  const note = async (name: string, from: Address, data: Hex) => {
    const { outcome, name: result } = await attempt(world, from, { to: world.access, data })
    assert.is(result, 'ok', name)
    book.note(name, outcome.gasUsed)
  }
  const call = { to: world.example, data: exampleCall('setSlowly', 3n) }
  const role = roleId('REGISTRAR')
  await note('schedule', REGISTRAR, encode.schedule(call.to, call.data, 0))
  await note('cancel', OBSERVER, encode.cancel(REGISTRAR, call.to, call.data))
  assert.is(await schedule(world, REGISTRAR, call), 'ok')
  advance(world.chain, { seconds: DAY })
  await note('execute', REGISTRAR, encode.execute(call.to, call.data))
  await note('grantRole', PERSONNEL, encode.grantRole(role, NEWCOMER, 0))
  await note('objectToGrant', OBSERVER, encode.objectToGrant(role, NEWCOMER))
  await note('revokeRole', PERSONNEL, encode.revokeRole(role, REGISTRAR))
  book.check()
})

test.run()
