/**
 * An operator's way to ValidatorSet over JSON-RPC: reads it, tries a call before it is sent so that
 * the contract's own reason is told, sends it and waits until it is final.
 */
import {
  decodeValidatorSetLog,
  decodeValidatorSetRevert,
  organisationId,
  type ValidatorSetEvent,
} from '@veche/contracts'
import {
  type Address,
  type Hash,
  type Hex,
  hexToBytes,
  isHash,
  isHex,
  type Signer,
  VecheError,
} from '@veche/primitives'
import { callRpc } from '../json-rpc.ts'
import { ERRAND_GAS } from '../limits.ts'
import { signTransaction } from '../transactions.ts'
import { createSetReader, type SetReader } from './set-reader.ts'

export interface ProcedureOptions {
  readonly rpcUrl: string
  readonly contract: Address
}

/** What a transaction to the set did. */
export interface SetOutcome {
  readonly hash: Hash
  readonly blockNumber: number
  readonly gasUsed: number
  readonly events: readonly ValidatorSetEvent[]
}

const POLL_MS = 250
const FINAL_TIMEOUT_MS = 120_000

/** A name as `data centre 5`, or its id. */
export function organisationFrom(text: string): Hash {
  return isHash(text) ? (text.toLowerCase() as Hash) : organisationId(text)
}

/** Reads the contract through a server. Throws `RPC_UNREACHABLE`. */
export function readerOf({ rpcUrl, contract }: ProcedureOptions): SetReader {
  return createSetReader(async (data) => {
    const output = await callRpc(rpcUrl, 'eth_call', [{ to: contract, data }, 'latest']).catch(
      (error: unknown) => {
        if (error instanceof VecheError && error.code === 'RPC_FAILED') return undefined
        throw error
      },
    )
    return isHex(output) ? hexToBytes(output) : undefined
  })
}

function argumentText(value: unknown): string {
  return typeof value === 'bigint' ? value.toString() : String(value)
}

/** The contract's refusal in its own words, or the failure as it came. */
function asRefusal(error: unknown): unknown {
  if (!(error instanceof VecheError) || error.code !== 'RPC_FAILED') return error
  const data = error.facts['data']
  const revert = isHex(data) ? decodeValidatorSetRevert(hexToBytes(data)) : undefined
  if (revert === undefined || !revert.ok) return error
  const { name, args } = revert.value
  const message = `the contract refuses: ${name}(${args.map(argumentText).join(', ')})`
  return new VecheError('SET_REFUSED', message, { facts: { reason: name } })
}

interface ReceiptJson {
  readonly blockNumber: Hex
  readonly gasUsed: Hex
  readonly status: Hex
  readonly logs: readonly { readonly topics: readonly Hash[]; readonly data: Hex }[]
}

async function waitFinal(rpcUrl: string, hash: Hash): Promise<ReceiptJson> {
  for (let waitedMs = 0; waitedMs < FINAL_TIMEOUT_MS; waitedMs += POLL_MS) {
    const receipt = await callRpc(rpcUrl, 'eth_getTransactionReceipt', [hash])
    if (receipt !== null) return receipt as ReceiptJson
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  throw new VecheError('NOT_FINAL', `${hash} is not final after ${FINAL_TIMEOUT_MS / 1000} s`)
}

/** Runs a call as the next block would, for rules that look at height and time. */
async function tryCall(rpcUrl: string, call: { from: Hex; to: Hex; data: Hex }): Promise<void> {
  const head = Number(await callRpc(rpcUrl, 'eth_blockNumber', []))
  const hex = (value: number): Hex => `0x${value.toString(16)}`
  const next = { number: hex(head + 1), time: hex(Math.floor(Date.now() / 1000)) }
  await callRpc(rpcUrl, 'eth_call', [call, 'latest', {}, next])
}

/**
 * Sends one call of the set and waits until it is final. Throws `SET_REFUSED` with the contract's
 * error before anything is sent, `TRANSACTION_REVERTED` when the state changed meanwhile,
 * `NOT_FINAL`, `RPC_FAILED`.
 */
export async function sendToSet(
  { rpcUrl, contract }: ProcedureOptions,
  signer: Signer,
  data: Hex,
): Promise<SetOutcome> {
  const from = signer.address
  try {
    await tryCall(rpcUrl, { from, to: contract, data })
  } catch (error) {
    throw asRefusal(error)
  }
  const number = async (method: string, ...params: unknown[]): Promise<number> =>
    Number(await callRpc(rpcUrl, method, params))
  const raw = await signTransaction(signer, {
    chainId: await number('eth_chainId'),
    nonce: await number('eth_getTransactionCount', from, 'pending'),
    ...{ to: contract, data, gas: BigInt(ERRAND_GAS) },
    feePerGas: BigInt((await callRpc(rpcUrl, 'eth_gasPrice', [])) as string),
  })
  const hash = (await callRpc(rpcUrl, 'eth_sendRawTransaction', [raw])) as Hash
  const receipt = await waitFinal(rpcUrl, hash)
  const { status, blockNumber, gasUsed, logs } = receipt
  if (status !== '0x1')
    throw new VecheError('TRANSACTION_REVERTED', `${hash} reverted in block ${Number(blockNumber)}`)
  const events = logs.flatMap((log) => {
    const event = decodeValidatorSetLog({ topics: log.topics, data: hexToBytes(log.data) })
    return event.ok ? [event.value] : []
  })
  return { hash, blockNumber: Number(blockNumber), gasUsed: Number(gasUsed), events }
}
