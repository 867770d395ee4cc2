/** Wire form, digests and the gate in front of `step` (docs/spec/consensus.md M1–M3). */

import {
  type Address,
  blockHash,
  bytesToHex,
  decodeExtraData,
  type ExtraData,
  encodeExtraData,
  equalBytes,
  type Header,
  keccakHex,
  sealDigest,
  secretKeyToAddress,
  signDigest,
} from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { authenticateMessage } from '../src/authenticate.ts'
import { decodeMessage, encodeMessage } from '../src/codec.ts'
import { contentDigest, signContent, signedFrom } from '../src/digest.ts'
import { claimOf } from '../src/evidence.ts'
import { MESSAGE_BYTES_MAX, messageBytesMax } from '../src/limits.ts'
import type { EvidenceMessage, Message, SignableContent } from '../src/message.ts'
import { decodeRecord, encodeRecord, heightOfRecord } from '../src/record-codec.ts'
import { simulatedRecover } from '../src/simulator/signer.ts'
import { Bench } from './support.ts'

const bench = new Bench()
const fresh = bench.block(1)
const again = bench.proposal(3, fresh, bench.polka(2, fresh.hash, [0, 1, 2]))
const first = bench.prevote(2, 1, fresh.hash)
const second = bench.prevote(2, 1, bench.block(1).hash)
const rival = bench.proposal(1, bench.block(1))
const evidence: EvidenceMessage = { kind: 'evidence', first, second }

const MESSAGES: readonly Message[] = [
  bench.proposal(1, fresh),
  { ...bench.proposal(1, fresh), transactionHashes: [fresh.hash, bench.genesisHash] },
  again,
  bench.prevote(0, 0, fresh.hash),
  bench.precommit(3, 4_294_967_295, fresh),
  bench.status(2),
  bench.status(2, { round: 9, lockedRound: 3, validRound: 8, yours: { height: 1, round: 0 } }),
  { kind: 'polka', polka: bench.polka(5, fresh.hash, [1, 2, 3]) },
  evidence,
  { kind: 'evidence', first: claimOf(bench.proposal(1, fresh)), second: claimOf(rival) },
]
const context = { chainId: 1337, recover: simulatedRecover }

for (const message of MESSAGES)
  test(`${message.kind} survives the wire`, () => {
    const decoded = decodeMessage(encodeMessage(message))
    assert.ok(decoded.ok)
    if (decoded.ok) assert.equal(decoded.value, message)
  })

test('an authentic message passes the gate as it is', () => {
  for (const message of MESSAGES) {
    if (message.kind === 'precommit' || message.kind === 'proposal') continue
    const checked = authenticateMessage(message, context)
    assert.ok(checked.ok && checked.value === message, message.kind)
  }
  assert.ok(authenticateMessage(again, context).ok)
})

function codeOf(message: Message, isMember?: (address: Address) => boolean): string {
  const given = { ...context, ...(isMember === undefined ? {} : { isMember }) }
  const checked = authenticateMessage(message, given)
  return checked.ok ? 'accepted' : checked.code
}

const other = bench.block(1)

/** a proposal of this header that differs in nothing else from an honest one */
function proposalWith(fields: Partial<Header>): Message {
  const header = { ...fresh.block.header, ...fields }
  const block = { ...fresh.block, header }
  return bench.proposal(1, { hash: blockHash(header), block })
}

/** extraData of the honest header, changed */
function extraWith(fields: Partial<ExtraData>): { extraData: Uint8Array } {
  const extra = decodeExtraData(fresh.block.header.extraData)
  assert.ok(extra.ok)
  return { extraData: encodeExtraData({ ...(extra as { value: ExtraData }).value, ...fields }) }
}
const INCONSISTENT = 'PROPOSAL_INCONSISTENT'
const FORGED: readonly [string, string, Message][] = [
  ['a changed value', 'SIGNATURE_INVALID', { ...first, hash: other.hash }],
  ['a changed round', 'SIGNATURE_INVALID', { ...first, round: 2 }],
  [
    'a changed seal',
    'SIGNATURE_INVALID',
    { ...bench.precommit(1, 1, fresh), seal: new Uint8Array(65) },
  ],
  ['another signer', 'SIGNATURE_INVALID', { ...first, signer: bench.member(0) }],
  ['a changed valid round', 'SIGNATURE_INVALID', { ...bench.status(1), validRound: 4 }],
  [
    'a header of another hash',
    'PROPOSAL_INCONSISTENT',
    { ...bench.proposal(1, fresh), header: other.block.header },
  ],
  [
    'a header of another height',
    'PROPOSAL_INCONSISTENT',
    bench.proposal(1, {
      ...fresh,
      block: { ...fresh.block, header: { ...fresh.block.header, number: 2 } },
    }),
  ],
  ['a header of another height under its own hash', INCONSISTENT, proposalWith({ number: 2 })],
  ['a header of another parent', INCONSISTENT, proposalWith({ parentHash: fresh.hash })],
  ['a header of another round than 0', INCONSISTENT, proposalWith(extraWith({ round: 1 }))],
  [
    'a sealed header',
    INCONSISTENT,
    proposalWith(extraWith({ seals: [new Uint8Array(65).fill(1)] })),
  ],
  [
    'a polka of another height',
    INCONSISTENT,
    { ...again, polka: { ...bench.polka(2, fresh.hash, [0, 1, 2]), height: 2 } },
  ],
  [
    'a polka for another value',
    'PROPOSAL_INCONSISTENT',
    { ...again, polka: bench.polka(2, other.hash, [0, 1, 2]) },
  ],
  [
    'a polka of another round',
    'PROPOSAL_INCONSISTENT',
    { ...again, polka: bench.polka(1, fresh.hash, [0, 1, 2]) },
  ],
  [
    'a vote twice in its polka',
    'POLKA_INVALID',
    { kind: 'polka', polka: bench.polka(2, fresh.hash, [0, 1, 1]) },
  ],
  [
    'a forged vote in its polka',
    'SIGNATURE_INVALID',
    { kind: 'polka', polka: { ...bench.polka(2, fresh.hash, [0, 1, 2]), round: 3 } },
  ],
  ['one value as evidence', 'EVIDENCE_INVALID', { ...evidence, second: first }],
  [
    'two signers as evidence',
    'EVIDENCE_INVALID',
    { ...evidence, second: bench.prevote(1, 1, other.hash) },
  ],
  [
    'two rounds as evidence',
    'EVIDENCE_INVALID',
    { ...evidence, second: bench.prevote(2, 2, other.hash) },
  ],
  [
    'a forged half of evidence',
    'SIGNATURE_INVALID',
    { ...evidence, second: { ...first, hash: other.hash } },
  ],
]

for (const [what, code, message] of FORGED)
  test(`the gate refuses ${what} with ${code}`, () => {
    assert.is(codeOf(message), code)
  })

test('the gate refuses a stranger before it recovers anything', () => {
  const recover = (): Address => {
    throw new TypeError('nothing is recovered')
  }
  const checked = authenticateMessage(first, { chainId: 1337, recover, isMember: () => false })
  assert.ok(!checked.ok && checked.code === 'MESSAGE_FROM_STRANGER')
})

test('a signature of one chain or type is none of another', () => {
  const content: SignableContent = { kind: 'prevote', height: 1, round: 2, hash: fresh.hash }
  const digest = bytesToHex(contentDigest(content, 1337))
  assert.is.not(bytesToHex(contentDigest(content, 1338)), digest)
  const precommit = { ...content, kind: 'precommit', seal: new Uint8Array(65) } as const
  assert.is.not(bytesToHex(contentDigest(precommit, 1337)), digest)
})

test('the digest is keccak of domain, chain id, type and RLP', () => {
  const bytes = [
    ...new TextEncoder().encode('veche/aura-bft/1'),
    ...[0, 0, 0, 0, 0, 0, 5, 57, 2, 0xe3, 1, 2, 0xa0],
    ...new Uint8Array(32).fill(7),
  ]
  const hash = `0x${'07'.repeat(32)}` as const
  const digest = contentDigest({ kind: 'prevote', height: 1, round: 2, hash }, 1337)
  assert.is(bytesToHex(digest), keccakHex(Uint8Array.from(bytes)))
})

test('a real key signs a precommit and its seal through signContent', async () => {
  const key = new Uint8Array(32).fill(9)
  const signer = {
    chainId: 1337,
    address: secretKeyToAddress(key),
    sign: async (digest: Uint8Array) => signDigest(digest, key),
  }
  const digest = sealDigest(fresh.block.header, 4)
  const content = { kind: 'precommit', height: 1, round: 4, hash: fresh.hash } as const
  const effect = {
    kind: 'sign',
    content: { ...content, seal: new Uint8Array(0) },
    sealDigest: digest,
  } as const
  const message = await signContent(effect, signer)
  assert.ok(authenticateMessage(message, { chainId: 1337 }).ok)
  assert.ok(message.kind === 'precommit' && equalBytes(message.seal, signDigest(digest, key)))
  const unsealed = { ...content, seal: new Uint8Array(65) }
  const wrong = signedFrom(unsealed, bench.member(0), message.signature)
  assert.not.ok(authenticateMessage(wrong, { chainId: 1337 }).ok)
})

test('two seals of one value do not convict', () => {
  const a = bench.precommit(1, 1, fresh)
  const b = bench.sign(1, { ...a, seal: new Uint8Array(65).fill(1) })
  assert.is(codeOf({ kind: 'evidence', first: a, second: b }), 'EVIDENCE_INVALID')
})

test('decoding is total on arbitrary bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const decoded = decodeMessage(bytes)
      if (!decoded.ok) assert.is(decoded.code, 'MESSAGE_MALFORMED')
      const record = decodeRecord(bytes)
      if (!record.ok) assert.is(record.code, 'RECORD_MALFORMED')
    }),
    { numRuns: 3000 },
  )
})

test('decoding is total on damaged messages, and what it accepts encodes to the same bytes', () => {
  const encoded = MESSAGES.map(encodeMessage)
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
  let accepted = 0
  fc.assert(
    fc.property(fc.constantFrom(...encoded), damage, fc.nat(3), (original, hits, cut) => {
      const bytes = original.slice(0, original.length - cut)
      for (const [at, value] of hits) bytes[at % bytes.length] = value
      const decoded = decodeMessage(bytes)
      if (!decoded.ok) return
      accepted++
      assert.ok(equalBytes(encodeMessage(decoded.value), bytes))
      authenticateMessage(decoded.value, context)
    }),
    { numRuns: 5000 },
  )
  assert.ok(accepted > 100, `some damage is no harm: ${accepted}`)
})

test('a message above the bound is refused unread', () => {
  const decoded = decodeMessage(new Uint8Array(MESSAGE_BYTES_MAX + 1))
  assert.ok(!decoded.ok && decoded.reason.includes('at most'))
})

test('the fullest block that the gas limit allows fits the bound of its messages', () => {
  const gasLimit = 9_000_000n
  const transactionHashes = new Array<typeof fresh.hash>(428).fill(fresh.hash)
  const length = encodeMessage({ ...again, transactionHashes }).length
  assert.ok(length <= messageBytesMax(gasLimit), `${length}`)
  assert.ok(length > messageBytesMax(0n) / 3, `${length}`)
  assert.ok(messageBytesMax(gasLimit) - messageBytesMax(0n) >= 428 * 33)
  assert.is(messageBytesMax(2n ** 50n), MESSAGE_BYTES_MAX)
})

test('deep nesting is refused', () => {
  const decoded = decodeMessage(new Uint8Array(MESSAGE_BYTES_MAX).fill(0xc1))
  assert.not.ok(decoded.ok)
})

const RECORDS = [
  { kind: 'start', chainId: 1337, key: bench.member(2), floor: 12 },
  { kind: 'body', block: fresh.block },
  { kind: 'lock', polka: bench.polka(5, fresh.hash, [1, 2, 3]) },
  { kind: 'sent', message: again },
  { kind: 'sent', message: bench.precommit(1, 1, fresh) },
] as const

for (const record of RECORDS)
  test(`a ${record.kind} record survives the log`, () => {
    const decoded = decodeRecord(encodeRecord(record))
    assert.ok(decoded.ok)
    if (decoded.ok) assert.equal(decoded.value, record)
    assert.is(heightOfRecord(record), record.kind === 'start' ? 0 : 1)
  })

test('a record that sends help instead of an own message is refused', () => {
  const polka = { kind: 'polka', polka: bench.polka(5, fresh.hash, [1]) } as const
  const decoded = decodeRecord(encodeRecord({ kind: 'sent', message: polka as never }))
  assert.ok(!decoded.ok && decoded.code === 'RECORD_MALFORMED')
})

test.run()
