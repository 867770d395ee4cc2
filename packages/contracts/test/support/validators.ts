/** A deployed ValidatorSet and short names for its members, organisations and observers. */
import { type Address, assert, type Hash, type Hex } from '@veche/primitives'
import {
  decodeValidatorSetLog,
  decodeValidatorSetRevert,
  decodeValidators,
  organisationId,
  type ValidatorSetEvent,
  validatorSet,
  validatorSetInitCode,
} from '../../src/index.ts'
import { account, type Chain, createChain, deploy, type Outcome, send, view } from './chain.ts'

export const OBSERVERS: readonly Address[] = [account(0x0b), account(0x0c)]
export const STRANGER = account(0x66)
export const VETO_SECONDS = 3_600
export const LIFETIME_SECONDS = 86_400
export const DELAY_BLOCKS = 5

/** Members are 0xa1…, 0xa2… in ascending order. */
export function member(i: number): Address {
  return account(0xa1 + i)
}

/** One organisation per number. */
export function organisation(i: number): Hash {
  return organisationId(`organisation ${i}`)
}

export interface Council {
  readonly chain: Chain
  readonly address: Address
  readonly setupEvents: readonly ValidatorSetEvent[]
}

export async function createCouncil(organisations: readonly number[]): Promise<Council> {
  const chain = await createChain()
  const initCode = validatorSetInitCode({
    validators: organisations.map((o, i) => ({
      address: member(i),
      organisation: organisation(o),
    })),
    observers: OBSERVERS,
    vetoWindowSeconds: VETO_SECONDS,
    lifetimeSeconds: LIFETIME_SECONDS,
    activationDelayBlocks: DELAY_BLOCKS,
  })
  const { address, outcome } = await deploy(chain, initCode)
  return { chain, address, setupEvents: eventsOf(outcome) }
}

export function act(council: Council, from: Address, data: Hex): Promise<Outcome> {
  return send(council.chain, { from, to: council.address, data })
}

export function eventsOf(outcome: Outcome): readonly ValidatorSetEvent[] {
  return outcome.logs.map((log) => {
    const event = decodeValidatorSetLog(log)
    assert(event.ok, 'an event of the set')
    return event.value
  })
}

/** The custom error's name, `ok` for success. */
export function revertOf(outcome: Outcome): string {
  if (outcome.ok) return 'ok'
  const revert = decodeValidatorSetRevert(outcome.returned)
  return revert.ok ? revert.value.name.replace('ValidatorSet', '') : 'unknown revert'
}

export async function validatorsOf(council: Council): Promise<readonly Address[]> {
  const answer = await view(council.chain, council.address, validatorSet.getValidators())
  const validators = decodeValidators(answer)
  assert(validators.ok, 'a list of validators')
  return validators.value
}
