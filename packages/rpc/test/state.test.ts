/** State reads and calls: block selection, override passing, proofs, every way a call fails. */
import { blockHash, bytesToHex, hexToBytes } from '@veche/primitives'
import { AbiCoder, id } from 'ethers'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { CallContext, CallOutcome, CallRequest } from '../src/backend.ts'
import { createCaller, signed, walletOf, word } from './caller.ts'
import { createTwin } from './twin.ts'

const alice = walletOf('alice')
const at = alice.address.toLowerCase() as `0x${string}`
const bob = walletOf('bob').address.toLowerCase()

test('reads the state after the block that is named', async () => {
  const twin = createTwin()
  twin.setBalance(at, 100n)
  twin.seal()
  twin.seal([await signed(alice, { nonce: 0, to: bob, value: 30, gasPrice: 0 })])
  const { get, code } = createCaller(twin.backend)
  const header = twin.backend.header(1)
  const hash = header && blockHash(header)
  const table: readonly (readonly [block: unknown, balance: string, nonce: string])[] = [
    ['0x0', '0x0', '0x0'],
    ['0x1', '0x64', '0x0'],
    [hash, '0x64', '0x0'],
    [{ blockHash: hash }, '0x64', '0x0'],
    [{ blockNumber: '0x1' }, '0x64', '0x0'],
    ['latest', '0x46', '0x1'],
    ['pending', '0x46', '0x1'],
    [undefined, '0x46', '0x1'],
  ]
  for (const [block, balance, nonce] of table) {
    const params = block === undefined ? [at] : [at, block]
    assert.is(await get('eth_getBalance', ...params), balance, JSON.stringify(block))
    assert.is(await get('eth_getTransactionCount', ...params), nonce, JSON.stringify(block))
  }
  for (const missing of ['0x3', word(1), { blockHash: word(1) }]) {
    assert.is(await code('eth_getBalance', at, missing), -32000)
    assert.is(await code('eth_call', { to: at }, missing), -32000)
    assert.is(await code('eth_getProof', at, [], missing), -32000)
  }
})

test('pads storage words and spells slots as asked', async () => {
  const asked: string[] = []
  const twin = createTwin({
    scripted: {
      slotAt: async (_number, _address, slot) => {
        asked.push(slot)
        return hexToBytes('0x0539')
      },
      codeAt: async () => hexToBytes('0x6001'),
    },
  })
  const { get, code } = createCaller(twin.backend)
  assert.is(await get('eth_getStorageAt', at, '0x2'), word(1337))
  assert.is(await get('eth_getStorageAt', at, word(3), 'latest'), word(1337))
  assert.equal(asked, [word(2), word(3)])
  assert.is(await get('eth_getCode', at), '0x6001')
  assert.is(await code('eth_getStorageAt', at, '0xasdf', 'latest'), -32602)
  assert.is(await code('eth_getStorageAt', at, `0x${'0'.repeat(65)}`, 'latest'), -32602)
})

test('prints a proof with keys as they were asked', async () => {
  const account = { nonce: 1n, balance: 2n, storageRoot: word(8), codeHash: word(9) }
  const node = new Uint8Array([1, 2])
  const twin = createTwin({
    scripted: {
      proof: async (_number, address, slots) => ({
        ...(address === at ? { account } : {}),
        accountProof: [node],
        storageProof: slots.map((slot) => ({ slot, value: hexToBytes('0x0a'), proof: [node] })),
      }),
    },
  })
  const { get, code } = createCaller(twin.backend)
  assert.equal(await get('eth_getProof', at, ['0x1', word(2)], 'latest'), {
    address: at,
    accountProof: ['0x0102'],
    balance: '0x2',
    nonce: '0x1',
    codeHash: word(9),
    storageHash: word(8),
    storageProof: [
      { key: '0x1', value: '0xa', proof: ['0x0102'] },
      { key: word(2), value: '0xa', proof: ['0x0102'] },
    ],
  })
  const absent = (await get('eth_getProof', bob, [])) as Record<string, unknown>
  assert.is(absent['codeHash'], word(0))
  assert.is(absent['storageHash'], word(0))
  assert.is(await code('eth_getProof', at, Array(1025).fill('0x1')), -32602)
})

test('hands the call and its pretences to the backend', async () => {
  const seen: [CallRequest, CallContext][] = []
  const twin = createTwin({
    scripted: {
      call: async (request, context) => {
        seen.push([request, context])
        return { kind: 'success', output: request.input, gasUsed: 1n }
      },
    },
  })
  const { get } = createCaller(twin.backend)
  const overrides = { [at]: { code: '0x00', stateDiff: { [word(1)]: word(2) } } }
  assert.is(
    await get('eth_call', { to: bob, data: '0x1234' }, '0x0', overrides, { number: '0x5' }),
    '0x1234',
  )
  assert.equal(seen, [
    [
      { to: bob, input: hexToBytes('0x1234') },
      {
        number: 0,
        stateOverrides: new Map([
          [at, { code: new Uint8Array(1), stateDiff: new Map([[word(1), word(2)]]) }],
        ]),
        blockOverrides: { number: 5n },
      },
    ],
  ])
})

const coder = AbiCoder.defaultAbiCoder()
const custom = hexToBytes(id('Nope(uint256)').slice(0, 10))

const FAILURES: readonly (readonly [outcome: CallOutcome, error: object])[] = [
  [
    { kind: 'revert', output: new Uint8Array(0), gasUsed: 1n },
    { code: 3, message: 'execution reverted', data: '0x' },
  ],
  [
    { kind: 'revert', output: custom, gasUsed: 1n },
    { code: 3, message: 'execution reverted', data: bytesToHex(custom) },
  ],
  [
    { kind: 'halt', reason: 'out of gas', gasUsed: 1n },
    { code: -32000, message: 'out of gas' },
  ],
  [
    { kind: 'refused', reason: 'nonce too high' },
    { code: -32000, message: 'nonce too high' },
  ],
  [
    { kind: 'timeout', limitMs: 2000 },
    { code: -32000, message: 'execution aborted (timeout = 2000 ms)' },
  ],
]

test('tells each failure of a call as geth does', async () => {
  for (const [outcome, error] of FAILURES) {
    assert.is.not(outcome.kind, 'success')
    if (outcome.kind === 'success') continue
    const scripted = {
      call: async () => outcome,
      estimateGas: async () => outcome,
      createAccessList: async () => outcome,
    }
    const { ask } = createCaller(createTwin({ scripted }).backend)
    for (const name of ['eth_call', 'eth_estimateGas', 'eth_createAccessList'])
      assert.equal((await ask(name, { to: bob })).error, error, `${name} ${outcome.kind}`)
  }
})

test('spells out the reasons Solidity encodes', async () => {
  const text = 'not the owner: владелец'
  const message = async (output: string): Promise<string | undefined> => {
    const outcome: CallOutcome = { kind: 'revert', output: hexToBytes(output), gasUsed: 0n }
    const twin = createTwin({ scripted: { call: async () => outcome } })
    return (await createCaller(twin.backend).ask('eth_call', {})).error?.message
  }
  const error = `0x08c379a0${coder.encode(['string'], [text]).slice(2)}`
  const panic = (code: number): string => `0x4e487b71${coder.encode(['uint256'], [code]).slice(2)}`
  assert.is(await message(error), `execution reverted: ${text}`)
  assert.is(await message(panic(1)), 'execution reverted: assert(false)')
  assert.is(await message(panic(0x11)), 'execution reverted: arithmetic underflow or overflow')
  assert.is(await message(panic(0x99)), 'execution reverted: unknown panic code: 0x99')
  for (const cut of [error.slice(0, 74), error.slice(0, 140), '0x08c379a0', '0x4e487b71', '0x08'])
    assert.is(await message(cut), 'execution reverted', cut)
  const lying = `0x08c379a0${word(32).slice(2)}${'f'.repeat(64)}`
  assert.is(await message(lying), 'execution reverted')
})

test('prints an estimate and an access list', async () => {
  const twin = createTwin({
    scripted: {
      estimateGas: async () => ({ kind: 'success', gas: 21_016n }),
      createAccessList: async () => ({
        kind: 'success',
        accessList: [{ address: at, storageKeys: [word(1)] }],
        gasUsed: 30_000n,
        error: 'execution reverted',
      }),
    },
  })
  const { get } = createCaller(twin.backend)
  assert.is(await get('eth_estimateGas', { to: bob }), '0x5218')
  assert.equal(await get('eth_createAccessList', { to: bob }), {
    accessList: [{ address: at, storageKeys: [word(1)] }],
    gasUsed: '0x7530',
    error: 'execution reverted',
  })
})

test.run()
