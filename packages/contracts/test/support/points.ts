/**
 * A chain with CityAccess, ReleaseRegistry and ServicePoints behind its proxy, and the people of
 * the tests. Delays are the city's; a year is the city's too.
 */
import {
  type Address,
  assert,
  type Hash,
  type Hex,
  hexToBytes,
  keccakHex,
  type Result,
  secretKeyToAddress,
  signDigest,
  utf8ToBytes,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { encodeDeployData, hashTypedData } from 'viem/utils'
import {
  CITY_POINTS_CALENDAR,
  cityAccess,
  cityAccessAbi,
  cityAccessInitCode,
  cityFunctions,
  createBinding,
  erc1967ProxyAbi,
  erc1967ProxyBytecode,
  type PointsMessages,
  type PointsPlace,
  pointsTypedData,
  RELEASE_REGISTRY_ADDRESS,
  releaseRegistryAbi,
  releaseRegistryInitCode,
  SERVICE_POINTS_ADDRESS,
  servicePoints,
  servicePointsAbi,
  servicePointsBytecode,
  servicePointsStart,
} from '../../src/index.ts'
import { account, type Chain, createChain, deploy, type Outcome, send, view } from './chain.ts'

await installNativeCrypto()

/** A person with a key. */
export interface Person {
  readonly address: Address
  readonly secret: Uint8Array
}

/** The test person of a name; the same in every run. */
export function person(name: string): Person {
  const secret = hexToBytes(keccakHex(utf8ToBytes(`points ${name}`)))
  return { secret, address: secretKeyToAddress(secret) }
}

export const CITY = account(0xad)
export const OBSERVER = account(0x0b)
export const TREASURY = account(0x7e)
export const COMPLIANCE = account(0xc0)
export const UPGRADER = account(0x09)
export const RELEASER = account(0x4e)
export const STRANGER = account(0x66)
export const WELFARE = account(0xd1)
export const SPORT = account(0xd2)
/** takes open payments */
export const MUSEUM = account(0xa1)
/** takes its own invoices only */
export const CLINIC = account(0xa2)
export const ANNA = person('Anna')
export const BORIS = person('Boris')

const text = (name: string): Hash => keccakHex(utf8ToBytes(name))
export const WELFARE_LINE = text('welfare 2026')
export const SPORT_LINE = text('sport 2026')
export const REASON = text('a decision, salted')
/** chain id of test chains */
export const CHAIN_ID = 1

export const YEAR_SECONDS = CITY_POINTS_CALENDAR.yearSeconds
export const WELFARE_LIMIT = 10_000_000n
export const WELFARE_QUOTA = 1_000_000n
export const SPORT_LIMIT = 300_000n

export interface Points extends PointsPlace {
  readonly chain: Chain
  readonly access: Address
  readonly releases: Address
  /** the first code behind the proxy */
  readonly implementation: Address
}

async function foreseen(): Promise<readonly Address[]> {
  const chain = await createChain()
  const made: Address[] = []
  for (let i = 0; i < 4; i++) made.push((await deploy(chain, '0x')).address)
  return made
}

const [ACCESS, RELEASES, , PROXY] = await foreseen()

function functionsAt(releases: Address, points: Address) {
  const places = new Map([
    [RELEASE_REGISTRY_ADDRESS, releases],
    [SERVICE_POINTS_ADDRESS, points],
  ])
  return cityFunctions().flatMap((row) => {
    const target = places.get(row.target)
    return target === undefined ? [] : [{ ...row, target }]
  })
}

/** A fresh world: two departments with lines, two payees. */
export async function createPoints(): Promise<Points> {
  assert(
    ACCESS !== undefined && RELEASES !== undefined && PROXY !== undefined,
    'addresses of the first creations',
  )
  const chain = await createChain()
  const members = {
    OBSERVERS: [OBSERVER],
    TREASURY: [TREASURY],
    COMPLIANCE: [COMPLIANCE],
    UPGRADER: [UPGRADER],
    RELEASER: [RELEASER],
  }
  const functions = functionsAt(RELEASES, PROXY)
  await deploy(chain, cityAccessInitCode({ admins: [CITY], members, functions }))
  await deploy(chain, releaseRegistryInitCode(ACCESS, []))
  const { address: implementation } = await deploy(chain, servicePointsBytecode)
  const start = servicePointsStart({
    access: ACCESS,
    releases: RELEASES,
    budgets: [
      {
        budgetId: WELFARE_LINE,
        department: WELFARE,
        limit: WELFARE_LIMIT,
        quota: WELFARE_QUOTA,
      },
      { budgetId: SPORT_LINE, department: SPORT, limit: SPORT_LIMIT, quota: WELFARE_QUOTA },
    ],
    payees: [
      { payee: MUSEUM, open: true, infoC: text('museum') },
      { payee: CLINIC, open: false, infoC: text('clinic') },
    ],
  })
  const proxy = encodeDeployData({
    abi: erc1967ProxyAbi,
    bytecode: erc1967ProxyBytecode,
    args: [implementation, start],
  })
  const { address } = await deploy(chain, proxy)
  assert(address === PROXY, 'the proxy stands where CityAccess expects it')
  return {
    ...{ chain, chainId: CHAIN_ID, contract: address },
    ...{ access: ACCESS, releases: RELEASES, implementation },
  }
}

export const errors = createBinding(servicePointsAbi, {
  errorsOf: [cityAccessAbi, releaseRegistryAbi],
})

/** The name of a call's revert, or `ok`. */
export function verdictOf(outcome: Outcome): string {
  return outcome.ok ? 'ok' : errors.decodeError(outcome.returned).name
}

/** A call of ServicePoints. */
export function act(points: Points, from: Address, data: Hex): Promise<Outcome> {
  return send(points.chain, { from, to: points.contract, data })
}

/** A call of ServicePoints; the name of its revert, or `ok`. */
export async function attempt(points: Points, from: Address, data: Hex): Promise<string> {
  return verdictOf(await act(points, from, data))
}

/** A call that must succeed. */
export async function done(points: Points, from: Address, data: Hex): Promise<Outcome> {
  const outcome = await act(points, from, data)
  assert(outcome.ok, `success expected, got ${verdictOf(outcome)}`)
  return outcome
}

/** A call of CityAccess; the name of its revert, or `ok`. */
export async function manage(points: Points, from: Address, data: Hex): Promise<string> {
  return verdictOf(await send(points.chain, { from, to: points.access, data }))
}

/** Schedules a call of ServicePoints at the earliest time. */
export function schedule(points: Points, from: Address, data: Hex): Promise<string> {
  return manage(points, from, cityAccess.encode.schedule(points.contract, data, 0))
}

/** The decoded answer of a view. */
export async function ask<T>(
  points: Points,
  data: Hex,
  decode: (returned: Uint8Array) => Result<T>,
): Promise<T> {
  const answer = decode(await view(points.chain, points.contract, data))
  assert(answer.ok, 'an answer of the contract')
  return answer.value
}

const { encode, decode } = servicePoints

export const balanceOf = (points: Points, who: Address): Promise<bigint> =>
  ask(points, encode.balanceOf(who), decode.balanceOf)
export const totalSupply = (points: Points): Promise<bigint> =>
  ask(points, encode.totalSupply(), decode.totalSupply)
export const flows = (points: Points): Promise<readonly [bigint, bigint, bigint]> =>
  ask(points, encode.flows(), decode.flows)
export const purseOf = (points: Points, who: Address) =>
  ask(points, encode.purseOf(who), decode.purseOf)
export const invoiceOf = (points: Points, payee: Address, id: Hash) =>
  ask(points, encode.invoiceOf(payee, id), decode.invoiceOf)

/** Mints as the welfare department. */
export function give(points: Points, to: Address, amount: bigint): Promise<Outcome> {
  return done(points, WELFARE, encode.mint(to, amount, WELFARE_LINE, REASON))
}

/** 65 bytes r, s, v over a message, as ServicePoints checks them. */
export function sign<kind extends keyof PointsMessages>(
  { secret }: Person,
  place: PointsPlace,
  message: { readonly kind: kind; readonly content: PointsMessages[kind] },
): Hex {
  const data = pointsTypedData(place, message.kind, message.content)
  const digest = hashTypedData(data as unknown as Parameters<typeof hashTypedData>[0])
  const signature = signDigest(hexToBytes(digest), secret)
  const v = (signature[64] as number) + 27
  return `0x${Buffer.from(signature.subarray(0, 64)).toString('hex')}${v.toString(16)}`
}

/** v, r, s of a signature, as the older functions take them. */
export function split(signature: Hex): readonly [v: number, r: Hash, s: Hash] {
  const bytes = signature.slice(2)
  return [
    Number.parseInt(bytes.slice(128), 16),
    `0x${bytes.slice(0, 64)}`,
    `0x${bytes.slice(64, 128)}`,
  ]
}
