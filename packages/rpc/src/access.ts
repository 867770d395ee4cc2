/**
 * Who may ask: the Host allow-list (against DNS rebinding: a page whose name was re-pointed to this
 * machine still sends its own name) and the Origin allow-list (CORS, and the same rule for
 * WebSocket, which browsers do not guard). ADR 0061.
 */
import { isIP } from 'node:net'

export interface AccessRules {
  /** host names besides `localhost` and literal addresses; `*` allows every one */
  readonly hosts: readonly string[]
  /** origins besides those of this machine; `*` allows every one */
  readonly corsOrigins: readonly string[]
}

const LOCAL_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

function hostnameOf(authority: string): string | undefined {
  const url = URL.parse(`http://${authority}`)
  return url === null || url.username !== '' || url.pathname !== '/' ? undefined : url.hostname
}

/** Whether a request may name this host. A literal address cannot be rebound, so it always may. */
export function isHostAllowed(host: string | undefined, rules: AccessRules): boolean {
  if (rules.hosts.includes('*')) return true
  const name = host === undefined ? undefined : hostnameOf(host)
  if (name === undefined) return false
  const bare = name.startsWith('[') ? name.slice(1, -1) : name
  if (isIP(bare) !== 0 || name === 'localhost') return true
  return rules.hosts.some((allowed) => allowed.toLowerCase() === name)
}

/** Whether a web page of this origin may read answers. Pages served by this machine always may. */
export function isOriginAllowed(origin: string, rules: AccessRules): boolean {
  if (rules.corsOrigins.includes('*') || rules.corsOrigins.includes(origin)) return true
  const url = URL.parse(origin)
  return (
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    LOCAL_NAMES.has(url.hostname)
  )
}

const JSON_TYPE = /^application\/(?:json(?:-?rpc|-?request)?)\b/i

/**
 * Whether a body may be read. Any content type is taken from a program (curl's default is a form);
 * from a page of a foreign origin only JSON, because a browser sends that after a preflight only,
 * and a form or plain text without one.
 */
export function isBodyAllowed(
  contentType: string | undefined,
  origin: string | undefined,
  rules: AccessRules,
): boolean {
  if (origin === undefined || isOriginAllowed(origin, rules)) return true
  return contentType !== undefined && JSON_TYPE.test(contentType)
}
