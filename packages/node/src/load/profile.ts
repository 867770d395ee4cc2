/**
 * What a workload is: `run` acts on a network through the context and says what came out, beside a
 * check of the outcome by code that shares nothing with the contracts. One file a profile, named in
 * profiles.ts.
 */
import type { Address, Hash, Hex, Signer } from '@veche/primitives'
import type { FinalTransaction } from '../finality.ts'
import type { Random } from './random.ts'

export interface LoadProfile {
  readonly name: string
  /** one line for `--help` */
  readonly description: string
  /** what `--count` counts: `documents`, `transfers`, `applications`, `payments` */
  readonly unit: string
  /** count without `--count`, before `--scale` */
  readonly countDefault: number
  /** how the own network differs from a usual local one */
  readonly network?: {
    /** length of a year of service points */
    readonly pointsYearSeconds?: number
  }
  run(context: LoadContext): Promise<LoadOutcome>
}

/** A transaction of a workload. */
export interface LoadCall {
  readonly to: Address
  readonly data: Hex
  /** gas limit: it takes this share of a block while it waits, so do not be generous */
  readonly gas: bigint
}

/** A log of the chain, for references that read events only. */
export interface LoadLog {
  readonly address: Address
  readonly topics: readonly Hash[]
  readonly data: Uint8Array
  readonly blockNumber: number
  readonly transactionHash: Hash
}

export interface LoadContext {
  readonly rpcUrl: string
  readonly wsUrl: string
  readonly chainId: number
  readonly seed: string
  /** how many of the profile's unit */
  readonly count: number
  /** by how much to stretch times that are fixed beforehand: 1 on a machine that is not busy */
  readonly pace: number
  /** an own stream of this profile */
  readonly random: Random
  /** height before the first act: the outcome is read from the next block on */
  readonly startHeight: number
  /** aborted by Ctrl-C: begin nothing new */
  readonly signal: AbortSignal
  /** to stderr */
  readonly say: (text: string) => void
  /** a key of the city: `admin`, `overseer`, `issuer-1`, an office. Throws `FILE_UNREADABLE` */
  key(name: string): Promise<Signer>
  /** an invented person; always the same for a seed and a name */
  person(name: string): Signer
  /** path of a real file (`property-sales.csv`); undefined where it is absent */
  realFile(name: string): string | undefined
  /**
   * Signs with the next nonce, sends, and resolves when final, also when it reverted. Waits while
   * too many are in flight. Throws `TRANSACTION_REFUSED`, `LOAD_STOPPED` after an abort.
   */
  send(signer: Signer, call: LoadCall): Promise<FinalTransaction>
  /** {@link send} for calls that must succeed: throws `TRANSACTION_REVERTED` with the reason. */
  must(signer: Signer, call: LoadCall): Promise<FinalTransaction>
  /** the answer of a read at the head, decoded by the caller. Throws `RPC_FAILED` */
  read(to: Address, data: Hex): Promise<Uint8Array>
  /** all logs of a contract since {@link startHeight}, in the chain's order */
  logs(address: Address): Promise<readonly LoadLog[]>
  /** changes how many transactions may be in flight: a ramp */
  allow(inFlightMax: number): void
  /** of all that was sent so far */
  readonly totals: LoadTotals
  /** a line of progress under this label */
  progress(label: string, total: number): LoadProgress
}

/** What a load sent, as far as it is final. */
export interface LoadTotals {
  readonly transactions: number
  readonly reverted: number
  readonly gasUsed: bigint
  /** of each, in the order they became final */
  readonly finalityMs: readonly number[]
  readonly blocks: ReadonlySet<number>
}

export interface LoadProgress {
  update(done: number): void
}

/** What a workload did and whether it is right. */
export interface LoadOutcome {
  /** figures for the summary: documents, batches, places given, … */
  readonly facts: Readonly<Record<string, unknown>>
  readonly check: LoadCheck
}

/** The chain's outcome compared with an independent reference. */
export interface LoadCheck {
  /** what was compared and how many: `{ documents: 115218, totals: 1 }` */
  readonly compared: Readonly<Record<string, number>>
  /** each difference in words, the first hundred; none when all is right */
  readonly differences: readonly string[]
}

const DIFFERENCES_MAX = 100

/** Gathers comparisons into a {@link LoadCheck}. */
export interface Checker {
  /** counts one comparison of a kind, and notes `difference` when it failed */
  expect(kind: string, ok: boolean, difference: () => string): void
  result(): LoadCheck
}

export function createChecker(): Checker {
  const compared: Record<string, number> = {}
  const differences: string[] = []
  let more = 0
  return {
    expect(kind, ok, difference) {
      compared[kind] = (compared[kind] ?? 0) + 1
      if (ok) return
      if (differences.length < DIFFERENCES_MAX) differences.push(`${kind}: ${difference()}`)
      else more++
    },
    result: () => ({
      compared,
      differences: more === 0 ? differences : [...differences, `and ${more} more`],
    }),
  }
}
