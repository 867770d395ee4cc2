/** The seed: who may try to choose it, and how each is refused; RFC 9380 and EIP-2537. */
import { bytesToHex, type Hash, keccakHex, utf8ToBytes, ZERO_HASH } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { g1Words, g2Words, verifySignature, wordsToG1 } from '../src/fairs/bls.ts'
import { foldReveals, secretCommitment, seedMessage, seedOf } from '../src/fairs/season.ts'
import { signPartially } from '../src/fairs/threshold.ts'
import { blockHashAt } from './support/chain.ts'
import * as fairs from './support/season.ts'

const { act, ask, revertOf, season: call, STRANGER } = fairs
const made = await fairs.createOpen()
const { group } = made
const groupKey = g2Words(group.groupKey)
const [first, second, third] = group.members as [fairs.Key, fairs.Key, fairs.Key]
const secretOf = (i: number): Hash => keccakHex(utf8ToBytes(`secret of member ${i}`))
const tried = async (data: `0x${string}`, from = STRANGER) => revertOf(await act(made, from, data))
const commitmentOf = (member: fairs.Key, i: number) =>
  secretCommitment(made.address, member.address, secretOf(i))
let frozenAt = 0

test('members commit themselves before the freeze, once; nobody else can', async () => {
  const commit = call.encode.commitSecret(commitmentOf(first, 0))
  assert.is(await tried(commit), 'NotMember')
  assert.is(await tried(commit, first.address), 'ok')
  const other = call.encode.commitSecret(commitmentOf(first, 9))
  assert.is(await tried(other, first.address), 'CommitmentInvalid')
  assert.is(await tried(call.encode.commitSecret(ZERO_HASH), second.address), 'CommitmentInvalid')
  const own = call.encode.commitSecret(commitmentOf(second, 1))
  assert.is(await tried(own, second.address), 'ok')
})

test('5: no seed before the freeze, and no reveal', async () => {
  await fairs.apply(made, fairs.keyOf('anna'), [1, 4])
  await fairs.apply(made, fairs.keyOf('boris'), [1])
  const early = signAs(ZERO_HASH)
  assert.is(await tried(call.encode.submitSeed(groupKey, early)), 'WrongStage')
  assert.is(await tried(call.encode.revealSecret(first.address, secretOf(0))), 'WrongStage')
})

const signAs = (message: Hash, signers = [1, 2]) => fairs.signAsGroup(group, message, signers)

test('the freezing block is captured in a later block, once', async () => {
  fairs.at(made, made.rules.closesAt)
  assert.is(await tried(call.encode.close()), 'ok')
  fairs.at(made, made.rules.reviewUntil + 2 * made.rules.appealSeconds)
  assert.is(await tried(call.encode.freeze()), 'ok')
  frozenAt = made.chain.height
  const late = call.encode.commitSecret(commitmentOf(third, 2))
  assert.is(await tried(late, third.address), 'WrongStage')
  assert.is(await tried(call.encode.captureFreezeBlock()), 'BlockUnknown')
  made.chain.height++
  assert.is(await tried(call.encode.captureFreezeBlock()), 'ok')
  const [height, hash] = await ask(
    made,
    made.address,
    call.encode.freezeBlock(),
    call.decode.freezeBlock,
  )
  assert.equal([height, hash], [frozenAt, blockHashAt(frozenAt)])
  assert.is(await tried(call.encode.captureFreezeBlock()), 'BlockUnknown')
})

test('the message stands only when the reveals are over: the last to reveal knows no outcome', async () => {
  assert.is(await tried(call.encode.seedMessage()), 'RevealsOpen')
  assert.is(await tried(call.encode.revealSecret(second.address, secretOf(0))), 'CommitmentInvalid')
  assert.is(await tried(call.encode.revealSecret(third.address, secretOf(2))), 'CommitmentInvalid')
  assert.is(await tried(call.encode.revealSecret(second.address, secretOf(1))), 'ok')
  assert.is(await tried(call.encode.revealSecret(second.address, secretOf(1))), 'CommitmentInvalid')
  const guess = seedMessage(
    { chainId: fairs.CHAIN_ID, season: made.address },
    { blockHash: blockHashAt(frozenAt), root: ZERO_HASH, reveals: ZERO_HASH },
  )
  assert.is(await tried(call.encode.submitSeed(groupKey, signAs(guess))), 'RevealsOpen')
})

test('who does not reveal in time has forfeited the say, and the draw goes on', async () => {
  fairs.at(made, made.chain.nowSeconds + made.rules.revealSeconds)
  assert.is(await tried(call.encode.revealSecret(first.address, secretOf(0))), 'TooLate')
  assert.is(await tried(call.encode.seedMessage()), 'ok')
})

test('a wrong share, another message, another key and infinity are no seed', async () => {
  const message = await fairs.seedMessageOf(made)
  const alone = g1Words(signPartially(group.shares[0] as bigint, message, 1).signature)
  assert.is(await tried(call.encode.submitSeed(groupKey, alone)), 'BlsInvalid')
  const other = signAs(keccakHex(utf8ToBytes('another message')))
  assert.is(await tried(call.encode.submitSeed(groupKey, other)), 'BlsInvalid')
  const stranger = fairs.createGroup('strangers')
  const foreign = fairs.signAsGroup(stranger, message)
  assert.is(
    await tried(call.encode.submitSeed(g2Words(stranger.groupKey), foreign)),
    'GroupKeyWrong',
  )
  assert.is(await tried(call.encode.submitSeed(groupKey, foreign)), 'BlsInvalid')
  const infinity = [ZERO_HASH, ZERO_HASH, ZERO_HASH, ZERO_HASH] as const
  assert.is(await tried(call.encode.submitSeed(groupKey, infinity)), 'BlsInvalid')
  const outside = [ZERO_HASH, keccakHex(utf8ToBytes('x')), ZERO_HASH, ZERO_HASH] as const
  assert.is(await tried(call.encode.submitSeed(groupKey, outside)), 'BlsInvalid')
})

test('any two of three give the one signature, and the seed is its hash with the reveals', async () => {
  const message = await fairs.seedMessageOf(made)
  const signature = signAs(message, [1, 3])
  assert.equal(signAs(message, [2, 3]), signature)
  const point = wordsToG1(signature)
  assert.ok(point.ok && verifySignature(point.value, message, group.groupKey))
  const outcome = await act(made, STRANGER, call.encode.submitSeed(groupKey, signature))
  const event = call.decodeLogs(outcome.logs).find(({ name }) => name === 'Seeded')
  assert.ok(event?.name === 'Seeded')
  const reveals = foldReveals([{ member: second.address, secret: secretOf(1) }])
  assert.is(event.args.reveals, reveals)
  assert.is(event.args.forfeited, 1)
  assert.is(event.args.seed, seedOf(signature, reveals))
})

test('5: the seed is set once', async () => {
  const message = await fairs.seedMessageOf(made)
  assert.is(await tried(call.encode.submitSeed(groupKey, signAs(message))), 'WrongStage')
})

test('a freezing block that nobody captured while it was at hand gives way to a later one', async () => {
  const now = made.chain.nowSeconds
  const rules = {
    ...{ opensAt: now + 2 * fairs.DAY, closesAt: now + 3 * fairs.DAY },
    ...{ reviewUntil: now + 4 * fairs.DAY, weekendsFrom: now + 30 * fairs.DAY },
  }
  const own = await fairs.createOpen({ rules }, made)
  fairs.at(own, own.rules.closesAt)
  await fairs.done(own, STRANGER, call.encode.close())
  fairs.at(own, own.rules.reviewUntil + 2 * own.rules.appealSeconds)
  await fairs.done(own, STRANGER, call.encode.freeze())
  own.chain.height += 9_000
  const moved = await fairs.done(own, STRANGER, call.encode.captureFreezeBlock())
  assert.is(call.decodeLogs(moved.logs)[0]?.name, 'FreezeBlockMoved')
  own.chain.height++
  const captured = await fairs.done(own, STRANGER, call.encode.captureFreezeBlock())
  assert.is(call.decodeLogs(captured.logs)[0]?.name, 'FreezeBlockCaptured')
  // nobody eligible: a draw of nothing ends the draw
  await fairs.seed(own)
  const drawn = await fairs.done(own, STRANGER, call.encode.draw('0x'))
  assert.ok(call.decodeLogs(drawn.logs).some(({ name }) => name === 'Drawn'))
  const stage = await ask(own, own.address, call.encode.stage(), call.decode.stage)
  assert.is(stage, 8)
})

test('hash to curve is that of RFC 9380: the office takes what noble signs', async () => {
  for (let i = 0; i < 4; i++) {
    const message = keccakHex(utf8ToBytes(`message ${i}`))
    const data = fairs.office.encode.verifyBeacon(groupKey, signAs(message), message)
    assert.is(await ask(made, made.office, data, fairs.office.decode.verifyBeacon), true)
    const wrong = fairs.office.encode.verifyBeacon(
      groupKey,
      signAs(message),
      bytesToHex(bytes32(i)),
    )
    assert.is(await ask(made, made.office, wrong, fairs.office.decode.verifyBeacon), false)
  }
})

const bytes32 = (i: number): Uint8Array => new Uint8Array(32).fill(i)

test.run()
