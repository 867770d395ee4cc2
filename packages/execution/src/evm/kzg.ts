/**
 * Verification of one KZG opening for the point evaluation precompile (0x0a, EIP-4844) over mcl's
 * BLS12-381. The chain carries no blobs, but the precompile is part of the Cancun EVM. Of the
 * trusted setup only [τ]₂ is needed: e(C − [y]₁, [1]₂) = e(π, [τ]₂ − [z]₂).
 */
import type { KZG } from '@ethereumjs/util'
import { VecheError } from '@veche/primitives'
import * as mcl from 'mcl-wasm'

const G1_GENERATOR =
  '97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb'
const G2_GENERATOR =
  '93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8'
/** second G2 power of the Ethereum ceremony (KZG setup of 2023, `g2_monomial[1]`) */
const TAU_G2 =
  'b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2'
const SCALAR_MODULUS =
  52435875175126190479447740508185965837690552500527637822603658699938581184513n

/** ethereumjs takes a throw with this word as "the input is bad" */
function badInput(what: string): never {
  throw new VecheError('KZG_INPUT_INVALID', `C_KZG_BADARGS: ${what}`)
}

function toG1(hex: string): mcl.G1 {
  try {
    mcl.verifyOrderG1(true)
    return mcl.deserializeHexStrToG1(hex.replace(/^0x/, ''))
  } catch {
    return badInput('no point of G1')
  }
}

function toScalar(hex: string): mcl.Fr {
  const value = BigInt(hex)
  if (value >= SCALAR_MODULUS) badInput('scalar above the modulus')
  const scalar = new mcl.Fr()
  scalar.setStr(value.toString(10), 10)
  return scalar
}

/** Whether the committed polynomial is `y` at `z`. mcl must be initialised for BLS12-381. */
export function verifyKzgProof(commitment: string, z: string, y: string, proof: string): boolean {
  const c = toG1(commitment)
  const pi = toG1(proof)
  const g1 = mcl.deserializeHexStrToG1(G1_GENERATOR)
  const g2 = mcl.deserializeHexStrToG2(G2_GENERATOR)
  const tau = mcl.deserializeHexStrToG2(TAU_G2)
  const left = mcl.pairing(mcl.sub(c, mcl.mul(g1, toScalar(y))), g2)
  const right = mcl.pairing(pi, mcl.sub(tau, mcl.mul(g2, toScalar(z))))
  return left.isEqual(right)
}

function unused(): never {
  throw new VecheError('KZG_UNSUPPORTED', 'this chain carries no blobs')
}

/** What ethereumjs's `customCrypto.kzg` needs; blob functions are never called without type 3. */
export const pointEvaluation: KZG = {
  verifyProof: verifyKzgProof,
  blobToKzgCommitment: unused,
  computeBlobProof: unused,
  verifyBlobProofBatch: unused,
  computeCells: unused,
  computeCellsAndProofs: unused,
  recoverCellsAndProofs: unused,
  verifyCellKzgProofBatch: unused,
}
