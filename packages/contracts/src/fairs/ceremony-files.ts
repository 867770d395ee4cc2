/**
 * The files of a key ceremony, one JSON object a step and member, each signed with the member's
 * account (EIP-712), so that the whole ceremony is a folder that anyone checks. Unknown fields are
 * refused: what was signed is all there is. The steps are in ceremony.ts.
 */
import {
  type Address,
  accept,
  bytesToHex,
  type Hash,
  type Hex,
  hexToBytes,
  isHex,
  keccak256,
  type Result,
  recoverAddress,
  refuse,
  utf8ToBytes,
} from '@veche/primitives'
import { hashTypedData } from 'viem/utils'
import { canonicalJson, type JsonValue } from '../canonical-json.ts'
import { BEACON_MEMBERS_MAX } from '../limits.ts'
import type { ExponentProof } from './share-box.ts'

export const CEREMONY_FORMAT = 'veche-ceremony/1'

/** What the members agree on before they begin; its hash names the ceremony. */
export interface Ceremony {
  readonly format: typeof CEREMONY_FORMAT
  readonly kind: 'ceremony'
  readonly chainId: number
  /** for people: which season or seasons */
  readonly title: string
  /** how many members sign together */
  readonly threshold: number
  /** accounts, ascending; the i-th, from 1, holds share i */
  readonly members: readonly Address[]
}

interface Step<Kind extends string> {
  readonly format: typeof CEREMONY_FORMAT
  readonly kind: Kind
  /** hash of the {@link Ceremony} */
  readonly ceremony: Hash
  /** number of the share, from 1 */
  readonly member: number
  /** 65 bytes of the member's account over {@link stepDigest} */
  readonly signature: Hex
}

/** Step 1: a member's key for boxes. */
export interface Join extends Step<'join'> {
  /** compressed G1 */
  readonly boxKey: Hex
  readonly possession: ExponentProof
}

/** Step 2: a member's polynomial in the open, its values in boxes. */
export interface Deal extends Step<'deal'> {
  /** compressed G2, `threshold` of them */
  readonly commitments: readonly Hex[]
  /** compressed G1 */
  readonly ephemeral: Hex
  /** one a member, in the order of their numbers */
  readonly boxes: readonly Hash[]
}

/** Step 3, if need be: the box that `dealer` made for this member holds no share. */
export interface Complaint extends Step<'complaint'> {
  readonly dealer: number
  /** which deal: {@link contentHash} of it */
  readonly deal: Hash
  /** compressed G1: what opens the box */
  readonly shared: Hex
  readonly proof: ExponentProof
}

/** Later, over a message of the season: this member's part of the signature. */
export interface Partial extends Step<'partial'> {
  /** the 32 bytes that the group signs */
  readonly message: Hash
  /** compressed G1 */
  readonly part: Hex
}

export type CeremonyStep = Join | Deal | Complaint | Partial
export type CeremonyFile = Ceremony | CeremonyStep

type Check = (value: unknown) => boolean

const positive =
  (max: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= max
// lower case alone: one spelling of one content
const point =
  (bytes: number): Check =>
  (value) =>
    isHex(value, bytes) && value === value.toLowerCase()
const hash = point(32)
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) &&
    value.length >= 1 &&
    value.length <= BEACON_MEMBERS_MAX &&
    value.every(check)
const record =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    const names = Object.keys(checks)
    const fields = value as Readonly<Record<string, unknown>>
    return (
      Object.keys(fields).length === names.length &&
      names.every((name) => Object.hasOwn(fields, name) && (checks[name] as Check)(fields[name]))
    )
  }
const proof = record({ challenge: hash, answer: hash })
const is =
  (text: string): Check =>
  (value) =>
    value === text
const member = positive(BEACON_MEMBERS_MAX)
const TITLE_LENGTH_MAX = 200
const title: Check = (value) =>
  typeof value === 'string' && value.length <= TITLE_LENGTH_MAX && value.isWellFormed()

const step = (kind: string, checks: Readonly<Record<string, Check>>): Check =>
  record({
    format: is(CEREMONY_FORMAT),
    kind: is(kind),
    ceremony: hash,
    member,
    signature: point(65),
    ...checks,
  })

const SHAPES: Readonly<Record<CeremonyFile['kind'], Check>> = {
  ceremony: record({
    format: is(CEREMONY_FORMAT),
    kind: is('ceremony'),
    chainId: positive(Number.MAX_SAFE_INTEGER),
    title,
    threshold: member,
    members: listOf(point(20)),
  }),
  join: step('join', { boxKey: point(48), possession: proof }),
  deal: step('deal', { commitments: listOf(point(96)), ephemeral: point(48), boxes: listOf(hash) }),
  complaint: step('complaint', { dealer: member, deal: hash, shared: point(48), proof }),
  partial: step('partial', { message: hash, part: point(48) }),
}

const sorted = (members: readonly string[]): boolean =>
  members.every((one, at) => at === 0 || (members[at - 1] as string) < one)

/** Decodes the value of a ceremony file: its shape alone, no signature. `CEREMONY_MALFORMED`. */
export function decodeCeremonyFile(value: unknown): Result<CeremonyFile> {
  const kind = (value as { readonly kind?: unknown } | null)?.kind
  if (typeof kind !== 'string' || !Object.hasOwn(SHAPES, kind))
    return refuse('CEREMONY_MALFORMED', 'kind ceremony, join, deal, complaint or partial expected')
  const shape = SHAPES[kind as CeremonyFile['kind']]
  if (!shape(value))
    return refuse('CEREMONY_MALFORMED', `the fields of a ${kind} of ${CEREMONY_FORMAT} expected`)
  const file = value as CeremonyFile
  if (file.kind !== 'ceremony') return accept(file)
  if (!sorted(file.members)) return refuse('CEREMONY_MALFORMED', 'ascending members expected')
  return file.threshold <= file.members.length
    ? accept(file)
    : refuse('CEREMONY_MALFORMED', `threshold of at most ${file.members.length} expected`)
}

const hashJson = (value: unknown): Hash =>
  bytesToHex(keccak256(utf8ToBytes(canonicalJson(value as JsonValue)))) as Hash

/** The ceremony's name: hash of its canonical JSON. */
export function ceremonyId(ceremony: Ceremony): Hash {
  return hashJson(ceremony)
}

/** Hash of a step without its signature. */
export function contentHash(content: CeremonyStep | Unsigned<CeremonyStep>): Hash {
  // a fixed word in place of the signature, so that signed and unsigned content hash alike
  return hashJson({ ...content, signature: '0x' })
}

/** A step before it is signed. */
export type Unsigned<Any extends CeremonyStep> = Any extends CeremonyStep
  ? Omit<Any, 'signature'>
  : never

/** What a member signs for a step, as EIP-712 shows it to people. */
export function stepTypedData(content: CeremonyStep | Unsigned<CeremonyStep>, chainId: number) {
  return {
    domain: { name: 'Veche ceremony', version: '1', chainId },
    types: {
      CeremonyStep: [
        { name: 'ceremony', type: 'bytes32' },
        { name: 'kind', type: 'string' },
        { name: 'member', type: 'uint8' },
        { name: 'contentHash', type: 'bytes32' },
      ],
    },
    primaryType: 'CeremonyStep',
    message: {
      ceremony: content.ceremony,
      kind: content.kind,
      member: content.member,
      contentHash: contentHash(content),
    },
  } as const
}

/** The 32 bytes a member signs for a step. */
export function stepDigest(
  content: CeremonyStep | Unsigned<CeremonyStep>,
  chainId: number,
): Uint8Array {
  return hexToBytes(hashTypedData(stepTypedData(content, chainId)))
}

/** Whether a step is of this ceremony and signed by its member. */
export function checkStep(ceremony: Ceremony, step: CeremonyStep): Result<CeremonyStep> {
  if (step.ceremony !== ceremonyId(ceremony))
    return refuse('CEREMONY_FOREIGN', `a step of ceremony ${ceremonyId(ceremony)} expected`)
  const needed = ceremony.members[step.member - 1]
  const signer = recoverAddress(stepDigest(step, ceremony.chainId), hexToBytes(step.signature))
  return needed !== undefined && signer === needed
    ? accept(step)
    : refuse(
        'CEREMONY_SIGNATURE',
        `the signature of member ${step.member} expected on its ${step.kind}, got ${signer ?? 'none'}`,
      )
}
