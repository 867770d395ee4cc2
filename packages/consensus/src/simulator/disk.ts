/**
 * What survives of a node: its chain store and its write-ahead log. Writes are lost or torn in a
 * crash until their fsync is over; a disk may be full, rot, or be set back to a backup.
 */
import type { Address } from '@veche/primitives'
import type { LogRecord } from '../record.ts'
import { decodeRecord, encodeRecord, heightOfRecord } from '../record-codec.ts'
import { readRestored } from '../restore.ts'
import { violated } from './checks.ts'
import type { Random } from './random.ts'
import { type Chain, truncateChain } from './registry.ts'

export interface Disk {
  readonly chain: Chain
  /** durable */
  log: LogRecord[]
  /** written, not yet durable */
  unsynced: LogRecord[]
  isFull: boolean
  /** a checksum no longer holds: the node refuses to start */
  rotten: 'log' | 'store' | null
  /** nothing at or below is signed: the marker that a restore leaves (W6) */
  floor: number
  /** the store was restored from a backup once: the log may speak of heights above the head */
  wasSetBack: boolean
}

/** A backup: the store up to a height, and the log of that moment. */
export interface Backup {
  readonly height: number
  readonly log: readonly LogRecord[]
}

export function createDisk(chain: Chain): Disk {
  return { chain, log: [], unsynced: [], isFull: false, rotten: null, floor: 0, wasSetBack: false }
}

export function heightOfDisk(disk: Disk): number {
  return disk.chain.headers.length - 1
}

/** A crash leaves any prefix of what was written; returns what became of the rest. */
export function crashDisk(disk: Disk, random: Random): 'lost-write' | 'torn-write' | null {
  const written = disk.unsynced.length
  if (written === 0) return null
  const kept = random.between(0, written)
  // a record that was written by half fails its checksum and is cut off with what follows
  disk.log.push(...disk.unsynced.slice(0, kept))
  disk.unsynced = []
  if (kept === written) return null
  return kept === 0 ? 'lost-write' : 'torn-write'
}

/** The fsync is over: what was written is durable. */
export function syncDisk(disk: Disk): void {
  disk.log.push(...disk.unsynced)
  disk.unsynced = []
}

/**
 * Drops what the head has made useless; never signs at or below what was ever in force (W4, W5).
 */
export function rotateLog(
  disk: Disk,
  owner: { readonly chainId: number; readonly key: Address; readonly floor: number },
): void {
  const height = heightOfDisk(disk)
  const floor = Math.max(height, owner.floor)
  disk.log = [
    { kind: 'start', chainId: owner.chainId, key: owner.key, floor },
    ...disk.log.filter((record) => record.kind !== 'start' && heightOfRecord(record) > height),
  ]
}

/** The log as bytes and back, so that its codec is part of every restart; checks invariant 12. */
export function replayLog(
  disk: Disk,
  owner: { readonly chainId: number; readonly self: Address },
): LogRecord[] {
  const records = disk.log.map((record) => {
    const decoded = decodeRecord(encodeRecord(record))
    return decoded.ok ? decoded.value : violated('RECORD_UNREADABLE', decoded.reason)
  })
  const once = readRestored(records, owner)
  const twice = readRestored([...records, ...records], owner)
  for (const [height, first] of once.heights) {
    const second = twice.heights.get(height)
    if (
      second?.bodies.size !== first.bodies.size ||
      second.locks.size !== first.locks.size ||
      second.sent.size !== first.sent.size
    )
      violated('REPLAY_NOT_IDEMPOTENT', `height ${height} of ${owner.self}`)
  }
  return records
}

export function takeBackup(disk: Disk): Backup {
  return { height: heightOfDisk(disk), log: [...disk.log] }
}

/** A store of an earlier height under the log of today, or under that of the backup. */
export function restoreBackup(disk: Disk, backup: Backup, floor: number): void {
  if (backup.height < heightOfDisk(disk)) truncateChain(disk.chain, backup.height)
  disk.log = [...backup.log]
  disk.unsynced = []
  disk.floor = Math.max(disk.floor, floor)
  disk.wasSetBack = true
}
