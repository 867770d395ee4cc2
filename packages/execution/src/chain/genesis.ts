/**
 * The genesis file: geth's and Besu's layout with a `veche` section in `config` (genesis/README.md
 * lists every field with its unit). Decoding is total; every refusal names the field.
 */
import type { ConsensusParameters } from '@veche/consensus'
import {
  type Address,
  accept,
  EMPTY_BYTES,
  type Hash,
  hexToBytes,
  isAddress,
  isHex,
  type Refusal,
  type Result,
  refuse,
  VALIDATORS_MAX,
} from '@veche/primitives'
import { GENESIS_ACCOUNTS_MAX } from '../limits.ts'
import { stripZeros } from '../state/flat.ts'
import { FORKS, type ForkSchedule } from './forks.ts'

export interface GenesisAccount {
  /** wei */
  readonly balance: bigint
  readonly nonce: bigint
  readonly code: Uint8Array
  /** 32-byte slot → value without leading zeros, never empty */
  readonly storage: ReadonlyMap<Hash, Uint8Array>
}

export type GenesisAlloc = ReadonlyMap<Address, GenesisAccount>

export interface Genesis {
  readonly chainId: number
  readonly forks: ForkSchedule
  /** what consensus needs */
  readonly parameters: ConsensusParameters
  /** the contract with `getValidators()`; undefined: the set never changes */
  readonly validatorContract: Address | undefined
  /** `constant`: every block has the genesis fee; `eip1559`: the London update rule */
  readonly baseFeeRule: 'constant' | 'eip1559'
  /** unix seconds, a multiple of the step duration */
  readonly timestamp: number
  /** constant for every block */
  readonly gasLimit: bigint
  /** wei per gas */
  readonly baseFeePerGas: bigint
  /** ascending, unique; in force at heights 1 and 2 */
  readonly validators: readonly Address[]
  readonly alloc: GenesisAlloc
}

/** Thrown inside {@link decodeGenesis} only. */
class FieldError extends Error {}

function bad(field: string, expected: string): never {
  throw new FieldError(`${field}: ${expected} expected`)
}

type Fields = Readonly<Record<string, unknown>>

function toFields(value: unknown, field: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return bad(field, 'an object')
  return value as Fields
}

function toBigint(value: unknown, field: string): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  if (typeof value === 'string' && /^(?:0x[0-9a-fA-F]{1,64}|[0-9]{1,78})$/.test(value))
    return BigInt(value)
  return bad(field, 'a number, a decimal text or a 0x text')
}

function toNumber(value: unknown, field: string, max = Number.MAX_SAFE_INTEGER): number {
  const number = toBigint(value, field)
  return number > BigInt(max) ? bad(field, `at most ${max}`) : Number(number)
}

function toBytes(value: unknown, field: string): Uint8Array {
  return isHex(value) ? hexToBytes(value) : bad(field, '0x text of whole bytes')
}

function toAddress(value: unknown, field: string): Address {
  const text = typeof value === 'string' && !value.startsWith('0x') ? `0x${value}` : value
  return isAddress(text) ? (text.toLowerCase() as Address) : bad(field, 'an address of 20 bytes')
}

function toWord(text: unknown, field: string): string {
  if (typeof text !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(text))
    return bad(field, '0x text of at most 32 bytes')
  return text.slice(2).toLowerCase().padStart(64, '0')
}

function toStorage(value: unknown, field: string): Map<Hash, Uint8Array> {
  const storage = new Map<Hash, Uint8Array>()
  for (const [slot, word] of Object.entries(toFields(value, field))) {
    const bytes = stripZeros(hexToBytes(`0x${toWord(word, `${field}[${slot}]`)}`))
    if (bytes.length > 0) storage.set(`0x${toWord(slot, field)}`, bytes)
  }
  return storage
}

function toAlloc(value: unknown): Map<Address, GenesisAccount> {
  const alloc = new Map<Address, GenesisAccount>()
  const entries = Object.entries(toFields(value, 'alloc'))
  if (entries.length > GENESIS_ACCOUNTS_MAX)
    bad('alloc', `at most ${GENESIS_ACCOUNTS_MAX} accounts`)
  for (const [name, content] of entries) {
    const field = `alloc[${name}]`
    const address = toAddress(name, field)
    const fields = toFields(content, field)
    if (alloc.has(address)) bad(field, 'each address once')
    const { balance, nonce, code, storage } = fields as Record<string, unknown>
    alloc.set(address, {
      balance: balance === undefined ? 0n : toBigint(balance, `${field}.balance`),
      nonce: nonce === undefined ? 0n : toBigint(nonce, `${field}.nonce`),
      code: code === undefined ? EMPTY_BYTES : toBytes(code, `${field}.code`),
      storage: storage === undefined ? new Map() : toStorage(storage, `${field}.storage`),
    })
  }
  return alloc
}

/** `<fork>Time` in unix seconds; geth's `<fork>Block` keys may stand at 0 and say nothing new */
function toForks(config: Fields): ForkSchedule {
  const forks: Partial<Record<(typeof FORKS)[number], number>> = {}
  let last = 0
  for (const fork of FORKS) {
    const value = config[`${fork}Time`]
    if (value === undefined || value === null) continue
    const from = toNumber(value, `config.${fork}Time`)
    if (from < last) bad(`config.${fork}Time`, `at least ${last}, as of the fork before it,`)
    last = from
    forks[fork] = from
  }
  for (const [key, value] of Object.entries(config))
    if (key.endsWith('Block') && value !== null && toBigint(value, `config.${key}`) !== 0n)
      bad(`config.${key}`, '0, as forks are chosen by <fork>Time,')
  const names = FORKS.filter((fork) => forks[fork] !== undefined)
  const newest = names.at(-1)
  if (newest === undefined) return { berlin: 0, prague: 0 }
  return forks
}

function toParameters(chainId: number, veche: Fields): ConsensusParameters {
  const read = (key: string, fallback: number, max: number): number =>
    veche[key] === undefined ? fallback : toNumber(veche[key], `config.veche.${key}`, max)
  const stepSeconds = read('stepSeconds', 1, 3_600)
  if (stepSeconds < 1) bad('config.veche.stepSeconds', 'at least 1')
  const windowMax = read('windowMax', 15, 1_001)
  if (windowMax < 3) bad('config.veche.windowMax', 'at least 3')
  const emptyBlockIntervalSeconds = read('emptyBlockIntervalSeconds', 60, 86_400)
  if (emptyBlockIntervalSeconds < 1) bad('config.veche.emptyBlockIntervalSeconds', 'at least 1')
  return {
    chainId,
    stepSeconds,
    emptyBlockIntervalSeconds,
    blockIntervalMinMs: read('blockIntervalMinMs', 50, 60_000),
    blocksPerStepMax: read('blocksPerStepMax', 0, 1) as 0 | 1,
    windowMax,
  }
}

function toValidators(value: unknown): Address[] {
  if (!Array.isArray(value)) return bad('validators', 'a list of addresses')
  if (value.length === 0 || value.length > VALIDATORS_MAX)
    return bad('validators', `1 to ${VALIDATORS_MAX} addresses`)
  const sorted = value.map((item, i) => toAddress(item, `validators[${i}]`)).sort()
  if (new Set(sorted).size !== sorted.length) bad('validators', 'each address once')
  return sorted
}

function read(json: unknown): Genesis {
  const file = toFields(json, 'genesis')
  const get = (key: string): unknown => file[key]
  const config = toFields(get('config'), 'config')
  const vecheSection = config['veche']
  const veche = vecheSection === undefined ? {} : toFields(vecheSection, 'config.veche')
  const chainId = toNumber(config['chainId'], 'config.chainId', 2 ** 52)
  if (chainId < 1) bad('config.chainId', 'at least 1')
  const parameters = toParameters(chainId, veche)
  const timestamp = toNumber(get('timestamp'), 'timestamp', 2 ** 40)
  if (timestamp % parameters.stepSeconds !== 0)
    bad('timestamp', `a multiple of stepSeconds (${parameters.stepSeconds})`)
  const gasLimit = toBigint(get('gasLimit'), 'gasLimit')
  if (gasLimit < 21_000n || gasLimit > 2n ** 50n) bad('gasLimit', '21000 to 2^50')
  const rule = veche['baseFeeRule'] ?? 'constant'
  if (rule !== 'constant' && rule !== 'eip1559')
    return bad('config.veche.baseFeeRule', '"constant" or "eip1559"')
  const contract = veche['validatorContract']
  const fee = get('baseFeePerGas')
  const alloc = get('alloc')
  return {
    chainId,
    forks: toForks(config),
    parameters,
    validatorContract:
      contract === undefined ? undefined : toAddress(contract, 'config.veche.validatorContract'),
    baseFeeRule: rule,
    timestamp,
    gasLimit,
    baseFeePerGas: fee === undefined ? 0n : toBigint(fee, 'baseFeePerGas'),
    validators: toValidators(get('validators')),
    alloc: alloc === undefined ? new Map() : toAlloc(alloc),
  }
}

/** Decodes a parsed genesis file. Refuses with `GENESIS_MALFORMED`, naming the field. */
export function decodeGenesis(json: unknown): Result<Genesis> {
  try {
    return accept(read(json))
  } catch (error) {
    if (error instanceof FieldError) return malformed(error.message)
    throw error
  }
}

function malformed(reason: string): Refusal {
  return refuse('GENESIS_MALFORMED', reason)
}
