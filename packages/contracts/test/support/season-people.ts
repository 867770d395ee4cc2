/** The people of a season in tests: keys, the beacon's group, and everything that they sign. */
import {
  type Address,
  assert,
  bytesToHex,
  type Hash,
  type Hex,
  hexToBytes,
  keccak256,
  secretKeyToAddress,
  signDigest,
  utf8ToBytes,
  ZERO_HASH,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { hashTypedData } from 'viem/utils'
import { g1Words, g2Base, g2Words, multiply, pointToHex } from '../../src/fairs/bls.ts'
import { evaluate } from '../../src/fairs/scalars.ts'
import * as words from '../../src/fairs/season.ts'
import {
  actTypedData,
  admissionTypedData,
  applicationTypedData,
  type SeasonAct,
  type SeasonActName,
  type SeasonApplication,
} from '../../src/fairs/season-signing.ts'
import { combinePartials, signPartially, type ThresholdGroup } from '../../src/fairs/threshold.ts'
import type { Season } from './season.ts'

export const DAY = 86_400
export const HOUR = 3_600
export const CHAIN_ID = 1

await installNativeCrypto()

export interface Key {
  readonly secret: Uint8Array
  readonly address: Address
}

/** The key of a name, the same in every run. */
export function keyOf(name: string | number): Key {
  const secret = keccak256(utf8ToBytes(`fair key ${name}`))
  return { secret, address: secretKeyToAddress(secret) }
}

/** Where no attester is asked: the address itself. */
export function personOf(address: Address): Hash {
  return `0x${address.slice(2).padStart(64, '0')}` as Hash
}

/** A group whose polynomial the test knows. */
export interface Group extends ThresholdGroup {
  readonly shares: readonly bigint[]
  readonly members: readonly Key[]
}

/** Two of three sign. */
export function createGroup(label = 'group', threshold = 2, size = 3): Group {
  const coefficients = Array.from(
    { length: threshold },
    (_, i) => BigInt(bytesToHex(keccak256(utf8ToBytes(`${label} ${i}`)))) >> 8n,
  )
  const keyHex = (scalar: bigint): Hex => pointToHex(multiply(g2Base(), scalar))
  const shares = Array.from({ length: size }, (_, i) => evaluate(coefficients, i + 1))
  const members = Array.from({ length: size }, (_, i) => keyOf(`member ${i}`))
  return {
    threshold,
    shares,
    groupKey: keyHex(coefficients[0] as bigint),
    shareKeys: shares.map(keyHex),
    members: members.sort((a, b) => (a.address < b.address ? -1 : 1)),
  }
}

/** The group's signature over a message, in words of EIP-2537. */
export function signAsGroup(group: Group, message: Hash, signers = [1, 2]) {
  const partials = signers.map((i) => signPartially(group.shares[i - 1] as bigint, message, i))
  const signature = combinePartials(partials, message, group)
  assert(signature.ok, 'enough partial signatures')
  return g1Words(signature.value)
}

/** The beacon as the contract takes it. */
export function beaconOf(group: Group): words.SeasonBeacon {
  return {
    threshold: group.threshold,
    members: group.members.map(({ address }) => address),
    groupKey: g2Words(group.groupKey),
    shareKeys: group.shareKeys.map(g2Words),
  }
}

/** r, s, v with v of 27 or 28, as ecrecover takes it. */
function sign(key: Key, digest: Hash): Hex {
  const signature = signDigest(hexToBytes(digest), key.secret)
  signature[64] = (signature[64] as number) + 27
  return bytesToHex(signature)
}

const placeOf = ({ address }: Season) => ({ chainId: CHAIN_ID, season: address })

/** An application of a key; by default its own person, category 0, for a day. */
export function applicationOf(
  made: Season,
  key: Key,
  stands: readonly number[],
  rest: Partial<SeasonApplication> = {},
): SeasonApplication {
  return {
    person: personOf(key.address),
    applicant: key.address,
    category: 0,
    preferences: words.packPreferences(stands),
    contentC: bytesToHex(keccak256(key.secret)) as Hash,
    deadline: made.chain.nowSeconds + DAY,
    ...rest,
  }
}

/** Signs an application; another season's place for replays. */
export function signApplication(
  made: Season,
  key: Key,
  application: SeasonApplication,
  place = placeOf(made),
): Hex {
  return sign(key, hashTypedData(applicationTypedData(place, application)))
}

/** The attester's word. */
export function signAdmission(made: Season, attester: Key, person: Hash, applicant: Address): Hex {
  return sign(attester, hashTypedData(admissionTypedData(placeOf(made), { person, applicant })))
}

/** Arguments of a later act: what is signed and the signature. */
export function signAct(
  made: Season,
  key: Key,
  name: SeasonActName,
  act: Partial<SeasonAct> & { readonly id: number },
  place = placeOf(made),
): [SeasonAct, Hex] {
  const full = { preference: 0, note: ZERO_HASH, deadline: made.chain.nowSeconds + HOUR, ...act }
  return [full, sign(key, hashTypedData(actTypedData(place, name, full)))]
}
