/** From a file of fairs to slots. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assert as must, utf8ToBytes } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  packCapacities,
  packPreferences,
  unpackCapacities,
  unpackPreferences,
} from '../src/fairs/season.ts'
import { planCapacities, readFairs } from '../src/fairs/slots.ts'

const REAL = join(import.meta.dirname, '../../../../shared/data/real/weekend-fairs.csv')
const SMALL = 'kind,address\nfair,"Street 1, ""A"""\nfair, \nfair,Street 2\nbroken\n'

test('rows become fairs in order; rows without an address and broken ones are told', async () => {
  const file = await readFairs([utf8ToBytes(SMALL)])
  must(file.ok, 'a file of fairs')
  assert.equal(file.value.fairs, [
    { number: 0, kind: 'fair', address: 'Street 1, "A"' },
    { number: 1, kind: 'fair', address: 'Street 2' },
  ])
  assert.equal(
    file.value.skipped.map(({ line }) => line),
    [3, 5],
  )
})

test('a file without addresses or without fairs is refused', async () => {
  for (const text of ['kind,place\nfair,here\n', 'kind,address\n', ''])
    assert.not.ok((await readFairs([utf8ToBytes(text)])).ok)
})

test('capacities follow from the seed, are the same every weekend and within bounds', async () => {
  const file = await readFairs([utf8ToBytes(SMALL)])
  must(file.ok, 'a file of fairs')
  const plan = { weekends: 3, categories: 4, seed: 'a', from: 2, to: 9 }
  const capacities = planCapacities(file.value.fairs, plan)
  assert.is(capacities.length, 3 * 2 * 4)
  assert.equal(capacities.slice(0, 8), capacities.slice(8, 16))
  assert.ok(capacities.every((places) => places >= 2 && places <= 9))
  assert.not.equal(capacities, planCapacities(file.value.fairs, { ...plan, seed: 'b' }))
})

test('packed words and lists give back what went in', () => {
  const capacities = Array.from({ length: 37 }, (_, at) => (at * 1_777) % 65_536)
  assert.equal(unpackCapacities(packCapacities(capacities), 37), capacities)
  const stands = [1, 65_535, 300]
  assert.equal(unpackPreferences(packPreferences(stands)), stands)
})

test('the real file has 109 fairs', async () => {
  if (!existsSync(REAL)) {
    process.stdout.write(`skipped: ${REAL} is absent\n`)
    return
  }
  const file = await readFairs([await readFile(REAL)])
  must(file.ok, 'a file of fairs')
  assert.is(file.value.fairs.length, 109)
  assert.equal(file.value.skipped, [])
})

test.run()
