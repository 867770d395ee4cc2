/**
 * `veche load documents` on a four-validator network of its own: documents issued, changed, each
 * verified by proof against a certified head, cheats refused, the register worked out again by the
 * reference. The whole real file (115,218 documents) is run by hand.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tell } from '../support/until.ts'
import { runVeche } from '../support/veche.ts'

const COUNT = 1_500

test('every document of a load verifies by proof, and every cheat is refused', async () => {
  const args = ['load', 'documents', '--count', String(COUNT), '--seed', 'e2e']
  const { code, stdout, stderr } = await runVeche(args)
  assert.is(code, 0, stderr)
  const { facts, check, reverted } = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
  assert.equal(check.differences, [])
  assert.ok(check.ok)
  const { compared } = check
  assert.ok(compared['documents verified by proof'] >= COUNT)
  assert.is(compared['documents verified by proof'], facts.documents)
  assert.ok(compared['cheats refused'] >= 4)
  assert.ok(compared['transactions by the rules'] > 15)
  assert.is(compared['audit without fault'], 1)
  assert.is(facts.headSeals, 3)
  assert.is(reverted, 0)
  tell(`verified ${facts.documents} documents, ${facts.verifiedPerSecond} a second`)
})

test.run()
