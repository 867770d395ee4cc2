/** Genesis: files decoded totally, block 0, predeployment, and the files shipped in genesis/. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  blockHash,
  bytesToHex,
  decodeExtraData,
  hexToBytes,
  keccakHex,
  validatorSetHash,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { HISTORY_CODE } from '../src/chain/genesis-block.ts'
import {
  decodeGenesis,
  deriveGasLimit,
  forkAt,
  genesisBlock,
  genesisToJson,
  nextBaseFee,
  predeploy,
} from '../src/index.ts'
import { genesisOf, keyOf, openChain } from './support/chain.ts'

await installNativeCrypto()

const V1 = `0x${'11'.repeat(20)}`
const V2 = `0x${'22'.repeat(20)}`
const GOOD = {
  config: { chainId: 7, veche: { stepSeconds: 2 } },
  timestamp: 10,
  gasLimit: '0x1c9c380',
  validators: [V2, V1],
  alloc: { [V1]: { balance: '0x5', storage: { '0x1': '0x0200' }, code: '0x00' } },
}

test('a file is decoded with its defaults', () => {
  const result = decodeGenesis(GOOD)
  assert.ok(result.ok)
  const genesis = result.value
  assert.equal(genesis.validators, [V1, V2])
  assert.is(genesis.gasLimit, 30_000_000n)
  assert.is(genesis.baseFeePerGas, 0n)
  assert.is(genesis.baseFeeRule, 'constant')
  assert.is(forkAt(genesis.forks, 10), 'prague')
  assert.is(genesis.parameters.emptyBlockIntervalSeconds, 60)
  const account = genesis.alloc.get(V1 as never)
  assert.equal([...(account?.storage ?? [])], [[`0x${'0'.repeat(63)}1`, Uint8Array.of(2, 0)]])
})

test('writing a genesis and reading it back gives the same', () => {
  const result = decodeGenesis(GOOD)
  assert.ok(result.ok)
  assert.equal(decodeGenesis(JSON.parse(JSON.stringify(genesisToJson(result.value)))), result)
})

test('each wrong field is refused by name', () => {
  const wrong: [object, RegExp][] = [
    [{ config: undefined }, /config/],
    [{ config: { chainId: 0 } }, /chainId/],
    [{ config: { chainId: 7, shanghaiTime: 5, cancunTime: 4 } }, /cancunTime/],
    [{ config: { chainId: 7, londonBlock: 5 } }, /londonBlock/],
    [{ config: { chainId: 7, veche: { stepSeconds: 3 } } }, /timestamp/],
    [{ config: { chainId: 7, veche: { blocksPerStepMax: 2 } } }, /blocksPerStepMax/],
    [{ config: { chainId: 7, veche: { baseFeeRule: 'free' } } }, /baseFeeRule/],
    [{ gasLimit: 20_000 }, /gasLimit/],
    [{ gasLimit: 1.5 }, /gasLimit/],
    [{ validators: [] }, /validators/],
    [{ validators: [V1, V1] }, /validators/],
    [{ validators: ['0x11'] }, /validators\[0\]/],
    [{ alloc: { '0x1': {} } }, /alloc/],
    [{ alloc: { [V1]: { balance: '-1' } } }, /balance/],
    [{ alloc: { [V1]: { storage: { x: '0x1' } } } }, /storage/],
    [{ alloc: { [V1]: { code: '0x1' } } }, /code/],
  ]
  for (const [change, field] of wrong) {
    const result = decodeGenesis({ ...GOOD, ...change })
    assert.not.ok(result.ok, JSON.stringify(change))
    if (!result.ok) assert.match(result.reason, field)
  }
  for (const value of [null, 5, [], 'x', undefined]) assert.not.ok(decodeGenesis(value).ok)
})

test('block 0 has the QBFT extraData, the Prague fields and the history contract', async () => {
  const genesis = genesisOf({ [V1]: { balance: '5' } })
  const { block, hash, diff, validators } = await genesisBlock(genesis)
  const extra = decodeExtraData(block.header.extraData)
  assert.ok(extra.ok)
  assert.equal(extra.value.validators, validators)
  assert.is(extra.value.vanity, validatorSetHash(validators))
  assert.is(hash, blockHash(block.header))
  assert.is(block.header.difficulty, 1n)
  assert.ok(block.header.requestsHash !== undefined)
  const history = diff.accounts.get('0x0000f90827f1c53a10cb7a02335b175320002935')
  assert.is(history?.codeHash, keccakHex(HISTORY_CODE))
  // the code hash that Ethereum's mainnet has at this address
  assert.is(history?.codeHash, '0x6e49e66782037c0555897870e29fa5e552daf4719552131a0abce779daec0a5d')
  assert.is((await genesisBlock(genesis)).hash, hash)
})

test('a constructor runs at its address, with storage, chain id and later reads', async () => {
  const at = `0x${'00'.repeat(18)}1000` as const
  // SSTORE(1, ADDRESS), SSTORE(2, CHAINID), SSTORE(3, 0), then returns PUSH0 STOP
  const store = '306001554660025560006003 55'.replace(/ /g, '')
  const tail = '615f006000526002601ef3'
  const made = await predeploy(
    new Map(),
    [{ address: at, initCode: hexToBytes(`0x${store}${tail}`) }],
    {
      chainId: 99,
    },
  )
  const account = made.get(at)
  assert.is(bytesToHex(account?.code ?? new Uint8Array(0)), '0x5f00')
  assert.is(account?.nonce, 1n)
  const slot = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const
  assert.equal(account?.storage.get(slot(1)), Uint8Array.of(0x10, 0))
  assert.equal(account?.storage.get(slot(2)), Uint8Array.of(99))
  assert.is(account?.storage.has(slot(3)), false)
  assert.is(made.size, 1)
})

test('a constructor that reverts is a failure with the address', async () => {
  const at = `0x${'00'.repeat(18)}1000` as const
  try {
    await predeploy(new Map(), [{ address: at, initCode: hexToBytes('0x60006000fd') }], {
      chainId: 1,
    })
    assert.unreachable()
  } catch (error) {
    assert.is((error as { code?: string }).code, 'PREDEPLOY_FAILED')
  }
})

test('the base fee is constant unless genesis turns on EIP-1559', async () => {
  const constant = await openChain(genesisOf({}, { baseFeePerGas: 7 }))
  const full = { ...constant.head(), gasUsed: constant.head().gasLimit }
  assert.is(nextBaseFee(constant.genesis, full), 7n)
  const moving = genesisOf({}, { baseFeePerGas: 1_000, veche: { baseFeeRule: 'eip1559' } })
  const head = { ...full, baseFeePerGas: 1_000n }
  assert.is(nextBaseFee(moving, head), 1_125n)
  assert.is(nextBaseFee(moving, { ...head, gasUsed: 0n }), 875n)
  assert.is(nextBaseFee(moving, { ...head, gasUsed: head.gasLimit / 2n }), 1_000n)
})

test('forks activate by timestamp and the header follows', async () => {
  const key = keyOf(1)
  const times = {
    berlinTime: 0,
    londonTime: 0,
    parisTime: 0,
    shanghaiTime: 0,
    cancunTime: 1_700_000_005,
  }
  const genesis = genesisOf(
    { [key.address]: { balance: '1' } },
    { config: { ...times, pragueTime: 1_700_000_010 } },
  )
  const chain = await openChain(genesis)
  assert.is(chain.head().blobGasUsed, undefined)
  for (const [timestamp, cancun, prague] of [
    [1_700_000_004, false, false],
    [1_700_000_005, true, false],
    [1_700_000_010, true, true],
  ] as const) {
    const built = await chain.build([], { timestamp })
    assert.is(built.block.header.blobGasUsed !== undefined, cancun)
    assert.is(built.block.header.requestsHash !== undefined, prague)
    assert.ok((await chain.executor.execute(built.block, chain.head())).ok)
    chain.commit(built)
  }
})

test('the gas limit follows from the step and the worst opcode', () => {
  assert.is(deriveGasLimit(1, 50), 4_000_000n)
  assert.is(deriveGasLimit(2, 100), 4_000_000n)
  assert.is(deriveGasLimit(1, 7_777), 0n)
})

test('the genesis file shipped for development is valid', async () => {
  const folder = join(import.meta.dirname, '../../../genesis')
  const file = JSON.parse(readFileSync(join(folder, 'development.json'), 'utf8')) as unknown
  const genesis = decodeGenesis(file)
  assert.ok(genesis.ok, genesis.ok ? '' : genesis.reason)
  assert.is((await genesisBlock(genesis.value)).block.header.number, 0)
})

test.run()
