/**
 * The opcodes whose stock handlers cost far more time than gas, in our own words: jumps (an invalid one
 * hashes the whole code for its message), pushes and the jump-destination analysis (repeated at every
 * call, with a bigint for every push of the contract: 25 µs for one gas at worst). ADR 0032 has figures.
 */
import { type EVM, EVMError } from '@ethereumjs/evm'
import { AssertionError, assert } from '@veche/primitives'
import { ANALYSED_CODE_BYTES_MAX } from '../limits.ts'

/** What handlers use of ethereumjs's run state. */
export interface RunState {
  code: Uint8Array
  programCounter: number
  opCode: number
  validJumps: Uint8Array
  shouldDoJumpAnalysis: boolean
  stack: { push(value: bigint): void; pop(): bigint }
  interpreter: object
}

export interface OpcodeEntry {
  opcodeInfo: { isAsync: boolean }
  opHandler: (runState: RunState, common: unknown) => unknown
  gasHandler: unknown
}

/** The opcode table of an EVM: private to it, built once per instance as its fork never changes. */
export function opcodeTable(evm: EVM): (OpcodeEntry | undefined)[] {
  return (evm as unknown as { _opcodeMap: (OpcodeEntry | undefined)[] })._opcodeMap
}

const SMALL: readonly bigint[] = Array.from({ length: 256 }, (_, i) => BigInt(i))

/** `length` big-endian bytes of code; what lies beyond its end is zero */
function readPush(code: Uint8Array, at: number, length: number): bigint {
  if (length === 1) return SMALL[code[at] ?? 0] as bigint
  let value = 0n
  let chunk = 0
  let size = 0
  for (let i = 0; i < length; i++) {
    chunk = chunk * 256 + (code[at + i] ?? 0)
    if (++size === 6) {
      value = (value << 48n) | BigInt(chunk)
      chunk = 0
      size = 0
    }
  }
  if (size === 0) return value
  return value === 0n ? BigInt(chunk) : (value << BigInt(8 * size)) | BigInt(chunk)
}

function push(runState: RunState): void {
  const length = runState.opCode - 0x5f
  runState.stack.push(readPush(runState.code, runState.programCounter, length))
  runState.programCounter += length
}

function invalidJump(): never {
  throw new EVMError(EVMError.errorMessages.INVALID_JUMP)
}

function jumpTo(runState: RunState, destination: bigint): void {
  if (destination >= BigInt(runState.code.length)) invalidJump()
  const to = Number(destination)
  if (runState.validJumps[to] !== 1) invalidJump()
  runState.programCounter = to
}

function jump(runState: RunState): void {
  jumpTo(runState, runState.stack.pop())
}

function jumpIf(runState: RunState): void {
  const destination = runState.stack.pop()
  if (runState.stack.pop() !== 0n) jumpTo(runState, destination)
}

interface Analysis {
  /** 1 where a JUMPDEST is */
  readonly jumps: Uint8Array
  /** unused: our pushes read the code */
  readonly pushes: Record<number, bigint>
  readonly opcodesCached: readonly (OpcodeEntry | undefined)[]
}

/** Analyses by code object and table, in two generations bounded by the bytes of code. */
class Analyses {
  #young = new Map<Uint8Array, Analysis>()
  #old = new Map<Uint8Array, Analysis>()
  #bytes = 0

  get(code: Uint8Array, table: readonly (OpcodeEntry | undefined)[]): Analysis {
    const known = this.#young.get(code)
    if (known !== undefined) return known
    const analysis = this.#old.get(code) ?? analyse(code, table)
    if (this.#bytes + code.length > ANALYSED_CODE_BYTES_MAX) {
      this.#old = this.#young
      this.#young = new Map()
      this.#bytes = 0
    }
    this.#young.set(code, analysis)
    this.#bytes += code.length
    return analysis
  }
}

const NO_PUSHES: Record<number, bigint> = {}

function analyse(code: Uint8Array, table: readonly (OpcodeEntry | undefined)[]): Analysis {
  const jumps = new Uint8Array(code.length)
  const opcodesCached = new Array<OpcodeEntry | undefined>(code.length)
  for (let i = 0; i < code.length; i++) {
    const opcode = code[i] as number
    opcodesCached[i] = table[opcode]
    if (opcode === 0x5b) jumps[i] = 1
    else if (opcode >= 0x60 && opcode <= 0x7f) i += opcode - 0x5f
  }
  return { jumps, pushes: NO_PUSHES, opcodesCached }
}

interface Interpreter {
  _evm: EVM
  _getValidJumpDestinations(code: Uint8Array): Analysis
}

const analyses = new WeakMap<EVM, Analyses>()
let patched = false

/** Replaces the analysis in ethereumjs's Interpreter, which the package does not export. */
function patchAnalysis(prototype: Interpreter): void {
  const stock = prototype._getValidJumpDestinations
  assert(typeof stock === 'function', 'ethereumjs 10.1 analyses jumps in this method')
  prototype._getValidJumpDestinations = function analysed(this: Interpreter, code) {
    const own = analyses.get(this._evm)
    // an EVM that is not ours keeps the stock analysis: its pushes read it
    return own === undefined ? stock.call(this, code) : own.get(code, opcodeTable(this._evm))
  }
  patched = true
}

/** Installs our handlers; runs one jump to reach the interpreter's prototype the first time. */
export async function installOpcodes(evm: EVM): Promise<void> {
  const table = opcodeTable(evm)
  const replace = (opcode: number, handler: (runState: RunState) => void): void => {
    const entry = table[opcode]
    if (entry === undefined) throw new AssertionError(`opcode ${opcode} is in the table`)
    table[opcode] = { ...entry, opHandler: handler }
  }
  for (let opcode = 0x60; opcode <= 0x7f; opcode++) replace(opcode, push)
  replace(0x57, jumpIf)
  analyses.set(evm, new Analyses())
  if (!patched) {
    replace(0x56, ({ interpreter }) => {
      patchAnalysis(Object.getPrototypeOf(interpreter) as Interpreter)
      throw new EVMError(EVMError.errorMessages.STOP)
    })
    // PUSH1 0 JUMP
    await evm.runCode({ code: Uint8Array.of(0x60, 0, 0x56), gasLimit: 100n })
    assert(patched, 'the jump reached our handler')
  }
  replace(0x56, jump)
}
