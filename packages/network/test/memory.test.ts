/** The in-memory twin passes the conformance suite; its hub cuts links. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { networkConformance } from '../conformance/index.ts'
import { createMemoryNetworkHub, createNodeKey } from '../src/index.ts'
import { addressesOf, CHAIN, createRecorder, createTestSigner, stopAll, until } from './support.ts'

for (const { title, run } of networkConformance)
  test(`memory: ${title}`, () => {
    const hub = createMemoryNetworkHub()
    return run((options) => hub.createNetwork({ ...options, listenAddresses: [] }))
  })

test('a cut link is a lost peer until it is mended', async () => {
  const hub = createMemoryNetworkHub()
  const signers = [1, 2].map(createTestSigner)
  const networks = []
  for (const signer of signers) {
    const bootnodes = networks.flatMap((network) => network.addresses)
    const network = await hub.createNetwork({
      ...CHAIN,
      nodeKey: createNodeKey(),
      listenAddresses: [],
      bootnodes,
      signer,
    })
    network.setValidators(addressesOf(signers))
    await network.start(createRecorder())
    networks.push(network)
  }
  const [a, b] = networks
  assert.ok(a !== undefined && b !== undefined)
  await until('a link', () => a.peers().length === 1)
  hub.setCut(a.peerId, b.peerId, true)
  assert.equal([a.peers(), b.peers()], [[], []])
  assert.is(a.send(signers[1]?.address ?? '0x', Uint8Array.of(1)), false)
  hub.setCut(a.peerId, b.peerId, false)
  await until('the link again', () => a.peers().length === 1)
  await stopAll(networks)
})

test.run()
