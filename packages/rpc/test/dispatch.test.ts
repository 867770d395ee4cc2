/** JSON-RPC 2.0 framing, batches and their limits, faults. */
import { VecheError } from '@veche/primitives'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { string } from '../src/decode.ts'
import { DISPATCH_LIMITS } from '../src/dispatch.ts'
import { method, required } from '../src/method.ts'
import { createCaller, type Response } from './caller.ts'
import { createTwin } from './twin.ts'

const { backend } = createTwin()

const codeOf = (answer: unknown): unknown => (answer as Response | undefined)?.error?.code
const request = (fields: object): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [], ...fields })

test('answers a request with its own id', async () => {
  const { raw } = createCaller(backend)
  for (const id of [0, 1, -5, 1.5, 'seven', '', null])
    assert.equal(await raw(request({ id })), { jsonrpc: '2.0', id, result: '0x4d2' })
})

test('answers malformed frames as JSON-RPC 2.0 says', async () => {
  const { raw } = createCaller(backend)
  const table: readonly (readonly [text: string, code: number])[] = [
    ['', -32700],
    ['{', -32700],
    ['not json', -32700],
    ['1', -32600],
    ['null', -32600],
    ['"eth_chainId"', -32600],
    ['{}', -32600],
    ['[]', -32600],
    [request({ jsonrpc: '1.0' }), -32600],
    [request({ jsonrpc: undefined }), -32600],
    [request({ method: 7 }), -32600],
    [request({ id: {} }), -32600],
    [request({ id: [1] }), -32600],
    [request({ method: 'eth_nothing' }), -32601],
    [request({ method: '__proto__' }), -32601],
    [request({ method: 'toString' }), -32601],
    [request({ params: { a: 1 } }), -32602],
    [request({ params: 'x' }), -32602],
    [request({ params: [1] }), -32602],
    [`${'['.repeat(100_000)}`, -32600],
    [`{"a":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_001)}`, -32600],
  ]
  for (const [text, code] of table) assert.is(codeOf(await raw(text)), code, text.slice(0, 60))
})

test('names the parameter, what it expected and what it got', async () => {
  const { ask } = createCaller(backend)
  const messageOf = async (...params: unknown[]): Promise<string> =>
    (await ask('eth_getBalance', ...params)).error?.message ?? ''
  assert.is(await messageOf(), 'missing value for required argument 0 (address)')
  assert.is(
    await messageOf(null),
    'invalid argument 0 (address): expected a 20-byte 0x address, got null',
  )
  assert.is(
    await messageOf('0x1'),
    'invalid argument 0 (address): expected a 20-byte 0x address, got "0x1"',
  )
  assert.is(
    await messageOf(`0x${'00'.repeat(20)}`, 5),
    'invalid argument 1 (block): expected a block number or tag, got 5',
  )
  assert.match(await messageOf(`0x${'00'.repeat(20)}`, 'latest', 1), /too many arguments/)
})

test('takes absent and null optional parameters as their defaults', async () => {
  const { raw, get } = createCaller(backend)
  assert.is(await get('eth_getBalance', `0x${'00'.repeat(20)}`), '0x0')
  assert.is(await get('eth_getBalance', `0x${'00'.repeat(20)}`, null), '0x0')
  assert.equal(await raw('{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'), {
    jsonrpc: '2.0',
    id: 1,
    result: '0x4d2',
  })
})

test('runs a notification and answers nothing', async () => {
  const seen: string[] = []
  const note = method({
    name: 'test_note',
    params: [required('text', string)],
    handle: (_context, text) => {
      seen.push(text)
      return null
    },
  })
  const { raw } = createCaller(backend, { methods: [note] })
  assert.is(await raw('{"jsonrpc":"2.0","method":"test_note","params":["a"]}'), undefined)
  assert.is(await raw('[{"jsonrpc":"2.0","method":"test_note","params":["b"]}]'), undefined)
  assert.equal(seen, ['a', 'b'])
})

test('answers a batch in order, faults beside results', async () => {
  const { raw } = createCaller(backend)
  const batch = [request({ id: 1 }), '7', request({ id: 2, method: 'eth_x' }), request({ id: 3 })]
  const answers = (await raw(`[${batch.join(',')}]`)) as Response[]
  assert.equal(
    answers.map(({ id, result, error }) => [id, result ?? error?.code]),
    [
      [1, '0x4d2'],
      [null, -32600],
      [2, -32601],
      [3, '0x4d2'],
    ],
  )
})

test('refuses a batch of too many items with one error', async () => {
  const { raw } = createCaller(backend)
  const answers = (await raw(
    `[${Array(101)
      .fill(request({ id: 9 }))
      .join(',')}]`,
  )) as Response[]
  assert.is(answers.length, 1)
  assert.is(answers[0]?.id, 9)
  assert.is(codeOf(answers[0]), -32600)
  const full = (await raw(`[${Array(100).fill(request({})).join(',')}]`)) as Response[]
  assert.is(full.filter(({ result }) => result === '0x4d2').length, 100)
})

test('stops a batch at its weight', async () => {
  const { raw } = createCaller(backend, { limits: { ...DISPATCH_LIMITS, batchWeightMax: 45 } })
  const logs = request({ method: 'eth_getLogs', params: [{}] })
  const answers = (await raw(`[${[logs, logs, logs, logs].join(',')}]`)) as Response[]
  assert.equal(
    answers.map(({ error }) => error?.code),
    [undefined, undefined, -32005, -32005],
  )
})

test('stops a batch at the bytes of its answer', async () => {
  const { raw } = createCaller(backend, { limits: { ...DISPATCH_LIMITS, answerBytesMax: 100 } })
  const answers = (await raw(`[${Array(5).fill(request({})).join(',')}]`)) as Response[]
  assert.equal(
    answers.map(({ result, error }) => result ?? error?.code),
    ['0x4d2', '0x4d2', -32003, -32003, -32003],
  )
})

test('a fault answers -32603 and tells only the operator', async () => {
  const secret = new Error('the key is under the mat')
  const broken = createTwin({
    scripted: {
      peerCount: () => {
        throw secret
      },
      accountAt: async () => {
        throw new VecheError('STATE_UNAVAILABLE', 'state of block 0 is not kept')
      },
    },
  })
  const { ask, faults } = createCaller(broken.backend)
  const answer = await ask('net_peerCount')
  assert.equal(answer.error, { code: -32603, message: 'internal error' })
  assert.equal(faults, [secret])
  const pruned = await ask('eth_getBalance', `0x${'00'.repeat(20)}`)
  assert.equal(pruned.error, { code: -32000, message: 'state of block 0 is not kept' })
})

test('answers or ignores any JSON, and never breaks', async () => {
  const { raw, faults } = createCaller(backend)
  const part = fc.record(
    {
      jsonrpc: fc.constantFrom('2.0', '1.0', 2),
      id: fc.jsonValue(),
      method: fc.constantFrom(
        'eth_call',
        'eth_getLogs',
        'eth_getBlockByNumber',
        'eth_feeHistory',
        'x',
      ),
      params: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(fc.oneof(part, fc.array(part), fc.jsonValue()), async (value) => {
      await raw(JSON.stringify(value))
    }),
    { numRuns: 300 },
  )
  assert.equal(faults, [])
})

test.run()
