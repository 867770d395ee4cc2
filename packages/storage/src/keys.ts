/**
 * The one table of key prefixes: everything LevelDB holds, and how it is found. Numbers are 8 bytes
 * big-endian, so that keys sort by number.
 *
 * | prefix | key             | value                                              |
 * |--------|-----------------|----------------------------------------------------|
 * | `h`    | number          | RLP header with its certificate                    |
 * | `b`    | number          | RLP list of raw transactions                       |
 * | `r`    | number          | receipts (receipt-codec.ts)                        |
 * | `n`    | block hash      | number                                             |
 * | `t`    | transaction hash| RLP [number, index]                                |
 * | `a`    | address         | flat account of the head state                     |
 * | `s`    | address ‖ slot  | flat slot of the head state, without leading zeros |
 * | `c`    | code hash       | code                                               |
 * | `m`    | node hash       | RLP of a trie node, of any block (ADR 0042)        |
 * | `v`    | number          | RLP list of the validators of number + 2           |
 * | `x`    | number          | empty: the set after this block is another         |
 * | `H`    |                 | RLP [number, hash] of the head                     |
 * | `M`    |                 | RLP [schemaVersion, chainId, genesisHash]          |
 * | `X`    |                 | empty: `x` is complete                             |
 *
 * Every value ends in the CRC-32C of its key and payload (sealed-value.ts, ADR 0043).
 */
import type { Address, Hash } from '@veche/primitives'

export const SCHEMA_VERSION = 1

type HashPrefix = 'n' | 't' | 'c' | 'm'
type NumberPrefix = 'h' | 'b' | 'r' | 'v' | 'x'

export const HEAD_KEY: Uint8Array = Uint8Array.of(0x48)
export const META_KEY: Uint8Array = Uint8Array.of(0x4d)
export const CHANGES_KEY: Uint8Array = Uint8Array.of(0x58)

/** 9 bytes */
export function numberKey(prefix: NumberPrefix, number: number): Uint8Array {
  const key = Buffer.allocUnsafe(9)
  key[0] = prefix.charCodeAt(0)
  key.writeBigUInt64BE(BigInt(number), 1)
  return key
}

/** 33 bytes */
export function hashKey(prefix: HashPrefix, hash: Hash): Uint8Array {
  const key = Buffer.alloc(33)
  key[0] = prefix.charCodeAt(0)
  key.write(hash.slice(2), 1, 'hex')
  return key
}

/** 21 bytes */
export function accountKey(address: Address): Uint8Array {
  const key = Buffer.alloc(21)
  key[0] = 0x61
  key.write(address.slice(2), 1, 'hex')
  return key
}

/** 53 bytes */
export function slotKey(address: Address, slot: Hash): Uint8Array {
  const key = Buffer.alloc(53)
  key[0] = 0x73
  key.write(address.slice(2), 1, 'hex')
  key.write(slot.slice(2), 21, 'hex')
  return key
}

/** First and last key of the slots of one contract, both inclusive. */
export function slotRange(address: Address): { gte: Uint8Array; lte: Uint8Array } {
  return { gte: slotKey(address, '0x'), lte: slotKey(address, `0x${'ff'.repeat(32)}`) }
}
