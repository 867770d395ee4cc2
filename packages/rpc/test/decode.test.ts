/** Tables of every decoder: what it takes, what it gives, what it refuses. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  address,
  bigQuantity,
  boolean,
  count,
  type Decode,
  data,
  fieldsOf,
  hash,
  index,
  listOf,
  mapOf,
  quantity64,
  storageSlot,
  string,
} from '../src/decode.ts'
import { block, blockNumber } from '../src/decode-block.ts'
import { blockOverrides, callRequest, stateOverrides } from '../src/decode-call.ts'
import { logFilter } from '../src/decode-filter.ts'

const ADDRESS = '0xAbCdEf0123456789abcdef0123456789ABCDEF01'
const HASH = `0x${'Ab'.repeat(32)}`
const NOT_STRINGS = [null, 1, true, [], {}, 1.5]

interface Table {
  readonly decode: Decode<unknown>
  readonly takes: readonly (readonly [foreign: unknown, value: unknown])[]
  readonly refuses: readonly unknown[]
}

const TABLES: Readonly<Record<string, Table>> = {
  address: {
    decode: address,
    takes: [[ADDRESS, ADDRESS.toLowerCase()]],
    refuses: [...NOT_STRINGS, '', '0x', ADDRESS.slice(2), `${ADDRESS}00`, ADDRESS.slice(0, -1)],
  },
  hash: {
    decode: hash,
    takes: [[HASH, HASH.toLowerCase()]],
    refuses: [...NOT_STRINGS, ADDRESS, `${HASH}0`, `0X${'ab'.repeat(32)}`, `0x${'zz'.repeat(32)}`],
  },
  data: {
    decode: data,
    takes: [
      ['0x', new Uint8Array(0)],
      ['0x00fF', new Uint8Array([0, 255])],
    ],
    refuses: [...NOT_STRINGS, '', '0', '0x0', '0xgg', ' 0x00'],
  },
  boolean: { decode: boolean, takes: [[false, false]], refuses: ['true', 0, null, {}] },
  string: { decode: string, takes: [['', '']], refuses: [null, 1, {}] },
  bigQuantity: {
    decode: bigQuantity,
    takes: [
      ['0x0', 0n],
      ['0xF', 15n],
      [`0x${'f'.repeat(64)}`, 2n ** 256n - 1n],
    ],
    refuses: [...NOT_STRINGS, '', '0x', '0x00', '0x01', '1', '-0x1', `0x1${'0'.repeat(64)}`],
  },
  quantity64: {
    decode: quantity64,
    takes: [['0xffffffffffffffff', 2n ** 64n - 1n]],
    refuses: ['0x10000000000000000', 5],
  },
  index: {
    decode: index,
    takes: [['0x1fffffffffffff', Number.MAX_SAFE_INTEGER]],
    refuses: ['0x20000000000000', 5, '5'],
  },
  count: {
    decode: count,
    takes: [
      [5, 5],
      ['5', 5],
      ['0x5', 5],
    ],
    refuses: [-1, 1.5, 'five', null, '0x05', 2 ** 60],
  },
  storageSlot: {
    decode: storageSlot,
    takes: [
      ['0x0', `0x${'0'.repeat(64)}`],
      ['0x', `0x${'0'.repeat(64)}`],
      ['A', `0x${'0'.repeat(63)}a`],
      [HASH, HASH.toLowerCase()],
    ],
    refuses: [...NOT_STRINGS, '0xasdf', `0x${'0'.repeat(65)}`],
  },
  listOf: {
    decode: listOf(boolean, 2),
    takes: [
      [[], []],
      [
        [true, false],
        [true, false],
      ],
    ],
    refuses: [null, 'x', {}, [1], [true, true, true]],
  },
  mapOf: {
    decode: mapOf(address, boolean, 1),
    takes: [[{ [ADDRESS]: true }, new Map([[ADDRESS.toLowerCase(), true]])]],
    refuses: [null, [], { x: true }, { [ADDRESS]: 1 }, { [ADDRESS]: true, b: true }],
  },
  fieldsOf: {
    decode: fieldsOf({ a: boolean, toString: boolean }),
    takes: [
      [{}, {}],
      [{ a: null, b: 7 }, {}],
      [{ a: true }, { a: true }],
    ],
    refuses: [null, [], 'x', { a: 1 }, { toString: 1 }],
  },
  blockNumber: {
    decode: blockNumber,
    takes: [
      ['latest', { kind: 'latest' }],
      ['safe', { kind: 'latest' }],
      ['finalized', { kind: 'latest' }],
      ['pending', { kind: 'pending' }],
      ['earliest', { kind: 'number', number: 0 }],
      ['0x10', { kind: 'number', number: 16 }],
    ],
    refuses: [...NOT_STRINGS, '', 'LATEST', '0x', '0x01', '5', HASH, '__proto__'],
  },
  block: {
    decode: block,
    takes: [
      [HASH, { kind: 'hash', hash: HASH.toLowerCase() }],
      [
        { blockHash: HASH, requireCanonical: true },
        { kind: 'hash', hash: HASH.toLowerCase() },
      ],
      [{ blockNumber: '0x2' }, { kind: 'number', number: 2 }],
      [{ blockNumber: 'latest' }, { kind: 'latest' }],
    ],
    refuses: [{}, { blockHash: '0x1' }, { blockHash: HASH, blockNumber: '0x1' }, [], 7],
  },
}

for (const [name, table] of Object.entries(TABLES)) {
  test(`${name} takes what it should`, () => {
    for (const [foreign, value] of table.takes)
      assert.equal(table.decode(foreign), { ok: true, value }, JSON.stringify(foreign))
  })
  test(`${name} refuses the rest with a reason`, () => {
    for (const foreign of [...table.refuses, undefined]) {
      const decoded = table.decode(foreign)
      assert.is(decoded.ok, false, JSON.stringify(foreign))
      assert.is(!decoded.ok && decoded.code, 'PARAMETER_INVALID')
      assert.match(!decoded.ok ? decoded.reason : '', /expected|cannot/)
    }
  })
}

function reasonOf(decode: Decode<unknown>, foreign: unknown): string {
  const decoded = decode(foreign)
  return decoded.ok ? '' : decoded.reason
}

test('a reason names the field, what was expected and what came', () => {
  assert.is(
    reasonOf(callRequest, { accessList: [{ address: '0x1' }] }),
    'accessList: [0]: address: expected a 20-byte 0x address, got "0x1"',
  )
})

test('a call takes input and data as one field', () => {
  const input = new Uint8Array([1])
  assert.equal(callRequest({ input: '0x01' }), { ok: true, value: { input } })
  assert.equal(callRequest({ data: '0x01' }), { ok: true, value: { input } })
  assert.equal(callRequest({ data: '0x01', input: '0x01' }), { ok: true, value: { input } })
  assert.match(reasonOf(callRequest, { data: '0x01', input: '0x02' }), /not equal/)
})

test('a call takes one fee style', () => {
  assert.match(reasonOf(callRequest, { gasPrice: '0x1', maxFeePerGas: '0x1' }), /both gasPrice/)
  assert.match(
    reasonOf(callRequest, { maxFeePerGas: '0x1', maxPriorityFeePerGas: '0x2' }),
    /maxFeePerGas \(1\) < maxPriorityFeePerGas \(2\)/,
  )
  assert.ok(callRequest({ maxFeePerGas: '0x2', maxPriorityFeePerGas: '0x2', type: '0x2' }).ok)
})

test('a call takes every field of geth and ignores others', () => {
  const decoded = callRequest({
    from: ADDRESS,
    to: null,
    gas: '0x5208',
    value: '0x1',
    nonce: '0x0',
    chainId: '0x1',
    accessList: [{ address: ADDRESS, storageKeys: [HASH] }, { address: ADDRESS }],
    authorizationList: [
      { chainId: '0x1', address: ADDRESS, nonce: '0x0', yParity: '0x1', r: '0x1', s: '0x2' },
    ],
  })
  const at = ADDRESS.toLowerCase()
  assert.equal(decoded, {
    ok: true,
    value: {
      from: at,
      gas: 21000n,
      value: 1n,
      nonce: 0n,
      input: new Uint8Array(0),
      accessList: [
        { address: at, storageKeys: [HASH.toLowerCase()] },
        { address: at, storageKeys: [] },
      ],
      authorizationList: [{ chainId: 1n, address: at, nonce: 0n, yParity: 1, r: 1n, s: 2n }],
    },
  })
  assert.not.ok(callRequest({ authorizationList: [{}] }).ok)
  assert.not.ok(callRequest({ accessList: [{}] }).ok)
})

test('state overrides keep state and stateDiff apart', () => {
  const slots = { [`0x${'0'.repeat(64)}`]: HASH }
  const decoded = stateOverrides({ [ADDRESS]: { balance: '0x1', stateDiff: slots } })
  assert.ok(decoded.ok)
  const override = decoded.ok
    ? decoded.value.get(ADDRESS.toLowerCase() as `0x${string}`)
    : undefined
  assert.is(override?.balance, 1n)
  assert.equal(override?.stateDiff, new Map([[`0x${'0'.repeat(64)}`, HASH.toLowerCase()]]))
  assert.match(reasonOf(stateOverrides, { [ADDRESS]: { state: {}, stateDiff: {} } }), /both state/)
  assert.not.ok(stateOverrides({ [ADDRESS]: { state: { '0x0': '0x1' } } }).ok)
})

test('block overrides take old and new names', () => {
  assert.equal(blockOverrides({ baseFee: '0x1', random: HASH, coinbase: ADDRESS, time: '0x9' }), {
    ok: true,
    value: {
      time: 9n,
      feeRecipient: ADDRESS.toLowerCase(),
      prevRandao: HASH.toLowerCase(),
      baseFeePerGas: 1n,
    },
  })
})

test('a log filter takes one or many addresses and topics', () => {
  const [at, topic] = [ADDRESS.toLowerCase(), HASH.toLowerCase()]
  assert.equal(
    logFilter({ address: ADDRESS, topics: [HASH, null, [HASH, HASH], [], [null]] }).ok,
    false,
  )
  assert.equal(logFilter({ address: ADDRESS, topics: [HASH, null, [HASH, HASH], []] }), {
    ok: true,
    value: { pattern: { addresses: [at], topics: [[topic], [], [topic, topic], []] } },
  })
  assert.equal(logFilter({ address: [], topics: [[HASH, null]] }), {
    ok: true,
    value: { pattern: { addresses: [], topics: [[]] } },
  })
  assert.equal(logFilter({ fromBlock: 'earliest', toBlock: '0x2', address: null }), {
    ok: true,
    value: {
      pattern: { addresses: [], topics: [] },
      fromBlock: { kind: 'number', number: 0 },
      toBlock: { kind: 'number', number: 2 },
    },
  })
  assert.match(reasonOf(logFilter, { blockHash: HASH, fromBlock: '0x1' }), /cannot specify both/)
  assert.not.ok(logFilter({ address: Array(1001).fill(ADDRESS) }).ok)
  assert.not.ok(logFilter({ topics: [Array(1001).fill(HASH)] }).ok)
  assert.not.ok(logFilter({ topics: ['0x1'] }).ok)
})

test('no decoder throws, whatever JSON comes', () => {
  const decoders = [
    ...Object.values(TABLES).map((table) => table.decode),
    callRequest,
    stateOverrides,
    blockOverrides,
    logFilter,
  ]
  const names = [
    'address',
    'topics',
    'from',
    'input',
    'accessList',
    'blockHash',
    '__proto__',
    ADDRESS,
  ]
  const foreign = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.jsonValue(),
      fc.constantFrom('0x', '0x1', ADDRESS, HASH, 'latest'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 3 }),
    ),
  })).value
  fc.assert(
    fc.property(foreign, (value) => {
      for (const decode of decoders) assert.type(decode(value).ok, 'boolean')
    }),
    { numRuns: 300 },
  )
})

test.run()
