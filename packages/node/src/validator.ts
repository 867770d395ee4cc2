/**
 * Opens the signing half of a validator: key, write-ahead log, replay, and the machine in the state
 * it had. Refuses to sign when the clock stands behind what was signed before (consensus.md,
 * "Clock"), and knows when the log is not all that was signed (rule 6).
 */
import {
  createSchedule,
  createState,
  decodeRecord,
  encodeRecord,
  isOlderThanLog,
  type LogRecord,
  roundStart,
  stepAt,
} from '@veche/consensus'
import {
  blockHash,
  type Clock,
  type Signer,
  VecheError,
  type WriteAheadLog,
} from '@veche/primitives'
import { type FileLog, type FileSystem, nodeFileSystem, openWriteAheadLog } from '@veche/storage'
import { type AmnesiaMarker, clearAmnesia, markAmnesia, readAmnesia } from './amnesia-marker.ts'
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
  /** the machine's amnesia is over: makes durable that nothing at or below `floor` is signed */
  readonly onRemembered: (floor: number) => Promise<void>
  /** the machine found that the past is lost: makes that durable, so that a restart knows it */
  readonly onForgotten: () => Promise<void>
}

type Start = Extract<LogRecord, { kind: 'start' }>

function startRecord({ chain, signer }: OpenValidatorOptions, floor: number): Start {
  return { kind: 'start', chainId: chain.parameters.chainId, key: signer.address, floor }
}

function recordUnknown(index: number, reason: string): VecheError {
  const cure = 'start the version that wrote the log; never delete the log of a validator'
  const facts = { index }
  return new VecheError('LOG_RECORD_UNKNOWN', `log record ${index}: ${reason}: ${cure}`, { facts })
}

/** The records of the log; the first says whose it is (W5). */
function decodeLog(log: WriteAheadLog): LogRecord[] {
  const records = log.replayed.map((payload, index) => {
    const record = decodeRecord(payload)
    if (record.ok) return record.value
    throw recordUnknown(index, record.reason)
  })
  const [first] = records
  if (first !== undefined && first.kind !== 'start')
    throw recordUnknown(0, `start expected, got ${first.kind}`)
  return records
}

interface Memory {
  readonly records: readonly LogRecord[]
  /** what stands beside the log; undefined when it is all that this key signed */
  readonly marker: AmnesiaMarker | undefined
}

/** Whether a validator without a log may have signed: it was a member before the present height. */
function forgetful({ chain, signer }: OpenValidatorOptions): 'certain' | 'possible' | undefined {
  const { number } = chain.head().header
  if (number === 0) return 'possible'
  return chain.validatorsAt(number).includes(signer.address) ? 'certain' : undefined
}

/** Whether the head is a block of this key's time that is older than a log begun at `logStep`. */
function isGivenAway({ chain, signer }: OpenValidatorOptions, logStep: number): boolean {
  const { header } = chain.head()
  const members = chain.validatorsAt(header.number)
  if (header.number === 0 || !members.includes(signer.address)) return false
  return isOlderThanLog(chain.parameters, header, { n: members.length, logStep })
}

/** The marker that is due, given the one that was found: the same, a new one, or a surer one. */
function markerDue(
  options: OpenValidatorOptions,
  found: AmnesiaMarker | undefined,
  isNew: boolean,
): AmnesiaMarker | undefined {
  if (found?.amnesia === 'certain' || found?.signAbove !== undefined) return found
  if (isNew) {
    const amnesia = forgetful(options) ?? found?.amnesia
    const logStep = stepAt(options.clock.nowMs(), options.chain.parameters.stepSeconds)
    if (amnesia === undefined) return undefined
    return amnesia === 'certain' ? { amnesia } : { amnesia, logStep }
  }
  // the process ended between that block and the machine's word about it
  if (found?.logStep !== undefined && isGivenAway(options, found.logStep))
    return { amnesia: 'certain' }
  return found
}

/**
 * What the log says, and whether that is all. A first start writes its start record, and before it
 * the marker when something may have been forgotten. Throws `LOG_RECORD_UNKNOWN`.
 */
async function remember(options: OpenValidatorOptions, log: FileLog): Promise<Memory> {
  const { logPath, fileSystem = nodeFileSystem } = options
  const found = await readAmnesia(fileSystem, logPath)
  const isNew = log.replayed.length === 0
  const marker = markerDue(options, found, isNew)
  if (marker !== undefined && marker !== found) await markAmnesia(fileSystem, logPath, marker)
  const records = decodeLog(log)
  const above = marker?.signAbove
  if (isNew || above !== undefined) {
    const start = startRecord(options, above ?? 0)
    await log.append([encodeRecord(start)])
    records.push(start)
  }
  if (above === undefined) return { records, marker }
  await clearAmnesia(fileSystem, logPath)
  options.logger.warn('amnesia ended by the operator', { signAbove: above })
  return { records, marker: undefined }
}

/** The latest step that a message in the log was signed for, as far as the log itself can tell. */
function lastStep({ chain }: OpenValidatorOptions, records: readonly LogRecord[]): number {
  const { stepSeconds } = chain.parameters
  const { header } = chain.head()
  const height = header.number + 1
  const schedule = createSchedule(chain.parameters, chain.validatorsAt(height).length)
  let last = 0
  for (const record of records) {
    if (record.kind === 'body')
      last = Math.max(last, Math.floor(record.block.header.timestamp / stepSeconds))
    // of greater heights the start is not known here; their bodies tell
    if (record.kind !== 'sent' || record.message.height !== height) continue
    const parentStep = Math.floor(header.timestamp / stepSeconds)
    last = Math.max(last, roundStart(schedule, parentStep, record.message.round))
  }
  return last
}

function clockBehind(
  expectedStep: number,
  step: number,
  options: OpenValidatorOptions,
): VecheError {
  const { stepSeconds } = options.chain.parameters
  const at = (each: number): string => isoTime(each * stepSeconds)
  return new VecheError(
    'CLOCK_BEHIND',
    `a clock at or after ${at(expectedStep)} expected, it says ${at(step)}: set it (NTP) and start again`,
    { facts: { expectedStep, step } },
  )
}

/**
 * `CLOCK_BEHIND` when the clock is more than one step behind the head, or further behind a message
 * signed before than a jump of f+1 can have led ahead (R3).
 */
function checkClock(options: OpenValidatorOptions, records: readonly LogRecord[]): void {
  const { chain, clock } = options
  const { stepSeconds } = chain.parameters
  const { header } = chain.head()
  const headStep = Math.floor(header.timestamp / stepSeconds)
  const step = stepAt(clock.nowMs(), stepSeconds)
  if (step + 1 < headStep) throw clockBehind(headStep, step, options)
  const signed = lastStep(options, records)
  const ahead = chain.validatorsAt(header.number + 1).length
  if (step + ahead < signed) throw clockBehind(signed - ahead, step, options)
}

const isoTime = (seconds: number): string => new Date(seconds * 1000).toISOString()

/**
 * Throws `CLOCK_BEHIND`, `LOG_DAMAGED`, `LOG_IO`, `LOG_RECORD_UNKNOWN`, `LOG_OF_ANOTHER_KEY`,
 * `LOG_OF_ANOTHER_CHAIN` or `AMNESIA_MARKER_MALFORMED`; the log is closed again then.
 */
export async function openValidator(options: OpenValidatorOptions): Promise<Validator> {
  checkClock(options, [])
  const { logPath: path, fileSystem = nodeFileSystem } = options
  const log = await openWriteAheadLog({ path, fileSystem })
  try {
    return await openMachine(options, log)
  } catch (error) {
    await log.close()
    throw error
  }
}

async function openMachine(options: OpenValidatorOptions, log: FileLog): Promise<Validator> {
  const { chain, candidates, signer, clock, logger, logPath } = options
  const { records, marker } = await remember(options, log)
  const { amnesia, logStep } = marker ?? {}
  checkClock(options, records)
  const head = chain.head()
  const { number } = head.header
  for (const record of records)
    if (record.kind === 'body' && record.block.header.number > number)
      candidates.hold(blockHash(record.block.header), record.block)
  const facts = { records: records.length, height: number + 1 }
  logger.info('log replayed', { ...facts, ...(amnesia === undefined ? {} : { amnesia }) })
  const state = createState({
    parameters: chain.parameters,
    self: signer.address,
    head: { header: head.header, hash: head.hash },
    validators: chain.validatorsAt(number + 1),
    next: chain.promisedAt(number + 2),
    nowMs: clock.nowMs(),
    restored: records,
    ...(amnesia === undefined ? {} : { amnesia }),
    ...(logStep === undefined ? {} : { logStep }),
  })
  const { fileSystem = nodeFileSystem } = options
  const onRemembered = async (floor: number): Promise<void> => {
    await log.append([encodeRecord(startRecord(options, floor))])
    await clearAmnesia(fileSystem, logPath)
  }
  const onForgotten = (): Promise<void> => markAmnesia(fileSystem, logPath, { amnesia: 'certain' })
  return { log, records, state, onRemembered, onForgotten }
}
