/**
 * A chain in memory for tests: a genesis whose validator keys the test holds, and nodes made of the
 * real chain, executor, pool and sync over the in-memory twins of store and network. `produceBlock`
 * seals a block with any keys, so that forged ones can be made from honest ones.
 */
import { createSchedule, type EvidenceMessage, primaryOf, proposerOf } from '@veche/consensus'
import {
  createExecutor,
  createPool,
  type Genesis,
  type GenesisBlock,
  genesisBlock,
  type Pool,
} from '@veche/execution'
import { createMemoryNetworkHub, createNodeKey, type MemoryNetworkHub } from '@veche/network'
import {
  type Address,
  assert,
  type Block,
  type ChainStore,
  type Clock,
  encodeExtraData,
  hexToBytes,
  keccak256,
  type Network,
  type Signer,
  sealDigest,
  sealHeader,
  secretKeyToAddress,
  signDigest,
  utf8ToBytes,
  validatorSetHash,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { createMemoryChainStore } from '@veche/storage'
import { type Candidates, createCandidates } from '../../src/candidates.ts'
import { Chain } from '../../src/chain.ts'
import { type CheckpointBlock, CheckpointGuard } from '../../src/checkpoint.ts'
import { SetOverrides } from '../../src/council/overrides.ts'
import { type CityGenesisSetup, createCityGenesis, LOCAL_DELAYS } from '../../src/genesis-city.ts'
import { forkIdOf } from '../../src/genesis-file.ts'
import { createGossip, type Gossip } from '../../src/gossip.ts'
import { createHandlers, followHead } from '../../src/handlers.ts'
import { createLogger, type Logger } from '../../src/log.ts'
import { Loop } from '../../src/loop.ts'
import { createMetrics } from '../../src/metrics.ts'
import { Sync } from '../../src/sync.ts'
import { signTransaction } from '../../src/transactions.ts'
import { openValidator, type Validator } from '../../src/validator.ts'
import type { Watch } from '../../src/watch/watch.ts'

/** A key a test holds. */
export interface TestKey {
  readonly secret: Uint8Array
  readonly address: Address
}

export interface World {
  readonly genesis: Genesis
  readonly first: GenesisBlock
  readonly hub: MemoryNetworkHub
  readonly overrides?: SetOverrides
  /** in the order of the set */
  readonly validators: readonly TestKey[]
  /** has a balance */
  readonly rich: TestKey
  /** begins at genesis and runs as the process does */
  readonly clock: Clock
}

const GENESIS_SECONDS = 1_800_000_000
const HEARTBEAT_SECONDS = 60

/** The test key of a name; the same in every run. */
export function testKey(name: string): TestKey {
  const secret = keccak256(utf8ToBytes(`test key of ${name}`))
  return { secret, address: secretKeyToAddress(secret) }
}

/** A Signer over a test key. */
export function signerOf({ secret, address }: TestKey): Signer {
  return { address, sign: async (digest) => signDigest(digest, secret) }
}

/** The setup of a test city; the rich key is its administrator and only issuer. */
export function citySetup(validators: readonly Address[]): CityGenesisSetup {
  const { address: rich } = testKey('rich')
  return {
    chainId: 4_242,
    ...{ timestamp: GENESIS_SECONDS, stepSeconds: 1 },
    emptyBlockIntervalSeconds: HEARTBEAT_SECONDS,
    validators,
    ...{ admin: rich, overseer: testKey('overseer').address },
    ...{ issuers: [rich], delays: LOCAL_DELAYS },
    balances: new Map([[rich, 10n ** 24n]]),
  }
}

/** A world of so many validators, with the services of a city when `contracts` says so. */
export async function createWorld(
  options: { readonly validators?: number; readonly contracts?: boolean } = {},
): Promise<World> {
  await installNativeCrypto()
  const count = options.validators ?? 4
  const validators = Array.from({ length: count }, (_, i) => testKey(`validator ${i}`)).sort(
    (a, b) => (a.address < b.address ? -1 : 1),
  )
  const rich = testKey('rich')
  const city = await createCityGenesis(citySetup(validators.map(({ address }) => address)))
  const genesis = options.contracts === true ? city : { ...city, validatorContract: undefined }
  const startedMs = performance.now()
  return {
    genesis,
    first: await genesisBlock(genesis),
    hub: createMemoryNetworkHub(),
    ...{ validators, rich },
    clock: { nowMs: () => GENESIS_SECONDS * 1000 + 1_000 + (performance.now() - startedMs) },
  }
}

/** An empty store of this world. */
export function createStore({ first, genesis }: World): ChainStore {
  return createMemoryChainStore({ ...first, chainId: genesis.chainId })
}

/** A transfer of one wei from the rich key, raw. */
export async function transfer(world: World, nonce: number, feePerGas = 0n): Promise<Uint8Array> {
  const { chainId } = world.genesis
  const to = testKey('receiver').address
  const call = { chainId, nonce, to, data: '0x', gas: 30_000n, feePerGas } as const
  return hexToBytes(await signTransaction(signerOf(world.rich), call))
}

/** The part of a node that needs no peers. */
export interface Core {
  readonly store: ChainStore
  readonly chain: Chain
  readonly pool: Pool
  readonly executor: ReturnType<typeof createExecutor>
  readonly logger: Logger
  /** lines of the log, parsed */
  readonly logged: Record<string, unknown>[]
}

/** Chain, executor and pool over a store. */
export function createCore(
  world: World,
  store: ChainStore = createStore(world),
  checkpoint?: CheckpointGuard,
): Core {
  const { genesis, clock } = world
  const logged: Record<string, unknown>[] = []
  const logger = createLogger({
    ...{ level: 'debug', format: 'json', clock },
    write: (line) => void logged.push(JSON.parse(line) as Record<string, unknown>),
  })
  const { validatorContract } = genesis
  const executor = createExecutor({
    ...{ store, genesis },
    validatorContract: (height) =>
      (world.overrides ?? new SetOverrides()).contractAfter(height, validatorContract),
  })
  const chain = new Chain({
    ...{ store, executor, logger },
    parameters: genesis.parameters,
    ...{ validatorContract, overrides: world.overrides ?? new SetOverrides() },
    ...(checkpoint === undefined ? {} : { checkpoint }),
    timings: createMetrics().timings,
  })
  const { chainId, gasLimit } = genesis
  const pool = createPool({ chainId, gasLimit, state: store, clock: () => clock.nowMs() })
  return { store, chain, pool, executor, logger, logged }
}

export interface SealOptions {
  /** whose seals; default: a quorum of the set in force */
  readonly sealers?: readonly TestKey[]
  /** round of the certificate, and of the proposal; default 0 */
  readonly round?: number
  /** changes the block before it is sealed */
  readonly forge?: (block: Block) => Block
}

/** Seals a block with these keys over its real round. */
export function sealBlock(block: Block, sealers: readonly TestKey[], round = 0): Block {
  const digest = sealDigest(block.header, round)
  const seals = sealers.map(({ secret }) => signDigest(digest, secret))
  return { ...block, header: sealHeader(block.header, round, seals) }
}

/** A certified child of the core's head, made without consensus. It is not committed. */
export async function produceBlock(
  world: World,
  core: Core,
  transactions: readonly Uint8Array[] = [],
  options: SealOptions = {},
): Promise<Block> {
  const { chain, pool } = core
  const { parameters } = chain
  const { header: parent, hash: parentHash } = chain.head()
  const number = parent.number + 1
  const validators = chain.validatorsAt(number)
  const round = options.round ?? 0
  const schedule = createSchedule(parameters, validators.length)
  const parentStep = parent.timestamp / parameters.stepSeconds
  const coinbase = proposerOf(schedule, validators, { parentStep, round })
  const step = parentStep + schedule.delay + round
  assert(primaryOf(validators, step) === coinbase, 'the proposer of a narrow round is its primary')
  const vanity = validatorSetHash(chain.promisedAt(number + 1))
  const template = {
    ...{ parentHash, number, coinbase, timestamp: step * parameters.stepSeconds },
    extraData: encodeExtraData({ vanity, validators, round: 0, seals: [] }),
  }
  for (const raw of transactions) pool.add(raw)
  const built = await chain.build({ template, transactions: pool.pending(), timeMs: 10_000 })
  assert(built !== null, 'the head stands still in a test')
  const block = options.forge?.(built.block) ?? built.block
  const quorum = world.validators.slice(0, Math.ceil((2 * validators.length) / 3))
  return sealBlock(block, options.sealers ?? quorum, round)
}

/** One node of a test network. */
export interface Member extends Core {
  readonly network: Network
  readonly gossip: Gossip
  readonly candidates: Candidates
  readonly sync: Sync
  /** of a validator */
  readonly loop: Loop | undefined
  readonly validator: Validator | undefined
  /** peer and code of each penalty this node gave */
  readonly penalties: (readonly [peer: string, code: string])[]
  /** evidence that its machine told */
  readonly accused: readonly EvidenceMessage[]
  /** causes of fatal failures */
  readonly fatal: unknown[]
  stop(): Promise<void>
}

export interface MemberOptions {
  readonly bootnodes?: readonly string[]
  /** default: an empty store */
  readonly store?: ChainStore
  readonly checkpoint?: CheckpointBlock
  /** a validator's key and the directory of its log */
  readonly validator?: { readonly key: TestKey; readonly logPath: string }
  readonly watch?: Watch
}

async function memberNetwork(world: World, options: MemberOptions, member: Partial<Member>) {
  const { genesis, first, hub } = world
  const network = await hub.createNetwork({
    ...{ nodeKey: createNodeKey(), listenAddresses: [], bootnodes: options.bootnodes ?? [] },
    ...{ chainId: genesis.chainId, genesisHash: first.hash },
    forkId: forkIdOf(first.hash, genesis),
    ...(options.validator === undefined ? {} : { signer: signerOf(options.validator.key) }),
  })
  const penalize = (peer: string, code: string): void => {
    member.penalties?.push([peer, code])
    network.penalize(peer, code)
  }
  return { ...network, penalize }
}

/** Opens an observer, or a validator over its log, wired as a process wires it. */
export async function openMember(world: World, options: MemberOptions = {}): Promise<Member> {
  const { checkpoint: block } = options
  const checkpoint = block === undefined ? undefined : new CheckpointGuard(block)
  const core = createCore(world, options.store, checkpoint)
  const { chain, pool, store, logger } = core
  const penalties: [string, string][] = []
  const accused: EvidenceMessage[] = []
  const fatal: unknown[] = []
  const onFatal = (cause: unknown): void => void fatal.push(cause)
  const network = await memberNetwork(world, options, { penalties })
  const gossip = createGossip({ pool, network, nowMs: () => world.clock.nowMs() })
  const candidates = createCandidates({ network, transaction: (hash) => pool.get(hash)?.raw })
  const guard = checkpoint === undefined ? {} : { checkpoint }
  const sync = new Sync({ chain, network, logger, onFatal, ...guard })
  const { clock } = world
  let loop: Loop | undefined
  let validator: Validator | undefined
  if (options.validator !== undefined) {
    const { key, logPath } = options.validator
    const signer = signerOf(key)
    validator = await openValidator({ chain, candidates, signer, logPath, clock, logger })
    const plain = createMetrics().timings
    const watched = options.watch === undefined ? {} : { watch: options.watch }
    const timings = options.watch?.timings(plain) ?? plain
    const onBehind = (): void => sync.poke()
    const parts = { chain, pool, candidates, network, signer, clock, logger, timings }
    const onEvidence = (evidence: EvidenceMessage): void => void accused.push(evidence)
    loop = new Loop({ ...parts, ...validator, ...watched, onEvidence, onBehind, onFatal })
  }
  followHead({ chain, network, pool, loop })
  pool.onAdded(() => loop?.onWork())
  await network.start(createHandlers({ store, gossip, candidates, sync, loop }))
  loop?.start()
  const stop = async (): Promise<void> => {
    await network.stop()
    await loop?.stop()
    await validator?.log.close()
    await sync.stop()
  }
  const peers = { network, gossip, candidates, sync, loop, validator, penalties, fatal, accused }
  return { ...core, ...peers, stop }
}
