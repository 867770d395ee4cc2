/** A few machines that hear each other as far as a script lets them: for named regressions. */
import { type Address, assert, type Hash, type Header, sealHeader } from '@veche/primitives'
import type { Message } from '../src/message.ts'
import type { Effect } from '../src/output.ts'
import type { LogRecord } from '../src/record.ts'
import type { State, Weakness } from '../src/state.ts'
import { Bench, loggedBy, START_MS } from './support.ts'

/** whether a message goes from member to member */
export type Allow = (from: number, to: number, message: Message) => boolean

interface Post {
  readonly from: number
  readonly effects: readonly Effect[]
}

export class Net {
  readonly benches: Bench[]
  /** durable logs, by member */
  readonly logs: LogRecord[][]
  /** blocks committed, by member: hash of height 1 */
  readonly commits: (Hash | undefined)[]
  readonly down = new Set<number>()
  allow: Allow = () => true
  nowMs = START_MS
  /** the first block that became final */
  sealed: { readonly header: Header; readonly hash: Hash } | undefined

  readonly weaken: Weakness
  readonly spoil: (state: State) => void

  /** `weaken` and `spoil` break rules of every machine, to show what they are for */
  constructor(n = 4, weaken: Weakness = {}, spoil: (state: State) => void = () => undefined) {
    this.weaken = weaken
    this.spoil = spoil
    this.benches = Array.from({ length: n }, (_, self) => new Bench({ n, self, weaken, spoil }))
    this.logs = this.benches.map(() => [])
    this.commits = this.benches.map(() => undefined)
  }

  at(index: number): Bench {
    return this.benches[index] as Bench
  }

  /** one machine takes an input; what it says goes as far as it may, and so on */
  run(index: number, act: (bench: Bench) => readonly Effect[]): void {
    this.at(index).nowMs = this.nowMs
    const posts: Post[] = [{ from: index, effects: act(this.at(index)) }]
    for (let post = posts.shift(); post !== undefined; post = posts.shift())
      for (const next of this.#take(post)) posts.push(next)
  }

  /** every machine that is up hears the time */
  tick(nowMs: number): void {
    this.nowMs = nowMs
    for (const index of this.benches.keys())
      if (!this.down.has(index)) this.run(index, (bench) => bench.tick(nowMs))
  }

  enter(round: number): void {
    this.tick(this.at(0).startOf(round) * 1000)
  }

  /** a machine loses its memory and comes back with its log */
  restart(index: number): void {
    const log = this.logs[index] as LogRecord[]
    const { weaken, spoil } = this
    const restored = weaken.emptyLog === true ? [] : [...log]
    const { nowMs } = this
    const n = this.benches.length
    const bench = new Bench({ n, self: index, restored, weaken, spoil, nowMs })
    bench.nowMs = this.nowMs
    this.benches[index] = bench
    this.down.delete(index)
    this.run(index, (each) => each.tick(this.nowMs))
  }

  #take({ from, effects }: Post): Post[] {
    const log = this.logs[from] as LogRecord[]
    log.push(...loggedBy(effects))
    const next: Post[] = []
    for (const effect of effects) {
      if (effect.kind === 'commit') next.push(this.#commit(from, effect))
      if (effect.kind === 'straggler') next.push(...this.#help(from, effect.to))
      if (effect.kind === 'send') next.push(...this.#deliver(from, effect))
    }
    return next
  }

  /** the block is final at a member; the script ends with height 1 */
  #commit(index: number, { hash, certificate }: Extract<Effect, { kind: 'commit' }>): Post {
    const bench = this.at(index)
    const candidate = bench.known.get(hash)
    assert(candidate !== undefined, 'a decided block is held')
    const { round, seals } = certificate
    this.sealed ??= { header: sealHeader(candidate.block.header, round, seals), hash }
    return this.#accept(index)
  }

  #accept(index: number): Post {
    const bench = this.at(index)
    assert(this.sealed !== undefined, 'a block is final somewhere')
    this.commits[index] = bench.state.current.decided ?? this.sealed.hash
    bench.held.add('build')
    const { nowMs } = this
    const head = { ...this.sealed, validatorsAfterNext: bench.set }
    return { from: index, effects: bench.feed({ kind: 'committed', nowMs, ...head }) }
  }

  /** certified blocks for who is behind */
  #help(from: number, to: Address): Post[] {
    const index = this.benches.findIndex((bench) => bench.self === to)
    const isBehind = this.at(index).state.current.height === 1
    return this.down.has(index) || !isBehind || from === index ? [] : [this.#accept(index)]
  }

  #deliver(from: number, effect: Extract<Effect, { kind: 'send' }>): Post[] {
    const { message, to } = effect
    const posts: Post[] = []
    for (const [index, bench] of this.benches.entries()) {
      if (index === from || this.down.has(index) || !this.allow(from, index, message)) continue
      if (to !== undefined && to !== bench.self) continue
      if (message.kind === 'proposal') this.#share(bench, this.at(from), message.hash)
      bench.nowMs = this.nowMs
      const heard = bench.feed({ kind: 'message', nowMs: this.nowMs, message })
      posts.push({ from: index, effects: heard })
    }
    return posts
  }

  /** who gets a proposal can get its body */
  #share(to: Bench, from: Bench, hash: Hash): void {
    const candidate = from.known.get(hash)
    if (candidate !== undefined) to.known.set(hash, candidate)
  }
}
