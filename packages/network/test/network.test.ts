/** The libp2p network passes the conformance suite on loopback sockets. */
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import { networkConformance } from '../conformance/index.ts'
import { createNetwork } from '../src/index.ts'

await installNativeCrypto()

for (const { title, run } of networkConformance)
  test(`libp2p: ${title}`, () =>
    run((options) => createNetwork({ ...options, listenAddresses: ['/ip4/127.0.0.1/tcp/0'] })))

test.run()
