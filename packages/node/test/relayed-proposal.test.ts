/**
 * What a signature does not cover of a proposal (its list of transactions) is believed to its
 * signer only: another could make this node ask for the wrong ones and blame an honest proposer.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeMessage, type Proposal, signContent } from '@veche/consensus'
import { blockHash, type PeerInfo, transactionHash } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from './support/until.ts'
import {
  createCore,
  createWorld,
  openMember,
  produceBlock,
  signerOf,
  type TestKey,
  transfer,
} from './support/world.ts'

const root = mkdtempSync(join(tmpdir(), 'veche-relayed-'))
const world = await createWorld()
const { chainId } = world.genesis
const [self, relay, ...others] = world.validators as [TestKey, TestKey, ...TestKey[]]
const TIMEOUT_MS = 30_000

/** a proposal of the next height by one who is neither this node nor the relay */
async function nextProposal(): Promise<Proposal> {
  const core = createCore(world)
  await core.chain.importSealed(await produceBlock(world, core))
  const { header, transactions } = await produceBlock(world, core, [await transfer(world, 0)], {
    sealers: [],
  })
  const proposer = others.at(-1) as TestKey
  const signer = { ...signerOf(proposer), chainId }
  const { number: height, parentHash } = header
  const position = { height, round: 0, hash: blockHash(header), parentHash, validRound: -1 }
  const transactionHashes = transactions.map(transactionHash)
  const content = { kind: 'proposal', ...position, header, transactionHashes } as const
  return (await signContent({ kind: 'sign', content }, signer)) as Proposal
}

test('a proposal that another validator passes on is not heard, the same from its signer is', async () => {
  const member = await openMember(world, {
    validator: { key: self, logPath: join(root, 'log') },
  })
  const { loop } = member
  assert.ok(loop)
  const proposal = await nextProposal()
  const from = ({ address }: { address: PeerInfo['validator'] }): PeerInfo => ({
    ...{ peerId: `${address}`, address: '', agent: '', inbound: true },
    ...{ head: { number: 0, hash: world.first.hash } },
    ...(address === undefined ? {} : { validator: address }),
  })
  const held = () => loop?.state.future.get(proposal.signer) ?? []
  loop?.onMessage(from(relay), encodeMessage({ ...proposal, transactionHashes: [] }))
  loop?.onMessage(from({ address: proposal.signer }), encodeMessage(proposal))
  await until('it is held', async () => held().length > 0, TIMEOUT_MS)
  assert.equal(held(), [proposal])
  assert.equal(member.penalties, [])
  await member.stop()
})

test.after(() => rmSync(root, { recursive: true }))
test.run()
