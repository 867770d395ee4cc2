/** The documents, people and random commands of the model test of DocumentRegistry. */
import { type DocumentContent, schemaId } from '@veche/contracts'
import fc from 'fast-check'
import { CITY_SCHEMA } from '../../src/genesis-services.ts'
import { ADMIN, account } from './service-chain.ts'

export const SCHEMA = schemaId(CITY_SCHEMA)
export const ISSUER = account('issuer')
export const REVOKER = account('revoker')
export const COURT = account('court')
export const STRANGER = account('stranger')
export const LIFE_SECONDS = 90_000

/** what the chain must not tell */
export const PEOPLE = [
  'Vera Orlova',
  'Gleb Sokolov',
  'Daria Zaytseva',
  'Egor Lebedev',
  'Kira Belova',
]

export function contentsOf(issued: number): DocumentContent[] {
  return PEOPLE.map((owner, i) => ({
    ...{ docType: 'property-certificate', schema: SCHEMA, issued },
    fields: { owner, cadastralNumber: `77:01:000400${i}:1234`, price: String(10_500_000 + i) },
    expires: i === 0 ? issued + LIFE_SECONDS : null,
    salt: `0x${`${i}7`.repeat(16)}`,
  }))
}

const anActor = fc.constantFrom(ISSUER, ISSUER, REVOKER, COURT, ADMIN, STRANGER)
const aDocument = fc.nat(PEOPLE.length - 1)
const aReason = fc.constantFrom(1, 1, 2, 127, 128, 200, 0)
/** A call that somebody makes, or time that goes by. */
export const aCommand = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('batch' as const),
      from: anActor,
      members: fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 1 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('issue' as const),
      from: anActor,
      document: aDocument,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('suspend' as const, 'reinstate' as const, 'revoke' as const),
      ...{ from: anActor, document: aDocument, reason: aReason },
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('suspendMany' as const, 'revokeMany' as const),
      ...{
        from: anActor,
        members: fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 1 }),
        reason: aReason,
      },
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('supersede' as const),
      from: anActor,
      document: aDocument,
      successor: aDocument,
      reason: aReason,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('order' as const),
      from: fc.constantFrom(COURT, COURT, COURT, ADMIN),
      document: aDocument,
      to: fc.constantFrom(
        'suspended' as const,
        'issued' as const,
        'revoked' as const,
        'superseded' as const,
      ),
      reason: fc.constantFrom(128, 200, 1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.nat(40_000) }),
  },
)
export type Command = typeof aCommand extends fc.Arbitrary<infer T> ? T : never
