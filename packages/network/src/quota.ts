/**
 * Who may hold a socket: counts open sockets per address group and in total, from accept to close,
 * so that one host cannot take every place, handshake or not.
 */
import {
  CONNECTIONS_PER_ADDRESS_MAX,
  CONNECTIONS_PER_LOOPBACK_MAX,
  PEERS_MAX,
  PENDING_MAX,
} from './limits.ts'

export interface QuotaLimits {
  /** admitted peers without privilege */
  readonly peersMax: number
  /** sockets in total before a handshake is finished, on top of the admitted ones */
  readonly pendingMax: number
  readonly perAddressMax: number
  readonly perLoopbackMax: number
}

export const defaultQuotaLimits: QuotaLimits = {
  peersMax: PEERS_MAX,
  pendingMax: PENDING_MAX,
  perAddressMax: CONNECTIONS_PER_ADDRESS_MAX,
  perLoopbackMax: CONNECTIONS_PER_LOOPBACK_MAX,
}

/**
 * The group an address counts in: an IPv4 address, or the /64 of an IPv6 address, because one
 * customer line has a whole /64. Anything else is its own group.
 */
export function addressGroup(host: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)
  if (mapped !== null) return `${mapped[1]}`
  if (!host.includes(':')) return host
  if (host === '::1') return host
  const [head = '', tail] = host.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

export function isLoopback(host: string): boolean {
  const group = addressGroup(host)
  return group === '::1' || group.startsWith('127.')
}

export interface SocketQuota {
  /**
   * Takes a place for an inbound socket of `host`; the caller frees it once with the returned call.
   */
  take(host: string, admitted: number): (() => void) | undefined
  readonly open: number
}

/** Creates a quota with no socket open. */
export function createSocketQuota(limits: QuotaLimits): SocketQuota {
  const perGroup = new Map<string, number>()
  let open = 0
  return {
    take(host, admitted) {
      const group = addressGroup(host)
      const held = perGroup.get(group) ?? 0
      const max = isLoopback(host) ? limits.perLoopbackMax : limits.perAddressMax
      if (held >= max || open >= admitted + limits.pendingMax) return undefined
      perGroup.set(group, held + 1)
      open++
      let freed = false
      return () => {
        if (freed) return
        freed = true
        open--
        const left = (perGroup.get(group) ?? 1) - 1
        if (left === 0) perGroup.delete(group)
        else perGroup.set(group, left)
      }
    },
    get open() {
      return open
    },
  }
}
