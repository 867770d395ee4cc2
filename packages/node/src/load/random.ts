/**
 * The random numbers of a workload: the same seed gives the same acts on every machine.
 * xoshiro128** 1.1 (Blackman, Vigna, public domain) seeded by keccak256 of a text; not for secrets
 * of real people.
 */
import {
  assert,
  bytesToHex,
  type Hash,
  hexToBytes,
  keccak256,
  utf8ToBytes,
} from '@veche/primitives'

export interface Random {
  /** 32 bits */
  uint32(): number
  /** in [0, 1) */
  next(): number
  /** whole number below `bound`, without bias */
  below(bound: number): number
  pick<T>(items: readonly T[]): T
  /** a new list in another order */
  shuffle<T>(items: readonly T[]): T[]
  /** 32 bytes */
  hash(): Hash
  /** another stream that depends on this seed and the label, not on what was drawn */
  fork(label: string): Random
}

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by))

function createUint32(seed: string): () => number {
  const digest = keccak256(utf8ToBytes(`veche load random ${seed}`))
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength)
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => view.getUint32(at)) as [
    number,
    number,
    number,
    number,
  ]
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const moved = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= moved
    d = rotate(d, 11)
    return result
  }
}

/** A stream of random numbers for a seed. */
export function createRandom(seed: string): Random {
  const uint32 = createUint32(seed)
  const random: Random = {
    uint32,
    next: () => uint32() / 2 ** 32,
    below(bound) {
      assert(Number.isInteger(bound) && bound > 0 && bound <= 2 ** 32, 'a bound from 1 to 2^32')
      const limit = 2 ** 32 - (2 ** 32 % bound)
      for (;;) {
        const drawn = uint32()
        if (drawn < limit) return drawn % bound
      }
    },
    pick(items) {
      assert(items.length > 0, 'something to pick from')
      return items[random.below(items.length)] as (typeof items)[number]
    },
    shuffle(items) {
      const list = [...items]
      for (let i = list.length - 1; i > 0; i--) {
        const j = random.below(i + 1)
        const moved = list[i] as (typeof list)[number]
        list[i] = list[j] as (typeof list)[number]
        list[j] = moved
      }
      return list
    },
    hash() {
      const bytes = new Uint8Array(32)
      const view = new DataView(bytes.buffer)
      for (let at = 0; at < 32; at += 4) view.setUint32(at, uint32())
      return bytesToHex(bytes)
    },
    fork: (label) => createRandom(`${seed}/${label}`),
  }
  return random
}

/** The secret key of an invented person; anybody who knows the seed has it. */
export function seedToSecretKey(seed: string, name: string): Uint8Array {
  // the chance of a value above the order of secp256k1 is 2^-128
  return hexToBytes(bytesToHex(keccak256(utf8ToBytes(`veche load key ${seed} of ${name}`))))
}
