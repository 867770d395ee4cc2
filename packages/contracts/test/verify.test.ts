/** `contracts:verify` names every difference between sources, committed files and a network. */
import { type Address, type Hash, type Hex, hexToBytes, keccakHex } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeFunctionData, encodeFunctionResult } from 'viem/utils'
import { recipeHash } from '../scripts/recipe.ts'
import {
  type AskNetwork,
  codeAt,
  compareCommitted,
  compareNetwork,
  rebuild,
} from '../scripts/verify.ts'
import {
  CITY_ACCESS_ADDRESS,
  RELEASE_REGISTRY_ADDRESS,
  releaseRegistryAbi,
  SERVICE_POINTS_ADDRESS,
} from '../src/index.ts'

await installNativeCrypto()
const rebuilt = await rebuild(['CityAccess', 'ReleaseRegistry', 'ServicePoints'])
const named = (name: string) => {
  const found = rebuilt.find(({ source }) => source.name === name)
  assert.ok(found)
  return found
}
const FIRST: Address = '0x0000000000000000000000000000000000001109'
const UPGRADED: Address = `0x${'77'.repeat(20)}`
const ZERO: Hash = `0x${'00'.repeat(32)}`

interface Release {
  readonly sourcesHash: Hash
  readonly recipeHash: Hash
  readonly name: Hash
  readonly registeredAt: number
  readonly withdrawnAt: number
}

interface Network {
  readonly codes: Map<Address, Hex>
  readonly releases: Map<Hash, Release>
  /** code behind the proxy of ServicePoints */
  behind: Address
}

function releaseOf(name: string): Release {
  const { source, sourcesHash } = named(name)
  return {
    ...{ sourcesHash: `0x${sourcesHash}`, recipeHash: recipeHash(source), name: ZERO },
    ...{ registeredAt: 1, withdrawnAt: 0 },
  }
}

/** A network that runs exactly what was rebuilt. */
function createNetwork(): Network {
  const codes = new Map<Address, Hex>([
    [CITY_ACCESS_ADDRESS, codeAt(named('CityAccess'), '0x')],
    [RELEASE_REGISTRY_ADDRESS, codeAt(named('ReleaseRegistry'), '0x')],
    [FIRST, codeAt(named('ServicePoints'), FIRST)],
    [UPGRADED, codeAt(named('ServicePoints'), UPGRADED)],
    [SERVICE_POINTS_ADDRESS, codeAt(named('ERC1967Proxy'), '0x')],
  ])
  const releases = new Map<Hash, Release>()
  for (const [address, name] of [
    [CITY_ACCESS_ADDRESS, 'CityAccess'],
    [RELEASE_REGISTRY_ADDRESS, 'ReleaseRegistry'],
    [FIRST, 'ServicePoints'],
    [SERVICE_POINTS_ADDRESS, 'ERC1967Proxy'],
  ] as const)
    releases.set(keccakHex(hexToBytes(codes.get(address) ?? '0x')), releaseOf(name))
  return { codes, releases, behind: FIRST }
}

function answerCall({ releases }: Network, data: Hex): Hex {
  const abi = releaseRegistryAbi
  const { functionName, args } = decodeFunctionData({ abi, data })
  if (functionName === 'codehashes') {
    const all = [...releases.keys()].slice(Number(args[0]), Number(args[0] + args[1]))
    return encodeFunctionResult({ abi, functionName, result: all })
  }
  assert.ok(functionName === 'releaseOf')
  const nothing = {
    sourcesHash: ZERO,
    recipeHash: ZERO,
    name: ZERO,
    registeredAt: 0,
    withdrawnAt: 0,
  }
  return encodeFunctionResult({ abi, functionName, result: releases.get(args[0]) ?? nothing })
}

const asking =
  (network: Network): AskNetwork =>
  async (method, params) => {
    const [first] = params as [Address]
    if (method === 'eth_getCode') return network.codes.get(first) ?? '0x'
    if (method === 'eth_getStorageAt') return `0x${network.behind.slice(2).padStart(64, '0')}`
    return answerCall(network, (params[0] as { data: Hex }).data)
  }

async function differences(network: Network): Promise<string[]> {
  const findings = await compareNetwork(asking(network), rebuilt)
  return findings.filter(({ ok }) => !ok).map(({ contract, verdict }) => `${contract}: ${verdict}`)
}

test('the committed files are what the sources compile to, byte for byte', async () => {
  for (const contract of rebuilt) assert.is((await compareCommitted(contract)).verdict, 'same')
  const first = named('CityAccess')
  const other = { ...first, bytecode: `${first.bytecode}00`, sourcesHash: '00'.repeat(32) }
  assert.is((await compareCommitted(other)).verdict, 'different: creation code, sources')
})

test('a network that runs the sources has no difference, and says what is not deployed', async () => {
  const network = createNetwork()
  assert.equal(await differences(network), [])
  network.codes.delete(CITY_ACCESS_ADDRESS)
  const findings = await compareNetwork(asking(network), rebuilt)
  const access = findings.find(({ contract }) => contract === 'CityAccess')
  assert.is(access?.verdict, 'not deployed')
})

test('one byte of code that differs is named, and its release is unknown', async () => {
  const network = createNetwork()
  const code = network.codes.get(CITY_ACCESS_ADDRESS) ?? '0x'
  network.codes.set(CITY_ACCESS_ADDRESS, `${code.slice(0, -2)}ff` as Hex)
  assert.equal(await differences(network), [
    'CityAccess: different',
    'CityAccess: not registered, other sources, other recipe',
  ])
})

test('code behind a proxy is compared at its own address, and must be a release', async () => {
  const network = createNetwork()
  network.behind = UPGRADED
  const why = 'ServicePoints: not registered, other sources, other recipe'
  assert.equal(await differences(network), [why])
  const codehash = keccakHex(hexToBytes(network.codes.get(UPGRADED) ?? '0x'))
  network.releases.set(codehash, releaseOf('ServicePoints'))
  assert.equal(await differences(network), [])
  // the first copy's bytes at another address are not this contract
  network.codes.set(UPGRADED, network.codes.get(FIRST) ?? '0x')
  assert.equal(await differences(network), ['ServicePoints: different'])
})

test('a withdrawn release and one of other sources are named', async () => {
  const network = createNetwork()
  const [access = ZERO, registry = ZERO] = network.releases.keys()
  network.releases.set(access, { ...releaseOf('CityAccess'), withdrawnAt: 9 })
  network.releases.set(registry, { ...releaseOf('ReleaseRegistry'), sourcesHash: ZERO })
  assert.equal(await differences(network), [
    'CityAccess: withdrawn',
    'ReleaseRegistry: other sources',
  ])
})

test('releases that nobody here rebuilt are listed, without being a difference', async () => {
  const network = createNetwork()
  network.releases.set(`0x${'99'.repeat(32)}`, releaseOf('CityAccess'))
  const findings = await compareNetwork(asking(network), rebuilt)
  assert.is(findings.filter(({ contract }) => contract === 'another release').length, 1)
})

test('a name that is no contract is refused', async () => {
  let code = ''
  try {
    await rebuild(['Nothing'])
  } catch (error) {
    code = (error as { code: string }).code
  }
  assert.is(code, 'USAGE')
})

test.run()
