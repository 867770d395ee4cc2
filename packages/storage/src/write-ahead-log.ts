/**
 * The write-ahead log: durable, ordered, append-only (consensus.md, "Write-ahead log"; ADR 0040).
 * Appends that wait while another is being fsynced form the next group and share its fsync. The
 * first I/O error is final: every later call fails with it, and the node stops. Port:
 * `WriteAheadLog`.
 */
import { assert, VecheError, type WriteAheadLog } from '@veche/primitives'
import { type DurableFile, type FileSystem, nodeFileSystem } from './file-system.ts'
import {
  LOG_FILE_BYTES_MAX,
  LOG_GROUP_BYTES_MAX,
  LOG_GROUP_RECORDS_MAX,
  LOG_PAYLOAD_BYTES_MAX,
} from './limits.ts'
import { logDamaged, logIo } from './log-errors.ts'
import { encodeGroup, FRAME_HEADER_BYTES } from './log-format.ts'
import { scanLog } from './log-scan.ts'

const OPENING = new Uint8Array(0)

export interface LogOptions {
  /** directory of the log; created when missing. Its owner holds a lock (`openDataDirectory`). */
  readonly path: string
  /** the disk unless a test gives another */
  readonly fileSystem?: FileSystem
}

export interface FileLog extends WriteAheadLog {
  /** size of the present file: rotate when it grows */
  readonly bytes: number
  /** torn bytes cut when the log was opened; 0 after an orderly stop */
  readonly cutBytes: number
}

/** A group that has not begun to be written: waiting appends join it. */
interface Group {
  readonly payloads: Uint8Array[]
  bytes: number
  readonly done: Promise<void>
}

interface Session {
  readonly fileSystem: FileSystem
  readonly path: string
  file: DurableFile
  group: number
  bytes: number
}

function presentPath(path: string): string {
  return `${path}/consensus.log`
}

function nextPath(path: string): string {
  return `${path}/consensus.log.next`
}

/**
 * Writes a new file with its first group and gives it its name; the old file goes with the rename.
 */
async function replaceFile(
  fileSystem: FileSystem,
  path: string,
  group: Uint8Array,
): Promise<DurableFile> {
  const file = await fileSystem.create(nextPath(path))
  try {
    await file.append(group)
    await file.sync()
    await fileSystem.rename(nextPath(path), presentPath(path))
    await fileSystem.syncDirectory(path)
  } catch (error) {
    await file.close()
    throw error
  }
  return file
}

interface Opened {
  readonly session: Session
  readonly replayed: readonly Uint8Array[]
  readonly cutBytes: number
}

async function readPresent(fileSystem: FileSystem, path: string) {
  const log = await fileSystem.read(presentPath(path))
  if (log === undefined) return { payloads: [], group: 0, cutBytes: 0 }
  if (log.length > LOG_FILE_BYTES_MAX)
    throw logDamaged(presentPath(path), LOG_FILE_BYTES_MAX, 'the file is larger than any log')
  const scan = scanLog(log)
  if ('damage' in scan) throw logDamaged(presentPath(path), scan.at, scan.damage)
  return { ...scan, cutBytes: log.length - scan.validBytes }
}

/**
 * Reads the present file and begins a new one with its records. Fsyncing the file that was read is
 * not enough: after an fsync that failed, Linux takes pages for clean that never reached the disk.
 */
async function openSession(fileSystem: FileSystem, path: string): Promise<Opened> {
  await fileSystem.makeDirectory(path)
  // a rotation that crashed before its rename: none of it was acknowledged
  await fileSystem.remove(nextPath(path))
  const { payloads, group, cutBytes } = await readPresent(fileSystem, path)
  const bytes = encodeGroup(group + 1, [OPENING, ...payloads])
  const file = await replaceFile(fileSystem, path, bytes)
  const session = { fileSystem, path, file, group: group + 1, bytes: bytes.length }
  return { session, replayed: payloads, cutBytes }
}

/**
 * Opens the log in directory `path`, or creates it. Throws `LOG_DAMAGED` when something
 * acknowledged may be lost, `LOG_IO` when the disk fails. Only one process may have it open
 * (`openDataDirectory`).
 */
export async function openWriteAheadLog(options: LogOptions): Promise<FileLog> {
  const { path, fileSystem = nodeFileSystem } = options
  try {
    const { session, replayed, cutBytes } = await openSession(fileSystem, path)
    return createFileLog(session, replayed, cutBytes)
  } catch (error) {
    throw logIo(path, 'open', error)
  }
}

function checkPayloads(payloads: readonly Uint8Array[]): number {
  assert(payloads.length < LOG_GROUP_RECORDS_MAX, `too many records: ${payloads.length}`)
  let bytes = 0
  for (const payload of payloads) {
    assert(
      payload.length > 0 && payload.length <= LOG_PAYLOAD_BYTES_MAX,
      `payload of 1 to ${LOG_PAYLOAD_BYTES_MAX} bytes expected, got ${payload.length}`,
    )
    bytes += FRAME_HEADER_BYTES + payload.length
  }
  return bytes
}

async function appendGroup(session: Session, payloads: readonly Uint8Array[]): Promise<void> {
  const bytes = encodeGroup(session.group + 1, payloads)
  if (session.bytes + bytes.length > LOG_FILE_BYTES_MAX)
    throw new VecheError(
      'LOG_FULL',
      `${session.path}: at most ${LOG_FILE_BYTES_MAX} bytes expected; keep a copy and report it: ` +
        'nothing was decided for very long, and the log could not be written anew',
    )
  await session.file.append(bytes)
  await session.file.sync()
  session.group++
  session.bytes += bytes.length
}

async function rotateFile(session: Session, first: readonly Uint8Array[]): Promise<void> {
  const bytes = encodeGroup(session.group + 1, [OPENING, ...first])
  const file = await replaceFile(session.fileSystem, session.path, bytes)
  const old = session.file
  session.file = file
  session.group++
  session.bytes = bytes.length
  await old.close()
}

function createFileLog(
  session: Session,
  replayed: readonly Uint8Array[],
  cutBytes: number,
): FileLog {
  let next: Group | undefined
  let failure: VecheError | undefined
  let closed = false
  /** the operation under way and everything queued behind it; never rejects */
  let tail: Promise<void> = Promise.resolve()

  /** Runs one operation after all earlier ones; its failure is final for the log. */
  function enqueue(action: string, run: () => Promise<void>): Promise<void> {
    const done = tail.then(async () => {
      if (failure !== undefined) throw failure
      try {
        await run()
      } catch (error) {
        failure = logIo(session.path, action, error)
        throw failure
      }
    })
    tail = done.catch(() => undefined)
    return done
  }
  function beginGroup(payloads: readonly Uint8Array[], bytes: number): Group {
    const own = [...payloads]
    const done = enqueue('append', () => {
      if (next === group) next = undefined
      return appendGroup(session, own)
    })
    const group: Group = { payloads: own, bytes, done }
    return group
  }
  return {
    replayed,
    cutBytes,
    get bytes() {
      return session.bytes
    },
    append(payloads) {
      assert(!closed, 'a closed log takes no record')
      const bytes = checkPayloads(payloads)
      if (payloads.length === 0) return Promise.resolve()
      if (next === undefined || !fitsGroup(next, payloads, bytes))
        next = beginGroup(payloads, bytes)
      else {
        for (const payload of payloads) next.payloads.push(payload)
        next.bytes += bytes
      }
      return next.done
    },
    rotate(first) {
      assert(!closed, 'a closed log does not rotate')
      checkPayloads(first)
      const copy = [...first]
      next = undefined
      return enqueue('rotate', () => rotateFile(session, copy))
    },
    async close() {
      if (closed) return
      closed = true
      await tail
      try {
        await session.file.close()
      } catch (error) {
        throw logIo(session.path, 'close', error)
      }
    },
  }
}

function fitsGroup(group: Group, payloads: readonly Uint8Array[], bytes: number): boolean {
  return (
    group.bytes + bytes <= LOG_GROUP_BYTES_MAX &&
    group.payloads.length + payloads.length < LOG_GROUP_RECORDS_MAX
  )
}
