/**
 * The text of a revert, as geth and ethers show it: Solidity's `Error(string)` and `Panic(uint256)`
 * are spelt out, anything else stays in `data` for the client's ABI. Solidity documentation,
 * "Control structures", panic codes.
 */
import { bytesToBigint, bytesToHex } from '@veche/primitives'
import { ERROR_CODES, RpcError } from './errors.ts'

/** bytes4(keccak256("Error(string)")) */
const ERROR_SELECTOR = '0x08c379a0'
/** bytes4(keccak256("Panic(uint256)")) */
const PANIC_SELECTOR = '0x4e487b71'

const PANICS: ReadonlyMap<bigint, string> = new Map([
  [0x00n, 'generic panic'],
  [0x01n, 'assert(false)'],
  [0x11n, 'arithmetic underflow or overflow'],
  [0x12n, 'division or modulo by zero'],
  [0x21n, 'enum overflow'],
  [0x22n, 'invalid encoded storage byte array accessed'],
  [0x31n, 'out-of-bounds array access; popping on an empty array'],
  [0x32n, 'out-of-bounds access of an array or bytesN'],
  [0x41n, 'out of memory'],
  [0x51n, 'uninitialized function'],
])

function errorString(body: Uint8Array): string | undefined {
  if (body.length < 64 || bytesToBigint(body.subarray(0, 32)) !== 32n) return undefined
  const length = bytesToBigint(body.subarray(32, 64))
  if (length > BigInt(body.length - 64)) return undefined
  return new TextDecoder().decode(body.subarray(64, 64 + Number(length)))
}

/** The reason in revert data, or undefined when it is a custom error or no ABI data at all. */
export function revertReason(output: Uint8Array): string | undefined {
  const selector = bytesToHex(output.subarray(0, 4))
  const body = output.subarray(4)
  if (selector === ERROR_SELECTOR) return errorString(body)
  if (selector !== PANIC_SELECTOR || body.length < 32) return undefined
  const code = bytesToBigint(body.subarray(0, 32))
  return PANICS.get(code) ?? `unknown panic code: 0x${code.toString(16)}`
}

/** The error of a reverted call: code 3, the data whole. */
export function revertError(output: Uint8Array): RpcError {
  const reason = revertReason(output)
  const message = reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`
  return new RpcError(ERROR_CODES.reverted, message, bytesToHex(output))
}
