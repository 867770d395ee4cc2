/**
 * Gas snapshots: what each call costs, committed in `gas/<Contract>.json` beside a budget where the
 * design sets one. The figure is that of a receipt: base fee of 21,000, calldata and EIP-7623's
 * floor included. `UPDATE=1 node test/<file>` rewrites.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'

const FOLDER = join(import.meta.dirname, '..', '..', 'gas')

/** The figures of one contract, gathered by one test file. */
export interface GasBook {
  /**
   * Notes a call; the name begins with the function's (`transfer`, `transfer with a lien`), so that
   * docs/contracts can show it there. Fails above `max`, the budget.
   */
  note(name: string, gasUsed: bigint | number, budget?: { readonly max: number }): void
  /** Compares with the committed file, or rewrites it with UPDATE=1; call it in the last test. */
  check(): void
}

/** Opens the book of a contract. One test file for each contract writes into it. */
export function gasSnapshot(contract: string): GasBook {
  const file = join(FOLDER, `${contract}.json`)
  const figures: Record<string, number> = {}
  return {
    note(name, gasUsed, budget) {
      const gas = Number(gasUsed)
      assert.not.ok(name in figures, `${contract}.${name} is measured once`)
      figures[name] = gas
      if (budget !== undefined)
        assert.ok(gas <= budget.max, `${contract}.${name}: at most ${budget.max}, got ${gas}`)
    },
    check() {
      assert.ok(Object.keys(figures).length > 0, 'a measurement expected')
      if (process.env['UPDATE'] === '1') {
        mkdirSync(FOLDER, { recursive: true })
        writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`)
      }
      assert.ok(existsSync(file), `${file} expected: run with UPDATE=1`)
      const committed: unknown = JSON.parse(readFileSync(file, 'utf8'))
      assert.equal(figures, committed, `${contract}: run with UPDATE=1 when a change is meant`)
    },
  }
}
