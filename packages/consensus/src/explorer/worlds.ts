/**
 * The worlds that were visited: fixed-width rows of 32-bit numbers in one growing array, found by
 * an open-addressed table of row numbers. Rows are compared whole, so no two worlds are ever taken
 * for one: there is no hash compaction and no probability of having missed a state.
 */
import { assert } from '@veche/primitives'

export interface Worlds {
  /** cells that make a row what it is */
  readonly width: number
  size(): number
  /**
   * adds a row unless its first `width` cells are known; its number when new, −1 otherwise. What
   * follows them (how it was reached) is kept and not compared.
   */
  add(row: Uint32Array): number
  /** one cell of a row */
  get(row: number, column: number): number
  bytes(): number
}

const ROWS_PER_CHUNK = 1 << 18
/** an empty place of the table */
const EMPTY = 0xffff_ffff
/** a table is doubled when it is two thirds full */
const FULL = 2 / 3

/** An empty set of rows of `width` cells that are compared and `payload` cells that are not. */
export function createWorlds(width: number, payload: number): Worlds {
  const stride = width + payload
  const chunks: Uint32Array[] = []
  let table = new Uint32Array(1 << 16).fill(EMPTY)
  let size = 0

  const chunkAt = (index: number): Uint32Array =>
    chunks[Math.floor(index / ROWS_PER_CHUNK)] as Uint32Array
  const baseOf = (index: number): number => (index % ROWS_PER_CHUNK) * stride
  const hashOf = (cells: Uint32Array, base: number): number => {
    let hash = 0x811c9dc5
    for (let i = 0; i < width; i++) {
      hash = Math.imul(hash ^ (cells[base + i] as number), 0x85ebca6b)
      hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
      hash ^= hash >>> 16
    }
    return hash >>> 0
  }
  const isAt = (index: number, row: Uint32Array): boolean => {
    const chunk = chunkAt(index)
    const base = baseOf(index)
    for (let i = 0; i < width; i++) if (chunk[base + i] !== row[i]) return false
    return true
  }
  const grow = (): void => {
    const larger = new Uint32Array(table.length * 2).fill(EMPTY)
    const mask = larger.length - 1
    for (let index = 0; index < size; index++) {
      let place = hashOf(chunkAt(index), baseOf(index)) & mask
      while (larger[place] !== EMPTY) place = (place + 1) & mask
      larger[place] = index
    }
    table = larger
  }
  return {
    width,
    size: () => size,
    add(row) {
      if (size >= table.length * FULL) grow()
      const mask = table.length - 1
      let place = hashOf(row, 0) & mask
      for (let index = table[place] as number; index !== EMPTY; index = table[place] as number) {
        if (isAt(index, row)) return -1
        place = (place + 1) & mask
      }
      assert(size < EMPTY, 'fewer rows than 32 bits count')
      if (size % ROWS_PER_CHUNK === 0) chunks.push(new Uint32Array(ROWS_PER_CHUNK * stride))
      chunkAt(size).set(row, baseOf(size))
      table[place] = size
      return size++
    },
    get: (row, column) => chunkAt(row)[baseOf(row) + column] as number,
    bytes: () => (chunks.length * ROWS_PER_CHUNK * stride + table.length) * 4,
  }
}
