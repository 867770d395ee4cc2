/** Questions to CityAccess over JSON-RPC: typed answers of one state. */
import type { cityAccess } from '@veche/contracts'
import { type Hex, type Result, VecheError } from '@veche/primitives'
import { readContract } from '../act/act.ts'
import { CITY_ACCESS } from '../act/contracts.ts'
import { callRpc } from '../json-rpc.ts'

type Encode = typeof cityAccess.encode
type Decode = typeof cityAccess.decode

/** Asks a view: `ask('labelOf', 3n)`. Throws `CALL_REFUSED`, `RPC_FAILED`, `RPC_UNREACHABLE`. */
export type AskAccess = <name extends keyof Encode & keyof Decode>(
  name: name,
  ...args: Parameters<Encode[name]>
) => Promise<ReturnType<Decode[name]> extends Result<infer value> ? value : never>

/** Questions to the contract of this node's chain. */
export function askAccess(rpcUrl: string): AskAccess {
  const { binding } = CITY_ACCESS
  const encode = binding.encode as unknown as Record<string, (...args: unknown[]) => Hex>
  const decode = binding.decode as unknown as Record<string, (bytes: Uint8Array) => Result<unknown>>
  const ask = async (name: string, ...args: unknown[]): Promise<unknown> => {
    const data = encode[name]?.(...args) ?? '0x'
    const answer = decode[name]?.(await readContract(rpcUrl, { contract: CITY_ACCESS, data }))
    if (answer?.ok === true) return answer.value
    throw new VecheError('RPC_FAILED', `CityAccess.${name}: an answer expected from ${rpcUrl}`)
  }
  return ask as AskAccess
}

/**
 * Height of the head, and unix seconds of the block that could follow now: an idle chain's head may
 * be a minute old.
 */
export async function readHead(rpcUrl: string): Promise<{ number: number; timeSeconds: number }> {
  const head = (await callRpc(rpcUrl, 'eth_getBlockByNumber', ['latest', false])) as {
    number: Hex
    timestamp: Hex
  }
  const nowSeconds = Math.floor(Date.now() / 1000)
  return {
    number: Number(head.number),
    timeSeconds: Math.max(Number(head.timestamp), nowSeconds),
  }
}
