/**
 * Stops and slices EVM runs. Every endless run passes through a jump or a call, so the handlers of
 * those opcodes (and of the few costly ones) look at the clock: past the deadline they throw, past
 * a slice they let the event loop have a turn. Straight code is bounded by its own 24 KiB.
 */
import type { EVM } from '@ethereumjs/evm'
import { EVENT_LOOP_SLICE_MS } from '../limits.ts'
import { opcodeTable } from './opcodes.ts'

/** Thrown through the EVM when a run outlasts its time; never leaves this package. */
export class OutOfTime extends Error {
  /** true: the processor was elsewhere, and the run may be a quick one */
  readonly starved: boolean

  constructor(starved = false) {
    super('execution exceeded its time budget')
    this.name = 'OutOfTime'
    this.starved = starved
  }
}

const JUMP = 0x56
const JUMPI = 0x57
/** SHA3, EXP, BALANCE, EXTCODE*, BLOCKHASH, SLOAD, SSTORE, LOG*, CREATE, CALL and their kin */
const COSTLY = [
  0x0a, 0x20, 0x31, 0x3b, 0x3c, 0x3f, 0x40, 0x54, 0x55, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xf0, 0xf1,
  0xf2, 0xf4, 0xf5, 0xfa,
]
/** jumps between two looks at the clock: about 30 µs of opcodes */
const JUMPS_PER_LOOK = 16

/** Milliseconds since some moment: by the clock on the wall, and on a processor. */
export interface BudgetClocks {
  nowMs(): number
  cpuMs(): number
}

const CLOCKS: BudgetClocks = {
  nowMs: () => performance.now(),
  cpuMs() {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  },
}

/** The clock of one EVM instance: set before a run, read by its opcodes. */
export class Budget {
  readonly #clocks: BudgetClocks
  /** milliseconds on a processor that the run may take */
  #timeMs = 0
  #wallMs = 0
  #startedCpuMs = 0
  /** when to look again; at {@link #lastMs} nothing helps */
  #stopAtMs = Number.POSITIVE_INFINITY
  #lastMs = Number.POSITIVE_INFINITY
  #sliceEndMs = 0
  #jumps = 0

  constructor(clocks: BudgetClocks = CLOCKS) {
    this.#clocks = clocks
  }

  /**
   * Starts a run that must end within `timeMs`. With a larger `wallMs` the time counts that this
   * thread has on a processor, so that a busy machine does not make an honest transaction a slow
   * one, and `wallMs` is the end by the clock on the wall.
   */
  start(timeMs: number, wallMs = timeMs): void {
    const now = this.#clocks.nowMs()
    this.#timeMs = timeMs
    this.#wallMs = wallMs
    this.#stopAtMs = now + timeMs
    this.#lastMs = now + wallMs
    if (wallMs > timeMs) this.#startedCpuMs = this.#clocks.cpuMs()
    this.#sliceEndMs = now + EVENT_LOOP_SLICE_MS
    this.#jumps = 0
  }

  /** true when the event loop should have a turn; throws {@link OutOfTime} past the deadline */
  look(): boolean {
    const now = this.#clocks.nowMs()
    if (now >= this.#stopAtMs) this.#extend(now)
    return now >= this.#sliceEndMs
  }

  /** throws unless the processor was elsewhere for a part of the time */
  #extend(now: number): void {
    if (this.#wallMs <= this.#timeMs) throw new OutOfTime()
    const leftMs = this.#timeMs - (this.#clocks.cpuMs() - this.#startedCpuMs)
    if (leftMs <= 0) throw new OutOfTime()
    if (now >= this.#lastMs) throw new OutOfTime(true)
    this.#stopAtMs = Math.min(now + leftMs, this.#lastMs)
  }

  jumped(): boolean {
    this.#jumps++
    return this.#jumps % JUMPS_PER_LOOK === 0 && this.look()
  }

  /** Gives the event loop a turn and begins the next slice. */
  async rest(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
    this.#sliceEndMs = this.#clocks.nowMs() + EVENT_LOOP_SLICE_MS
  }

  /** Rests when the present slice is over: between transactions of a block. */
  async restIfDue(): Promise<void> {
    if (this.#clocks.nowMs() >= this.#sliceEndMs) await this.rest()
  }
}

/** Puts the budget into the opcode table of an EVM. */
export function installBudget(evm: EVM, budget: Budget): void {
  const table = opcodeTable(evm)
  const wrap = (opcode: number, due: () => boolean): void => {
    const entry = table[opcode]
    if (entry === undefined) return
    const { opHandler } = entry
    table[opcode] = {
      ...entry,
      opcodeInfo: { ...entry.opcodeInfo, isAsync: true },
      opHandler: (runState, common) =>
        due() ? budget.rest().then(() => opHandler(runState, common)) : opHandler(runState, common),
    }
  }
  for (const opcode of [JUMP, JUMPI]) wrap(opcode, () => budget.jumped())
  for (const opcode of COSTLY) wrap(opcode, () => budget.look())
}
