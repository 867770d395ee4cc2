/** Address records prove what they say; stores and plans of peers keep their bounds and pauses. */
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import type { Address, Signer } from '@veche/primitives'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createDialPlan } from '../src/dial-plan.ts'
import { parseTarget } from '../src/discovery.ts'
import { createNodeKey, decodeNodeKey, encodeNodeKey, nodeKeyToPeerId } from '../src/index.ts'
import { nodeKeyToPrivateKey } from '../src/node-key.ts'
import { areDialable, decodeRecord, type SignedRecord, signRecord } from '../src/record.ts'
import { createRecordStore } from '../src/record-store.ts'
import { CHAIN, createTestSigner } from './support.ts'

const nodeKey = new Uint8Array(32).fill(7)
const peerId = await nodeKeyToPeerId(nodeKey)
const privateKey = await nodeKeyToPrivateKey(nodeKey)
const addresses = ['/ip4/10.0.0.1/tcp/30303', '/dns4/node.example/tcp/30303']

function sign(changes: Partial<SignedRecord> = {}, validator?: Signer): Promise<SignedRecord> {
  const record = { peerId, addresses, seq: 5, ...changes }
  return signRecord(
    CHAIN,
    validator === undefined ? record : { ...record, validator: validator.address },
    {
      signWithNodeKey: async (message) => privateKey.sign(message),
      ...(validator === undefined ? {} : { validator }),
    },
  )
}

test('a record survives the wire with and without a validator key', async () => {
  for (const signer of [undefined, createTestSigner(1)]) {
    const record = await sign({}, signer)
    assert.equal(await decodeRecord(CHAIN, record.bytes), { ok: true, value: record })
  }
})

test('a record of another chain, peer, key or content is refused', async () => {
  const codeOf = async (bytes: Uint8Array, chain = CHAIN as Parameters<typeof decodeRecord>[0]) => {
    const decoded = await decodeRecord(chain, bytes)
    return decoded.ok ? 'accepted' : decoded.code
  }
  const refused = 'PEER_RECORD_INVALID'
  const record = await sign({}, createTestSigner(1))
  assert.is(await codeOf(record.bytes, { ...CHAIN, chainId: 1 }), refused)
  const other = await nodeKeyToPeerId(new Uint8Array(32).fill(8))
  assert.is(await codeOf((await sign({ peerId: other })).bytes), refused)
  assert.is(await codeOf((await sign({ addresses: ['/ip4/1.2.3.4/udp/5'] })).bytes), refused)
  // a key of somebody else: the signature is by signer 2
  const stolen: Signer = { ...createTestSigner(2), address: createTestSigner(1).address }
  assert.is(await codeOf((await sign({}, stolen)).bytes), refused)
  assert.is(await codeOf(new Uint8Array(3_000)), refused)
})

test('any changed byte of a record is noticed', async () => {
  const { bytes } = await sign({}, createTestSigner(1))
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: bytes.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      async (at, flip) => {
        const changed = bytes.slice()
        changed[at] = (changed[at] ?? 0) ^ flip
        assert.not((await decodeRecord(CHAIN, changed)).ok)
      },
    ),
    { numRuns: 60 },
  )
})

test('only TCP addresses on hosts are dialable', () => {
  assert.ok(areDialable(addresses))
  for (const bad of [
    '',
    'x',
    '/ip4/1.2.3.4',
    '/unix/tmp',
    '/ip4/999.0.0.1/tcp/1',
    '/tcp/1/ip4/1.1.1.1',
  ])
    assert.not(areDialable([bad]), bad)
  assert.equal(parseTarget(`/ip4/1.2.3.4/tcp/5/p2p/${peerId}`), {
    peerId,
    addresses: ['/ip4/1.2.3.4/tcp/5'],
  })
  assert.is(parseTarget(`/ip4/1.2.3.4/tcp/5/p2p/${peerId}x`), undefined)
})

function fake(n: number, seq = 1, validator?: Address): SignedRecord {
  const base = { peerId: `peer${n}`, addresses, seq, bytes: new Uint8Array(1) }
  return validator === undefined ? base : { ...base, validator }
}

test('a store keeps the newest record of a peer and forgets strangers before validators', () => {
  const store = createRecordStore(3)
  const key = createTestSigner(1).address
  store.setValidators(new Set([key]))
  assert.ok(store.add(fake(0, 1, key)))
  assert.ok(store.add(fake(1, 2)))
  assert.not(store.add(fake(1, 2)))
  assert.not(store.add(fake(1, 1)))
  assert.ok(store.add(fake(1, 3)))
  for (let n = 2; n < 50; n++) store.add(fake(n))
  assert.is(store.all().length, 4)
  assert.equal(
    store.ofValidators().map((record) => record.peerId),
    ['peer0'],
  )
  assert.is(store.get('peer1'), undefined)
})

test('a store keeps few records of one key, the newest', () => {
  const store = createRecordStore()
  const key = createTestSigner(1).address
  store.setValidators(new Set([key]))
  for (let n = 0; n < 20; n++) store.add(fake(n, 100 + n, key))
  assert.equal(
    store.ofValidators().map((record) => record.seq),
    [116, 117, 118, 119],
  )
})

test('a plan dials at once, then with growing pauses up to a maximum', () => {
  let nowMs = 0
  const plan = createDialPlan({ clock: { nowMs: () => nowMs }, random: () => 0.5 })
  plan.setTargets([{ peerId: 'a', addresses }])
  const pauses: number[] = []
  for (let i = 0; i < 12; i++) {
    assert.is(plan.takeDue().length, 1)
    assert.is(plan.takeDue().length, 0)
    plan.failed('a')
    pauses.push(plan.waitMs() ?? -1)
    nowMs += plan.waitMs() ?? 0
  }
  assert.is(pauses[0], 200)
  assert.ok(pauses.every((pause, i) => pause >= (pauses[i - 1] ?? 0)))
  assert.is(pauses.at(-1), 2_000)
  plan.takeDue()
  plan.connected('a')
  assert.is(plan.waitMs(), undefined)
  plan.failed('a')
  assert.is(plan.waitMs(), undefined)
  plan.lost('a')
  assert.is(plan.waitMs(), 200)
  plan.setTargets([])
  assert.is(plan.waitMs(), undefined)
})

test('a node key survives its text and names one peer id', async () => {
  const key = createNodeKey()
  assert.equal(decodeNodeKey(`${encodeNodeKey(key)}\n`), key)
  assert.is(await nodeKeyToPeerId(key), await nodeKeyToPeerId(key))
  assert.is(privateKeyFromRaw(privateKey.raw).type, 'Ed25519')
  assert.throws(() => decodeNodeKey('0x12'), /bytes expected/)
})

test.run()
