/**
 * The configuration of one node: flags over environment over file over defaults, all described by
 * the table in config-options.ts. What is unknown or out of range is an error that names the key,
 * what was expected, what was found, and for a misspelt name the nearest one.
 */
import { resolve } from 'node:path'
import { type CheckpointBlock, parseCheckpoint } from './checkpoint.ts'
import {
  keyToAttribute,
  keyToFlag,
  keyToVariable,
  type OptionKey,
  type OptionValue,
} from './config-options.ts'
import { invalid, optionValue, readFileValues, readNamed, type Values } from './config-values.ts'
import { parseOverrides, type SetOverride } from './council/overrides.ts'
import type { ForkTimes } from './genesis-file.ts'
import type { LogFormat, LogLevel } from './log.ts'

/** Everything a node is told from outside. Paths are absolute. */
export interface NodeConfig {
  readonly name: string
  readonly dataDir: string
  readonly genesisFile: string
  /** fork times that replace or add to those of the genesis file, unix seconds */
  readonly forks: ForkTimes
  readonly role: 'validator' | 'observer'
  readonly checkpoint?: CheckpointBlock
  /** ascending by height, empty for none */
  readonly validatorsOverride: readonly SetOverride[]
  readonly keystoreFile?: string
  readonly passwordFile?: string
  readonly p2p: {
    readonly keyFile?: string
    readonly listen: readonly string[]
    readonly announce: readonly string[]
    readonly bootnodes: readonly string[]
    readonly connectionsMax: number
  }
  readonly rpc: {
    readonly enabled: boolean
    readonly host: string
    readonly port: number
    readonly corsOrigins: readonly string[]
    readonly hosts: readonly string[]
  }
  readonly metrics: { readonly enabled: boolean; readonly host: string; readonly port: number }
  readonly log: { readonly level: LogLevel; readonly format: LogFormat }
  readonly execution: {
    /** gas */
    readonly callGasMax: number
    readonly callTimeoutMs: number
  }
  readonly pool: {
    readonly countMax: number
    readonly bytesMax: number
    readonly senderCountMax: number
    /** whether QuotaPolicy is applied */
    readonly quotas: boolean
  }
}

export interface LoadConfigOptions {
  /** JSON file; its relative paths are relative to it */
  readonly file?: string
  /** `VECHE_*` variables; the others are ignored */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** by commander's attribute name (`rpcPort`) */
  readonly flags?: Readonly<Record<string, unknown>>
  /** base of relative paths in flags and environment; default the working directory */
  readonly cwd?: string
}

function optional<N extends string, T>(name: N, value: T | undefined): { [K in N]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { [K in N]?: T })
}

function readOverrides(text = ''): readonly SetOverride[] {
  const overrides = parseOverrides(text)
  if (overrides !== undefined) return overrides
  const expected = 'HEIGHT:ADDRESS,ADDRESS,… or HEIGHT:contract=ADDRESS with ; between, ascending,'
  throw invalid({ key: 'validatorsOverride', expected, got: text, source: 'validatorsOverride' })
}

function readCheckpoint(text: string | undefined): { checkpoint?: CheckpointBlock } {
  if (text === undefined) return {}
  const checkpoint = parseCheckpoint(text)
  if (checkpoint !== undefined) return { checkpoint }
  const expected = 'height:hash, a number and 32 bytes of hex,'
  throw invalid({ key: 'checkpoint', expected, got: text, source: 'checkpoint' })
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])

/** What one option demands of another. */
function checkTogether(config: NodeConfig): void {
  const source = 'options together'
  if (config.role === 'validator') {
    for (const key of ['keystoreFile', 'passwordFile'] as const)
      if (config[key] === undefined)
        throw invalid({ key, expected: 'a path for a validator', got: undefined, source })
    if (config.rpc.enabled && !LOOPBACK.has(config.rpc.host))
      throw invalid({
        key: 'rpc.host',
        expected: 'a loopback address on a validator, which serves no public RPC,',
        got: config.rpc.host,
        source,
      })
  }
  const { rpc, metrics } = config
  const bothOn = rpc.enabled && metrics.enabled && rpc.port !== 0
  if (bothOn && rpc.port === metrics.port)
    throw invalid({
      key: 'metrics.port',
      expected: 'a port other than rpc.port',
      got: metrics.port,
      source,
    })
}

/**
 * The configuration of a node. Throws `CONFIG_INVALID` with the facts `key`, `expected`, `got` and
 * `source`, or `key` and `nearest` for an unknown name.
 */
export function loadConfig(options: LoadConfigOptions): NodeConfig {
  const cwd = options.cwd ?? process.cwd()
  const values: Values = new Map()
  if (options.file !== undefined) readFileValues(resolve(cwd, options.file), values)
  const env = Object.entries(options.env ?? {}).filter(([name]) => name.startsWith('VECHE_'))
  const variable = (key: OptionKey) => ({ name: keyToVariable(key), shown: keyToVariable(key) })
  readNamed(Object.fromEntries(env), variable, { into: values, cwd, what: 'environment' })
  const flag = (key: OptionKey) => ({ name: keyToAttribute(key), shown: keyToFlag(key) })
  readNamed(options.flags ?? {}, flag, { into: values, cwd, what: 'flag' })
  const of = <K extends OptionKey>(key: K): OptionValue<K> => optionValue(values, key)
  const config: NodeConfig = {
    name: of('name'),
    dataDir: of('dataDir'),
    genesisFile: of('genesisFile'),
    forks: {
      ...optional('london', of('forks.london')),
      ...optional('paris', of('forks.paris')),
      ...optional('shanghai', of('forks.shanghai')),
      ...optional('cancun', of('forks.cancun')),
      ...optional('prague', of('forks.prague')),
      ...optional('osaka', of('forks.osaka')),
    },
    role: of('role'),
    ...readCheckpoint(of('checkpoint')),
    validatorsOverride: readOverrides(of('validatorsOverride')),
    ...optional('keystoreFile', of('keystoreFile')),
    ...optional('passwordFile', of('passwordFile')),
    p2p: {
      ...optional('keyFile', of('p2p.keyFile')),
      listen: of('p2p.listen'),
      announce: of('p2p.announce'),
      bootnodes: of('p2p.bootnodes'),
      connectionsMax: of('p2p.connectionsMax'),
    },
    rpc: {
      enabled: of('rpc.enabled'),
      host: of('rpc.host'),
      port: of('rpc.port'),
      corsOrigins: of('rpc.corsOrigins'),
      hosts: of('rpc.hosts'),
    },
    metrics: {
      enabled: of('metrics.enabled'),
      host: of('metrics.host'),
      port: of('metrics.port'),
    },
    log: { level: of('log.level'), format: of('log.format') },
    execution: {
      callGasMax: of('execution.callGasMax'),
      callTimeoutMs: of('execution.callTimeoutMs'),
    },
    pool: {
      countMax: of('pool.countMax'),
      bytesMax: of('pool.bytesMax'),
      senderCountMax: of('pool.senderCountMax'),
      quotas: of('pool.quotas'),
    },
  }
  checkTogether(config)
  return config
}
