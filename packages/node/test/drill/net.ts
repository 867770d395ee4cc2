/**
 * A network of namespaces on one bridge, a node in each, and the faults that a packet filter makes:
 * silence between groups, silence one way, loss. Rules touch only packets between nodes; the
 * drill's own JSON-RPC calls always pass.
 */
import { spawnSync } from 'node:child_process'
import { VecheError } from '@veche/primitives'
import type { Place } from '../support/drill.ts'

/** documentation says nothing about 10.77; it exists only inside the sandbox */
const PREFIX = '10.77.0'
const DRILL = `${PREFIX}.254`
/** one for each peer, from here on; below the ephemeral ports */
export const RELAY_PORT = 21_000
const CHAIN = 'FAULT'
const CHAIN_OUT = 'FAULT_OUT'
const NODES_ONLY = ['-d', `${PREFIX}.0/24`]

/** group of the relays of links.ts, by which their connections are told from the node's */
export const RELAY_GROUP = 65_534

/**
 * `all`: no packet passes. `data`: acknowledgements pass, so that one direction works while the
 * other is silent; with `all` TCP would soon be deaf both ways.
 */
export type Silence = 'all' | 'data'

export interface Net {
  /** in the order of names; absent: loopback, and nothing can be done to packets */
  readonly places?: readonly Place[]
  /** where netem can slow a node, when it has a link of its own */
  readonly device?: string
  /** runs a command where a node is */
  exec(name: string, command: readonly string[]): string
  /** `to` hears nothing of `from` */
  silence(from: string, to: string, how?: Silence): void
  /** nodes of different groups hear nothing of each other */
  partition(groups: readonly (readonly string[])[]): void
  /** each packet between nodes is lost with this chance, 0 to 1 */
  lose(chance: number): void
  /** a node and all others hear nothing of each other; two calls of a few milliseconds */
  isolate(name: string): void
  /** connections between nodes are refused and reset until the heal */
  reset(): void
  /** takes all faults away; connections stay as they are */
  heal(): void
  /** takes the faults of one node away */
  healAt(name: string): void
  address(name: string): string
  /** what a command begins with to run where a node is */
  enter(name: string): readonly string[]
  /** the packet filter's words for what a node, but not its relay, sends */
  senders(name: string): readonly string[]
  /** where rules of the nat table go, and may be flushed */
  readonly natChain: string
  /** a free port for the relay of a node to its n-th peer */
  relayPort(name: string, peer: number): number
}

/** Runs a command to its end; `DRILL_COMMAND` with what it said when it fails. */
export function run(command: readonly string[], input?: string): string {
  const [program, ...args] = command as [string, ...string[]]
  const done = spawnSync(program, args, {
    encoding: 'utf8',
    ...(input === undefined ? {} : { input }),
  })
  if (done.status === 0) return done.stdout
  const said = done.error?.message ?? done.stderr.trim()
  throw new VecheError('DRILL_COMMAND', `${command.join(' ')}: ${said}`)
}

function makeBridge(): void {
  run(['mkdir', '-p', '/run/netns'])
  run(['mount', '-t', 'tmpfs', 'none', '/run/netns'])
  run(['ip', 'link', 'set', 'lo', 'up'])
  run(['ip', 'link', 'add', 'drill', 'type', 'bridge'])
  run(['ip', 'address', 'add', `${DRILL}/24`, 'dev', 'drill'])
  run(['ip', 'link', 'set', 'drill', 'up'])
}

function makePlace(name: string, index: number): Place {
  const host = `${PREFIX}.${index + 1}`
  const through = ['nsenter', `--net=/run/netns/${name}`]
  const inside = (...command: string[]): string => run([...through, ...command])
  run(['ip', 'netns', 'add', name])
  run(['ip', 'link', 'add', `d${index}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name])
  run(['ip', 'link', 'set', `d${index}`, 'master', 'drill', 'up'])
  inside('ip', 'link', 'set', 'lo', 'up')
  inside('ip', 'address', 'add', `${host}/24`, 'dev', 'eth0')
  inside('ip', 'link', 'set', 'eth0', 'up')
  // a validator serves JSON-RPC on loopback only: the drill reaches it by rewriting the address
  inside('sysctl', '-qw', 'net.ipv4.conf.eth0.route_localnet=1')
  inside(
    ...'iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 8545'.split(' '),
    '-j',
    'DNAT',
    '--to-destination',
    '127.0.0.1:8545',
  )
  for (const [chain, hook, end] of [
    [CHAIN, 'INPUT', '-s'],
    [CHAIN_OUT, 'OUTPUT', '-d'],
  ] as const) {
    inside('iptables', '-N', chain)
    inside('iptables', '-A', hook, '!', end, DRILL, '-j', chain)
  }
  return { host, through }
}

/** Nodes of different groups hear nothing of each other. */
export function partitionBy(net: Net, groups: readonly (readonly string[])[]): void {
  for (const group of groups)
    for (const other of groups)
      if (group !== other) for (const a of group) for (const b of other) net.silence(a, b)
}

/** Makes the namespaces; they live as long as the sandbox. */
export function createNet(names: readonly string[]): Net {
  makeBridge()
  const places = names.map(makePlace)
  const at = (name: string): Place => places[names.indexOf(name)] as Place
  const net: Net = {
    places,
    device: 'eth0',
    exec: (name, command) => run([...at(name).through, ...command]),
    silence(from, to, how = 'all') {
      // a pure acknowledgement has at most 20 + 60 bytes of headers and nothing else
      const only = how === 'all' ? [] : ['-m', 'length', '--length', '81:65535']
      net.exec(to, ['iptables', '-A', CHAIN, '-s', at(from).host, ...only, '-j', 'DROP'])
    },
    partition: (groups) => partitionBy(net, groups),
    lose(chance) {
      const rule = `-m statistic --mode random --probability ${chance} -j DROP`.split(' ')
      for (const from of names)
        for (const to of names)
          if (from !== to) net.exec(to, ['iptables', '-A', CHAIN, '-s', at(from).host, ...rule])
    },
    isolate(name) {
      net.exec(name, ['iptables', '-A', CHAIN, '-i', 'eth0', '-j', 'DROP'])
      net.exec(name, ['iptables', '-A', CHAIN_OUT, ...NODES_ONLY, '-j', 'DROP'])
    },
    reset() {
      // not the resets themselves, or no side would ever hear one
      const match = '-i eth0 -p tcp --tcp-flags RST NONE'
      const rule = `${match} -j REJECT --reject-with tcp-reset`.split(' ')
      for (const name of names) net.exec(name, ['iptables', '-A', CHAIN, ...rule])
    },
    heal() {
      for (const name of names) net.healAt(name)
    },
    healAt(name) {
      for (const chain of [CHAIN, CHAIN_OUT]) net.exec(name, ['iptables', '-F', chain])
    },
    address: (name) => at(name).host,
    enter: (name) => at(name).through,
    senders: () => ['-m', 'owner', '!', '--gid-owner', `${RELAY_GROUP}`],
    natChain: 'OUTPUT',
    relayPort: (_, peer) => RELAY_PORT + peer,
  }
  return net
}
