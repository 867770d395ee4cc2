/**
 * A chain for the model tests of services: the real byte code through our own executor, flat state
 * and trie, with the real genesis, gas limit and signatures; clock and height are in the test's
 * hand. The same face as packages/contracts/test/support/chain.ts. No consensus: blocks are not
 * sealed.
 */
import {
  createExecutor,
  type Deployment,
  decodeTransaction,
  type Executor,
  type ForkSchedule,
  type Genesis,
  genesisBlock,
  type RawTransaction,
} from '@veche/execution'
import {
  type Address,
  assert,
  bytesToBigint,
  type ChainStore,
  EMPTY_BYTES,
  encodeExtraData,
  type Hash,
  type Header,
  type Hex,
  hexToBytes,
  type Log,
  type Receipt,
  validatorSetHash,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { createMemoryChainStore } from '@veche/storage'
import { type CityGenesisSetup, createCityGenesis } from '../../src/genesis-city.ts'
import { predeployed } from '../../src/genesis-services.ts'
import { signTransaction } from '../../src/transactions.ts'
import { citySetup, signerOf, type TestKey, testKey } from './world.ts'

export interface Outcome {
  readonly ok: boolean
  readonly gasUsed: bigint
  /** what a reverted call returned; empty for a success, whose facts stand in `logs` */
  readonly returned: Uint8Array
  readonly logs: readonly Log[]
  readonly created: Address | undefined
}

export interface Chain {
  readonly genesis: Genesis
  readonly executor: Executor
  readonly store: ChainStore
  head: { readonly header: Header; readonly hash: Hash }
  /** unix seconds of the next block; never goes back */
  nowSeconds: number
  readonly nonces: Map<Address, number>
}

export interface Call {
  /** of {@link account} */
  readonly from: Address
  /** absent: a creation */
  readonly to?: Address
  readonly data: Hex
  /** gas limit; default: that of a block */
  readonly gas?: bigint
}

export interface ServiceChainOptions {
  /** replaces parts of the city's setup: offices, issuers, delays */
  readonly setup?: Partial<CityGenesisSetup>
  /** contracts that stand in the first block beside the city's services */
  readonly deployments?: (setup: CityGenesisSetup) => readonly Deployment[]
  /** rules of the chain; default: the city's */
  readonly forks?: ForkSchedule
}

/** The administrator of the test city. */
export const ADMIN = testKey('rich').address

const keys = new Map<Address, TestKey>([[ADMIN, testKey('rich')]])

/** The address of a test key, by name or number; only these can send. */
export function account(name: string | number): Address {
  const key = testKey(`account ${name}`)
  keys.set(key.address, key)
  return key.address
}

/** The key behind an {@link account} or the administrator, to sign messages with. */
export function keyOf(address: Address): TestKey {
  const key = keys.get(address)
  assert(key !== undefined, 'the address of an account()')
  return key
}

/** A city in memory with every service of genesis-services.ts and what the test adds. */
export async function createChain(options: ServiceChainOptions = {}): Promise<Chain> {
  await installNativeCrypto()
  const validators = [0, 1, 2, 3].map((i) => testKey(`validator ${i}`).address)
  const setup = { ...citySetup(validators), ...options.setup }
  const city = await createCityGenesis(setup)
  const added = options.deployments?.(setup) ?? []
  const alloc = added.length === 0 ? city.alloc : await predeployed(city, added)
  const genesis = {
    ...city,
    alloc,
    ...(options.forks === undefined ? {} : { forks: options.forks }),
  }
  const first = await genesisBlock(genesis)
  const store = createMemoryChainStore({ ...first, chainId: genesis.chainId })
  const { header } = first.block
  const executor = createExecutor({ store, genesis, head: header })
  const head = { header, hash: first.hash }
  return { genesis, executor, store, head, nowSeconds: genesis.timestamp + 1, nonces: new Map() }
}

async function signed(chain: Chain, call: Call): Promise<RawTransaction> {
  const { from, to, data, gas = chain.genesis.gasLimit } = call
  const nonce = chain.nonces.get(from) ?? 0
  chain.nonces.set(from, nonce + 1)
  const target = to === undefined ? {} : { to }
  const { chainId } = chain.genesis
  const raw = hexToBytes(
    await signTransaction(signerOf(keyOf(from)), { chainId, nonce, ...target, data, gas }),
  )
  const view = decodeTransaction(raw)
  assert(view.ok, 'a transaction that decodes')
  return { raw, view: view.value }
}

async function produce(chain: Chain, transactions: readonly RawTransaction[]) {
  const { header, hash: parentHash } = chain.head
  const { validators } = chain.genesis
  const vanity = validatorSetHash(validators)
  const template = {
    ...{ parentHash, number: header.number + 1, timestamp: chain.nowSeconds },
    coinbase: validators[0] as Address,
    extraData: encodeExtraData({ vanity, validators, round: 0, seals: [] }),
  }
  const built = await chain.executor.build({
    ...{ template, parent: header, transactions },
    ...{ timeMs: 60_000, transactionTimeMs: 60_000 },
  })
  assert(built !== null, 'the head stands still in a test')
  const [rejected] = built.rejected
  assert(rejected === undefined, `a valid transaction, got ${rejected?.reason}`)
  return built
}

async function commit(chain: Chain, built: Awaited<ReturnType<typeof produce>>): Promise<void> {
  const { block, executed } = built
  const { hash, transactionHashes, receipts, diff } = executed
  const validatorsAfterNext = chain.genesis.validators
  chain.executor.committing(hash)
  await chain.store.commit({ block, hash, transactionHashes, receipts, diff, validatorsAfterNext })
  chain.executor.committed(hash)
  chain.head = { header: block.header, hash }
}

/** Builds a block of these transactions, in this order, commits it and gives it. */
export async function produceBlock(
  chain: Chain,
  transactions: readonly RawTransaction[],
): ReturnType<typeof produce> {
  const built = await produce(chain, transactions)
  await commit(chain, built)
  return built
}

const next = (chain: Chain) => ({
  number: BigInt(chain.head.header.number + 1),
  time: BigInt(chain.nowSeconds),
})

function toOutcome({ status, gasUsed, logs, contractAddress }: Receipt): Omit<Outcome, 'returned'> {
  return { ok: status === 1, gasUsed, logs, created: contractAddress }
}

/** Runs one transaction in a block of its own. */
export async function send(chain: Chain, call: Call): Promise<Outcome> {
  const built = await produce(chain, [await signed(chain, call)])
  const [receipt] = built.executed.receipts
  assert(receipt !== undefined, 'a block of one transaction')
  const outcome = toOutcome(receipt)
  const returned = outcome.ok ? EMPTY_BYTES : await revertOf(chain, call)
  await commit(chain, built)
  return { ...outcome, returned }
}

/** Why a call of the next block would revert; receipts do not say. */
async function revertOf(chain: Chain, { from, to, data }: Call): Promise<Uint8Array> {
  const request = { from, ...(to === undefined ? {} : { to }), input: hexToBytes(data) }
  const { executor, head } = chain
  const answer = await executor.call(request, head.header, { blockOverrides: next(chain) })
  return answer.kind === 'revert' ? answer.output : EMPTY_BYTES
}

/**
 * Runs transactions in this order in one block; `returned` stays empty. All must fit one block.
 */
export async function sendAll(chain: Chain, calls: readonly Call[]): Promise<Outcome[]> {
  const transactions: RawTransaction[] = []
  for (const call of calls) transactions.push(await signed(chain, call))
  const built = await produce(chain, transactions)
  assert(built.executed.receipts.length === calls.length, 'calls that fit one block')
  await commit(chain, built)
  return built.executed.receipts.map((receipt) => ({
    ...toOutcome(receipt),
    returned: EMPTY_BYTES,
  }))
}

/** Moves time and height on; each block is empty. */
export async function advance(
  chain: Chain,
  by: { seconds?: number; blocks?: number },
): Promise<void> {
  chain.nowSeconds += by.seconds ?? 0
  for (let i = 0; i < (by.blocks ?? 0); i++) await commit(chain, await produce(chain, []))
}

/** The return data of a read in the next block. */
export async function view(
  chain: Chain,
  to: Address,
  data: Hex,
  from?: Address,
): Promise<Uint8Array> {
  const request = { to, input: hexToBytes(data), ...(from === undefined ? {} : { from }) }
  const { executor, head } = chain
  const answer = await executor.call(request, head.header, { blockOverrides: next(chain) })
  assert(answer.kind === 'success', `a view that answers, got ${answer.kind}`)
  return answer.output
}

/** The word in a storage slot. */
export function storageWord(chain: Chain, at: Address, slot: Hash): bigint {
  return bytesToBigint(chain.executor.slotAt(chain.head.header, at, slot))
}
