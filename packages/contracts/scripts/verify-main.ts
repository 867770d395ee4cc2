/**
 * `npm run contracts:verify [-- --rpc URL] [--only Name,Name] [--upgrade-from DIR] [--cached]
 * [--json]`: rebuilds the contracts from source and compares, without trusting the cache of earlier
 * compilations unless told to. With `--upgrade-from` (an older `sol/`) it compares the storage of
 * upgradable contracts instead. Exit code 1 when anything differs.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { VecheError } from '@veche/primitives'
import { compareLayouts } from './layout.ts'
import {
  type AskNetwork,
  compareCommitted,
  compareNetwork,
  type Finding,
  rebuild,
} from './verify.ts'

const TIMEOUT_MS = 30_000

function networkAt(url: string): AskNetwork {
  return async (method, params) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const headers = { 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const answer = await fetch(url, { method: 'POST', headers, body, signal })
      .then((response) => response.json() as Promise<{ result?: unknown; error?: object }>)
      .catch((cause: unknown) => {
        throw new VecheError('RPC_UNREACHABLE', `no JSON-RPC answer from ${url}`, { cause })
      })
    if (answer.error === undefined) return answer.result
    throw new VecheError('RPC_FAILED', `${method}: ${JSON.stringify(answer.error)}`)
  }
}

function tableText(findings: readonly Finding[]): string {
  const rows = findings.map(({ contract, where, codehash, verdict, ok }) => [
    ...[ok ? 'ok' : 'NO', contract, where, codehash.slice(0, 18), verdict],
  ])
  const head = ['', 'contract', 'compared', 'code hash', 'verdict']
  const widths = head.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  return `${[head, ...rows].map(line).join('\n')}\n`
}

interface Wanted {
  readonly rpc?: string | undefined
  readonly only?: string | undefined
  readonly 'upgrade-from'?: string | undefined
}

async function find({ rpc, only, 'upgrade-from': older }: Wanted): Promise<Finding[]> {
  const names = only?.split(',')
  if (older !== undefined) return compareLayouts(resolve(older), names)
  const rebuilt = await rebuild(names)
  if (rpc === undefined) return Promise.all(rebuilt.map(compareCommitted))
  return compareNetwork(networkAt(rpc), rebuilt)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rpc: { type: 'string' },
      only: { type: 'string' },
      'upgrade-from': { type: 'string' },
      cached: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  if (!values.cached) process.env['VECHE_SOLC_CACHE'] = 'off'
  const findings = await find(values)
  process.stdout.write(values.json ? `${JSON.stringify({ findings })}\n` : tableText(findings))
  const differing = findings.filter(({ ok }) => !ok).length
  if (differing > 0) process.exitCode = 1
  process.stderr.write(differing === 0 ? 'nothing differs\n' : `${differing} differ\n`)
}

await main().catch((error: unknown) => {
  process.exitCode = 1
  if (!(error instanceof VecheError)) throw error
  process.stderr.write(`${error.message} [${error.code}]\n`)
})
