/**
 * A light client over JSON-RPC that trusts nothing but one hash, of genesis or of a checkpoint. It
 * fetches that header, the headers at which the validator set changes, and the header it is asked
 * for (services.md 3.2): each change is sealed by the set before it and names the next one in its
 * vanity, so the sets form a chain of hashes, whatever number of blocks lies between.
 */
import { verifyCertificate } from '@veche/consensus'
import {
  type Address,
  accept,
  blockHash,
  decodeExtraData,
  decodeHeader,
  type ExtraData,
  type Hash,
  type Header,
  hexToBytes,
  isHex,
  type Refusal,
  type Result,
  refuse,
  validatorSetHash,
} from '@veche/primitives'
import type { CheckpointBlock } from './checkpoint.ts'
import { callRpc } from './json-rpc.ts'
import { headerFromJson } from './light-header.ts'
import { LIGHT_CHANGES_MAX, LIGHT_PAGE_MAX } from './limits.ts'

export { headerFromJson } from './light-header.ts'

/** What an untrusted server is asked for. */
export interface HeaderServer {
  /** a block object without transactions, as `eth_getBlockByNumber` gives it */
  block(block: number | 'latest'): Promise<unknown>
  /** as `veche_setChanges` gives it: `{ headers: RLP as hex[], next: quantity or null }` */
  setChanges(from: number): Promise<unknown>
}

export interface VerifiedHeader {
  readonly header: Header
  readonly hash: Hash
  /** distinct valid seals in its certificate; 0 for the trusted header itself */
  readonly seals: number
  readonly validators: readonly Address[]
  /** set-change headers that lead to it */
  readonly changes: number
}

/** From the block after `number` on, the set with this hash is in force. */
interface Link {
  readonly number: number
  readonly setHash: Hash
}

const unproven = (reason: string): Refusal => refuse('NOT_PROVEN', reason)

/** Asks a node over HTTP. Throws `RPC_UNREACHABLE`, `RPC_FAILED`. */
export function rpcHeaderServer(rpcUrl: string): HeaderServer {
  const quantity = (block: number | 'latest'): string =>
    block === 'latest' ? block : `0x${block.toString(16)}`
  return {
    block: (block) => callRpc(rpcUrl, 'eth_getBlockByNumber', [quantity(block), false]),
    setChanges: (from) => callRpc(rpcUrl, 'veche_setChanges', [quantity(from)]),
  }
}

function extraOf(header: Header): Result<ExtraData> {
  const extra = decodeExtraData(header.extraData)
  return extra.ok ? extra : unproven(`block ${header.number}: ${extra.reason}`)
}

/** The headers of one page, decoded; their order and meaning are not judged yet. */
function decodePage(value: unknown): Result<{ headers: readonly Header[]; more: boolean }> {
  // a block above the server's head: nothing changes there that it knows of
  if (value === null) return accept({ headers: [], more: false })
  const { headers, next } = (value ?? {}) as { headers?: unknown; next?: unknown }
  if (!Array.isArray(headers) || headers.length > LIGHT_PAGE_MAX)
    return unproven(`a list of up to ${LIGHT_PAGE_MAX} set-change headers expected`)
  const decoded: Header[] = []
  for (const text of headers) {
    const header = decodeHeader(isHex(text) ? hexToBytes(text.toLowerCase()) : new Uint8Array(0))
    if (!header.ok) return header
    decoded.push(header.value)
  }
  return accept({ headers: decoded, more: next !== null && next !== undefined })
}

export class LightClient {
  readonly #server: HeaderServer
  /** the trusted header first, then every change after it */
  readonly #links: Link[]
  readonly #trusted: { readonly header: Header; readonly hash: Hash }
  #fetched = 1

  private constructor(server: HeaderServer, header: Header, extra: ExtraData) {
    this.#server = server
    this.#trusted = { header, hash: blockHash(header) }
    this.#links = [{ number: header.number, setHash: extra.vanity }]
  }

  /**
   * Fetches the header with the trusted hash: genesis (number 0) or a checkpoint. Refuses with
   * `NOT_PROVEN` when the server has another one.
   */
  static async open(server: HeaderServer, trusted: CheckpointBlock): Promise<Result<LightClient>> {
    const header = headerFromJson(await server.block(trusted.number))
    if (!header.ok) return header
    const hash = blockHash(header.value)
    if (hash !== trusted.hash || header.value.number !== trusted.number)
      return unproven(`block ${trusted.number}: ${trusted.hash} expected, the server has ${hash}`)
    const extra = extraOf(header.value)
    return extra.ok ? accept(new LightClient(server, header.value, extra.value)) : extra
  }

  /** Headers fetched so far: the trusted one, the changes, and those that were asked for. */
  get fetched(): number {
    return this.#fetched
  }

  /**
   * A header of the chain, verified. Refuses with `NOT_PROVEN`, `CERTIFICATE_INVALID` or
   * `HEADER_MALFORMED`; throws only what the server's transport throws.
   */
  async verify(block: number | 'latest' = 'latest'): Promise<Result<VerifiedHeader>> {
    const target = headerFromJson(await this.#server.block(block))
    if (!target.ok) return target
    this.#fetched++
    const { number } = target.value
    if (block !== 'latest' && number !== block)
      return unproven(`block ${block} expected, got ${number}`)
    if (number <= this.#trusted.header.number) return this.#judgeTrusted(target.value)
    const followed = await this.#follow(number)
    if (followed !== undefined) return followed
    const changes = this.#links.filter((link) => link.number < number).length - 1
    const sealed = this.#judge(target.value, this.#links[changes] as Link)
    if (!sealed.ok) return sealed
    const { validators, seals } = sealed.value
    return accept({
      header: target.value,
      hash: blockHash(target.value),
      seals,
      validators,
      changes,
    })
  }

  #judgeTrusted(target: Header): Result<VerifiedHeader> {
    const { header, hash } = this.#trusted
    if (target.number < header.number)
      return unproven(`a block from ${header.number} on expected, got ${target.number}`)
    if (blockHash(target) !== hash) return unproven(`block ${target.number}: ${hash} expected`)
    const extra = extraOf(header)
    if (!extra.ok) return extra
    return accept({ header, hash, seals: 0, validators: extra.value.validators, changes: 0 })
  }

  /** asks for changes after the last one known, until the server has no more below `number` */
  async #follow(number: number): Promise<Refusal | undefined> {
    for (;;) {
      const last = this.#links.at(-1) as Link
      if (last.number >= number) return undefined
      const page = decodePage(await this.#server.setChanges(last.number + 1))
      if (!page.ok) return page
      const { headers, more } = page.value
      this.#fetched += headers.length
      for (const header of headers) {
        const refused = this.#addChange(header)
        if (refused !== undefined) return refused
      }
      if (!more || headers.length === 0) return undefined
    }
  }

  #addChange(header: Header): Refusal | undefined {
    const last = this.#links.at(-1) as Link
    if (header.number <= last.number)
      return unproven(`a change after block ${last.number} expected, got ${header.number}`)
    if (this.#links.length > LIGHT_CHANGES_MAX)
      return unproven(`at most ${LIGHT_CHANGES_MAX} changes of the set expected`)
    const sealed = this.#judge(header, last)
    if (!sealed.ok) return sealed
    if (sealed.value.vanity === last.setHash)
      return unproven(`block ${header.number} names the set that is in force already`)
    this.#links.push({ number: header.number, setHash: sealed.value.vanity })
    return undefined
  }

  /** the set in force is the one the last change named, and a quorum of it sealed the header */
  #judge(
    header: Header,
    link: Link,
  ): Result<{ vanity: Hash; validators: readonly Address[]; seals: number }> {
    const extra = extraOf(header)
    if (!extra.ok) return extra
    const { vanity, validators } = extra.value
    if (validatorSetHash(validators) !== link.setHash)
      return unproven(`the set of block ${header.number} is not the one block ${link.number} names`)
    const certificate = verifyCertificate(header, validators)
    if (!certificate.ok) return certificate
    return accept({ vanity, validators, seals: certificate.value.seals.length })
  }
}

/**
 * A header of the chain of a trusted block, genesis or checkpoint, verified by a client of its own.
 * Refuses as {@link LightClient} does.
 */
export async function verifyHeader(
  server: HeaderServer,
  trusted: CheckpointBlock,
  block: number | 'latest' = 'latest',
): Promise<Result<VerifiedHeader>> {
  const client = await LightClient.open(server, trusted)
  return client.ok ? client.value.verify(block) : client
}
