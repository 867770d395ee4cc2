/** What a department's account says of itself: its signers, what they weigh, its next nonces. */
import {
  accepted,
  departmentAccount,
  departmentAccountAbi,
  type SignerKind,
  signerKindOf,
} from '@veche/contracts'
import type { Address, Hex, Result } from '@veche/primitives'
import { readContract } from '../act/act.ts'
import { type CityContract, contractAt } from '../act/contracts.ts'
import { DEPARTMENT_SIGNERS_MAX } from '../limits.ts'

/** The account at an address, to act on. */
export const accountAt = (address: Address): CityContract<typeof departmentAccountAbi> =>
  contractAt('DepartmentAccount', address, departmentAccountAbi)

/** One signer of an account. */
export interface HeldSigner {
  readonly signer: Hex
  readonly kind: SignerKind | 'unknown'
  readonly weight: bigint
}

/** An account as it stands. */
export interface DepartmentState {
  readonly account: Address
  readonly threshold: bigint
  readonly totalWeight: bigint
  readonly signers: readonly HeldSigner[]
  /** of queue 0 */
  readonly nonce: bigint
}

function asker(rpcUrl: string, account: Address) {
  const contract = accountAt(account)
  return async <T>(data: Hex, decode: (returned: Uint8Array) => Result<T>): Promise<T> =>
    accepted(decode(await readContract(rpcUrl, { contract, data })))
}

/** The next nonce of a queue. Throws `CALL_REFUSED`, `RPC_FAILED`, `RPC_UNREACHABLE`. */
export function readDepartmentNonce(
  rpcUrl: string,
  account: Address,
  queue: number,
): Promise<bigint> {
  const { encode, decode } = departmentAccount
  return asker(rpcUrl, account)(encode.nonceOf(BigInt(queue)), decode.nonceOf)
}

/** Signers, weights and threshold. Throws `CALL_REFUSED`, `RPC_FAILED`, `RPC_UNREACHABLE`. */
export async function readDepartment(rpcUrl: string, account: Address): Promise<DepartmentState> {
  const ask = asker(rpcUrl, account)
  const { encode, decode } = departmentAccount
  const listed = await ask(encode.getSigners(0n, BigInt(DEPARTMENT_SIGNERS_MAX)), decode.getSigners)
  const signers: HeldSigner[] = []
  for (const signer of listed) {
    const weight = await ask(encode.signerWeight(signer), decode.signerWeight)
    signers.push({ signer, kind: signerKindOf(signer) ?? 'unknown', weight: BigInt(weight) })
  }
  return {
    account,
    threshold: BigInt(await ask(encode.threshold(), decode.threshold)),
    totalWeight: BigInt(await ask(encode.totalWeight(), decode.totalWeight)),
    signers,
    nonce: await readDepartmentNonce(rpcUrl, account, 0),
  }
}
