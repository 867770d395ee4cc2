/** Reads of the register through JSON-RPC: a title, its liens, its events, the whole register's. */
import {
  accepted,
  foldTitle,
  propertyId,
  TITLE_REGISTRY_ADDRESS,
  type TitleEvent,
  type TitleStory,
  titleOfEvent,
  titleRegistry,
} from '@veche/contracts'
import { type Hash, isHash, VecheError } from '@veche/primitives'
import { readContract } from '../act/act.ts'
import { TITLE_REGISTRY } from '../act/contracts.ts'
import { callRpc } from '../json-rpc.ts'
import { readLogs } from '../load/logs.ts'

/** Names of ITitleTypes.Status. */
export const TITLE_STATUSES = ['none', 'active', 'split', 'merged', 'demolished'] as const

/** A property by its id, or by its cadastral number. */
export function propertyFrom(text: string): Hash {
  return isHash(text) ? (text.toLowerCase() as Hash) : propertyId(text)
}

/** An event and the block that holds it. */
export interface PlacedEvent {
  readonly event: TitleEvent
  readonly blockNumber: number
  readonly transactionHash: Hash
}

/** The record of a title; all zero when untouched. */
export async function readTitle(rpcUrl: string, id: Hash) {
  const data = titleRegistry.encode.titleOf(id)
  const answer = await readContract(rpcUrl, { contract: TITLE_REGISTRY, data })
  return accepted(titleRegistry.decode.titleOf(answer))
}

/** The live liens of a title. */
export async function readLiens(rpcUrl: string, id: Hash) {
  const data = titleRegistry.encode.liensOf(id)
  const answer = await readContract(rpcUrl, { contract: TITLE_REGISTRY, data })
  return accepted(titleRegistry.decode.liensOf(answer))
}

/** The correction that waits for a title; readyAt zero for none. */
export async function readCorrection(rpcUrl: string, id: Hash) {
  const data = titleRegistry.encode.correctionOf(id)
  const answer = await readContract(rpcUrl, { contract: TITLE_REGISTRY, data })
  return accepted(titleRegistry.decode.correctionOf(answer))
}

/** Every event of the register, oldest first. */
export async function readTitleEvents(rpcUrl: string): Promise<readonly PlacedEvent[]> {
  const to = Number(await callRpc(rpcUrl, 'eth_blockNumber', []))
  const logs = await readLogs(rpcUrl, TITLE_REGISTRY_ADDRESS, { from: 0, to })
  return logs.flatMap(({ blockNumber, transactionHash, ...log }) => {
    const event = titleRegistry.decodeLog(log)
    return event.ok ? [{ event: event.value, blockNumber, transactionHash }] : []
  })
}

/** The events of one title. */
export async function readHistory(rpcUrl: string, id: Hash): Promise<readonly PlacedEvent[]> {
  return (await readTitleEvents(rpcUrl)).filter(({ event }) => titleOfEvent(event) === id)
}

/** The fold of a history. Throws `TITLE_HISTORY_BROKEN` when something is left out or added. */
export function foldHistory(events: readonly PlacedEvent[]): TitleStory | undefined {
  let story: TitleStory | undefined
  for (const { event } of events) {
    const next = foldTitle(story, event)
    if (!next.ok) throw new VecheError(next.code, next.reason)
    story = next.value
  }
  return story
}
