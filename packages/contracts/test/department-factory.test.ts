/** DepartmentFactory: what it clones, where, and what it refuses to make. */
import {
  type Address,
  type Hash,
  type Hex,
  hexToBytes,
  keccakHex,
  utf8ToBytes,
} from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  accepted,
  addressSigner,
  cityAccessInitCode,
  cityFunctions,
  departmentAccount,
  departmentAccountBytecode,
  departmentAccountCodeHash,
  departmentFactory,
  departmentFactoryInitCode,
  RELEASE_REGISTRY_ADDRESS,
  releaseRegistry,
  releaseRegistryInitCode,
} from '../src/index.ts'
import {
  account,
  type Chain,
  codeHashOf,
  createChain,
  deploy,
  send,
  view,
} from './support/chain.ts'

const CITY = account(0xad)
const OBSERVER = account(0x0b)
const RELEASER = account(0x4e)
const STRANGER = account(0x66)
const SALT = keccakHex(utf8ToBytes('salt'))
const [ANN, BOB] = [account(0xa1), account(0xb2)]

interface World {
  readonly chain: Chain
  readonly factory: Address
  readonly releases: Address
  readonly implementation: Address
}

/** CityAccess, ReleaseRegistry, the code of the accounts, the factory. */
async function createWorld(codehash: Hash = departmentAccountCodeHash): Promise<World> {
  const chain = await createChain()
  const foreseen = await createChain()
  await deploy(foreseen, '0x')
  const { address: releases } = await deploy(foreseen, '0x')
  const functions = cityFunctions()
    .filter(({ target }) => target === RELEASE_REGISTRY_ADDRESS)
    .map((row) => ({ ...row, target: releases }))
  const members = { OBSERVERS: [OBSERVER], RELEASER: [RELEASER] }
  const access = await deploy(chain, cityAccessInitCode({ admins: [CITY], members, functions }))
  const release = { codehash, name: 'DepartmentAccount', sourcesHash: SALT, recipeHash: SALT }
  const made = await deploy(chain, releaseRegistryInitCode(access.address, [release]))
  assert.is(made.address, releases)
  const { address: implementation } = await deploy(chain, departmentAccountBytecode)
  const initCode = departmentFactoryInitCode({ implementation, releases })
  return { chain, releases, implementation, factory: (await deploy(chain, initCode)).address }
}

interface Wish {
  readonly signers?: readonly Hex[]
  readonly weights?: readonly bigint[]
  readonly threshold?: bigint
  readonly salt?: Hash
}

function argumentsOf({
  signers = [ANN, BOB],
  weights = [1n, 1n],
  threshold = 2n,
  salt = SALT,
}: Wish) {
  return [signers.map(addressSigner), weights, threshold, salt] as const
}

async function create({ chain, factory }: World, wish: Wish = {}, from: Address = STRANGER) {
  const data = departmentFactory.encode.create(...argumentsOf(wish))
  const outcome = await send(chain, { from, to: factory, data })
  const [event] = departmentFactory.decodeLogs(outcome.logs)
  const name = outcome.ok ? 'ok' : departmentFactory.decodeError(outcome.returned).name
  return { name, address: event?.args.account }
}

async function addressOf({ chain, factory }: World, wish: Wish = {}): Promise<Address> {
  const data = departmentFactory.encode.addressOf(...argumentsOf(wish))
  return accepted(departmentFactory.decode.addressOf(await view(chain, factory, data)))
}

test('AccessManager 5: an account is the clone of released code, at its foreseen address', async () => {
  const world = await createWorld()
  const foreseen = await addressOf(world)
  assert.equal(await create(world), { name: 'ok', address: foreseen })
  assert.is(await codeHashOf(world.chain, world.implementation), departmentAccountCodeHash)
  const clone = `0x363d3d373d3d3d363d73${world.implementation.slice(2)}5af43d82803e903d91602b57fd5bf3`
  const expected = keccakHex(hexToBytes(clone as Hex))
  assert.is(await codeHashOf(world.chain, foreseen), expected, 'ERC-1167')
})

test('AccessManager 5: code that nobody released, or that was withdrawn, is not cloned', async () => {
  const unknown = await createWorld(SALT)
  assert.is((await create(unknown)).name, 'DepartmentFactoryCodeUnknown')
  const world = await createWorld()
  assert.is((await create(world)).name, 'ok')
  const data = releaseRegistry.encode.withdraw(departmentAccountCodeHash, 1)
  assert.ok((await send(world.chain, { from: RELEASER, to: world.releases, data })).ok)
  const other = await create(world, { threshold: 1n })
  assert.is(other.name, 'DepartmentFactoryCodeUnknown')
})

test('nobody takes an address: it follows from signers, weights, threshold and salt', async () => {
  const world = await createWorld()
  const wishes: readonly Wish[] = [
    {},
    { signers: [BOB, ANN] },
    { weights: [1n, 2n] },
    { threshold: 1n },
    { salt: keccakHex(utf8ToBytes('other')) },
  ]
  const addresses = await Promise.all(wishes.map((wish) => addressOf(world, wish)))
  assert.is(new Set(addresses).size, wishes.length)
  assert.equal(await create(world, {}, ANN), { name: 'ok', address: addresses[0] })
  assert.is((await create(world, {}, STRANGER)).name, 'DepartmentFactoryExists')
})

test('an account that nobody could act for is not made', async () => {
  const world = await createWorld()
  for (const [wish, why] of [
    [{ threshold: 3n }, 'MultiSignerERC7913UnreachableThreshold'],
    [{ threshold: 0n }, 'MultiSignerERC7913ZeroThreshold'],
    [{ signers: [], weights: [] }, 'MultiSignerERC7913UnreachableThreshold'],
    [{ weights: [1n] }, 'MultiSignerERC7913WeightedMismatchedLength'],
    [{ weights: [0n, 2n] }, 'MultiSignerERC7913WeightedInvalidWeight'],
    [{ weights: [1n, 1_001n] }, 'DepartmentAccountWeightOutOfRange'],
    [
      { signers: ['0x0000000000000000000000000000000000000001', ANN] },
      'DepartmentAccountSignerImproper',
    ],
  ] as readonly [Wish, string][])
    assert.is((await create(world, wish)).name, why)
})

test('a new account is set up in the transaction that makes it, and its code is nobody’s', async () => {
  const world = await createWorld()
  const { address } = await create(world)
  assert.ok(address !== undefined)
  const again = departmentAccount.encode.initialize([STRANGER], [1n], 1n)
  for (const to of [address, world.implementation]) {
    const outcome = await send(world.chain, { from: STRANGER, to, data: again })
    assert.is(departmentAccount.decodeError(outcome.returned).name, 'InvalidInitialization')
  }
})

test.run()
