/** AccessManager 6: code that would lose records on old storage is named before it is proposed. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { analyze } from '../scripts/ast.ts'
import { CONTRACTS } from '../scripts/contracts.ts'
import { compareLayouts, type Layout, layoutConflicts, layoutOf } from '../scripts/layout.ts'
import { SOURCES } from '../scripts/sources.ts'

interface Parts {
  readonly base?: string
  readonly kinds?: string
  readonly record?: string
  readonly namespace?: string
  readonly state?: string
}

const BEFORE: Required<Parts> = {
  base: 'uint256 total;',
  kinds: 'None, One',
  record: 'bytes32 head; Kind kind;',
  namespace: 'address owner; Record[] list;',
  state: 'mapping(bytes32 => Record) records; uint64 count; uint256 constant LIMIT = 5;',
}

async function layoutFrom(parts: Parts): Promise<Layout> {
  const { base, kinds, record, namespace, state } = { ...BEFORE, ...parts }
  const text = `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;
abstract contract Base { ${base} }
contract Register is Base {
  enum Kind { ${kinds} }
  struct Record { ${record} }
  /// @custom:storage-location erc7201:veche.storage.Register
  struct RegisterStorage { ${namespace} }
  ${state}
}`
  const sources = new Map([['Register.sol', text]])
  const layout = layoutOf(await analyze(sources, ['Register.sol']), 'Register')
  assert.ok(layout)
  return layout
}

const before = await layoutFrom({})

test('a layout is variables from the base on, namespaces, and the types in them', () => {
  assert.equal([...before].map(([section, parts]) => [section, parts.length]).sort(), [
    ['enum Register.Kind', 2],
    ['erc7201:veche.storage.Register', 2],
    ['state', 3],
    ['struct Register.Record', 2],
  ])
})

for (const [what, parts] of [
  ['a variable at the end', { state: `${BEFORE.state} bool open;` }],
  ['a field at the end of a namespace', { namespace: `${BEFORE.namespace} uint8 more;` }],
  ['a kind at the end', { kinds: 'None, One, Two' }],
  ['a constant', { state: `uint256 constant FIRST = 1; ${BEFORE.state}` }],
] as const)
  test(`takes ${what}`, async () => {
    assert.equal(layoutConflicts(before, await layoutFrom(parts)), [])
  })

for (const [what, parts, why] of [
  ['a variable in a base', { base: 'uint256 total; bool open;' }, /state: "mapping.*became "bool/],
  ['a variable that is gone', { state: 'uint64 count;' }, /state: /],
  ['another type', { state: BEFORE.state.replace('uint64', 'uint128') }, /uint64.*uint128/],
  ['two that changed places', { namespace: 'Record[] list; address owner;' }, /erc7201/],
  [
    'a struct that grew',
    { record: `${BEFORE.record} bool open;` },
    /Record: "bool open" was added/,
  ],
  ['kinds in another order', { kinds: 'One, None' }, /enum Register.Kind/],
] as const)
  test(`refuses ${what}`, async () => {
    const conflicts = layoutConflicts(before, await layoutFrom(parts))
    assert.is(conflicts.length, 1)
    assert.match(conflicts[0] ?? '', why)
  })

test('ReleaseRegistry 6: the committed sources may stand on themselves, namespaces included', async () => {
  const name = 'ServicePoints'
  assert.ok(CONTRACTS.some((contract) => contract.name === name && contract.at !== undefined))
  const [finding] = await compareLayouts(SOURCES, [name])
  assert.is(finding?.verdict, 'may stand on the old storage')
})

test.run()
