/** What a drill is and what it tells. */
import type { Need } from './ground.ts'
import type { World } from './world.ts'

export interface Finding {
  /** what held, in the order it was checked */
  readonly checked: readonly string[]
  /** steps from the heal to the next decision; absent when nothing had stopped */
  readonly recoverySteps?: number
  /** measured, for the table */
  readonly figures: Readonly<Record<string, number | string>>
}

export interface Scenario {
  readonly name: string
  /** one line: what is done to whom, for how long */
  readonly fault: string
  /** among the few that CI runs */
  readonly smoke?: true
  /** what it does to the machine, which the ground may refuse */
  readonly needs?: Need
  /** why it cannot run here; undefined when it can */
  readonly whyNot?: () => string | undefined
  /** does the fault, checks, heals; throws when something does not hold */
  readonly run: (world: World) => Promise<Finding>
}

export interface Row {
  readonly name: string
  readonly fault: string
  readonly outcome: 'ok' | 'FAILED' | 'skipped'
  readonly seconds: number
  readonly finding?: Finding
  readonly reason?: string
}

const figuresOf = ({ finding }: Row): string =>
  Object.entries(finding?.figures ?? {})
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')

/** The table at the end, Markdown. */
export function toTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const { finding } = row
    const recovery = finding?.recoverySteps === undefined ? '–' : `${finding.recoverySteps}`
    const said = finding === undefined ? row.reason : finding.checked.join('; ')
    const seconds = row.seconds.toFixed(0)
    const cells = [row.name, row.outcome, row.fault, said, recovery, figuresOf(row), seconds]
    return `| ${cells.join(' | ')} |`
  })
  const head = ['drill', '', 'fault', 'held', 'recovery, steps', 'figures', 's']
  return [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...lines, ''].join('\n')
}
