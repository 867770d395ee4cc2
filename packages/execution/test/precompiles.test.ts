/** The WebAssembly curves against the noble references: equal outputs, and equal refusals. */
import { type EVMBLSInterface, NobleBLS, NobleBN254 } from '@ethereumjs/evm'
import { bigintToBytes, concatBytes, hexToBytes, padLeft } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openCurves } from '../src/evm/precompiles.ts'

await installNativeCrypto()
const { bn254, bls } = await openCurves()
const nobleBn = new NobleBN254()
const nobleBls: EVMBLSInterface = new NobleBLS()

/**
 * the output as text, or "refused": the precompiles fail on a throw and on an output of another
 * size
 */
function outcome(work: () => Uint8Array): string {
  try {
    const output = work()
    return output.length === 0 ? 'refused' : Buffer.from(output).toString('hex')
  } catch {
    return 'refused'
  }
}

function word(value: bigint): Uint8Array {
  return padLeft(bigintToBytes(value), 32)
}

const G1 = concatBytes(word(1n), word(2n))
const ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n
const scalar = fc.oneof(
  fc.bigInt(0n, 2n ** 256n - 1n),
  fc.constantFrom(0n, 1n, ORDER, ORDER - 1n, ORDER + 1n),
)

function multiple(of: bigint): Uint8Array {
  return nobleBn.mul(concatBytes(G1, word(of)))
}

test('bn254 addition and multiplication equal noble', () => {
  fc.assert(
    fc.property(scalar, scalar, (a, b) => {
      const left = multiple(a)
      const right = multiple(b)
      const sum = concatBytes(left, right)
      assert.is(
        outcome(() => bn254.add(sum)),
        outcome(() => nobleBn.add(sum)),
      )
      const product = concatBytes(left, word(b))
      assert.is(
        outcome(() => bn254.mul(product)),
        outcome(() => nobleBn.mul(product)),
      )
    }),
    { numRuns: 60 },
  )
})

test('bn254 refuses what is not on the curve, as noble does', () => {
  const bytes = fc.uint8Array({ minLength: 128, maxLength: 128, max: 3 })
  fc.assert(
    fc.property(bytes, (input) => {
      assert.is(
        outcome(() => bn254.add(input)),
        outcome(() => nobleBn.add(input)),
      )
    }),
    { numRuns: 100 },
  )
})

test('bn254 pairings equal noble', () => {
  const g2 = hexToBytes(
    '0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa',
  )
  const minus = multiple(ORDER - 1n)
  for (const input of [
    concatBytes(G1, g2),
    concatBytes(G1, g2, minus, g2),
    concatBytes(G1, g2, G1, g2),
    new Uint8Array(192),
    new Uint8Array(0),
  ])
    assert.is(
      outcome(() => bn254.pairing(input)),
      outcome(() => nobleBn.pairing(input)),
    )
})

const BLS_G1 = hexToBytes(
  '0x0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1',
)
const BLS_G2 = hexToBytes(
  '0x00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb80000000000000000000000000000000013e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e000000000000000000000000000000000ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801000000000000000000000000000000000606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be',
)

test('BLS12-381 multiplication and addition equal noble', () => {
  fc.assert(
    fc.property(scalar, scalar, (a, b) => {
      const one = concatBytes(BLS_G1, word(a))
      assert.is(
        outcome(() => bls.msmG1(one)),
        outcome(() => nobleBls.msmG1(one)),
      )
      const two = concatBytes(BLS_G2, word(b))
      assert.is(
        outcome(() => bls.msmG2(two)),
        outcome(() => nobleBls.msmG2(two)),
      )
      const sum = concatBytes(nobleBls.msmG1(one), BLS_G1)
      assert.is(
        outcome(() => bls.addG1(sum)),
        outcome(() => nobleBls.addG1(sum)),
      )
      const sum2 = concatBytes(nobleBls.msmG2(two), BLS_G2)
      assert.is(
        outcome(() => bls.addG2(sum2)),
        outcome(() => nobleBls.addG2(sum2)),
      )
    }),
    { numRuns: 8 },
  )
})

test('BLS12-381 sums, maps and pairings equal noble', () => {
  const msm1 = concatBytes(BLS_G1, word(5n), BLS_G1, word(7n), BLS_G1, word(0n))
  assert.is(
    outcome(() => bls.msmG1(msm1)),
    outcome(() => nobleBls.msmG1(msm1)),
  )
  const msm2 = concatBytes(BLS_G2, word(5n), BLS_G2, word(7n))
  assert.is(
    outcome(() => bls.msmG2(msm2)),
    outcome(() => nobleBls.msmG2(msm2)),
  )
  const fp = concatBytes(new Uint8Array(32), word(77n))
  assert.is(
    outcome(() => bls.mapFPtoG1(fp)),
    outcome(() => nobleBls.mapFPtoG1(fp)),
  )
  const fp2 = concatBytes(fp, fp)
  assert.is(
    outcome(() => bls.mapFP2toG2(fp2)),
    outcome(() => nobleBls.mapFP2toG2(fp2)),
  )
  const pair = concatBytes(BLS_G1, BLS_G2)
  assert.is(
    outcome(() => bls.pairingCheck(pair)),
    outcome(() => nobleBls.pairingCheck(pair)),
  )
  const none = new Uint8Array(384)
  assert.is(
    outcome(() => bls.pairingCheck(none)),
    outcome(() => nobleBls.pairingCheck(none)),
  )
})

test('BLS12-381 refuses points off the curve and outside the subgroup, as noble does', () => {
  const off = BLS_G1.slice()
  off[127] = (off[127] as number) ^ 1
  const candidates = [off, concatBytes(off.subarray(0, 64), BLS_G1.subarray(64))]
  for (let x = 0n; x < 6n; x++)
    candidates.push(concatBytes(new Uint8Array(32), word(x), off.subarray(64)))
  for (const point of candidates) {
    const input = concatBytes(point, BLS_G1)
    assert.is(
      outcome(() => bls.addG1(input)),
      outcome(() => nobleBls.addG1(input)),
    )
    const product = concatBytes(point, word(3n))
    assert.is(
      outcome(() => bls.msmG1(product)),
      outcome(() => nobleBls.msmG1(product)),
    )
  }
})

test.run()
