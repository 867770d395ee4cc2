/**
 * Guards between the validator contract and the engine (docs/spec/consensus.md V1) in the real
 * executor, with contracts that are really broken: the set is kept, an alarm is raised, the chain
 * goes on, and the call leaves no trace in the state.
 */
import { VALIDATOR_SET_ADDRESS } from '@veche/contracts'
import { type GenesisAccount, genesisBlock } from '@veche/execution'
import { decodeExtraData } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { brokenContracts } from './support/broken-contract.ts'
import { createCore, createWorld, produceBlock, transfer, type World } from './support/world.ts'

const city = await createWorld({ contracts: true })
const four = city.validators.map(({ address }) => address)

async function worldWith(code: Uint8Array, isAsked: boolean): Promise<World> {
  const account: GenesisAccount = { balance: 0n, nonce: 1n, code, storage: new Map() }
  const alloc = new Map(city.genesis.alloc).set(VALIDATOR_SET_ADDRESS, account)
  const contract = isAsked ? VALIDATOR_SET_ADDRESS : undefined
  const genesis = { ...city.genesis, alloc, validatorContract: contract }
  return { ...city, genesis, first: await genesisBlock(genesis) }
}

/** Two blocks of one transfer each; what was logged, and what block 3 will be sealed by. */
async function grow(world: World) {
  const core = createCore(world)
  for (const nonce of [0, 1]) {
    const block = await produceBlock(world, core, [await transfer(world, nonce)])
    const imported = await core.chain.importSealed(block)
    assert.ok(imported.ok, imported.ok ? '' : imported.reason)
  }
  const alarms = core.logged.filter(({ message }) => message === 'validator set kept')
  const { header } = core.chain.head()
  const extra = decodeExtraData(header.extraData)
  assert.ok(extra.ok && header.number === 2)
  return { alarms, stateRoot: header.stateRoot, third: core.chain.validatorsAt(3) }
}

for (const { what, code, alarm, next } of brokenContracts(four))
  test(`a contract that ${what} ${alarm === undefined ? 'is taken' : 'keeps the set'}`, async () => {
    const broken = await grow(await worldWith(code, true))
    assert.equal(
      broken.alarms.map((line) => line['code']),
      alarm === undefined ? [] : [alarm, alarm],
    )
    assert.equal(broken.third, next ?? four)
    const unasked = await grow(await worldWith(code, false))
    assert.is(broken.stateRoot, unasked.stateRoot, 'asking changes no state')
    assert.equal(unasked.alarms, [])
  })

test.run()
