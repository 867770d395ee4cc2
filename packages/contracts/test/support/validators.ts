/** A deployed ValidatorSet and short names for its members, organisations and observers. */
import {
  type Address,
  assert,
  concatBytes,
  encodeRlp,
  type Hash,
  type Hex,
  keccak256,
  numberToBytes,
  padLeft,
  type RlpInput,
  secretKeyToAddress,
  signDigest,
  utf8ToBytes,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import {
  decodeValidatorSetLog,
  decodeValidatorSetRevert,
  decodeValidators,
  encodeEquivocation,
  organisationId,
  type SignedContent,
  type ValidatorSetEvent,
  validatorSet,
  validatorSetInitCode,
} from '../../src/index.ts'
import {
  account,
  blockHashAt,
  type Chain,
  createChain,
  deploy,
  type Outcome,
  send,
  view,
} from './chain.ts'

export const OBSERVERS: readonly Address[] = [account(0x0b), account(0x0c)]
export const STRANGER = account(0x66)
export const VETO_SECONDS = 3_600
export const LIFETIME_SECONDS = 86_400
export const DELAY_BLOCKS = 5

await installNativeCrypto()
const keys = new Map<number, { readonly secret: Uint8Array; readonly address: Address }>()

/** The key of member i, found by trying: its address begins with the byte 0xa1 + i. */
function keyOf(i: number) {
  let key = keys.get(i)
  for (let n = 0; key === undefined; n++) {
    const secret = keccak256(utf8ToBytes(`key ${n} of member ${i}`))
    const address = secretKeyToAddress(secret)
    if (Number.parseInt(address.slice(2, 4), 16) === 0xa1 + i) key = { secret, address }
  }
  keys.set(i, key)
  return key
}

/** Members are 0xa1…, 0xa2… in ascending order, with keys that sign. */
export function member(i: number): Address {
  return keyOf(i).address
}

/** chain id of the VM of support/chain.ts */
export const CHAIN_ID = 1

/** message types of docs/spec/consensus.md M1 */
export const PROPOSAL = 1
export const PREVOTE = 2
export const PRECOMMIT = 3

/** Signs RLP (or raw bytes) as a consensus message of this type and chain. */
export function signContent(
  i: number,
  messageType: number,
  fields: RlpInput[] | Uint8Array,
  chainId = CHAIN_ID,
): SignedContent {
  const content = fields instanceof Uint8Array ? fields : encodeRlp(fields)
  const chain = padLeft(numberToBytes(chainId), 8)
  const domain = concatBytes(utf8ToBytes('veche/aura-bft/1'), chain, Uint8Array.of(messageType))
  const signature = signDigest(keccak256(concatBytes(domain, content)), keyOf(i).secret)
  return { content, signature }
}

/** 32 bytes of a small number, for hashes in contents. */
export function word(n: number): Uint8Array {
  return padLeft(numberToBytes(n), 32)
}

/** A prevote of member i. */
export function prevote(
  i: number,
  vote: { height: number; round: number; value: number },
  chainId = CHAIN_ID,
): SignedContent {
  const { height, round, value } = vote
  const fields = [numberToBytes(height), numberToBytes(round), word(value)]
  return signContent(i, PREVOTE, fields, chainId)
}

/** Calldata that accuses a member of two messages. */
export function accuse(
  who: Address,
  height: number,
  messages: { messageType?: number; first: SignedContent; second: SignedContent },
): Hex {
  const proof = encodeEquivocation({ messageType: PREVOTE, ...messages })
  return validatorSet.reportMalicious(who, height, proof)
}

/** Member i signed twice: calldata that proves it. */
export function guilt(i: number, height = 7): Hex {
  const first = prevote(i, { height, round: 0, value: 1 })
  return accuse(member(i), height, { first, second: prevote(i, { height, round: 0, value: 2 }) })
}

/** The candidate of an approved addition says that it is in step. */
export function confirm(council: Council, id: bigint, candidate: Address): Promise<Outcome> {
  const number = council.chain.height - 1
  return act(
    council,
    candidate,
    validatorSet.confirmReady(id, { number, hash: blockHashAt(number) }),
  )
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
