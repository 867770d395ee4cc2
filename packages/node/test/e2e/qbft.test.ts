/**
 * Third-party readability (docs/third-party.md): a real network of the QBFT preset, one validator
 * dead for a while so that later rounds decide too, exported and judged by a checker that shares no
 * code with the chain.
 */
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  bytesToHex,
  hexToBytes,
  ISTANBUL_MIX_HASH,
  keccak256,
  type Signer,
} from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Hex } from 'viem'
import { serializeTransaction } from 'viem/utils'
import { type OpenDrill, openDrill } from '../support/drill.ts'
import { openKey } from '../support/load.ts'
import { waitMined } from '../support/transact.ts'
import { tell } from '../support/until.ts'
import { runVeche } from '../support/veche.ts'

const BLOCKS = 24
const TIMEOUT_MS = 90_000
const MIX_HASH = Buffer.from(ISTANBUL_MIX_HASH.slice(2), 'hex')
const CHECKER = join(import.meta.dirname, '../../../../scripts/check-qbft-headers.ts')
let drill: OpenDrill
const at = (...parts: readonly string[]): string => join(drill.dir, ...parts)

test.before(async () => {
  drill = await openDrill({ preset: 'qbft', emptyBlockIntervalSeconds: 1 })
  await drill.startAll()
  await drill.reaches('observer-1', 1)
})

test.after(() => drill.close())

/** a transfer of one wei as Berlin knows it: legacy (EIP-155) or with an access list (EIP-2930) */
async function sendTransfer(signer: Signer, nonce: number): Promise<Hex> {
  const { chainId } = drill.files
  const common = { chainId, nonce, to: signer.address, value: 1n, gas: 30_000n, gasPrice: 0n }
  const unsigned =
    nonce % 2 === 0
      ? ({ type: 'legacy', ...common } as const)
      : ({ type: 'eip2930', accessList: [], ...common } as const)
  const signature = await signer.sign(keccak256(hexToBytes(serializeTransaction(unsigned))))
  const parts = {
    r: bytesToHex(signature.subarray(0, 32)),
    s: bytesToHex(signature.subarray(32, 64)),
    yParity: signature[64] as number,
  }
  const v = BigInt(35 + 2 * chainId + parts.yParity)
  const raw = serializeTransaction(unsigned, nonce % 2 === 0 ? { ...parts, v } : parts)
  return (await drill.rpc('observer-1', 'eth_sendRawTransaction', [raw])) as Hex
}

interface Judged {
  readonly blocks: number
  readonly transactions: number
  readonly seals: number
  readonly laterRounds: number
  readonly problems: readonly string[]
}

async function judge(file: string): Promise<Judged> {
  const args = [CHECKER, at(file), at('besu.json')]
  const ran = await promisify(execFile)(process.execPath, args).catch((error: unknown) => {
    // a chain with problems is exit code 1, and still an answer
    return error as { stdout: string }
  })
  return JSON.parse(ran.stdout) as Judged
}

test('a network of the preset decides, also in later rounds, one block a step', async () => {
  const signer = await openKey(drill, 'keys', 'issuer-1')
  let last: Hex = '0x'
  for (let nonce = 0; nonce < 8; nonce++) last = await sendTransfer(signer, nonce)
  assert.is((await waitMined(drill.url('observer-1'), last)).status, '0x1')
  await drill.kill('validator-2')
  const before = await drill.head('observer-1')
  await drill.reaches('observer-1', before + 8, TIMEOUT_MS)
  await drill.start('validator-2')
  last = await sendTransfer(signer, 8)
  await waitMined(drill.url('observer-1'), last)
  await drill.reaches('observer-1', BLOCKS, TIMEOUT_MS)
})

test('its exported chain obeys every rule of a QBFT client', async () => {
  await drill.stop('observer-1')
  const config = at('observer-1', 'config.json')
  assert.is((await runVeche(['export', at('chain.rlp'), '--config', config])).code, 0)
  const besu = await runVeche(['genesis', 'besu', at('genesis.json')])
  assert.is(besu.code, 0, besu.stderr)
  writeFileSync(at('besu.json'), besu.stdout)
  const judged = await judge('chain.rlp')
  tell(JSON.stringify(judged))
  assert.equal(judged.problems, [])
  assert.ok(judged.blocks > BLOCKS)
  assert.is(judged.transactions, 9)
  assert.ok(judged.laterRounds > 0, 'a dead proposer leaves a later round')
  assert.ok(judged.seals >= 3 * (judged.blocks - 1))
})

test('the checker is no rubber stamp: every altered byte of a header is told', async () => {
  const chain = readFileSync(at('chain.rlp'))
  const mixes: number[] = []
  for (let i = chain.indexOf(MIX_HASH); i >= 0; i = chain.indexOf(MIX_HASH, i + 1)) mixes.push(i)
  assert.ok(mixes.length > BLOCKS)
  // in the mixHash, in a seal, in the header before it
  const places = [3, 10, BLOCKS].flatMap((n) => [2, -30, -700].map((d) => (mixes[n] ?? 0) + d))
  for (const place of places) {
    const altered = Buffer.from(chain)
    altered[place] = (altered[place] as number) ^ 1
    writeFileSync(at('altered.rlp'), altered)
    const told = await judge('altered.rlp').then(
      ({ problems }) => problems.length,
      // what is no RLP any more ends the checker with an exception
      () => 1,
    )
    assert.ok(told > 0, `byte ${place}`)
  }
})

test('its exported chain imports into an empty directory', async () => {
  const chain = ['--data-dir', at('copy'), '--genesis-file', at('genesis.json'), '--json']
  const { code, stdout, stderr } = await runVeche(['import', at('chain.rlp'), ...chain])
  assert.is(code, 0, stderr)
  const { head, transactions } = JSON.parse(stdout) as { head: number; transactions: number }
  assert.ok(head >= BLOCKS)
  assert.is(transactions, 9)
})

test('a chain with changing validators is refused the Besu genesis, with the reasons', async () => {
  const made = ['genesis', 'new', '--validators', '4', '--local', '--out', at('city')]
  assert.is((await runVeche(made)).code, 0)
  const { code, stderr } = await runVeche(['genesis', 'besu', at('city', 'genesis.json')])
  assert.is(code, 1)
  assert.match(stderr, 'rules of Berlin only expected, got prague')
  assert.match(stderr, 'blocksPerStepMax 1 expected')
  assert.match(stderr, 'a constant validator set expected')
  assert.match(stderr, '[GENESIS_NOT_QBFT]')
})

test.run()
