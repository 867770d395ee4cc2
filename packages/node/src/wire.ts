/**
 * Wires one node, top to bottom: crypto, genesis, data directory, store, execution, network, then for a
 * validator the log and the machine, then JSON-RPC and metrics. No logic: everything here is another
 * file's. `stop` undoes it in reverse order.
 */
import {
  createExecutor,
  createPool,
  forkAt,
  genesisBlock,
  nextBaseFee,
  type PoolLimits,
} from '@veche/execution'
import { createNetwork } from '@veche/network'
import { assert, type Clock, type Signer } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { createRpcServer } from '@veche/rpc'
import { type DataDirectory, openChainStore, openDataDirectory } from '@veche/storage'
import { createCandidates } from './candidates.ts'
import { createChain } from './chain.ts'
import type { NodeConfig } from './config.ts'
import { forkIdOf, readGenesisFile } from './genesis-file.ts'
import { createGossip } from './gossip.ts'
import { createHandlers, followHead } from './handlers.ts'
import { openKeystoreFile } from './keystore-file.ts'
import { errorFacts, type Logger } from './log.ts'
import { createLoop, type Loop } from './loop.ts'
import { createMetrics, healthRoutes, type MetricsSource, openMetricsServer } from './metrics.ts'
import { openNodeKey } from './node-key-file.ts'
import { createRpcBackend } from './rpc-backend.ts'
import { blocksBehind, createSync } from './sync.ts'
import { openValidator } from './validator.ts'
import { CLIENT_VERSION } from './version.ts'

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

/** Opens a node. Whatever was opened before a failure is closed again; throws `VecheError`s. */
export async function openNode(config: NodeConfig, logger: Logger): Promise<RunningNode> {
  const closers: Closer[] = []
  const stop = async (): Promise<void> => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close()
  }
  try {
    return { ...(await openParts(config, logger, closers)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function openParts(
  config: NodeConfig,
  logger: Logger,
  closers: Closer[],
): Promise<Omit<RunningNode, 'stop'>> {
  let fail: (cause: unknown) => void = () => undefined
  const failed = new Promise<unknown>((resolve) => {
    fail = resolve
  })
  const clock: Clock = { nowMs: () => Date.now() }
  const crypto = await installNativeCrypto()
  if (crypto.secp256k1 === 'noble') logger.warn('slow signatures: native secp256k1 did not load')

  const genesis = await readGenesisFile(config.genesisFile)
  const first = await genesisBlock(genesis)
  const directory: DataDirectory = await openDataDirectory(config.dataDir)
  closers.push(() => directory.release())
  const store = await openChainStore({
    path: directory.chainPath,
    genesis: { ...first, chainId: genesis.chainId },
  })
  closers.push(() => store.close())

  const executor = createExecutor({ store, genesis })
  const chain = createChain({
    store,
    executor,
    parameters: genesis.parameters,
    validatorsByContract: genesis.validatorContract !== undefined,
    logger,
  })
  const pool = createPool({
    chainId: genesis.chainId,
    gasLimit: genesis.gasLimit,
    state: store,
    clock: () => clock.nowMs(),
    fork: () => forkAt(genesis.forks, Math.floor(clock.nowMs() / 1000)),
    baseFee: () => nextBaseFee(genesis, chain.head().header),
    limits: poolLimits(config),
  })
  const signer = await openSigner(config)
  const network = await createNetwork({
    nodeKey: await openNodeKey(config.p2p.keyFile ?? `${directory.keysPath}/node.key`),
    listenAddresses: config.p2p.listen,
    announceAddresses: config.p2p.announce,
    bootnodes: config.p2p.bootnodes,
    chainId: genesis.chainId,
    genesisHash: first.hash,
    forkId: forkIdOf(first.hash, genesis),
    ...(signer === undefined ? {} : { signer }),
    agent: CLIENT_VERSION,
    quota: { peersMax: config.p2p.connectionsMax },
    logger: (level, message, facts) => logger.log(level, message, facts),
  })
  const gossip = createGossip({ pool, network })
  const candidates = createCandidates({ network, transaction: (hash) => pool.get(hash)?.raw })
  const sync = createSync({ chain, network, logger, onFatal: fail })
  closers.push(() => sync.stop())

  let loop: Loop | undefined
  if (signer !== undefined) {
    const logPath = directory.logPath
    const validator = await openValidator({ chain, candidates, signer, logPath, clock, logger })
    closers.push(() => validator.log.close())
    const parts = { chain, pool, candidates, network, signer, clock, logger }
    const onBehind = (): void => sync.poke()
    loop = createLoop({ ...parts, ...validator, onBehind, onFatal: fail })
    const running = loop
    closers.push(() => running.stop())
  }

  const source: MetricsSource = {
    headNumber: () => chain.head().header.number,
    headTimestamp: () => chain.head().header.timestamp,
    peerCount: () => network.peers().length,
    blocksBehind: () => blocksBehind(sync),
    poolCount: () => pool.count(),
    round: () => loop?.state().current.round ?? -1,
  }
  const metrics = createMetrics(source)
  const routes = healthRoutes(source, metrics.registry)
  followHead({ chain, network, pool, loop })
  pool.onAdded(() => loop?.onWork())
  await network.start(createHandlers({ store, gossip, candidates, sync, loop }))
  closers.push(() => network.stop())
  loop?.start()

  let rpcUrl: string | undefined
  if (config.rpc.enabled) {
    const limits = config.execution
    const backend = createRpcBackend({
      genesis,
      chain,
      store,
      executor,
      pool,
      gossip,
      network,
      sync,
      limits,
    })
    const onFault = (cause: unknown): void => logger.error('JSON-RPC fault', errorFacts(cause))
    const server = await createRpcServer({ backend, ...config.rpc, routes, onFault })
    closers.push(() => server.close())
    rpcUrl = server.url
  }
  if (config.metrics.enabled) {
    const server = await openMetricsServer(routes, config.metrics)
    closers.push(() => server.close())
  }
  logger.info('node is up', { role: config.role, head: chain.head().header.number, rpc: rpcUrl })
  return { rpcUrl, addresses: network.addresses, failed }
}

/** The validator's key; an observer has none, whatever files stand beside it. */
async function openSigner(config: NodeConfig): Promise<Signer | undefined> {
  const { role, keystoreFile, passwordFile } = config
  if (role !== 'validator') return undefined
  assert(keystoreFile !== undefined && passwordFile !== undefined, 'a validator has a keystore')
  return openKeystoreFile(keystoreFile, passwordFile)
}

function poolLimits({ pool }: NodeConfig): Partial<PoolLimits> {
  return {
    transactionsMax: pool.countMax,
    bytesMax: pool.bytesMax,
    perSenderMax: pool.senderCountMax,
  }
}
