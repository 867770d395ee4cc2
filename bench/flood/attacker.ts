/**
 * The hostile peer of `npm run bench:flood`, as a process with an identity of its own: a stranger
 * without a key (junk, sockets, transactions, blocks, requests; a new identity when it is banned)
 * or a validator whose signatures are valid. It takes what CPU the victims leave, as a machine of
 * its own would.
 */
import { randomBytes } from 'node:crypto'
import { constants, setPriority } from 'node:os'
import { genesisBlock } from '@veche/execution'
import { createNetwork, createNodeKey } from '@veche/network'
import { openKeystoreFile } from '@veche/node'
import { forkIdOf, readGenesisFile } from '@veche/node/parts'
import type { Network, NetworkHandlers, Signer } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { createMessageMaker, KINDS, type MessageMaker } from './messages.ts'
import { floodSockets, type Target } from './sockets.ts'

export interface AttackPlan {
  readonly genesisFile: string
  /** multiaddrs with peer id */
  readonly victims: readonly string[]
  readonly sockets: readonly Target[]
  /** directory with keystore.json and password of the stolen key; absent for a stranger */
  readonly keyDirectory?: string
}

export interface AttackReport {
  readonly sent: Readonly<Record<string, number>>
  readonly identities: number
}

const quiet: NetworkHandlers = {
  onConsensus: () => undefined,
  onTransactions: () => undefined,
  onBlock: () => undefined,
  onRequest: async () => [],
  onPeerConnected: () => undefined,
  onPeerDisconnected: () => undefined,
}

const sent: Record<string, number> = {}
const count = (what: string, by = 1): void => {
  sent[what] = (sent[what] ?? 0) + by
}
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
let identities = 0

async function join(plan: AttackPlan, signer?: Signer): Promise<Network> {
  const genesis = await readGenesisFile(plan.genesisFile)
  const { hash: genesisHash } = await genesisBlock(genesis)
  identities++
  const network = await createNetwork({
    ...{ nodeKey: createNodeKey(), listenAddresses: [], bootnodes: plan.victims },
    ...{ chainId: genesis.chainId, genesisHash, forkId: forkIdOf(genesisHash, genesis) },
    ...(signer === undefined ? {} : { signer }),
    agent: 'hostile',
  })
  network.setValidators(genesis.validators)
  await network.start(quiet)
  return network
}

const heightOf = (network: Network): number =>
  network.peers().reduce((highest, { head }) => Math.max(highest, head.number), 0) + 1

/** Valid signatures, as many as the victims read. */
async function floodValid(network: Network, maker: MessageMaker): Promise<never> {
  for (let seed = 0; ; seed++) {
    const kind = KINDS[seed % KINDS.length] ?? 'near'
    network.broadcast(await maker.make(kind, heightOf(network), seed))
    count(kind)
    if (seed % 40 === 0) await pause(2)
  }
}

/** Bytes that are no message, from an identity that is thrown away when it is banned. */
async function floodJunk(plan: AttackPlan, signer: Signer | undefined): Promise<never> {
  for (;;) {
    const network = await join(plan, signer)
    const endMs = performance.now() + 5_000
    while (performance.now() < endMs) {
      if (network.peers().length > 0) junk(network, signer !== undefined)
      await pause(5)
    }
    await network.stop()
  }
}

function junk(network: Network, isValidator: boolean): void {
  if (isValidator) {
    network.broadcast(randomBytes(1 + Math.floor(Math.random() * 4_000)))
    count('junk')
    return
  }
  network.publishTransactions([randomBytes(150), randomBytes(400)])
  network.announceBlock(1, randomBytes(200_000))
  count('junk', 3)
  for (const { peerId } of network.peers()) {
    // refused or not, it is asked again
    network.request(peerId, 'blocks', Uint8Array.of(0xc2, 0x01, 0x64)).catch(() => undefined)
    count('request')
  }
}

async function main(): Promise<void> {
  const plan = JSON.parse(process.argv[2] ?? '{}') as AttackPlan
  setPriority(constants.priority.PRIORITY_LOW)
  await installNativeCrypto()
  const { keyDirectory, sockets } = plan
  const signer =
    keyDirectory === undefined
      ? undefined
      : await openKeystoreFile(`${keyDirectory}/keystore.json`, `${keyDirectory}/password`)
  const raw = floodSockets(sockets, { perSecond: 100, openMax: 100 })
  process.on('message', () => {
    const report: AttackReport = { sent: { ...sent, socket: raw.opened() }, identities }
    process.send?.(report, () => process.exit(0))
  })
  process.on('disconnect', () => process.exit(1))
  const floods = [floodJunk(plan, signer)]
  if (signer !== undefined) {
    const genesis = await readGenesisFile(plan.genesisFile)
    const { header } = (await genesisBlock(genesis)).block
    const { chainId } = genesis
    const sign = (digest: Uint8Array): Promise<Uint8Array> => signer.sign(digest)
    const maker = createMessageMaker({ chainId, address: signer.address, sign }, header)
    floods.push(floodValid(await join(plan, signer), maker))
  }
  process.send?.('flooding')
  await Promise.all(floods)
}

await main().catch((error: unknown) => {
  process.stderr.write(`attacker failed: ${error instanceof Error ? error.stack : error}\n`)
  process.exit(1)
})
