/**
 * The simulated network: loss, delay, duplicates, reordering, clogged links, cuts that may be
 * one-way. A link is an ordered pair of nodes.
 */
import type { Profile } from './profiles.ts'
import type { EventQueue } from './queue.ts'
import type { Random } from './random.ts'

export type Link = readonly [from: number, to: number]

export interface Links {
  /** whether a message may go from node to node now */
  isOpen(from: number, to: number): boolean
  /** schedules a delivery, or loses it */
  send(from: number, to: number, deliver: () => void): void
  /** cuts links until the function returned is called, or {@link heal} */
  cut(links: readonly Link[]): () => void
  /** what is sent on these links waits until this simulated time, and then comes at once */
  clog(links: readonly Link[], untilMs: number): void
  /** opens every link, ends loss and slowness; what is clogged comes now */
  heal(): void
  /** ends the cleanness of {@link heal} */
  spoil(): void
  readonly delivered: number
}

export interface LinksOptions {
  readonly queue: EventQueue
  readonly random: Random
  readonly profile: Profile
  readonly nodes: number
  /** counts a fault by kind */
  readonly count: (fault: string) => void
}

interface Wires {
  /** cuts in force per link */
  readonly cuts: Uint16Array
  readonly clogged: Map<number, (() => void)[]>
  /** when the last message of a link arrives: an earlier one overtakes it */
  readonly lastMs: Float64Array
  clean: boolean
  delivered: number
  /** cuts and clogs of an earlier phase end with it */
  phase: number
}

function createPost(options: LinksOptions, wires: Wires): (link: number, run: () => void) => void {
  const { queue, random, profile, count } = options
  const delay = (): number => {
    const [low, high] = profile.delayMs
    if (wires.clean || !random.chance(profile.slow)) return random.between(low, high)
    count('delay')
    return random.between(low, high) + random.between(0, profile.slowMs)
  }
  return (link, run) => {
    const atMs = queue.nowMs() + delay()
    if (!wires.clean && atMs < (wires.lastMs[link] as number)) count('reorder')
    wires.lastMs[link] = Math.max(atMs, wires.lastMs[link] as number)
    queue.at(atMs, () => {
      if (wires.cuts[link] !== 0) return
      wires.delivered++
      run()
    })
  }
}

/** Links between all pairs of nodes, open and faulty as the profile says. */
export function createLinks(options: LinksOptions): Links {
  const { queue, random, profile, nodes, count } = options
  const pairs = nodes * nodes
  const wires: Wires = {
    cuts: new Uint16Array(pairs),
    clogged: new Map(),
    lastMs: new Float64Array(pairs),
    clean: false,
    delivered: 0,
    phase: 0,
  }
  const at = (from: number, to: number): number => from * nodes + to
  const post = createPost(options, wires)
  const release = (link: number): void => {
    const waiting = wires.clogged.get(link) ?? []
    wires.clogged.delete(link)
    for (const run of waiting) post(link, run)
  }
  const change = (links: readonly Link[], by: number): void => {
    for (const [from, to] of links) (wires.cuts[at(from, to)] as number) += by
  }
  return {
    isOpen: (from, to) => wires.cuts[at(from, to)] === 0,
    send(from, to, deliver) {
      const link = at(from, to)
      if (wires.cuts[link] !== 0) return
      if (!wires.clean && random.chance(profile.loss)) return count('loss')
      const clogged = wires.clogged.get(link)
      if (clogged !== undefined) {
        clogged.push(deliver)
        return
      }
      post(link, deliver)
      if (wires.clean || !random.chance(profile.duplicate)) return
      count('duplicate')
      post(link, deliver)
    },
    cut(links) {
      const { phase } = wires
      change(links, 1)
      let ended = false
      return () => {
        if (!ended && phase === wires.phase) change(links, -1)
        ended = true
      }
    },
    clog(links, untilMs) {
      const { phase } = wires
      const mine = links
        .map(([from, to]) => at(from, to))
        .filter((link) => !wires.clogged.has(link))
      for (const link of mine) wires.clogged.set(link, [])
      queue.at(untilMs, () => {
        if (phase === wires.phase) for (const link of mine) release(link)
      })
    },
    heal() {
      wires.phase++
      wires.cuts.fill(0)
      wires.clean = true
      for (const link of [...wires.clogged.keys()]) release(link)
    },
    spoil() {
      wires.clean = false
    },
    get delivered() {
      return wires.delivered
    },
  }
}
