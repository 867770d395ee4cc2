/**
 * Where namespaces are refused: the nodes run beside each other on loopback, each with an address
 * and a group of its own, and the packet filter tells by the group who opened a connection. A mark
 * on the connection says which two nodes it joins; faults are rules about marks, so that nothing
 * else on this machine is touched. Needs root and iptables with owner, connmark and statistic.
 */
import { spawnSync } from 'node:child_process'
import { P2P_PORT, type Place } from '../support/drill.ts'
import { type Net, partitionBy, RELAY_PORT, run } from './net.ts'

/** loopback, as all of 127/8 is; nobody else uses these */
const PREFIX = '127.77.0'
/** group of the first node; the relays of links.ts have one of their own */
const GROUP = 61_001
/** marks are MARK | opener × 16 | other: who looks for others' marks does not meet these */
const MARK = 0x76_00
const MARK_BITS = '0xff00'
const HOOK = 'VECHE_DRILL'
const MARKING = 'VECHE_MARK'

const iptables = (...args: string[]): string => run(['iptables', '-w', ...args])
const attempt = (...args: string[]): void => void spawnSync('iptables', ['-w', ...args])

const chainOf = (index: number): string => `${HOOK}_${index}`
const groupOf = (index: number): string => `${GROUP + index}`
const hostOf = (index: number): string => `${PREFIX}.${index + 1}`
const mark = (from: number, to: number): string => `0x${(MARK | (from << 4) | to).toString(16)}`

/** Takes away what this drill or one that was killed has left. */
function clear(count: number): void {
  attempt('-D', 'INPUT', '-i', 'lo', '-p', 'tcp', '-j', HOOK)
  attempt('-t', 'mangle', '-D', 'OUTPUT', '-o', 'lo', '-p', 'tcp', '-j', MARKING)
  attempt('-t', 'nat', '-D', 'OUTPUT', '-o', 'lo', '-p', 'tcp', '-j', HOOK)
  const chains = [HOOK, ...Array.from({ length: count }, (_, i) => chainOf(i))]
  for (const action of ['-F', '-X']) {
    for (const chain of chains) attempt(action, chain)
    attempt('-t', 'mangle', action, MARKING)
    attempt('-t', 'nat', action, HOOK)
  }
}

/**
 * Marks each connection between two nodes when it is opened, and leads marked ones by all chains.
 */
function install(count: number): void {
  iptables('-t', 'mangle', '-N', MARKING)
  for (let from = 0; from < count; from++)
    for (let to = 0; to < count; to++) {
      const who = `-p tcp -m owner --gid-owner ${groupOf(from)} -d ${hostOf(to)}`
      const opened = '-m conntrack --ctstate NEW'
      const rule = `${who} --dport ${P2P_PORT} ${opened} -j CONNMARK --set-mark ${mark(from, to)}`
      if (from !== to) iptables('-t', 'mangle', '-A', MARKING, ...rule.split(' '))
    }
  iptables('-t', 'mangle', '-I', 'OUTPUT', '-o', 'lo', '-p', 'tcp', '-j', MARKING)
  iptables('-t', 'nat', '-N', HOOK)
  iptables('-t', 'nat', '-A', 'OUTPUT', '-o', 'lo', '-p', 'tcp', '-j', HOOK)
  iptables('-N', HOOK)
  for (let i = 0; i < count; i++) {
    iptables('-N', chainOf(i))
    iptables(
      '-A',
      HOOK,
      '-m',
      'connmark',
      '--mark',
      `0x${MARK.toString(16)}/${MARK_BITS}`,
      '-j',
      chainOf(i),
    )
  }
  iptables('-I', 'INPUT', '-i', 'lo', '-p', 'tcp', '-j', HOOK)
}

/** Why the packet filter cannot do it here; undefined when it can. */
export function whyNoFilter(): string | undefined {
  try {
    clear(1)
    install(1)
    const mine = `-m connmark --mark ${mark(0, 0)} -m conntrack --ctdir REPLY`
    const chance = '-m statistic --mode random --probability 0.5 -j DROP'
    iptables('-A', chainOf(0), ...`${mine} ${chance}`.split(' '))
    const data = '-m length --length 81:65535 -j DROP'
    iptables('-A', chainOf(0), ...`${mine} ${data}`.split(' '))
    const reset = '-p tcp --tcp-flags RST NONE -j REJECT --reject-with tcp-reset'
    iptables('-A', chainOf(0), ...reset.split(' '))
    const owner = `-p tcp -d ${hostOf(0)} -m owner --gid-owner ${groupOf(0)}`
    iptables('-t', 'mangle', '-A', MARKING, ...`${owner} -j RETURN`.split(' '))
    iptables('-t', 'nat', '-A', HOOK, ...`${owner} -j REDIRECT --to-ports ${RELAY_PORT}`.split(' '))
    run(['setpriv', '--regid', groupOf(0), '--clear-groups', 'true'])
    return undefined
  } catch (error) {
    return (error as Error).message.trim().split('\n').at(-1)
  } finally {
    clear(1)
  }
}

/** The filter between nodes on loopback; taken away when this process ends. */
export function createLoopbackNet(names: readonly string[]): Net {
  const at = (name: string): number => names.indexOf(name)
  clear(names.length)
  install(names.length)
  process.once('exit', () => clear(names.length))
  const places: Place[] = names.map((_, i) => ({
    host: hostOf(i),
    through: ['setpriv', '--regid', groupOf(i), '--clear-groups'],
    isHere: true,
  }))
  /** what `from` says to `to`, on the connections that either of them has opened */
  const between = (from: number, to: number): string[] => [
    `-m connmark --mark ${mark(from, to)} -m conntrack --ctdir ORIGINAL`,
    `-m connmark --mark ${mark(to, from)} -m conntrack --ctdir REPLY`,
  ]
  const add = (name: string, ...rules: string[]): void => {
    for (const rule of rules) iptables('-A', chainOf(at(name)), ...rule.split(' '))
  }
  const net: Net = {
    places,
    exec: (_, command) => run(command),
    silence(from, to, how = 'all') {
      const only = how === 'all' ? '' : ' -m length --length 81:65535'
      add(to, ...between(at(from), at(to)).map((match) => `${match}${only} -j DROP`))
    },
    partition: (groups) => partitionBy(net, groups),
    lose(chance) {
      const rule = `-m statistic --mode random --probability ${chance} -j DROP`
      for (const from of names)
        for (const to of names)
          if (from !== to) add(to, ...between(at(from), at(to)).map((match) => `${match} ${rule}`))
    },
    isolate(name) {
      const index = at(name)
      const opener = `0x${(MARK | (index << 4)).toString(16)}/0xfff0`
      const other = `0x${(MARK | index).toString(16)}/0xff0f`
      for (const each of [opener, other]) add(name, `-m connmark --mark ${each} -j DROP`)
    },
    reset() {
      const rule = '-p tcp --tcp-flags RST NONE -j REJECT --reject-with tcp-reset'
      add(names[0] as string, rule)
    },
    heal() {
      for (const name of names) net.healAt(name)
    },
    healAt: (name) => void iptables('-F', chainOf(at(name))),
    address: (name) => hostOf(at(name)),
    enter: () => [],
    senders: (name) => ['-m', 'owner', '--gid-owner', groupOf(at(name))],
    natChain: HOOK,
    relayPort: (name, peer) => RELAY_PORT + 16 * at(name) + peer,
  }
  return net
}
