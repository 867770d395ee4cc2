/**
 * Where the nodes of a drill run: each in a network namespace; where those are refused, beside each
 * other on loopback with the packet filter between them; where that is refused too, just beside
 * each other, and the drills that cut or slow links are skipped.
 */
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VecheError } from '@veche/primitives'
import { createLoopbackNet, whyNoFilter } from './loopback.ts'
import { createNet, type Net, run } from './net.ts'
import { isInside, whyNoSandbox } from './sandbox.ts'

/** what a drill does to the machine, beside processes and clocks */
export type Need = 'packets' | 'mounts'

const GROUNDS = ['namespaces', 'filter', 'plain'] as const
export type GroundName = (typeof GROUNDS)[number]

export interface Ground {
  readonly name: GroundName
  /** what it is, and why it is no better one */
  readonly said: string
  createNet(names: readonly string[]): Net
  /** why a drill with such a need cannot run here; undefined when it can */
  lacks(need: Need): string | undefined
}

/** Nodes on loopback, nothing between them. */
const plainNet: Net = {
  exec: (_, command) => run(command),
  silence: noPackets,
  partition: noPackets,
  lose: noPackets,
  isolate: noPackets,
  reset: noPackets,
  heal: () => undefined,
  healAt: () => undefined,
  address: () => '127.0.0.1',
  enter: () => [],
  senders: () => [],
  natChain: 'OUTPUT',
  relayPort: noPackets,
}

function noPackets(): never {
  throw new TypeError('nothing can be done to packets on this ground')
}

function whyNoMount(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'veche-mount-'))
  try {
    run(['mount', '-t', 'tmpfs', 'none', folder])
    run(['umount', folder])
    return undefined
  } catch (error) {
    return (error as Error).message
  } finally {
    rmdirSync(folder)
  }
}

function createGround(name: GroundName, said: string, reasons: readonly string[]): Ground {
  const packets = name === 'plain' ? reasons.join('; ') || 'asked for with --ground' : undefined
  return {
    name,
    said: reasons.length === 0 ? said : `${said}: ${reasons.join('; ')}`,
    createNet(names) {
      if (name === 'namespaces') return createNet(names)
      return name === 'filter' ? createLoopbackNet(names) : plainNet
    },
    lacks(need) {
      if (need === 'packets') return packets
      return name === 'namespaces' ? undefined : whyNoMount()
    },
  }
}

/** What `--ground` asks for. Refuses with `DRILL_OPTIONS`. */
export function readGround(text: string | undefined): GroundName | undefined {
  const name = GROUNDS.find((each) => each === text)
  if (text !== undefined && name === undefined)
    throw new VecheError('DRILL_OPTIONS', `--ground ${GROUNDS.join(', ')} expected, got ${text}`)
  return name
}

/** The ground asked for, or the best one that this machine allows. */
export function findGround(asked: GroundName | undefined): Ground {
  const reasons: string[] = []
  if (asked === undefined || asked === 'namespaces') {
    const refused = isInside() ? undefined : whyNoSandbox()
    if (refused === undefined)
      return createGround('namespaces', 'each node in a network namespace of its own', reasons)
    reasons.push(refused)
  }
  if (asked !== 'plain') {
    const refused = whyNoFilter()
    if (refused === undefined)
      return createGround('filter', 'nodes on loopback, the packet filter between them', reasons)
    reasons.push(`the packet filter is refused (${refused})`)
  }
  return createGround('plain', 'nodes on loopback', reasons)
}
