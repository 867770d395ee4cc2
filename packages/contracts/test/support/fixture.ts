/** Compiles a Solidity file of test/fixtures with the settings of the product. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { assert, type Hex } from '@veche/primitives'
import type { Abi } from 'viem'
import { runSolc } from '../../scripts/solc.ts'
import { readClosure } from '../../scripts/sources.ts'

export interface Fixture {
  readonly abi: Abi
  readonly bytecode: Hex
}

interface Compiled {
  readonly abi: Abi
  readonly evm: { readonly bytecode: { readonly object: string } }
}

/** Name → ABI and creation code of each contract of the file; `imports` are names below sol/. */
export async function compileFixture(
  file: string,
  imports: readonly string[],
): Promise<(name: string) => Fixture> {
  const text = readFileSync(join(import.meta.dirname, '..', 'fixtures', file), 'utf8')
  const sources = new Map([[file, text], ...readClosure(imports)])
  const outputSelection = { '*': { '*': ['abi', 'evm.bytecode.object'] } }
  const [output] = await runSolc([[sources, { outputSelection }]])
  const all = Object.assign({}, ...Object.values(output?.contracts ?? {})) as Record<
    string,
    Compiled
  >
  return (name) => {
    const found = all[name]
    assert(found !== undefined, `contract ${name} in ${file}`)
    return { abi: found.abi, bytecode: `0x${found.evm.bytecode.object}` }
  }
}
