/**
 * An override that was agreed ahead of its height takes over in a running network: the old keys
 * seal up to the height before it, the new ones from there on, with eight machines that run
 * throughout.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeExtraData, validatorSetHash } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SetOverrides } from '../src/council/overrides.ts'
import { until } from './support/until.ts'
import { createWorld, type Member, openMember, testKey, transfer } from './support/world.ts'

const root = mkdtempSync(join(tmpdir(), 'veche-overrides-'))
const HEIGHT = 3
const TIMEOUT_MS = 60_000

const plain = await createWorld({ contracts: true })
const rescuers = Array.from({ length: 4 }, (_, i) => testKey(`rescuer ${i}`)).sort((a, b) =>
  a.address < b.address ? -1 : 1,
)
const newSet = rescuers.map(({ address }) => address)
const oldSet = plain.validators.map(({ address }) => address)
const world = {
  ...plain,
  overrides: new SetOverrides([{ height: HEIGHT, validators: newSet }]),
}
const members: Member[] = []

test('old and new machines agree on every height around the override', async () => {
  for (const [index, key] of [...world.validators, ...rescuers].entries()) {
    const bootnodes = members.flatMap(({ network }) => [...network.addresses])
    const validator = { key, logPath: join(root, `log-${index}`) }
    members.push(await openMember(world, { bootnodes, validator }))
  }
  for (let height = 1; height <= HEIGHT + 3; height++) {
    assert.ok(members[0]?.gossip.submit(await transfer(world, height - 1)).ok)
    await until(
      `height ${height}`,
      async () => members.every(({ store }) => store.head().number >= height),
      TIMEOUT_MS,
    )
  }
  for (const { store, fatal, penalties } of members) {
    assert.equal([fatal, penalties], [[], []])
    for (let height = 1; height <= HEIGHT + 3; height++) {
      const extra = decodeExtraData(store.header(height)?.extraData ?? new Uint8Array(0))
      assert.ok(extra.ok)
      if (!extra.ok) continue
      const { validators, vanity } = extra.value
      assert.equal(validators, height < HEIGHT ? oldSet : newSet, `the set of ${height}`)
      const promised = height < HEIGHT ? oldSet : newSet
      assert.is(vanity, validatorSetHash(promised), `what ${height} promises`)
      assert.is(store.header(height)?.stateRoot, members[0]?.store.header(height)?.stateRoot)
    }
  }
})

test.after(async () => {
  await Promise.allSettled(members.map((member) => member.stop()))
  rmSync(root, { recursive: true })
})
test.run()
