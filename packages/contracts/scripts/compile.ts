/**
 * Compiles the contracts of `contracts.ts`, deterministically: fixed compiler, fixed settings, no
 * metadata in the byte code, each contract with its own imports alone, so that anybody can rebuild
 * and compare.
 */
import { VecheError } from '@veche/primitives'
import type { ContractSource } from './contracts.ts'
import { codeSettings, runSolc, type SolcOutput } from './solc.ts'
import { hashOfSources, readClosure, type SourceFiles } from './sources.ts'

/** One contract as the compiler describes it. */
export interface CompiledContract {
  readonly source: ContractSource
  readonly abi: readonly unknown[]
  /** creation code, hex without 0x */
  readonly bytecode: string
  /** runtime code, hex without 0x; zeros where immutables are written at deployment */
  readonly deployedBytecode: string
  /** byte offsets in the runtime code of each immutable's 32 bytes */
  readonly immutables: readonly (readonly number[])[]
  readonly storage: readonly StorageVariable[]
  readonly types: Readonly<Record<string, StorageType>>
  /** sha256 over every source it is made of, in order of name */
  readonly sourcesHash: string
}

export interface StorageVariable {
  readonly label: string
  readonly slot: string
  readonly offset: number
  readonly type: string
}

export interface StorageType {
  readonly label: string
  readonly numberOfBytes: string
  readonly members?: readonly { label: string; slot: string; offset: number }[]
}

const CODE_OUTPUT = [
  'abi',
  'evm.bytecode.object',
  'evm.deployedBytecode.object',
  'evm.deployedBytecode.immutableReferences',
  'storageLayout',
]

interface SolcContract {
  readonly abi: readonly unknown[]
  readonly evm: {
    readonly bytecode: { readonly object: string }
    readonly deployedBytecode: {
      readonly object: string
      readonly immutableReferences?: Readonly<Record<string, readonly { start: number }[]>>
    }
  }
  readonly storageLayout: {
    readonly storage: readonly StorageVariable[]
    readonly types: Readonly<Record<string, StorageType>> | null
  }
}

/**
 * Compiles these contracts; any warning or error is a failure (`SOLIDITY_REFUSED`). What did not
 * change since the last run comes from the cache.
 */
export async function compile(contracts: readonly ContractSource[]): Promise<CompiledContract[]> {
  const jobs = contracts.map((contract) => {
    const sources = readClosure([contract.file])
    const outputSelection = { [contract.file]: { [contract.name]: CODE_OUTPUT } }
    return [sources, { ...codeSettings(contract), outputSelection }] as const
  })
  const outputs = await runSolc(jobs)
  return contracts.map((contract, i) => pick(contract, jobs[i]?.[0] ?? new Map(), outputs[i] ?? {}))
}

function pick(
  source: ContractSource,
  sources: SourceFiles,
  { contracts }: SolcOutput,
): CompiledContract {
  const found = contracts?.[source.file]?.[source.name] as SolcContract | undefined
  if (found === undefined)
    throw new VecheError('SOLIDITY_REFUSED', `contract ${source.name} expected in ${source.file}`)
  const { bytecode, deployedBytecode } = found.evm
  const references = Object.values(deployedBytecode.immutableReferences ?? {})
  return {
    source,
    abi: found.abi,
    bytecode: bytecode.object,
    deployedBytecode: deployedBytecode.object,
    immutables: references.map((places) => places.map(({ start }) => start).sort((a, b) => a - b)),
    storage: found.storageLayout.storage.map(({ label, slot, offset, type }) => ({
      label,
      slot,
      offset,
      type,
    })),
    types: found.storageLayout.types ?? {},
    sourcesHash: hashOfSources(sources),
  }
}
