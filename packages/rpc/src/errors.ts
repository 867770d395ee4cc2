/**
 * The error table of JSON-RPC: JSON-RPC 2.0 §5.1, EIP-1474, and geth where they are silent. Errors
 * are values: a handler returns one. docs/errors/rpc.md tells a client what to do about each.
 */
import type { Json } from './json.ts'

export const ERROR_CODES = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** anything the node cannot or will not do, with geth's text */
  server: -32000,
  responseTooLarge: -32003,
  limitExceeded: -32005,
  /** geth's and ethers' code of a revert; `data` is the revert data */
  reverted: 3,
} as const

/** What a client gets instead of a result. A value, never thrown. */
export class RpcError {
  readonly code: number
  readonly message: string
  readonly data: Json | undefined

  constructor(code: number, message: string, data?: Json) {
    this.code = code
    this.message = message
    this.data = data
  }
}

/** −32602: a parameter is missing or misshapen. */
export function invalidParams(message: string): RpcError {
  return new RpcError(ERROR_CODES.invalidParams, message)
}

/** −32000 with geth's text. */
export function serverError(message: string): RpcError {
  return new RpcError(ERROR_CODES.server, message)
}

/** −32005 (EIP-1474): the question is right and too large; `data` says what fits. */
export function limitExceeded(message: string, data?: Json): RpcError {
  return new RpcError(ERROR_CODES.limitExceeded, message, data)
}

/** −32000 as geth says it when a state method names a block that is not there. */
export const headerNotFound: RpcError = serverError('header not found')
