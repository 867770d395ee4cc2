/**
 * Compares what the sources compile to with what is committed, and with what a network runs and its
 * ReleaseRegistry holds. Byte by byte; the only bytes that may differ from copy to copy are the 20
 * of a contract's own address (`immutable __self` of UUPSUpgradeable), which are put in first.
 */
import {
  type Address,
  bytesToHex,
  type Hash,
  type Hex,
  hexToBytes,
  keccakHex,
  VecheError,
} from '@veche/primitives'
import { releaseRegistry } from '../src/access/city-access.ts'
import * as addresses from '../src/addresses.ts'
import { accepted } from '../src/binding.ts'
import { type CompiledContract, compile } from './compile.ts'
import { CONTRACTS, type ContractSource } from './contracts.ts'
import { recipeHash } from './recipe.ts'
import { camel, kebab } from './render.ts'

/** One line of the answer; `ok` false is a difference. */
export interface Finding {
  readonly contract: string
  /** what was compared: `committed`, an address, `release` */
  readonly where: string
  readonly codehash: string
  readonly ok: boolean
  readonly verdict: string
}

/** One JSON-RPC question to the network. */
export type AskNetwork = (method: string, params: readonly unknown[]) => Promise<unknown>

/** EIP-1967: where a proxy holds the address of its code */
const IMPLEMENTATION_SLOT = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'
/** releases asked for at once */
const PAGE = 64n

const PROXY = 'ERC1967Proxy'

/** Compiles every contract, or those named. Throws `SOLIDITY_REFUSED`, `USAGE`. */
export function rebuild(only?: readonly string[]): Promise<CompiledContract[]> {
  const known = CONTRACTS.map(({ name }) => name)
  const unknown = only?.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new VecheError('USAGE', `no contract is called ${unknown}`)
  const wanted = (name: string): boolean => only === undefined || only.includes(name)
  return compile(CONTRACTS.filter(({ name }) => wanted(name) || name === PROXY))
}

/** The runtime code of the copy at an address. */
export function codeAt(contract: CompiledContract, address: Address): Hex {
  const code = hexToBytes(`0x${contract.deployedBytecode}`)
  for (const place of contract.immutables.flat()) code.set(hexToBytes(address), place + 12)
  return bytesToHex(code)
}

const hashOf = (code: Hex): Hash => keccakHex(hexToBytes(code))

/** Compares with the generated file in `src/generated`. */
export async function compareCommitted(contract: CompiledContract): Promise<Finding> {
  const { source, bytecode, sourcesHash } = contract
  const module = `../src/generated/${kebab(source.name)}.ts`
  const committed = (await import(module)) as Readonly<Record<string, unknown>>
  const name = camel(source.name)
  const codehash = hashOf(codeAt(contract, source.at ?? '0x'))
  const release = { name: source.name, sourcesHash: `0x${sourcesHash}` }
  const wanted = { ...release, recipeHash: recipeHash(source) }
  const differs = [
    ...(committed[`${name}Bytecode`] === `0x${bytecode}` ? [] : ['creation code']),
    ...(committed[`${name}CodeHash`] === codehash ? [] : ['code hash']),
    ...(JSON.stringify(committed[`${name}Release`]) === JSON.stringify(wanted) ? [] : ['sources']),
  ]
  const ok = differs.length === 0
  const verdict = ok ? 'same' : `different: ${differs.join(', ')}`
  return { contract: source.name, where: 'committed', codehash, ok, verdict }
}

/** Where genesis puts a contract's code; undefined for one that is deployed in copies. */
function placeOf({ name, at }: ContractSource): Address | undefined {
  if (at !== undefined) return at
  const snake = kebab(name).replaceAll('-', '_').toUpperCase()
  const known = addresses as unknown as Readonly<Record<string, Address>>
  return known[`${snake}_ADDRESS`] ?? known[`${snake}_CODE_ADDRESS`]
}

async function askText(ask: AskNetwork, method: string, params: readonly unknown[]): Promise<Hex> {
  const answer = await ask(method, params)
  if (typeof answer === 'string' && /^0x[0-9a-f]*$/.test(answer)) return answer as Hex
  throw new VecheError('RPC_FAILED', `${method}: 0x text expected`)
}

async function compareCode(
  ask: AskNetwork,
  contract: CompiledContract,
  address: Address,
): Promise<Finding> {
  const { name } = contract.source
  const code = await askText(ask, 'eth_getCode', [address, 'latest'])
  if (code === '0x')
    return { contract: name, where: address, codehash: '', ok: true, verdict: 'not deployed' }
  const ok = code === codeAt(contract, address)
  const verdict = ok ? 'same' : 'different'
  return { contract: name, where: address, codehash: hashOf(code), ok, verdict }
}

async function compareRelease(
  ask: AskNetwork,
  contract: CompiledContract,
  codehash: Hash,
): Promise<Finding> {
  const { source, sourcesHash } = contract
  const data = releaseRegistry.encode.releaseOf(codehash)
  const to = addresses.RELEASE_REGISTRY_ADDRESS
  const answer = await askText(ask, 'eth_call', [{ to, data }, 'latest'])
  const release = accepted(releaseRegistry.decode.releaseOf(hexToBytes(answer)))
  const differs = [
    ...(release.registeredAt === 0 ? ['not registered'] : []),
    ...(release.withdrawnAt === 0 ? [] : ['withdrawn']),
    ...(release.sourcesHash === `0x${sourcesHash}` ? [] : ['other sources']),
    ...(release.recipeHash === recipeHash(source) ? [] : ['other recipe']),
  ]
  const ok = differs.length === 0
  const verdict = ok ? 'registered with these sources' : differs.join(', ')
  return { contract: source.name, where: 'release', codehash, ok, verdict }
}

/** The proxy's own code, and the address of the code behind it. */
async function compareProxy(
  ask: AskNetwork,
  proxy: CompiledContract,
  { name, at }: ContractSource,
): Promise<{ finding: Finding; behind: Address }> {
  const address: Address = `0x${(BigInt(at ?? '0x0') - 0x100n).toString(16).padStart(40, '0')}`
  const finding = await compareCode(ask, proxy, address)
  const word = await askText(ask, 'eth_getStorageAt', [address, IMPLEMENTATION_SLOT, 'latest'])
  const behind: Address = `0x${word.slice(2).padStart(64, '0').slice(24)}`
  return { finding: { ...finding, contract: `${name} (proxy)` }, behind }
}

/** One contract of a network: its proxy, the code in force and its release. */
async function compareOne(
  ask: AskNetwork,
  contract: CompiledContract,
  proxy: CompiledContract,
): Promise<Finding[]> {
  const place = placeOf(contract.source)
  if (place === undefined) return []
  const findings: Finding[] = []
  let inForce = place
  if (contract.source.at !== undefined) {
    const { finding, behind } = await compareProxy(ask, proxy, contract.source)
    if (finding.verdict === 'not deployed') return [{ ...finding, contract: contract.source.name }]
    findings.push(finding)
    inForce = behind
  }
  const code = await compareCode(ask, contract, inForce)
  findings.push(code)
  if (code.codehash !== '')
    findings.push(await compareRelease(ask, contract, code.codehash as Hash))
  return findings
}

/** Releases of the register that no rebuilt contract explains: older or newer ones. */
async function otherReleases(ask: AskNetwork, known: ReadonlySet<string>): Promise<Finding[]> {
  const to = addresses.RELEASE_REGISTRY_ADDRESS
  const found: Finding[] = []
  for (let from = 0n; ; from += PAGE) {
    const data = releaseRegistry.encode.codehashes(from, PAGE)
    const answer = await askText(ask, 'eth_call', [{ to, data }, 'latest'])
    const page = accepted(releaseRegistry.decode.codehashes(hexToBytes(answer)))
    for (const codehash of page.filter((each) => !known.has(each)))
      found.push({
        ...{ contract: 'another release', where: 'release', codehash, ok: true },
        verdict: 'not in force here, not rebuilt',
      })
    if (page.length < Number(PAGE)) return found
  }
}

/** Everything that the network runs against what was rebuilt. Throws `RPC_FAILED`. */
export async function compareNetwork(
  ask: AskNetwork,
  rebuilt: readonly CompiledContract[],
): Promise<Finding[]> {
  const proxy = rebuilt.find(({ source }) => source.name === PROXY)
  if (proxy === undefined) throw new VecheError('USAGE', `${PROXY} expected among the rebuilt`)
  const findings: Finding[] = []
  for (const contract of rebuilt) findings.push(...(await compareOne(ask, contract, proxy)))
  if (findings.every(({ verdict }) => verdict === 'not deployed')) return findings
  findings.push(await compareRelease(ask, proxy, hashOf(codeAt(proxy, '0x'))))
  const known = new Set(findings.map(({ codehash }) => codehash))
  for (const contract of rebuilt) known.add(hashOf(codeAt(contract, contract.source.at ?? '0x')))
  return [...findings, ...(await otherReleases(ask, known))]
}
