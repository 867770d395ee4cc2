/** Hello, proof and the whole handshake, against honest peers and hostile bytes. */
import { type Refusal, refuse, type Signer } from '@veche/primitives'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createForkFilter } from '../src/fork-id.ts'
import { type FramePipe, type RemoteSide, shakeHands } from '../src/handshake.ts'
import {
  type ChainIdentity,
  checkHello,
  checkProof,
  decodeHello,
  encodeHello,
  type Hello,
  negotiateVersion,
  proofDigest,
} from '../src/hello.ts'
import { CHAIN, createTestSigner, GENESIS } from './support.ts'

const chain: ChainIdentity = { ...CHAIN, protocolVersion: 2, protocolVersionMin: 1 }

function hello(changes: Partial<Hello> = {}): Hello {
  return {
    protocolVersion: 2,
    protocolVersionMin: 1,
    ...CHAIN,
    forkId: CHAIN.forkId.own(),
    head: { number: 7, hash: GENESIS },
    agent: 'veche/0.1.0',
    nonce: new Uint8Array(32).fill(9),
    instance: '0x0102030405060708',
    role: 'observer',
    ...changes,
  }
}

test('a hello survives the wire', () => {
  for (const role of ['observer', 'validator'] as const) {
    const decoded = decodeHello(encodeHello(hello({ role })))
    assert.equal(decoded, { ok: true, value: hello({ role }) })
  }
})

test('an agent cannot smuggle control characters into a log', () => {
  const decoded = decodeHello(encodeHello(hello({ agent: 'a\n\u001b[31mb\u00e9' })))
  assert.is(decoded.ok && decoded.value.agent, 'a??[31mb?')
})

test('any bytes are a hello or a refusal', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1_100 }), (bytes) => {
      const decoded = decodeHello(bytes)
      assert.ok(decoded.ok || decoded.code === 'PEER_MALFORMED')
    }),
  )
})

for (const [changes, code] of [
  [{ protocolVersion: 0, protocolVersionMin: 0 }, 'PEER_TOO_OLD'],
  [{ protocolVersion: 9, protocolVersionMin: 3 }, 'PEER_TOO_NEW'],
  [{ chainId: 1 }, 'PEER_WRONG_CHAIN'],
  [{ genesisHash: `0x${'00'.repeat(32)}` }, 'PEER_WRONG_GENESIS'],
] as const)
  test(`a hello that does not fit is ${code}`, () => {
    assert.is(checkHello(chain, hello(changes as Partial<Hello>))?.code, code)
  })

test('two ranges of protocols meet at the newest that both speak', () => {
  const speaks = (protocolVersionMin: number, protocolVersion: number) => ({
    protocolVersion,
    protocolVersionMin,
  })
  assert.is(checkHello(chain, hello(speaks(1, 9))), undefined)
  for (const [a, b, met] of [
    [speaks(1, 2), speaks(1, 9), 2],
    [speaks(2, 9), speaks(1, 3), 3],
    [speaks(4, 4), speaks(4, 4), 4],
  ] as const) {
    assert.equal(negotiateVersion(a, b), { ok: true, value: met })
    assert.equal(negotiateVersion(b, a), { ok: true, value: met })
  }
  const apart = [
    negotiateVersion(speaks(1, 2), speaks(3, 4)),
    negotiateVersion(speaks(3, 4), speaks(1, 2)),
  ]
  assert.equal(
    apart.map((met) => !met.ok && met.code),
    ['PEER_TOO_NEW', 'PEER_TOO_OLD'],
  )
})

test('a peer whose forks we do not know is told of with the key it proved', async () => {
  const forks = (head: number, times: readonly number[]) =>
    createForkFilter({ base: new Uint8Array(32), forks: times, headTime: () => head })
  const old = { ...chain, forkId: forks(100, []) }
  const upgraded = { ...chain, forkId: forks(100, [100]) }
  const stale: RemoteSide[] = []
  const signers = [createTestSigner(1), createTestSigner(2)]
  const [a, b] = await shake(createPipes(), signers, [old, upgraded], {
    onStale(i, remote) {
      if (i === 0) stale.push(remote)
      else assert.unreachable('the upgraded side knows every fork of the old one')
    },
  })
  assert.ok(b?.ok === false && b.code === 'PEER_WRONG_FORK' && b.reason.includes('lacks a fork'))
  assert.ok(a?.ok === false && a.code === 'PEER_WRONG_FORK')
  assert.equal(
    stale.map(({ validator }) => validator),
    [createTestSigner(2).address],
  )
})

test('a proof holds for one prover, verifier, chain, genesis and nonce only', async () => {
  const signer = createTestSigner(3)
  const context = {
    chainId: 1,
    genesisHash: GENESIS,
    prover: 'a',
    verifier: 'b',
    nonce: new Uint8Array(32),
  }
  const signature = await signer.sign(proofDigest(context))
  assert.equal(checkProof(context, signature), { ok: true, value: signer.address })
  for (const other of [
    { chainId: 2 },
    { genesisHash: `0x${'01'.repeat(32)}` as const },
    { prover: 'c' },
    { verifier: 'c' },
    { nonce: new Uint8Array(32).fill(1) },
  ]) {
    const proof = checkProof({ ...context, ...other }, signature)
    assert.ok(!proof.ok || proof.value !== signer.address)
  }
  assert.not(checkProof(context, new Uint8Array(65)).ok)
  assert.not(checkProof(context, new Uint8Array(0)).ok)
})

/** Two pipes joined; `tamper` may change what the first sends. */
function createPipes(tamper: (frame: Uint8Array) => Uint8Array = (frame) => frame): FramePipe[] {
  const inboxes: Uint8Array[][] = [[], []]
  const wakes: (() => void)[] = [() => undefined, () => undefined]
  return [0, 1].map((own) => ({
    send(...parts) {
      const frame = new Uint8Array(Buffer.concat(parts))
      inboxes[1 - own]?.push(own === 0 ? tamper(frame) : frame)
      wakes[1 - own]?.()
    },
    async receive() {
      if (inboxes[own]?.length === 0)
        await new Promise<void>((resolve) => {
          wakes[own] = resolve
        })
      return inboxes[own]?.shift()
    },
  }))
}

/** What the sides are asked, by their place. */
interface Asks {
  readonly onStale?: (side: number, remote: RemoteSide) => void
  readonly admit?: (side: number) => Refusal | undefined
}

function shake(
  pipes: FramePipe[],
  signers: (Signer | undefined)[],
  chains = [chain, chain],
  asks: Asks = {},
) {
  return Promise.all(
    pipes.map((pipe, i) =>
      shakeHands(pipe, {
        chain: chains[i] as ChainIdentity,
        hello: hello({
          ...(chains[i] as ChainIdentity),
          forkId: (chains[i] as ChainIdentity).forkId.own(),
          nonce: new Uint8Array(32).fill(i),
          role: signers[i] === undefined ? 'observer' : 'validator',
        }),
        ownPeerId: `peer${i}`,
        remotePeerId: `peer${1 - i}`,
        signer: signers[i],
        onStale: (remote) => asks.onStale?.(i, remote),
        admit: () => asks.admit?.(i),
      }),
    ),
  )
}

test('two sides learn each other and the keys they prove', async () => {
  const [a, b] = await shake(createPipes(), [createTestSigner(1), undefined])
  assert.ok(a?.ok && a.value.validator === undefined)
  assert.ok(b?.ok && b.value.validator === createTestSigner(1).address)
})

test('a side that objects tells the other why', async () => {
  const [a, b] = await shake(createPipes(), [undefined, undefined], [chain, chain], {
    admit: (side) => (side === 1 ? refuse('PEER_QUOTA', 'no place left') : undefined),
  })
  assert.ok(b?.ok === false && b.code === 'PEER_QUOTA')
  assert.ok(a?.ok === false && a.code === 'PEER_REFUSED_US' && a.reason.includes('PEER_QUOTA'))
})

test('protocols that do not meet are told apart by both sides', async () => {
  const old = { ...chain, protocolVersion: 1 }
  const strict = { ...chain, protocolVersionMin: 2 }
  const [a, b] = await shake(createPipes(), [undefined, undefined], [old, strict])
  assert.ok(a?.ok === false && a.code === 'PEER_TOO_NEW')
  assert.ok(b?.ok === false && b.code === 'PEER_TOO_OLD')
})

test('a reflected hello, a stolen proof and a claimed role are refused', async () => {
  const signer = createTestSigner(1)
  const mirror = createPipes((frame) => {
    // the second side gets its own nonce back
    if (frame[0] === 1)
      return Uint8Array.of(1, ...encodeHello(hello({ nonce: new Uint8Array(32).fill(1) })))
    return frame
  })
  const [, mirrored] = await shake(mirror, [signer, signer])
  assert.ok(mirrored?.ok === false && mirrored.code === 'PEER_MALFORMED')
  const emptied = createPipes((frame) => (frame[0] === 2 ? Uint8Array.of(2) : frame))
  const [, unproven] = await shake(emptied, [signer, signer])
  assert.ok(unproven?.ok === false && unproven.code === 'PEER_PROOF_INVALID')
})

test('any frames end the handshake with a verdict', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
      const [, verdict] = await shake(
        createPipes(() => bytes),
        [undefined, undefined],
      )
      assert.type(verdict?.ok, 'boolean')
    }),
    { numRuns: 50 },
  )
})

test.run()
