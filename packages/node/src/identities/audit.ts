/** The observer's check: every event of the register replayed, every record compared. */
import { type IdentityRecord, identityRegistry } from '@veche/contracts'
import { IDENTITY_REGISTRY } from '../act/contracts.ts'
import { readLogs } from '../load/logs.ts'
import { readBlockTimes } from '../points/audit.ts'
import { readHead } from '../roles/ask.ts'
import { readIdentity } from './read.ts'
import { type IdentityEvent, replayIdentities } from './reference-identities.ts'

export interface IdentityAudit {
  readonly height: number
  readonly identities: number
  readonly events: number
  /** operations by name */
  readonly counts: Readonly<Record<string, number>>
  /** what does not fit, in words */
  readonly differences: readonly string[]
}

/** Every event of the register up to a height, with the time of its block. */
async function readEvents(rpcUrl: string, height: number): Promise<IdentityEvent[]> {
  const logs = await readLogs(rpcUrl, IDENTITY_REGISTRY.address, { from: 0, to: height })
  const heights = logs.map(({ blockNumber }) => blockNumber)
  const times = await readBlockTimes(rpcUrl, heights)
  return logs.flatMap((log) => {
    const event = identityRegistry.decodeLog(log)
    if (!event.ok) return []
    const { blockNumber } = log
    return [{ event: event.value, blockNumber, timeSeconds: times.get(blockNumber) ?? 0 }]
  })
}

/** Fields in which a record is not what its events add up to. */
function differing(told: IdentityRecord, held: IdentityRecord): string[] {
  const fields = Object.keys(told) as (keyof IdentityRecord)[]
  return fields
    .filter((field) => told[field] !== held[field])
    .map((field) => `${field} ${told[field]} expected, got ${held[field]}`)
}

/** Throws only when the server does not answer. */
export async function auditIdentities(rpcUrl: string): Promise<IdentityAudit> {
  const { number: height } = await readHead(rpcUrl)
  const events = await readEvents(rpcUrl, height)
  const { records, counts, differences } = replayIdentities(events)
  const found = [...differences]
  for (const [idC, told] of records)
    for (const text of differing(told, await readIdentity(rpcUrl, idC)))
      found.push(`${idC}: ${text}`)
  return {
    ...{ height, identities: records.size, events: events.length, counts },
    differences: found,
  }
}
