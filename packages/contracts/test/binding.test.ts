/** Bindings made of an ABI alone: typed, total, and agreeing with the hand-written ones. */
import { bytesToHex, hexToBytes } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeAbiParameters, encodeErrorResult, parseAbi } from 'viem/utils'
import {
  accepted,
  createBinding,
  documentRegistry,
  documentRegistryAbi,
  formatValue,
} from '../src/index.ts'
import { view } from './support/chain.ts'
import {
  act,
  createRegistry,
  ISSUER,
  OTHER_SCHEMA,
  postBatch,
  revertOf,
  SCHEMA,
  STRANGER,
} from './support/registry.ts'

const registry = createBinding(documentRegistryAbi)
const COMMITMENT = `0x${'5a'.repeat(32)}` as const

test('encodes what the hand-written binding encodes', () => {
  assert.is(registry.encode.issue(COMMITMENT, SCHEMA), documentRegistry.issue(COMMITMENT, SCHEMA))
  assert.is(registry.encode.totals(), documentRegistry.totals())
})

test('decodes answers: one value, a struct with addresses in lower case, a list', async () => {
  const it = await createRegistry()
  const { chain, address } = it
  const send = await act(it, ISSUER, registry.encode.issue(COMMITMENT, SCHEMA))
  assert.is(revertOf(send), 'ok')
  const ask = (data: `0x${string}`) => view(chain, address, data)
  const powers = await ask(registry.encode.powersOf(SCHEMA, ISSUER))
  assert.equal(accepted(registry.decode.powersOf(powers)), [true, false])
  const record = accepted(
    registry.decode.documentOf(await ask(registry.encode.documentOf(COMMITMENT, SCHEMA))),
  )
  assert.is(record.issuer, ISSUER)
  assert.is(record.status, 1)
  const [issues, , , singles] = accepted(
    registry.decode.totals(await ask(registry.encode.totals())),
  )
  assert.is(issues, 1)
  assert.is(singles, 1n)
})

test('decodes events by name, and refuses foreign ones', async () => {
  const it = await createRegistry()
  const { outcome } = await postBatch(it, [COMMITMENT])
  const [event] = registry.decodeLogs(outcome.logs)
  assert.is(event?.name, 'BatchIssued')
  if (event?.name === 'BatchIssued') {
    assert.is(event.args.issuer, ISSUER)
    assert.is(event.args.count, 1)
    assert.is(event.args.schemaId, SCHEMA)
  }
  const [log] = outcome.logs
  const foreign = registry.decodeLog({ topics: [COMMITMENT], data: log?.data ?? new Uint8Array() })
  assert.is(foreign.ok ? '' : foreign.code, 'LOG_UNKNOWN')
  const short = registry.decodeLog({
    topics: log?.topics.slice(0, 2) ?? [],
    data: new Uint8Array(3),
  })
  assert.is(short.ok ? '' : short.code, 'LOG_UNKNOWN')
  assert.is(registry.decodeLog({ topics: [], data: new Uint8Array() }).ok, false)
})

test('tells a revert with the values of its arguments', async () => {
  const it = await createRegistry()
  const outcome = await act(it, STRANGER, registry.encode.issue(COMMITMENT, OTHER_SCHEMA))
  const { name, args, text } = registry.decodeError(outcome.returned)
  assert.is(name, 'DocumentRegistryUnauthorized')
  assert.is(args[0]?.value, STRANGER)
  assert.match(text, new RegExp(`^DocumentRegistryUnauthorized\\(\\w+ ${STRANGER}, `))
})

test('tells Error(string), Panic(uint256), nothing and the unknown', () => {
  const error = hexToBytes(
    `0x08c379a0${encodeAbiParameters([{ type: 'string' }], ['no']).slice(2)}`,
  )
  assert.is(registry.decodeError(error).text, '"no"')
  const panic = hexToBytes(`0x4e487b71${'11'.padStart(64, '0')}`)
  assert.is(registry.decodeError(panic).text, 'panic 17: arithmetic overflow or underflow')
  assert.is(registry.decodeError(new Uint8Array()).name, 'empty')
  assert.is(registry.decodeError(hexToBytes('0x12345678')).name, 'unknown')
  assert.is(registry.decodeError(error.subarray(0, 30)).name, 'unknown')
})

test('knows the errors of contracts behind it', () => {
  const inner = parseAbi(['error InnerRefuses(address who)'])
  const args = ['0x27b1fdb04752bbc536007a920d24acb045561c26'] as const
  const data = encodeErrorResult({ abi: inner, errorName: 'InnerRefuses', args })
  const outer = createBinding(documentRegistryAbi, { errorsOf: [inner] })
  assert.is(
    outer.decodeError(hexToBytes(data)).text,
    'InnerRefuses(who 0x27b1fdb04752bbc536007a920d24acb045561c26)',
  )
})

test('decodes a call back into its named arguments', () => {
  const { name, args } = accepted(
    registry.decodeCall(hexToBytes(registry.encode.issue(COMMITMENT, SCHEMA))),
  )
  assert.is(name, 'issue')
  assert.equal(
    args.map((each) => [each.name, each.type, each.value]),
    [
      ['document', 'bytes32', COMMITMENT],
      ['schemaId', 'bytes32', SCHEMA],
    ],
  )
  assert.is(registry.decodeCall(hexToBytes('0x12345678')).ok, false)
  assert.is(registry.decodeCall(new Uint8Array()).ok, false)
})

test('of overloaded functions takes the one that the arguments fit', () => {
  const abi = parseAbi(['function f(uint256 a)', 'function f(uint256 a, bytes b)'])
  const binding = createBinding(abi)
  assert.is(binding.encode.f(1n).length, 2 + 8 + 64)
  assert.is(accepted(binding.decodeCall(hexToBytes(binding.encode.f(1n, '0xff')))).args.length, 2)
})

test('prints values on one line, and no control characters', () => {
  assert.is(formatValue({ type: 'uint256[]', value: [1n, 2n] }), '[1, 2]')
  assert.is(formatValue({ type: 'tuple', value: { a: 1, b: [true] } }), '{a: 1, b: [true]}')
  assert.is(formatValue({ type: 'string', value: 'a\u001b[2J\u202eb' }), '"a\\u001b[2J?b"')
  assert.is(formatValue({ type: 'bytes', value: '0x00ff' }), '0x00ff')
})

test('decoding is total: any bytes are a value or a refusal', () => {
  const topics = documentRegistryAbi.flatMap((item) => (item.type === 'event' ? [item.name] : []))
  assert.ok(topics.length > 0)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      registry.decodeError(bytes)
      registry.decodeCall(bytes)
      for (const decode of Object.values(registry.decode)) decode(bytes)
      registry.decodeLog({ topics: [bytesToHex(bytes)], data: bytes })
    }),
    { numRuns: 200 },
  )
})

test.run()
