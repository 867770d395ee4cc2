/**
 * The write-ahead log: what one vote, one block body and sixteen votes at once cost until they are
 * durable.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { type FileLog, openWriteAheadLog } from '@veche/storage'

export const name = 'storage/log'

/** about a signed vote */
const VOTE_BYTES = 180
const ROTATE_BYTES = 64 * 1024 * 1024

const path = mkdtempSync(`${tmpdir()}/veche-bench-log-`)
process.on('exit', () => rmSync(path, { recursive: true, force: true }))
let opened: Promise<FileLog> | undefined

async function append(payloads: readonly Uint8Array[]): Promise<number> {
  opened ??= openWriteAheadLog({ path })
  const log = await opened
  await log.append(payloads)
  if (log.bytes > ROTATE_BYTES) await log.rotate([])
  return payloads.length
}

/** One case for each size of append; every case ends with an fsync. */
export function cases(size: 'smoke' | 'full') {
  const body = new Uint8Array(size === 'smoke' ? 20_000 : 300_000).fill(7)
  const vote = new Uint8Array(VOTE_BYTES).fill(3)
  const votes = Array.from({ length: 16 }, () => vote)
  return [
    {
      name: `storage/log append+fsync vote=${VOTE_BYTES}B`,
      async: true,
      run: () => append([vote]),
    },
    {
      name: `storage/log append+fsync body=${body.length}B+lock+vote`,
      async: true,
      run: () => append([body, vote, vote]),
    },
    {
      name: 'storage/log append+fsync 16 votes at once',
      async: true,
      run: async () => (await Promise.all(votes.map((each) => append([each])))).length,
    },
    {
      name: 'storage/log rotate',
      async: true,
      run: async () => {
        await append([vote])
        await (await opened)?.rotate([vote])
        return 1
      },
    },
  ]
}
