/** Bindings of DepartmentAccount and DepartmentFactory, and the messages that signers sign. */
import type { Address, Hash, Hex } from '@veche/primitives'
import { encodeDeployData } from 'viem/utils'
import { createBinding } from '../binding.ts'
import { departmentAccountAbi } from '../generated/department-account.ts'
import { departmentFactoryAbi, departmentFactoryBytecode } from '../generated/department-factory.ts'
import { type TypedMessage, typedFields } from './typed-data.ts'

/** DepartmentAccount: `execute`, `configure`, views. */
export const departmentAccount = createBinding(departmentAccountAbi)

/** DepartmentFactory; reverts of the account it sets up come through it. */
export const departmentFactory = createBinding(departmentFactoryAbi, {
  errorsOf: [departmentAccountAbi],
})

/** Creation code of DepartmentFactory with its constructor arguments. */
export function departmentFactoryInitCode(setup: {
  readonly implementation: Address
  readonly releases: Address
}): Hex {
  return encodeDeployData({
    abi: departmentFactoryAbi,
    bytecode: departmentFactoryBytecode,
    args: [setup.implementation, setup.releases],
  })
}

/** Where a department's message is good: one chain, one account. */
export interface DepartmentPlace {
  readonly chainId: number
  readonly account: Address
}

/** What a department does. */
export interface DepartmentCall {
  readonly target: Address
  /** calldata */
  readonly data: Hex
  /** key ‖ sequence, the next of its key */
  readonly nonce: bigint
  /** unix seconds until which the signatures are good */
  readonly deadline: bigint
}

function domain({ chainId, account }: DepartmentPlace): TypedMessage['domain'] {
  return { name: 'Veche DepartmentAccount', version: '1', chainId, verifyingContract: account }
}

/** The message that allows a call. */
export function departmentCallMessage(place: DepartmentPlace, call: DepartmentCall): TypedMessage {
  return {
    domain: domain(place),
    types: {
      DepartmentCall: typedFields('address target,bytes data,uint256 nonce,uint64 deadline'),
    },
    primaryType: 'DepartmentCall',
    message: { ...call },
  }
}

/** The message behind an ERC-1271 answer: what the department says is `hash`. */
export function departmentHashMessage(place: DepartmentPlace, hash: Hash): TypedMessage {
  return {
    domain: domain(place),
    types: { DepartmentMessage: typedFields('bytes32 hash') },
    primaryType: 'DepartmentMessage',
    message: { hash },
  }
}
