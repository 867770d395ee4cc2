/**
 * DepartmentAccount against a model, through our own executor: any people sign, any of them leave
 * and come with other weights, queues go their own ways, relayers alter and repeat. Whoever signs,
 * the account acts exactly when its members weigh enough.
 */
import {
  accepted,
  addressSigner,
  DEPARTMENT_FACTORY_ADDRESS,
  type DepartmentCall,
  departmentAccount,
  departmentCallMessage,
  departmentFactory,
  departmentHashMessage,
  packSignatures,
  type SignedBy,
} from '@veche/contracts'
import { type Address, assert as ensure, type Hex, keccakHex, utf8ToBytes } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TypedDataDefinition } from 'viem'
import { signTyped } from '../../src/act/typed.ts'
import { configureData } from '../../src/departments/files.ts'
import { account, type Chain, createChain, keyOf, send, view } from '../support/service-chain.ts'
import { signerOf } from '../support/world.ts'

const RELAYER = account('relayer')
const PEOPLE = [0, 1, 2, 3, 4].map((i) => account(`person ${i}`))
const { encode, decode } = departmentAccount
/** a call that any account may make */
const HARMLESS = {
  target: DEPARTMENT_FACTORY_ADDRESS,
  data: departmentFactory.encode.implementation(),
}

/** What the account should be: written from its interface's promises. */
interface Model {
  readonly weights: Map<Address, number>
  threshold: number
  readonly sequences: Map<number, bigint>
}

interface World {
  readonly chain: Chain
  readonly address: Address
  readonly model: Model
  acted: number
}

const weigh = ({ weights }: Model, who: readonly Address[]): number =>
  who.reduce((sum, each) => sum + (weights.get(each) ?? 0), 0)

/** All signatures are by members, and they weigh enough. */
function suffices(model: Model, by: readonly Address[]): boolean {
  return by.every((each) => model.weights.has(each)) && weigh(model, by) >= model.threshold
}

async function createWorld(chain: Chain, number: number): Promise<World> {
  const [first, second, third] = PEOPLE as [Address, Address, Address]
  const signers = [first, second, third].map(addressSigner)
  const salt = keccakHex(utf8ToBytes(`account ${number}`))
  const data = departmentFactory.encode.create(signers, [1n, 2n, 3n], 3n, salt)
  const made = await send(chain, { from: RELAYER, to: DEPARTMENT_FACTORY_ADDRESS, data })
  const [event] = departmentFactory.decodeLogs(made.logs)
  ensure(event !== undefined, 'an account')
  const weights = new Map([
    [first, 1],
    [second, 2],
    [third, 3],
  ])
  const model = { weights, threshold: 3, sequences: new Map<number, bigint>() }
  return { chain, address: event.args.account, model, acted: 0 }
}

async function sign(by: readonly Address[], typed: unknown): Promise<SignedBy[]> {
  const signed: SignedBy[] = []
  for (const each of by) {
    const signature = await signTyped(signerOf(keyOf(each)), typed as TypedDataDefinition)
    signed.push({ signer: addressSigner(each), signature })
  }
  return signed
}

const nonceOf = ({ model }: World, queue: number): bigint =>
  (BigInt(queue) << 64n) | (model.sequences.get(queue) ?? 0n)

interface Relayed {
  readonly by: readonly Address[]
  readonly call: DepartmentCall
  /** what the relayer makes of it */
  readonly altered?: Partial<DepartmentCall>
}

/** The name of the refusal, or `ok`. */
async function relay({ chain, address }: World, { by, call, altered }: Relayed): Promise<string> {
  const place = { chainId: chain.genesis.chainId, account: address }
  const signatures = packSignatures(await sign(by, departmentCallMessage(place, call)))
  const { target, data, nonce, deadline } = { ...call, ...altered }
  const calldata = encode.execute(target, data, nonce, deadline, signatures)
  const outcome = await send(chain, { from: RELAYER, to: address, data: calldata })
  return outcome.ok ? 'ok' : departmentAccount.decodeError(outcome.returned).name
}

const someone = fc.subarray(PEOPLE)
/** `members`: all of them at that time, which is enough */
const signing = fc.oneof(
  { weight: 3, arbitrary: fc.constant('members' as const) },
  { weight: 2, arbitrary: someone },
)
type Signing = 'members' | readonly Address[]

const peopleOf = ({ weights }: Model, by: Signing): readonly Address[] =>
  by === 'members' ? [...weights.keys()] : by

const aQueue = fc.nat(2)
const aCommand = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('act' as const),
      by: signing,
      queue: aQueue,
      trick: fc.constantFrom('none', 'none', 'none', 'late', 'skip', 'repeat', 'other call'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('configure' as const),
      by: signing,
      queue: aQueue,
      removed: fc.oneof(fc.constant<Address[]>([]), fc.subarray(PEOPLE, { maxLength: 1 })),
      set: fc.uniqueArray(
        fc.record({ who: fc.nat(4), weight: fc.constantFrom(1, 1, 2, 5, 1_000, 0, 1_001) }),
        { selector: ({ who }) => who, maxLength: 3 },
      ),
      threshold: fc.constantFrom(0, 1, 2, 3, 5, 1_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('state' as const), by: someone }) },
)
type Command = typeof aCommand extends fc.Arbitrary<infer T> ? T : never
type Of<kind extends Command['kind']> = Extract<Command, { kind: kind }>

function advanceQueue(model: Model, queue: number): void {
  model.sequences.set(queue, (model.sequences.get(queue) ?? 0n) + 1n)
}

async function runAct(world: World, { by: who, queue, trick }: Of<'act'>): Promise<void> {
  const { chain, model } = world
  const by = peopleOf(model, who)
  const due = nonceOf(world, queue)
  const now = BigInt(chain.nowSeconds)
  const isFirst = due === BigInt(queue) << 64n
  const nonce = trick === 'skip' ? due + 1n : trick === 'repeat' && !isFirst ? due - 1n : due
  const deadline = trick === 'late' ? now - 1n : now
  const altered = trick === 'other call' ? { data: '0x12345678' as Hex } : {}
  const name = await relay(world, { by, call: { ...HARMLESS, nonce, deadline }, altered })
  const isAltered = trick === 'other call'
  const expected =
    trick === 'late'
      ? 'DepartmentAccountExpired'
      : nonce !== due
        ? 'DepartmentAccountNonce'
        : suffices(model, by) && !isAltered
          ? 'ok'
          : 'DepartmentAccountSignatures'
  assert.is(name, expected, `${trick} by ${weigh(model, by)} of ${model.threshold}`)
  if (name !== 'ok') return
  advanceQueue(model, queue)
  world.acted++
}

/** The weights after a change; undefined for one that is refused. */
function changed({ weights }: Model, command: Of<'configure'>): Map<Address, number> | undefined {
  const after = new Map(weights)
  for (const { who, weight } of command.set) {
    if (weight < 1 || weight > 1_000) return undefined
    after.set(PEOPLE[who] as Address, weight)
  }
  for (const each of command.removed) if (!after.delete(each)) return undefined
  const total = [...after.values()].reduce((sum, weight) => sum + weight, 0)
  return command.threshold >= 1 && command.threshold <= total ? after : undefined
}

async function runConfigure(world: World, command: Of<'configure'>): Promise<void> {
  const { chain, model, address } = world
  const { queue, removed, threshold } = command
  const by = peopleOf(model, command.by)
  const set = command.set.map(({ who, weight }) => ({ signer: PEOPLE[who] as Address, weight }))
  const data = configureData({ removed, set, threshold })
  const direct = await send(chain, { from: by[0] ?? RELAYER, to: address, data })
  assert.not.ok(direct.ok, 'not by a signer alone')
  const deadline = BigInt(chain.nowSeconds)
  const call = { target: address, data, nonce: nonceOf(world, queue), deadline }
  const name = await relay(world, { by, call })
  const after = changed(model, command)
  if (!suffices(model, by)) assert.is(name, 'DepartmentAccountSignatures')
  else assert.is(name === 'ok', after !== undefined, `${name}: ${JSON.stringify(command)}`)
  if (name !== 'ok' || after === undefined) return
  advanceQueue(model, queue)
  model.weights.clear()
  for (const [who, weight] of after) model.weights.set(who, weight)
  model.threshold = threshold
  world.acted++
}

async function runState(world: World, { by }: Of<'state'>): Promise<void> {
  const { chain, model, address } = world
  const hash = keccakHex(utf8ToBytes('a statement'))
  const place = { chainId: chain.genesis.chainId, account: address }
  const signatures = packSignatures(await sign(by, departmentHashMessage(place, hash)))
  const answer = await view(chain, address, encode.isValidSignature(hash, signatures))
  const isGood = accepted(decode.isValidSignature(answer)) === '0x1626ba7e'
  assert.is(isGood, suffices(model, by), 'ERC-1271')
}

async function checkAll(world: World): Promise<void> {
  const { chain, model, address } = world
  const ask = (data: Hex): Promise<Uint8Array> => view(chain, address, data)
  const signers = accepted(decode.getSigners(await ask(encode.getSigners(0n, 99n))))
  assert.equal([...signers].sort(), [...model.weights.keys()].sort())
  for (const [who, weight] of model.weights) {
    const found = decode.signerWeight(await ask(encode.signerWeight(who)))
    assert.is(Number(accepted(found)), weight)
  }
  assert.is(Number(accepted(decode.threshold(await ask(encode.threshold())))), model.threshold)
  for (let queue = 0; queue < 3; queue++) {
    const nonce = accepted(decode.nonceOf(await ask(encode.nonceOf(BigInt(queue)))))
    assert.is(nonce, nonceOf(world, queue))
  }
}

test('a department acts exactly when its members weigh enough, once, and for nobody else', async () => {
  const chain = await createChain()
  let count = 0
  let acted = 0
  await fc.assert(
    fc.asyncProperty(fc.array(aCommand, { minLength: 8, maxLength: 25 }), async (commands) => {
      const world = await createWorld(chain, count++)
      for (const command of commands) {
        if (command.kind === 'act') await runAct(world, command)
        else if (command.kind === 'configure') await runConfigure(world, command)
        else await runState(world, command)
        await checkAll(world)
      }
      acted += world.acted
    }),
    { numRuns: 20, seed: 13, endOnFailure: true },
  )
  assert.ok(acted > 30, `runs that do something, got ${acted}`)
})

test.run()
