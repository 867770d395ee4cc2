/** Passkeys by file: what is asked of a browser, and what of its answers is believed. */
import { generateKeyPairSync } from 'node:crypto'
import { departmentCallMessage, signerKindOf } from '@veche/contracts'
import type { Hex } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TypedDataDefinition } from 'viem'
import {
  assertionShape,
  assertionSigner,
  passkeyCreation,
  passkeyOf,
  passkeyRequest,
  registrationShape,
} from '../src/departments/passkey.ts'
import { createBrowser } from './support/passkey.ts'
import { rejects } from './support/rejects.ts'

const account = `0x${'d1'.repeat(20)}` as const
const messageWith = (nonce: bigint): TypedDataDefinition =>
  departmentCallMessage(
    { chainId: 7, account },
    { target: account, data: '0x1234', nonce, deadline: 9n },
  ) as TypedDataDefinition
const message = messageWith(0n)
const browser = createBrowser()

function read<T>(shape: (value: unknown, at: string) => { ok: boolean }, value: unknown): T {
  const found = shape(value, '') as { ok: boolean; value: T; reason?: string }
  assert.ok(found.ok, found.reason)
  return found.value
}

const { signer, credential } = passkeyOf(read(registrationShape, browser.create()))
const request = passkeyRequest(message, { credential }) as { challenge: string }
const answerTo = (asked: object, by = browser) =>
  read<Parameters<typeof assertionSigner>[1]>(assertionShape, by.get(asked))

test('a passkey that a browser made is a signer of the city', () => {
  assert.is(signerKindOf(signer), 'webauthn')
  const creation = passkeyCreation('ann', 'veche.example') as Record<string, unknown>
  assert.equal(creation['pubKeyCredParams'], [{ type: 'public-key', alg: -7 }])
  assert.equal(creation['rp'], { name: 'Veche', id: 'veche.example' })
})

test('the challenge is the digest of the message, and a person must be verified', () => {
  assert.is(Buffer.from(request.challenge, 'base64url').length, 32)
  assert.is.not((passkeyRequest(messageWith(1n)) as typeof request).challenge, request.challenge)
  assert.equal(request, {
    ...{ challenge: request.challenge, timeout: 300_000, userVerification: 'required' },
    allowCredentials: [{ type: 'public-key', id: credential }],
  })
  const elsewhere = passkeyRequest(message, { rpId: 'city.example' }) as Record<string, unknown>
  assert.equal([elsewhere['rpId'], elsewhere['allowCredentials']], ['city.example', []])
})

test('an answer signs the one message that it is of', async () => {
  const one = assertionSigner(signer, answerTo(request))
  assert.match(await one.sign(message), /^0x[0-9a-f]+$/)
  const failure = await rejects(() => one.sign(messageWith(1n)), 'ASSERTION_DIFFERS')
  assert.match(failure.message, 'signed another message')
})

test('another key, another ceremony, a person not seen or not verified are refused', async () => {
  const refused = async (value: ReturnType<typeof answerTo>, why: RegExp): Promise<void> => {
    const failure = await rejects(
      () => assertionSigner(signer, value).sign(message),
      'ASSERTION_DIFFERS',
    )
    assert.match(failure.message, why)
  }
  await refused(answerTo(request, createBrowser()), /a signature by 0x/)
  await refused(answerTo(request, createBrowser('veche.example', 0x01)), /verified its person/)
  await refused(answerTo(request, createBrowser('veche.example', 0x04)), /saw a person/)
  const made = createBrowser().get(request)
  const swapped = {
    ...made,
    response: { ...made.response, clientDataJSON: Buffer.from('{"type":"webauthn.create"}') },
  }
  const { response } = swapped
  const other = { ...response, clientDataJSON: response.clientDataJSON.toString('base64url') }
  await refused(read(assertionShape, { ...swapped, response: other }), /webauthn\.get/)
  for (const text of ['no JSON', 'null', '\ufffd'.slice(0, 0)])
    await refused(
      read(assertionShape, {
        ...made,
        response: { ...made.response, clientDataJSON: Buffer.from(text).toString('base64url') },
      }),
      /JSON|webauthn\.get/,
    )
})

test('one changed byte anywhere in an answer is refused', async () => {
  const good = browser.get(request)
  const fields = ['authenticatorData', 'clientDataJSON', 'signature'] as const
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...fields),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (field, at, flip) => {
        const bytes = Buffer.from(good.response[field], 'base64url')
        const place = at % bytes.length
        bytes[place] = (bytes[place] as number) ^ flip
        const response = { ...good.response, [field]: bytes.toString('base64url') }
        const changed = read<Parameters<typeof assertionSigner>[1]>(assertionShape, {
          ...good,
          response,
        })
        await rejects(() => assertionSigner(signer, changed).sign(message), 'ASSERTION_DIFFERS')
      },
    ),
    { numRuns: 60 },
  )
})

test('what is no answer of a browser is refused as a file', () => {
  const good = browser.get(request)
  for (const value of [
    null,
    [],
    { ...good, type: 'password' },
    { ...good, response: { ...good.response, signature: 'not base64url!' } },
    { ...good, response: { clientDataJSON: good.response.clientDataJSON } },
    { ...good, response: { ...good.response, signature: 'A'.repeat(40_000) } },
  ])
    assert.not.ok(assertionShape(value, '').ok)
})

test('a signer of another kind and a key of another curve are refused', async () => {
  await rejects(async () => assertionSigner(account as Hex, answerTo(request)), 'SIGNER_IMPROPER')
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64url')
  const made = browser.create() as { response: object }
  for (const key of [spki, 'AAAA']) {
    const value = { ...made, response: { ...made.response, publicKey: key } }
    await rejects(async () => passkeyOf(read(registrationShape, value)), 'PASSKEY_MALFORMED')
  }
})

test.run()
