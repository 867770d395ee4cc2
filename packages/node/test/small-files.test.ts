/**
 * Genesis file and fork id, node key, signed transactions, the percentile: small things exactly.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeTransaction, type Genesis, genesisBlock, genesisToJson } from '@veche/execution'
import { nodeKeyToPeerId } from '@veche/network'
import { type Address, hexToBytes, type VecheError } from '@veche/primitives'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import packageJson from '../package.json' with { type: 'json' }
import { startNodeProcess } from '../src/city/processes.ts'
import { percentile } from '../src/finality.ts'
import { createForkWatch } from '../src/fork-watch.ts'
import { type ForkTimes, forkIdOf, readGenesisFile, withForkTimes } from '../src/genesis-file.ts'
import { openNodeKey } from '../src/node-key-file.ts'
import { signTransaction } from '../src/transactions.ts'
import { VERSION } from '../src/version.ts'
import { rejects } from './support/rejects.ts'
import { createWorld, signerOf, testKey } from './support/world.ts'

const root = mkdtempSync(join(tmpdir(), 'veche-small-'))
const world = await createWorld()
const { genesis, first } = world

test('a genesis file is read back as the value it was written from', async () => {
  const path = join(root, 'genesis.json')
  writeFileSync(path, JSON.stringify(genesisToJson(genesis)))
  assert.equal(await readGenesisFile(path), genesis)
})

test('a genesis file with a wrong field is refused with path and field', async () => {
  const path = join(root, 'wrong.json')
  const json = genesisToJson(genesis) as Record<string, unknown>
  writeFileSync(path, JSON.stringify({ ...json, gasLimit: 'much' }))
  const failure = await rejects(() => readGenesisFile(path), 'GENESIS_INVALID')
  assert.match(failure.message, `${path}: `)
  assert.match(failure.message, 'gasLimit')
  await rejects(() => readGenesisFile(join(root, 'absent.json')), 'GENESIS_UNREADABLE')
})

test('the fork id differs with genesis, with every fork and with every rule', () => {
  const idOf = (of: Genesis, hash = first.hash): string => forkIdOf(hash, of).own().hash
  const own = idOf(genesis)
  assert.match(own, /^0x[0-9a-f]{8}$/)
  assert.is(idOf(genesis), own)
  const ids = [
    own,
    idOf(genesis, `0x${'00'.repeat(32)}`),
    idOf({ ...genesis, forks: { ...genesis.forks, osaka: 77 } }),
    idOf({ ...genesis, forks: { berlin: 0 } }),
    idOf({
      ...genesis,
      parameters: { ...genesis.parameters, stepSeconds: genesis.parameters.stepSeconds + 1 },
    }),
    idOf({ ...genesis, baseFeeRule: 'eip1559' }),
  ]
  assert.is(new Set(ids).size, ids.length)
})

test('a fork to come is announced, and counts once the head has passed it', () => {
  const time = genesis.timestamp + 100
  const later = { ...genesis, forks: { ...genesis.forks, osaka: time } }
  const at = (head: number) => forkIdOf(first.hash, later, { headTime: () => head }).own()
  const { hash } = forkIdOf(first.hash, genesis).own()
  assert.equal(at(time - 1), { hash, next: time })
  assert.is.not(at(time).hash, hash)
  assert.is(at(time).next, 0)
})

test('a fork that is scheduled later leaves block 0 as it was', async () => {
  const scheduled = withForkTimes(genesis, { osaka: genesis.timestamp + 100 })
  assert.is(scheduled.forks.osaka, genesis.timestamp + 100)
  assert.is((await genesisBlock(scheduled)).hash, first.hash)
  assert.equal(withForkTimes(genesis, {}), genesis)
  const refused = (times: ForkTimes) =>
    rejects(async () => withForkTimes(genesis, times), 'GENESIS_INVALID')
  await refused({ osaka: genesis.timestamp })
  const time = genesis.timestamp + 100
  await refused({ prague: time, osaka: time - 1 })
  await refused({ cancun: time })
})

test('a node is too old when more members than may lie follow a fork it does not know', () => {
  const members = ['0x01', '0x02', '0x03', '0x04'] as Address[]
  const causes: VecheError[] = []
  const tell = createForkWatch({
    validators: () => members,
    onTooOld: (cause) => void causes.push(cause),
  })
  const say = (validator: string | undefined, forkTime = 0): number => {
    tell({ validator: validator as Address | undefined, forkTime })
    return causes.length
  }
  assert.is(say('0x01'), 0)
  assert.is(say('0x01', 1_900_000_000), 0, 'one member is one member')
  assert.is(say('0x99'), 0, 'a stranger is nobody')
  assert.is(say(undefined), 0, 'an observer is nobody')
  assert.is(say('0x03'), 1)
  assert.is(say('0x04'), 1, 'told once')
  assert.is(causes[0]?.code, 'NODE_TOO_OLD')
  assert.match(causes[0]?.message ?? '', '2 of 4 validators follow a fork that began at 2030')
})

test('a node key is made once, for its owner only, and kept', async () => {
  const path = join(root, 'node.key')
  const made = await openNodeKey(path)
  assert.is(statSync(path).mode & 0o777, 0o600)
  const text = readFileSync(path, 'utf8')
  const again = await openNodeKey(path)
  assert.is(await nodeKeyToPeerId(again), await nodeKeyToPeerId(made))
  assert.is(readFileSync(path, 'utf8'), text)
})

test('a node key that cannot be read is refused and stays as it is', async () => {
  const path = join(root, 'damaged.key')
  writeFileSync(path, 'no key\n')
  await rejects(() => openNodeKey(path), 'NODE_KEY_INVALID')
  assert.is(readFileSync(path, 'utf8'), 'no key\n')
  const directory = join(root, 'directory.key')
  mkdirSync(directory)
  await rejects(() => openNodeKey(directory), 'FILE_UNREADABLE')
})

test('a signed transaction decodes to what was asked, from its signer', async () => {
  const key = testKey('sender')
  const to = testKey('receiver').address
  const bytes = fc.uint8Array({ maxLength: 40 }).map((part) => Buffer.from(part).toString('hex'))
  const nonces = fc.integer({ min: 0, max: 2 ** 40 })
  await fc.assert(
    fc.asyncProperty(bytes, nonces, fc.bigInt(0n, 2n ** 60n), async (text, nonce, feePerGas) => {
      const data = `0x${text}` as const
      const call = { chainId: 4_242, nonce, to, data, gas: 90_000n, feePerGas }
      const view = decodeTransaction(hexToBytes(await signTransaction(signerOf(key), call)))
      assert.ok(view.ok)
      if (!view.ok) return
      assert.is(view.value.from, key.address)
      assert.is(view.value.to, to)
      assert.is(view.value.nonce, BigInt(nonce))
      assert.is(view.value.gas, 90_000n)
      assert.is(view.value.maxFeePerGas, feePerGas)
      assert.is(view.value.maxPriorityFeePerGas, feePerGas)
      assert.equal(view.value.input, hexToBytes(data))
    }),
    { numRuns: 50 },
  )
})

test('a percentile is the nearest rank of the sorted samples', () => {
  assert.is(percentile([], 0.5), 0)
  assert.is(percentile([7], 0.99), 7)
  assert.is(percentile([10, 1, 9, 2, 8, 3, 7, 4, 6, 5], 0.5), 5)
  assert.is(percentile([10, 1, 9, 2, 8, 3, 7, 4, 6, 5], 0.99), 10)
  assert.is(percentile([3, 1, 2], 0.01), 1)
  const samples = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1 })
  fc.assert(
    fc.property(samples, fc.double({ min: 0.001, max: 1, noNaN: true }), (list, share) => {
      const value = percentile(list, share)
      const atMost = list.filter((each) => each <= value).length
      const below = list.filter((each) => each < value).length
      return list.includes(value) && atMost >= share * list.length && below < share * list.length
    }),
  )
})

test('the samples of a percentile keep their order', () => {
  const samples = [3, 1, 2]
  percentile(samples, 0.5)
  assert.equal(samples, [3, 1, 2])
})

test('the version is that of the package', () => assert.is(VERSION, packageJson.version))

test('a node process that cannot start is reported with its own code and its log', async () => {
  const logFile = join(root, 'node.log')
  const start = { name: 'observer-1', configFile: join(root, 'absent.json'), logFile }
  const failure = await rejects(() => startNodeProcess(start), 'NODE_FAILED')
  assert.is(failure.facts['code'], 'NODE_EXITED')
  assert.is(failure.facts['log'], logFile)
  assert.match(readFileSync(logFile, 'utf8'), '[CONFIG_INVALID]')
})

test.after(() => rmSync(root, { recursive: true }))
test.run()
