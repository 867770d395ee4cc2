/** What a consensus message passes before it waits for the machine: cheap questions first. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeMessage, type Message, type SignableContent, signContent } from '@veche/consensus'
import { type Hash, type PeerInfo, signDigest } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type GateParts, isBlamed, judgeMessage } from '../src/gate.ts'
import { createWorld, openMember, signerOf, type TestKey, testKey } from './support/world.ts'

const root = mkdtempSync(join(tmpdir(), 'veche-gate-'))
const world = await createWorld()
const { chainId } = world.genesis
const [self, peer] = world.validators as [TestKey, TestKey, ...TestKey[]]
const member = await openMember(world, { validator: { key: self, logPath: join(root, 'log') } })
const hash: Hash = `0x${'11'.repeat(32)}`

const prevote = (height: number): SignableContent => ({ kind: 'prevote', height, round: 0, hash })

async function signed(content: SignableContent, key: TestKey): Promise<Message> {
  return signContent({ kind: 'sign', content }, { ...signerOf(key), chainId })
}

interface Passed {
  readonly result: ReturnType<typeof judgeMessage>
  readonly checks: number
  readonly redundant: number
}

function pass(message: Message, options: Partial<GateParts> = {}): Passed {
  let checks = 0
  let redundant = 0
  const from: PeerInfo = {
    ...{ peerId: 'p', address: '', agent: '', inbound: true, validator: peer.address },
    head: { number: 0, hash: world.first.hash },
  }
  const state = member.loop?.state
  assert.ok(state)
  const result = judgeMessage(from, encodeMessage(message), {
    ...{ chain: member.chain, state: state as GateParts['state'], nowMs: world.clock.nowMs() },
    inbox: {
      spend(_, count) {
        checks += count
        return true
      },
    },
    onRedundant: () => void redundant++,
    ...options,
  })
  return { result, checks, redundant }
}

test("a member's vote passes for one check", async () => {
  const message = await signed(prevote(1), peer)
  assert.equal(pass(message), { result: { ok: true, value: message }, checks: 1, redundant: 0 })
})

test('what the machine would ignore costs no check, but is a sign of life of its signer', async () => {
  const old = await signed(prevote(0), peer)
  assert.equal(pass(old), { result: undefined, checks: 0, redundant: 1 })
  const relayed = await signed(prevote(0), world.validators[2] as TestKey)
  assert.equal(pass(relayed), { result: undefined, checks: 0, redundant: 0 })
})

test('a sender whose budget is spent is not checked', async () => {
  const message = await signed(prevote(1), peer)
  assert.is(pass(message, { inbox: { spend: () => false } }).result, undefined)
})

test('a forgery is blamed on its bearer, a stranger is not', async () => {
  const forged = { ...((await signed(prevote(1), peer)) as Message), signature: new Uint8Array(65) }
  const stranger = testKey('stranger')
  const evidence: Message = {
    kind: 'evidence',
    first: (await signed(prevote(1), stranger)) as never,
    second: (await signed({ ...prevote(1), hash: world.first.hash } as never, stranger)) as never,
  }
  const code = ({ result }: Passed): string =>
    result === undefined || result.ok ? '' : result.code
  assert.is(code(pass(forged as Message)), 'SIGNATURE_INVALID')
  assert.ok(isBlamed('SIGNATURE_INVALID'))
  // the machine would ignore it; where it is one block behind, the gate must know
  const polka = { height: 1, round: 0, hash, votes: [] as never[] }
  const signature = signDigest(new Uint8Array(32).fill(1), stranger.secret)
  const votes = [{ signer: stranger.address, signature }]
  assert.is(code(pass({ kind: 'polka', polka: { ...polka, votes } })), 'MESSAGE_FROM_STRANGER')
  assert.not.ok(isBlamed('MESSAGE_FROM_STRANGER'))
  assert.is(pass(evidence).result, undefined)
})

test.after(async () => {
  await member.stop()
  rmSync(root, { recursive: true })
})
test.run()
