/**
 * The opcode loop, in place of `Interpreter.run` of ethereumjs 10.1: the same steps for Berlin to
 * Osaka, but it awaits only what is asynchronous (stock awaits every opcode, which is most of its
 * time), and leaves out what those forks do not have (EOF, state trees, Amsterdam). EVMs that are
 * not ours keep the stock loop and stock opcodes. ADR 0032.
 */
import { type EVM, EVMError } from '@ethereumjs/evm'
import { assert } from '@veche/primitives'
import { installOpcodes, type OpcodeEntry, opcodeTable, type RunState } from './opcodes.ts'

interface RunResult {
  runState: RunState
  exceptionError: EVMError | undefined
}

interface Interpreter {
  readonly _evm: EVM
  readonly _runState: RunState
  readonly common: unknown
  run(code: Uint8Array, options?: { pc?: number }): Promise<RunResult>
}

/** EVMs that carry our opcodes */
const ours = new WeakSet<EVM>()
let patched = false

function outOfGas(runState: RunState): never {
  runState.gasLeft = 0n
  throw new EVMError(EVMError.errorMessages.OUT_OF_GAS)
}

/** charges and counts; undefined gas handlers never get here */
function charge(runState: RunState, entry: OpcodeEntry, gas: bigint): void {
  if (entry.opcodeInfo.isInvalid) throw new EVMError(EVMError.errorMessages.INVALID_OPCODE)
  runState.gasLeft -= gas
  if (runState.gasLeft < 0n) outOfGas(runState)
  runState.programCounter++
}

async function loop(
  runState: RunState,
  table: readonly (OpcodeEntry | undefined)[],
  common: unknown,
): Promise<void> {
  const { code } = runState
  while (runState.programCounter < code.length) {
    const opcode = code[runState.programCounter] as number
    runState.opCode = opcode
    const entry = table[opcode] as OpcodeEntry
    const { opcodeInfo } = entry
    let gas = opcodeInfo.feeBigInt
    if (opcodeInfo.dynamicGas) {
      const priced = entry.gasHandler(runState, gas, common)
      gas = typeof priced === 'bigint' ? priced : ((await priced) as bigint)
    }
    charge(runState, entry, gas)
    const done = entry.opHandler(runState, common)
    if (done !== undefined && opcodeInfo.isAsync) await done
  }
}

/** an exceptional halt or STOP; anything else is not the contract's doing */
function toHalt(error: unknown): EVMError | undefined {
  if (!(error instanceof EVMError)) throw error
  return error.error === EVMError.errorMessages.STOP ? undefined : error
}

function patch(prototype: Interpreter): void {
  const stock = prototype.run
  assert(typeof stock === 'function', 'ethereumjs 10.1 runs code in this method')
  prototype.run = async function run(this: Interpreter, code, options = {}) {
    const evm = this._evm
    if (!ours.has(evm)) return stock.call(this, code, options)
    const runState = this._runState
    runState.code = code
    let exceptionError: EVMError | undefined
    try {
      await loop(runState, opcodeTable(evm), this.common)
    } catch (error) {
      exceptionError = toHalt(error)
    }
    return { runState, exceptionError }
  }
  patched = true
}

/** ethereumjs does not export its Interpreter: one opcode run by it leads to the class. */
async function reach(evm: EVM): Promise<void> {
  const table = opcodeTable(evm)
  const stop = table[0] as OpcodeEntry
  const opHandler = (runState: RunState): never => {
    const { interpreter } = runState as unknown as { interpreter: object }
    patch(Object.getPrototypeOf(interpreter) as Interpreter)
    throw new EVMError(EVMError.errorMessages.STOP)
  }
  table[0] = { ...stop, opHandler }
  await evm.runCode({ code: Uint8Array.of(0), gasLimit: 10n })
  table[0] = stop
  assert(patched, 'the opcode reached our handler')
}

/** Gives an EVM our opcodes and our loop. */
export async function installLoop(evm: EVM): Promise<void> {
  if (!patched) await reach(evm)
  installOpcodes(evm)
  ours.add(evm)
}
