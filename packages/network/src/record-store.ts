/**
 * The address records a node knows: the newest of each peer, bounded. Records of validators in the
 * present set are kept first; of the rest the one that came longest ago goes.
 */
import type { Address } from '@veche/primitives'
import { RECORDS_MAX, RECORDS_PER_VALIDATOR_MAX } from './limits.ts'
import type { SignedRecord } from './record.ts'

export interface RecordStore {
  /** true when it is news: an unknown peer, or a later record of a known one */
  add(record: SignedRecord): boolean
  get(peerId: string): SignedRecord | undefined
  all(): readonly SignedRecord[]
  /** records whose key is in the present set */
  ofValidators(): readonly SignedRecord[]
  setValidators(validators: ReadonlySet<Address>): void
}

/** Creates an empty store. `max` bounds the records outside the validator set. */
export function createRecordStore(max: number = RECORDS_MAX): RecordStore {
  const records = new Map<string, SignedRecord>()
  let present: ReadonlySet<Address> = new Set()

  const isPresent = (record: SignedRecord): boolean =>
    record.validator !== undefined && present.has(record.validator)

  /** a node that moved leaves records behind: only the newest few of one key stay */
  const trimKey = (validator: Address): void => {
    const same = [...records.values()].filter((record) => record.validator === validator)
    same.sort((a, b) => b.seq - a.seq)
    for (const record of same.slice(RECORDS_PER_VALIDATOR_MAX)) records.delete(record.peerId)
  }

  const trimOthers = (): void => {
    let others = 0
    for (const record of records.values()) if (!isPresent(record)) others++
    for (const record of records.values()) {
      if (others <= max) return
      if (isPresent(record)) continue
      records.delete(record.peerId)
      others--
    }
  }

  return {
    add(record) {
      if (record.seq <= (records.get(record.peerId)?.seq ?? -1)) return false
      records.delete(record.peerId)
      records.set(record.peerId, record)
      if (record.validator !== undefined) trimKey(record.validator)
      trimOthers()
      return records.has(record.peerId)
    },
    get: (peerId) => records.get(peerId),
    all: () => [...records.values()],
    ofValidators: () => [...records.values()].filter(isPresent),
    setValidators(validators) {
      present = validators
      trimOthers()
    },
  }
}
