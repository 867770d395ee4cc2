/**
 * Opens the signing half of a validator: key, write-ahead log, replay, and the machine in the state
 * it had. Refuses to sign when the clock stands behind what was signed before (consensus.md,
 * "Clock").
 */
import { createState, decodeRecord, encodeRecord, type LogRecord, stepAt } from '@veche/consensus'
import {
  blockHash,
  type Clock,
  type Signer,
  VecheError,
  type WriteAheadLog,
} from '@veche/primitives'
import { type FileLog, type FileSystem, openWriteAheadLog } from '@veche/storage'
import type { Candidates } from './candidates.ts'
import type { Chain } from './chain.ts'
import type { Logger } from './log.ts'

export interface OpenValidatorOptions {
  readonly chain: Pick<Chain, 'head' | 'parameters' | 'promisedAt' | 'validatorsAt'>
  readonly candidates: Pick<Candidates, 'hold'>
  readonly signer: Signer
  readonly logPath: string
  /** the disk unless a test gives another */
  readonly fileSystem?: FileSystem
  readonly clock: Clock
  readonly logger: Logger
}

export interface Validator {
  readonly log: FileLog
  readonly records: readonly LogRecord[]
  readonly state: ReturnType<typeof createState>
}

/** The records of a log; a first start writes its start record. Throws `LOG_RECORD_UNKNOWN`. */
async function replay(
  log: WriteAheadLog,
  start: Extract<LogRecord, { kind: 'start' }>,
): Promise<LogRecord[]> {
  if (log.replayed.length === 0) await log.append([encodeRecord(start)])
  return log.replayed.map((payload, index) => {
    const record = decodeRecord(payload)
    if (record.ok) return record.value
    throw new VecheError('LOG_RECORD_UNKNOWN', `log record ${index}: ${record.reason}`, {
      facts: { index, code: record.code },
    })
  })
}

/**
 * `CLOCK_BEHIND` when the clock is more than one step behind the head or a message signed before.
 */
function checkClock(options: OpenValidatorOptions): void {
  const { chain, clock } = options
  const { stepSeconds } = chain.parameters
  const headStep = Math.floor(chain.head().header.timestamp / stepSeconds)
  const step = stepAt(clock.nowMs(), stepSeconds)
  if (step + 1 >= headStep) return
  throw new VecheError(
    'CLOCK_BEHIND',
    `a clock at or after ${isoTime(headStep * stepSeconds)} expected, it says ${isoTime(step * stepSeconds)}`,
    { facts: { headStep, step } },
  )
}

const isoTime = (seconds: number): string => new Date(seconds * 1000).toISOString()

export async function openValidator(options: OpenValidatorOptions): Promise<Validator> {
  const { chain, candidates, signer, clock, logger } = options
  const { parameters } = chain
  checkClock(options)
  const { logPath: path, fileSystem } = options
  const log = await openWriteAheadLog({ path, ...(fileSystem === undefined ? {} : { fileSystem }) })
  const head = chain.head()
  const { number } = head.header
  const start = {
    kind: 'start',
    chainId: parameters.chainId,
    key: signer.address,
    floor: 0,
  } as const
  const records = await replay(log, start)
  for (const record of records)
    if (record.kind === 'body' && record.block.header.number > number)
      candidates.hold(blockHash(record.block.header), record.block)
  logger.info('log replayed', { records: records.length, height: number + 1 })
  const state = createState({
    parameters,
    self: signer.address,
    head: { header: head.header, hash: head.hash },
    validators: chain.validatorsAt(number + 1),
    next: chain.promisedAt(number + 2),
    nowMs: clock.nowMs(),
    restored: records,
  })
  return { log, records, state }
}
