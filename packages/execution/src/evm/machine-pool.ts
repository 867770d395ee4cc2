/** The machines of calls: a few that run interleaved, a bounded queue behind them. */
import type { Fork } from '../chain/forks.ts'
import { CALLS_RUNNING_MAX, CALLS_WAITING_MAX } from '../limits.ts'
import { createMachine, type Machine } from './machine.ts'

export interface MachinePool {
  /** waits for a machine; undefined when too many wait already */
  take(fork: Fork): Promise<Machine | undefined>
  give(machine: Machine): void
}

/** Creates an empty pool; machines are made when first needed and kept. */
export function createMachinePool(chainId: number): MachinePool {
  const idle: Machine[] = []
  const waiting: (() => void)[] = []
  let running = 0
  return {
    async take(fork) {
      if (running >= CALLS_RUNNING_MAX) {
        if (waiting.length >= CALLS_WAITING_MAX) return undefined
        // the one that finishes hands its place over, so `running` stays
        await new Promise<void>((resolve) => waiting.push(resolve))
      } else running++
      const index = idle.findIndex((machine) => machine.fork === fork)
      if (index >= 0) return idle.splice(index, 1)[0] as Machine
      return createMachine(chainId, fork)
    },
    give(machine) {
      idle.push(machine)
      if (idle.length > 2 * CALLS_RUNNING_MAX) idle.shift()
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    },
  }
}
