/**
 * Imports blocks that were read from a file: certificate, header and execution of each are checked
 * as sync checks a peer's (invariant 13), what is there already is passed over, and everything
 * before the first bad block stays.
 */
import { blockHash, VecheError } from '@veche/primitives'
import type { Chain } from '../chain.ts'
import type { FileBlock } from './chain-reader.ts'

export interface ImportOptions {
  readonly chain: Chain
  /** named in errors */
  readonly file: string
  /** called after each block of the file */
  readonly onBlock?: (number: number) => void
  /** looked at between blocks; what was imported stays */
  readonly signal?: AbortSignal
}

export interface Imported {
  /** blocks that are new here */
  readonly imported: number
  /** blocks that were here already */
  readonly known: number
  readonly transactions: number
}

function refused(at: FileBlock, file: string, told: { code: string; reason: string }): VecheError {
  const { number } = at.block.header
  const { code, reason } = told
  const message = `${file}: block ${number} at byte ${at.offset}: ${reason}`
  return new VecheError(code, message, { facts: { file, number, offset: at.offset } })
}

function checkGenesis(at: FileBlock, chain: Chain, file: string): void {
  const expected = chain.genesisHash()
  const got = blockHash(at.block.header)
  if (got === expected) return
  const reason = `genesis ${expected} expected, got ${got}`
  throw refused(at, file, { code: 'GENESIS_MISMATCH', reason })
}

/**
 * Imports blocks in the order of the file. Throws the refusal of the first bad block, with file,
 * block number and offset: `GENESIS_MISMATCH`, `CONFLICTS_WITH_FINAL`, `PARENT_NOT_HEAD` for a gap,
 * `CERTIFICATE_INVALID`, `HEADER_INVALID`, `BLOCK_RESULT_MISMATCH` and their like.
 */
export async function importBlocks(
  blocks: AsyncIterable<FileBlock>,
  { chain, file, onBlock, signal }: ImportOptions,
): Promise<Imported> {
  const tally = { imported: 0, known: 0, transactions: 0 }
  for await (const at of blocks) {
    const { header, transactions } = at.block
    if (header.number === 0) {
      checkGenesis(at, chain, file)
      tally.known++
    } else {
      const verdict = await chain.importSealed(at.block)
      if (!verdict.ok) throw refused(at, file, verdict)
      tally[verdict.value]++
      if (verdict.value === 'imported') tally.transactions += transactions.length
    }
    onBlock?.(header.number)
    if (signal?.aborted === true) break
  }
  return tally
}
