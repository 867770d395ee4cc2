/**
 * One validator of the vote bench, as a process: the node's own loop, network, log, sync and chain
 * around a stubbed executor. Told what to do over IPC (protocol.ts).
 */
import { sortValidators } from '@veche/consensus'
import { type Genesis, genesisBlock } from '@veche/execution'
import { createNetwork, createNodeKey } from '@veche/network'
import { createLogger } from '@veche/node'
import {
  Chain,
  createCandidates,
  createGossip,
  createHandlers,
  followHead,
  forkIdOf,
  Loop,
  openValidator,
  Sync,
} from '@veche/node/parts'
import {
  type Address,
  type ChainStore,
  keccak256,
  type Network,
  type NetworkHandlers,
  type Signer,
  secretKeyToAddress,
  signDigest,
  utf8ToBytes,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { createMemoryChainStore, openChainStore } from '@veche/storage'
import { createMeter, type Meter } from './meter.ts'
import type { Answer, Order, Plan } from './protocol.ts'
import { createStubExecutor, createStubPool, type StubExecutor } from './stubs.ts'

const clock = { nowMs: () => Date.now() }
const answer = (message: Answer): void => void process.send?.(message)

function fail(cause: unknown): void {
  answer({ kind: 'failed', reason: cause instanceof Error ? (cause.stack ?? '') : String(cause) })
  process.exitCode = 1
  process.disconnect?.()
}

function signers(count: number): ReadonlyMap<Address, Signer> {
  const secrets = Array.from({ length: count }, (_, i) => keccak256(utf8ToBytes(`vote bench ${i}`)))
  return new Map(
    secrets.map((secret) => {
      const address = secretKeyToAddress(secret)
      return [address, { address, sign: async (digest) => signDigest(digest, secret) }]
    }),
  )
}

function createGenesis(plan: Plan, validators: readonly Address[]): Genesis {
  const chainId = 20_190
  return {
    chainId,
    forks: { berlin: 0, prague: 0 },
    parameters: {
      chainId,
      stepSeconds: plan.stepSeconds,
      emptyBlockIntervalSeconds: 60,
      blockIntervalMinMs: plan.intervalMs,
      blocksPerStepMax: 0,
      windowMax: 15,
    },
    validatorContract: undefined,
    baseFeeRule: 'constant',
    timestamp: plan.genesisSeconds,
    gasLimit: 8_000_000n,
    baseFeePerGas: 0n,
    validators,
    alloc: new Map(),
  }
}

/** Tells the meter which blocks came sealed from a peer. */
class MeteredChain extends Chain {
  readonly #meter: Meter

  constructor(options: ConstructorParameters<typeof Chain>[0], meter: Meter) {
    super(options)
    this.#meter = meter
  }

  override async importSealed(
    block: Parameters<Chain['importSealed']>[0],
  ): ReturnType<Chain['importSealed']> {
    const imported = await super.importSealed(block)
    if (imported.ok && imported.value === 'imported') this.#meter.onImported()
    return imported
  }
}

function meteredHandlers(handlers: NetworkHandlers, meter: Meter): NetworkHandlers {
  return {
    ...handlers,
    onConsensus(from, message) {
      meter.onReceived(message)
      handlers.onConsensus(from, message)
    },
  }
}

function meteredNetwork(network: Network, meter: Meter): Network {
  const broadcast = (message: Uint8Array): void => {
    meter.onBroadcast(message)
    network.broadcast(message)
  }
  return Object.assign(Object.create(network) as Network, { broadcast })
}

async function openStore(plan: Plan, genesis: Genesis): Promise<ChainStore> {
  const first = { ...(await genesisBlock(genesis)), chainId: genesis.chainId }
  if (plan.store === 'memory') return createMemoryChainStore(first)
  return openChainStore({ path: `${plan.directory}/chain`, genesis: first })
}

interface Parts {
  readonly plan: Plan
  readonly genesis: Genesis
  readonly signer: Signer
  readonly store: ChainStore
  readonly meter: Meter
}

async function openParts(plan: Plan): Promise<Parts & { executor: StubExecutor }> {
  const keys = signers(plan.validators)
  const validators = sortValidators([...keys.keys()])
  const signer = keys.get(validators[plan.index] as Address) as Signer
  const genesis = createGenesis(plan, validators)
  const store = await openStore(plan, genesis)
  const meter = createMeter()
  const executor = createStubExecutor(() => meter.onCertificate(store.head().number + 1))
  return { plan, genesis, signer, store, meter, executor }
}

async function openNode(parts: Awaited<ReturnType<typeof openParts>>) {
  const { plan, genesis, signer, store, meter, executor } = parts
  const write = (line: string): void => void process.stderr.write(line)
  const logger = createLogger({ level: 'error', format: 'text', clock, write })
  const nothing = (): void => undefined
  const timings = {
    blockExecute: nothing,
    blockCommit: nothing,
    logAppend: (spent: number) => meter.onAppended(spent * 1000),
  }
  const { parameters, chainId } = genesis
  const chainOptions = {
    store,
    executor,
    parameters,
    validatorContract: undefined,
    logger,
    timings,
  }
  const chain = new MeteredChain(chainOptions, meter)
  const { hash: genesisHash } = store.head()
  let isOpen = false
  const pool = createStubPool(genesis, store, () => isOpen)
  const inner = await createNetwork({
    nodeKey: createNodeKey(),
    listenAddresses: ['/ip4/127.0.0.1/tcp/0'],
    chainId,
    genesisHash,
    forkId: forkIdOf(genesisHash, genesis),
    signer,
    agent: `votes ${plan.index}`,
  })
  const network = meteredNetwork(inner, meter)
  const gossip = createGossip({ pool, network, nowMs: clock.nowMs })
  const candidates = createCandidates({ network, transaction: (hash) => pool.get(hash)?.raw })
  const sync = new Sync({ chain, network, logger, onFatal: fail })
  const logPath = `${plan.directory}/log`
  const validator = await openValidator({ chain, candidates, signer, logPath, clock, logger })
  const loop = new Loop({
    ...{ chain, pool, candidates, network, signer, clock, logger, timings },
    ...validator,
    onEvidence: ({ first }) => fail(`${first.signer} signed twice`),
    onBehind: () => sync.poke(),
    onFatal: fail,
  })
  followHead({ chain, network, pool, loop })
  await network.start(
    meteredHandlers(createHandlers({ store, gossip, candidates, sync, loop }), meter),
  )
  loop.start()
  const openPool = (): void => {
    isOpen = true
    loop.onWork()
  }
  return { network, loop, openPool }
}

const POLL_MS = 20

/** Dials until all of them are there. */
async function connect(network: Network, addresses: readonly string[]): Promise<void> {
  const isThere = (address: string): boolean =>
    network.peers().some(({ peerId }) => address.endsWith(peerId))
  while (!addresses.every(isThere)) {
    for (const address of addresses)
      if (!isThere(address)) await network.dial(address).catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

async function main(): Promise<void> {
  const plan = JSON.parse(process.argv[2] ?? '{}') as Plan
  await installNativeCrypto()
  const parts = await openParts(plan)
  const { network, openPool } = await openNode(parts)
  const perform = async (order: Order): Promise<void> => {
    if (order.kind === 'dial') {
      await connect(network, order.addresses)
      answer({ kind: 'connected' })
    } else if (order.kind === 'go') {
      const measured = parts.meter.measure(order.window)
      openPool()
      answer({ kind: 'measured', measured: await measured })
    } else process.exit(0)
  }
  process.on('message', (order: Order) => void perform(order).catch(fail))
  process.on('disconnect', () => process.exit(1))
  answer({ kind: 'listening', addresses: network.addresses })
}

await main().catch(fail)
