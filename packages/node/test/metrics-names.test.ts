/** The dashboard and the operations guide name metrics that a node has, the guide all of them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { addGauges, createMetrics } from '../src/metrics.ts'
import { addStatusGauges, addWatchCounters } from '../src/metrics-status.ts'
import { nodeStatus } from './support/status.ts'

const docs = join(import.meta.dirname, '..', '..', '..', 'docs')

async function namesOfANode(): Promise<ReadonlySet<string>> {
  const { registry } = createMetrics()
  addWatchCounters(registry)
  const zero = (): number => 0
  addGauges(registry, {
    ...{ headNumber: zero, headTimestamp: zero, peerCount: zero, blocksBehind: zero },
    ...{ poolCount: zero, round: zero },
  })
  addStatusGauges(registry, () => nodeStatus())
  return new Set((await registry.getMetricsAsJSON()).map(({ name }) => name))
}

const names = await namesOfANode()
const own = [...names].filter((name) => /^(veche|ethereum)_/.test(name))
const used = (text: string): string[] => text.match(/\b(?:veche|ethereum)_[a-z_]+\b/g) ?? []
const known = (name: string): boolean => names.has(name.replace(/_bucket$/, ''))

test('the dashboard asks only for metrics that exist', () => {
  const text = readFileSync(join(docs, 'grafana', 'veche.json'), 'utf8')
  const dashboard = JSON.parse(text) as {
    panels: { id: number; targets: { expr: string }[] }[]
  }
  assert.ok(dashboard.panels.length > 10)
  assert.is(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length)
  for (const { targets } of dashboard.panels)
    for (const { expr } of targets) {
      assert.ok(used(expr).length > 0, expr)
      for (const name of used(expr)) assert.ok(known(name), `${name} in ${expr}`)
    }
})

test('the guide lists every metric of the node, and no other', () => {
  const text = readFileSync(join(docs, 'operations.md'), 'utf8')
  const table = text.slice(text.indexOf('## Metrics'), text.indexOf('## The clock is wrong'))
  const listed = new Set<string>()
  for (const line of table.split('\n').filter((row) => row.startsWith('| `'))) {
    const cell = line.split('|')[1] ?? ''
    const [first = '', ...others] = (cell.match(/`[a-z_]+`/g) ?? []).map((t) => t.slice(1, -1))
    listed.add(first)
    // `_round` beside `veche_consensus_height` is veche_consensus_round
    const words = first.split('_')
    const stems = words.map((_, count) => words.slice(0, count + 1).join('_'))
    for (const other of others)
      listed.add(stems.map((stem) => `${stem}${other}`).find((name) => names.has(name)) ?? other)
  }
  assert.equal([...listed].sort(), [...own].sort())
})

test.run()
