/**
 * DepartmentAccount through our own executor: secp256k1, P-256 and passkey signers, weights, nonce
 * keys, ERC-1271, and everybody who tries to act alone.
 */
import { createHash, generateKeyPairSync, sign as signWith } from 'node:crypto'
import {
  accepted,
  addressSigner,
  DEPARTMENT_ACCOUNT_CODE_ADDRESS,
  DEPARTMENT_FACTORY_ADDRESS,
  type DepartmentCall,
  departmentAccount,
  departmentCallMessage,
  departmentFactory,
  departmentHashMessage,
  packSignatures,
  type SignedBy,
  typedDigest,
  webAuthnSignature,
  webAuthnSigner,
} from '@veche/contracts'
import { type Address, type Hex, hexToBytes, keccakHex, utf8ToBytes } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { TypedDataDefinition } from 'viem'
import { type DepartmentSigner, keystoreSigner, pemSigner } from '../../src/departments/keys.ts'
import {
  account,
  advance,
  type Chain,
  createChain,
  keyOf,
  send,
  view,
} from '../support/service-chain.ts'
import { signerOf } from '../support/world.ts'

const RELAYER = account('relayer')
const LATE = 4_000_000_000n
const salt = keccakHex(utf8ToBytes('salt'))

const person = (name: string): DepartmentSigner => keystoreSigner(signerOf(keyOf(account(name))))

function createPem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
}

/** an authenticator and its browser: WebAuthn Level 2, 6.1 and 5.8.1 */
function createPasskey(flags = 0x05): DepartmentSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  const point = Buffer.concat([jwk.x, jwk.y].map((part) => Buffer.from(part ?? '', 'base64url')))
  return {
    signer: webAuthnSigner(new Uint8Array(point)),
    async sign(typed) {
      const challenge = Buffer.from(hexToBytes(typedDigest(typed as never))).toString('base64url')
      const clientDataJson = JSON.stringify({
        ...{ type: 'webauthn.get', challenge, origin: 'https://veche.example', crossOrigin: false },
      })
      const counter = Buffer.alloc(4)
      const rpIdHash = createHash('sha256').update('veche.example').digest()
      const authenticatorData = Buffer.concat([rpIdHash, Buffer.from([flags]), counter])
      const clientHash = createHash('sha256').update(clientDataJson).digest()
      const signed = Buffer.concat([authenticatorData, clientHash])
      const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
      const signature = new Uint8Array(signWith('sha256', signed, key))
      return webAuthnSignature({
        authenticatorData: new Uint8Array(authenticatorData),
        ...{ clientDataJson, signature },
      })
    },
  }
}

const ann = person('ann')
const bob = person('bob')
const pem = pemSigner(createPem())
const passkey = createPasskey()

interface Department {
  readonly chain: Chain
  readonly address: Address
}

async function createDepartment(
  chain: Chain,
  signers: readonly (readonly [DepartmentSigner, number])[],
  threshold: number,
): Promise<Department> {
  const args = [
    signers.map(([{ signer }]) => signer),
    signers.map(([, weight]) => BigInt(weight)),
    BigInt(threshold),
    salt,
  ] as const
  const to = DEPARTMENT_FACTORY_ADDRESS
  const foreseen = await view(chain, to, departmentFactory.encode.addressOf(...args))
  const address = accepted(departmentFactory.decode.addressOf(foreseen))
  const made = await send(chain, {
    from: RELAYER,
    to,
    data: departmentFactory.encode.create(...args),
  })
  assert.ok(made.ok, departmentFactory.decodeError(made.returned).text)
  return { chain, address }
}

async function signedBy(signers: readonly DepartmentSigner[], typed: unknown): Promise<SignedBy[]> {
  const list: SignedBy[] = []
  for (const one of signers)
    list.push({ signer: one.signer, signature: await one.sign(typed as TypedDataDefinition) })
  return list
}

async function callOf(
  { chain, address }: Department,
  more: Partial<DepartmentCall> = {},
): Promise<DepartmentCall> {
  const answer = await view(chain, address, departmentAccount.encode.nonceOf(0n))
  const nonce = accepted(departmentAccount.decode.nonceOf(answer))
  // a call that anybody may see work: the department makes another department
  const args = [
    [addressSigner(account('zoe'))],
    [1n],
    1n,
    keccakHex(utf8ToBytes(`${nonce}`)),
  ] as const
  const data = departmentFactory.encode.create(...args)
  return { target: DEPARTMENT_FACTORY_ADDRESS, data, nonce, deadline: LATE, ...more }
}

async function relay(department: Department, call: DepartmentCall, signed: readonly SignedBy[]) {
  const { target, data, nonce, deadline } = call
  const packed = packSignatures(signed)
  const calldata = departmentAccount.encode.execute(target, data, nonce, deadline, packed)
  const { chain, address: to } = department
  const outcome = await send(chain, { from: RELAYER, to, data: calldata })
  const name = outcome.ok ? 'ok' : departmentAccount.decodeError(outcome.returned).name
  return { name, outcome }
}

const chain = await createChain()
const osaka = await createChain({ forks: { berlin: 0, prague: 0, osaka: 0 } })
const place = ({ address }: Department) => ({ chainId: chain.genesis.chainId, account: address })

async function act(department: Department, signers: readonly DepartmentSigner[], more = {}) {
  const call = await callOf(department, more)
  return relay(
    department,
    call,
    await signedBy(signers, departmentCallMessage(place(department), call)),
  )
}

const city = await createDepartment(
  chain,
  [
    [ann, 1],
    [bob, 1],
    [pem, 2],
    [passkey, 2],
  ],
  3,
)

test('signers of every kind act together when they weigh enough', async () => {
  for (const [name, signers] of [
    ['pem and ann', [pem, ann]],
    ['passkey and bob', [passkey, bob]],
    ['pem and passkey', [pem, passkey]],
  ] as const) {
    const { name: result, outcome } = await act(city, signers)
    assert.is(result, 'ok', name)
    const [executed] = departmentAccount.decodeLogs(outcome.logs)
    assert.is(executed?.name, 'Executed')
  }
})

test('too little weight, a stranger, a doubled signer and no signature act for nobody', async () => {
  const refused = 'DepartmentAccountSignatures'
  assert.is((await act(city, [ann, bob])).name, refused)
  assert.is((await act(city, [pem])).name, refused)
  assert.is((await act(city, [pem, person('stranger')])).name, refused)
  assert.is((await act(city, [pem, pem])).name, refused)
  assert.is((await act(city, [])).name, refused)
  const other = pemSigner(createPem())
  const forged = { signer: pem.signer, sign: other.sign }
  assert.is((await act(city, [forged, ann])).name, refused)
})

test('a relayer who alters target, data, nonce or deadline is refused', async () => {
  const call = await callOf(city)
  const signed = await signedBy([pem, ann], departmentCallMessage(place(city), call))
  for (const change of [
    { target: account('elsewhere') },
    { data: '0x12345678' as Hex },
    { deadline: LATE + 1n },
  ])
    assert.is(
      (await relay(city, { ...call, ...change }, signed)).name,
      'DepartmentAccountSignatures',
    )
  assert.is(
    (await relay(city, { ...call, nonce: call.nonce + 1n }, signed)).name,
    'DepartmentAccountNonce',
  )
  assert.is((await relay(city, call, signed)).name, 'ok')
  assert.is((await relay(city, call, signed)).name, 'DepartmentAccountNonce', 'once')
})

test('a signature is good on one chain, for one account, until its deadline', async () => {
  const twin = await createDepartment(
    chain,
    [
      [ann, 1],
      [pem, 2],
    ],
    3,
  )
  const call = await callOf(twin)
  const elsewhere = departmentCallMessage({ ...place(twin), chainId: 1 }, call)
  assert.is(
    (await relay(twin, call, await signedBy([pem, ann], elsewhere))).name,
    'DepartmentAccountSignatures',
  )
  const forCity = departmentCallMessage(place(city), call)
  assert.is(
    (await relay(twin, call, await signedBy([pem, ann], forCity))).name,
    'DepartmentAccountSignatures',
  )
  const old = await callOf(twin, { deadline: BigInt(chain.nowSeconds) })
  await advance(chain, { seconds: 1 })
  const late = await signedBy([pem, ann], departmentCallMessage(place(twin), old))
  assert.is((await relay(twin, old, late)).name, 'DepartmentAccountExpired')
})

test('queues of different keys do not wait for each other', async () => {
  const nonce = 7n << 64n
  assert.is(
    (await act(city, [pem, ann], { nonce, data: departmentFactory.encode.implementation() })).name,
    'ok',
  )
  assert.is((await act(city, [pem, ann], { nonce: nonce + 2n })).name, 'DepartmentAccountNonce')
})

test('only the account itself changes its signers', async () => {
  const dave = person('dave')
  const data = departmentAccount.encode.configure([ann.signer], [dave.signer], [3n], 3n)
  const alone = await send(chain, { from: RELAYER, to: city.address, data })
  assert.is(departmentAccount.decodeError(alone.returned).name, 'DepartmentAccountNotSelf')
  assert.is((await act(city, [pem, ann], { target: city.address, data })).name, 'ok')
  assert.is((await act(city, [pem, ann])).name, 'DepartmentAccountSignatures', 'ann left')
  assert.is((await act(city, [dave])).name, 'ok')
  const configure = departmentAccount.encode.configure
  const bad = async (changes: Hex) =>
    (await act(city, [dave], { target: city.address, data: changes })).name
  assert.is(await bad(configure([], [], [], 100n)), 'MultiSignerERC7913UnreachableThreshold')
  assert.is(
    await bad(configure([], [addressSigner(city.address)], [1n], 3n)),
    'DepartmentAccountSignerImproper',
  )
  assert.is(
    await bad(configure([], [`0x${'00'.repeat(19)}04`], [1n], 3n)),
    'DepartmentAccountSignerImproper',
  )
  assert.is(
    await bad(configure([], [`0x${'aa'.repeat(84)}`], [1n], 3n)),
    'DepartmentAccountSignerImproper',
  )
  assert.is(
    await bad(configure([], [dave.signer], [1_001n], 3n)),
    'DepartmentAccountWeightOutOfRange',
  )
  const many = Array.from({ length: 8 }, (_, i) => person(`crowd ${i}`).signer)
  assert.is(
    await bad(
      configure(
        [],
        many,
        many.map(() => 1n),
        3n,
      ),
    ),
    'DepartmentAccountTooManySigners',
  )
})

test('ERC-1271 answers for this account alone', async () => {
  const hash = keccakHex(utf8ToBytes('a statement'))
  const ask = async (department: Department, signed: readonly SignedBy[]) => {
    const data = departmentAccount.encode.isValidSignature(hash, packSignatures(signed))
    return accepted(
      departmentAccount.decode.isValidSignature(await view(chain, department.address, data)),
    )
  }
  const signed = await signedBy([pem, bob], departmentHashMessage(place(city), hash))
  assert.is(await ask(city, signed), '0x1626ba7e')
  assert.is(await ask(city, signed.slice(0, 1)), '0xffffffff')
  const twin = await createDepartment(
    chain,
    [
      [bob, 1],
      [pem, 2],
    ],
    3,
  )
  assert.is(await ask(twin, signed), '0xffffffff')
})

test('the code of the accounts is nobody’s account, and nobody sets an account up again', async () => {
  const code = { chain, address: DEPARTMENT_ACCOUNT_CODE_ADDRESS }
  assert.is((await act(code, [])).name, 'DepartmentAccountSignatures')
  const data = departmentAccount.encode.initialize([ann.signer], [1n], 1n)
  for (const to of [code.address, city.address]) {
    const again = await send(chain, { from: RELAYER, to, data })
    assert.is(departmentAccount.decodeError(again.returned).name, 'InvalidInitialization')
  }
})

test('a passkey without user verification signs nothing', async () => {
  const careless = createPasskey(0x01)
  const one = await createDepartment(chain, [[careless, 1]], 1)
  assert.is((await act(one, [careless])).name, 'DepartmentAccountSignatures')
  assert.throws(
    () => pemSigner('no key'),
    (error: { code: string }) => error.code === 'PEM_MALFORMED',
  )
})

test('P256VERIFY (EIP-7951) takes a quarter of a million gas off a P-256 signature', async () => {
  const costs: bigint[] = []
  for (const world of [chain, osaka])
    for (const signer of [ann, pem, passkey]) {
      const one = await createDepartment(world, [[signer, 1]], 1)
      const data = departmentFactory.encode.implementation()
      const { name, outcome } = await act(one, [signer], { data })
      assert.is(name, 'ok')
      costs.push(outcome.gasUsed)
    }
  const [, solidity = 0n, passkeySolidity = 0n, plain = 0n, native = 0n, passkeyNative = 0n] = costs
  assert.ok(native - plain < 20_000n, `${costs}`)
  assert.ok(solidity - native > 230_000n, `${costs}`)
  assert.ok(passkeySolidity - passkeyNative > 230_000n, `${costs}`)
})

test.run()
