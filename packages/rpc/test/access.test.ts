/** Host and origin rules, as tables. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isBodyAllowed, isHostAllowed, isOriginAllowed } from '../src/access.ts'

const closed = { hosts: [], corsOrigins: [] }
const named = { hosts: ['Node.City.example'], corsOrigins: ['https://portal.city.example'] }
const open = { hosts: ['*'], corsOrigins: ['*'] }

test('hosts: this machine and literal addresses always, names by list', () => {
  const always = ['localhost', 'localhost:8545', '127.0.0.1:1', '10.0.0.7:8545', '[::1]:8545']
  for (const host of always) assert.is(isHostAllowed(host, closed), true, host)
  const never = [
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    'a@localhost',
    'x/y',
    '::1',
  ]
  for (const host of never) assert.is(isHostAllowed(host, closed), false, String(host))
  assert.is(isHostAllowed('node.city.example:443', named), true)
  assert.is(isHostAllowed('other.city.example', named), false)
  assert.is(isHostAllowed('evil.example', open), true)
})

test('origins: pages of this machine always, others by list', () => {
  for (const origin of ['http://localhost:5173', 'https://localhost', 'http://127.0.0.1:3000'])
    assert.is(isOriginAllowed(origin, closed), true, origin)
  for (const origin of [
    'null',
    '',
    'https://evil.example',
    'http://localhost.evil.example',
    'file://',
  ])
    assert.is(isOriginAllowed(origin, closed), false, origin)
  assert.is(isOriginAllowed('https://portal.city.example', named), true)
  assert.is(isOriginAllowed('http://portal.city.example', named), false)
  assert.is(isOriginAllowed('https://evil.example', open), true)
})

test('bodies: anything from programs, only JSON from foreign pages', () => {
  const form = 'application/x-www-form-urlencoded'
  assert.is(isBodyAllowed(form, undefined, closed), true)
  assert.is(isBodyAllowed(undefined, undefined, closed), true)
  assert.is(isBodyAllowed('text/plain', 'http://localhost:3000', closed), true)
  assert.is(isBodyAllowed('text/plain', 'https://evil.example', closed), false)
  assert.is(isBodyAllowed(undefined, 'https://evil.example', closed), false)
  assert.is(isBodyAllowed('application/json; charset=utf-8', 'https://evil.example', closed), true)
})

test.run()
