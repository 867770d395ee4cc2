/**
 * What people sign for the register of titles: EIP-712 structs, their domain, their digests. The
 * names and fields are those of sol/titles/TitleHashes.sol; a test compares the hashes with the
 * contract's verdict.
 */
import type { Address, Hash } from '@veche/primitives'
import { hashStruct, hashTypedData } from 'viem/utils'

const DEED = [
  { name: 'propertyId', type: 'bytes32' },
  { name: 'prevHead', type: 'bytes32' },
  { name: 'newOwnerC', type: 'bytes32' },
  { name: 'newConsentC', type: 'bytes32' },
  { name: 'docC', type: 'bytes32' },
  { name: 'deadline', type: 'uint40' },
] as const

const NOTICE = [
  { name: 'propertyId', type: 'bytes32' },
  { name: 'prevHead', type: 'bytes32' },
  { name: 'docC', type: 'bytes32' },
  { name: 'deadline', type: 'uint40' },
] as const

/** Every signed struct by its primary type. */
export const TITLE_ACTS = {
  Transfer: DEED,
  Recommit: DEED,
  SelfCorrection: DEED,
  Correction: DEED,
  Objection: NOTICE,
  Demolition: NOTICE,
  Proposal: [
    { name: 'propertyId', type: 'bytes32' },
    { name: 'prevHead', type: 'bytes32' },
    { name: 'newOwnerC', type: 'bytes32' },
    { name: 'until', type: 'uint40' },
    { name: 'deadline', type: 'uint40' },
  ],
  LienAddition: [
    { name: 'propertyId', type: 'bytes32' },
    { name: 'prevHead', type: 'bytes32' },
    { name: 'lienC', type: 'bytes32' },
    { name: 'holder', type: 'address' },
    { name: 'priority', type: 'uint16' },
    { name: 'kind', type: 'uint8' },
    { name: 'until', type: 'uint40' },
    { name: 'deadline', type: 'uint40' },
  ],
  LienRelease: [
    { name: 'propertyId', type: 'bytes32' },
    { name: 'prevHead', type: 'bytes32' },
    { name: 'lienId', type: 'uint16' },
    { name: 'deadline', type: 'uint40' },
  ],
  Split: [
    { name: 'propertyId', type: 'bytes32' },
    { name: 'prevHead', type: 'bytes32' },
    { name: 'shares', type: 'uint256[]' },
    { name: 'docC', type: 'bytes32' },
    { name: 'deadline', type: 'uint40' },
  ],
  Merge: [
    { name: 'propertyIds', type: 'bytes32[]' },
    { name: 'prevHeads', type: 'bytes32[]' },
    { name: 'docC', type: 'bytes32' },
    { name: 'deadline', type: 'uint40' },
  ],
} as const

/** The primary type of something signed. */
export type TitleActKind = keyof typeof TITLE_ACTS

interface FieldTypes {
  readonly bytes32: Hash
  readonly address: Address
  readonly uint8: number
  readonly uint16: number
  readonly uint40: number
  readonly 'uint256[]': readonly bigint[]
  readonly 'bytes32[]': readonly Hash[]
}

/** The fields of a signed struct, as viem and the contract's binding take them. */
export type TitleAct<kind extends TitleActKind> = {
  readonly [field in (typeof TITLE_ACTS)[kind][number] as field['name']]: FieldTypes[field['type']]
}

/** Which register a signature is for. */
export interface TitleDomain {
  readonly chainId: number
  readonly contract: Address
}

/** EIP-712 typed data, as `eth_signTypedData_v4` takes it. */
export interface TitleTypedData {
  readonly domain: {
    readonly name: string
    readonly version: string
    readonly chainId: number
    readonly verifyingContract: Address
  }
  readonly types: Readonly<
    Record<string, readonly { readonly name: string; readonly type: string }[]>
  >
  readonly primaryType: TitleActKind
  readonly message: Readonly<Record<string, unknown>>
}

/** What wallets show and sign: EIP-712 typed data of an act. */
export function titleTypedData<kind extends TitleActKind>(
  domain: TitleDomain,
  kind: kind,
  act: TitleAct<kind>,
): TitleTypedData {
  return {
    domain: {
      name: 'VecheTitleRegistry',
      version: '1',
      chainId: domain.chainId,
      verifyingContract: domain.contract,
    },
    types: { [kind]: TITLE_ACTS[kind] },
    primaryType: kind,
    message: act,
  }
}

/** The 32 bytes that are signed. */
export function titleDigest<kind extends TitleActKind>(
  domain: TitleDomain,
  kind: kind,
  act: TitleAct<kind>,
): Hash {
  return hashTypedData(titleTypedData(domain, kind, act) as Parameters<typeof hashTypedData>[0])
}

/** The struct hash alone: what heads fold and child ids are made of; the same on every chain. */
export function titleStructHash<kind extends TitleActKind>(kind: kind, act: TitleAct<kind>): Hash {
  const struct = { types: { [kind]: TITLE_ACTS[kind] }, primaryType: kind, data: act }
  return hashStruct(struct as unknown as Parameters<typeof hashStruct>[0])
}
