/**
 * The ethereumjs state manager over our {@link Overlay}: only a change of vocabulary. Roots are not
 * computed here; state/root.ts does it once per block.
 */
import type { StateManagerInterface } from '@ethereumjs/common'
import { Account, type Address as EvmAddress } from '@ethereumjs/util'
import { type Address, AssertionError, assert, EMPTY_BYTES, keccak256 } from '@veche/primitives'
import {
  bytesToKey,
  EMPTY_CODE_HASH_BYTES,
  EMPTY_ROOT_BYTES,
  EMPTY_STATE,
  type FlatAccount,
  stripZeros,
} from './flat.ts'
import { Overlay } from './overlay.ts'

type AccountFields = Parameters<StateManagerInterface['modifyAccountFields']>[1]

const NO_ACCOUNT: FlatAccount = {
  nonce: 0n,
  balance: 0n,
  storageRoot: EMPTY_ROOT_BYTES,
  codeHash: EMPTY_CODE_HASH_BYTES,
}

function toKey(address: EvmAddress): Address {
  return bytesToKey(address.bytes)
}

export class FlatStateManager implements StateManagerInterface {
  overlay: Overlay = new Overlay(EMPTY_STATE)

  readonly originalStorageCache = {
    get: async (address: EvmAddress, slot: Uint8Array): Promise<Uint8Array> =>
      this.overlay.original(toKey(address), bytesToKey(slot)),
    clear: (): void => this.overlay.endTransaction(),
  }

  async getAccount(address: EvmAddress): Promise<Account | undefined> {
    const flat = this.overlay.account(toKey(address))
    if (flat === undefined) return undefined
    // a new object each time: the EVM changes what it gets
    return new Account(flat.nonce, flat.balance, flat.storageRoot, flat.codeHash)
  }

  async putAccount(address: EvmAddress, account?: Account): Promise<void> {
    const flat =
      account === undefined
        ? undefined
        : {
            nonce: account.nonce,
            balance: account.balance,
            storageRoot: account.storageRoot,
            codeHash: account.codeHash,
          }
    this.overlay.setAccount(toKey(address), flat)
  }

  async deleteAccount(address: EvmAddress): Promise<void> {
    this.overlay.setAccount(toKey(address), undefined)
  }

  async modifyAccountFields(address: EvmAddress, fields: AccountFields): Promise<void> {
    const key = toKey(address)
    const before = this.overlay.account(key) ?? NO_ACCOUNT
    this.overlay.setAccount(key, {
      nonce: fields.nonce ?? before.nonce,
      balance: fields.balance ?? before.balance,
      storageRoot: fields.storageRoot ?? before.storageRoot,
      codeHash: fields.codeHash ?? before.codeHash,
    })
  }

  async putCode(address: EvmAddress, code: Uint8Array): Promise<void> {
    const key = toKey(address)
    const codeHash = code.length === 0 ? EMPTY_CODE_HASH_BYTES : keccak256(code)
    if (code.length > 0) this.overlay.addCode(bytesToKey(codeHash), code)
    this.overlay.setAccount(key, { ...(this.overlay.account(key) ?? NO_ACCOUNT), codeHash })
  }

  async getCode(address: EvmAddress): Promise<Uint8Array> {
    const flat = this.overlay.account(toKey(address))
    if (flat === undefined || flat.codeHash === EMPTY_CODE_HASH_BYTES) return EMPTY_BYTES
    const hash = bytesToKey(flat.codeHash)
    if (hash === bytesToKey(EMPTY_CODE_HASH_BYTES)) return EMPTY_BYTES
    const code = this.overlay.code(hash)
    assert(code !== undefined, `code ${hash} of an account is in the store`)
    return code
  }

  async getCodeSize(address: EvmAddress): Promise<number> {
    return (await this.getCode(address)).length
  }

  async getStorage(address: EvmAddress, slot: Uint8Array): Promise<Uint8Array> {
    return this.overlay.slot(toKey(address), bytesToKey(slot))
  }

  async putStorage(address: EvmAddress, slot: Uint8Array, value: Uint8Array): Promise<void> {
    this.overlay.setSlot(toKey(address), bytesToKey(slot), stripZeros(value))
  }

  async clearStorage(address: EvmAddress): Promise<void> {
    this.overlay.clearStorage(toKey(address))
  }

  async checkpoint(): Promise<void> {
    this.overlay.checkpoint()
  }

  async commit(): Promise<void> {
    this.overlay.commit()
  }

  async revert(): Promise<void> {
    this.overlay.revert()
  }

  async getStateRoot(): Promise<Uint8Array> {
    throw new AssertionError('roots are computed once per block, by state/root.ts')
  }

  async setStateRoot(): Promise<void> {
    assert(false, 'the overlay is replaced, its root is never set')
  }

  async hasStateRoot(): Promise<boolean> {
    throw new AssertionError('the flat state knows only the head')
  }

  clearCaches(): void {
    this.overlay.endTransaction()
  }

  shallowCopy(): FlatStateManager {
    const copy = new FlatStateManager()
    copy.overlay = new Overlay(this.overlay)
    return copy
  }
}
