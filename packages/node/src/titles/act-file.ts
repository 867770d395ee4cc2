/**
 * The file that a deed travels in, from the first draft through everybody's hands to the registrar:
 * what is agreed (EIP-712), what opens the commitments, and the signatures so far.
 */
import { TITLE_ACTS, type TitleAct, type TitleActKind } from '@veche/contracts'
import {
  type Address,
  accept,
  type Hash,
  type Hex,
  type Result,
  VecheError,
} from '@veche/primitives'
import { readJsonFile, writeJsonFile } from '../act/files.ts'
import {
  addressShape,
  amountShape,
  bytesShape,
  hashShape,
  integerShape,
  listShape,
  objectShape,
  oneOfShape,
  optional,
  type Shape,
} from '../act/shape.ts'
import type { SignedTitleAct, TitleSignature } from './sign-act.ts'

export const TITLE_ACT_FORMAT = 'veche-title-act/1'

/** Who signs; holders of liens stand in a list of their own. */
export const SIGNER_ROLES = [
  'owner',
  'buyer',
  'notary',
  'spouse',
  'guardian',
  'seller',
  'holder',
  'court',
  'registrar',
  'observer',
] as const

export type SignerRole = (typeof SIGNER_ROLES)[number]

const SIGNATURE_BYTES_MAX = 8_192
const LIST_MAX = 16

const signatureShape: Shape<TitleSignature> = objectShape({
  account: addressShape,
  data: bytesShape(SIGNATURE_BYTES_MAX),
})
const openingShape = objectShape({ party: hashShape, salt: hashShape })

const FIELD_SHAPES: Readonly<Record<string, Shape<unknown>>> = {
  bytes32: hashShape,
  address: addressShape,
  uint8: integerShape(0, 2 ** 8 - 1),
  uint16: integerShape(0, 2 ** 16 - 1),
  uint40: integerShape(0, 2 ** 40 - 1),
  'uint256[]': listShape(amountShape, LIST_MAX),
  'bytes32[]': listShape(hashShape, LIST_MAX),
}

const KINDS = Object.keys(TITLE_ACTS) as TitleActKind[]

/** The shape of an act's fields. */
export function actShape(kind: TitleActKind): Shape<unknown> {
  const fields = TITLE_ACTS[kind].map(({ name, type }) => [name, FIELD_SHAPES[type]] as const)
  return objectShape(Object.fromEntries(fields) as Readonly<Record<string, Shape<unknown>>>)
}

const anyObject: Shape<unknown> = (value) => accept(value)

const rolesShape = objectShape(
  Object.fromEntries(SIGNER_ROLES.map((role) => [role, optional(signatureShape)])),
) as Shape<Readonly<Partial<Record<SignerRole, TitleSignature>>>>

const fileShape = objectShape({
  format: oneOfShape(TITLE_ACT_FORMAT),
  chainId: integerShape(1, Number.MAX_SAFE_INTEGER),
  contract: addressShape,
  kind: oneOfShape(...KINDS),
  act: anyObject,
  openings: objectShape({
    owner: optional(openingShape),
    buyer: optional(openingShape),
    seller: optional(openingShape),
    consent: optional(objectShape({ spouse: hashShape, guardian: hashShape, salt: hashShape })),
    salts: optional(listShape(hashShape, LIST_MAX)),
  }),
  signatures: rolesShape,
  holders: listShape(signatureShape, LIST_MAX),
  last: optional(objectShape({ deed: actShape('Transfer'), oldConsentC: hashShape })),
})

interface Opening {
  readonly party: Hash
  readonly salt: Hash
}

/** A deed on its way. */
export interface TitleActFile {
  readonly format: typeof TITLE_ACT_FORMAT
  readonly chainId: number
  readonly contract: Address
  readonly kind: TitleActKind
  readonly act: Readonly<Record<string, unknown>>
  /** what opens present and future commitments; shown to the register when submitted */
  readonly openings: {
    readonly owner?: Opening
    readonly buyer?: Opening
    /** of a self-correction: who sold */
    readonly seller?: Opening
    readonly consent?: { readonly spouse: Hash; readonly guardian: Hash; readonly salt: Hash }
    /** of a merge: salts of all titles, in order */
    readonly salts?: readonly Hash[]
  }
  readonly signatures: Readonly<Partial<Record<SignerRole, TitleSignature>>>
  /** signatures of the holders of live liens, in the order of the list */
  readonly holders: readonly TitleSignature[]
  /** of a self-correction: the transfer it puts right */
  readonly last?: { readonly deed: TitleAct<'Transfer'>; readonly oldConsentC: Hash }
}

/** Total; refuses with `FILE_MALFORMED`. */
export const titleActFileShape: Shape<TitleActFile> = (value, at) => {
  const file = fileShape(value, at)
  if (!file.ok) return file
  const act = actShape(file.value.kind)(file.value.act, 'act')
  if (!act.ok) return act
  return accept({ ...file.value, act: act.value }) as unknown as Result<TitleActFile>
}

/** Throws `FILE_UNREADABLE`, `FILE_MALFORMED`. */
export function readTitleAct(path: string): Promise<TitleActFile> {
  return readJsonFile(path, titleActFileShape)
}

/** A new file; throws `FILE_EXISTS`. */
export function writeTitleAct(path: string, file: TitleActFile): Promise<void> {
  return writeJsonFile(path, file)
}

/** The act with its kind, for signing. */
export function actOf({ kind, act }: TitleActFile): SignedTitleAct {
  return [kind, act] as unknown as SignedTitleAct
}

/** `name=value` pairs as the fields of an act; lists are separated by commas. */
export function actFromPairs(
  kind: TitleActKind,
  pairs: readonly string[],
): Readonly<Record<string, unknown>> {
  const types = new Map<string, string>(TITLE_ACTS[kind].map(({ name, type }) => [name, type]))
  const act: Record<string, unknown> = {}
  for (const pair of pairs) {
    const [, name = '', text = ''] = /^(\w+)=(.*)$/.exec(pair) ?? []
    const type = types.get(name)
    if (type === undefined)
      throw new VecheError(
        'USAGE',
        `--set ${pair}: one of ${[...types.keys()].join(', ')} expected`,
      )
    const isNumber = /^uint\d+$/.test(type)
    act[name] = type.endsWith('[]') ? text.split(',') : isNumber ? Number(text) : text
  }
  return act
}

/** Checked against the shape of its kind. Throws `FILE_MALFORMED`. */
export function checkedAct(kind: TitleActKind, act: unknown): TitleActFile['act'] {
  const found = actShape(kind)(act, 'act')
  if (found.ok) return found.value as TitleActFile['act']
  throw new VecheError(found.code, found.reason)
}

/** The bytes of a signature, for lists of them. */
export const dataOf = ({ data }: TitleSignature): Hex => data
