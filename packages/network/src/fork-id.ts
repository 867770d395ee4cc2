/**
 * Which rules a node follows and will follow, in eight bytes, and whether a peer's fit (EIP-2124,
 * with timestamps as in EIP-6122): a node that knows a fork to come and one that does not are
 * peers until the fork begins.
 */
import { crc32 } from 'node:zlib'
import { assert, type Hex } from '@veche/primitives'

export interface ForkId {
  /** 4 bytes: checksum of the chain and of every fork that has begun */
  readonly hash: Hex
  /** when the next fork that the node knows begins, unix seconds; 0 when it knows none */
  readonly next: number
}

/**
 * `stale`: the peer follows a fork that we do not know, or has passed one that we lack.
 * `peer-stale`: the peer does not know a fork that has begun here.
 */
export type ForkVerdict = 'fits' | 'stale' | 'peer-stale'

/** What a node says of its forks, and how it judges what others say. */
export interface ForkFilter {
  own(): ForkId
  judge(theirs: ForkId): ForkVerdict
}

export interface ForkFilterOptions {
  /** what names the chain: genesis and the rules that never change */
  readonly base: Uint8Array
  /** unix seconds of every fork after genesis, ascending; equal ones count once */
  readonly forks: readonly number[]
  /** timestamp of the head, unix seconds */
  readonly headTime: () => number
}

function toHex(sum: number): Hex {
  return `0x${sum.toString(16).padStart(8, '0')}`
}

/** CRC32 of the base, and then with each fork's time as 8 bytes folded in. */
function checksums(base: Uint8Array, forks: readonly number[]): readonly Hex[] {
  let sum = crc32(base)
  const sums = [toHex(sum)]
  for (const fork of forks) {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(fork))
    sum = crc32(bytes, sum)
    sums.push(toHex(sum))
  }
  return sums
}

/** Creates the filter of a chain. */
export function createForkFilter(options: ForkFilterOptions): ForkFilter {
  const forks = [...new Set(options.forks)]
  assert(
    forks.every((fork, i) => fork > (forks[i - 1] ?? 0)),
    'forks ascend',
  )
  const sums = checksums(options.base, forks)
  /** how many forks have begun */
  const begun = (): number => {
    const index = forks.findIndex((fork) => fork > options.headTime())
    return index < 0 ? forks.length : index
  }
  return {
    own() {
      const count = begun()
      return { hash: sums[count] as Hex, next: forks[count] ?? 0 }
    },
    judge({ hash, next }) {
      const count = begun()
      const place = sums.indexOf(hash)
      // rule 4: neither our past nor our future
      if (place < 0) return 'stale'
      // rule 1: the same past; 1a: it announces a fork that our head has passed without knowing it
      if (place === count) return next > 0 && options.headTime() >= next ? 'stale' : 'fits'
      // rule 3: it is ahead on a path that we know
      if (place > count) return 'fits'
      // rule 2: it is behind, and must know the fork that came next here
      return next === forks[place] ? 'fits' : 'peer-stale'
    },
  }
}

/** A filter for chains without forks: equal names fit, others do not. `hash` is 4 bytes. */
export function fixedForkFilter(hash: Hex): ForkFilter {
  return {
    own: () => ({ hash, next: 0 }),
    judge: (theirs) => (theirs.hash === hash ? 'fits' : 'stale'),
  }
}
