/**
 * The reference on the fold of a season: every application, withdrawal, verdict, appeal, decision
 * and tier in one hash, to which the seed is bound. Written again from what the events say, so that
 * a season cannot draw over another list than the one it told.
 */
import {
  bytesToHex,
  type Hash,
  hexToBytes,
  keccak256,
  utf8ToBytes,
  ZERO_HASH,
} from '@veche/primitives'
import { encodeAbiParameters } from 'viem/utils'
import { expect, type Replay } from './reference-state.ts'
import type { SeasonLogEntry } from './season-events.ts'

/** What kind of operation, as IFairSeason numbers them. */
const KINDS = { apply: 1, withdraw: 2, verdict: 3, appeal: 4, decision: 5, tier: 6 } as const

const APPLICATION_TYPE = bytesToHex(
  keccak256(
    utf8ToBytes(
      'Application(bytes32 person,address applicant,uint8 category,uint128 preferences,bytes32 contentC,uint40 deadline)',
    ),
  ),
) as Hash

const hashOf = (types: readonly string[], values: readonly unknown[]): Hash =>
  bytesToHex(
    keccak256(
      hexToBytes(
        encodeAbiParameters(
          types.map((type) => ({ type })),
          values,
        ),
      ),
    ),
  ) as Hash

const wordOf = (value: number | bigint | boolean): Hash =>
  `0x${BigInt(value).toString(16).padStart(64, '0')}`

const APPLICATION = ['bytes32', 'bytes32', 'address', 'uint8', 'uint128', 'bytes32', 'uint40']

/** The operation that an event tells of; undefined when the fold does not hold it. */
function operationOf(entry: SeasonLogEntry): readonly [number, number, Hash] | undefined {
  switch (entry.name) {
    case 'Applied': {
      const { id, person, applicant, category, preferences, contentC, deadline } = entry.args
      const values = [
        APPLICATION_TYPE,
        person,
        applicant,
        category,
        preferences,
        contentC,
        deadline,
      ]
      return [KINDS.apply, id, hashOf(APPLICATION, values)]
    }
    case 'Withdrawn':
      return [KINDS.withdraw, entry.args.id, ZERO_HASH]
    case 'Reviewed':
      return [KINDS.verdict, entry.args.id, wordOf(entry.args.code)]
    case 'Appealed':
      return [KINDS.appeal, entry.args.id, entry.args.grounds as Hash]
    case 'AppealDecided':
      return [KINDS.decision, entry.args.id, wordOf(entry.args.upheld)]
    case 'TierChanged':
      return [KINDS.tier, entry.args.id, wordOf(entry.args.tier)]
    default:
      return undefined
  }
}

/** Folds an event, and compares where the season says its fold: at the close and at the freeze. */
export function foldEntry(replay: Replay, entry: SeasonLogEntry): void {
  const operation = operationOf(entry)
  if (operation !== undefined)
    replay.fold = hashOf(['bytes32', 'uint256', 'uint256', 'bytes32'], [replay.fold, ...operation])
  if (entry.name !== 'Closed' && entry.name !== 'Frozen') return
  const said = entry.name === 'Closed' ? entry.args.head : entry.args.root
  const text = `fold ${replay.fold} of the operations in the log expected, the season says ${said}`
  expect(replay, said === replay.fold, { about: 'freeze', text })
}
