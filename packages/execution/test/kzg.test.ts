/** Point evaluation against commitments whose openings are known without a prover. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { verifyKzgProof } from '../src/evm/kzg.ts'
import { openCurves } from '../src/evm/precompiles.ts'

await openCurves()

const setupFile = join(
  import.meta.dirname,
  '../../../node_modules/viem/trusted-setups/mainnet.json',
)
const G1 =
  '0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb'
const INFINITY = `0xc0${'00'.repeat(47)}`

function scalar(value: bigint): string {
  return `0x${value.toString(16).padStart(64, '0')}`
}

test('the constant polynomial 1 opens to 1 everywhere and to nothing else', () => {
  for (const z of [0n, 5n, 2n ** 200n]) {
    assert.ok(verifyKzgProof(G1, scalar(z), scalar(1n), INFINITY))
    assert.not.ok(verifyKzgProof(G1, scalar(z), scalar(2n), INFINITY))
  }
})

test('the polynomial x, committed by the ceremony, opens to z at z', () => {
  if (!existsSync(setupFile)) {
    process.stdout.write('skipped: viem brings no trusted setup\n')
    return
  }
  const setup = JSON.parse(readFileSync(setupFile, 'utf8')) as { g1_monomial: string[] }
  const tau = setup.g1_monomial[1] as string
  assert.ok(verifyKzgProof(tau, scalar(77n), scalar(77n), G1))
  assert.not.ok(verifyKzgProof(tau, scalar(77n), scalar(78n), G1))
})

test('a scalar above the modulus and a point off the curve are bad input', () => {
  const most = scalar(2n ** 256n - 1n)
  assert.throws(() => verifyKzgProof(G1, most, scalar(1n), INFINITY), /BADARGS/)
  const off = `0x8f${'11'.repeat(47)}`
  assert.throws(() => verifyKzgProof(off, scalar(0n), scalar(1n), INFINITY), /BADARGS/)
})

test.run()
