/**
 * Gas of department accounts, as receipts show it: made by the factory, acting by wallets and by
 * P-256 keys, changing a signer. The called contract does nothing, so that the account's own share
 * is what is measured.
 */
import { type Address, type Hex, keccakHex, utf8ToBytes } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  cityAccessInitCode,
  type DepartmentCall,
  departmentAccount,
  departmentAccountBytecode,
  departmentAccountCodeHash,
  departmentCallMessage,
  departmentFactory,
  departmentFactoryInitCode,
  packSignatures,
  releaseRegistryInitCode,
} from '../src/index.ts'
import { account, createChain, deploy, send } from './support/chain.ts'
import { gasSnapshot } from './support/gas.ts'
import { p256Of, placeP256Verifier, type Signing, walletOf } from './support/signers.ts'

const RELAYER = account(0x66)
const LATE = 4_000_000_000n
const SALT = keccakHex(utf8ToBytes('salt'))

const chain = await createChain()
const admins = [account(0xad)]
const setup = { admins, members: { OBSERVERS: [account(0x0b)] }, functions: [] }
const access = (await deploy(chain, cityAccessInitCode(setup))).address
const release = {
  ...{ codehash: departmentAccountCodeHash, name: 'DepartmentAccount' },
  ...{ sourcesHash: SALT, recipeHash: SALT },
}
const releases = (await deploy(chain, releaseRegistryInitCode(access, [release]))).address
const implementation = (await deploy(chain, departmentAccountBytecode)).address
const initCode = departmentFactoryInitCode({ implementation, releases })
const factory = (await deploy(chain, initCode)).address
/** a contract that does nothing: its code is one STOP */
const idle = (await deploy(chain, '0x60015ff3')).address
await placeP256Verifier(chain)

interface Made {
  readonly address: Address
  readonly gasUsed: bigint
  sequence: bigint
}

async function create(signers: readonly Signing[], threshold: bigint): Promise<Made> {
  const bytes = signers.map(({ signer }) => signer)
  const weights = signers.map(() => 1n)
  const data = departmentFactory.encode.create(bytes, weights, threshold, SALT)
  const outcome = await send(chain, { from: RELAYER, to: factory, data })
  assert.ok(outcome.ok, departmentFactory.decodeError(outcome.returned).text)
  const [made] = departmentFactory.decodeLogs(outcome.logs)
  assert.ok(made !== undefined)
  return { address: made.args.account, gasUsed: outcome.gasUsed, sequence: 0n }
}

async function execute(
  made: Made,
  by: readonly Signing[],
  more: Partial<DepartmentCall> = {},
): Promise<bigint> {
  const call = { target: idle, data: '0x12345678' as Hex, nonce: made.sequence++, ...more }
  const typed = departmentCallMessage(
    { chainId: 1, account: made.address },
    { ...call, deadline: LATE },
  )
  const signatures = packSignatures(by.map((one) => one.sign(typed)))
  const { target, data, nonce } = call
  const calldata = departmentAccount.encode.execute(target, data, nonce, LATE, signatures)
  const outcome = await send(chain, { from: RELAYER, to: made.address, data: calldata })
  assert.ok(outcome.ok, departmentAccount.decodeError(outcome.returned).text)
  return outcome.gasUsed
}

const wallets = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(walletOf)
const [ann, bob, zoe] = wallets as [Signing, Signing, Signing]
const hsm = p256Of('hsm')

test('gas of making accounts stays as committed', async () => {
  const book = gasSnapshot('DepartmentFactory')
  book.note('create, one wallet', (await create([ann], 1n)).gasUsed)
  book.note('create, two wallets and a P-256 key', (await create([ann, bob, hsm], 2n)).gasUsed)
  book.note('create, eight wallets', (await create(wallets, 5n)).gasUsed)
  book.check()
})

test('gas of acting as a department stays as committed', async () => {
  const book = gasSnapshot('DepartmentAccount')
  const three = await create([ann, bob, zoe], 2n)
  book.note('execute, the first, two wallets', await execute(three, [ann, bob]))
  book.note('execute, two wallets', await execute(three, [ann, bob]))
  const mixed = await create([ann, hsm], 2n)
  await execute(mixed, [ann, hsm])
  book.note('execute, a wallet and a P-256 key', await execute(mixed, [ann, hsm]))
  const eight = await create([...wallets.slice(0, 7), hsm], 5n)
  await execute(eight, wallets.slice(0, 5))
  book.note('execute, five of eight wallets', await execute(eight, wallets.slice(0, 5)))
  const change = [[zoe.signer], [hsm.signer], [1n], 2n] as const
  const data = departmentAccount.encode.configure(...change)
  const configure = { target: three.address, data }
  book.note('configure by execute', await execute(three, [ann, bob], configure))
  book.check()
})

test.run()
