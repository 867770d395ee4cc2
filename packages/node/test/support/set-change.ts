/**
 * Real changes of the validator set on a chain in memory: proposal, approvals, schedule, readiness
 * and activation through the ValidatorSet contract, each block sealed by the set in force.
 */
import { organisationId, VALIDATOR_SET_ADDRESS, validatorSet } from '@veche/contracts'
import { type Address, type Block, type Hex, hexToBytes } from '@veche/primitives'
import { signTransaction } from '../../src/transactions.ts'
import { type Core, produceBlock, signerOf, type TestKey, type World } from './world.ts'

const GAS = 900_000n

/** A chain that grows under the keys of its present set. */
export interface Growth {
  readonly core: Core
  /** from block 1 on */
  readonly blocks: Block[]
  /** one block with these transactions; a bug of the test when one reverts */
  grow(...raw: readonly Uint8Array[]): Promise<void>
  add(member: TestKey): Promise<void>
  remove(member: TestKey): Promise<void>
}

function quorumKeys(set: readonly Address[], keys: ReadonlyMap<Address, TestKey>): TestKey[] {
  const known = set.flatMap((address) => keys.get(address) ?? [])
  return known.slice(0, Math.ceil((2 * set.length) / 3))
}

/** Grows a chain; `keys` are all keys that are ever in its set. */
export function growthOf(world: World, core: Core, keys: readonly TestKey[]): Growth {
  const byAddress = new Map(keys.map((key) => [key.address, key]))
  const blocks: Block[] = []
  let proposals = 0n

  const grow = async (...raw: readonly Uint8Array[]): Promise<void> => {
    const next = core.chain.head().header.number + 1
    const sealers = quorumKeys(core.chain.validatorsAt(next), byAddress)
    const block = await produceBlock(world, core, raw, { sealers })
    const taken = await core.chain.importSealed(block)
    if (!taken.ok) throw new RangeError(taken.reason)
    const receipts = core.store.receipts(next) ?? []
    if (receipts.length !== raw.length || receipts.some(({ status }) => status === 0))
      throw new RangeError(`block ${next}: a transaction is missing or reverted`)
    core.pool.applied(receipts.map(({ from }) => from))
    blocks.push(block)
  }
  const call = async (key: TestKey, data: Hex): Promise<Uint8Array> => {
    const { chainId } = world.genesis
    const nonce = Number(core.store.account(key.address)?.nonce ?? 0n)
    const transaction = { chainId, nonce, to: VALIDATOR_SET_ADDRESS, data, gas: GAS }
    return hexToBytes(await signTransaction(signerOf(key), transaction))
  }
  /** proposal to activation, by the keys of the present set */
  const decide = async (proposal: Hex, candidate?: TestKey): Promise<void> => {
    const next = core.chain.head().header.number + 1
    const [first, ...others] = quorumKeys(core.chain.validatorsAt(next), byAddress)
    if (first === undefined) throw new RangeError('a member expected')
    const id = ++proposals
    await grow(await call(first, proposal))
    await grow(...(await Promise.all(others.map((key) => call(key, validatorSet.approve(id))))))
    await grow(await call(first, validatorSet.schedule(id)))
    if (candidate !== undefined) {
      const { header, hash } = core.chain.head()
      const ready = validatorSet.confirmReady(id, { number: header.number, hash })
      await grow(await call(candidate, ready))
    }
    await grow(await call(first, validatorSet.activate(id)))
    // in force two blocks later
    await grow()
    await grow()
  }
  return {
    core,
    blocks,
    grow,
    add: (member) =>
      decide(validatorSet.proposeAdd(member.address, organisationId(member.address)), member),
    remove: (member) => decide(validatorSet.proposeRemove(member.address)),
  }
}
