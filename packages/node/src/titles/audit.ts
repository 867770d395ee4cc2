/**
 * The observer's replay of the whole register: every title's events folded to a head, compared with
 * what the contract holds; shares weighed; what a transfer must have had looked at again.
 */
import { foldTitle, type TitleStory, titleOfEvent } from '@veche/contracts'
import type { Hash } from '@veche/primitives'
import { type PlacedEvent, readTitle, readTitleEvents, TITLE_STATUSES } from './read.ts'

export interface TitleAudit {
  readonly titles: number
  readonly events: number
  /** by name */
  readonly counts: Readonly<Record<string, number>>
  /** units of ownership in live titles */
  readonly liveShares: number
  /** what does not fit, in words */
  readonly differences: readonly string[]
}

function replay(events: readonly PlacedEvent[], differences: string[]): Map<Hash, TitleStory> {
  const stories = new Map<Hash, TitleStory>()
  for (const { event, blockNumber } of events) {
    const id = titleOfEvent(event)
    if (id === undefined) continue
    const before = stories.get(id)
    if (event.name === 'Transferred' && event.args.oldOwnerC !== before?.ownerC)
      differences.push(`block ${blockNumber}: ${id} is transferred from another owner`)
    const after = foldTitle(before, event)
    if (after.ok) stories.set(id, after.value)
    else differences.push(`block ${blockNumber}: ${id}: ${after.reason}`)
  }
  return stories
}

/** Throws only when the server does not answer. */
export async function auditTitles(rpcUrl: string): Promise<TitleAudit> {
  const differences: string[] = []
  const events = await readTitleEvents(rpcUrl)
  const stories = replay(events, differences)
  let liveShares = 0
  for (const [id, story] of stories) {
    const title = await readTitle(rpcUrl, id)
    const status = TITLE_STATUSES[title.status]
    if (title.head !== story.head) differences.push(`${id}: head ${story.head}, got ${title.head}`)
    if (title.ownerC !== story.ownerC) differences.push(`${id}: another owner than its events tell`)
    if (title.liens !== story.liens.length)
      differences.push(`${id}: ${story.liens.length} liens, got ${title.liens}`)
    if (status !== story.status) differences.push(`${id}: ${story.status}, got ${status}`)
    if (story.status === 'active') liveShares += story.share
  }
  const groups = Map.groupBy(events, ({ event }) => event.name)
  const counts = Object.fromEntries([...groups].map(([name, list]) => [name, list.length]))
  return { titles: stories.size, events: events.length, counts, liveShares, differences }
}
