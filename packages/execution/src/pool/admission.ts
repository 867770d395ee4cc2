/** Who may enter the pool: everything that can be judged without the other transactions in it. */
import { type Refusal, refuse, type TransactionView } from '@veche/primitives'
import { type Fork, hasFork } from '../chain/forks.ts'
import { minimumGas } from '../evm/intrinsic.ts'
import { transactionCost } from '../transaction.ts'
import type { PoolOptions } from './types.ts'

const TYPE_FORKS = ['berlin', 'berlin', 'london', undefined, 'prague'] as const
const INIT_CODE_BYTES_MAX = 49_152
/** EIP-7825 */
const OSAKA_GAS_MAX = 16_777_216n

function judgeForm(view: TransactionView, options: PoolOptions, fork: Fork): Refusal | undefined {
  const since = TYPE_FORKS[view.type]
  if (since === undefined || !hasFork(fork, since))
    return refuse(
      'TRANSACTION_TYPE_UNSUPPORTED',
      `transaction type not supported: type ${view.type}`,
    )
  if (view.chainId === undefined)
    return refuse(
      'TRANSACTION_UNPROTECTED',
      'only replay-protected (EIP-155) transactions allowed over RPC',
    )
  if (view.chainId !== BigInt(options.chainId))
    return refuse(
      'TRANSACTION_CHAIN_INVALID',
      `invalid chain id for signer: have ${view.chainId} want ${options.chainId}`,
    )
  if (view.to === null && view.input.length > INIT_CODE_BYTES_MAX)
    return refuse(
      'TRANSACTION_INIT_CODE',
      `max initcode size exceeded: code size ${view.input.length}, limit ${INIT_CODE_BYTES_MAX}`,
    )
  return undefined
}

function judgeGas(view: TransactionView, options: PoolOptions, fork: Fork): Refusal | undefined {
  if (view.gas > options.gasLimit || (hasFork(fork, 'osaka') && view.gas > OSAKA_GAS_MAX))
    return refuse('TRANSACTION_GAS_LIMIT', 'exceeds block gas limit')
  const least = minimumGas(view, fork)
  if (view.gas < least)
    return refuse(
      'TRANSACTION_INTRINSIC_GAS',
      `intrinsic gas too low: gas ${view.gas}, minimum needed ${least}`,
    )
  const baseFee = options.baseFee?.() ?? 0n
  if (options.baseFee !== undefined && (view.maxFeePerGas ?? view.gasPrice ?? 0n) < baseFee)
    return refuse(
      'TRANSACTION_UNDERPRICED',
      `transaction underpriced: max fee per gas less than block base fee ${baseFee}`,
    )
  return undefined
}

/** Judges form, gas and price. Undefined when nothing speaks against it. */
export function judgeAdmission(view: TransactionView, options: PoolOptions): Refusal | undefined {
  const fork = options.fork?.() ?? 'prague'
  return judgeForm(view, options, fork) ?? judgeGas(view, options, fork)
}

/** Judges nonce and balance at the head. Undefined when nothing speaks against it. */
export function judgeAccount(view: TransactionView, options: PoolOptions): Refusal | undefined {
  const account = options.state.account(view.from)
  const nonce = account?.nonce ?? 0n
  if (view.nonce < nonce)
    return refuse(
      'TRANSACTION_NONCE_LOW',
      `nonce too low: next nonce ${nonce}, tx nonce ${view.nonce}`,
    )
  const balance = account?.balance ?? 0n
  const cost = transactionCost(view)
  if (balance < cost)
    return refuse(
      'TRANSACTION_FUNDS',
      `insufficient funds for gas * price + value: balance ${balance}, tx cost ${cost}, overshot ${cost - balance}`,
    )
  return undefined
}
