/**
 * The contract's judgement against the machine's: for random pairs of messages, reportMalicious
 * accepts exactly those that `isConflict` and the signatures convict (docs/spec/consensus.md E1).
 */
import {
  type EvidenceMessage,
  isAuthentic,
  isConflict,
  type SignableContent,
  signContent,
} from '@veche/consensus'
import { VALIDATOR_SET_ADDRESS } from '@veche/contracts'
import { type Hash, hexToBytes } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { evidenceToCall } from '../src/council/evidence.ts'
import { createCore, createWorld, signerOf, type TestKey, testKey } from './support/world.ts'

const world = await createWorld({ contracts: true })
const { chain, executor } = createCore(world)
const { chainId } = world.genesis
const hash = (n: number): Hash => `0x${String(n).padStart(64, '0')}`

type Message = EvidenceMessage['first']

/** few values, so that every pair of equal and different fields occurs */
const aMessage = fc.record({
  kind: fc.constantFrom('proposal', 'prevote', 'precommit'),
  height: fc.constantFrom(1, 300, 301, 2 ** 40),
  round: fc.constantFrom(0, 1, 127, 128),
  value: fc.constantFrom(1, 2),
  parent: fc.constantFrom(3, 4),
  validRound: fc.constantFrom(-1, 0),
  seal: fc.constantFrom(5, 6),
  signer: fc.constantFrom(0, 0, 0, 1, 4),
  chain: fc.constantFrom(0, 0, 0, 0, 0, 1),
})

type Draft = typeof aMessage extends fc.Arbitrary<infer T> ? T : never

const keys: readonly TestKey[] = [...world.validators, testKey('stranger')]

async function sign(draft: Draft): Promise<Message> {
  const { height, round, validRound } = draft
  const position = { height, round, hash: hash(draft.value) }
  const content =
    draft.kind === 'prevote'
      ? { kind: 'prevote', ...position }
      : draft.kind === 'precommit'
        ? { kind: 'precommit', ...position, seal: new Uint8Array(65).fill(draft.seal) }
        : { kind: 'proposal', ...position, parentHash: hash(draft.parent), validRound }
  const signer = signerOf(keys[draft.signer] as TestKey)
  const effect = { kind: 'sign', content: content as SignableContent } as const
  return (await signContent(effect, { chainId: chainId + draft.chain, ...signer })) as Message
}

test('the contract convicts exactly whom the machine convicts', async () => {
  let convicted = 0
  const twist = fc.constantFrom('kind', 'height', 'round', 'value', 'parent', 'validRound', 'seal')
  const aPair = fc.oneof(
    fc.tuple(aMessage, aMessage),
    // pairs that differ in one field or two, or conflicts would be rare
    fc
      .tuple(aMessage, aMessage, twist, twist)
      .map(
        ([a, b, one, two]) =>
          [a, { ...a, [one]: b[one as keyof Draft], [two]: b[two as keyof Draft] }] as [
            Draft,
            Draft,
          ],
      ),
  )
  await fc.assert(
    fc.asyncProperty(aPair, async ([a, b]) => {
      const [first, second] = [await sign(a), await sign(b)]
      const isGuilty =
        isConflict(first, second) &&
        isAuthentic(first, { chainId }) &&
        isAuthentic(second, { chainId }) &&
        a.signer < 4
      const input = hexToBytes(evidenceToCall({ kind: 'evidence', first, second }))
      const request = { to: VALIDATOR_SET_ADDRESS, input }
      const outcome = await executor.call(request, chain.head().header)
      assert.is(outcome.kind, isGuilty ? 'success' : 'revert', JSON.stringify([a, b]))
      if (isGuilty) convicted++
    }),
    { numRuns: 1_500, seed: 11 },
  )
  assert.ok(convicted > 40, `${convicted} convictions`)
})

test.run()
