/** State after a block: balances, nonces, code, storage and their Merkle proofs (EIP-1186). */
import {
  type Address,
  bytesToBigint,
  bytesToHex,
  type Hash,
  padLeft,
  ZERO_HASH,
} from '@veche/primitives'
import type { RpcBackend } from '../backend.ts'
import { numberAt } from '../chain.ts'
import { address, type Decode, listOf, storageSlot } from '../decode.ts'
import { type BlockSelector, block, LATEST } from '../decode-block.ts'
import { headerNotFound } from '../errors.ts'
import { type JsonObject, quantity } from '../json.ts'
import { PROOF_SLOTS_MAX } from '../limits.ts'
import { type Answer, defaulted, type Method, method, required } from '../method.ts'

const blockParam = defaulted('block', block, LATEST)

/** Runs a read at the block a client names, or answers that there is no such block. */
async function at(
  backend: RpcBackend,
  selector: BlockSelector,
  read: (number: number) => Promise<Answer>,
): Promise<Answer> {
  const number = numberAt(backend, selector)
  return number === undefined ? headerNotFound : read(number)
}

async function nonceOf(
  backend: RpcBackend,
  target: Address,
  selector: BlockSelector,
): Promise<Answer> {
  const pooled = selector.kind === 'pending' ? backend.pendingNonce(target) : undefined
  if (pooled !== undefined) return quantity(pooled)
  return at(backend, selector, async (number) => {
    const account = await backend.accountAt(number, target)
    return quantity(account?.nonce ?? 0n)
  })
}

/** A slot and how the client spelt it: short spellings are answered as quantities (as geth). */
interface AskedSlot {
  readonly slot: Hash
  readonly shown: string
}

const askedSlot: Decode<AskedSlot> = (value) => {
  const slot = storageSlot(value)
  if (!slot.ok) return slot
  const whole = typeof value === 'string' && value.replace(/^0x/, '').length === 64
  return {
    ok: true,
    value: { slot: slot.value, shown: whole ? slot.value : quantity(BigInt(slot.value)) },
  }
}

async function proofOf(
  backend: RpcBackend,
  number: number,
  asked: { readonly target: Address; readonly slots: readonly AskedSlot[] },
): Promise<JsonObject> {
  const slots = asked.slots.map(({ slot }) => slot)
  const proof = await backend.proof(number, asked.target, slots)
  return {
    address: asked.target,
    accountProof: proof.accountProof.map(bytesToHex),
    balance: quantity(proof.account?.balance ?? 0n),
    nonce: quantity(proof.account?.nonce ?? 0n),
    // zero for an account that is not there, as geth answers
    codeHash: proof.account?.codeHash ?? ZERO_HASH,
    storageHash: proof.account?.storageRoot ?? ZERO_HASH,
    storageProof: proof.storageProof.map((entry, k) => ({
      key: asked.slots[k]?.shown ?? entry.slot,
      value: quantity(bytesToBigint(entry.value)),
      proof: entry.proof.map(bytesToHex),
    })),
  }
}

export const stateMethods: readonly Method[] = [
  method({
    name: 'eth_getBalance',
    params: [required('address', address), blockParam],
    handle: ({ backend }, target, selector) =>
      at(backend, selector, async (number) => {
        const account = await backend.accountAt(number, target)
        return quantity(account?.balance ?? 0n)
      }),
  }),
  method({
    name: 'eth_getTransactionCount',
    params: [required('address', address), blockParam],
    handle: ({ backend }, target, selector) => nonceOf(backend, target, selector),
  }),
  method({
    name: 'eth_getCode',
    params: [required('address', address), blockParam],
    handle: ({ backend }, target, selector) =>
      at(backend, selector, async (number) => bytesToHex(await backend.codeAt(number, target))),
  }),
  method({
    name: 'eth_getStorageAt',
    params: [required('address', address), required('slot', storageSlot), blockParam],
    handle: ({ backend }, target, slot, selector) =>
      at(backend, selector, async (number) =>
        bytesToHex(padLeft(await backend.slotAt(number, target, slot), 32)),
      ),
  }),
  method({
    name: 'eth_getProof',
    params: [
      required('address', address),
      required('slots', listOf(askedSlot, PROOF_SLOTS_MAX)),
      blockParam,
    ],
    weight: 10,
    handle: ({ backend }, target, slots, selector) =>
      at(backend, selector, (number) => proofOf(backend, number, { target, slots })),
  }),
]
