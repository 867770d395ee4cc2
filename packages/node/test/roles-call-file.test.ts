/** Calls as files: what is taken, and the place that a refusal names. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cityAccess, RELEASE_REGISTRY_ADDRESS, releaseRegistry } from '@veche/contracts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { contractFor, readCallFile, toCall } from '../src/roles/call-file.ts'
import { rejects } from './support/rejects.ts'

const HASH = `0x${'5e'.repeat(32)}` as const
const RELEASE = { codehash: HASH, sourcesHash: HASH, recipeHash: HASH, name: HASH }

const call = (name: string, args: unknown, contract = 'ReleaseRegistry') => ({
  ...{ contract, function: name, args },
})

test('structs, lists, numbers and addresses become calldata', () => {
  const { contract, data } = toCall(call('register', { release: RELEASE }))
  assert.is(contract.address, RELEASE_REGISTRY_ADDRESS)
  assert.is(data, releaseRegistry.encode.register(RELEASE))
  const upper = `0x${RELEASE_REGISTRY_ADDRESS.slice(2).toUpperCase()}`
  const args = { target: upper, selectors: ['0x12345678'], roleId: '18446744073709551615' }
  assert.is(
    toCall(call('setTargetFunctionRole', args, 'CityAccess')).data,
    cityAccess.encode.setTargetFunctionRole(
      RELEASE_REGISTRY_ADDRESS,
      ['0x12345678'],
      2n ** 64n - 1n,
    ),
  )
})

for (const [what, file, place] of [
  ['an unknown contract', call('withdraw', {}, 'Nothing'), /contract: one of ValidatorSet/],
  ['an unknown function', call('burn', {}), /function: a function of ReleaseRegistry/],
  ['a missing argument', call('withdraw', { codehash: HASH }), /args\.reason: a value/],
  [
    'an unknown argument',
    call('withdraw', { codehash: HASH, reason: 1, x: 1 }),
    /args\.x: no such/,
  ],
  ['short bytes', call('withdraw', { codehash: '0x5e', reason: 1 }), /args\.codehash: bytes32/],
  ['a fraction', call('withdraw', { codehash: HASH, reason: 1.5 }), /args\.reason: a whole/],
  ['a number too large', call('withdraw', { codehash: HASH, reason: 256 }), /args: values of/],
  ['a struct as a list', call('register', { release: [] }), /args\.release: an object/],
  [
    'a field too few',
    call('register', { release: { ...RELEASE, name: undefined } }),
    /\.name: bytes32/,
  ],
  ['no object', call('register', null), /args: an object of release/],
] as const)
  test(`refuses ${what} and names the place`, async () => {
    assert.match((await rejects(() => toCall(file), 'FILE_MALFORMED')).message, place)
  })

test('a file with a field too many is refused, an absent one too', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'veche-call-'))
  try {
    const path = join(dir, 'call.json')
    writeFileSync(path, JSON.stringify({ ...call('withdraw', {}), value: 1 }))
    const refusal = await rejects(() => readCallFile(path), 'FILE_MALFORMED')
    assert.match(refusal.message, /value: no such field/)
    await rejects(() => readCallFile(join(dir, 'none.json')), 'FILE_UNREADABLE')
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('an operation on a contract that is not known is not run blindly', async () => {
  await rejects(() => contractFor(`0x${'77'.repeat(20)}`), 'CONTRACT_UNKNOWN')
})

test.run()
