/**
 * What people sign in a season (EIP-712): applications, the later acts of an applicant, and the
 * attester's word that a person's key is this one. The domain is the season itself, so that no
 * signature works in another season or on another chain.
 */
import type { Address, Hash } from '@veche/primitives'
import type { TypedDataDefinition } from 'viem'
import type { SeasonPlace } from './season.ts'

/** An application; see IFairTypes.Application. */
export interface SeasonApplication {
  readonly person: Hash
  readonly applicant: Address
  readonly category: number
  readonly preferences: bigint
  readonly contentC: Hash
  /** unix seconds */
  readonly deadline: number
}

/** A later act of an applicant; see IFairTypes.Act. */
export interface SeasonAct {
  readonly id: number
  readonly preference: number
  readonly note: Hash
  /** unix seconds */
  readonly deadline: number
}

/** The acts by the name that is signed. */
export const SEASON_ACTS = [
  'Withdraw',
  'AppealRefusal',
  'Accept',
  'Decline',
  'CheckIn',
  'AppealNoShow',
] as const
export type SeasonActName = (typeof SEASON_ACTS)[number]

const domainOf = ({ chainId, season }: SeasonPlace) => ({
  name: 'Veche FairSeason',
  version: '1',
  chainId,
  verifyingContract: season,
})

const APPLICATION_FIELDS = [
  { name: 'person', type: 'bytes32' },
  { name: 'applicant', type: 'address' },
  { name: 'category', type: 'uint8' },
  { name: 'preferences', type: 'uint128' },
  { name: 'contentC', type: 'bytes32' },
  { name: 'deadline', type: 'uint40' },
]

const ACT_FIELDS = [
  { name: 'id', type: 'uint32' },
  { name: 'preference', type: 'uint8' },
  { name: 'note', type: 'bytes32' },
  { name: 'deadline', type: 'uint40' },
]

/** Typed data of an application. */
export function applicationTypedData(
  place: SeasonPlace,
  application: SeasonApplication,
): TypedDataDefinition {
  return {
    domain: domainOf(place),
    types: { Application: APPLICATION_FIELDS },
    primaryType: 'Application',
    message: { ...application },
  }
}

/** Typed data of a later act. */
export function actTypedData(
  place: SeasonPlace,
  name: SeasonActName,
  act: SeasonAct,
): TypedDataDefinition {
  return {
    domain: domainOf(place),
    // a computed name is beyond the type, which has a field for every name of Solidity's types
    types: { [name]: ACT_FIELDS } as unknown as TypedDataDefinition['types'],
    primaryType: name,
    message: { ...act },
  }
}

/** Typed data of the attester's word: this person's key is this one. */
export function admissionTypedData(
  place: SeasonPlace,
  admission: { readonly person: Hash; readonly applicant: Address },
): TypedDataDefinition {
  return {
    domain: domainOf(place),
    types: {
      Admission: [
        { name: 'person', type: 'bytes32' },
        { name: 'applicant', type: 'address' },
      ],
    },
    primaryType: 'Admission',
    message: { ...admission },
  }
}
