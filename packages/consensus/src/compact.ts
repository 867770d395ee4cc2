/**
 * A log that grows while nothing is decided: a week of rounds may leave gigabytes of own proposals
 * that nobody locked. On demand the machine says what a new file must begin with so that a restart
 * from it is as bound as one from the old file (docs/spec/consensus.md W7, ADR 0025).
 */
import type { Block, Hash } from '@veche/primitives'
import type { LogRecord } from './record.ts'
import { heldCandidate, type State, type Turn } from './state.ts'
import { polkaOf } from './votes.ts'

/** values that a restart may need: the lock, the valid value, and what was proposed lately */
function neededBodies(state: State): Map<Hash, Block> {
  const height = state.current
  const restored = state.restored.heights.get(height.height)?.bodies
  const wanted = [height.locked?.hash, height.valid?.hash]
  for (const message of height.sent.values())
    if (message.kind === 'proposal' && message.round >= height.round - 1) wanted.push(message.hash)
  const bodies = new Map<Hash, Block>()
  for (const hash of wanted) {
    if (hash === undefined) continue
    const block = heldCandidate(height, hash)?.block ?? restored?.get(hash)
    if (block !== undefined) bodies.set(hash, block)
  }
  return bodies
}

/**
 * Own messages older than two rotations of rounds are gone: no such round is entered again (R5).
 */
function lockRecords(state: State): LogRecord[] {
  const { current } = state
  const { locked, forgotten, height } = current
  const records: LogRecord[] = []
  if (forgotten >= 0) records.push({ kind: 'forgotten', height, round: forgotten })
  const polka = locked === null ? null : polkaOf(current, locked.round)
  if (polka !== null) records.push({ kind: 'lock', polka })
  return records
}

/** The log has grown: names what a new file begins with. Silent while a decision is committed. */
export function onLogFull(turn: Turn): void {
  const { state, effects } = turn
  const { parameters, self, current } = state
  if (self === null || current.decided !== null || state.amnesia?.isCertain === true) return
  const bodies = neededBodies(state)
  const start = {
    kind: 'start',
    ...{ chainId: parameters.chainId, key: self },
    floor: Math.max(state.floor, current.height - 1),
  } as const
  const sent = [...current.sent.values()].map((message) => ({ kind: 'sent', message }) as const)
  const blocks = [...bodies.values()].map((block) => ({ kind: 'body', block }) as const)
  effects.push({ kind: 'compact', records: [start, ...blocks, ...lockRecords(state), ...sent] })
  // a value that is locked later is written again
  current.logged.clear()
  for (const hash of bodies.keys()) current.logged.add(hash)
}
