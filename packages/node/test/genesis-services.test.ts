/** What stands in the first block: every service at its address, proxies before their code. */
import { erc1967ProxyCodeHash, implementationAddress } from '@veche/contracts'
import { type Address, bytesToBigint, keccakHex } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cityDeployments, OFFICES, officeOf, SERVICES } from '../src/genesis-services.ts'
import { citySetup, createWorld, testKey } from './support/world.ts'

/** keccak256('eip1967.proxy.implementation') - 1 */
const IMPLEMENTATION_SLOT = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'
const isProxyOf = (code: Uint8Array): boolean => keccakHex(code) === erc1967ProxyCodeHash

test('every service has its own address, and code there', async () => {
  const { genesis } = await createWorld({ contracts: true })
  const setup = citySetup(genesis.validators)
  const addresses = cityDeployments(setup).map(({ address }) => address)
  assert.is(new Set(addresses).size, addresses.length)
  for (const address of addresses) {
    assert.match(address, /^0x0{36}1[01]\w\w$/)
    assert.ok((genesis.alloc.get(address)?.code.length ?? 0) > 0, address)
  }
  assert.is(new Set(SERVICES.map(({ name }) => name)).size, SERVICES.length)
})

test('a proxy points at the code that stands 0x100 above it', async () => {
  const { genesis } = await createWorld({ contracts: true })
  const proxies = [...genesis.alloc].filter(([, { code }]) => isProxyOf(code))
  for (const [address, { storage }] of proxies) {
    const word = storage.get(IMPLEMENTATION_SLOT) ?? new Uint8Array()
    assert.is(bytesToBigint(word), BigInt(implementationAddress(address)), address)
    assert.ok((genesis.alloc.get(implementationAddress(address))?.code.length ?? 0) > 0)
  }
})

test('an office that the setup does not name is held by the administrator', () => {
  const setup = citySetup([testKey('validator 0').address])
  for (const office of OFFICES) assert.is(officeOf(setup, office), setup.admin)
  const court: Address = testKey('court').address
  assert.is(officeOf({ ...setup, offices: { court } }, 'court'), court)
})

test.run()
