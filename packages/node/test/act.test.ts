/** How commands act, on a real node: shown before signed, tried before sent, final, in words. */
import { DOCUMENT_REGISTRY_ADDRESS, schemaId } from '@veche/contracts'
import type { Hex, Signer } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type ActOptions, performActs, prepareActs } from '../src/act/act.ts'
import { DOCUMENT_REGISTRY, nameAddress, revertInWords } from '../src/act/contracts.ts'
import { describeCall, describeTyped } from '../src/act/describe.ts'
import { signTyped, typedSigner } from '../src/act/typed.ts'
import { CITY_SCHEMA } from '../src/genesis-services.ts'
import { openOneNode } from './support/one-node.ts'
import { rejects } from './support/rejects.ts'
import { signerOf, testKey } from './support/world.ts'

const one = await openOneNode()
const SCHEMA = schemaId(CITY_SCHEMA)
const issue = (byte: string) => ({
  contract: DOCUMENT_REGISTRY,
  data: DOCUMENT_REGISTRY.binding.encode.issue(`0x${byte.repeat(32)}`, SCHEMA),
})

function optionsOf(signer: Signer, answer = true): ActOptions & { readonly shown: string[] } {
  const shown: string[] = []
  return {
    ...{ rpcUrl: one.rpcUrl, signer, shown },
    show: (text) => void shown.push(text),
    confirm: async () => answer,
  }
}

test('shows every argument, sends in order, and tells the events', async () => {
  const options = optionsOf(await one.issuer(1))
  const outcomes = await performActs(options, [issue('01'), issue('02')])
  assert.is(outcomes.length, 2)
  assert.equal(
    outcomes.map(({ events }) => events.map(({ event }) => event)),
    [['DocumentIssued'], ['DocumentIssued']],
  )
  const [first = '', second = ''] = options.shown
  assert.match(first, `DocumentRegistry.issue at ${DOCUMENT_REGISTRY_ADDRESS}`)
  assert.match(first, `document (bytes32): 0x${'01'.repeat(32)}`)
  assert.match(first, `from ${options.signer.address}, chain 20190, nonce 0,`)
  assert.match(second, 'nonce 1,')
})

test("tells the contract's own reason before anything is signed", async () => {
  const stranger = testKey('stranger')
  let signed = 0
  const signer: Signer = {
    address: stranger.address,
    sign: (digest) => {
      signed++
      return signerOf(stranger).sign(digest)
    },
  }
  const error = await rejects(() => performActs(optionsOf(signer), [issue('03')]), 'CALL_REFUSED')
  assert.match(error.message, /DocumentRegistry refuses: DocumentRegistryUnauthorized\(\w+ 0x/)
  assert.is(signed, 0)
})

test('signs nothing when the answer is no', async () => {
  const options = optionsOf(await one.issuer(1), false)
  await rejects(() => performActs(options, [issue('04')]), 'NOT_CONFIRMED')
  assert.is(options.shown.length, 1)
})

test('stops at the first call that is refused; earlier ones stay done', async () => {
  const options = optionsOf(await one.issuer(2))
  const error = await rejects(
    () => performActs(options, [issue('05'), issue('05')]),
    'CALL_REFUSED',
  )
  assert.match(error.message, 'DocumentRegistryAlreadyIssued')
})

test('prepares without a key: for looking only', async () => {
  const [call] = await prepareActs(one.rpcUrl, testKey('nobody').address, [
    { ...issue('06'), gas: 1n },
  ])
  assert.ok(call !== undefined)
  assert.match(describeCall(call), 'gas limit 1,')
  assert.match(describeCall({ ...call, data: '0x12345678' }), 'unknown 0x12345678')
})

const typed = {
  domain: {
    name: 'T',
    version: '1',
    chainId: 20_190,
    verifyingContract: DOCUMENT_REGISTRY_ADDRESS,
  },
  types: {
    Gift: [
      { name: 'note', type: 'string' },
      { name: 'amount', type: 'uint256' },
    ],
  },
  primaryType: 'Gift',
  message: { note: 'to \u001b[1m you', amount: 5n },
} as const

test('signs EIP-712 messages as Solidity reads them, and shows every field', async () => {
  const key = testKey('citizen')
  const signature = await signTyped(signerOf(key), typed)
  assert.ok(['1b', '1c'].includes(signature.slice(-2)))
  assert.is(await typedSigner(typed, signature), key.address)
  const other = { ...typed, message: { ...typed.message, amount: 6n } }
  assert.is.not(await typedSigner(other, signature), key.address)
  assert.is(await typedSigner(typed, '0x00' as Hex), undefined)
  const text = describeTyped(typed, key.address)
  assert.match(text, `EIP-712 Gift for ${DOCUMENT_REGISTRY_ADDRESS} (DocumentRegistry)`)
  assert.match(text, 'note (string): "to \\u001b[1m you"')
  assert.match(text, 'amount (uint256): 5')
  assert.match(text, `signed by ${key.address}; name "T", version "1", chainId 20190`)
})

test('names the contracts of the city and their reverts, whoever was called', () => {
  assert.is(
    nameAddress(DOCUMENT_REGISTRY_ADDRESS),
    `${DOCUMENT_REGISTRY_ADDRESS} (DocumentRegistry)`,
  )
  assert.is(nameAddress(testKey('x').address), testKey('x').address)
  assert.is(revertInWords(new Uint8Array()).name, 'empty')
})

test.after(() => one.close())
test.run()
