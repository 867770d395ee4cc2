/**
 * Makes the files of a new network: genesis, the keys of its offices, and for each node a directory
 * with its keys and its configuration. Everything is written into a directory beside `out`, which
 * then takes the name in one step, so a network is whole or absent, also when the machine stops
 * midway.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { LOCAL_HASTE, type Quota, UNLIMITED_QUOTA } from '@veche/contracts'
import { type Genesis, genesisBlock, genesisToJson } from '@veche/execution'
import { encodeNodeKey } from '@veche/network'
import { type Address, type Hash, secretKeyToAddress, VecheError } from '@veche/primitives'
import { CITY_DELAYS, CITY_QUOTA, createCityGenesis, LOCAL_DELAYS } from './genesis-city.ts'
import {
  checkMembersOptions,
  createMembers,
  type Member,
  type MembersOptions,
  memberConfig,
} from './genesis-members.ts'
import { createQbftGenesis } from './genesis-qbft.ts'
import { OFFICES, type Office as OfficeName } from './genesis-services.ts'
import { createKeystore, createSecretKey } from './keystore.ts'
import { writeKeystoreFile, writeSecretFile } from './keystore-file.ts'
import { SCRYPT_N_LIGHT, SCRYPT_N_STANDARD } from './limits.ts'

export { CITY_SCHEMA } from './genesis-city.ts'

export interface NetworkFilesOptions extends MembersOptions {
  /**
   * `city` (default): Prague with the city's services; `qbft`: readable for QBFT clients, without
   * services
   */
  readonly preset?: 'city' | 'qbft'
  /** directory to make; it may exist when it is empty */
  readonly out: string
  /** default {@link DEFAULT_CHAIN_ID} */
  readonly chainId?: number
  /** D, whole seconds; default 1 */
  readonly stepSeconds?: number
  /** heartbeat of an idle chain; default 60 */
  readonly emptyBlockIntervalSeconds?: number
  /** departments with the issuing role in the city's schema; default 8 */
  readonly issuers?: number
  /** opens every keystore; absent: a random one for each */
  readonly password?: string
  /**
   * length of a year of service points, a multiple of 12: a test network whose years begin with its
   * genesis; default the city's calendar
   */
  readonly pointsYearSeconds?: number
  /** what senders outside every class may send; default: the city's, no bounds on one machine */
  readonly quotas?: Quota
  /** unix milliseconds of genesis; default now */
  readonly nowMs?: number
}

export interface NodeFiles {
  readonly name: string
  readonly configFile: string
  readonly peerId: string
  /** multiaddr with peer id, as others dial it */
  readonly dial: string
  /** validators only */
  readonly address?: Address
}

export interface NetworkFiles {
  readonly out: string
  readonly chainId: number
  readonly genesisFile: string
  readonly genesisHash: Hash
  readonly validators: readonly NodeFiles[]
  readonly observers: readonly NodeFiles[]
  readonly admin: Address
  readonly overseer: Address
  readonly issuers: readonly Address[]
  /** of the city's offices; empty with the preset `qbft` */
  readonly offices: Readonly<Partial<Record<OfficeName, Address>>>
}

/** the city's first services of this kind date from 2019 */
export const DEFAULT_CHAIN_ID = 20_190
/** enough senders that no nonce lane is the limit of a load */
const DEFAULT_ISSUERS = 8
/** wei of each issuer of a local city: transfers can be tried; fees are zero */
const LOCAL_BALANCE_WEI = 10n ** 24n

/** A key that is nobody's node: administrator, overseer, issuing department. */
interface Office {
  readonly name: string
  readonly secretKey: Uint8Array
  readonly address: Address
}

interface Plan {
  readonly options: NetworkFilesOptions
  readonly members: readonly Member[]
  readonly admin: Office
  readonly overseer: Office
  readonly issuers: readonly Office[]
  /** of the services; none with the preset `qbft` */
  readonly offices: readonly (Office & { readonly name: OfficeName })[]
}

function checkOptions(options: NetworkFilesOptions): void {
  checkMembersOptions(options)
  const { chainId = 1, stepSeconds = 1, issuers = 0 } = options
  const whole = (value: number, min: number, what: string): void => {
    if (!Number.isSafeInteger(value) || value < min)
      throw new VecheError('NETWORK_OPTIONS', `${what} from ${min} expected, got ${value}`)
  }
  whole(chainId, 1, 'a chain id')
  whole(stepSeconds, 1, 'a step of whole seconds')
  whole(options.emptyBlockIntervalSeconds ?? 1, 1, 'a heartbeat of whole seconds')
  whole(issuers, 0, 'a number of issuers')
  whole(options.pointsYearSeconds ?? 12, 12, 'a year of points')
}

async function createPlan(options: NetworkFilesOptions): Promise<Plan> {
  const office = <name extends string>(name: name): Office & { readonly name: name } => {
    const secretKey = options.keyOf?.(name) ?? createSecretKey()
    return { name, secretKey, address: secretKeyToAddress(secretKey) }
  }
  const length = options.issuers ?? DEFAULT_ISSUERS
  return {
    options,
    members: await createMembers(options),
    admin: office('admin'),
    overseer: office('overseer'),
    issuers: Array.from({ length }, (_, i) => office(`issuer-${i + 1}`)),
    offices: options.preset === 'qbft' ? [] : OFFICES.map(office),
  }
}

function officeAddresses({ offices }: Plan): Partial<Record<OfficeName, Address>> {
  return Object.fromEntries(offices.map(({ name, address }) => [name, address]))
}

async function planGenesis(plan: Plan): Promise<Genesis> {
  const { options, members, admin, overseer, issuers } = plan
  const { stepSeconds = 1, emptyBlockIntervalSeconds = 60, local = false } = options
  // one heartbeat in the past: the first block follows as soon as a quorum is connected
  const since = Math.floor((options.nowMs ?? Date.now()) / 1000) - emptyBlockIntervalSeconds
  const keys = members.flatMap(({ secretKey }) => (secretKey === undefined ? [] : [secretKey]))
  const common = {
    chainId: options.chainId ?? DEFAULT_CHAIN_ID,
    timestamp: since - (since % stepSeconds),
    stepSeconds,
    emptyBlockIntervalSeconds,
    validators: keys.map(secretKeyToAddress),
    balances: new Map(local ? issuers.map(({ address }) => [address, LOCAL_BALANCE_WEI]) : []),
  }
  if (options.preset === 'qbft') return createQbftGenesis(common)
  const { pointsYearSeconds: yearSeconds } = options
  const calendar = { originSeconds: common.timestamp, yearSeconds: yearSeconds ?? 0 }
  return createCityGenesis({
    ...common,
    ...(yearSeconds === undefined ? {} : { points: { calendar } }),
    admin: admin.address,
    overseer: overseer.address,
    issuers: issuers.map(({ address }) => address),
    delays: local ? LOCAL_DELAYS : CITY_DELAYS,
    haste: local ? LOCAL_HASTE : 1,
    quotas: options.quotas ?? (local ? UNLIMITED_QUOTA : CITY_QUOTA),
    offices: officeAddresses(plan),
  })
}

/** `keystore.json` and `password` of one key, for their owner only. */
async function writeKey(
  directory: string,
  secretKey: Uint8Array,
  { local = false, password }: NetworkFilesOptions,
): Promise<void> {
  const opens = password ?? randomBytes(24).toString('base64url')
  const scryptN = local ? SCRYPT_N_LIGHT : SCRYPT_N_STANDARD
  const keystore = await createKeystore(secretKey, opens, { scryptN })
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeKeystoreFile(join(directory, 'keystore.json'), keystore)
  await writeSecretFile(join(directory, 'password'), `${opens}\n`)
}

const toText = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

async function writeMember(folder: string, member: Member, plan: Plan): Promise<void> {
  const { options, members } = plan
  const directory = join(folder, member.name)
  await mkdir(directory, { mode: 0o700 })
  // nodes of one machine share the file; otherwise each directory is carried away alone
  const genesisFile = options.local ? '../genesis.json' : 'genesis.json'
  await writeFile(
    join(directory, 'config.json'),
    toText(memberConfig(member, members, genesisFile)),
  )
  await writeSecretFile(join(directory, 'node.key'), `${encodeNodeKey(member.nodeKey)}\n`)
  if (member.secretKey !== undefined) await writeKey(directory, member.secretKey, options)
}

async function writeAll(folder: string, plan: Plan, genesis: Genesis): Promise<void> {
  const text = toText(genesisToJson(genesis))
  await writeFile(join(folder, 'genesis.json'), text)
  for (const member of plan.members) {
    await writeMember(folder, member, plan)
    if (!plan.options.local) await writeFile(join(folder, member.name, 'genesis.json'), text)
  }
  for (const { name, secretKey } of [plan.admin, plan.overseer, ...plan.issuers, ...plan.offices])
    await writeKey(join(folder, 'keys', name), secretKey, plan.options)
}

async function assertVacant(out: string): Promise<void> {
  const entries = await readdir(out).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return []
    throw new VecheError('FILE_UNWRITABLE', `a directory expected at ${out}`, { cause })
  })
  if (entries.length > 0)
    throw new VecheError('FILE_EXISTS', `an empty directory expected at ${out}`, {
      facts: { entries: entries.slice(0, 5) },
    })
}

/** Fills a directory beside `out`, then gives it the name. */
async function writeWhole(out: string, plan: Plan, genesis: Genesis): Promise<void> {
  const staging = `${out}.new-${process.pid}`
  try {
    await mkdir(dirname(out), { recursive: true })
    await mkdir(staging, { mode: 0o700 })
    await writeAll(staging, plan, genesis)
    await rename(staging, out)
  } catch (cause) {
    if (cause instanceof VecheError) throw cause
    throw new VecheError('FILE_UNWRITABLE', `cannot make the network in ${out}`, { cause })
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

function toNodeFiles(out: string, { name, peerId, dial, secretKey }: Member): NodeFiles {
  const address = secretKey === undefined ? {} : { address: secretKeyToAddress(secretKey) }
  return { name, configFile: join(out, name, 'config.json'), peerId, dial, ...address }
}

/**
 * Makes `genesis.json`, one directory for each node (`config.json`, `node.key`, for a validator
 * `keystore.json` and `password`) and `keys/{admin,overseer,issuer-N,<office>}`. Secret files are
 * readable by their owner only. Throws `NETWORK_OPTIONS`, `FILE_EXISTS` when `out` is not empty,
 * `FILE_UNWRITABLE`, `PORTS_TAKEN`, `PREDEPLOY_FAILED`.
 */
export async function createNetworkFiles(options: NetworkFilesOptions): Promise<NetworkFiles> {
  checkOptions(options)
  const out = resolve(options.out)
  await assertVacant(out)
  const plan = await createPlan(options)
  const genesis = await planGenesis(plan)
  const { hash } = await genesisBlock(genesis)
  await writeWhole(out, plan, genesis)
  const nodes = plan.members.map((member) => toNodeFiles(out, member))
  return {
    out,
    chainId: genesis.chainId,
    genesisFile: join(out, 'genesis.json'),
    genesisHash: hash,
    validators: nodes.slice(0, options.validators),
    observers: nodes.slice(options.validators),
    admin: plan.admin.address,
    overseer: plan.overseer.address,
    issuers: plan.issuers.map(({ address }) => address),
    offices: officeAddresses(plan),
  }
}
