/**
 * What a block of a new network has to hold (ADR 0165): any code, and every call that is measured
 * in packages/contracts/gas, each with the quarter that commands add to an estimate.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hex } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { GENESIS_GAS_LIMIT } from '../../src/limits.ts'
import { account, createChain, send } from '../support/service-chain.ts'

const GAS = join(import.meta.dirname, '..', '..', '..', 'contracts', 'gas')
/** EIP-170 */
const CODE_BYTES_MAX = 24_576
/** EIP-3860 */
const INIT_CODE_BYTES_MAX = 49_152

const withQuarter = (gas: bigint): bigint => (gas * 5n) / 4n

/** Creation code without a zero byte that leaves the first `CODE_BYTES_MAX` bytes behind itself. */
function largestInitCode(): Hex {
  // PUSH2 size, PUSH1 start, PUSH0, CODECOPY; PUSH2 size, PUSH0, RETURN
  const size = CODE_BYTES_MAX.toString(16)
  const start = `61${size}600c5f3961${size}5ff3`
  return `0x${start.padEnd(2 * INIT_CODE_BYTES_MAX, '01')}`
}

test('a block holds the largest code that there can be, from the largest creation code', async () => {
  const chain = await createChain()
  assert.is(chain.genesis.gasLimit, GENESIS_GAS_LIMIT)
  const made = await send(chain, { from: account('deployer'), data: largestInitCode() })
  assert.ok(made.ok)
  assert.ok(withQuarter(made.gasUsed) <= GENESIS_GAS_LIMIT, `${made.gasUsed} gas`)
  const beyond = largestInitCode().replaceAll('616000', '616001') as Hex
  const refused = await send(chain, { from: account('deployer'), data: beyond })
  assert.not.ok(refused.ok, 'one byte more is not code')
})

test('a block holds every call of the services that is measured', () => {
  for (const file of readdirSync(GAS)) {
    const figures = JSON.parse(readFileSync(join(GAS, file), 'utf8')) as Record<string, number>
    for (const [name, gas] of Object.entries(figures))
      assert.ok(withQuarter(BigInt(gas)) <= GENESIS_GAS_LIMIT, `${file} ${name}: ${gas}`)
  }
})

test.run()
