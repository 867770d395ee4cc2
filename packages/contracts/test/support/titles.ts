/**
 * A TitleRegistry behind its proxy with a real CityAccess, legacy titles to begin with, and people
 * who hold keys: what the tests of titles sign and send with.
 */
import {
  type Address,
  assert,
  bytesToHex,
  type Hash,
  type Hex,
  hexToBytes,
  keccak256,
  keccakHex,
  secretKeyToAddress,
  signDigest,
  utf8ToBytes,
  ZERO_HASH,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { encodeDeployData } from 'viem/utils'
import {
  accepted,
  accountParty,
  type CityRoleName,
  cityAccess,
  cityAccessInitCode,
  cityFunctions,
  createBinding,
  createLegacyTree,
  erc1967ProxyAbi,
  erc1967ProxyBytecode,
  type LegacyTitle,
  type LegacyTree,
  legacyLeaf,
  ownerCommitment,
  propertyId,
  RELEASE_REGISTRY_ADDRESS,
  releaseRegistryInitCode,
  SHARE_WHOLE,
  TITLE_REGISTRY_ADDRESS,
  type TitleAct,
  type TitleActKind,
  type TitleDomain,
  type TitleEvent,
  type TitleLien,
  titleDigest,
  titleRegistry,
  titleRegistryBytecode,
  titleRegistryInitializer,
} from '../../src/index.ts'
import { advance, type Chain, createChain, deploy, type Outcome, send, view } from './chain.ts'
import { compileFixture } from './fixture.ts'

await installNativeCrypto()

/** Somebody with a key. */
export interface Person {
  readonly secret: Uint8Array
  readonly address: Address
  readonly party: Hash
}

export function person(name: string): Person {
  const secret = keccak256(utf8ToBytes(`title person ${name}`))
  const address = secretKeyToAddress(secret)
  return { secret, address, party: accountParty(address) }
}

export const REGISTRAR = person('registrar')
export const NOTARY = person('notary')
export const COURT = person('court')
export const OBSERVER = person('observer')
export const PERSONNEL = person('personnel')
export const SELLER = person('seller')
export const BUYER = person('buyer')
export const BANK = person('bank')
export const STRANGER = person('stranger')
const ADMIN = person('admin')

/** A hash for whatever a test needs one for. */
export const hash = (text: string): Hash => keccakHex(utf8ToBytes(text))

export const DOC = hash('contract of sale')
/** far ahead */
export const LATE = 4_000_000_000

const MEMBERS = {
  OBSERVERS: [OBSERVER.address],
  PERSONNEL: [PERSONNEL.address],
  REGISTRAR: [REGISTRAR.address],
  NOTARY: [NOTARY.address],
  COURT: [COURT.address],
} as const satisfies Partial<Record<CityRoleName, readonly Address[]>>

export const fixture = await compileFixture('TitleSigners.sol', [
  '@openzeppelin/contracts/interfaces/IERC1271.sol',
  '@openzeppelin/contracts/utils/cryptography/ECDSA.sol',
])
export const identityBook = createBinding(fixture('IdentityBook').abi)

export interface TitleWorld {
  readonly chain: Chain
  readonly registry: Address
  readonly access: Address
  readonly identities: Address
  readonly domain: TitleDomain
  readonly legacy: readonly LegacyTitle[]
  readonly tree: LegacyTree
}

/** The lien that legacy title 1 comes with. */
export const OLD_LIEN: TitleLien = {
  lienC: hash('old mortgage'),
  holder: BANK.address,
  priority: 1,
  kind: 1,
  until: 0,
  id: 1,
}

/** Legacy title i: the seller's, whole; number 1 is mortgaged. */
function legacyTitle(i: number): LegacyTitle {
  return {
    propertyId: propertyId(`77:01:0001001:${i}`),
    ownerC: ownerCommitment({ party: SELLER.party, salt: saltOf(i) }),
    consentC: ZERO_HASH,
    share: SHARE_WHOLE,
    liens: i === 1 ? [OLD_LIEN] : [],
  }
}

/** Salt of the seller's commitment on legacy title i. */
export const saltOf = (i: number): Hash => hash(`salt ${i}`)
export const LEGACY_COUNT = 9

async function foreseen(): Promise<Address[]> {
  const chain = await createChain()
  const made: Address[] = []
  for (let i = 0; i < 5; i++) made.push((await deploy(chain, '0x')).address)
  return made
}

const PLACES = await foreseen()

/** A fresh world whose legacy root is set. */
export async function createTitleWorld(more: readonly LegacyTitle[] = []): Promise<TitleWorld> {
  const chain = await createChain()
  const [access, releases, , , registry] = PLACES as [Address, Address, Address, Address, Address]
  const functions = cityFunctions()
    .map((row) => (row.target === TITLE_REGISTRY_ADDRESS ? { ...row, target: registry } : row))
    .filter(({ target }) => target === registry || target === RELEASE_REGISTRY_ADDRESS)
  const codes = [
    cityAccessInitCode({ admins: [ADMIN.address], members: MEMBERS, functions }),
    releaseRegistryInitCode(access, []),
    fixture('IdentityBook').bytecode,
    titleRegistryBytecode,
  ]
  const made: Address[] = []
  for (const code of codes) made.push((await deploy(chain, code)).address)
  const [, , identities, implementation] = made as [Address, Address, Address, Address]
  const start = titleRegistryInitializer({ access, releases, identities })
  const args = [implementation, start] as const
  const proxy = encodeDeployData({ abi: erc1967ProxyAbi, bytecode: erc1967ProxyBytecode, args })
  assert((await deploy(chain, proxy)).address === registry, 'the proxy where it was foreseen')

  const legacy = [...Array.from({ length: LEGACY_COUNT }, (_, i) => legacyTitle(i)), ...more]
  const grower = createLegacyTree(legacy.length)
  for (const title of legacy) grower.add(legacyLeaf(title))
  const tree = grower.finish()
  const domain = { chainId: 1, contract: registry }
  const world = { chain, registry, access, identities, domain, legacy, tree }
  await openRoot(world, tree.root, legacy.length)
  return world
}

async function openRoot(world: TitleWorld, root: Hash, count: number): Promise<void> {
  const data = titleRegistry.encode.openLegacy(root, BigInt(count), hash('export'))
  assert((await scheduled(world, REGISTRAR, data)) === 'ok', 'a root')
}

/** Schedules a call, waits the 72 hours, makes it; the name of the refusal, or `ok`. */
export async function scheduled(world: TitleWorld, who: Person, data: Hex): Promise<string> {
  const schedule = cityAccess.encode.schedule(world.registry, data, 0)
  await send(world.chain, { from: who.address, to: world.access, data: schedule })
  advance(world.chain, { seconds: 72 * 3_600 })
  return (await act(world, who, data)).name
}

/** A call of CityAccess, such as a grant. */
export async function manage(world: TitleWorld, who: Person, data: Hex): Promise<void> {
  const outcome = await send(world.chain, { from: who.address, to: world.access, data })
  assert(outcome.ok, 'a call of CityAccess that goes')
}

export interface Acted {
  /** `ok`, or the name of the refusal without its prefix */
  readonly name: string
  readonly outcome: Outcome
  readonly events: readonly TitleEvent[]
}

/** Sends calldata to the register. */
export async function act(world: TitleWorld, who: Person, data: Hex): Promise<Acted> {
  const outcome = await send(world.chain, { from: who.address, to: world.registry, data })
  const name = outcome.ok
    ? 'ok'
    : titleRegistry.decodeError(outcome.returned).name.replace(/^TitleRegistry/, '')
  return { name, outcome, events: titleRegistry.decodeLogs(outcome.logs) }
}

/** r, s, v as the register reads it. */
export function signRaw(digest: Hash, who: Person): Hex {
  const signature = new Uint8Array(signDigest(hexToBytes(digest), who.secret))
  signature[64] = 27 + (signature[64] as number)
  return bytesToHex(signature)
}

/** A person's signature under an act, for this register on this chain. */
export function sign<kind extends TitleActKind>(
  world: Pick<TitleWorld, 'domain'>,
  who: Person,
  [kind, body]: readonly [kind, TitleAct<kind>],
): { account: Address; data: Hex } {
  return { account: who.address, data: signRaw(titleDigest(world.domain, kind, body), who) }
}

export const materialiseData = ({ legacy, tree }: TitleWorld, i: number): Hex =>
  titleRegistry.encode.materialise(legacy[i] as LegacyTitle, tree.pathOf(i))

/** Brings legacy title i in and gives its id. */
export async function bringIn(world: TitleWorld, i: number): Promise<Hash> {
  const { name } = await act(world, STRANGER, materialiseData(world, i))
  assert(name === 'ok', `a title that enters, got ${name}`)
  return (world.legacy[i] as LegacyTitle).propertyId
}

export async function titleOf({ chain, registry }: TitleWorld, id: Hash) {
  return accepted(
    titleRegistry.decode.titleOf(await view(chain, registry, titleRegistry.encode.titleOf(id))),
  )
}

export async function liensOf({ chain, registry }: TitleWorld, id: Hash) {
  const data = titleRegistry.encode.liensOf(id)
  return accepted(titleRegistry.decode.liensOf(await view(chain, registry, data)))
}

/** Seconds of the chain's clock. */
export const now = ({ chain }: TitleWorld): number => chain.nowSeconds
