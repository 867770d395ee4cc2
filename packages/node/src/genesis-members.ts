/**
 * Who is in a new network: names, keys, ports and addresses of its nodes, and their configuration.
 */
import { createNodeKey, type NodeKey, nodeKeyToPeerId } from '@veche/network'
import { VALIDATORS_MAX, VecheError } from '@veche/primitives'
import { findFreePorts } from './free-ports.ts'
import { createSecretKey } from './keystore.ts'

export interface MembersOptions {
  /** 1 for development, otherwise 4 or more (consensus.md, "Parameters") */
  readonly validators: number
  readonly observers: number
  /**
   * first P2P port. Nodes on one machine take the following ones; default 30303, for a local city
   * free ones
   */
  readonly basePort?: number
  /** JSON-RPC port of the first observer; default 8545, for a local city the system chooses */
  readonly rpcPort?: number
  /** IP address or name of each node's machine, validators first; absent: all on this machine */
  readonly hosts?: readonly string[]
  /** a city in a box */
  readonly local?: boolean
  /** the keys of a test's network by name: the same keys give the same genesis */
  readonly keyOf?: (name: string) => Uint8Array
}

/** One node of the network to be. */
export interface Member {
  readonly name: string
  readonly role: 'validator' | 'observer'
  /** validators only */
  readonly secretKey?: Uint8Array
  readonly nodeKey: NodeKey
  readonly peerId: string
  /** multiaddr to bind */
  readonly listen: string
  /** multiaddr with peer id, as others dial it */
  readonly dial: string
  /** JSON-RPC port of an observer */
  readonly rpcPort: number
  /** metrics port of a validator, on loopback: `veche status` asks there */
  readonly metricsPort: number
}

const PORT_DEFAULT = 30_303
const RPC_PORT_DEFAULT = 8_545
const METRICS_PORT_DEFAULT = 9_545
const OBSERVERS_MAX = 100
/** a node knows several ways in, and learns the rest from signed address records */
const BOOTNODES = 4

/** Throws `NETWORK_OPTIONS` when the options make no network. */
export function checkMembersOptions(options: MembersOptions): void {
  const { validators, observers, hosts } = options
  const bad = (message: string): VecheError => new VecheError('NETWORK_OPTIONS', message)
  const within = (value: number, min: number, max: number): boolean =>
    Number.isInteger(value) && value >= min && value <= max
  if (validators !== 1 && !within(validators, 4, VALIDATORS_MAX))
    throw bad(`1 validator for development or 4 to ${VALIDATORS_MAX} expected, got ${validators}`)
  if (!within(observers, 0, OBSERVERS_MAX))
    throw bad(`0 to ${OBSERVERS_MAX} observers expected, got ${observers}`)
  if (hosts !== undefined && hosts.length !== validators + observers)
    throw bad(`${validators + observers} hosts expected, got ${hosts.length}`)
}

function hostToMultiaddr(host: string): string {
  if (/^[0-9.]+$/.test(host)) return `/ip4/${host}`
  return host.includes(':') ? `/ip6/${host}` : `/dns/${host}`
}

/** A machine of its own: the usual port, every interface. Otherwise: loopback, the next port. */
function placeOf(host: string | undefined, port: number): { listen: string; reach: string } {
  return host === undefined
    ? { listen: `/ip4/127.0.0.1/tcp/${port}`, reach: `/ip4/127.0.0.1/tcp/${port}` }
    : { listen: `/ip4/0.0.0.0/tcp/${port}`, reach: `${hostToMultiaddr(host)}/tcp/${port}` }
}

/** Keys and addresses of every node, validators first. Throws `PORTS_TAKEN`. */
export async function createMembers(options: MembersOptions): Promise<Member[]> {
  const { validators, observers, hosts, local = false } = options
  const names = [
    ...Array.from({ length: validators }, (_, i) => `validator-${i + 1}`),
    ...Array.from({ length: observers }, (_, i) => `observer-${i + 1}`),
  ]
  const free = (): Promise<number> => findFreePorts(2 * names.length)
  const base = options.basePort ?? (local ? await free() : PORT_DEFAULT)
  const firstRpc = options.rpcPort ?? (local ? 0 : RPC_PORT_DEFAULT)
  const members = names.map(async (name, index): Promise<Member> => {
    const role = index < validators ? 'validator' : 'observer'
    const nodeKey = options.keyOf?.(`${name}/node`) ?? createNodeKey()
    const peerId = await nodeKeyToPeerId(nodeKey)
    const host = hosts?.[index]
    const { listen, reach } = placeOf(host, host === undefined ? base + index : base)
    const shared = host === undefined && firstRpc !== 0
    const rpcPort = shared ? firstRpc + Math.max(0, index - validators) : firstRpc
    // on one machine behind the P2P ports; where the system chooses those, it chooses these
    const behind = base === 0 ? 0 : base + names.length + index
    const metricsPort = host === undefined ? behind : METRICS_PORT_DEFAULT
    const key = role === 'validator' ? (options.keyOf?.(name) ?? createSecretKey()) : undefined
    return {
      ...{ name, role, nodeKey, peerId, listen, rpcPort, metricsPort },
      dial: `${reach}/p2p/${peerId}`,
      ...(key === undefined ? {} : { secretKey: key }),
    }
  })
  return Promise.all(members)
}

/** The `config.json` of a node; paths are relative to its directory. */
export function memberConfig(
  member: Member,
  members: readonly Member[],
  genesisFile: string,
): object {
  const validator = member.role === 'validator'
  const others = members.filter(({ role, name }) => role === 'validator' && name !== member.name)
  return {
    name: member.name,
    role: member.role,
    dataDir: 'data',
    genesisFile,
    ...(validator ? { keystoreFile: 'keystore.json', passwordFile: 'password' } : {}),
    p2p: {
      keyFile: 'node.key',
      listen: [member.listen],
      bootnodes: others.slice(0, BOOTNODES).map(({ dial }) => dial),
    },
    rpc: validator ? { enabled: false } : { enabled: true, port: member.rpcPort },
    ...(validator ? { metrics: { enabled: true, port: member.metricsPort } } : {}),
  }
}
