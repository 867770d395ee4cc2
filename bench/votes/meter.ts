/**
 * What one validator of the vote bench notes while heights pass: when a proposal came, when its own
 * votes left, when the certificate was complete, and what all that cost the process.
 */
import { decodeMessage } from '@veche/consensus'
import type { Counts, HeightSample, Measured, Window } from './protocol.ts'
import { type Shares, sharesOf, startProfile } from './shares.ts'

const KINDS = ['none', 'proposal', 'prevote', 'precommit', 'status', 'polka', 'evidence'] as const
export type Kind = (typeof KINDS)[number]

/** The kind of an encoded message: the item behind the list's header. */
export function kindOf(message: Uint8Array): Kind {
  const first = message[0] ?? 0
  const at = first > 0xf7 ? first - 0xf7 + 1 : 1
  return KINDS[message[at] ?? 0] ?? 'none'
}

interface Passing {
  readonly height: number
  readonly round: number
  readonly startMs: number
  prevoteMs?: number
  precommitMs?: number
}

export interface Meter {
  onReceived(message: Uint8Array): void
  onBroadcast(message: Uint8Array): void
  onAppended(ms: number): void
  /** the node took a block that a peer sealed */
  onImported(): void
  onCertificate(height: number): void
  /** resolves when the last height of the window is certified here */
  measure(window: Window): Promise<Measured>
}

interface Measuring {
  readonly window: Window
  readonly samples: HeightSample[]
  readonly counts: Counts
  readonly logMs: number[]
  imported: number
  startedMs: number
  startedCpu: NodeJS.CpuUsage
  stopProfile?: Promise<Awaited<ReturnType<typeof startProfile>>>
  readonly done: () => void
}

const seconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6

async function result(measuring: Measuring): Promise<Measured> {
  const { samples, counts, logMs, imported, startedMs, startedCpu, stopProfile } = measuring
  const spent = (performance.now() - startedMs) / 1000
  const cpuSeconds = seconds(process.cpuUsage(startedCpu))
  const profile = await (await stopProfile)?.()
  const shares: { shares: Shares } | undefined =
    profile === undefined ? undefined : { shares: sharesOf(profile) }
  const peakRssMiB = process.resourceUsage().maxRSS / 1024
  const base = { samples, imported, cpuSeconds, seconds: spent, received: counts, logMs }
  return { ...base, peakRssMiB, ...shares }
}

/** A meter of a validator at height 1. */
export function createMeter(): Meter {
  let passing: Passing | undefined
  let measuring: Measuring | undefined
  /** height in work */
  let present = 1

  const begin = (): void => {
    if (measuring === undefined || present !== measuring.window.first) return
    measuring.startedMs = performance.now()
    measuring.startedCpu = process.cpuUsage()
  }
  const isInside = (): boolean =>
    measuring !== undefined && present >= measuring.window.first && present < measuring.window.last
  const count = (kind: Kind, bytes: number): void => {
    if (measuring === undefined || !isInside()) return
    const { counts } = measuring
    counts.bytes += bytes
    if (kind === 'prevote' || kind === 'precommit') counts.votes++
    else if (kind === 'proposal') counts.proposals++
    else counts.others++
  }

  return {
    onReceived(message) {
      const kind = kindOf(message)
      count(kind, message.length)
      if (kind !== 'proposal') return
      const startMs = performance.now()
      const decoded = decodeMessage(message)
      if (!decoded.ok || decoded.value.kind !== 'proposal') return
      const { height, round } = decoded.value
      if (height < present || height === passing?.height) return
      passing = { height, round, startMs }
    },
    onBroadcast(message) {
      if (passing === undefined || passing.height !== present) return
      const kind = kindOf(message)
      const sinceMs = performance.now() - passing.startMs
      if (kind === 'prevote') passing.prevoteMs ??= sinceMs
      if (kind === 'precommit') passing.precommitMs ??= sinceMs
    },
    onAppended(ms) {
      if (isInside()) measuring?.logMs.push(ms)
    },
    onImported() {
      if (measuring !== undefined && isInside()) measuring.imported++
    },
    onCertificate(height) {
      if (measuring !== undefined && isInside() && passing?.height === height) {
        const { round, startMs, prevoteMs = 0, precommitMs = 0 } = passing
        const certificateMs = performance.now() - startMs
        measuring.samples.push({ height, round, prevoteMs, precommitMs, certificateMs })
      }
      present = height + 1
      begin()
      if (measuring !== undefined && present === measuring.window.last) measuring.done()
    },
    async measure(window) {
      const { promise, resolve } = Promise.withResolvers<void>()
      measuring = {
        window,
        samples: [],
        counts: { proposals: 0, votes: 0, others: 0, bytes: 0 },
        logMs: [],
        imported: 0,
        startedMs: performance.now(),
        startedCpu: process.cpuUsage(),
        done: resolve,
      }
      // sampling takes a while to begin: it covers the heights before the window as well
      if (window.profiled) measuring.stopProfile = startProfile()
      begin()
      await promise
      return result(measuring)
    },
  }
}
