/**
 * The forks a chain may run, Berlin to Osaka, by timestamp, and the ethereumjs `Common` of each
 * with our crypto. Every rule that depends on a fork asks here.
 */
import { createHash } from 'node:crypto'
import { Common, type CommonOpts } from '@ethereumjs/common'
import { assert, concatBytes, keccak256, padLeft, recoverPublicKey } from '@veche/primitives'
import { pointEvaluation } from '../evm/kzg.ts'

export const FORKS = ['berlin', 'london', 'paris', 'shanghai', 'cancun', 'prague', 'osaka'] as const
export type Fork = (typeof FORKS)[number]

/**
 * unix seconds of each fork's activation; absent: never. Berlin is always there, at 0 at the
 * latest.
 */
export type ForkSchedule = Readonly<Partial<Record<Fork, number>>>

/** Whether `fork` has the rules of `wanted`. */
export function hasFork(fork: Fork, wanted: Fork): boolean {
  return FORKS.indexOf(fork) >= FORKS.indexOf(wanted)
}

/** The fork in force at a timestamp in unix seconds. */
export function forkAt(schedule: ForkSchedule, timestamp: number): Fork {
  let current: Fork = 'berlin'
  for (const fork of FORKS) {
    const from = schedule[fork]
    if (from !== undefined && from <= timestamp) current = fork
  }
  return current
}

function ecrecover(
  digest: Uint8Array,
  v: bigint,
  r: Uint8Array,
  s: Uint8Array,
  chainId?: bigint,
): Uint8Array {
  const recovery = v < 2n ? v : chainId === undefined || v < 35n ? v - 27n : v - 35n - 2n * chainId
  const compact = concatBytes(padLeft(r, 32), padLeft(s, 32))
  const key = recoverPublicKey(digest, compact, Number(recovery))
  // ethereumjs expects a throw for "nothing recovers" and catches it at every call
  assert(key !== undefined, 'no public key recovers')
  return key
}

const ALL = [
  'chainstart',
  'homestead',
  'tangerineWhistle',
  'spuriousDragon',
  'byzantium',
  'constantinople',
  'petersburg',
  'istanbul',
  ...FORKS,
]

/** A new ethereumjs rule set, fixed to one fork. */
export function createCommon(chainId: number, fork: Fork): Common {
  const chain = {
    name: 'veche',
    chainId,
    genesis: { gasLimit: 0, difficulty: 1, nonce: '0x0000000000000000', extraData: '0x' },
    hardforks: ALL.map((name) => ({ name, block: 0 })),
    bootstrapNodes: [],
    consensus: { type: 'pos', algorithm: 'casper', casper: {} },
  } as CommonOpts['chain']
  const common = new Common({
    chain,
    hardfork: fork,
    customCrypto: {
      keccak256: (bytes) => keccak256(bytes),
      sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
      ecrecover,
      kzg: pointEvaluation,
    },
  })
  return common
}
