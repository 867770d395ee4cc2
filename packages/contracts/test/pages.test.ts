/** docs/contracts says what compiler, powers and gas snapshots say now. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseNatSpec } from '../scripts/natspec.ts'
import { renderPages } from '../scripts/pages.ts'
import { cityFunctions } from '../src/access/city-functions.ts'

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'docs', 'contracts')
const fresh = await renderPages()

test('the pages are fresh: run `npm run generate` when this fails', () => {
  assert.equal(readdirSync(FOLDER).sort(), [...fresh.keys()].sort())
  for (const [name, text] of fresh)
    assert.ok(readFileSync(join(FOLDER, name), 'utf8') === text, `${name} is stale`)
})

test('every power of the city stands on the page of its contract', () => {
  for (const { contract, signature, role } of cityFunctions()) {
    const name = signature.slice(0, signature.indexOf('('))
    const parts = (fresh.get(`${contract}.md`) ?? '').split(`\`${name}(`).slice(1)
    assert.ok(
      parts.some((part) => part.slice(0, 3_000).includes(`${role}, `)),
      `${contract}.${name}: ${role}`,
    )
  }
})

test('the contracts with a life have a picture of it', () => {
  for (const name of ['DocumentRegistry', 'TitleRegistry', 'ServicePoints', 'ReleaseRegistry'])
    assert.match(fresh.get(`${name}.md`) ?? '', /```mermaid\nstateDiagram-v2\n {2}\S/)
})

test('reads tags over several lines, and text without a tag as notice', () => {
  const read = parseNatSpec(
    ' First\n line.\n\n Second.\n @param a one\n   and more\n @return b\n @custom:states\n x --> y\n y --> z',
  )
  assert.is(read.notice, 'First line.\n\nSecond.')
  assert.is(read.params.get('a'), 'one and more')
  assert.equal(read.returns, ['b'])
  assert.is(read.custom.get('states'), 'x --> y\n y --> z')
})

test.run()
