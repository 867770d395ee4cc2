/**
 * What every `Network` does, the libp2p one and the twin. Each case gets fresh networks from a
 * factory and stops them; waiting is for conditions, never for a time.
 */
import { type Address, type Network, type Signer, TRANSACTION_BYTES_MAX } from '@veche/primitives'
import * as assert from 'uvu/assert'
import { createNodeKey, fixedForkFilter } from '../src/index.ts'
import { forkCases } from './forks.ts'
import {
  addressOf,
  type Case,
  codeOf,
  keys,
  knows,
  type Peer,
  pair,
  signers,
  start,
  startValidators,
  stop,
  until,
} from './stage.ts'

const connecting: readonly Case[] = [
  {
    title: 'validators find each other through one bootnode and prove their keys',
    async run(create) {
      const peers = await startValidators(create, 4)
      for (const [i, peer] of peers.entries()) {
        const proven = peer.network.peers().map((info) => info.validator)
        const others = keys.filter((_, j) => j !== i)
        assert.equal([...proven].sort(), [...others].sort())
      }
      await stop(...peers)
    },
  },
  {
    title: 'an observer is a peer without a validator key',
    async run(create) {
      const [a, b] = await pair(create, { agent: 'observer/1' })
      const info = a.network.peers()[0]
      assert.is(info?.validator, undefined)
      assert.is(info?.agent, 'observer/1')
      assert.is(info?.inbound, true)
      assert.is(b.network.peers()[0]?.validator, keys[0])
      assert.is(b.network.peers()[0]?.inbound, false)
      assert.is(a.heard.connected.length, 1)
      await stop(a, b)
    },
  },
  ...(
    [
      ['genesis', { genesisHash: `0x${'cd'.repeat(32)}` }, 'PEER_WRONG_GENESIS'],
      ['chain id', { chainId: 5 }, 'PEER_WRONG_CHAIN'],
      ['fork id', { forkId: fixedForkFilter('0x09090909') }, 'PEER_WRONG_FORK'],
    ] as const
  ).map(
    ([what, other, code]): Case => ({
      title: `a peer with another ${what} is not admitted`,
      async run(create) {
        const a = await start(create, { signer: signers[0] as Signer })
        const b = await start(create, other)
        assert.is(await codeOf(b.network.dial(addressOf(a))), 'DIAL_FAILED')
        assert.equal([a.network.peers(), b.network.peers()], [[], []])
        // nodes of one genesis share protocol names and can tell each other what does not fit
        if (what !== 'genesis') assert.ok(b.logged.includes(code), b.logged.join())
        await stop(a, b)
      },
    }),
  ),
  ...forkCases,
  {
    title: 'a peer with a protocol that is too old is not admitted',
    async run(create) {
      const a = await start(create, { protocolVersion: 3, protocolVersionMin: 2 })
      const b = await start(create, { protocolVersion: 1 })
      assert.is(await codeOf(b.network.dial(addressOf(a))), 'DIAL_FAILED')
      await until('the reason', () => a.logged.includes('PEER_TOO_OLD'))
      assert.is(a.network.peers().length, 0)
      await stop(a, b)
    },
  },
  {
    title: 'two peers that dial each other at once end with one connection that works',
    async run(create) {
      const a = await start(create, { signer: signers[0] as Signer })
      const b = await start(create, { signer: signers[1] as Signer })
      await Promise.allSettled([a.network.dial(addressOf(b)), b.network.dial(addressOf(a))])
      await until('one peer each', () => knows(a, b) && knows(b, a))
      assert.is(a.network.peers().length, 1)
      a.network.broadcast(Uint8Array.of(1))
      b.network.broadcast(Uint8Array.of(2))
      await until('both messages', () => a.heard.consensus.length + b.heard.consensus.length === 2)
      assert.is(a.heard.connected.length, 1)
      await stop(a, b)
    },
  },
  {
    title: 'a peer that stops is reported and found again when it returns',
    async run(create) {
      const nodeKey = createNodeKey()
      const a = await start(create, { nodeKey, signer: signers[0] as Signer })
      const address = addressOf(a)
      const b = await start(create, { signer: signers[1] as Signer, bootnodes: [address] })
      await until('a connection', () => knows(b, a))
      await stop(a)
      await until('the loss', () => b.heard.disconnected.includes(a.network.peerId))
      const again = await start(create, {
        nodeKey,
        signer: signers[0] as Signer,
        bootnodes: [addressOf(b)],
      })
      await until('the return', () => knows(b, again) && knows(again, b))
      await stop(again, b)
    },
  },
  {
    title: 'a validator added to the set later is found by those that never heard of it',
    async run(create) {
      const [first, second] = await startValidators(create, 2)
      const peers = [first as Peer, second as Peer]
      for (const peer of peers) peer.network.setValidators(keys.slice(0, 2))
      const signer = signers[2] as Signer
      const added = await start(create, { signer, bootnodes: [addressOf(peers[0] as Peer)] })
      await until('the bootnode', () => knows(added, peers[0] as Peer))
      for (const peer of [...peers, added]) peer.network.setValidators(keys)
      await until('everybody', () =>
        peers.every((peer) => knows(added, peer) && knows(peer, added)),
      )
      ;(peers[1] as Peer).network.broadcast(Uint8Array.of(7))
      await until('consensus', () => added.heard.consensus.length === 1)
      await stop(...peers, added)
    },
  },
]

const delivering: readonly Case[] = [
  {
    title: 'consensus messages reach every validator of the set, in order, and nobody else',
    async run(create) {
      const peers = await startValidators(create, 3)
      const [a, b, c] = peers as [Peer, Peer, Peer]
      const observer = await start(create, { bootnodes: [addressOf(a)] })
      await until('the observer', () => knows(a, observer))
      for (let i = 0; i < 50; i++) a.network.broadcast(Uint8Array.of(i))
      await until('all', () => b.heard.consensus.length === 50 && c.heard.consensus.length === 50)
      assert.equal(
        b.heard.consensus.map(([, message]) => message[0]),
        Array.from({ length: 50 }, (_, i) => i),
      )
      assert.is(b.heard.consensus[0]?.[0].validator, keys[0])
      observer.network.broadcast(Uint8Array.of(99))
      assert.is(observer.network.send(keys[0] as Address, Uint8Array.of(99)), false)
      b.network.broadcast(Uint8Array.of(100))
      await until('the last', () => a.heard.consensus.length === 1)
      assert.is(a.heard.consensus[0]?.[1][0], 100)
      assert.is(observer.heard.consensus.length, 0)
      await stop(...peers, observer)
    },
  },
  {
    title: 'a proven key outside the set takes no part in consensus',
    async run(create) {
      const peers = await startValidators(create, 3)
      const [a, b, c] = peers as [Peer, Peer, Peer]
      a.network.setValidators(keys.slice(0, 2))
      c.network.broadcast(Uint8Array.of(1))
      assert.is(a.network.send(keys[2] as Address, Uint8Array.of(2)), false)
      assert.is(a.network.send(keys[1] as Address, Uint8Array.of(3)), true)
      await until('the message to the set', () => b.heard.consensus.length === 2)
      assert.is(a.heard.consensus.length, 0)
      await stop(...peers)
    },
  },
  {
    title: 'blocks and heads reach observers and validators',
    async run(create) {
      const peers = await startValidators(create, 2)
      const [a, b] = peers as [Peer, Peer]
      const observer = await start(create, { bootnodes: [addressOf(a)] })
      await until('the observer', () => knows(a, observer))
      const block = new Uint8Array(300_000).fill(5)
      const head = { number: 9, hash: `0x${'09'.repeat(32)}` } as const
      a.network.announceBlock(9, block)
      a.network.setHead(head)
      await until('the block', () => b.heard.blocks.length + observer.heard.blocks.length === 2)
      assert.equal(observer.heard.blocks[0], block)
      await until('the head', () => observer.network.peers()[0]?.head.number === 9)
      assert.equal(observer.network.peers()[0]?.head, head)
      await stop(...peers, observer)
    },
  },
  {
    title: 'a block is not pushed to the holders of the keys left out',
    async run(create) {
      const peers = await startValidators(create, 3)
      const [a, b, c] = peers as [Peer, Peer, Peer]
      a.network.announceBlock(1, Uint8Array.of(1), new Set([keys[1] as Address]))
      a.network.announceBlock(2, Uint8Array.of(2))
      await until(
        'the second block',
        () => b.heard.blocks.length === 1 && c.heard.blocks.length === 2,
      )
      assert.equal(b.heard.blocks[0], Uint8Array.of(2))
      await stop(...peers)
    },
  },
  {
    title: 'a peer that connects later learns the present head from the handshake',
    async run(create) {
      const a = await start(create, { signer: signers[0] as Signer })
      a.network.setHead({ number: 4, hash: `0x${'04'.repeat(32)}` })
      const b = await start(create, { bootnodes: [addressOf(a)] })
      await until('the connection', () => knows(b, a))
      assert.is(b.network.peers()[0]?.head.number, 4)
      await stop(a, b)
    },
  },
  {
    title: 'transactions reach every other node once and do not return',
    async run(create) {
      const peers = await startValidators(create, 3)
      const [a, b, c] = peers as [Peer, Peer, Peer]
      const warm = Uint8Array.of(0xff)
      await until('gossip between all', () => {
        // a path of gossip exists once one transaction came through
        if (b.heard.transactions.length === 0 || c.heard.transactions.length === 0)
          a.network.publishTransactions([warm, crypto.getRandomValues(new Uint8Array(8))])
        return b.heard.transactions.length > 0 && c.heard.transactions.length > 0
      })
      const large = new Uint8Array(TRANSACTION_BYTES_MAX).fill(1)
      const sent = [large, large, large, Uint8Array.of(2), Uint8Array.of(3)]
      a.network.publishTransactions(sent)
      const count = (peer: Peer): number =>
        peer.heard.transactions.filter((raw) => raw.length === large.length).length
      await until('all', () => count(b) === 3 && count(c) === 3)
      await until('the small', () =>
        [b, c].every((peer) => peer.heard.transactions.some((raw) => raw[0] === 3)),
      )
      assert.is(a.heard.transactions.length, 0)
      assert.is(count(b), 3)
      await stop(...peers)
    },
  },
]

const asking: readonly Case[] = [
  {
    title: 'a request carries kind and payload and brings all parts in order',
    async run(create) {
      const [a, b] = await pair(create)
      const parts = [Uint8Array.of(1), new Uint8Array(0), new Uint8Array(2_000_000).fill(3)]
      a.answer = async () => parts
      const answer = await b.network.request(a.network.peerId, 'blocks', Uint8Array.of(4, 5))
      assert.equal(answer, parts)
      assert.equal(a.heard.questions[0], [b.network.peerId, 'blocks', Uint8Array.of(4, 5)])
      a.answer = async () => []
      assert.equal(await b.network.request(a.network.peerId, 'body', Uint8Array.of(1)), [])
      await stop(a, b)
    },
  },
  {
    title: 'many requests at once are all answered',
    async run(create) {
      const [a, b] = await pair(create)
      a.answer = async () => [Uint8Array.of(1)]
      const answers = await Promise.all(
        Array.from({ length: 40 }, () =>
          b.network.request(a.network.peerId, 'body', Uint8Array.of(0)),
        ),
      )
      assert.is(answers.flat().length, 40)
      await stop(a, b)
    },
  },
  {
    title: 'an answer longer than its bounds is cut at a part',
    async run(create) {
      const [a, b] = await pair(create)
      const part = new Uint8Array(6 * 1024 * 1024)
      a.answer = async () => [part, part, part]
      const answer = await b.network.request(a.network.peerId, 'blocks', Uint8Array.of(0))
      assert.is(answer.length, 2)
      await stop(a, b)
    },
  },
  {
    title: 'requests fail with a code: no such peer, a failing peer, no answer in time',
    async run(create) {
      const [a, b] = await pair(create, { quota: { requestTimeoutMs: 300 } })
      const ask = (peerId: string) => codeOf(b.network.request(peerId, 'body', Uint8Array.of(0)))
      assert.is(await ask('12D3KooWNobody'), 'PEER_NOT_CONNECTED')
      a.answer = () => Promise.reject(new DOMException('no disk', 'DataError'))
      assert.match(await ask(a.network.peerId), /^REQUEST_/)
      a.answer = () => new Promise(() => undefined)
      assert.is(await ask(a.network.peerId), 'REQUEST_TIMEOUT')
      await stop(a, b)
    },
  },
]

const timing: readonly Case[] = [
  {
    title: 'the clock of a validator is measured, whoever asks; that of an observer is not',
    async run(create) {
      const ahead = { nowMs: () => Date.now() + 3_600_000 }
      const a = await start(create, { signer: signers[0] as Signer, clock: ahead })
      const b = await start(create, { signer: signers[1] as Signer, bootnodes: [addressOf(a)] })
      const c = await start(create, { bootnodes: [addressOf(a)] })
      const seen = (peer: Peer, other: Peer) =>
        peer.network.peers().find(({ peerId }) => peerId === other.network.peerId)?.clock
      await until('both clocks', () => [seen(a, b), seen(b, a), seen(c, a)].every(Boolean))
      const isNear = (ms: number | undefined, expected: number): boolean =>
        Math.abs((ms ?? 0) - expected) < 60_000
      assert.ok(isNear(seen(b, a)?.aheadMs, 3_600_000))
      assert.ok(isNear(seen(c, a)?.aheadMs, 3_600_000))
      assert.ok(isNear(seen(a, b)?.aheadMs, -3_600_000))
      assert.is(seen(a, c), undefined)
      await stop(a, b, c)
    },
  },
]

const judging: readonly Case[] = [
  {
    title: 'a peer penalized too often is disconnected and stays away',
    async run(create) {
      const [a, b] = await pair(create)
      for (let i = 0; i < 10; i++) a.network.penalize(b.network.peerId, 'PEER_MALFORMED')
      await until('the ban', () => !knows(a, b) && !knows(b, a))
      assert.is(await codeOf(b.network.dial(addressOf(a))), 'DIAL_FAILED')
      assert.is(a.network.peers().length, 0)
      await stop(a, b)
    },
  },
  {
    title: 'a stopped network is silent and stops twice',
    async run(create) {
      const [a, b] = await pair(create)
      await b.network.stop()
      await b.network.stop()
      await until('the loss', () => a.heard.disconnected.length === 1)
      b.network.publishTransactions([Uint8Array.of(1)])
      b.network.announceBlock(1, Uint8Array.of(1))
      assert.equal(b.network.peers(), [])
      await stop(a)
    },
  },
]

/** stops what a failed case left running, or the process would never end */
function tidied({ title, run }: Case): Case {
  return {
    title,
    async run(create) {
      const made: Network[] = []
      try {
        await run(async (options) => {
          const network = await create(options)
          made.push(network)
          return network
        })
      } finally {
        await Promise.all(made.map((network) => network.stop()))
      }
    },
  }
}

/** The cases in order; each is independent. */
export const networkConformance: readonly Case[] = [
  ...connecting,
  ...delivering,
  ...asking,
  ...timing,
  ...judging,
].map(tidied)
