/**
 * What a person is about to sign, in words: a call with every decoded argument, or an EIP-712
 * message with every field. Printed before the key is used.
 */
import { formatValue } from '@veche/contracts'
import { type Address, type Hex, hexToBytes } from '@veche/primitives'
import type { TypedDataDefinition } from 'viem'
import { type KnownContract, nameAddress } from './contracts.ts'

/** A transaction before it is signed. */
export interface PreparedCall {
  readonly contract: KnownContract
  readonly data: Hex
  readonly from: Address
  readonly chainId: number
  readonly nonce: number
  /** gas limit */
  readonly gas: bigint
  /** wei per gas */
  readonly feePerGas: bigint
}

/** A call as facts for `--json`. */
export interface CallFacts {
  readonly contract: string
  readonly address: Address
  readonly function: string
  readonly args: Readonly<Record<string, unknown>>
  readonly from: Address
  readonly chainId: number
  readonly nonce: number
  readonly gas: string
  readonly feePerGasWei: string
  readonly data: Hex
}

function decoded({ contract, data }: PreparedCall) {
  const call = contract.binding.decodeCall(hexToBytes(data))
  return call.ok ? call.value : { name: `unknown ${data.slice(0, 10)}`, args: [] }
}

/** The call as facts; bigints as they are ({@link toJson} writes them as texts). */
export function callFacts(call: PreparedCall): CallFacts {
  const { contract, from, chainId, nonce, gas, feePerGas, data } = call
  const { name, args } = decoded(call)
  return {
    contract: contract.name,
    address: contract.address,
    function: name,
    args: Object.fromEntries(args.map((each) => [each.name, each.value])),
    ...{ from, chainId, nonce, data },
    gas: gas.toString(),
    feePerGasWei: feePerGas.toString(),
  }
}

/** The call as lines for a terminal. */
export function describeCall(call: PreparedCall): string {
  const { contract, from, chainId, nonce, gas, feePerGas } = call
  const { name, args } = decoded(call)
  const lines = [
    `transaction: ${contract.name}.${name} at ${contract.address}`,
    ...args.map((each) => `  ${each.name} (${each.type}): ${formatValue(each)}`),
    `  from ${from}, chain ${chainId}, nonce ${nonce}, gas limit ${gas}, ${feePerGas} wei per gas`,
  ]
  return `${lines.join('\n')}\n`
}

/** An EIP-712 message as lines for a terminal; `from` is an address, a signer or a description. */
export function describeTyped(typed: TypedDataDefinition, from: string): string {
  const message = typed.message as Readonly<Record<string, unknown>>
  const types = typed.types as Readonly<Record<string, readonly { name: string; type: string }[]>>
  const fields = types[typed.primaryType] ?? []
  const { verifyingContract, ...rest } = typed.domain ?? {}
  const domain = Object.entries(rest).map(
    ([name, value]) => `${name} ${formatValue({ type: '', value })}`,
  )
  const contract = verifyingContract === undefined ? 'no contract' : nameAddress(verifyingContract)
  const lines = [
    `message: EIP-712 ${typed.primaryType} for ${contract}`,
    ...fields.map(
      ({ name, type }) => `  ${name} (${type}): ${formatValue({ type, value: message[name] })}`,
    ),
    `  signed by ${from}; ${domain.join(', ')}`,
  ]
  return `${lines.join('\n')}\n`
}

/** JSON with bigints as decimal texts and bytes as 0x texts. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_, each: unknown) => (typeof each === 'bigint' ? each.toString() : each),
    indent,
  )
}
