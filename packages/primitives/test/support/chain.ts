/** Splits the exported chain of execution-apis into its blocks. */
import { sharedData } from './data.ts'

function itemBytes(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number
  if (first <= 0xf7) return 1 + first - 0xc0
  const size = first - 0xf7
  let length = 0
  for (let i = 0; i < size; i++) length = length * 256 + (bytes[at + 1 + i] as number)
  return 1 + size + length
}

/** Raw blocks 1 to 54 of a chain through all forks, or undefined without the data. */
export function sharedChain(): Uint8Array[] | undefined {
  const bytes = sharedData('execution-apis/chain.rlp')
  if (bytes === undefined) return undefined
  const blocks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = itemBytes(bytes, at)
    blocks.push(bytes.slice(at, at + length))
    at += length
  }
  return blocks
}
