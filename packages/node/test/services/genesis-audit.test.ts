/**
 * What the audit of the services asks of the first block itself: nothing is left for a stranger to
 * initialise, and the code behind every proxy is a release under its own name, which holds every
 * upgrade to that name (docs/audit/services-2026-11.md).
 */
import {
  accepted,
  CITY_CONTRACTS,
  createBinding,
  DEPARTMENT_ACCOUNT_CODE_ADDRESS,
  DOCUMENT_REGISTRY_ADDRESS,
  departmentAccountAbi,
  documentRegistryAbi,
  FAIR_SEASON_CODE_ADDRESS,
  fairOfficeAbi,
  fairSeasonAbi,
  IDENTITY_REGISTRY_ADDRESS,
  identityRegistryAbi,
  implementationAddress,
  QUOTA_POLICY_ADDRESS,
  quotaPolicyAbi,
  RELEASE_REGISTRY_ADDRESS,
  releaseRegistry,
  SERVICE_POINTS_ADDRESS,
  servicePointsAbi,
  TITLE_REGISTRY_ADDRESS,
  titleRegistryAbi,
} from '@veche/contracts'
import { type Address, type Hash, type Hex, hexToBytes, keccakHex } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Abi, AbiParameter } from 'viem'
import { encodeFunctionData, hexToString, toFunctionSelector } from 'viem/utils'
import { account, createChain, send, view } from '../support/service-chain.ts'

const PROXIES: readonly (readonly [name: string, address: Address, abi: Abi])[] = [
  ['DocumentRegistry', DOCUMENT_REGISTRY_ADDRESS, documentRegistryAbi],
  ['IdentityRegistry', IDENTITY_REGISTRY_ADDRESS, identityRegistryAbi],
  ['QuotaPolicy', QUOTA_POLICY_ADDRESS, quotaPolicyAbi],
  ['TitleRegistry', TITLE_REGISTRY_ADDRESS, titleRegistryAbi],
  ['ServicePoints', SERVICE_POINTS_ADDRESS, servicePointsAbi],
]

/** The least value of a type that decodes. */
function least({ type }: AbiParameter): unknown {
  if (type.endsWith(']')) return []
  return type === 'address' ? `0x${'00'.repeat(20)}` : 0n
}

function initializeData(abi: Abi): Hex {
  const found = abi.find((item) => item.type === 'function' && item.name === 'initialize')
  assert.ok(found?.type === 'function', 'an initialiser')
  const args = found?.type === 'function' ? found.inputs.map(least) : []
  return encodeFunctionData({ abi, functionName: 'initialize', args })
}

const chain = await createChain()

async function refusalOf(to: Address, abi: Abi): Promise<string> {
  const { ok, returned } = await send(chain, {
    ...{ from: account('stranger'), to, data: initializeData(abi) },
  })
  return ok ? 'ok' : createBinding(abi).decodeError(returned).name
}

test('a stranger initialises neither a proxy nor the code behind it', async () => {
  for (const [name, address, abi] of PROXIES)
    for (const to of [address, implementationAddress(address)])
      assert.is(await refusalOf(to, abi), 'InvalidInitialization', `${name} at ${to}`)
})

test("the codes of clones are nobody's season and nobody's account", async () => {
  assert.is(await refusalOf(FAIR_SEASON_CODE_ADDRESS, fairSeasonAbi), 'FairSeasonWrongStage')
  const refused = await refusalOf(DEPARTMENT_ACCOUNT_CODE_ADDRESS, departmentAccountAbi)
  assert.is(refused, 'InvalidInitialization')
})

test('the code behind every proxy is a release under the name of its contract', async () => {
  for (const [name, address] of PROXIES) {
    const found = chain.genesis.alloc.get(implementationAddress(address))
    assert.ok(found !== undefined, name)
    const codehash: Hash = keccakHex(found?.code ?? new Uint8Array())
    const data = releaseRegistry.encode.releaseOf(codehash)
    const answer = await view(chain, RELEASE_REGISTRY_ADDRESS, data)
    const release = accepted(releaseRegistry.decode.releaseOf(answer))
    assert.is(hexToString(release.name, { size: 32 }), name)
    assert.is(release.withdrawnAt, 0)
    for (const [other, elsewhere] of PROXIES) {
      const code = chain.genesis.alloc.get(implementationAddress(elsewhere))?.code
      const next = releaseRegistry.encode.isSuccessor(codehash, keccakHex(code ?? hexToBytes('0x')))
      const may = accepted(
        releaseRegistry.decode.isSuccessor(await view(chain, RELEASE_REGISTRY_ADDRESS, next)),
      )
      assert.is(may, other === name, `${other} behind the proxy of ${name}`)
    }
  }
})

test('no power over a season is a power over the office that is asked for it', () => {
  const selectorsOf = (abi: Abi): string[] =>
    abi.flatMap((item) => (item.type === 'function' ? [toFunctionSelector(item)] : []))
  const season = CITY_CONTRACTS.find(({ name }) => name === 'FairSeason')
  const powers = Object.keys(season?.functions ?? {})
  const asked = (fairSeasonAbi as Abi).filter(
    (item) => item.type === 'function' && powers.includes(item.name),
  )
  assert.is(asked.length, powers.length)
  const office = selectorsOf(fairOfficeAbi)
  assert.equal(
    selectorsOf(asked).filter((selector) => office.includes(selector)),
    [],
  )
})

test.run()
