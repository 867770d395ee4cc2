/** Signs what people agree to about titles (EIP-712), with the Signer port. */
import {
  type TitleAct,
  type TitleActKind,
  type TitleDomain,
  type TitleTypedData,
  titleTypedData,
} from '@veche/contracts'
import { type Address, type Hex, type Signer, ZERO_ADDRESS } from '@veche/primitives'
import type { TypedDataDefinition } from 'viem'
import { signTyped } from '../act/typed.ts'

/** A signature as the register takes it: the account, and what it says. */
export interface TitleSignature {
  readonly account: Address
  readonly data: Hex
}

/** In place of somebody who does not sign. */
export const NO_SIGNATURE: TitleSignature = { account: ZERO_ADDRESS, data: '0x' }

/** An act as viem's functions take it. */
function toTypedData(typed: TitleTypedData): TypedDataDefinition {
  return typed as unknown as TypedDataDefinition
}

/** An act by its kind: the first says which fields the second has. */
export type SignedTitleAct = {
  readonly [kind in TitleActKind]: readonly [kind, TitleAct<kind>]
}[TitleActKind]

/** What is signed of an act, as viem takes it. */
export function actTypedData(
  domain: TitleDomain,
  [kind, act]: SignedTitleAct,
): TypedDataDefinition {
  return toTypedData(titleTypedData(domain, kind, act as TitleAct<typeof kind>))
}

/** A signature under an act, for one register on one chain. */
export async function signTitleAct(
  signer: Signer,
  domain: TitleDomain,
  signedAct: SignedTitleAct,
): Promise<TitleSignature> {
  const data = await signTyped(signer, actTypedData(domain, signedAct))
  return { account: signer.address, data }
}
