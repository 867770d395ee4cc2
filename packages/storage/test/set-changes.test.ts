/** A store that an older release wrote is indexed when it is opened, once. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openChainStore } from '@veche/storage'
import { makeBatch, makeGenesis } from '@veche/storage/conformance'
import { Level } from 'level'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const path = mkdtempSync(join(tmpdir(), 'veche-changes-'))
const genesis = makeGenesis()

async function fill(): Promise<readonly number[]> {
  const store = await openChainStore({ path, genesis })
  const one = makeBatch(store.head()).validatorsAfterNext
  for (const set of [one, one, one.slice(1), one.slice(1), one])
    await store.commit({ ...makeBatch(store.head()), validatorsAfterNext: set })
  const changes = await store.setChanges(0, 100)
  await store.close()
  return changes
}

/** takes the index away, as if it had never been written */
async function forget(): Promise<number> {
  const level = new Level<Uint8Array, Uint8Array>(path, {
    ...{ keyEncoding: 'view', valueEncoding: 'view' },
  })
  await level.open()
  const keys = (await level.keys().all()).filter(([first]) => first === 0x78 || first === 0x58)
  await level.batch(keys.map((key) => ({ type: 'del', key })))
  await level.close()
  return keys.length
}

test('an index that is missing is made again from the sets, and kept from then on', async () => {
  const changes = await fill()
  assert.equal(changes, [1, 3, 5])
  assert.is(await forget(), 4)
  const store = await openChainStore({ path, genesis })
  assert.equal(await store.setChanges(0, 100), changes)
  await store.commit({ ...makeBatch(store.head()) })
  const later = await store.setChanges(0, 100)
  await store.close()
  const again = await openChainStore({ path, genesis })
  assert.equal(await again.setChanges(0, 100), later)
  await again.close()
})

test.after(() => rmSync(path, { recursive: true, force: true }))

test.run()
