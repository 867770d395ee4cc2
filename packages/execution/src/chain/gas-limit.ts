/**
 * The genesis gas limit from the step duration: gasLimit × worst ns/gas ≤ 0.2 D (consensus.md,
 * "Parameters"), or one free transaction outlasts every window. Figures: ADR 0033.
 */

/** share of a step that one full block of the worst opcode may take */
const STEP_SHARE = 0.2

/**
 * The largest gas limit, rounded down to 100,000, whose worst block runs in 0.2 × `stepSeconds`.
 */
export function deriveGasLimit(stepSeconds: number, worstNsPerGas: number): bigint {
  const gas = (stepSeconds * 1e9 * STEP_SHARE) / worstNsPerGas
  return BigInt(Math.floor(gas / 100_000) * 100_000)
}
