/**
 * Reason codes of status changes, by name. The chain stores the number; the names are the city's
 * own words for it and may grow. 1 to 127 belong to departments, 128 to 255 to the court.
 */
import { COURT_REASON_MIN } from '@veche/contracts'
import { VecheError } from '@veche/primitives'

/** Code → name. */
export const DOCUMENT_REASONS: Readonly<Record<number, string>> = {
  1: 'other',
  2: 'issued-in-error',
  3: 'holder-asked',
  4: 'facts-changed',
  5: 'lost-or-stolen',
  6: 'issuing-key-misused',
  7: 'under-review',
  8: 'review-ended',
  9: 'renewed',
  10: 'holder-died',
  128: 'court-order',
  129: 'court-hold',
  130: 'court-lifted',
  131: 'court-annulled',
}

/** The words for a code: its name, or the number alone. */
export function reasonText(code: number): string {
  const name = DOCUMENT_REASONS[code]
  return name === undefined ? String(code) : `${code} (${name})`
}

/** A code from its number or name, in the range of who acts. Throws `USAGE`. */
export function reasonFrom(text: string, who: 'department' | 'court'): number {
  const named = Object.entries(DOCUMENT_REASONS).find(([, name]) => name === text)
  const code = named === undefined ? Number(text) : Number(named[0])
  const [from, to] = who === 'court' ? [COURT_REASON_MIN, 255] : [1, COURT_REASON_MIN - 1]
  if (Number.isInteger(code) && code >= from && code <= to) return code
  throw new VecheError(
    'USAGE',
    `--reason: a code from ${from} to ${to} of \`veche documents reasons\` expected, got ${text}`,
  )
}
