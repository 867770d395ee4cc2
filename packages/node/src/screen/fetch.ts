/**
 * Asks a node for its status: `veche_status` at its JSON-RPC port, or `/status` where only metrics
 * are served (a validator without JSON-RPC). The answer is bounded while it arrives.
 */
import { VecheError } from '@veche/primitives'
import type { NodeStatus } from '@veche/rpc'
import { STATUS_BYTES_MAX, STATUS_TIMEOUT_MS } from '../limits.ts'
import { decodeStatus } from './decode.ts'

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > STATUS_BYTES_MAX)
      throw new VecheError('STATUS_INVALID', `at most ${STATUS_BYTES_MAX} bytes expected`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function send(url: string, request: RequestInit): Promise<{ code: number; text: string }> {
  const signal = AbortSignal.timeout(STATUS_TIMEOUT_MS)
  try {
    const response = await fetch(url, { ...request, signal, redirect: 'error' })
    return { code: response.status, text: await readText(response) }
  } catch (cause) {
    if (cause instanceof VecheError) throw cause
    throw new VecheError('RPC_UNREACHABLE', `no answer from ${url}`, { cause })
  }
}

function parse(text: string, url: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new VecheError('STATUS_INVALID', `JSON expected from ${url}`, { cause })
  }
}

function resultOf(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return undefined
  const { result, error } = answer as { result?: unknown; error?: { message?: unknown } }
  if (error === undefined) return result
  const message = `${error?.message ?? 'unknown'}`.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
  throw new VecheError('RPC_FAILED', `veche_status failed: ${message}`)
}

const QUESTION: RequestInit = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'veche_status', params: [] }),
}

/**
 * The status of the node at `url`. Throws `RPC_UNREACHABLE`, `RPC_FAILED`, or `STATUS_INVALID` when
 * the answer is none.
 */
export async function fetchStatus(url: string): Promise<NodeStatus> {
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new VecheError('RPC_UNREACHABLE', `an http address expected, got ${url}`)
  const asked = await send(url, QUESTION)
  // a metrics port knows paths only
  const isPlain = asked.code === 404 || asked.code === 405
  const { code, text } = isPlain ? await send(new URL('/status', url).href, {}) : asked
  if (code !== 200) throw new VecheError('RPC_FAILED', `${url} answered with HTTP ${code}`)
  const answer = parse(text, url)
  const decoded = decodeStatus(isPlain ? answer : resultOf(answer))
  if (decoded.ok) return decoded.value
  throw new VecheError(decoded.code, decoded.reason)
}
