/**
 * Overrides of the validator set by height: what a text says, and a chain that goes on with new
 * keys after its last final block, then with a new contract.
 */
import { VALIDATOR_SET_ADDRESS, validatorSetInitCode } from '@veche/contracts'
import { type Deployment, genesisBlock, predeploy } from '@veche/execution'
import {
  type Address,
  decodeExtraData,
  hexToBytes,
  type Result,
  validatorSetHash,
} from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseOverrides, type SetOverride, SetOverrides } from '../src/council/overrides.ts'
import { forkIdOf } from '../src/genesis-file.ts'
import { rejects } from './support/rejects.ts'
import {
  type Core,
  createCore,
  createWorld,
  produceBlock,
  type TestKey,
  testKey,
  type World,
} from './support/world.ts'

const A: Address = `0x${'0a'.repeat(20)}`
const B: Address = `0x${'0b'.repeat(20)}`

test('reads sets and contracts by height, sorted, in lower case', () => {
  assert.equal(parseOverrides(''), [])
  assert.equal(parseOverrides(`7:${B},${A.toUpperCase().replace('0X', '0x')}`), [
    { height: 7, validators: [A, B] },
  ])
  assert.equal(parseOverrides(`7:${A}; 9:contract=${B}`), [
    { height: 7, validators: [A] },
    { height: 9, contract: B },
  ])
})

test('refuses what is no override', () => {
  const zero = `0x${'00'.repeat(20)}`
  const many = Array.from({ length: 101 }, (_, i) => `0x${(i + 1).toString(16).padStart(40, '0')}`)
  const wrong = [
    ...['7', '7:', `:${A}`, `0:${A}`, `-1:${A}`, `1e3:${A}`, `7:${A},${A}`, `7:${A},`, '7:0x12'],
    ...[`7:${zero}`, `7:${A}:${B}`, '7:contract=', `7:contract=${zero}`, `7:contract=${A},${B}`],
    ...[`7:${A};`, `7:${A};7:${B}`, `9:${A};7:${B}`, `7:${many}`],
    Array.from({ length: 65 }, (_, i) => `${i + 1}:${A}`).join(';'),
  ]
  for (const text of wrong) assert.is(parseOverrides(text), undefined, text.slice(0, 60))
})

test('an entry is in force from its height to the next', () => {
  const overrides = new SetOverrides(parseOverrides(`7:${A};20:contract=${B};30:${B}`))
  const at = (height: number) => overrides.validatorsAt(height)
  assert.equal([at(6), at(7), at(19), at(20), at(29)], [undefined, [A], [A], undefined, undefined])
  assert.equal(at(30), [B])
  const asked = (height: number) => overrides.contractAfter(height, A)
  assert.equal([asked(5), asked(6), asked(19)], [A, undefined, undefined])
  assert.equal([asked(20), asked(28), asked(29)], [B, B, undefined])
  // header 6 promises what the chain said, header 7 what the entry says
  assert.equal([overrides.promisedAt(7), overrides.promisedAt(8)], [undefined, [A]])
})

test('nodes with other overrides have another fork id', async () => {
  const { genesis, first } = await createWorld()
  const id = (text: string) =>
    forkIdOf(first.hash, genesis, { overrides: parseOverrides(text) ?? [] }).own().hash
  const ids = ['', `7:${A}`, `8:${A}`, `7:${B}`, `7:contract=${A}`].map(id)
  assert.is(new Set(ids).size, ids.length)
  assert.is(id(''), forkIdOf(first.hash, genesis).own().hash)
})

const rescuers = Array.from({ length: 4 }, (_, i) => testKey(`rescuer ${i}`)).sort((a, b) =>
  a.address < b.address ? -1 : 1,
)
const newcomers = rescuers.map(({ address }) => address)
const REPAIRED: Address = `0x${'77'.repeat(20)}`

/** A city in which a second ValidatorSet, of the rescuers, stands at another address. */
async function cityWithSpareContract(): Promise<World> {
  const world = await createWorld({ contracts: true })
  const initCode = validatorSetInitCode({
    validators: rescuers.map(({ address }, i) => ({
      address,
      organisation: `0x${String(i + 1).padStart(64, '0')}` as const,
    })),
    observers: [A],
    ...{ vetoWindowSeconds: 0, lifetimeSeconds: 60, activationDelayBlocks: 1 },
  })
  const spare: Deployment = { address: REPAIRED, initCode: hexToBytes(initCode) }
  const { chainId } = world.genesis
  const alloc = new Map([
    ...world.genesis.alloc,
    ...(await predeploy(new Map(), [spare], { chainId })),
  ])
  const genesis = { ...world.genesis, alloc }
  return { ...world, genesis, first: await genesisBlock(genesis) }
}

function overriding(world: World, entries: readonly SetOverride[]): World {
  return { ...world, overrides: new SetOverrides(entries) }
}

async function grow(
  world: World,
  core: Core,
  sealers?: readonly TestKey[],
): Promise<Result<string>> {
  const block = await produceBlock(world, core, [], sealers === undefined ? {} : { sealers })
  return core.chain.importSealed(block)
}

async function ok(imported: Promise<Result<string>>): Promise<void> {
  const result = await imported
  assert.ok(result.ok, result.ok ? '' : `${result.code}: ${result.reason}`)
}

const city = await cityWithSpareContract()

test('from its height on the override seals, whatever header and contract said before', async () => {
  const core = createCore(city)
  for (let i = 0; i < 3; i++) await ok(grow(city, core))
  // the machines of the old keys are gone; block 4 was promised to them
  const world = overriding(city, [{ height: 4, validators: newcomers }])
  const rescued = createCore(world, core.store)
  assert.is((await grow(world, rescued)).ok, false, 'the old keys seal no more')
  for (let i = 0; i < 4; i++) await ok(grow(world, rescued, rescuers))
  const header = rescued.store.header(4)
  const extra = decodeExtraData(header?.extraData ?? new Uint8Array(0))
  assert.ok(extra.ok)
  assert.equal(extra.ok && extra.value.validators, newcomers)
  assert.is(extra.ok && extra.value.vanity, validatorSetHash(newcomers))
  const alarms = rescued.logged.filter(({ message }) => message === 'validator set kept')
  assert.equal(alarms, [], 'the contract is not asked')

  // a new node takes the whole chain with the override, and stops at block 3 without it
  const copy = async (into: Core): Promise<number> => {
    for (let number = 1; number <= 7; number++) {
      const sealed = rescued.store.header(number)
      const transactions = rescued.store.body(number)
      if (sealed === undefined || transactions === undefined) break
      const imported = await into.chain.importSealed({ header: sealed, transactions })
      if (!imported.ok) return number - 1
    }
    return into.store.head().number
  }
  assert.is(await copy(createCore(world)), 7)
  assert.is(await copy(createCore(city)), 3)
})

test('a contract named by height takes over with its own answers', async () => {
  const world = overriding(city, [
    { height: 2, validators: newcomers },
    { height: 4, contract: REPAIRED },
  ])
  const core = createCore(world)
  await ok(grow(world, core))
  for (let i = 0; i < 5; i++) await ok(grow(world, core, rescuers))
  assert.is(core.chain.validatorContractAfter(3), undefined)
  assert.is(core.chain.validatorContractAfter(4), REPAIRED)
  assert.equal(core.chain.validatorsAt(8), newcomers, 'it names the rescuers')
  assert.equal(
    core.logged.filter(({ message }) => message === 'validator set kept'),
    [],
  )
  assert.is(createCore(city).chain.validatorContractAfter(4), VALIDATOR_SET_ADDRESS)
})

test('a chain that went on without the override is named', async () => {
  const core = createCore(city)
  for (let i = 0; i < 4; i++) await ok(grow(city, core))
  const late = overriding(city, [{ height: 3, validators: newcomers }])
  await rejects(async () => createCore(late, core.store), 'OVERRIDE_CONFLICT')
  const ahead = overriding(city, [{ height: 5, validators: newcomers }])
  assert.equal(createCore(ahead, core.store).chain.validatorsAt(5), newcomers)
  const same = overriding(city, [{ height: 3, validators: core.chain.validatorsAt(3) }])
  assert.is(createCore(same, core.store).chain.head().header.number, 4)
})

test.run()
