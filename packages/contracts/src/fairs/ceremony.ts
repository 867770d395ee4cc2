/**
 * A dealerless key ceremony (joint Feldman: Pedersen 1991, Feldman 1987): every member deals shares
 * of a polynomial of its own, whoever dealt a bad share is proven so and left out, and the group's
 * key is the sum of what remains. Nobody ever holds the key; any `threshold` members sign together.
 * Why this and not another protocol: docs/adr/0135. All here is pure; secrets come in as 32 bytes
 * and everything a member does follows from them and the public files, so a step can be redone.
 */
import { accept, type Hash, hexToBytes, type Result, refuse } from '@veche/primitives'
import {
  decodeG1,
  decodeG2,
  type G1Point,
  type G2Point,
  g1Base,
  g2Base,
  multiply,
  pointToHex,
  SCALAR_ORDER,
} from './bls.ts'
import {
  CEREMONY_FORMAT,
  type Ceremony,
  type Complaint,
  ceremonyId,
  contentHash,
  type Deal,
  type Join,
  type Partial,
  type Unsigned,
} from './ceremony-files.ts'
import { evaluate, hashToScalar } from './scalars.ts'
import {
  type BoxContext,
  openShare,
  proofContext,
  proveExponent,
  sealShare,
  verifyExponent,
} from './share-box.ts'
import { signPartially } from './threshold.ts'

/** A member at work: its number, from 1, and the 32 secret bytes of this ceremony alone. */
export interface MemberSecret {
  readonly index: number
  readonly secret: Uint8Array
}

function boxSecret(ceremony: Hash, member: MemberSecret): bigint {
  return hashToScalar('veche-ceremony/1 box key', member.secret, hexToBytes(ceremony))
}

/** Step 1: a key for the boxes of this member, with proof that the member has its secret. */
export function makeJoin(ceremony: Ceremony, member: MemberSecret): Unsigned<Join> {
  const id = ceremonyId(ceremony)
  const secret = boxSecret(id, member)
  return {
    format: CEREMONY_FORMAT,
    kind: 'join',
    ceremony: id,
    member: member.index,
    boxKey: pointToHex(multiply(g1Base(), secret)),
    possession: proveExponent([g1Base()], secret, proofContext('join', id, member.index)),
  }
}

/** The box key of a join whose proof holds. `CEREMONY_PROOF` otherwise. */
export function boxKeyOf(join: Join | Unsigned<Join>): Result<G1Point> {
  const key = decodeG1(join.boxKey)
  if (!key.ok) return key
  const context = proofContext('join', join.ceremony, join.member)
  return verifyExponent([{ base: g1Base(), image: key.value }], join.possession, context)
    ? key
    : refuse('CEREMONY_PROOF', `proof of possession expected in the join of member ${join.member}`)
}

/**
 * The box keys of all members, in order. Refuses with `CEREMONY_INCOMPLETE` when one is missing or
 * two members have the same.
 */
export function boxKeysOf(ceremony: Ceremony, joins: readonly Join[]): Result<readonly G1Point[]> {
  const keys: G1Point[] = []
  for (let index = 1; index <= ceremony.members.length; index++) {
    const own = joins.filter((join) => join.member === index)
    const [first, second] = own
    if (first === undefined || second !== undefined)
      return refuse(
        'CEREMONY_INCOMPLETE',
        `one join of member ${index} expected, got ${own.length}`,
      )
    const key = boxKeyOf(first)
    if (!key.ok) return key
    keys.push(key.value)
  }
  return new Set(keys.map(pointToHex)).size === keys.length
    ? accept(keys)
    : refuse('CEREMONY_INCOMPLETE', 'a box key of its own for each member expected')
}

/** Step 2: this member's polynomial in the open and its values in boxes. Needs every join. */
export function makeDeal(
  ceremony: Ceremony,
  joins: readonly Join[],
  member: MemberSecret,
): Result<Unsigned<Deal>> {
  const keys = boxKeysOf(ceremony, joins)
  if (!keys.ok) return keys
  const id = ceremonyId(ceremony)
  const publics = keys.value.map((key) => key.toBytes(true))
  // 0 is no scalar of a point: beyond any chance, and the point's encoding would be refused
  const coefficients = Array.from({ length: ceremony.threshold }, (_, power) =>
    hashToScalar('veche-ceremony/1 coefficient', member.secret, Uint8Array.of(power), ...publics),
  )
  const exponent = hashToScalar('veche-ceremony/1 ephemeral', member.secret, ...publics)
  const ephemeral = multiply(g1Base(), exponent)
  const boxes = keys.value.map((key, at) => {
    const context = { ceremony: id, dealer: member.index, recipient: at + 1, ephemeral }
    return sealShare(context, multiply(key, exponent), evaluate(coefficients, at + 1))
  })
  return accept({
    format: CEREMONY_FORMAT,
    kind: 'deal',
    ceremony: id,
    member: member.index,
    commitments: coefficients.map((coefficient) => pointToHex(multiply(g2Base(), coefficient))),
    ephemeral: pointToHex(ephemeral),
    boxes,
  })
}

/** A deal whose points are points and whose lists have the ceremony's lengths. */
export interface OpenedDeal {
  readonly deal: Deal
  readonly commitments: readonly G2Point[]
  readonly ephemeral: G1Point
}

/** Decodes a deal's points. `CEREMONY_DEAL` when a length or a point is wrong. */
export function openDeal(ceremony: Ceremony, deal: Deal): Result<OpenedDeal> {
  const { threshold, members } = ceremony
  if (deal.commitments.length !== threshold || deal.boxes.length !== members.length)
    return refuse(
      'CEREMONY_DEAL',
      `${threshold} commitments and ${members.length} boxes expected of member ${deal.member}`,
    )
  const ephemeral = decodeG1(deal.ephemeral)
  const commitments: G2Point[] = []
  for (const hex of deal.commitments) {
    const point = decodeG2(hex)
    if (!point.ok) return refuse('CEREMONY_DEAL', `member ${deal.member}: ${point.reason}`)
    commitments.push(point.value)
  }
  if (!ephemeral.ok) return refuse('CEREMONY_DEAL', `member ${deal.member}: ${ephemeral.reason}`)
  return accept({ deal, commitments, ephemeral: ephemeral.value })
}

/** The public image of the value at x of the polynomial behind these commitments. */
export function evaluateCommitments(commitments: readonly G2Point[], x: number): G2Point {
  const zero = g2Base().subtract(g2Base())
  return commitments.reduceRight(
    (sum, commitment) => multiply(sum, BigInt(x)).add(commitment),
    zero,
  )
}

export function boxContextOf(opened: OpenedDeal, recipient: number): BoxContext {
  const { deal, ephemeral } = opened
  return { ceremony: deal.ceremony, dealer: deal.member, recipient, ephemeral }
}

/** The share in a box, or undefined when the box holds no share of the committed polynomial. */
export function shareInBox(
  opened: OpenedDeal,
  recipient: number,
  shared: G1Point,
): bigint | undefined {
  const box = opened.deal.boxes[recipient - 1]
  if (box === undefined) return undefined
  const share = openShare(boxContextOf(opened, recipient), shared, box)
  if (share >= SCALAR_ORDER) return undefined
  const expected = evaluateCommitments(opened.commitments, recipient)
  return multiply(g2Base(), share).equals(expected) ? share : undefined
}

/** Step 3: a complaint about every dealer whose box for this member holds no share. */
export function findComplaints(
  ceremony: Ceremony,
  deals: readonly Deal[],
  member: MemberSecret,
): Unsigned<Complaint>[] {
  const id = ceremonyId(ceremony)
  const secret = boxSecret(id, member)
  const found: Unsigned<Complaint>[] = []
  for (const deal of deals) {
    const opened = openDeal(ceremony, deal)
    // a deal with a wrong point is left out by everybody without a complaint
    if (!opened.ok) continue
    const { ephemeral } = opened.value
    const shared = multiply(ephemeral, secret)
    if (shareInBox(opened.value, member.index, shared) !== undefined) continue
    const context = proofContext('complaint', id, deal.member, member.index)
    found.push({
      format: CEREMONY_FORMAT,
      kind: 'complaint',
      ceremony: id,
      member: member.index,
      dealer: deal.member,
      deal: contentHash(deal),
      shared: pointToHex(shared),
      proof: proveExponent([g1Base(), ephemeral], secret, context),
    })
  }
  return found
}

/** This member's share of the key: the sum of what the dealers that count have locked in for it. */
export function shareOf(
  ceremony: Ceremony,
  deals: readonly Deal[],
  member: MemberSecret,
): Result<bigint> {
  const secret = boxSecret(ceremonyId(ceremony), member)
  let sum = 0n
  for (const deal of deals) {
    const opened = openDeal(ceremony, deal)
    if (!opened.ok) return opened
    const shared = multiply(opened.value.ephemeral, secret)
    const share = shareInBox(opened.value, member.index, shared)
    if (share === undefined)
      return refuse(
        'CEREMONY_SHARE',
        `a share of member ${deal.member} for member ${member.index} expected in its box: complain`,
      )
    sum = (sum + share) % SCALAR_ORDER
  }
  return sum === 0n ? refuse('CEREMONY_SHARE', 'a share other than zero expected') : accept(sum)
}

/** A member's part of the signature over a message of the season. */
export function makePartial(
  ceremony: Ceremony,
  share: bigint,
  options: { readonly index: number; readonly message: Hash },
): Unsigned<Partial> {
  return {
    format: CEREMONY_FORMAT,
    kind: 'partial',
    ceremony: ceremonyId(ceremony),
    member: options.index,
    message: options.message,
    part: signPartially(share, options.message, options.index).signature,
  }
}
