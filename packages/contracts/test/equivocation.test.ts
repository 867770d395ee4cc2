/**
 * reportMalicious on its real byte code: what convicts, what does not, and every way a proof can be
 * malformed (docs/spec/consensus.md M1, E1; services.md, ValidatorSet 8 to 10).
 */
import { concatBytes, encodeRlp, hexToBytes, numberToBytes } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  validatorSet as call,
  encodeEquivocation,
  type SignedContent,
  validatorSetAbi,
} from '../src/index.ts'
import { account, advance, view } from './support/chain.ts'
import {
  accuse,
  act,
  CHAIN_ID,
  type Council,
  createCouncil,
  eventsOf,
  guilt,
  member,
  organisation,
  PRECOMMIT,
  PREVOTE,
  PROPOSAL,
  prevote,
  revertOf,
  STRANGER,
  signContent,
  validatorsOf,
  word,
} from './support/validators.ts'

const FIVE = [0, 1, 2, 3, 4]
const HEIGHT = 300
const VOTE = { height: HEIGHT, round: 0, value: 1 }
const OTHER = { ...VOTE, value: 2 }
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

const council = await createCouncil(FIVE)

/** What a report about member 0 answers. It must be refused, or the council changes. */
async function judged(messages: {
  messageType?: number
  first: SignedContent
  second: SignedContent
}): Promise<string> {
  const outcome = await act(council, STRANGER, accuse(member(0), HEIGHT, messages))
  assert.not(outcome.ok, 'a refusal')
  return revertOf(outcome).replace('Equivocation', '')
}

/** The same on a council of its own, which may suspend. */
async function convicts(messages: Parameters<typeof judged>[0]): Promise<string> {
  const fresh = await createCouncil(FIVE)
  return revertOf(await act(fresh, STRANGER, accuse(member(0), HEIGHT, messages)))
}

const n = numberToBytes

function proposal(over: { hash?: number; parent?: number; validRound?: number } = {}) {
  const { hash = 1, parent = 9, validRound = -1 } = over
  const fields = [n(HEIGHT), n(0), word(hash), word(parent), n(validRound + 1)]
  return signContent(0, PROPOSAL, fields)
}

function precommit(value: number, seal = 1) {
  const sealBytes = new Uint8Array(65).fill(seal)
  return signContent(0, PRECOMMIT, [n(HEIGHT), n(0), word(value), sealBytes])
}

async function suspensionOf({ chain, address }: Council, i: number): Promise<bigint> {
  const data = await view(chain, address, call.suspensionOf(member(i)))
  return BigInt(`0x${Buffer.from(data).toString('hex')}`)
}

test('two prevotes, precommits or proposals for different values convict', async () => {
  assert.is(await convicts({ first: prevote(0, VOTE), second: prevote(0, OTHER) }), 'ok')
  const precommits = { messageType: PRECOMMIT, first: precommit(1), second: precommit(2) }
  assert.is(await convicts(precommits), 'ok')
  const first = proposal()
  for (const second of [
    proposal({ hash: 2 }),
    proposal({ parent: 8 }),
    proposal({ validRound: 0 }),
  ])
    assert.is(await convicts({ messageType: PROPOSAL, first, second }), 'ok')
})

test('nothing else convicts: equal values, rounds, heights, chains, types, signers', async () => {
  const first = prevote(0, VOTE)
  assert.is(await judged({ first, second: first }), 'NoConflict')
  assert.is(await judged({ first, second: prevote(0, { ...OTHER, round: 1 }) }), 'RoundsDiffer')
  const higher = prevote(0, { ...OTHER, height: HEIGHT + 1 })
  assert.is(await judged({ first, second: higher }), 'HeightDiffers')
  assert.is(await judged({ first: higher, second: first }), 'HeightDiffers')
  const foreign = prevote(0, OTHER, CHAIN_ID + 1)
  assert.is(await judged({ first, second: foreign }), 'SignerDiffers')
  assert.is(await judged({ first, second: prevote(1, OTHER) }), 'SignerDiffers')
  const status = [n(HEIGHT), n(0), n(0), n(0), n(0), n(0)]
  const statuses = {
    messageType: 4,
    first: signContent(0, 4, status),
    second: signContent(0, 4, [n(HEIGHT), n(0), n(1), n(0), n(0), n(0)]),
  }
  assert.is(await judged(statuses), 'TypeUnknown')
  assert.is(await judged({ ...statuses, messageType: 0 }), 'TypeUnknown')
  // a prevote passed off as a precommit
  const asPrecommit = { messageType: PRECOMMIT, first, second: prevote(0, OTHER) }
  assert.is(await judged(asPrecommit), 'Malformed')
})

test('two seals of one value are no offence', async () => {
  const precommits = { messageType: PRECOMMIT, first: precommit(1, 1), second: precommit(1, 2) }
  assert.is(await judged(precommits), 'NoConflict')
})

test('only canonical signatures count: low s, v of 0 or 1', async () => {
  const first = prevote(0, VOTE)
  const second = prevote(0, OTHER)
  const change = (edit: (signature: Uint8Array) => void): SignedContent => {
    const signature = second.signature.slice()
    edit(signature)
    return { ...second, signature }
  }
  const s = BigInt(`0x${Buffer.from(second.signature.subarray(32, 64)).toString('hex')}`)
  assert.ok(s <= HALF_ORDER)
  const high = change((bytes) => {
    bytes.set(hexToBytes(`0x${(ORDER - s).toString(16).padStart(64, '0')}`), 32)
    bytes[64] = 1 - (bytes[64] as number)
  })
  assert.is(await judged({ first, second: high }), 'SignatureInvalid')
  for (const v of [2, 27, 28, 255])
    assert.is(await judged({ first, second: change((b) => b.set([v], 64)) }), 'SignatureInvalid')
  const zero = change((bytes) => bytes.fill(0, 0, 32))
  assert.is(await judged({ first, second: zero }), 'SignatureInvalid')
})

test('a content that is not the canonical RLP of its type is refused', async () => {
  const first = prevote(0, VOTE)
  const body = [n(HEIGHT), n(0), word(2)]
  const raw = (bytes: Uint8Array) => judged({ first, second: signContent(0, PREVOTE, bytes) })
  const good = encodeRlp(body)
  const wrong: Record<string, Uint8Array> = {
    empty: new Uint8Array(0),
    'no list': word(1),
    'a byte after the list': concatBytes(good, Uint8Array.of(0)),
    'a list that is cut': good.subarray(0, good.length - 1),
    'a field too many': encodeRlp([...body, n(1)]),
    'a field too few': encodeRlp([n(HEIGHT), n(0)]),
    'a leading zero': encodeRlp([concatBytes(Uint8Array.of(0), n(HEIGHT)), n(0), word(2)]),
    'a zero byte for 0': encodeRlp([n(HEIGHT), Uint8Array.of(0), word(2)]),
    'a height of nine bytes': encodeRlp([new Uint8Array(9).fill(1), n(0), word(2)]),
    'a hash of 31 bytes': encodeRlp([n(HEIGHT), n(0), word(2).subarray(1)]),
    'a list as height': encodeRlp([[n(HEIGHT)], n(0), word(2)]),
    'a long form of a short list': concatBytes(
      Uint8Array.of(0xf8, good.length - 1),
      good.subarray(1),
    ),
    // 0x8105 for 5
    'a long form of a small integer': concatBytes(
      Uint8Array.of(0xc0 + 3 + 2 + 33, 0x82, 0x01, 0x2c, 0x81, 0x05, 0xa0),
      word(2),
    ),
  }
  for (const [what, bytes] of Object.entries(wrong)) assert.is(await raw(bytes), 'Malformed', what)
  const seal = (bytes: number) =>
    signContent(0, PRECOMMIT, [n(HEIGHT), n(0), word(2), new Uint8Array(bytes)])
  for (const bytes of [0, 64, 66])
    assert.is(
      await judged({ messageType: PRECOMMIT, first: precommit(1), second: seal(bytes) }),
      'Malformed',
    )
})

test('any bytes end in a named error, and suspend nobody', async () => {
  const names = new Set<string>(
    validatorSetAbi.flatMap((item) => (item.type === 'error' ? item.name : [])),
  )
  const valid = encodeEquivocation({
    messageType: PREVOTE,
    first: prevote(0, VOTE),
    second: prevote(0, OTHER),
  })
  const bytes = hexToBytes(valid)
  const anEdit = fc.record({ at: fc.nat(bytes.length - 1), by: fc.integer({ min: 1, max: 255 }) })
  const aProof = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.nat(bytes.length - 1).map((length) => bytes.slice(0, length)),
    // one byte of a proof that convicts: it never convicts somebody else, or of something else
    anEdit.map(({ at, by }) => {
      const edited = bytes.slice()
      edited[at] = ((edited[at] as number) + by) & 0xff
      return edited
    }),
  )
  await fc.assert(
    fc.asyncProperty(aProof, async (proof) => {
      const data = call.reportMalicious(
        member(0),
        HEIGHT,
        `0x${Buffer.from(proof).toString('hex')}`,
      )
      const outcome = await act(council, STRANGER, data)
      assert.not(outcome.ok)
      const name = revertOf(outcome)
      assert.ok(names.has(name) || names.has(`ValidatorSet${name}`), name)
    }),
    { numRuns: 300, seed: 7 },
  )
  assert.is(await suspensionOf(council, 0), 0n)
})

test('a report suspends for ever and unseats where the limits allow it', async () => {
  const fresh = await createCouncil(FIVE)
  const events = eventsOf(await act(fresh, STRANGER, guilt(4)))
  assert.equal(
    events.map(({ eventName }) => eventName),
    ['Suspended', 'Leaving', 'Activated', 'SetChanged'],
  )
  assert.equal(await validatorsOf(fresh), FIVE.slice(0, 4).map(member))
  assert.not.equal(await suspensionOf(fresh, 4), 0n)
  assert.is(revertOf(await act(fresh, STRANGER, guilt(4))), 'NotMember')
  const back = call.proposeAdd(member(4), organisation(4))
  assert.is(revertOf(await act(fresh, member(0), back)), 'Suspended')
})

test('the evidence hash does not depend on the order of the messages', async () => {
  const [a, b] = [prevote(0, VOTE), prevote(0, OTHER)]
  const hashes: bigint[] = []
  for (const messages of [
    { first: a, second: b },
    { first: b, second: a },
  ]) {
    const fresh = await createCouncil(FIVE)
    await act(fresh, STRANGER, accuse(member(0), HEIGHT, messages))
    hashes.push(await suspensionOf(fresh, 0))
  }
  assert.is(hashes[0], hashes[1])
})

test('only a member is reported, and only once', async () => {
  const four = await createCouncil([0, 1, 2, 3])
  assert.is(revertOf(await act(four, STRANGER, guilt(5))), 'NotMember')
  assert.is(revertOf(await act(four, STRANGER, guilt(3))), 'ok')
  assert.is(revertOf(await act(four, STRANGER, guilt(3, 8))), 'Suspended')
})

test('of four, the suspended one stays seated without a vote until it is replaced', async () => {
  const four = await createCouncil([0, 1, 2, 3])
  assert.is(revertOf(await act(four, member(0), call.proposeRemove(member(1)))), 'ok')
  const events = eventsOf(await act(four, STRANGER, guilt(3)))
  assert.equal(
    events.map(({ eventName }) => eventName),
    ['Suspended', 'Leaving'],
  )
  assert.is((await validatorsOf(four)).length, 4)
  assert.is(revertOf(await act(four, STRANGER, call.unseat(member(3)))), 'TooFew')
  assert.is(revertOf(await act(four, member(3), call.approve(1n))), 'Leaving')
  assert.is(revertOf(await act(four, member(3), call.proposeRemove(member(1)))), 'Leaving')
  assert.is(revertOf(await act(four, STRANGER, call.unseat(member(2)))), 'NotLeaving')
})

test('two of seven guilty in one block leave at once, the third in the next', async () => {
  const seven = await createCouncil([0, 1, 2, 3, 4, 5, 6])
  for (const i of [0, 1, 2]) assert.is(revertOf(await act(seven, account(0x44), guilt(i))), 'ok')
  assert.equal(await validatorsOf(seven), [2, 3, 4, 5, 6].map(member))
  assert.is(revertOf(await act(seven, STRANGER, call.unseat(member(2)))), 'TooManyChanges')
  advance(seven.chain, { blocks: 1 })
  assert.is(revertOf(await act(seven, STRANGER, call.unseat(member(2)))), 'ok')
})

test.run()
