/**
 * A hostile process with a validator's key: speaks the network's protocol under a peer identity of
 * its own, and signs two prevotes for every round it can. Run as
 * `node double-signer.ts <genesis> <folder of the key> <rpc url> <dial address>…`; it ends with its
 * parent's patience.
 */
import { join } from 'node:path'
import { encodeMessage, signContent } from '@veche/consensus'
import { genesisBlock } from '@veche/execution'
import { createNetwork, createNodeKey } from '@veche/network'
import { type Hash, keccakHex, utf8ToBytes } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { forkIdOf, readGenesisFile } from '../../src/genesis-file.ts'
import { callRpc } from '../../src/json-rpc.ts'
import { openKeystoreFile } from '../../src/keystore-file.ts'

const [genesisFile = '', folder = '', url = '', ...dial] = process.argv.slice(2)
const ROUNDS = [0, 1, 2]
const PERIOD_MS = 200

await installNativeCrypto()
const signer = await openKeystoreFile(join(folder, 'keystore.json'), join(folder, 'password'))
const genesis = await readGenesisFile(genesisFile)
const { hash: genesisHash } = await genesisBlock(genesis)
const { chainId } = genesis
const network = await createNetwork({
  ...{ nodeKey: createNodeKey(), listenAddresses: [], bootnodes: dial, signer },
  ...{ chainId, genesisHash, forkId: forkIdOf(genesisHash, genesis) },
})
await network.start({
  onConsensus: () => undefined,
  onTransactions: () => undefined,
  onBlock: () => undefined,
  onRequest: async () => [],
  onPeerConnected: () => undefined,
  onPeerDisconnected: () => undefined,
})
network.setValidators(genesis.validators)

async function prevote(height: number, round: number, hash: Hash): Promise<void> {
  const content = { kind: 'prevote', height, round, hash } as const
  const message = await signContent({ kind: 'sign', content }, { chainId, ...signer })
  network.broadcast(encodeMessage(message))
}

setInterval(() => {
  void (async () => {
    const height = Number(await callRpc(url, 'eth_blockNumber', [])) + 1
    for (const round of ROUNDS)
      for (const value of ['one', 'other'])
        await prevote(height, round, keccakHex(utf8ToBytes(`${value} ${height} ${round}`)))
  })().catch((error: unknown) => process.stdout.write(`${String(error)}\n`))
}, PERIOD_MS)
process.stdout.write('signing twice\n')
