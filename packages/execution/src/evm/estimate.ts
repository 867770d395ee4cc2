/**
 * eth_estimateGas as geth does it (`eth/gasestimator`): one run with all the gas, one optimistic
 * guess, then a binary search that stops within 1.5 percent.
 */
import { EMPTY_CODE_HASH, ZERO_ADDRESS } from '@veche/primitives'
import { bytesToKey } from '../state/flat.ts'
import type { CallFailure, CallRequest, EstimateOutcome } from './call-types.ts'
import type { CallSite } from './site.ts'

const TRANSFER_GAS = 21_000n
const STIPEND = 2_300n
/** geth's error ratio of 0.015 */
const RATIO_NUMERATOR = 15n
const RATIO_DENOMINATOR = 1_000n

type Try = { kind: 'success'; gasUsed: bigint; refund: bigint } | CallFailure

async function attempt(site: CallSite, request: CallRequest, gas: bigint): Promise<Try> {
  const { outcome, refund } = await site.run(request, gas)
  return outcome.kind === 'success'
    ? { kind: 'success', gasUsed: outcome.gasUsed, refund }
    : outcome
}

/** the most gas the sender may and can pay, or why none */
async function ceiling(site: CallSite, request: CallRequest): Promise<bigint | CallFailure> {
  const { gas } = request
  let high = gas !== undefined && gas >= TRANSFER_GAS ? gas : site.context.gasLimit
  if (high > site.gasCap) high = site.gasCap
  const price = request.gasPrice ?? request.maxFeePerGas ?? 0n
  if (price === 0n) return high
  const overlay = await site.state()
  const balance = overlay.account(request.from ?? ZERO_ADDRESS)?.balance ?? 0n
  const value = request.value ?? 0n
  if (value >= balance && value > 0n)
    return { kind: 'refused', reason: 'insufficient funds for transfer' }
  const allowance = (balance - value) / price
  return high > allowance ? allowance : high
}

async function isTransfer(site: CallSite, request: CallRequest): Promise<boolean> {
  if (request.to === undefined || request.input.length > 0) return false
  if ((request.authorizationList?.length ?? 0) > 0 || (request.accessList?.length ?? 0) > 0)
    return false
  if (site.machine.evm.precompiles.has(request.to.slice(2))) return false
  const account = (await site.state()).account(request.to)
  return account === undefined || bytesToKey(account.codeHash) === EMPTY_CODE_HASH
}

async function search(
  site: CallSite,
  request: CallRequest,
  bounds: { low: bigint; high: bigint },
): Promise<EstimateOutcome> {
  let { low, high } = bounds
  while (low + 1n < high) {
    if ((high - low) * RATIO_DENOMINATOR < high * RATIO_NUMERATOR) break
    let middle = (high + low) / 2n
    // most contracts need little: look near the low end first
    if (middle > low * 2n && low > 0n) middle = low * 2n
    const tried = await attempt(site, request, middle)
    if (tried.kind === 'timeout') return tried
    if (tried.kind === 'success') high = middle
    else low = middle
  }
  return { kind: 'success', gas: high }
}

/** The least gas limit, within 1.5 percent, with which the request succeeds. */
export async function estimateGas(site: CallSite, request: CallRequest): Promise<EstimateOutcome> {
  let high = await ceiling(site, request)
  if (typeof high !== 'bigint') return high
  if (await isTransfer(site, request)) {
    const plain = await attempt(site, request, TRANSFER_GAS)
    if (plain.kind === 'success') return { kind: 'success', gas: TRANSFER_GAS }
  }
  const most = await attempt(site, request, high)
  if (most.kind === 'halt' && most.reason === 'out of gas')
    return { kind: 'refused', reason: `gas required exceeds allowance (${high})` }
  if (most.kind === 'refused' && most.reason.startsWith('intrinsic gas too low'))
    return { kind: 'refused', reason: `gas required exceeds allowance (${high})` }
  if (most.kind !== 'success') return most
  let low = most.gasUsed - 1n
  const optimistic = ((most.gasUsed + most.refund + STIPEND) * 64n) / 63n
  if (optimistic < high) {
    const tried = await attempt(site, request, optimistic)
    if (tried.kind === 'timeout') return tried
    if (tried.kind === 'success') high = optimistic
    else low = optimistic
  }
  return search(site, request, { low, high })
}
