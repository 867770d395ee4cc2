/**
 * How a command acts on a contract: prepare, show, try, sign, send, wait until final. Nothing is
 * signed before it was shown, nothing is sent that the next block would refuse, and a refusal is
 * told in the contract's own words.
 */
import {
  type Address,
  type Hash,
  type Hex,
  hexToBytes,
  isHex,
  type Signer,
  VecheError,
} from '@veche/primitives'
import { callRpc } from '../json-rpc.ts'
import { ACT_GAS, FINAL_POLL_MS, FINAL_TIMEOUT_MS, LOST_AFTER_MS } from '../limits.ts'
import { signTransaction } from '../transactions.ts'
import { eventsInWords, type KnownContract, type NamedEvent, revertInWords } from './contracts.ts'
import { describeCall, type PreparedCall } from './describe.ts'

/** One call that a person wants to make. */
export interface Act {
  readonly contract: KnownContract
  readonly data: Hex
  /** gas limit; default: the node's estimate and a quarter more */
  readonly gas?: bigint
}

export interface ActOptions {
  readonly rpcUrl: string
  readonly signer: Signer
  /** takes what is shown before signing */
  readonly show: (text: string) => void
  /** asked once, after all is shown; false ends it with `NOT_CONFIRMED` */
  readonly confirm: () => Promise<boolean>
}

/** What a call did. */
export interface ActOutcome {
  readonly hash: Hash
  readonly blockNumber: number
  readonly gasUsed: number
  readonly events: readonly NamedEvent[]
  readonly logs: readonly { address: Address; topics: readonly Hash[]; data: Uint8Array }[]
}

interface ReceiptJson {
  readonly blockNumber: Hex
  readonly gasUsed: Hex
  readonly status: Hex
  readonly logs: readonly { address: Address; topics: readonly Hash[]; data: Hex }[]
}

const hexOf = (value: number): Hex => `0x${value.toString(16)}`

/** A failed eth_call as the contract's refusal, or the failure as it came. */
function asRefusal(error: unknown, { contract }: Act): unknown {
  if (!(error instanceof VecheError) || error.code !== 'RPC_FAILED') return error
  const data = error.facts['data']
  if (!isHex(data)) return error
  const { name, text } = revertInWords(hexToBytes(data), contract.binding.abi)
  return new VecheError('CALL_REFUSED', `${contract.name} refuses: ${text}`, {
    facts: { reason: name, contract: contract.name },
  })
}

/**
 * Runs a call as the next block would, for rules that look at height and time. Throws
 * `CALL_REFUSED` with the contract's reason.
 */
export async function tryAct(rpcUrl: string, from: Address, act: Act): Promise<void> {
  const head = Number(await callRpc(rpcUrl, 'eth_blockNumber', []))
  const next = { number: hexOf(head + 1), time: hexOf(Math.floor(Date.now() / 1000)) }
  const call = { from, to: act.contract.address, data: act.data }
  await callRpc(rpcUrl, 'eth_call', [call, 'latest', {}, next]).catch((error: unknown) => {
    throw asRefusal(error, act)
  })
}

/** The gas limit: what the caller says, or the node's estimate and a quarter more. */
async function gasFor(rpcUrl: string, from: Address, act: Act): Promise<bigint> {
  if (act.gas !== undefined) return act.gas
  const call = { from, to: act.contract.address, data: act.data }
  try {
    const estimate = BigInt((await callRpc(rpcUrl, 'eth_estimateGas', [call])) as string)
    return (estimate * 5n) / 4n
  } catch (error) {
    // the head's time may be too early for what the next block allows
    if (error instanceof VecheError && error.code === 'RPC_FAILED') return BigInt(ACT_GAS)
    throw error
  }
}

/** Everything that is signed, for showing it. Sends and signs nothing. */
export async function prepareActs(
  rpcUrl: string,
  from: Address,
  acts: readonly Act[],
): Promise<PreparedCall[]> {
  const chainId = Number(await callRpc(rpcUrl, 'eth_chainId', []))
  const nonce = Number(await callRpc(rpcUrl, 'eth_getTransactionCount', [from, 'pending']))
  const feePerGas = BigInt((await callRpc(rpcUrl, 'eth_gasPrice', [])) as string)
  const calls: PreparedCall[] = []
  for (const [i, act] of acts.entries()) {
    const gas = await gasFor(rpcUrl, from, act)
    const { contract, data } = act
    calls.push({ contract, data, from, chainId, nonce: nonce + i, gas, feePerGas })
  }
  return calls
}

/** A transaction on its way. */
interface Sent {
  readonly raw: Hex
  readonly hash: Hash
}

async function send(rpcUrl: string, signer: Signer, call: PreparedCall): Promise<Sent> {
  const { contract, data, chainId, nonce, gas, feePerGas } = call
  const to = contract.address
  const raw = await signTransaction(signer, { chainId, nonce, to, data, gas, feePerGas })
  const hash = (await callRpc(rpcUrl, 'eth_sendRawTransaction', [raw])) as Hash
  return { raw, hash }
}

/** A busy node may have dropped it: then it is offered again, or the refusal is told. */
async function offerAgain(rpcUrl: string, { raw, hash }: Sent): Promise<void> {
  const known = await callRpc(rpcUrl, 'eth_getTransactionByHash', [hash])
  if (known !== null) return
  await callRpc(rpcUrl, 'eth_sendRawTransaction', [raw]).catch(async (cause: unknown) => {
    const late = await callRpc(rpcUrl, 'eth_getTransactionByHash', [hash])
    if (late === null) throw cause
  })
}

async function waitFinal(rpcUrl: string, sent: Sent): Promise<ReceiptJson> {
  const { hash } = sent
  let lookMs = LOST_AFTER_MS
  for (let waitedMs = 0; waitedMs < FINAL_TIMEOUT_MS; waitedMs += FINAL_POLL_MS) {
    const receipt = await callRpc(rpcUrl, 'eth_getTransactionReceipt', [hash])
    if (receipt !== null) return receipt as ReceiptJson
    if (waitedMs >= lookMs) {
      lookMs += LOST_AFTER_MS
      await offerAgain(rpcUrl, sent)
    }
    await new Promise((resolve) => setTimeout(resolve, FINAL_POLL_MS))
  }
  throw new VecheError('NOT_FINAL', `${hash} is not final after ${FINAL_TIMEOUT_MS / 1000} s`)
}

/** Why a transaction reverted: the call again, on the state before its block. */
async function reverted(rpcUrl: string, call: PreparedCall, height: number): Promise<string> {
  const { from, contract, data } = call
  const request = { from, to: contract.address, data }
  const again = callRpc(rpcUrl, 'eth_call', [request, hexOf(height - 1)])
  return again.then(
    () => 'the state changed before it',
    (error: unknown) => {
      const refusal = asRefusal(error, call)
      return refusal instanceof Error ? refusal.message : String(refusal)
    },
  )
}

async function settle(rpcUrl: string, call: PreparedCall, sent: Sent): Promise<ActOutcome> {
  const { hash } = sent
  const receipt = await waitFinal(rpcUrl, sent)
  const blockNumber = Number(receipt.blockNumber)
  if (receipt.status !== '0x1') {
    const why = await reverted(rpcUrl, call, blockNumber)
    const message = `${hash} reverted in block ${blockNumber}: ${why}`
    throw new VecheError('TRANSACTION_REVERTED', message, { facts: { hash } })
  }
  const logs = receipt.logs.map(({ address, topics, data }) => ({
    address,
    topics,
    data: hexToBytes(data),
  }))
  const events = eventsInWords(logs, [call.contract])
  return { hash, blockNumber, gasUsed: Number(receipt.gasUsed), events, logs }
}

/**
 * Shows the calls, asks once, then tries, signs and sends each in order and waits until it is final
 * before the next: a later call may need what an earlier one did. Throws `NOT_CONFIRMED`,
 * `CALL_REFUSED` before that call is signed, `TRANSACTION_REVERTED` when the state changed
 * meanwhile, `NOT_FINAL`, `RPC_FAILED`, `RPC_UNREACHABLE`. Earlier calls stay done.
 */
export async function performActs(
  options: ActOptions,
  acts: readonly Act[],
): Promise<ActOutcome[]> {
  const { rpcUrl, signer, show, confirm } = options
  const [first] = acts
  if (first !== undefined) await tryAct(rpcUrl, signer.address, first)
  const calls = await prepareActs(rpcUrl, signer.address, acts)
  for (const call of calls) show(describeCall(call))
  if (!(await confirm())) throw new VecheError('NOT_CONFIRMED', 'nothing was signed')
  const outcomes: ActOutcome[] = []
  for (const [i, call] of calls.entries()) {
    if (i > 0) await tryAct(rpcUrl, signer.address, call)
    outcomes.push(await settle(rpcUrl, call, await send(rpcUrl, signer, call)))
  }
  return outcomes
}

/** The decoded answer of a read. Throws `CALL_REFUSED`, `RPC_UNREACHABLE`. */
export async function readContract(
  rpcUrl: string,
  act: Act & { readonly from?: Address },
): Promise<Uint8Array> {
  const { contract, data, from } = act
  const call = { to: contract.address, data, ...(from === undefined ? {} : { from }) }
  const answer = await callRpc(rpcUrl, 'eth_call', [call, 'latest']).catch((error: unknown) => {
    throw asRefusal(error, act)
  })
  if (isHex(answer)) return hexToBytes(answer)
  throw new VecheError('RPC_FAILED', `eth_call: 0x text expected from ${rpcUrl}`)
}
