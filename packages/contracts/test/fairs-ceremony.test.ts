/** The key ceremony of a beacon: every file checked by anyone, cheaters proven and left out. */
import { type Hash, assert as must } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { g2Base, multiply, pointToHex, verifySignature } from '../src/fairs/bls.ts'
import { findComplaints, makePartial, shareOf } from '../src/fairs/ceremony.ts'
import {
  type CeremonyStep,
  type Complaint,
  checkStep,
  contentHash,
  type Deal,
  decodeCeremonyFile,
  type Join,
} from '../src/fairs/ceremony-files.ts'
import { type CeremonyOutcome, judgeCeremony } from '../src/fairs/ceremony-judge.ts'
import { evaluate, lagrangeAtZero, reduce } from '../src/fairs/scalars.ts'
import { combinePartials, isThresholdGroup, verifyPartial } from '../src/fairs/threshold.ts'
import { createCeremony, dealOf, signStep, type TestMember } from './support/ceremony.ts'

const MESSAGE: Hash = `0x${'5e'.repeat(32)}`
const world = createCeremony(3, 5)
const { ceremony, members, joins } = world
const deals = members.map(({ index }) => dealOf(world, index))

function outcome(steps: readonly CeremonyStep[]): CeremonyOutcome {
  const judged = judgeCeremony(ceremony, steps)
  must(judged.ok, judged.ok ? '' : judged.reason)
  return judged.value
}

const honest = outcome([...joins, ...deals])
const partials = members.map((member) => {
  const share = shareOf(ceremony, honest.deals, member)
  must(share.ok, 'a share')
  const { member: index, part } = makePartial(ceremony, share.value, {
    index: member.index,
    message: MESSAGE,
  })
  return { index, signature: part }
})

test('scalars: any three values of a parabola give its value at zero', () => {
  const coefficients = [7n, 11n, 13n]
  for (const indices of [
    [1, 2, 3],
    [2, 5, 9],
    [16, 1, 4],
  ]) {
    const sum = indices.reduce(
      (total, x) => total + evaluate(coefficients, x) * lagrangeAtZero(x, indices),
      0n,
    )
    assert.is(reduce(sum), 7n)
  }
})

test('the keys of an honest ceremony belong together and nobody is blamed', () => {
  assert.equal(honest.faults, [])
  assert.is(honest.deals.length, 5)
  assert.ok(isThresholdGroup(honest.group))
  assert.not.ok(isThresholdGroup({ ...honest.group, threshold: 2 }))
})

test('the files in another order and twice give the same keys', () => {
  const again = outcome([...deals, ...deals, ...joins].reverse())
  assert.equal(again.group, honest.group)
})

test('any three of five give the same signature, and it verifies', () => {
  const all = [
    [0, 1, 2],
    [4, 2, 1],
    [3, 4, 0],
  ].map((chosen) => {
    const made = combinePartials(
      chosen.map((at) => partials[at] as (typeof partials)[number]),
      MESSAGE,
      honest.group,
    )
    must(made.ok, 'a signature')
    return made.value
  })
  assert.is(new Set(all).size, 1)
  assert.ok(verifySignature(all[0] as `0x${string}`, MESSAGE, honest.group.groupKey))
})

test('two members cannot sign, not even with copies and wrong parts', () => {
  const [first, second] = partials as [(typeof partials)[number], (typeof partials)[number]]
  const forged = { index: 3, signature: first.signature }
  const made = combinePartials([first, second, first, forged], MESSAGE, honest.group)
  assert.is(made.ok ? '' : made.code, 'PARTIALS_TOO_FEW')
})

test('a part of another message or another member is recognised', () => {
  const [first, second] = partials as [(typeof partials)[number], (typeof partials)[number]]
  assert.ok(verifyPartial(first, MESSAGE, honest.group))
  assert.not.ok(verifyPartial(first, `0x${'5f'.repeat(32)}`, honest.group))
  assert.not.ok(verifyPartial({ ...second, index: 1 }, MESSAGE, honest.group))
})

test('a dealer who locks in a wrong share is proven so and left out; the rest still sign', () => {
  const good = deals[1] as Deal
  const bad = signStep<Deal>(world, {
    ...good,
    boxes: good.boxes.map((box, at) => (at === 3 ? (`0x${'11'.repeat(32)}` as Hash) : box)),
  })
  const dealt = deals.map((deal, at) => (at === 1 ? bad : deal))
  const victim = members[3] as TestMember
  const complaints = findComplaints(ceremony, dealt, victim)
  assert.equal(
    complaints.map(({ dealer }) => dealer),
    [2],
  )
  const signed = complaints.map((one) => signStep<Complaint>(world, one))
  const judged = outcome([...joins, ...dealt, ...signed])
  assert.equal(
    judged.deals.map(({ member }) => member),
    [1, 3, 4, 5],
  )
  assert.equal(
    judged.faults.map(({ member, code }) => [member, code]),
    [[2, 'CEREMONY_BAD_SHARE']],
  )
  assert.ok(isThresholdGroup(judged.group))
  // without the complaint the victim notices before it signs
  assert.not.ok(shareOf(ceremony, dealt, victim).ok)
  assert.ok(shareOf(ceremony, judged.deals, victim).ok)
})

test('a member cannot complain about a good share', () => {
  const accuser = members[0] as TestMember
  assert.equal(findComplaints(ceremony, deals, accuser), [])
  const good = deals[2] as Deal
  const invented = findComplaints(
    ceremony,
    [{ ...good, boxes: good.boxes.map(() => MESSAGE) }],
    accuser,
  ).map((one) => signStep<Complaint>(world, { ...one, deal: contentHash(good) }))
  const judged = outcome([...joins, ...deals, ...invented])
  assert.is(judged.deals.length, 5)
  assert.equal(
    judged.faults.map(({ member, code }) => [member, code]),
    [[1, 'CEREMONY_FALSE_COMPLAINT']],
  )
})

test('two deals of one member, a deal without points and a missing deal are left out', () => {
  const first = deals[0] as Deal
  const second = signStep<Deal>(world, { ...first, boxes: [...first.boxes].reverse() })
  const zero = `0xc0${'00'.repeat(95)}` as const
  const hollow = signStep<Deal>(world, {
    ...(deals[1] as Deal),
    commitments: [zero, zero, zero],
  })
  const judged = judgeCeremony(ceremony, [...joins, first, second, hollow, ...deals.slice(3)])
  assert.is(judged.ok ? '' : judged.code, 'CEREMONY_TOO_FEW')
  const more = outcome([...joins, hollow, ...deals.slice(2)])
  assert.equal(
    more.faults.map(({ member, code }) => [member, code]),
    [
      [1, 'CEREMONY_NO_DEAL'],
      [2, 'CEREMONY_DEAL'],
    ],
  )
})

test('a step that another member signed, of another ceremony, or altered is refused', () => {
  const join = joins[0] as Join
  const codes = [
    { ...join, member: 2 },
    { ...join, ceremony: MESSAGE },
    { ...join, boxKey: (joins[1] as Join).boxKey },
  ].map((step) => {
    const checked = checkStep(ceremony, step)
    return checked.ok ? '' : checked.code
  })
  assert.equal(codes, ['CEREMONY_SIGNATURE', 'CEREMONY_FOREIGN', 'CEREMONY_SIGNATURE'])
})

test("a member cannot take another's box key for its own", () => {
  const copied = signStep<Join>(world, { ...(joins[0] as Join), member: 2 })
  const judged = judgeCeremony(ceremony, [joins[0] as Join, copied, ...joins.slice(2)])
  assert.is(judged.ok ? '' : judged.code, 'CEREMONY_PROOF')
})

test('files of another shape are refused, unknown fields among them', () => {
  const join = joins[0] as Join
  assert.ok(decodeCeremonyFile(JSON.parse(JSON.stringify(join))).ok)
  assert.ok(decodeCeremonyFile(JSON.parse(JSON.stringify(ceremony))).ok)
  for (const value of [
    null,
    [],
    { kind: 'constructor' },
    { ...join, note: 'x' },
    { ...join, member: 0 },
    { ...join, boxKey: join.boxKey.toUpperCase() },
    { ...ceremony, members: [...ceremony.members].reverse() },
    { ...ceremony, threshold: 6 },
  ])
    assert.not.ok(decodeCeremonyFile(value).ok)
})

test('share keys that are not of the group key are told from wrong parts', () => {
  const group = { ...honest.group, groupKey: pointToHex(multiply(g2Base(), 5n)) }
  const made = combinePartials(partials, MESSAGE, group)
  assert.is(made.ok ? '' : made.code, 'CEREMONY_KEYS_WRONG')
})

test.run()
