/**
 * CityAccess, ReleaseRegistry and an upgradable contract against a model, on the real byte code
 * through our own executor: who may do what, when, and who stops it. services.md, "AccessManager /
 * ReleaseRegistry / QuotaPolicy" 2–6; 1 is city-roles.test.ts of contracts (every ABI), 5 for
 * clones is the fair office's.
 */
import { CITY_ROLES, cityAccess, releaseRegistry, servicePoints } from '@veche/contracts'
import { type Address, assert as holds } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  ACCESS,
  CITY,
  COMPLIANCE,
  codehashAt,
  createWorld,
  MEMBERS,
  NEWCOMER,
  NEXT,
  OBSERVER,
  PEOPLE,
  PERSONNEL,
  POINTS,
  RELEASES,
  type World,
} from '../support/authority-world.ts'
import { advance, send, sendAll, view } from '../support/service-chain.ts'

const aPerson = fc.constantFrom(...PEOPLE)
const anIndex = fc.nat(5)
/** mostly the one who may */
const aCaller = fc.oneof(
  { weight: 5, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: aPerson },
)

const aCommand = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constantFrom('schedule' as const, 'execute' as const),
      index: anIndex,
      caller: aCaller,
      direct: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('cancel' as const),
      index: anIndex,
      caller: aCaller,
      by: fc.oneof(fc.constant(OBSERVER), aPerson),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('grant' as const, 'revoke' as const, 'object' as const),
      by: fc.oneof(fc.constantFrom(PERSONNEL, OBSERVER), aPerson),
      account: fc.constantFrom(COMPLIANCE, NEWCOMER),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('revoke-and-call' as const) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('await' as const),
      index: anIndex,
      offsetSeconds: fc.constantFrom(-1, 0, 0, 0, 604_799, 604_800),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      seconds: fc.constantFrom<number>(1, 86_400, 259_199, 259_200, 604_799, 604_800),
    }),
  },
)
type Command = typeof aCommand extends fc.Arbitrary<infer T> ? T : never
type Of<kind extends Command['kind']> = Extract<Command, { kind: kind }>

const ROLE_OF: Readonly<Record<string, Address>> = { ADMIN: CITY, ...MEMBERS }

function operationOf(
  world: World,
  { index, caller }: { index: number; caller?: Address | undefined },
) {
  const operation = world.operations[index]
  holds(operation !== undefined, 'an index of operations')
  return { operation, who: caller ?? ROLE_OF[operation.role] ?? CITY }
}

async function runOperation(world: World, command: Of<'schedule' | 'execute'>): Promise<void> {
  const { chain, model } = world
  const { operation, who } = operationOf(world, command)
  const now = chain.nowSeconds
  const data = operation.data(now)
  const { to } = operation
  if (command.kind === 'schedule') {
    const call = { from: who, to: ACCESS, data: cityAccess.encode.schedule(to, data, 0) }
    const { ok } = await send(chain, call)
    // a pause names its time, so each is an operation of its own; it needs no notice anyway
    assert.is(ok, model.schedule(operation, who, now), `schedule ${operation.key}`)
    return
  }
  const before = model.codehash
  const upgrades = model.upgrades
  const call = command.direct
    ? { from: who, to, data }
    : { from: who, to: ACCESS, data: cityAccess.encode.execute(to, data) }
  const outcome = await send(chain, call)
  assert.is(outcome.ok, model.execute(operation, who, now), `execute ${operation.key}`)
  const events = servicePoints.decodeLogs(outcome.logs)
  const event = events.find(({ name }) => name === 'CityUpgraded')
  assert.is(event !== undefined, model.upgrades > upgrades, '6: an upgrade has its event')
  if (event?.name === 'CityUpgraded')
    assert.equal(
      [event.args.oldCodehash, event.args.newCodehash, event.args.implementation],
      [before, model.codehash, NEXT],
      '6: old and new code hash',
    )
}

async function runCancel(world: World, command: Of<'cancel'>): Promise<void> {
  const { chain, model } = world
  const { operation, who } = operationOf(world, command)
  const { by } = command
  const now = chain.nowSeconds
  const wasWaiting = model.scheduled.has(`${who} ${operation.key}`)
  const data = cityAccess.encode.cancel(who, operation.to, operation.data(now))
  const { ok } = await send(chain, { from: by, to: ACCESS, data })
  assert.is(ok, model.cancel(operation, who, { by, now }), `cancel ${operation.key}`)
  if (by === OBSERVER) assert.is(ok, wasWaiting, '3: observers always can')
}

async function runRole(world: World, command: Of<'grant' | 'revoke' | 'object'>): Promise<void> {
  const { chain, model } = world
  const { kind, by, account: member } = command
  const now = chain.nowSeconds
  const { encode } = cityAccess
  const { id } = CITY_ROLES.COMPLIANCE
  const data = {
    grant: encode.grantRole(id, member, 0),
    revoke: encode.revokeRole(id, member),
    object: encode.objectToGrant(id, member),
  }[kind]
  const { ok } = await send(chain, { from: by, to: ACCESS, data })
  if (kind === 'object') {
    assert.is(ok, model.object('COMPLIANCE', member, { by, now }), 'object')
    return
  }
  assert.is(ok, by === PERSONNEL, `${kind} is PERSONNEL's`)
  if (ok && kind === 'grant') model.grant('COMPLIANCE', member, now)
  if (ok && kind === 'revoke') model.revoke('COMPLIANCE', member)
}

/** One block: a working call, the revocation, the same call. */
async function runRevocation({ chain, model, pause }: World): Promise<void> {
  const now = chain.nowSeconds
  const isMember = model.holds('COMPLIANCE', COMPLIANCE, now)
  const pauses = () => ({ from: COMPLIANCE, to: POINTS, data: pause(now) })
  const data = cityAccess.encode.revokeRole(CITY_ROLES.COMPLIANCE.id, COMPLIANCE)
  const outcomes = await sendAll(
    chain,
    [pauses(), { from: PERSONNEL, to: ACCESS, data }, pauses()].map((call) => ({
      ...call,
      gas: 400_000n,
    })),
  )
  model.revoke('COMPLIANCE', COMPLIANCE)
  const oks = outcomes.map(({ ok }) => ok)
  assert.equal(oks, [isMember, true, false], '4: a role revoked fails in the same block')
}

/** Schedules an operation, waits for its eta or a second beside it, and executes it. */
async function runAwait(world: World, { index, offsetSeconds }: Of<'await'>): Promise<void> {
  const { chain, model } = world
  const { operation, who } = operationOf(world, { index })
  const does = { index, caller: undefined, direct: true }
  await runOperation(world, { kind: 'schedule', ...does })
  const eta = model.scheduled.get(`${who} ${operation.key}`) ?? 0
  const seconds = Math.max(0, eta + offsetSeconds - chain.nowSeconds)
  await advance(chain, { seconds })
  await runOperation(world, { kind: 'execute', ...does })
}

async function run(world: World, command: Command): Promise<void> {
  switch (command.kind) {
    case 'schedule':
    case 'execute':
      return runOperation(world, command)
    case 'cancel':
      return runCancel(world, command)
    case 'grant':
    case 'revoke':
    case 'object':
      return runRole(world, command)
    case 'revoke-and-call':
      return runRevocation(world)
    case 'await':
      return runAwait(world, command)
    case 'advance':
      return advance(world.chain, { seconds: command.seconds })
  }
}

/** Everything that can be asked after any command. */
async function checkAll({ chain, model, next, operations }: World): Promise<void> {
  const now = chain.nowSeconds
  const { encode, decode } = servicePoints
  const answer = decode.implementation(await view(chain, POINTS, encode.implementation()))
  assert.ok(answer.ok)
  const [code, codehash] = answer.value
  assert.is(codehash, model.codehash, '6: the code is what the last upgrade said')
  assert.is(codehash, codehashAt(chain, code), '5: deployed code equals its hash')
  assert.is(model.upgrades === 0 || model.released.has(codehash), true, '5: only released code')
  const released = releaseRegistry.decode.isReleased(
    await view(chain, RELEASES, releaseRegistry.encode.isReleased(next)),
  )
  assert.ok(released.ok)
  assert.is(released.value, model.inForce(next), '5: the register is what was registered')
  for (const operation of operations) {
    const who = ROLE_OF[operation.role] ?? CITY
    const id = cityAccess.encode.hashOperation(who, operation.to, operation.data(now))
    const hash = cityAccess.decode.hashOperation(await view(chain, ACCESS, id))
    assert.ok(hash.ok)
    const eta = cityAccess.decode.getSchedule(
      await view(chain, ACCESS, cityAccess.encode.getSchedule(hash.value)),
    )
    assert.ok(eta.ok)
    const known = model.scheduled.get(`${who} ${operation.key}`)
    const waiting = known !== undefined && now < known + 604_800 ? known : 0
    assert.is(eta.value, waiting, `2: eta of ${operation.key}`)
  }
}

test('AccessManager 2 3 4 5 6: delays, vetoes, revocations, releases and upgrades are what the model says', async () => {
  const seen = { upgrades: 0, executed: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(aCommand, { minLength: 15, maxLength: 35 }), async (commands) => {
      const world = await createWorld()
      for (const command of commands) {
        await run(world, command)
        await checkAll(world)
      }
      seen.upgrades += world.model.upgrades
      seen.executed += world.model.executed.length
    }),
    { numRuns: 24, seed: 20_190, endOnFailure: true },
  )
  assert.ok(
    seen.upgrades > 2 && seen.executed > 20,
    `runs that do something, got ${JSON.stringify(seen)}`,
  )
})

test('ReleaseRegistry 6: a release, an upgrade and its withdrawal, step by step', async () => {
  const world = await createWorld()
  const step = async (command: Command): Promise<void> => {
    await run(world, command)
    await checkAll(world)
  }
  const does = (kind: 'schedule' | 'execute', index: number): Command => ({
    ...{ kind, index, caller: undefined, direct: true },
  })
  await step(does('schedule', 0))
  await step(does('schedule', 2))
  await step({ kind: 'advance', seconds: 259_200 })
  await step(does('execute', 2))
  await step(does('execute', 0))
  await step({ kind: 'advance', seconds: 345_599 })
  await step(does('execute', 2))
  assert.is(world.model.upgrades, 0)
  await step({ kind: 'advance', seconds: 1 })
  await step(does('execute', 2))
  assert.is(world.model.upgrades, 1)
  await step(does('execute', 1))
  await step(does('schedule', 2))
  await step({ kind: 'advance', seconds: 604_800 })
  await step(does('execute', 2))
  assert.is(world.model.upgrades, 1)
})

test.run()
