/**
 * Every option of `veche node`, once. From this table follow the configuration file's keys, the
 * flags (`--rpc-port`), the environment variables (`VECHE_RPC_PORT`), the JSON Schema in
 * docs/config.schema.json and the reference in docs/configuration.md.
 */

export type OptionSpec = {
  readonly help: string
  /** false when a configuration without it is incomplete, or the option may stay out */
  readonly default?: string | number | boolean | readonly string[]
  readonly required?: true
} & (
  | { readonly kind: 'text' }
  /** relative to the configuration file, or to the working directory for flags and environment */
  | { readonly kind: 'path' }
  | { readonly kind: 'switch' }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  /** an array in the file, comma-separated elsewhere */
  | { readonly kind: 'list'; readonly item: string }
)

const port = (help: string, fallback: number) =>
  ({ kind: 'integer', min: 0, max: 65_535, default: fallback, help }) as const

const forkTime = (fork: string) =>
  ({
    kind: 'integer',
    min: 1,
    max: 2 ** 40,
    help: `unix seconds at which ${fork} begins, instead of the genesis file's time; after genesis`,
  }) as const

export const CONFIG_OPTIONS = {
  name: { kind: 'text', default: 'veche', help: 'name of this node in its log and to its peers' },
  dataDir: { kind: 'path', required: true, help: 'directory of the chain and the write-ahead log' },
  genesisFile: { kind: 'path', required: true, help: 'genesis file of the network' },
  role: {
    kind: 'choice',
    choices: ['validator', 'observer'],
    default: 'observer',
    help: 'a validator signs blocks with its keystore; an observer follows and serves',
  },
  checkpoint: {
    kind: 'text',
    help: 'height:hash of a block known to be right; a chain without it is never accepted',
  },
  validatorsOverride: {
    kind: 'text',
    help: 'disaster recovery, the same on every node: HEIGHT:ADDRESS,ADDRESS,… is the set in force from that height on, HEIGHT:contract=ADDRESS the contract that is asked from then on; several with ; between',
  },
  keystoreFile: { kind: 'path', help: 'web3 keystore v3 of the validator key' },
  passwordFile: { kind: 'path', help: 'file whose first line opens the keystore' },
  'forks.london': forkTime('London'),
  'forks.paris': forkTime('Paris'),
  'forks.shanghai': forkTime('Shanghai'),
  'forks.cancun': forkTime('Cancun'),
  'forks.prague': forkTime('Prague'),
  'forks.osaka': forkTime('Osaka'),
  'p2p.keyFile': {
    kind: 'path',
    help: 'ed25519 key of the peer identity; made on the first start, default in dataDir',
  },
  'p2p.listen': {
    kind: 'list',
    item: 'multiaddr',
    default: ['/ip4/0.0.0.0/tcp/30303'],
    help: 'multiaddrs to listen on',
  },
  'p2p.announce': {
    kind: 'list',
    item: 'multiaddr',
    default: [],
    help: 'multiaddrs told to peers instead of those listened on (behind NAT)',
  },
  'p2p.bootnodes': {
    kind: 'list',
    item: 'multiaddr with /p2p/ peer id',
    default: [],
    help: 'peers dialled first',
  },
  'p2p.connectionsMax': {
    kind: 'integer',
    min: 4,
    max: 10_000,
    default: 100,
    help: 'connections held at once; validators and bootnodes always fit',
  },
  'rpc.enabled': { kind: 'switch', default: false, help: 'serve JSON-RPC over HTTP and WebSocket' },
  'rpc.host': { kind: 'text', default: '127.0.0.1', help: 'address the JSON-RPC server binds' },
  'rpc.port': port('port of the JSON-RPC server; 0 lets the system choose', 8545),
  'rpc.corsOrigins': {
    kind: 'list',
    item: 'origin',
    default: [],
    help: 'origins a browser may call from; * for any',
  },
  'rpc.hosts': {
    kind: 'list',
    item: 'host name',
    default: ['localhost', '127.0.0.1', '[::1]'],
    help: 'Host headers that are answered (DNS rebinding); * for any',
  },
  'metrics.enabled': { kind: 'switch', default: false, help: 'serve Prometheus metrics' },
  'metrics.host': { kind: 'text', default: '127.0.0.1', help: 'address the metrics server binds' },
  'metrics.port': port('port of the metrics server; 0 lets the system choose', 9545),
  'log.level': {
    kind: 'choice',
    choices: ['error', 'warn', 'info', 'debug'],
    default: 'info',
    help: 'least serious lines shown',
  },
  'log.format': {
    kind: 'choice',
    choices: ['text', 'json'],
    default: 'text',
    help: 'aligned text or one JSON object per line',
  },
  'execution.callGasMax': {
    kind: 'integer',
    min: 21_000,
    max: 10_000_000_000,
    default: 50_000_000,
    help: 'gas one eth_call or eth_estimateGas may use',
  },
  'execution.callTimeoutMs': {
    kind: 'integer',
    min: 10,
    max: 600_000,
    default: 2_000,
    help: 'milliseconds after which a call is stopped',
  },
  'pool.countMax': {
    kind: 'integer',
    min: 1,
    max: 10_000_000,
    default: 20_000,
    help: 'transactions the pool holds',
  },
  'pool.bytesMax': {
    kind: 'integer',
    min: 131_072,
    max: 17_179_869_184,
    default: 67_108_864,
    help: 'bytes of transactions the pool holds',
  },
  'pool.senderCountMax': {
    kind: 'integer',
    min: 1,
    max: 1_000_000,
    default: 2_048,
    help: 'transactions the pool holds of one sender',
  },
  'pool.quotas': {
    kind: 'switch',
    default: true,
    help: 'applies the gas quotas of the contract QuotaPolicy to the pool and to own proposals',
  },
} as const satisfies Record<string, OptionSpec>

export type OptionKey = keyof typeof CONFIG_OPTIONS
type Spec<K extends OptionKey> = (typeof CONFIG_OPTIONS)[K]

type KindValue<S> = S extends { kind: 'switch' }
  ? boolean
  : S extends { kind: 'integer' }
    ? number
    : S extends { kind: 'list' }
      ? readonly string[]
      : S extends { kind: 'choice'; choices: readonly (infer C)[] }
        ? C
        : string

/** The type of an option's value; `undefined` when it may stay out. */
export type OptionValue<K extends OptionKey> =
  Spec<K> extends { default: unknown } | { required: true }
    ? KindValue<Spec<K>>
    : KindValue<Spec<K>> | undefined

export const OPTION_KEYS = Object.keys(CONFIG_OPTIONS) as OptionKey[]

const words = (key: string): string[] => key.split('.').flatMap((part) => part.split(/(?=[A-Z])/))

/** `rpc.corsOrigins` → `--rpc-cors-origins` */
export function keyToFlag(key: string): string {
  return `--${words(key).join('-').toLowerCase()}`
}

/** `rpc.corsOrigins` → `VECHE_RPC_CORS_ORIGINS` */
export function keyToVariable(key: string): string {
  return `VECHE_${words(key).join('_').toUpperCase()}`
}

/** `rpc.corsOrigins` → `rpcCorsOrigins`, the name under which commander keeps the flag */
export function keyToAttribute(key: string): string {
  return key.replace(/\.(.)/g, (_, letter: string) => letter.toUpperCase())
}

/** What a value must look like, for messages. */
export function expectedOf(spec: OptionSpec): string {
  if (spec.kind === 'integer') return `an integer from ${spec.min} to ${spec.max}`
  if (spec.kind === 'choice') return `one of ${spec.choices.join(', ')}`
  if (spec.kind === 'switch') return 'true or false'
  if (spec.kind === 'list') return `a list of ${spec.item}`
  return spec.kind === 'path' ? 'a path' : 'text'
}
