/** What every `Network` does when a fork begins: who lacks it is let go, and can learn that. */
import type { Signer } from '@veche/primitives'
import * as assert from 'uvu/assert'
import { createForkFilter, type StalePeer } from '../src/index.ts'
import {
  addressOf,
  type Case,
  CHAIN,
  codeOf,
  keys,
  knows,
  signers,
  start,
  stop,
  until,
} from './stage.ts'

export const forkCases: readonly Case[] = [
  {
    title: 'a fork divides old and upgraded peers when it begins, and the old one learns why',
    async run(create) {
      const began = 1_000
      let headTime = began - 1
      const forks = (times: readonly number[]) =>
        createForkFilter({ base: new Uint8Array(32), forks: times, headTime: () => headTime })
      const stale: StalePeer[] = []
      const old = await start(create, {
        forkId: forks([]),
        onStale: (peer) => void stale.push(peer),
      })
      const upgraded = await start(create, {
        forkId: forks([began]),
        signer: signers[0] as Signer,
        bootnodes: [addressOf(old)],
        onStale: () => assert.unreachable('the upgraded peer knows every fork'),
      })
      await until('a connection', () => knows(old, upgraded) && knows(upgraded, old))
      headTime = began
      for (const peer of [upgraded, old])
        peer.network.setHead({ number: 1, hash: CHAIN.genesisHash })
      await until('the end of it', () => !knows(old, upgraded) && !knows(upgraded, old))
      assert.ok(upgraded.logged.includes('PEER_WRONG_FORK'))
      await until('its word', () => stale.length > 0)
      assert.is(stale[0]?.validator, keys[0])
      assert.is(stale[0]?.peerId, upgraded.network.peerId)
      // and again when they meet after the fork
      const dialled = await codeOf(old.network.dial(addressOf(upgraded)))
      assert.is(dialled, 'DIAL_FAILED')
      assert.is(stale.at(-1)?.validator, keys[0])
      await stop(old, upgraded)
    },
  },
]
