/**
 * What a node does when the machine raises an alarm. Most are a line for the operator; those about
 * its own key bind it beyond this process, or end it (docs/spec/consensus.md W6).
 */
import { type Effect, encodeRecord, type State } from '@veche/consensus'
import { type Address, VecheError, type WriteAheadLog } from '@veche/primitives'
import type { Logger } from './log.ts'

/**
 * Alarms that say that this key may have signed elsewhere, or that this node forgot what it signed.
 */
const EMERGENCIES: ReadonlySet<string> = new Set(['KEY_USED_TWICE', 'AMNESIA'])

export interface AlarmParts {
  readonly log: Pick<WriteAheadLog, 'append'>
  readonly logger: Logger
  readonly state: State
  readonly key: Address
}

/**
 * Tells the operator. What the machine learnt of its own past is made durable, so that a restart
 * does not forget it again. Throws `KEY_USED_TWICE`: who goes on makes evidence against itself.
 */
export async function onAlarm(
  { code, reason }: Extract<Effect, { kind: 'alarm' }>,
  parts: AlarmParts,
): Promise<void> {
  const { log, logger, state, key } = parts
  const isEmergency = EMERGENCIES.has(code)
  logger.log(isEmergency ? 'error' : 'warn', 'consensus alarm', { code, reason })
  if (!isEmergency) return
  const { chainId } = state.parameters
  // while everything is forgotten the marker stands for the floor
  if (state.amnesia?.isCertain !== true)
    await log.append([encodeRecord({ kind: 'start', chainId, key, floor: state.floor })])
  if (code === 'KEY_USED_TWICE') throw keyUsedTwice(key, reason)
}

function keyUsedTwice(key: Address, reason: string): VecheError {
  return new VecheError(
    'KEY_USED_TWICE',
    `another node signs with the key ${key}: ${reason}; stop it for good, then replace the key`,
    { facts: { key } },
  )
}
