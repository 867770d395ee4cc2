/**
 * The header rules that execution owns: what a child of `parent` must look like besides its roots
 * (which execution computes) and its step, proposer and extraData (which consensus judges).
 */
import {
  EMPTY_OMMERS_HASH,
  EMPTY_REQUESTS_HASH,
  EMPTY_TRIE_ROOT,
  type Hash,
  type Header,
  ISTANBUL_MIX_HASH,
  type Refusal,
  refuse,
  ZERO_HASH,
  ZERO_NONCE,
} from '@veche/primitives'
import { type Fork, forkAt, hasFork } from './forks.ts'
import type { Genesis } from './genesis.ts'

const ELASTICITY = 2n
const CHANGE_DENOMINATOR = 8n

/** wei per gas of the block after `parent`: constant, or EIP-1559 when genesis says so. */
export function nextBaseFee(genesis: Genesis, parent: Header): bigint {
  const fee = parent.baseFeePerGas ?? genesis.baseFeePerGas
  if (genesis.baseFeeRule === 'constant') return genesis.baseFeePerGas
  const target = parent.gasLimit / ELASTICITY
  if (parent.gasUsed === target) return fee
  if (parent.gasUsed > target) {
    const rise = (fee * (parent.gasUsed - target)) / target / CHANGE_DENOMINATOR
    return fee + (rise > 1n ? rise : 1n)
  }
  return fee - (fee * (target - parent.gasUsed)) / target / CHANGE_DENOMINATOR
}

/** The optional header fields of a fork, empty as this chain has them. */
export function forkFields(fork: Fork, baseFeePerGas: bigint): Partial<Header> {
  return {
    ...(hasFork(fork, 'london') ? { baseFeePerGas } : {}),
    ...(hasFork(fork, 'shanghai') ? { withdrawalsRoot: EMPTY_TRIE_ROOT } : {}),
    ...(hasFork(fork, 'cancun')
      ? { blobGasUsed: 0n, excessBlobGas: 0n, parentBeaconBlockRoot: ZERO_HASH }
      : {}),
    ...(hasFork(fork, 'prague') ? { requestsHash: EMPTY_REQUESTS_HASH } : {}),
  }
}

type Expected = Partial<Record<keyof Header, unknown>>

const FORK_FIELDS = [
  'baseFeePerGas',
  'withdrawalsRoot',
  'blobGasUsed',
  'excessBlobGas',
  'parentBeaconBlockRoot',
  'requestsHash',
] as const

/**
 * Judges a foreign header against its parent. Undefined when it obeys, else a refusal
 * `BLOCK_HEADER_INVALID`. `parentHash` is the hash of `parent`.
 */
export function judgeHeader(options: {
  genesis: Genesis
  header: Header
  parent: Header
  parentHash: Hash
}): Refusal | undefined {
  const { genesis, header, parent, parentHash } = options
  const fork = forkAt(genesis.forks, header.timestamp)
  const expected: Expected = {
    parentHash,
    number: parent.number + 1,
    ommersHash: EMPTY_OMMERS_HASH,
    difficulty: 1n,
    nonce: ZERO_NONCE,
    mixHash: ISTANBUL_MIX_HASH,
    gasLimit: genesis.gasLimit,
    ...forkFields(fork, nextBaseFee(genesis, parent)),
  }
  for (const key of Object.keys(expected) as (keyof Header)[])
    if (header[key] !== expected[key]) return misfit(key, expected[key], header[key])
  for (const key of FORK_FIELDS)
    if (expected[key] === undefined && header[key] !== undefined)
      return misfit(key, `no field before its fork`, header[key])
  if (header.timestamp < parent.timestamp)
    return misfit('timestamp', `at least ${parent.timestamp}`, header.timestamp)
  if (header.gasUsed > header.gasLimit)
    return misfit('gasUsed', `at most ${header.gasLimit}`, header.gasUsed)
  return undefined
}

function misfit(field: string, expected: unknown, got: unknown): Refusal {
  return refuse('BLOCK_HEADER_INVALID', `${field}: ${expected} expected, got ${got}`)
}
