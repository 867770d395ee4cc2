/**
 * Commitments of the register of titles (sol/titles/TitleHashes.sol): who owns, who must consent,
 * a legacy record, a child of a split. All are keccak256 of the ABI encoding of static words. Pure.
 */
import {
  type Address,
  assert,
  bigintToBytes,
  concatBytes,
  type Hash,
  type Hex,
  hexToBytes,
  keccak256,
  keccakHex,
  numberToBytes,
  padLeft,
  utf8ToBytes,
  ZERO_HASH,
} from '@veche/primitives'

const typeHash = (text: string): Uint8Array => keccak256(utf8ToBytes(text))

const OWNER_TYPE = typeHash('VecheTitleOwner/1(bytes32 party,bytes32 salt)')
const CONSENT_TYPE = typeHash('VecheTitleConsent/1(bytes32 spouse,bytes32 guardian,bytes32 salt)')
const LEGACY_TYPE = typeHash(
  'VecheLegacyTitle/1(bytes32 propertyId,bytes32 ownerC,bytes32 consentC,uint40 share,bytes32 liens)',
)
const CHILD_TYPE = typeHash('VecheTitleChild/1(bytes32 deed,uint8 index)')
const PROPERTY_TYPE = typeHash('VecheProperty/1(string cadastralNumber)')

/** Units of an undivided property: divisible by 1 to 22, so that common fractions are exact. */
export const SHARE_WHOLE = 6_983_776_800

/** A lien of a record or of the chain; times in unix seconds. */
export interface TitleLien {
  readonly lienC: Hash
  readonly holder: Address
  /** rank, 1 first */
  readonly priority: number
  readonly kind: number
  /** unix seconds, zero for never */
  readonly until: number
  /** its number within the title, from 1 */
  readonly id: number
}

/** One leaf of the legacy root, opened. */
export interface LegacyTitle {
  readonly propertyId: Hash
  readonly ownerC: Hash
  /** zero when nobody must consent */
  readonly consentC: Hash
  /** units of {@link SHARE_WHOLE} */
  readonly share: number
  readonly liens: readonly TitleLien[]
}

/** What opens an ownerC; shown to the register only when its title moves. */
export interface OwnerOpening {
  /** an identity's commitment, or {@link accountParty} */
  readonly party: Hash
  /** 32 bytes, random, one for each record */
  readonly salt: Hash
}

const word = (value: number): Uint8Array => padLeft(numberToBytes(value), 32)

/** An account as a party: its address in a word. */
export function accountParty(account: Address): Hash {
  return `0x${account.slice(2).padStart(64, '0')}`
}

/** The account of a party that is one; undefined for an identity. */
export function partyAccount(party: Hash): Address | undefined {
  return /^0x0{24}/.test(party) ? `0x${party.slice(26)}` : undefined
}

/** The id of a property by its cadastral number. Public: everybody may look a property up. */
export function propertyId(cadastralNumber: string): Hash {
  return keccakHex(concatBytes(PROPERTY_TYPE, typeHash(cadastralNumber)))
}

/** ownerC of a party under a salt. */
export function ownerCommitment({ party, salt }: OwnerOpening): Hash {
  return keccakHex(concatBytes(OWNER_TYPE, hexToBytes(party), hexToBytes(salt)))
}

/** consentC of those who must agree; zero parties sign nothing. */
export function consentCommitment(who: {
  readonly spouse: Hash
  readonly guardian: Hash
  readonly salt: Hash
}): Hash {
  const parts = [who.spouse, who.guardian, who.salt].map(hexToBytes)
  return keccakHex(concatBytes(CONSENT_TYPE, ...parts))
}

/** A lien as six words, as Solidity encodes the struct. */
export function encodeLien(lien: TitleLien): Uint8Array {
  const { lienC, holder, priority, kind, until, id } = lien
  const words = [priority, kind, until, id].map(word)
  return concatBytes(hexToBytes(lienC), padLeft(hexToBytes(holder), 32), ...words)
}

/** keccak256(abi.encode(liens)) */
function liensHash(liens: readonly TitleLien[]): Uint8Array {
  return keccak256(concatBytes(word(32), word(liens.length), ...liens.map(encodeLien)))
}

let noLiens: Uint8Array | undefined

/** The leaf of a legacy record: 32 bytes, hashed twice so that no inner node passes for it. */
export function legacyLeaf(title: LegacyTitle): Uint8Array {
  // almost no record has one, and a root has millions
  noLiens ??= liensHash([])
  const { propertyId: id, ownerC, consentC, share, liens } = title
  const parts = [
    LEGACY_TYPE,
    hexToBytes(id),
    hexToBytes(ownerC),
    consentC === ZERO_HASH ? new Uint8Array(32) : hexToBytes(consentC),
    word(share),
    liens.length === 0 ? noLiens : liensHash(liens),
  ]
  return keccak256(keccak256(concatBytes(...parts)))
}

/** The id of the child at an index of a split (or 0 of a merge), from the signed deed's hash. */
export function childId(deed: Hash, index: number): Hash {
  return keccakHex(concatBytes(CHILD_TYPE, hexToBytes(deed), word(index)))
}

/** Value → 32 bytes; for words of heads. */
export function toWord(value: Hex | number | bigint): Uint8Array {
  if (typeof value === 'number') return word(value)
  if (typeof value === 'bigint') return padLeft(bigintToBytes(value), 32)
  const bytes = hexToBytes(value)
  assert(bytes.length <= 32, 'a word has 32 bytes')
  return padLeft(bytes, 32)
}
