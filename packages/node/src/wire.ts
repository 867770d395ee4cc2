/**
 * Wires one node, top to bottom: crypto, genesis, data directory, store, execution, network, then
 * for a validator the log and the machine, then JSON-RPC and metrics. No logic: everything here is
 * another file's. `stop` undoes it in reverse order.
 */
import { type EvidenceMessage, messageBytesMax } from '@veche/consensus'
import { createExecutor, createPool, forkAt, genesisBlock, nextBaseFee } from '@veche/execution'
import { createNetwork } from '@veche/network'
import { assert, type Clock, type Signer } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { createRpcServer } from '@veche/rpc'
import { openChainStore, openDataDirectory } from '@veche/storage'
import { createCandidates } from './candidates.ts'
import { Chain } from './chain.ts'
import { assertOnCheckpoint, CheckpointGuard } from './checkpoint.ts'
import type { NodeConfig } from './config.ts'
import { openClerk } from './council/open-clerk.ts'
import { SetOverrides } from './council/overrides.ts'
import { createForkWatch } from './fork-watch.ts'
import { forkIdOf, readGenesisFile, withForkTimes } from './genesis-file.ts'
import { createGossip } from './gossip.ts'
import { createHandlers, followHead } from './handlers.ts'
import { openKeystoreFile } from './keystore-file.ts'
import { SYNC_LOOK_INTERVAL_MS } from './limits.ts'
import { errorFacts, type Logger } from './log.ts'
import { Loop } from './loop.ts'
import {
  addGauges,
  createMetrics,
  healthRoutes,
  type Metrics,
  type MetricsSource,
  openMetricsServer,
} from './metrics.ts'
import { addStatusGauges, addWatchCounters } from './metrics-status.ts'
import { openNodeKey } from './node-key-file.ts'
import { Quotas } from './quota/quotas.ts'
import { createRpcBackend } from './rpc-backend.ts'
import { Sync } from './sync.ts'
import { openValidator } from './validator.ts'
import { CLIENT_VERSION } from './version.ts'
import { openWatch } from './watch/open.ts'
import { createWatch, type Watch } from './watch/watch.ts'

export interface RunningNode {
  /** undefined when JSON-RPC is off */
  readonly rpcUrl: string | undefined
  /** multiaddrs others can dial */
  readonly addresses: readonly string[]
  /** resolves with the cause when the node can no longer do its work and must stop */
  readonly failed: Promise<unknown>
  stop(): Promise<void>
}

type Closer = () => Promise<unknown>

/** in reverse order of opening */
async function closeAll(closers: Closer[]): Promise<void> {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close()
}

/** Opens a node. Whatever was opened before a failure is closed again; throws `VecheError`s. */
export async function openNode(config: NodeConfig, logger: Logger): Promise<RunningNode> {
  const closers: Closer[] = []
  const stop = (): Promise<void> => closeAll(closers)
  try {
    return { ...(await openParts(config, logger, closers)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What every part of an opening node may use. */
interface Opening {
  readonly config: NodeConfig
  readonly logger: Logger
  readonly clock: Clock
  readonly metrics: Metrics
  readonly watch: Watch
  readonly closers: Closer[]
  readonly onFatal: (cause: unknown) => void
}

async function openParts(
  config: NodeConfig,
  logger: Logger,
  closers: Closer[],
): Promise<Omit<RunningNode, 'stop'>> {
  let onFatal: (cause: unknown) => void = () => undefined
  const failed = new Promise<unknown>((resolve) => {
    onFatal = resolve
  })
  const clock: Clock = { nowMs: () => Date.now() }
  const crypto = await installNativeCrypto()
  if (crypto.secp256k1 === 'noble') logger.warn('slow signatures: native secp256k1 did not load')
  const made = createMetrics()
  const watch = createWatch(clock, addWatchCounters(made.registry))
  const metrics = { ...made, timings: watch.timings(made.timings) }
  const opening = { config, logger, clock, metrics, watch, closers, onFatal }
  const base = await openBase(opening)
  await reachCheckpoint(opening, base)
  const peers = await openPeers(opening, base)
  const { rpcUrl, metricsUrl } = await openDoors(opening, base, peers)
  const head = base.chain.head().header.number
  logger.info('node is up', { role: config.role, head, rpc: rpcUrl, metrics: metricsUrl })
  return { rpcUrl, addresses: peers.network.addresses, failed }
}

type Base = Awaited<ReturnType<typeof openBase>>
type Peers = Awaited<ReturnType<typeof openPeers>>

/** genesis, data directory, store, execution, pool */
async function openBase({ config, logger, clock, metrics, watch, closers }: Opening) {
  const file = await readGenesisFile(config.genesisFile)
  const first = await genesisBlock(file)
  const genesis = withForkTimes(file, config.forks)
  const directory = await openDataDirectory(config.dataDir)
  closers.push(() => directory.release())
  const store = await openChainStore({
    path: directory.chainPath,
    genesis: { ...first, chainId: genesis.chainId },
  })
  closers.push(() => store.close())
  if (config.checkpoint !== undefined) assertOnCheckpoint(store, config.checkpoint)
  const checkpoint =
    config.checkpoint === undefined ? undefined : new CheckpointGuard(config.checkpoint)
  const head = store.header(store.head().number)
  const overrides = new SetOverrides(config.validatorsOverride)
  const { validatorContract } = genesis
  const executor = createExecutor({
    ...{ store, genesis, ...(head === undefined ? {} : { head }) },
    validatorContract: (height) => overrides.contractAfter(height, validatorContract),
  })
  const chain = new Chain({
    ...{ store, executor, validatorContract, overrides },
    parameters: genesis.parameters,
    ...(checkpoint === undefined ? {} : { checkpoint }),
    logger: watch.alarms.listening(logger),
    timings: metrics.timings,
    onSetKept: metrics.alarms.setKept,
  })
  const quotas = config.pool.quotas
    ? new Quotas({
        ...{ state: store, executor, nowMs: () => clock.nowMs() },
        head: () => chain.head().header,
        isPooled: (hash) => pool.has(hash),
        isExempt: (sender) => chain.validatorsAt(chain.head().header.number + 2).includes(sender),
      })
    : undefined
  if (quotas !== undefined)
    chain.onHead(({ header }, _, executed) => quotas.onHead(header, executed))
  const pool = createPool({
    ...(quotas === undefined ? {} : { quota: quotas }),
    chainId: genesis.chainId,
    gasLimit: genesis.gasLimit,
    state: store,
    clock: () => clock.nowMs(),
    fork: () => forkAt(genesis.forks, Math.floor(clock.nowMs() / 1000)),
    baseFee: () => nextBaseFee(genesis, chain.head().header),
    limits: {
      transactionsMax: config.pool.countMax,
      bytesMax: config.pool.bytesMax,
      perSenderMax: config.pool.senderCountMax,
    },
  })
  const hash = first.hash
  return { genesis, genesisHash: hash, directory, store, executor, chain, checkpoint, pool, quotas }
}

/**
 * A validator below the operator's checkpoint follows as an observer until it is there: a height
 * that others have decided is none to vote on, least of all on a chain of sold keys.
 */
async function reachCheckpoint(opening: Opening, base: Base): Promise<void> {
  const { config, logger } = opening
  const { number } = config.checkpoint ?? { number: 0 }
  const current = base.chain.head().header.number
  if (config.role !== 'validator' || current >= number) return
  logger.info('following to the checkpoint before voting', { head: current, checkpoint: number })
  const closers: Closer[] = []
  let onFatal: (cause: unknown) => void = () => undefined
  const failed = new Promise<never>((_, reject) => {
    onFatal = reject
  })
  try {
    await openPeers({ ...opening, closers, onFatal, config: { ...config, role: 'observer' } }, base)
    await Promise.race([base.chain.reaches(number), failed])
  } finally {
    await closeAll(closers)
  }
}

/** network, gossip, sync, and on a validator the log and the machine */
async function openPeers(opening: Opening, base: Base) {
  const { config, logger, clock, metrics, watch, closers, onFatal } = opening
  const { genesis, genesisHash, directory, store, chain, checkpoint, pool, quotas } = base
  const signer = await openSigner(config)
  const onStale = createForkWatch({
    validators: () => chain.validatorsAt(chain.head().header.number + 1),
    onTooOld: onFatal,
  })
  const network = await createNetwork({
    nodeKey: await openNodeKey(config.p2p.keyFile ?? `${directory.keysPath}/node.key`),
    listenAddresses: config.p2p.listen,
    announceAddresses: config.p2p.announce,
    bootnodes: config.p2p.bootnodes,
    chainId: genesis.chainId,
    genesisHash,
    forkId: forkIdOf(genesisHash, genesis, {
      headTime: () => chain.head().header.timestamp,
      overrides: config.validatorsOverride,
    }),
    consensusBytesMax: messageBytesMax(genesis.gasLimit),
    onStale: ({ validator, forkId }) => onStale({ validator, forkTime: forkId.next }),
    ...(signer === undefined ? {} : { signer }),
    agent: CLIENT_VERSION,
    quota: { peersMax: config.p2p.connectionsMax },
    logger: (level, message, facts) => logger.log(level, message, facts),
  })
  const vouch = quotas === undefined ? {} : { vouch: (raw: Uint8Array) => quotas.vouch(raw) }
  const gossip = createGossip({ pool, network, nowMs: () => clock.nowMs(), ...vouch })
  const candidates = createCandidates({ network, transaction: (hash) => pool.get(hash)?.raw })
  const guard = checkpoint === undefined ? {} : { checkpoint }
  const sync = new Sync({ chain, network, logger, onFatal, ...guard })
  const look = setInterval(() => sync.poke(), SYNC_LOOK_INTERVAL_MS)
  closers.push(() => {
    clearInterval(look)
    return sync.stop()
  })
  let loop: Loop | undefined
  if (signer !== undefined) {
    const logPath = directory.logPath
    const validator = await openValidator({ chain, candidates, signer, logPath, clock, logger })
    closers.push(() => validator.log.close())
    const bounds = quotas === undefined ? {} : { quotas }
    const parts = { chain, pool, candidates, network, signer, clock, logger, ...bounds }
    const onBehind = (): void => sync.poke()
    const { timings, alarms } = metrics
    const clerk = await openClerk({
      ...{ ...base, ...parts, gossip, sync, onEvidence: alarms.evidence },
      evidencePath: `${directory.path}/evidence`,
    })
    closers.push(() => clerk.stop())
    const onEvidence = (evidence: EvidenceMessage): void => void clerk.onEvidence(evidence)
    const told = { onEvidence, onBehind, onFatal }
    const running = new Loop({ ...parts, ...validator, timings, watch, ...told })
    closers.push(() => running.stop())
    loop = running
    clerk.start()
  }
  const unfollow = followHead({ chain, network, pool, loop })
  closers.push(async () => unfollow())
  pool.onAdded(() => loop?.onWork())
  closers.push(() => network.stop())
  await network.start(createHandlers({ store, gossip, candidates, sync, loop }))
  loop?.start()
  const { status, ticker } = openWatch({
    ...{ name: config.name, chain, network, pool, watch, clock, logger },
    ...{ behind: () => sync.behind(), machine: loop, self: signer?.address },
  })
  ticker.start()
  closers.push(async () => ticker.stop())
  return { network, gossip, sync, loop, status }
}

interface Doors {
  readonly rpcUrl: string | undefined
  readonly metricsUrl: string | undefined
}

/** JSON-RPC, health and metrics, and the addresses of what is on */
async function openDoors(opening: Opening, base: Base, peers: Peers): Promise<Doors> {
  const { config, logger, metrics, closers } = opening
  const { chain, pool } = base
  const { network, sync, status } = peers
  const source: MetricsSource = {
    headNumber: () => chain.head().header.number,
    headTimestamp: () => chain.head().header.timestamp,
    peerCount: () => network.peers().length,
    blocksBehind: () => sync.behind(),
    poolCount: () => pool.count(),
    round: () => status().consensus?.round ?? -1,
  }
  addGauges(metrics.registry, source)
  addStatusGauges(metrics.registry, status)
  const routes = healthRoutes(source, metrics.registry, status)
  let metricsUrl: string | undefined
  if (config.metrics.enabled) {
    const server = await openMetricsServer(routes, config.metrics)
    closers.push(() => server.close())
    metricsUrl = `http://${config.metrics.host}:${server.port}`
  }
  if (!config.rpc.enabled) return { rpcUrl: undefined, metricsUrl }
  const backend = createRpcBackend({ ...base, ...peers, limits: config.execution })
  const onFault = (cause: unknown): void => logger.error('JSON-RPC fault', errorFacts(cause))
  const server = await createRpcServer({ backend, ...config.rpc, routes, onFault })
  closers.push(() => server.close())
  return { rpcUrl: server.url, metricsUrl }
}

/** The validator's key; an observer has none, whatever files stand beside it. */
async function openSigner(config: NodeConfig): Promise<Signer | undefined> {
  const { role, keystoreFile, passwordFile } = config
  if (role !== 'validator') return undefined
  assert(keystoreFile !== undefined && passwordFile !== undefined, 'a validator has a keystore')
  return openKeystoreFile(keystoreFile, passwordFile)
}
