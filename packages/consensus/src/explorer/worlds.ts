/**
 * The worlds that were visited: fixed-width rows of 32-bit numbers in one growing array, found by
 * an open-addressed table of row numbers. Rows are compared whole, so no two worlds are ever taken
 * for one: there is no hash compaction and no probability of having missed a state.
 */
import { assert } from '@veche/primitives'

export interface Worlds {
  readonly width: number
  size(): number
  /** adds a row unless it is known; its number when new, −1 otherwise */
  add(row: Uint32Array): number
  /** one cell of a row */
  get(row: number, column: number): number
  bytes(): number
}

const ROWS_PER_CHUNK = 1 << 18
/** an empty place of the table */
const EMPTY = 0xffff_ffff

function hashOf(row: Uint32Array, width: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < width; i++) {
    hash = Math.imul(hash ^ (row[i] as number), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    hash ^= hash >>> 16
  }
  return hash >>> 0
}

/** An empty set of rows of `width` cells. */
export function createWorlds(width: number): Worlds {
  const chunks: Uint32Array[] = []
  let table = new Uint32Array(1 << 16).fill(EMPTY)
  let size = 0
  const scratch = new Uint32Array(width)

  const isAt = (index: number, row: Uint32Array): boolean => {
    const chunk = chunks[Math.floor(index / ROWS_PER_CHUNK)] as Uint32Array
    const base = (index % ROWS_PER_CHUNK) * width
    for (let i = 0; i < width; i++) if (chunk[base + i] !== row[i]) return false
    return true
  }
  const grow = (): void => {
    const larger = new Uint32Array(table.length * 2).fill(EMPTY)
    const mask = larger.length - 1
    for (let index = 0; index < size; index++) {
      const chunk = chunks[Math.floor(index / ROWS_PER_CHUNK)] as Uint32Array
      const base = (index % ROWS_PER_CHUNK) * width
      for (let i = 0; i < width; i++) scratch[i] = chunk[base + i] as number
      let place = hashOf(scratch, width) & mask
      while (larger[place] !== EMPTY) place = (place + 1) & mask
      larger[place] = index
    }
    table = larger
  }
  return {
    width,
    size: () => size,
    add(row) {
      if (size * 2 >= table.length) grow()
      const mask = table.length - 1
      let place = hashOf(row, width) & mask
      for (let index = table[place] as number; index !== EMPTY; index = table[place] as number) {
        if (isAt(index, row)) return -1
        place = (place + 1) & mask
      }
      assert(size < EMPTY, 'fewer rows than 32 bits count')
      if (size % ROWS_PER_CHUNK === 0) chunks.push(new Uint32Array(ROWS_PER_CHUNK * width))
      const chunk = chunks.at(-1) as Uint32Array
      chunk.set(row, (size % ROWS_PER_CHUNK) * width)
      table[place] = size
      return size++
    },
    get(row, column) {
      const chunk = chunks[Math.floor(row / ROWS_PER_CHUNK)] as Uint32Array
      return chunk[(row % ROWS_PER_CHUNK) * width + column] as number
    },
    bytes: () => (chunks.length * ROWS_PER_CHUNK * width + table.length) * 4,
  }
}
