/**
 * Files of the fairs that people hand to each other: the organiser's rules, the season's plan, what
 * a citizen signed, a reviewer's verdicts, and the text behind the code on a telephone.
 */
import {
  MECHANISMS,
  PREFERENCES_MAX,
  SEASON_ACTS,
  type SeasonAct,
  type SeasonApplication,
  type SeasonRules,
} from '@veche/contracts/fairs'
import {
  type Address,
  accept,
  type Hex,
  isHex,
  type Result,
  refuse,
  ZERO_HASH,
} from '@veche/primitives'
import {
  addressShape,
  amountShape,
  bytesShape,
  hashShape,
  integerShape,
  listShape,
  objectShape,
  oneOfShape,
  type Shape,
  type ShapeOf,
  textShape,
} from '../act/shape.ts'

const UINT8 = integerShape(0, 255)
const UINT16 = integerShape(0, 65_535)
const UINT32 = integerShape(0, 2 ** 32 - 1)
const SECONDS = integerShape(0, 2 ** 40 - 1)
const TITLE = textShape(200)
const NAME = textShape(400)
const SLOTS_MAX = 65_535

/** An ISO date with its zone, given as unix seconds. */
const dateShape: Shape<number> = (value, at) => {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return typeof value === 'string' && /T.*(?:Z|[+-]\d\d:\d\d)$/.test(value) && !Number.isNaN(ms)
    ? accept(Math.floor(ms / 1000))
    : refuse('FILE_MALFORMED', `${at}: a date with time and zone (2026-04-01T09:00:00Z) expected`)
}

/** What an organiser writes by hand; times as ISO dates, fairs in a CSV beside it. */
export const rulesFileShape = objectShape({
  format: oneOfShape('veche-fair-rules/1'),
  title: TITLE,
  mechanism: oneOfShape(...MECHANISMS),
  weekends: integerShape(1, 255),
  categories: listShape(NAME, 15),
  preferencesMax: integerShape(1, PREFERENCES_MAX),
  placesMax: integerShape(1, PREFERENCES_MAX),
  overflowMax: UINT16,
  opensAt: dateShape,
  closesAt: dateShape,
  reviewUntil: dateShape,
  appealSeconds: UINT32,
  revealSeconds: UINT32,
  offerSeconds: UINT32,
  weekendsFrom: dateShape,
  weekendEverySeconds: UINT32,
  weekendSeconds: UINT32,
  graceSeconds: UINT32,
  attester: addressShape,
  capacities: objectShape({ seed: TITLE, from: UINT16, to: UINT16 }),
})
export type RulesFile = ShapeOf<typeof rulesFileShape>

/** Rules as the contract takes them; the same fields, numbers only. */
const rulesShape = objectShape({
  mechanism: UINT8,
  weekends: UINT8,
  fairs: UINT16,
  categories: UINT8,
  preferencesMax: UINT8,
  placesMax: UINT8,
  overflowMax: UINT16,
  opensAt: SECONDS,
  closesAt: SECONDS,
  reviewUntil: SECONDS,
  appealSeconds: UINT32,
  revealSeconds: UINT32,
  offerSeconds: UINT32,
  weekendsFrom: SECONDS,
  weekendEverySeconds: UINT32,
  weekendSeconds: UINT32,
  graceSeconds: UINT32,
  attester: addressShape,
  capacitiesHash: hashShape,
  detailsHash: hashShape,
}) satisfies Shape<SeasonRules>

/** A season's plan: everything that is published when its rules are frozen. */
export const planFileShape = objectShape({
  format: oneOfShape('veche-fair-plan/1'),
  title: TITLE,
  categories: listShape(NAME, 15),
  fairs: listShape(NAME, SLOTS_MAX),
  rules: rulesShape,
  capacities: listShape(UINT16, SLOTS_MAX),
})
export type PlanFile = ShapeOf<typeof planFileShape>

const common = {
  format: oneOfShape('veche-fair-signed/1'),
  chainId: integerShape(1, Number.MAX_SAFE_INTEGER),
  season: addressShape,
}

const applicationShape = objectShape({
  person: hashShape,
  applicant: addressShape,
  category: UINT8,
  preferences: amountShape,
  contentC: hashShape,
  deadline: SECONDS,
}) satisfies Shape<SeasonApplication>

const actShape = objectShape({
  id: UINT32,
  preference: integerShape(0, PREFERENCES_MAX - 1),
  note: hashShape,
  deadline: SECONDS,
}) satisfies Shape<SeasonAct>

const signedApplicationShape = objectShape({
  ...common,
  kind: oneOfShape('Application'),
  application: applicationShape,
  signature: bytesShape(65),
  /** of the attester; empty in a season without one */
  admission: bytesShape(65),
})
export type SignedApplication = ShapeOf<typeof signedApplicationShape>

const signedActShape = objectShape({
  ...common,
  kind: oneOfShape(...SEASON_ACTS),
  act: actShape,
  signature: bytesShape(65),
})
export type SignedAct = ShapeOf<typeof signedActShape>

/** What a citizen signed and anybody may submit. */
export const signedFileShape: Shape<SignedApplication | SignedAct> = (value, at) =>
  (value as { kind?: unknown } | null)?.kind === 'Application'
    ? signedApplicationShape(value, at)
    : signedActShape(value, at)

/** The attester's word for an applicant. */
export const admissionFileShape = objectShape({
  format: oneOfShape('veche-fair-admission/1'),
  chainId: integerShape(1, Number.MAX_SAFE_INTEGER),
  season: addressShape,
  person: hashShape,
  applicant: addressShape,
  signature: bytesShape(65),
})

/** A reviewer's verdicts; code 0 finds no objection. */
export const verdictsFileShape = objectShape({
  format: oneOfShape('veche-fair-verdicts/1'),
  verdicts: listShape(objectShape({ id: UINT32, code: UINT8 }), 100_000),
})

/** A group's signature over a message. */
export const groupSignatureShape = objectShape({
  format: oneOfShape('veche-fair-signature/1'),
  message: hashShape,
  signature: bytesShape(48),
})

const TICKET =
  /^VECHE-FAIR:1:(\d{1,15}):(0X[0-9A-F]{40}):(\d{1,10}):([0-7]):(\d{1,13}):(0X[0-9A-F]{130})$/

/** The text of the code that an applicant shows at the stall; capitals make a smaller code. */
export function encodeTicket(ticket: SignedAct): string {
  const { chainId, season, act, signature } = ticket
  const fields = [chainId, season, act.id, act.preference, act.deadline, signature]
  return `VECHE-FAIR:1:${fields.join(':')}`.toUpperCase()
}

/** Reads the text of a code. Refuses with `TICKET_MALFORMED`. */
export function decodeTicket(text: string): Result<SignedAct> {
  const found = TICKET.exec(text.trim())
  const [, chainId, season, id, preference, deadline, signature] = found ?? []
  const lower = (part = ''): Hex => part.toLowerCase() as Hex
  if (found === null || !isHex(lower(signature), 65) || Number(id) >= 2 ** 32)
    return refuse('TICKET_MALFORMED', 'the text of a code VECHE-FAIR:1:… expected')
  return accept({
    format: 'veche-fair-signed/1',
    chainId: Number(chainId),
    season: lower(season) as Address,
    kind: 'CheckIn',
    act: {
      id: Number(id),
      preference: Number(preference),
      note: ZERO_HASH,
      deadline: Number(deadline),
    },
    signature: lower(signature),
  })
}
