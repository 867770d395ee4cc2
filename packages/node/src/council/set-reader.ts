/**
 * Reads the ValidatorSet contract through any `eth_call`: the node's own executor or a server. All
 * answers are decoded totally; a contract that is another one, or broken, answers undefined.
 */
import {
  decodeProposal,
  decodeValidators,
  decodeWord,
  type SetProposal,
  validatorSet,
} from '@veche/contracts'
import type { Address, Hash, Hex } from '@veche/primitives'
import { PROPOSALS_READ_MAX } from '../limits.ts'

/** The output of a call of the contract, undefined when it did not succeed. */
export type SetCall = (data: Hex) => Promise<Uint8Array | undefined>

export interface SetMember {
  readonly address: Address
  /** whose seat it is; keccak256 of the organisation's name */
  readonly organisation: Hash | undefined
  /** on its way out: it signs, but has no vote on the set */
  readonly leaving: boolean
  /** hash of the evidence against it */
  readonly suspended: Hash | undefined
}

export interface SetReader {
  addresses(): Promise<readonly Address[] | undefined>
  /** members with their standing; undefined when the contract does not answer */
  members(): Promise<readonly SetMember[] | undefined>
  suspensionOf(member: Address): Promise<Hash | undefined>
  proposal(id: bigint): Promise<SetProposal | undefined>
  /** the newest proposals with their ids, newest first */
  proposals(): Promise<readonly (SetProposal & { readonly id: bigint })[]>
}

export function createSetReader(call: SetCall): SetReader {
  const word = async (data: Hex): Promise<bigint | undefined> => {
    const output = await call(data)
    const decoded = output === undefined ? undefined : decodeWord(output)
    return decoded?.ok ? decoded.value : undefined
  }
  const hash = async (data: Hex): Promise<Hash | undefined> => {
    const value = await word(data)
    return value === undefined || value === 0n ? undefined : wordToHash(value)
  }
  const reader: SetReader = {
    async addresses() {
      const output = await call(validatorSet.getValidators())
      const decoded = output === undefined ? undefined : decodeValidators(output)
      return decoded?.ok ? decoded.value : undefined
    },
    async members() {
      const addresses = await reader.addresses()
      if (addresses === undefined) return undefined
      const members: SetMember[] = []
      for (const address of addresses)
        members.push({
          address,
          organisation: await hash(validatorSet.organisationOf(address)),
          leaving: (await word(validatorSet.isLeaving(address))) === 1n,
          suspended: await reader.suspensionOf(address),
        })
      return members
    },
    suspensionOf: (member) => hash(validatorSet.suspensionOf(member)),
    async proposal(id) {
      const output = await call(validatorSet.proposalOf(id))
      const decoded = output === undefined ? undefined : decodeProposal(output)
      return decoded?.ok ? decoded.value : undefined
    },
    async proposals() {
      const count = (await word(validatorSet.proposalCount())) ?? 0n
      const found: (SetProposal & { id: bigint })[] = []
      for (let id = count; id > 0n && found.length < PROPOSALS_READ_MAX; id--) {
        const proposal = await reader.proposal(id)
        if (proposal === undefined) break
        found.push({ ...proposal, id })
      }
      return found
    },
  }
  return reader
}

function wordToHash(value: bigint): Hash {
  return `0x${value.toString(16).padStart(64, '0')}`
}
