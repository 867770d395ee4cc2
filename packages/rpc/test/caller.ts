/** Asks the method table without a socket, and signs what tests send. */
import { type Hex, hexToBytes, keccakHex, utf8ToBytes } from '@veche/primitives'
import { type TransactionLike, Wallet } from 'ethers'
import type { RpcBackend } from '../src/backend.ts'
import { createDispatch, type DispatchLimits } from '../src/dispatch.ts'
import { createFilterStore } from '../src/filters.ts'
import type { Method } from '../src/method.ts'
import type { Turn } from '../src/session.ts'
import { createTable, METHODS } from '../src/table.ts'

export interface Response {
  readonly jsonrpc: string
  readonly id: unknown
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

export interface CallerOptions {
  readonly methods?: readonly Method[]
  readonly limits?: DispatchLimits
  readonly turn?: Turn
  readonly nowMs?: () => number
}

export interface Caller {
  /** the whole response */
  ask(method: string, ...params: unknown[]): Promise<Response>
  /** the result; an error fails the test */
  get(method: string, ...params: unknown[]): Promise<unknown>
  /** the error code; a result fails the test */
  code(method: string, ...params: unknown[]): Promise<number>
  /** text in, parsed text out */
  raw(text: string): Promise<unknown>
  readonly faults: unknown[]
}

export function createCaller(backend: RpcBackend, options: CallerOptions = {}): Caller {
  const faults: unknown[] = []
  const table = createTable([...METHODS, ...(options.methods ?? [])])
  const onFault = (fault: unknown): void => void faults.push(fault)
  const { limits, turn } = options
  const dispatch = createDispatch({ table, onFault, ...(limits === undefined ? {} : { limits }) })
  const filters = createFilterStore(backend, options.nowMs ?? (() => 0))
  const context = { backend, filters, ...(turn === undefined ? {} : { turn }) }
  const raw = async (text: string): Promise<unknown> => {
    const answer = await dispatch(text, context)
    return answer === undefined ? undefined : JSON.parse(answer)
  }
  const ask = (method: string, ...params: unknown[]): Promise<Response> =>
    raw(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })) as Promise<Response>
  return {
    faults,
    raw,
    ask,
    async get(method, ...params) {
      const { error, result } = await ask(method, ...params)
      if (error !== undefined) throw new TypeError(`${method}: ${error.code} ${error.message}`)
      return result
    },
    async code(method, ...params) {
      const { error, result } = await ask(method, ...params)
      if (error === undefined) throw new TypeError(`${method} answered ${JSON.stringify(result)}`)
      return error.code
    },
  }
}

/** A deterministic wallet. */
export function walletOf(name: string): Wallet {
  return new Wallet(keccakHex(utf8ToBytes(`wallet ${name}`)))
}

/** A signed transaction as raw bytes. */
export async function signed(wallet: Wallet, fields: TransactionLike): Promise<Uint8Array> {
  return hexToBytes(await wallet.signTransaction({ chainId: 1234, gasLimit: 100_000, ...fields }))
}

/** A 32-byte word. */
export function word(value: number | bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}
