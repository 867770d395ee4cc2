/**
 * The state transition of one transaction on a machine: the rules that make it invalid (Yellow
 * Paper 6, EIP-155, 1559, 2718, 3607, 7623), then ethereumjs `runTx`, then the receipt.
 */
import type { Block as EvmBlock } from '@ethereumjs/block'
import { createTxFromRLP } from '@ethereumjs/tx'
import { createAddressFromString } from '@ethereumjs/util'
import { runTx } from '@ethereumjs/vm'
import {
  AssertionError,
  accept,
  bytesToHex,
  type Log,
  type Receipt,
  type Refusal,
  type Result,
  refuse,
  type TransactionView,
  VecheError,
} from '@veche/primitives'
import { OutOfTime } from '../evm/budget.ts'
import { minimumGas } from '../evm/intrinsic.ts'
import type { Machine } from '../evm/machine.ts'
import type { StateBase } from '../state/flat.ts'
import { bytesToKey } from '../state/flat.ts'
import { effectiveGasPrice, transactionCost } from '../transaction.ts'
import { hasFork } from './forks.ts'

/** A raw transaction with its decoded view. */
export interface RawTransaction {
  readonly raw: Uint8Array
  readonly view: TransactionView
}

/** Where a transaction runs: the block so far. */
export interface BlockSoFar {
  readonly machine: Machine
  readonly block: EvmBlock
  readonly chainId: bigint
  readonly gasLimit: bigint
  readonly baseFee: bigint
  /** gas of the transactions before */
  gasUsed: bigint
}

/** Code that marks a delegated account (EIP-7702). */
const DELEGATION_PREFIX = '0xef0100'

/** Whether the account may send: it has no code, or only a delegation (EIP-3607, EIP-7702). */
export function maySend(state: StateBase, from: `0x${string}`, delegations: boolean): boolean {
  const account = state.account(from)
  if (account === undefined) return true
  const code = state.code(bytesToKey(account.codeHash))
  if (code === undefined || code.length === 0) return true
  return delegations && code.length === 23 && bytesToHex(code.subarray(0, 3)) === DELEGATION_PREFIX
}

function judgeFees(view: TransactionView, so: BlockSoFar): Refusal | undefined {
  if (!hasFork(so.machine.fork, 'london')) return undefined
  const max = view.maxFeePerGas ?? view.gasPrice ?? 0n
  if (max < so.baseFee)
    return refuse(
      'TRANSACTION_UNDERPRICED',
      `max fee per gas less than block base fee: ${max} < ${so.baseFee}`,
    )
  return undefined
}

const TYPE_FORKS = ['berlin', 'berlin', 'london', undefined, 'prague'] as const

/** Judges a transaction against the state before it. Undefined when it may run. */
export function judgeTransaction(view: TransactionView, so: BlockSoFar): Refusal | undefined {
  const { fork, state } = so.machine
  const since = TYPE_FORKS[view.type]
  if (since === undefined || !hasFork(fork, since))
    return refuse('TRANSACTION_TYPE_UNSUPPORTED', `transaction type not supported: ${view.type}`)
  if (view.chainId !== undefined && view.chainId !== so.chainId)
    return refuse('TRANSACTION_CHAIN_INVALID', `chain ${so.chainId} expected, got ${view.chainId}`)
  const left = so.gasLimit - so.gasUsed
  if (view.gas > left)
    return refuse('TRANSACTION_GAS_LIMIT', `at most ${left} gas expected, got ${view.gas}`)
  const least = minimumGas(view, fork)
  if (view.gas < least)
    return refuse('TRANSACTION_INTRINSIC_GAS', `intrinsic gas too low: ${view.gas} < ${least}`)
  if (hasFork(fork, 'shanghai') && view.to === null && view.input.length > 49_152)
    return refuse('TRANSACTION_INIT_CODE', 'max initcode size exceeded')
  if (hasFork(fork, 'osaka') && view.gas > 16_777_216n)
    return refuse('TRANSACTION_GAS_LIMIT', 'at most 2^24 gas expected (EIP-7825)')
  const fees = judgeFees(view, so)
  if (fees !== undefined) return fees
  const account = state.overlay.account(view.from)
  const nonce = account?.nonce ?? 0n
  if (view.nonce !== nonce)
    return refuse(
      view.nonce < nonce ? 'TRANSACTION_NONCE_LOW' : 'TRANSACTION_NONCE_HIGH',
      `nonce ${nonce} expected, got ${view.nonce}`,
    )
  const cost = transactionCost(view)
  const balance = account?.balance ?? 0n
  if (balance < cost)
    return refuse('TRANSACTION_FUNDS', `balance ${balance}, tx cost ${cost}: insufficient funds`)
  if (!maySend(state.overlay, view.from, hasFork(fork, 'prague')))
    return refuse('TRANSACTION_SENDER_CODE', 'sender not an eoa')
  return undefined
}

type RunResult = Awaited<ReturnType<typeof runTx>>

function toReceipt(view: TransactionView, result: RunResult, so: BlockSoFar): Receipt {
  const logs: Log[] = []
  for (const [address, topics, data] of result.execResult.logs ?? [])
    logs.push({ address: bytesToKey(address), topics: topics.map(bytesToKey), data })
  const failed = result.execResult.exceptionError !== undefined
  const created = view.to === null ? result.createdAddress : undefined
  return {
    type: view.type,
    status: failed ? 0 : 1,
    cumulativeGasUsed: so.gasUsed,
    gasUsed: result.totalGasSpent,
    logsBloom: result.bloom.bitvector,
    logs,
    from: view.from,
    ...(created === undefined ? {} : { contractAddress: bytesToKey(created.bytes) }),
    effectiveGasPrice: effectiveGasPrice(view, so.baseFee),
  }
}

/** How long one transaction may run, milliseconds; see `Budget.start`. */
export interface RunLimit {
  readonly timeMs: number
  readonly wallMs?: number
}

/**
 * Runs one transaction and adds its gas to `so`. Refuses when it is invalid here, with
 * `TRANSACTION_TIMEOUT` when it ran longer than `timeMs`, with `TRANSACTION_STARVED` when `wallMs`
 * went by and the processor gave it less than `timeMs`; the state is then as before. Failures of
 * the store pass through as `VecheError`.
 */
export async function runTransaction(
  { raw, view }: RawTransaction,
  so: BlockSoFar,
  { timeMs, wallMs = timeMs }: RunLimit,
): Promise<Result<Receipt>> {
  const verdict = judgeTransaction(view, so)
  if (verdict !== undefined) return verdict
  const { machine, block } = so
  const { overlay } = machine.state
  const depth = overlay.depth
  overlay.checkpoint()
  machine.budget.start(timeMs, wallMs)
  try {
    const tx = createTxFromRLP(raw, { common: machine.common, freeze: false })
    const sender = createAddressFromString(view.from)
    tx.getSenderAddress = () => sender
    const result = await runTx(machine.vm, { tx, block, skipHardForkValidation: true })
    overlay.commit()
    so.gasUsed += result.totalGasSpent
    return accept(toReceipt(view, result, so))
  } catch (error) {
    overlay.revertTo(depth)
    overlay.endTransaction()
    machine.evm.journal.cleanJournal()
    machine.evm.transientStorage.clear()
    if (error instanceof OutOfTime && error.starved)
      return refuse('TRANSACTION_STARVED', `no processor for it in ${wallMs} ms`)
    if (error instanceof OutOfTime)
      return refuse('TRANSACTION_TIMEOUT', `ran longer than ${timeMs} ms`)
    if (error instanceof VecheError || error instanceof AssertionError) throw error
    // a rule of ethereumjs that judgeTransaction does not know: the same verdict on every node
    return refuse('TRANSACTION_INVALID', error instanceof Error ? error.message : String(error))
  }
}
