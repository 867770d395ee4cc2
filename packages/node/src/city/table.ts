/** The short table at the end of a load. */
import type { CitySummary } from './run.ts'

const count = (value: number): string => value.toLocaleString('en-US')

export function formatTable(summary: CitySummary): string {
  const { finalityMs, head } = summary
  const rows: readonly (readonly [string, string])[] = [
    ['documents', `${count(summary.documents)} in ${count(summary.batches)} batches`],
    ['skipped rows', count(summary.skippedRows)],
    ['transactions', `${count(summary.transactions)} in ${count(summary.blocks)} blocks`],
    ['time', `${summary.seconds.toFixed(1)} s, ${summary.transactionsPerSecond.toFixed(1)} tx/s`],
    ['submit → final', `p50 ${finalityMs.p50.toFixed(0)} ms, p99 ${finalityMs.p99.toFixed(0)} ms`],
    ['head', `${head.number} ${head.hash}`],
    ['JSON-RPC', summary.rpcUrl],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join('')
}
