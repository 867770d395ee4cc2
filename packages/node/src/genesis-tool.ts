/**
 * Makes the files of a new network: genesis with the city's contracts predeployed, and for each node a
 * directory with keystore, password, peer key and configuration. Node keys are only ever written to
 * files that their owner alone may read.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import {
  DOCUMENT_REGISTRY_ADDRESS,
  documentRegistryInitCode,
  organisationId,
  schemaId,
  VALIDATOR_SET_ADDRESS,
  validatorSetInitCode,
} from '@veche/contracts'
import { type Genesis, genesisBlock, genesisToJson, predeploy } from '@veche/execution'
import { createNodeKey, encodeNodeKey, nodeKeyToPeerId } from '@veche/network'
import { type Address, type Hash, hexToBytes } from '@veche/primitives'
import { createKeystore, createSecretKey, createSigner } from './keystore.ts'
import { writeKeystoreFile, writeSecretFile } from './keystore-file.ts'
import { SCRYPT_N_LIGHT, SCRYPT_N_STANDARD } from './limits.ts'

export interface NetworkFilesOptions {
  readonly validators: number
  readonly observers: number
  /** directory; must hold no genesis yet */
  readonly out: string
  readonly chainId?: number
  /** D, whole seconds */
  readonly stepSeconds?: number
  /** heartbeat of an idle chain, seconds */
  readonly emptyBlockIntervalSeconds?: number
  /** issuing departments with a role in the city's schema */
  readonly issuers?: number
  /**
   * all nodes on this machine: loopback addresses with free ports, and light keystores, whose
   * passwords stand beside them anyway
   */
  readonly local?: boolean
  /** first P2P port when not local; every node has its own host, so all get the same one */
  readonly p2pPort?: number
}

export interface NetworkFiles {
  readonly genesisFile: string
  readonly genesisHash: Hash
  readonly validators: readonly Address[]
  readonly configFiles: readonly string[]
}

/** the city's schema in a new network; departments register further ones */
export const CITY_SCHEMA = 'city-document/1'
/** Moscow's first tender of this system was in 2019 */
export const DEFAULT_CHAIN_ID = 20_190

/** gas of a block; docs/adr/0033 derives it */
const DEFAULT_GAS_LIMIT = 3_000_000n
const DEFAULT_ISSUERS = 8
const DEFAULT_P2P_PORT = 30_303
const BOOTNODES = 2
/** services.md 2.8: observers have 48 hours to veto */
const VETO_WINDOW_SECONDS = 48 * 3_600
const LIFETIME_SECONDS = 14 * 86_400
const ACTIVATION_DELAY_BLOCKS = 2

interface Key {
  readonly address: Address
  write(directory: string): Promise<void>
}

/** A new key in a keystore with a password of its own. */
async function createKey(local: boolean): Promise<Key> {
  const secret = createSecretKey()
  const password = randomBytes(24).toString('base64url')
  const keystore = await createKeystore(secret, password, {
    scryptN: local ? SCRYPT_N_LIGHT : SCRYPT_N_STANDARD,
  })
  return {
    address: createSigner(secret).address,
    async write(directory) {
      await mkdir(directory, { recursive: true })
      await writeKeystoreFile(join(directory, 'keystore.json'), keystore)
      await writeSecretFile(join(directory, 'password'), `${password}\n`)
    },
  }
}

const createKeys = (count: number, local: boolean): Promise<Key[]> =>
  Promise.all(Array.from({ length: count }, () => createKey(local)))

/** Ports that were free a moment ago, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

interface Peer {
  readonly name: string
  readonly role: 'validator' | 'observer'
  readonly nodeKey: Uint8Array
  readonly listen: string
  /** multiaddr with peer id, as others dial it */
  readonly dial: string
  readonly key: Key | undefined
}

async function createPeers(
  options: NetworkFilesOptions,
  validatorKeys: readonly Key[],
): Promise<Peer[]> {
  const { validators, observers, local = false, p2pPort = DEFAULT_P2P_PORT } = options
  const ports = local ? await freePorts(validators + observers) : []
  const names = [
    ...Array.from({ length: validators }, (_, i) => `validator-${i + 1}`),
    ...Array.from({ length: observers }, (_, i) => `observer-${i + 1}`),
  ]
  return Promise.all(
    names.map(async (name, i): Promise<Peer> => {
      const nodeKey = createNodeKey()
      const port = ports[i] ?? p2pPort
      // a network over several hosts: the operator puts the real address here, DNS names work
      const host = local ? '/ip4/127.0.0.1' : `/dns4/${name}`
      return {
        name,
        role: i < validators ? 'validator' : 'observer',
        nodeKey,
        listen: `${local ? host : '/ip4/0.0.0.0'}/tcp/${port}`,
        dial: `${host}/tcp/${port}/p2p/${await nodeKeyToPeerId(nodeKey)}`,
        key: validatorKeys[i],
      }
    }),
  )
}

async function writePeer(peer: Peer, out: string, bootnodes: readonly string[]): Promise<string> {
  const directory = join(out, peer.name)
  await mkdir(directory, { recursive: true })
  await peer.key?.write(directory)
  await writeSecretFile(join(directory, 'node.key'), `${encodeNodeKey(peer.nodeKey)}\n`)
  const config = {
    name: peer.name,
    dataDir: 'data',
    genesisFile: '../genesis.json',
    role: peer.role,
    ...(peer.key === undefined ? {} : { keystoreFile: 'keystore.json', passwordFile: 'password' }),
    p2p: {
      keyFile: 'node.key',
      listen: [peer.listen],
      bootnodes: bootnodes.filter((address) => address !== peer.dial),
    },
    ...(peer.role === 'observer' ? { rpc: { enabled: true, port: 0 } } : {}),
  }
  const file = join(directory, 'config.json')
  await writeFile(file, `${JSON.stringify(config, null, 2)}\n`, { flag: 'wx' })
  return file
}

interface GenesisParties {
  readonly validators: readonly Address[]
  readonly observers: readonly Address[]
  readonly issuers: readonly Address[]
  readonly admin: Address
}

async function createGenesis(
  options: NetworkFilesOptions,
  parties: GenesisParties,
): Promise<Genesis> {
  const { chainId = DEFAULT_CHAIN_ID, stepSeconds = 1 } = options
  const emptyBlockIntervalSeconds = options.emptyBlockIntervalSeconds ?? 60
  // one heartbeat in the past: the first block follows as soon as a quorum is connected
  const since = Math.floor(Date.now() / 1000) - emptyBlockIntervalSeconds
  const timestamp = since - (since % stepSeconds)
  const validatorSet = validatorSetInitCode({
    validators: parties.validators.map((address, i) => ({
      address,
      organisation: organisationId(`data centre ${i + 1}`),
    })),
    observers: parties.observers,
    vetoWindowSeconds: VETO_WINDOW_SECONDS,
    lifetimeSeconds: LIFETIME_SECONDS,
    activationDelayBlocks: ACTIVATION_DELAY_BLOCKS,
  })
  const schema = { schemaId: schemaId(CITY_SCHEMA), uri: CITY_SCHEMA, revokers: [parties.admin] }
  const registry = documentRegistryInitCode({
    admin: parties.admin,
    courts: [],
    schemas: [{ ...schema, issuers: [...parties.issuers, parties.admin] }],
  })
  const alloc = await predeploy(
    new Map(),
    [
      { address: VALIDATOR_SET_ADDRESS, initCode: hexToBytes(validatorSet) },
      { address: DOCUMENT_REGISTRY_ADDRESS, initCode: hexToBytes(registry) },
    ],
    { chainId, timestamp },
  )
  return {
    chainId,
    forks: { berlin: 0, prague: 0 },
    parameters: {
      chainId,
      stepSeconds,
      emptyBlockIntervalSeconds,
      blockIntervalMinMs: 50,
      blocksPerStepMax: 0,
      windowMax: 15,
    },
    validatorContract: VALIDATOR_SET_ADDRESS,
    baseFeeRule: 'constant',
    timestamp,
    gasLimit: DEFAULT_GAS_LIMIT,
    baseFeePerGas: 0n,
    validators: [...parties.validators].sort(),
    alloc,
  }
}

/** Writes a whole network. Throws `FILE_EXISTS` or `EEXIST` rather than overwrite anything. */
export async function createNetworkFiles(options: NetworkFilesOptions): Promise<NetworkFiles> {
  const { out, local = false, issuers: issuerCount = DEFAULT_ISSUERS } = options
  const validatorKeys = await createKeys(options.validators, local)
  const issuerKeys = await createKeys(issuerCount, local)
  const [admin, overseer] = (await createKeys(2, local)) as [Key, Key]
  const peers = await createPeers(options, validatorKeys)
  const genesis = await createGenesis(options, {
    validators: validatorKeys.map(({ address }) => address),
    observers: [overseer.address],
    issuers: issuerKeys.map(({ address }) => address),
    admin: admin.address,
  })
  await mkdir(out, { recursive: true })
  const bootnodes = peers.slice(0, BOOTNODES).map(({ dial }) => dial)
  const configFiles = await Promise.all(peers.map((peer) => writePeer(peer, out, bootnodes)))
  await Promise.all(issuerKeys.map((key, i) => key.write(join(out, 'keys', `issuer-${i + 1}`))))
  await admin.write(join(out, 'keys', 'admin'))
  await overseer.write(join(out, 'keys', 'overseer'))
  // last: a directory with a genesis is complete
  const genesisFile = join(out, 'genesis.json')
  await writeFile(genesisFile, `${JSON.stringify(genesisToJson(genesis), null, 2)}\n`, {
    flag: 'wx',
  })
  const { hash } = await genesisBlock(genesis)
  return { genesisFile, genesisHash: hash, validators: genesis.validators, configFiles }
}
