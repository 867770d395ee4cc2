/**
 * Compiles the Solidity sources of this package with npm `solc`, deterministically: fixed compiler,
 * fixed settings, no metadata in the byte code, so that anybody can rebuild and compare.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { VecheError } from '@veche/primitives'
import solc from 'solc'

/** One contract as the compiler describes it. */
export interface CompiledContract {
  readonly name: string
  readonly abi: readonly unknown[]
  /** creation code, hex without 0x */
  readonly bytecode: string
  /** runtime code, hex without 0x */
  readonly deployedBytecode: string
  readonly storage: readonly { label: string; slot: string; offset: number; type: string }[]
  readonly types: Readonly<Record<string, StorageType>>
}

export interface StorageType {
  readonly label: string
  readonly numberOfBytes: string
  readonly members?: readonly { label: string; slot: string; offset: number }[]
}

export interface Compilation {
  readonly compiler: string
  /** sha256 over every source read, in order of name */
  readonly sourcesHash: string
  readonly contracts: readonly CompiledContract[]
}

const SOURCES = join(import.meta.dirname, '..', 'sol')
/** the contracts that are deployed */
const CONTRACTS = ['DocumentRegistry', 'ValidatorSet'] as const

const SETTINGS = {
  viaIR: true,
  optimizer: { enabled: true, runs: 1000 },
  evmVersion: 'prague',
  metadata: { appendCBOR: false, bytecodeHash: 'none' },
  outputSelection: {
    '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'storageLayout'] },
  },
}

interface SolcOutput {
  readonly errors?: readonly { severity: string; formattedMessage: string }[]
  readonly contracts: Record<string, Record<string, SolcContract>>
}

interface SolcContract {
  readonly abi: readonly unknown[]
  readonly evm: { bytecode: { object: string }; deployedBytecode: { object: string } }
  readonly storageLayout: {
    storage: CompiledContract['storage']
    types: CompiledContract['types'] | null
  }
}

function createReader(): { read(path: string): { contents: string }; hash(): string } {
  const seen = new Map<string, string>()
  const require = createRequire(import.meta.url)
  return {
    read(path) {
      const file = path.startsWith('@') ? require.resolve(path) : join(SOURCES, path)
      const contents = readFileSync(file, 'utf8')
      seen.set(path, contents)
      return { contents }
    },
    hash() {
      const hash = createHash('sha256')
      for (const path of [...seen.keys()].sort()) hash.update(`${path}\0${seen.get(path)}\0`)
      return hash.digest('hex')
    },
  }
}

/** Compiles every file of `sol/`; any warning or error is a failure (`SOLIDITY_REFUSED`). */
export function compile(): Compilation {
  const reader = createReader()
  const files = readdirSync(SOURCES)
    .filter((file) => file.endsWith('.sol'))
    .sort()
  const input = {
    language: 'Solidity',
    settings: SETTINGS,
    sources: Object.fromEntries(
      files.map((file) => [file, { content: reader.read(file).contents }]),
    ),
  }
  const answer = solc.compile(JSON.stringify(input), {
    import: (path: string) => reader.read(path),
  })
  const output = JSON.parse(answer) as SolcOutput
  const complaints = (output.errors ?? []).filter(({ severity }) => severity !== 'info')
  if (complaints.length > 0)
    throw new VecheError(
      'SOLIDITY_REFUSED',
      complaints.map(({ formattedMessage }) => formattedMessage).join('\n'),
    )
  const contracts = CONTRACTS.map((name) => pick(name, output))
  return { compiler: solc.version(), sourcesHash: reader.hash(), contracts }
}

function pick(name: string, output: SolcOutput): CompiledContract {
  const found = output.contracts[`${name}.sol`]?.[name]
  if (found === undefined) throw new VecheError('SOLIDITY_REFUSED', `contract ${name} expected`)
  return {
    name,
    abi: found.abi,
    bytecode: found.evm.bytecode.object,
    deployedBytecode: found.evm.deployedBytecode.object,
    storage: found.storageLayout.storage.map(({ label, slot, offset, type }) => ({
      label,
      slot,
      offset,
      type,
    })),
    types: found.storageLayout.types ?? {},
  }
}
