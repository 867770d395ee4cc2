/**
 * The libraries behind the costly precompiles: bn254 by rustbn (WebAssembly), BLS12-381 by mcl
 * (WebAssembly). Loaded once per thread; measured against noble in ADR 0032.
 */
import { type EVMOpts, MCLBLS, NobleBLS, RustBN254 } from '@ethereumjs/evm'
import * as mcl from 'mcl-wasm'
import { initRustBN } from 'rustbn-wasm'

export type Curves = Required<Pick<EVMOpts, 'bls' | 'bn254'>>

let loading: Promise<Curves> | undefined

async function loadCurves(): Promise<Curves> {
  await mcl.init(mcl.BLS12_381)
  // the compressed spelling of EIP-4844's points; MCLBLS spells its own
  mcl.setETHserialization(true)
  const bls = new MCLBLS(mcl)
  // the map of RFC 9380, which EIP-2537 asks for; EVMs before Prague would not set it
  bls.init()
  return { bls, bn254: new RustBN254(await initRustBN()) }
}

/** Loads the curve libraries; the same instances for every EVM of this thread. */
export function openCurves(): Promise<Curves> {
  loading ??= loadCurves()
  return loading
}

/** The slow reference, for tests and benches. */
export function createReferenceBls(): NobleBLS {
  return new NobleBLS()
}
