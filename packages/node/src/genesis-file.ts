/** Reads a genesis file, schedules its forks, and says how its chain is told from others. */
import { readFile } from 'node:fs/promises'
import { decodeGenesis, FORKS, type Fork, forkAt, type Genesis } from '@veche/execution'
import { createForkFilter, type ForkFilter } from '@veche/network'
import { encodeRlp, type Hash, keccak256, utf8ToBytes, VecheError } from '@veche/primitives'
import { overridesToRlp, type SetOverride } from './council/overrides.ts'

/** Throws `GENESIS_UNREADABLE`, `GENESIS_INVALID` with the field in the message. */
export async function readGenesisFile(path: string): Promise<Genesis> {
  let json: unknown
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new VecheError('GENESIS_UNREADABLE', `a genesis file of JSON expected at ${path}`, {
      cause,
    })
  }
  const genesis = decodeGenesis(json)
  if (genesis.ok) return genesis.value
  throw new VecheError('GENESIS_INVALID', `${path}: ${genesis.reason}`, {
    facts: { code: genesis.code },
  })
}

/** Times of forks that replace or add to those of the genesis file, unix seconds. */
export type ForkTimes = Readonly<Partial<Record<Exclude<Fork, 'berlin'>, number>>>

/**
 * The same chain with other fork times. Its block 0 stays that of the file, so it must be made of
 * the file's genesis; hence a time at or before genesis is `GENESIS_INVALID`, and so are times that
 * do not ascend in the order of the forks.
 */
export function withForkTimes(genesis: Genesis, times: ForkTimes): Genesis {
  const forks = { ...genesis.forks, ...times }
  const wrong = (fork: Fork, expected: string): VecheError =>
    new VecheError('GENESIS_INVALID', `forks.${fork}: ${expected} expected, got ${forks[fork]}`, {
      facts: { fork, time: forks[fork] },
    })
  let last = 0
  for (const fork of FORKS) {
    const time = forks[fork]
    if (time === undefined) continue
    if (fork !== 'berlin' && times[fork] !== undefined && time <= genesis.timestamp)
      throw wrong(fork, `a time after genesis (${genesis.timestamp})`)
    if (time < last) throw wrong(fork, `at least ${last}, as of the fork before it,`)
    last = time
  }
  return { ...genesis, forks }
}

/**
 * Every rule that holds from the first block on and that the genesis header does not commit to:
 * consensus parameters, the fork of genesis, the validator contract, the fee rule, set overrides.
 */
function lastingRules(
  genesisHash: Hash,
  genesis: Genesis,
  overrides: readonly SetOverride[],
): Uint8Array {
  const { forks, timestamp, parameters, validatorContract, baseFeeRule } = genesis
  const numbers = Object.entries<number>({ ...parameters })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [utf8ToBytes(name), value])
  const first = forkAt(forks, timestamp)
  const texts = [validatorContract ?? '', baseFeeRule, first].map((text) => utf8ToBytes(text))
  const rules = [genesisHash, numbers, texts]
  return keccak256(
    encodeRlp(overrides.length === 0 ? rules : [...rules, overridesToRlp(overrides)]),
  )
}

export interface ForkIdOptions {
  /** timestamp of the head, unix seconds; default: the chain stands at genesis */
  readonly headTime?: () => number
  /** validator sets that the operators have agreed on; default none */
  readonly overrides?: readonly SetOverride[]
}

/** What a node of this chain says of its forks to peers, and how it judges theirs (ADR 0055). */
export function forkIdOf(
  genesisHash: Hash,
  genesis: Genesis,
  options: ForkIdOptions = {},
): ForkFilter {
  const { headTime = () => genesis.timestamp, overrides = [] } = options
  const times = FORKS.map((fork) => genesis.forks[fork] ?? 0)
  return createForkFilter({
    base: lastingRules(genesisHash, genesis, overrides),
    forks: times.filter((time) => time > genesis.timestamp),
    headTime,
  })
}
