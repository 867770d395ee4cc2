/**
 * Whether a key that left the validator set may be destroyed, and what to publish first
 * (consensus.md, "Network identity"): a retired key could still help to seal another history from
 * the time when it was in force, and only checkpoints and its destruction stand against that
 * (docs/guide-validator.md, "Retiring a key").
 */
import type { Address, Hash } from '@veche/primitives'
import { callRpc } from '../json-rpc.ts'
import { type ProcedureOptions, readerOf } from './procedure.ts'

export interface Retirement {
  readonly address: Address
  /** why not yet; empty when the key is needed no more */
  readonly obstacles: readonly string[]
  /** a final block that a set without this key has sealed: to be published */
  readonly checkpoint: { readonly number: number; readonly hash: Hash }
}

/** Reads the standing of a key at the head of a server that the operator trusts (its own node). */
export async function examineRetirement(
  options: ProcedureOptions,
  address: Address,
): Promise<Retirement> {
  const { rpcUrl } = options
  const block = (await callRpc(rpcUrl, 'eth_getBlockByNumber', ['latest', false])) as {
    readonly number: Hash
    readonly hash: Hash
  }
  const head = Number(block.number)
  const obstacles: string[] = []
  const inForce = (await callRpc(rpcUrl, 'veche_validators', [block.number])) as Address[]
  if (inForce.includes(address)) obstacles.push(`it is in force at block ${head}`)
  for (const back of [1, 0]) {
    const at = `0x${Math.max(0, head - back).toString(16)}`
    const members = (await callRpc(rpcUrl, 'veche_members', [at])) as { address: Address }[] | null
    if (members?.some((member) => member.address === address))
      obstacles.push(`it will be in force at block ${head - back + 2}`)
  }
  for (const { id, kind, stage, member } of await readerOf(options).proposals())
    if (kind === 'add' && member === address && (stage === 'open' || stage === 'scheduled'))
      obstacles.push(`proposal ${id} would seat it`)
  return { address, obstacles, checkpoint: { number: head, hash: block.hash } }
}
