/**
 * What ethereumjs 10.1 does again for every call and every transaction, up to a third of the time
 * of a contract test, is done once: finding the jumps of the same code, merging the same
 * parameters. What is computed stays the same.
 */
import { paramsBlock } from '@ethereumjs/block'
import { paramsTx } from '@ethereumjs/tx'
import type { VM } from '@ethereumjs/vm'
import { assert } from '@veche/primitives'

interface Interpreter {
  _getValidJumpDestinations(code: Uint8Array): object
}

interface OpcodeEntry {
  readonly opHandler: (runState: { readonly interpreter: object }) => unknown
}

let remembers = false

/** Every code object is analysed once; all test chains are of one fork. */
function remember(prototype: Interpreter): void {
  const analyse = prototype._getValidJumpDestinations
  assert(typeof analyse === 'function', 'ethereumjs 10.1 finds jumps in this method')
  const known = new WeakMap<Uint8Array, object>()
  prototype._getValidJumpDestinations = function analyseOnce(this: Interpreter, code) {
    const found = known.get(code) ?? analyse.call(this, code)
    known.set(code, found)
    return found
  }
  remembers = true
}

/** ethereumjs does not export its Interpreter: a STOP that it runs leads to the class. */
async function reachInterpreter({ evm }: VM): Promise<void> {
  const table = (evm as unknown as { _opcodeMap: OpcodeEntry[] })._opcodeMap
  const stop = table[0]
  assert(stop !== undefined, 'STOP is in the table')
  table[0] = {
    ...stop,
    opHandler(runState) {
      remember(Object.getPrototypeOf(runState.interpreter) as Interpreter)
    },
  }
  assert(evm.runCode !== undefined, 'an EVM that runs bare code')
  await evm.runCode({ code: Uint8Array.of(0), gasLimit: 10n })
  table[0] = stop
  assert(remembers, 'the opcode reached our handler')
}

/** For a machine that never leaves its fork. */
export async function hasten(vm: VM): Promise<void> {
  const { common } = vm
  common.updateParams(paramsTx)
  common.updateParams(paramsBlock)
  common.copy = () => common
  common.updateParams = () => undefined
  if (!remembers) await reachInterpreter(vm)
}
