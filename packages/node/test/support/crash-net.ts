/**
 * Four validators on one clock that only events move: a run is its options. A crash is placed in
 * one of them (the n-th operation of its disk, or the n-th effect), and what follows is watched
 * until everybody has decided two more blocks.
 */
import {
  type ConsensusParameters,
  createThresholds,
  type Message,
  sortValidators,
  type Weakness,
} from '@veche/consensus'
import { genesisHeader, simulatedAddress } from '@veche/consensus/simulator'
import { type Address, type Block, blockHash, type Hash, type Header } from '@veche/primitives'
import type { DiskLie } from './crash-disk.ts'
import { broken, Judge } from './crash-judge.ts'
import { Crash, CrashNode } from './crash-node.ts'

/**
 * Who else goes down. `error`: nobody, and no power is lost: the disk answers with one I/O error,
 * the process ends and starts again on what the system still holds, and then its power goes. `one`:
 * nobody. `twice`: nobody, and it crashes again while it comes back. `all`: everybody at that
 * moment. `all-writing`: everybody, the others in their next file operation.
 */
export type Blackout = 'error' | 'one' | 'twice' | 'all' | 'all-writing'

export interface CrashPlan {
  readonly victim: number
  /** the number of a file operation, or of a place between two effects */
  readonly at: { readonly operation: number } | { readonly place: number }
  readonly blackout: Blackout
  /** what of the victim's unsynced bytes and names survives */
  readonly keeps: () => boolean
  /** milliseconds until the victim starts again: in the same round, or in a later one */
  readonly downMs: number
}

export interface CrashOptions {
  /** heights decided without a crash before the run counts as quiet */
  readonly heights: number
  readonly crash?: CrashPlan
  /** whether a message gets lost on its way */
  readonly loses?: (message: Message) => boolean
  /** the log is written anew after each append */
  readonly isCompacted?: boolean
  /** judge the disk at each message; without it only what follows from it is seen */
  readonly readsDisks?: boolean
  /** what is broken on purpose */
  readonly lie?: DiskLie
  readonly isSentFirst?: boolean
  readonly weaken?: Weakness
}

interface Event {
  readonly atMs: number
  readonly seq: number
  readonly node: CrashNode
  readonly run: () => Promise<void>
}

const START_MS = 1_700_000_000_000
/**
 * of the first heights, and of the heights after a restart: n + 2 windows and a few to come back
 */
const PATIENCE_MS = 16_000
const NODES = 4

export class CrashNet {
  readonly options: CrashOptions
  readonly parameters: ConsensusParameters = {
    ...{ chainId: 1337, stepSeconds: 1, emptyBlockIntervalSeconds: 60 },
    ...{ blockIntervalMinMs: 50, blocksPerStepMax: 0, windowMax: 15 },
  }
  readonly set: readonly Address[]
  readonly genesis: Header
  readonly genesisHash: Hash
  readonly judge: Judge
  readonly nodes: readonly CrashNode[]
  nowMs = START_MS + 1_200
  hasCrashed = false
  #events: Event[] = []
  #seq = 0
  #transactions = 0
  #target: number
  #deadlineMs = START_MS + PATIENCE_MS
  #backMs = START_MS

  constructor(options: CrashOptions) {
    this.options = options
    this.#target = options.heights
    this.set = sortValidators(Array.from({ length: NODES }, (_, i) => simulatedAddress(i)))
    this.genesis = genesisHeader(this.set, START_MS / 1000)
    this.genesisHash = blockHash(this.genesis)
    const { q } = createThresholds(NODES)
    this.judge = new Judge({ q, readsDisks: options.readsDisks !== false })
    this.nodes = this.set.map((_, i) => new CrashNode(this, i))
  }

  /** Runs to the end. Throws `VecheError` for a broken invariant, and what the machine asserts. */
  async run(): Promise<void> {
    const { crash } = this.options
    if (crash !== undefined && 'operation' in crash.at) {
      const disk = this.nodes[crash.victim]?.disk
      if (crash.blackout === 'error') disk?.failOnce(crash.at.operation)
      else disk?.failFrom(crash.at.operation)
    }
    for (const node of this.nodes) this.at(this.nowMs + node.index, node, () => node.start())
    while (this.nodes.some((node) => node.height < this.#target || node.state === null)) {
      const event = this.#events.shift()
      if (event === undefined || event.atMs > this.#deadlineMs) this.#stuck()
      else await this.#happen(event)
    }
  }

  /** milliseconds from the last restart until now */
  get recoveryMs(): number {
    return this.nowMs - this.#backMs
  }

  at(atMs: number, node: CrashNode, run: () => Promise<void>): void {
    const event = { atMs, seq: this.#seq++, node, run }
    let i = this.#events.length
    while (i > 0 && (this.#events[i - 1] as Event).atMs > atMs) i--
    this.#events.splice(i, 0, event)
  }

  nextTransaction(): number {
    return ++this.#transactions
  }

  crashPlaceOf(node: CrashNode): number {
    const { crash } = this.options
    if (crash === undefined || this.hasCrashed || crash.victim !== node.index) return -1
    return 'place' in crash.at ? crash.at.place : -1
  }

  deliver(from: CrashNode, message: Message, to?: Address): void {
    if (this.options.loses?.(message) === true) return
    for (const node of this.nodes) {
      if (node === from || (to !== undefined && node.address !== to)) continue
      const { life } = node
      this.at(this.nowMs + 2 + ((from.index + 2 * node.index) % 3), node, async () => {
        const { nowMs } = this
        if (node.life === life) await node.feed({ kind: 'message', nowMs, message })
      })
    }
  }

  findBody(hash: Hash): Block | undefined {
    for (const node of this.nodes) {
      const found = node.state === null ? undefined : node.bodies.get(hash)
      if (found !== undefined) return found.block
    }
    return undefined
  }

  /** certified blocks from one node to another */
  sync(from: Address, to: Address): void {
    const source = this.nodes.find(({ address }) => address === from)
    const sink = this.nodes.find(({ address }) => address === to)
    if (source === undefined || sink === undefined) return
    this.at(this.nowMs + 3, sink, async () => {
      if (source.state === null) return
      for (let number = sink.height + 1; number <= source.height; number++) {
        const header = source.store.header(number) as Header
        const transactions = source.store.body(number) ?? []
        await sink.take({ header, transactions }, blockHash(header))
      }
    })
  }

  onAccused(signer: Address): void {
    broken('HONEST_ACCUSED', signer)
  }

  /** no honest node of these tests is behind its own log, or has a twin */
  onAlarm(self: Address, code: string): void {
    broken(code, `alarm of ${self}`)
  }

  #stuck(): never {
    const heads = this.nodes.map((node) => (node.state === null ? 'down' : node.height))
    broken('NO_PROGRESS', `height ${this.#target} expected, got ${heads.join(', ')}`)
  }

  async #happen({ atMs, node, run }: Event): Promise<void> {
    this.nowMs = Math.max(this.nowMs, atMs)
    try {
      await run()
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      this.#onCrash(node)
    }
  }

  #onCrash(node: CrashNode): void {
    const { crash } = this.options
    if (crash === undefined) broken('CRASH_UNPLANNED', node.address)
    const isFirst = !this.hasCrashed
    this.hasCrashed = true
    if (crash.blackout === 'error') node.stop()
    else this.#lose(node, isFirst ? crash.keeps : () => node.index % 2 === 1)
    const backMs = this.nowMs + crash.downMs
    this.at(backMs, node, () => node.start())
    this.#target = Math.max(this.#target, 2 + Math.max(...this.nodes.map(({ height }) => height)))
    this.#deadlineMs = backMs + PATIENCE_MS
    this.#backMs = backMs
    if (!isFirst) return
    if (crash.blackout === 'twice') {
      const at = 'operation' in crash.at ? crash.at.operation : crash.at.place
      node.disk.failFrom(at % 9)
    } else if (crash.blackout === 'error') this.#losePowerSoon(node, backMs)
    else if (crash.blackout !== 'one') this.#darken(node, crash)
  }

  /** what the process found on the disk and went on with must be durable by now */
  #losePowerSoon(node: CrashNode, backMs: number): void {
    this.at(backMs + 20, node, async () => {
      this.#lose(node, () => false)
      this.at(this.nowMs + 100, node, () => node.start())
    })
  }

  /** the others go down too */
  #darken(victim: CrashNode, { blackout, downMs }: CrashPlan): void {
    for (const node of this.nodes) {
      if (node === victim || node.state === null) continue
      if (blackout === 'all-writing') node.disk.failFrom(node.disk.operations)
      const { life } = node
      this.at(this.nowMs + (blackout === 'all' ? 0 : 30), node, async () => {
        if (node.life !== life) return
        this.#lose(node, () => false)
        this.at(this.nowMs + downMs + node.index, node, () => node.start())
      })
    }
  }

  #lose(node: CrashNode, keeps: () => boolean): void {
    node.stop()
    node.disk = node.disk.crash(keeps)
  }
}
