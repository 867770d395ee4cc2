/** The chain under the model tests of services: real genesis, executor, gas and reverts. */
import {
  accepted,
  CITY_ACCESS_ADDRESS,
  createBinding,
  DOCUMENT_REGISTRY_ADDRESS,
  documentRegistryAbi,
  documentRegistryInitializer,
  erc1967ProxyAbi,
  erc1967ProxyBytecode,
  implementationAddress,
  RELEASE_REGISTRY_ADDRESS,
  schemaId,
} from '@veche/contracts'
import { type Address, hexToBytes } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeDeployData } from 'viem/utils'
import { CITY_SCHEMA } from '../../src/genesis-services.ts'
import {
  ADMIN,
  account,
  advance,
  createChain,
  send,
  sendAll,
  storageWord,
  view,
} from '../support/service-chain.ts'

const registry = createBinding(documentRegistryAbi)
const SCHEMA = schemaId(CITY_SCHEMA)
const to = DOCUMENT_REGISTRY_ADDRESS
const issue = (byte: string) => registry.encode.issue(`0x${byte.repeat(32)}`, SCHEMA)

test('runs a call with its receipt, and tells why one reverts', async () => {
  const chain = await createChain()
  const issued = await send(chain, { from: ADMIN, to, data: issue('01') })
  assert.is(issued.ok, true)
  assert.is(registry.decodeLogs(issued.logs)[0]?.name, 'DocumentIssued')
  assert.ok(issued.gasUsed > 21_000n && issued.gasUsed < 120_000n)
  const again = await send(chain, { from: ADMIN, to, data: issue('01') })
  assert.is(registry.decodeError(again.returned).name, 'DocumentRegistryAlreadyIssued')
  const stranger = await send(chain, { from: account('stranger'), to, data: issue('02') })
  assert.is(registry.decodeError(stranger.returned).name, 'DocumentRegistryUnauthorized')
  assert.is(chain.head.header.number, 3)
  const [issues] = accepted(registry.decode.totals(await view(chain, to, registry.encode.totals())))
  assert.is(issues, 1)
})

test('keeps the order of calls in one block, and the time the test sets', async () => {
  const chain = await createChain()
  await advance(chain, { seconds: 1_000, blocks: 2 })
  const [first, second] = await sendAll(chain, [
    { from: ADMIN, to, data: issue('01'), gas: 200_000n },
    { from: ADMIN, to, data: issue('01'), gas: 200_000n },
  ])
  assert.equal([first?.ok, second?.ok], [true, false])
  assert.is(chain.head.header.number, 3)
  const [event] = registry.decodeLogs(first?.logs ?? [])
  assert.ok(event?.name === 'DocumentIssued')
  assert.is(event.args.issuedAt, chain.genesis.timestamp + 1 + 1_000)
})

test('holds what the test adds to genesis', async () => {
  const mine: Address = '0x0000000000000000000000000000000000001fff'
  const issuer = account('my issuer')
  const initializer = documentRegistryInitializer({
    cityAccess: CITY_ACCESS_ADDRESS,
    releases: RELEASE_REGISTRY_ADDRESS,
    schemas: [{ schemaId: SCHEMA, uri: '', issuers: [issuer], revokers: [] }],
  })
  const initCode = encodeDeployData({
    abi: erc1967ProxyAbi,
    bytecode: erc1967ProxyBytecode,
    args: [implementationAddress(DOCUMENT_REGISTRY_ADDRESS), initializer],
  })
  const added = [{ address: mine, initCode: hexToBytes(initCode) }]
  const chain = await createChain({ deployments: () => added })
  const data = issue('01')
  assert.is((await send(chain, { from: ADMIN, to: mine, data })).ok, false)
  assert.is((await send(chain, { from: issuer, to: mine, data })).ok, true)
  assert.is(storageWord(chain, mine, `0x${'77'.repeat(32)}`), 0n)
})

test.run()
