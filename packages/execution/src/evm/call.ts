/**
 * One unsigned transaction on an overlay, as geth's eth_call runs it: no nonce, no signature, no
 * EIP-3607; with a price of zero the base fee is zero too. The overlay is spoilt afterwards.
 */
import type { Block as EvmBlock } from '@ethereumjs/block'
import type { EVMResult } from '@ethereumjs/evm'
import { createAddressFromString, type Address as EvmAddress } from '@ethereumjs/util'
import {
  type AccessListItem,
  type Address,
  concatBytes,
  EMPTY_BYTES,
  type Hash,
  hexToBytes,
  ZERO_ADDRESS,
} from '@veche/primitives'
import { hasFork } from '../chain/forks.ts'
import { EMPTY_CODE_HASH_BYTES, EMPTY_ROOT_BYTES, stripZeros } from '../state/flat.ts'
import type { Overlay } from '../state/overlay.ts'
import { recoverAuthority } from '../transaction.ts'
import { OutOfTime } from './budget.ts'
import type { AccountOverride, CallOutcome, CallRequest } from './call-types.ts'
import { intrinsicGas, minimumGas } from './intrinsic.ts'
import { type BlockContext, contextToBlock, type Machine } from './machine.ts'

/** One run: the outcome with what estimates and access lists need beside it. */
export interface CallRun {
  readonly outcome: CallOutcome
  /** gas given back at the end (EIP-3529) */
  readonly refund: bigint
  /** what the run touched, when asked for */
  readonly touched?: readonly AccessListItem[]
  readonly created?: Address
}

export interface RunCallOptions {
  readonly machine: Machine
  readonly request: CallRequest
  readonly context: BlockContext
  readonly gas: bigint
  readonly stopAtMs: number
  readonly limitMs: number
  readonly reportAccess?: boolean
}

/** geth's words for ethereumjs's */
const HALTS: ReadonlyMap<string, string> = new Map([
  ['invalid JUMP', 'invalid jump destination'],
  ['static state change', 'write protection'],
  ['create collision', 'contract address collision'],
  ['code store out of gas', 'contract creation code storage out of gas'],
  ['code size to deposit exceeds maximum code size', 'max code size exceeded'],
  ['initcode exceeds max initcode size', 'max initcode size exceeded'],
  ['insufficient balance', 'insufficient balance for transfer'],
  ['invalid bytecode deployed', 'invalid code: must not begin with 0xef'],
  ['attempting to access returndata out of bounds', 'return data out of bounds'],
])

function refused(reason: string): CallRun {
  return { outcome: { kind: 'refused', reason }, refund: 0n }
}

/** wei per gas the request pays, or why it cannot */
function priceOf(request: CallRequest, baseFee: bigint): bigint | string {
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas } = request
  if (gasPrice !== undefined && (maxFeePerGas ?? maxPriorityFeePerGas) !== undefined)
    return 'both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified'
  if (gasPrice !== undefined) return gasPrice
  const max = maxFeePerGas ?? 0n
  const tip = maxPriorityFeePerGas ?? 0n
  if (max === 0n && tip === 0n) return 0n
  if (tip > max) return `max priority fee per gas higher than max fee per gas: ${tip} > ${max}`
  return baseFee + tip < max ? baseFee + tip : max
}

function warmUp(machine: Machine, block: EvmBlock, request: CallRequest): void {
  const { journal } = machine.evm
  for (const address of machine.evm.precompiles.keys()) journal.addAlwaysWarmAddress(address)
  journal.addAlwaysWarmAddress(request.from ?? ZERO_ADDRESS)
  if (request.to !== undefined) journal.addAlwaysWarmAddress(request.to)
  if (hasFork(machine.fork, 'shanghai'))
    journal.addAlwaysWarmAddress(block.header.coinbase.toString())
  for (const { address, storageKeys } of request.accessList ?? []) {
    journal.addAlwaysWarmAddress(address, true)
    for (const key of storageKeys) journal.addAlwaysWarmSlot(address, key, true)
  }
}

const NO_ACCOUNT = {
  nonce: 0n,
  balance: 0n,
  storageRoot: EMPTY_ROOT_BYTES,
  codeHash: EMPTY_CODE_HASH_BYTES,
}

/** EIP-7702 on the overlay; invalid tuples are skipped */
async function applyAuthorizations(machine: Machine, request: CallRequest): Promise<void> {
  const { overlay } = machine.state
  for (const authorization of request.authorizationList ?? []) {
    const authority = recoverAuthority(authorization)
    if (authority === undefined) continue
    machine.evm.journal.addAlwaysWarmAddress(authority)
    const account = overlay.account(authority) ?? NO_ACCOUNT
    if (account.nonce !== authorization.nonce) continue
    overlay.setAccount(authority, { ...account, nonce: account.nonce + 1n })
    const target = hexToBytes(authorization.address)
    const clears = target.every((byte) => byte === 0)
    const code = clears ? EMPTY_BYTES : concatBytes(Uint8Array.of(0xef, 1, 0), target)
    await machine.state.putCode(createAddressFromString(authority), code)
  }
}

function toAccessList(machine: Machine, skipped: ReadonlySet<string>): AccessListItem[] {
  const list: AccessListItem[] = []
  for (const [address, slots] of machine.evm.journal.accessList ?? []) {
    if (slots.size === 0 && skipped.has(`0x${address}`)) continue
    const storageKeys = [...slots].map((slot): Hash => `0x${slot}`)
    list.push({ address: `0x${address}`, storageKeys })
  }
  return list
}

/** geth's `ErrInvalidOpCode` */
function invalidOpcode({ runState }: EVMResult['execResult']): string {
  const opcode = runState?.opCode ?? 0xfe
  if (opcode === 0xfe) return 'invalid opcode: INVALID'
  return `invalid opcode: opcode 0x${opcode.toString(16)} not defined`
}

function settle(result: EVMResult, options: RunCallOptions, base: bigint, floor: bigint): CallRun {
  const { execResult } = result
  const { fork } = options.machine
  let gasUsed = base + execResult.executionGasUsed
  const most = gasUsed / (hasFork(fork, 'london') ? 5n : 2n)
  const owed = execResult.gasRefund ?? 0n
  const refund = owed < most ? owed : most
  gasUsed -= refund
  if (gasUsed < floor) gasUsed = floor
  const output = execResult.returnValue
  const error = execResult.exceptionError?.error
  if (error === undefined) return { outcome: { kind: 'success', output, gasUsed }, refund }
  if (error === 'revert') return { outcome: { kind: 'revert', output, gasUsed }, refund }
  const reason =
    error === 'invalid opcode' ? invalidOpcode(execResult) : (HALTS.get(error) ?? error)
  return { outcome: { kind: 'halt', reason, gasUsed }, refund }
}

function judgeFunds(overlay: Overlay, options: RunCallOptions, price: bigint): string | undefined {
  const { request, gas, context } = options
  const from = request.from ?? ZERO_ADDRESS
  const most = request.maxFeePerGas ?? request.gasPrice ?? 0n
  const baseFee = context.baseFeePerGas ?? 0n
  if (price > 0n && most < baseFee)
    return `max fee per gas less than block base fee: address ${from}, maxFeePerGas: ${most}, baseFee: ${baseFee}`
  const account = overlay.account(from) ?? NO_ACCOUNT
  const want = gas * most + (request.value ?? 0n)
  if (account.balance < want)
    return `insufficient funds for gas * price + value: address ${from} have ${account.balance} want ${want}`
  overlay.setAccount(from, { ...account, balance: account.balance - gas * price })
  return undefined
}

/** Runs a request on the machine's overlay. Throws nothing but failures of the world. */
export async function runCallRequest(options: RunCallOptions): Promise<CallRun> {
  const { machine, request, gas } = options
  const price = priceOf(request, options.context.baseFeePerGas ?? 0n)
  if (typeof price === 'string') return refused(price)
  const costed = { ...request, to: request.to ?? null }
  const { base, floor } = intrinsicGas(costed, machine.fork)
  const least = minimumGas(costed, machine.fork)
  if (gas < least) return refused(`intrinsic gas too low: have ${gas}, want ${least}`)
  if (request.to === undefined && request.input.length > 49_152)
    return refused(`max initcode size exceeded: code size ${request.input.length} limit 49152`)
  const { overlay } = machine.state
  const funds = judgeFunds(overlay, options, price)
  if (funds !== undefined) return refused(funds)
  const { context } = options
  const free = price === 0n && context.baseFeePerGas !== undefined
  const block = contextToBlock(machine, free ? { ...context, baseFeePerGas: 0n } : context)
  const { evm } = machine
  evm.journal.cleanJournal()
  if (options.reportAccess === true) evm.journal.startReportingAccessList()
  warmUp(machine, block, request)
  await applyAuthorizations(machine, request)
  const caller: EvmAddress = createAddressFromString(request.from ?? ZERO_ADDRESS)
  machine.budget.start(options.stopAtMs - performance.now())
  try {
    const result = await evm.runCall({
      block,
      gasPrice: price,
      caller,
      gasLimit: gas - base,
      ...(request.to === undefined ? {} : { to: createAddressFromString(request.to) }),
      value: request.value ?? 0n,
      data: request.input,
    })
    const run = settle(result, options, base, floor)
    if (options.reportAccess !== true) return run
    const created = result.createdAddress?.toString() as Address | undefined
    const skipped = new Set([request.from ?? ZERO_ADDRESS, request.to ?? created ?? ZERO_ADDRESS])
    for (const address of evm.precompiles.keys()) skipped.add(`0x${address}`)
    return { ...run, touched: toAccessList(machine, skipped) }
  } catch (error) {
    if (!(error instanceof OutOfTime)) throw error
    return { outcome: { kind: 'timeout', limitMs: options.limitMs }, refund: 0n }
  } finally {
    evm.journal.cleanJournal()
    delete evm.journal.accessList
    evm.transientStorage.clear()
  }
}

/** Writes geth's state overrides into a fresh overlay. */
export async function applyOverrides(
  machine: Machine,
  overrides: ReadonlyMap<Address, AccountOverride>,
): Promise<void> {
  const { overlay } = machine.state
  for (const [address, override] of overrides) {
    const account = overlay.account(address) ?? NO_ACCOUNT
    overlay.setAccount(address, {
      ...account,
      nonce: override.nonce ?? account.nonce,
      balance: override.balance ?? account.balance,
    })
    if (override.code !== undefined)
      await machine.state.putCode(createAddressFromString(address), override.code)
    if (override.state !== undefined) overlay.clearStorage(address)
    for (const [slot, value] of override.state ?? override.stateDiff ?? [])
      overlay.setSlot(address, slot, stripZeros(hexToBytes(value)))
  }
  overlay.endTransaction()
}

/** The precompiles of a machine with some moved; undefined when none is moved. */
export function movedPrecompiles(
  machine: Machine,
  overrides: ReadonlyMap<Address, AccountOverride>,
): typeof machine.evm.precompiles | undefined {
  let moved: Map<string, ReturnType<typeof machine.evm.precompiles.get>> | undefined
  for (const [address, { movePrecompileTo }] of overrides) {
    const precompile = machine.evm.precompiles.get(address.slice(2))
    if (movePrecompileTo === undefined || precompile === undefined) continue
    moved ??= new Map(machine.evm.precompiles)
    moved.delete(address.slice(2))
    moved.set(movePrecompileTo.slice(2), precompile)
  }
  return moved as typeof machine.evm.precompiles | undefined
}
