/**
 * The code behind a register is replaced on a running network of four: a contract near EIP-170 is
 * deployed by an ordinary transaction, its release registered, the upgrade announced, cancelled by
 * an observer, announced again and carried out; the records stay. A week is seven seconds here.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  GENESIS_RELEASES,
  implementationAddress,
  TITLE_REGISTRY_ADDRESS,
  titleRegistryAbi,
  titleRegistryBytecode,
} from '@veche/contracts'
import { type Address, assert as ensure, type Hash, hexToBytes, keccakHex } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeFunctionResult, encodeFunctionData } from 'viem/utils'
import { signTransaction } from '../../src/transactions.ts'
import { type Drill, withDrill } from '../support/drill.ts'
import { openKey } from '../support/load.ts'
import { createOffices, type Offices } from '../support/offices.ts'
import { runMain } from '../support/run-main.ts'
import { tell, until } from '../support/until.ts'

const DEPLOYER = 'issuer-1'
const PROPERTY = ['--property', '77:01:1:0']
const ORDER = `0x${'5e'.repeat(32)}`
const TIMEOUT_MS = 30_000
/** a quarter above the estimate, as commands send it */
const MARGIN_PERCENT = 125n

interface Receipt {
  readonly status: string
  readonly gasUsed: string
  readonly contractAddress: Address
}

interface Copy {
  readonly address: Address
  readonly codehash: Hash
}

/** Anybody may deploy: what counts is who lets the proxy use it. */
async function deployCopy(drill: Drill): Promise<Copy> {
  const signer = await openKey(drill, 'keys', DEPLOYER)
  const rpc = (method: string, ...params: unknown[]) => drill.rpc('observer-1', method, params)
  const request = { from: signer.address, data: titleRegistryBytecode }
  const estimate = BigInt(String(await rpc('eth_estimateGas', request)))
  const nonce = Number(await rpc('eth_getTransactionCount', signer.address, 'latest'))
  const raw = await signTransaction(signer, {
    ...{ chainId: drill.files.chainId, nonce, data: titleRegistryBytecode },
    gas: (estimate * MARGIN_PERCENT) / 100n,
  })
  const hash = await rpc('eth_sendRawTransaction', raw)
  let receipt: Receipt | null = null
  const isFinal = async (): Promise<boolean> => {
    receipt = (await rpc('eth_getTransactionReceipt', hash)) as Receipt | null
    return receipt !== null
  }
  await until('the deployment is final', isFinal, TIMEOUT_MS)
  const { status, gasUsed, contractAddress } = receipt as unknown as Receipt
  assert.is(status, '0x1')
  const code = hexToBytes(String(await rpc('eth_getCode', contractAddress, 'latest')))
  tell(`${code.length} bytes deployed for ${Number(gasUsed)} gas`)
  return { address: contractAddress, codehash: keccakHex(code) }
}

async function implementationOf(drill: Drill, at: string): Promise<Copy> {
  const abi = titleRegistryAbi
  const data = encodeFunctionData({ abi, functionName: 'implementation' })
  const call = { to: TITLE_REGISTRY_ADDRESS, data }
  const answer = String(await drill.rpc(at, 'eth_call', [call, 'latest'])) as Hash
  const [address, codehash] = decodeFunctionResult({
    ...{ abi, functionName: 'implementation', data: answer },
  })
  return { address: address.toLowerCase() as Address, codehash }
}

/** The titles tool with the key of whoever acts. */
function createTitles(drill: Drill) {
  const rpc = ['--rpc', drill.url('observer-1')]
  const path = (name: string): string => join(drill.dir, name)
  const ok = async (...args: readonly string[]): Promise<string> => {
    const ran = await runMain('titles', ...args)
    assert.is(ran.status, 0, `${args.join(' ')}: ${ran.stderr}`)
    return ran.stdout
  }
  const does = (who: string, ...args: readonly string[]): Promise<string> => {
    const folder = join(drill.dir, 'keys', who)
    const key = ['--keystore', join(folder, 'keystore.json')]
    const password = ['--password-file', join(folder, 'password')]
    return ok(...args, ...rpc, ...key, ...password, '--yes', '--json')
  }
  return { rpc, path, ok, does }
}

type Titles = ReturnType<typeof createTitles>

/** An old title, whose root is announced now; the act that brings it in later. */
async function announceTitle(titles: Titles): Promise<() => Promise<void>> {
  const { path, ok, does } = titles
  const [records, tree, record] = [path('old.ndjson'), path('tree'), path('record.json')]
  const owner = { property: PROPERTY[1], ownerC: ORDER }
  writeFileSync(records, `${JSON.stringify(owner)}\n`)
  await ok('import-legacy', '--records', records, '--out', tree)
  await does('registrar', 'open-legacy', '--tree', tree, '--schedule')
  const where = ['--records', records, '--tree', tree, '--index', '0', '--out', record]
  await ok('legacy-record', ...where)
  return async () => {
    await until(
      'the notice of the legacy root is over',
      () => does('registrar', 'open-legacy', '--tree', tree).then(() => true),
      TIMEOUT_MS,
    )
    await does(DEPLOYER, 'materialise', '--record', record)
    await does('court', 'freeze', ...PROPERTY, '--order', ORDER, '--days', '3')
  }
}

/** The upgrade to a copy, as a file that offices hand to each other. */
function upgradeFile(offices: Offices, name: string, { address }: Copy): string {
  const args = { newImplementation: address, data: '0x' }
  return offices.file(name, 'TitleRegistry', ['upgradeToAndCall', args])
}

/** Ids of the operations that wait for this file's copy. */
async function operationFor(offices: Offices, { address }: Copy): Promise<Hash> {
  const found = (await offices.pending()).filter(({ call }) => call.includes(address))
  assert.is(found.length, 1, `one upgrade to ${address} waits`)
  return found[0]?.id as Hash
}

/** Announced, cancelled by an observer, announced again: the week begins anew. */
async function announce(offices: Offices, copy: Copy): Promise<Hash> {
  const upgrade = upgradeFile(offices, 'upgrade', copy)
  await offices.refused(/AccessManagerUnauthorizedCall/, DEPLOYER, 'schedule', upgrade)
  await offices.refused(/AccessManagerUnauthorizedCall/, 'releaser', 'schedule', upgrade)
  await offices.does('upgrader', 'schedule', upgrade)
  const first = await operationFor(offices, copy)
  await offices.refused(/AccessManagerNotReady/, 'upgrader', 'execute', first)
  await offices.refused(/AccessManagerUnauthorizedCancel/, DEPLOYER, 'cancel', first)
  await offices.does('overseer', 'cancel', first)
  await offices.refused(/AccessManagerNotScheduled/, 'upgrader', 'execute', upgrade)
  await offices.does('upgrader', 'schedule', upgrade)
  return operationFor(offices, copy)
}

/** Rebuilt from the published sources, the code differs in the address that it holds alone. */
async function register(offices: Offices, { codehash }: Copy): Promise<void> {
  const genesis = GENESIS_RELEASES.find(({ name }) => name === 'TitleRegistry')
  ensure(genesis !== undefined, 'a release of the first block')
  const { sourcesHash, recipeHash, name } = genesis
  const named = `0x${Buffer.from(name).toString('hex').padEnd(64, '0')}`
  const release = { codehash, sourcesHash, recipeHash, name: named }
  const call = offices.file('register', 'ReleaseRegistry', ['register', { release }])
  await offices.does('releaser', 'schedule', call)
  const { id } = (await offices.pending()).find(({ call }) => call.includes(codehash)) ?? {}
  await offices.ready(id as Hash)
  await offices.does('releaser', 'execute', id as Hash)
}

/** What the register says of the title, with the proof of it. */
async function titleNow({ ok, rpc }: Titles) {
  const { head, steps, complete } = JSON.parse(await ok('history', ...PROPERTY, ...rpc, '--json'))
  const proof = JSON.parse(await ok('prove', ...PROPERTY, ...rpc, '--json'))
  assert.is(complete, true)
  assert.is(proof.head, head)
  return { head, steps: steps.length, ownerC: proof.ownerC }
}

test('the largest register gets new code on a running network, with notice, and keeps its records', () =>
  withDrill({ observers: 1 }, async (drill) => {
    await drill.startAll()
    const offices = createOffices(drill)
    const titles = createTitles(drill)
    const enterTitle = await announceTitle(titles)
    const [next, stray] = [await deployCopy(drill), await deployCopy(drill)]
    assert.is.not(next.codehash, stray.codehash)
    const strayFile = upgradeFile(offices, 'stray', stray)
    await offices.does('upgrader', 'schedule', strayFile)
    const operation = await announce(offices, next)
    tell('announced, cancelled by an observer, announced again')
    await register(offices, next)
    await enterTitle()
    const before = await titleNow(titles)
    const first = await implementationOf(drill, 'validator-1')
    assert.is(first.address, implementationAddress(TITLE_REGISTRY_ADDRESS))

    await offices.ready(await operationFor(offices, stray))
    await offices.refused(/CityUpgradeableNotReleased/, 'upgrader', 'execute', strayFile)
    await offices.ready(operation)
    await offices.refused(/AccessManagedUnauthorized/, 'admin', 'execute', operation)
    const told = await offices.does('upgrader', 'execute', operation)
    assert.match(told, /"event":"CityUpgraded"/)
    tell('unregistered code was refused, registered code stands')

    const height = await drill.head('observer-1')
    for (const name of drill.names) {
      await drill.reaches(name, height)
      assert.equal(await implementationOf(drill, name), next)
    }
    assert.equal(await titleNow(titles), before)
    await titles.does('court', 'unfreeze', ...PROPERTY, '--order', ORDER)
    assert.is((await titleNow(titles)).steps, before.steps + 1)
    const audit = JSON.parse(await titles.ok('audit', ...titles.rpc, '--json'))
    assert.equal(audit.differences, [])
  }))

test.run()
