/**
 * The checkpoint of an import: before a block of a file is executed, the files are read once to see
 * that their blocks lead by hash links from the head here to the checkpoint.
 */
import { assert, blockHash, bytesToHex, type Hash, hexToBytes, VecheError } from '@veche/primitives'
import type { Chain } from '../chain.ts'
import type { CheckpointGuard, HashList } from '../checkpoint.ts'
import { readChainFile } from './chain-reader.ts'

/** Hashes in 32 bytes each: a chain of millions of blocks fits. */
export class PackedHashes implements HashList {
  #bytes = new Uint8Array(32 * 1024)
  length = 0

  push(hash: Hash): void {
    if (32 * (this.length + 1) > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes.set(hexToBytes(hash), 32 * this.length++)
  }

  at(index: number): Hash | undefined {
    if (index < 0 || index >= this.length) return undefined
    return bytesToHex(this.#bytes.subarray(32 * index, 32 * index + 32))
  }
}

function mismatch(file: string, number: number, reason: string): VecheError {
  return new VecheError('CHECKPOINT_MISMATCH', `${file}: block ${number}: ${reason}`, {
    facts: { file, number },
  })
}

/**
 * Lets the guard pass the blocks of these files up to the checkpoint. Throws `CHECKPOINT_MISMATCH`
 * when they do not lead to it, `CHECKPOINT_NOT_REACHED` when they end before it, and the codes of
 * chain-reader.ts. Nothing to do when the head is at the checkpoint or above.
 */
export async function proveFiles(
  files: readonly string[],
  chain: Chain,
  guard: CheckpointGuard,
): Promise<void> {
  const { number: last, hash: trusted } = guard.block
  const { header, hash: headHash } = chain.head()
  if (header.number >= last) return
  if (files.includes('-'))
    throw new VecheError('USAGE', 'files expected with --checkpoint, which reads them twice')
  const hashes = new PackedHashes()
  let before = headHash
  for (const file of files)
    for await (const { block } of readChainFile(file)) {
      const { number, parentHash } = block.header
      if (number <= header.number + hashes.length) continue
      if (number !== header.number + hashes.length + 1 || parentHash !== before)
        throw mismatch(file, number, `a child of ${before} expected`)
      before = blockHash(block.header)
      hashes.push(before)
      if (number < last) continue
      if (before !== trusted) throw mismatch(file, number, `${trusted} expected, got ${before}`)
      guard.trust(header.number + 1, hashes)
      assert(guard.judge(number, before) === undefined, 'the checkpoint passes its guard')
      return
    }
  throw new VecheError(
    'CHECKPOINT_NOT_REACHED',
    `blocks up to ${last} expected, the files end at ${header.number + hashes.length}`,
    { facts: { checkpoint: last, last: header.number + hashes.length } },
  )
}
