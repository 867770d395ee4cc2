/**
 * The chain of a data directory without network, pool or consensus: what `veche export` and `veche
 * import` work on. Holds the directory's lock, so a running node refuses it and the other way
 * round.
 */
import { stat } from 'node:fs/promises'
import { createExecutor, type Genesis, genesisBlock } from '@veche/execution'
import { type ChainStore, type Hash, VecheError } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { openChainStore, openDataDirectory } from '@veche/storage'
import { Chain } from '../chain.ts'
import { assertOnCheckpoint, type CheckpointBlock, CheckpointGuard } from '../checkpoint.ts'
import { type SetOverride, SetOverrides } from '../council/overrides.ts'
import { type ForkTimes, readGenesisFile, withForkTimes } from '../genesis-file.ts'
import type { Logger } from '../log.ts'
import { createMetrics } from '../metrics.ts'

export interface OfflineOptions {
  readonly dataDir: string
  readonly genesisFile: string
  /** fork times beside those of the file; default none */
  readonly forks?: ForkTimes
  /** a chain without this block is refused */
  readonly checkpoint?: CheckpointBlock
  /** default: none */
  readonly validatorsOverride?: readonly SetOverride[]
  readonly logger: Logger
  /** whether a directory without a chain is an error rather than a new chain */
  readonly mustExist: boolean
}

export interface OfflineChain {
  readonly genesis: Genesis
  readonly genesisHash: Hash
  readonly store: ChainStore
  readonly chain: Chain
  readonly guard: CheckpointGuard | undefined
  close(): Promise<void>
}

async function assertChainThere(dataDir: string): Promise<void> {
  await stat(`${dataDir}/chain`).catch((cause: unknown) => {
    throw new VecheError('CHAIN_ABSENT', `${dataDir}: the data directory of a node expected`, {
      cause,
      facts: { dataDir },
    })
  })
}

/**
 * Opens the chain of a data directory. Throws `CHAIN_ABSENT`, `DATA_DIR_LOCKED` while a node runs
 * on it, `GENESIS_MISMATCH`, and the other codes of genesis file, directory and store. What was
 * opened before a failure is closed again.
 */
export async function openOffline(options: OfflineOptions): Promise<OfflineChain> {
  const { dataDir, genesisFile, forks = {}, checkpoint, logger, mustExist } = options
  await installNativeCrypto()
  const file = await readGenesisFile(genesisFile)
  const first = await genesisBlock(file)
  const genesis = withForkTimes(file, forks)
  if (mustExist) await assertChainThere(dataDir)
  const directory = await openDataDirectory(dataDir)
  let opened: ChainStore | undefined
  try {
    const store = await openChainStore({
      path: directory.chainPath,
      genesis: { ...first, chainId: genesis.chainId },
    })
    opened = store
    if (checkpoint !== undefined) assertOnCheckpoint(store, checkpoint)
    const guard = checkpoint === undefined ? undefined : new CheckpointGuard(checkpoint)
    const head = store.header(store.head().number)
    const overrides = new SetOverrides(options.validatorsOverride)
    const { validatorContract } = genesis
    const executor = createExecutor({
      ...{ store, genesis, ...(head === undefined ? {} : { head }) },
      validatorContract: (height) => overrides.contractAfter(height, validatorContract),
    })
    const chain = new Chain({
      ...{ store, executor, validatorContract, overrides },
      parameters: genesis.parameters,
      ...(guard === undefined ? {} : { checkpoint: guard }),
      logger,
      timings: createMetrics().timings,
    })
    const close = async (): Promise<void> => {
      await store.close()
      await directory.release()
    }
    return { genesis, genesisHash: first.hash, store, chain, guard, close }
  } catch (error) {
    await opened?.close()
    await directory.release()
    throw error
  }
}
