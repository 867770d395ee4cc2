/**
 * The opcodes whose stock handlers cost far more time than gas, in our own words: jumps (an
 * invalid one hashes the whole code for its message; the analysis of their destinations is
 * repeated at every call) pushes (a table of bigints for each analysed code) and copies (three for
 * one). ADR 0032 has figures.
 */
import { type EVM, EVMError } from '@ethereumjs/evm'
import { AssertionError } from '@veche/primitives'

/** What handlers use of ethereumjs's run state. */
export interface RunState {
  code: Uint8Array
  programCounter: number
  opCode: number
  gasLeft: bigint
  /** our analysis: one bit per byte of code, set where a JUMPDEST is */
  validJumps: Uint8Array
  shouldDoJumpAnalysis: boolean
  stack: { push(value: bigint): void; pop(): bigint }
  memory: { extend(offset: number, size: number): void; _store: Uint8Array }
  interpreter: { getCallData(): Uint8Array }
}

export interface OpcodeEntry {
  readonly opcodeInfo: {
    readonly isAsync: boolean
    readonly dynamicGas: boolean
    readonly isInvalid: boolean
    readonly feeBigInt: bigint
  }
  readonly opHandler: (runState: RunState, common: unknown) => unknown
  readonly gasHandler: (runState: RunState, gas: bigint, common: unknown) => unknown
}

/** The opcode table of an EVM: private to it, built once per instance as its fork never changes. */
export function opcodeTable(evm: EVM): (OpcodeEntry | undefined)[] {
  return (evm as unknown as { _opcodeMap: (OpcodeEntry | undefined)[] })._opcodeMap
}

const SMALL: readonly bigint[] = Array.from({ length: 256 }, (_, i) => BigInt(i))
/** bytes that fit a safe integer */
const CHUNK = 6

/** `length` big-endian bytes of code; what lies beyond its end is zero */
function readPush(code: Uint8Array, at: number, length: number): bigint {
  if (length === 1) return SMALL[code[at] ?? 0] as bigint
  let value = 0n
  for (let from = 0; from < length; from += CHUNK) {
    const size = Math.min(CHUNK, length - from)
    let chunk = 0
    for (let i = 0; i < size; i++) chunk = chunk * 256 + (code[at + from + i] ?? 0)
    value = from === 0 ? BigInt(chunk) : (value << BigInt(8 * size)) | BigInt(chunk)
  }
  return value
}

function push(runState: RunState): void {
  const length = runState.opCode - 0x5f
  runState.stack.push(readPush(runState.code, runState.programCounter, length))
  runState.programCounter += length
}

function analyse(code: Uint8Array): Uint8Array {
  const jumps = new Uint8Array((code.length >> 3) + 1)
  for (let i = 0; i < code.length; i++) {
    const opcode = code[i] as number
    if (opcode === 0x5b) jumps[i >> 3] = (jumps[i >> 3] as number) | (1 << (i & 7))
    else if (opcode >= 0x60 && opcode <= 0x7f) i += opcode - 0x5f
  }
  return jumps
}

/** lives as long as the code object, which the code caches bound */
const analyses = new WeakMap<Uint8Array, Uint8Array>()

function analysisOf(code: Uint8Array): Uint8Array {
  let jumps = analyses.get(code)
  if (jumps === undefined) {
    jumps = analyse(code)
    analyses.set(code, jumps)
  }
  return jumps
}

function invalidJump(): never {
  throw new EVMError(EVMError.errorMessages.INVALID_JUMP)
}

function jumpTo(runState: RunState, destination: bigint): void {
  const { code } = runState
  if (destination >= BigInt(code.length)) invalidJump()
  const to = Number(destination)
  // most bad destinations show at once, without an analysis
  if (code[to] !== 0x5b) invalidJump()
  if (runState.shouldDoJumpAnalysis) {
    runState.validJumps = analysisOf(code)
    runState.shouldDoJumpAnalysis = false
  }
  if (((runState.validJumps[to >> 3] as number) & (1 << (to & 7))) === 0) invalidJump()
  runState.programCounter = to
}

function jump(runState: RunState): void {
  jumpTo(runState, runState.stack.pop())
}

function jumpIf(runState: RunState): void {
  const destination = runState.stack.pop()
  if (runState.stack.pop() !== 0n) jumpTo(runState, destination)
}

/** copies from `source`, zeros beyond its end, without the two copies of the stock handler */
function copyToMemory(runState: RunState, source: Uint8Array): void {
  const { stack, memory } = runState
  const to = stack.pop()
  const from = stack.pop()
  const length = Number(stack.pop())
  if (length === 0) return
  // the gas of memory bounds `to` and `length`; `from` is free
  const start = from > BigInt(source.length) ? source.length : Number(from)
  const part = source.subarray(start, Math.min(start + length, source.length))
  memory.extend(Number(to), length)
  memory._store.set(part, Number(to))
  memory._store.fill(0, Number(to) + part.length, Number(to) + length)
}

/** Puts our handlers into the table of an EVM. They need the loop of loop.ts. */
export function installOpcodes(evm: EVM): void {
  const table = opcodeTable(evm)
  const replace = (opcode: number, opHandler: (runState: RunState) => void): void => {
    const entry = table[opcode]
    if (entry === undefined) throw new AssertionError(`opcode ${opcode} is in the table`)
    table[opcode] = { ...entry, opHandler }
  }
  for (let opcode = 0x60; opcode <= 0x7f; opcode++) replace(opcode, push)
  replace(0x56, jump)
  replace(0x57, jumpIf)
  replace(0x37, (runState) => copyToMemory(runState, runState.interpreter.getCallData()))
  replace(0x39, (runState) => copyToMemory(runState, runState.code))
}
