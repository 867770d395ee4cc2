/** One JSON-RPC call over HTTP, for commands that ask a node. */
import { VecheError } from '@veche/primitives'

const TIMEOUT_MS = 30_000

interface RpcAnswer {
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

/** The result, or `RPC_UNREACHABLE`, `RPC_FAILED` with the server's code and message. */
export async function callRpc(
  url: string,
  method: string,
  params: readonly unknown[],
): Promise<unknown> {
  let answer: RpcAnswer
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    answer = (await response.json()) as RpcAnswer
  } catch (cause) {
    throw new VecheError('RPC_UNREACHABLE', `no JSON-RPC answer from ${url}`, { cause })
  }
  if (answer.error === undefined) return answer.result
  const { code, message, data } = answer.error
  throw new VecheError('RPC_FAILED', `${method} failed with ${code}: ${message}`, {
    facts: { code, ...(data === undefined ? {} : { data }) },
  })
}
