/**
 * A chain that EEA QBFT clients can read (docs/third-party.md): Berlin rules, one block a step, a
 * constant validator set and gas limit, no contracts (the city's are compiled for Prague). And the
 * same genesis as the file that Besu starts from, with the same block 0.
 */
import { type Genesis, genesisBlock, genesisToJson } from '@veche/execution'
import { type Address, bytesToHex, EMPTY_BYTES, VecheError } from '@veche/primitives'
import { GENESIS_GAS_LIMIT } from './limits.ts'

export interface QbftGenesisSetup {
  readonly chainId: number
  /** unix seconds, a multiple of stepSeconds */
  readonly timestamp: number
  /** D, and the block period that QBFT clients are told */
  readonly stepSeconds: number
  readonly emptyBlockIntervalSeconds: number
  readonly validators: readonly Address[]
  /** wei by address */
  readonly balances: ReadonlyMap<Address, bigint>
}

/** The genesis of a chain whose headers, hashes and seals QBFT clients accept. Pure. */
export function createQbftGenesis(setup: QbftGenesisSetup): Genesis {
  const { chainId, timestamp, stepSeconds, emptyBlockIntervalSeconds, validators } = setup
  const account = (balance: bigint) => ({
    ...{ balance, nonce: 0n, code: EMPTY_BYTES, storage: new Map() },
  })
  return {
    chainId,
    forks: { berlin: 0 },
    parameters: {
      ...{ chainId, stepSeconds, emptyBlockIntervalSeconds },
      ...{ blockIntervalMinMs: 50, blocksPerStepMax: 1, windowMax: 15 },
    },
    validatorContract: undefined,
    baseFeeRule: 'constant',
    timestamp,
    gasLimit: GENESIS_GAS_LIMIT,
    baseFeePerGas: 0n,
    validators: [...validators].sort(),
    alloc: new Map([...setup.balances].map(([address, balance]) => [address, account(balance)])),
  }
}

/** Why QBFT clients cannot follow a chain; empty when they can. */
export function qbftObstacles(genesis: Genesis): readonly string[] {
  const { forks, parameters, validatorContract } = genesis
  const later = Object.keys(forks).filter((fork) => fork !== 'berlin')
  return [
    ...(later.length === 0 ? [] : [`rules of Berlin only expected, got ${later.join(', ')}`]),
    ...(parameters.blocksPerStepMax === 1 ? [] : ['blocksPerStepMax 1 expected']),
    ...(validatorContract === undefined ? [] : ['a constant validator set expected']),
  ]
}

/** Blocks before which every rule up to Berlin is in force: from the first. */
const FORK_BLOCKS = [
  ...['homestead', 'eip150', 'eip155', 'eip158', 'byzantium', 'constantinople'],
  ...['petersburg', 'istanbul', 'muirGlacier', 'berlin'],
]

/**
 * The genesis file for Besu in QBFT mode with validators in the headers: its block 0 has the hash
 * of ours. `epochlength` only resets votes, of which there are none. Throws `GENESIS_NOT_QBFT`.
 */
export async function genesisToBesu(genesis: Genesis): Promise<object> {
  const obstacles = qbftObstacles(genesis)
  if (obstacles.length > 0)
    throw new VecheError('GENESIS_NOT_QBFT', obstacles.join('; '), { facts: { obstacles } })
  const { header } = (await genesisBlock(genesis)).block
  const { alloc } = genesisToJson(genesis) as { alloc: object }
  const { stepSeconds } = genesis.parameters
  return {
    config: {
      chainId: genesis.chainId,
      ...Object.fromEntries(FORK_BLOCKS.map((fork) => [`${fork}Block`, 0])),
      qbft: {
        epochlength: 30_000,
        blockperiodseconds: stepSeconds,
        requesttimeoutseconds: 2 * stepSeconds,
      },
    },
    nonce: '0x0',
    timestamp: `0x${header.timestamp.toString(16)}`,
    gasLimit: `0x${header.gasLimit.toString(16)}`,
    difficulty: '0x1',
    mixHash: header.mixHash,
    coinbase: header.coinbase,
    extraData: bytesToHex(header.extraData),
    alloc,
  }
}
