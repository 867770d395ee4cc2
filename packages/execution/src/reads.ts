/**
 * Reads at any final block: accounts, slots, code, proofs, calls, estimates and access lists. The
 * head is read from the flat state, older blocks by walking their trie; a call during which the
 * head moved is repeated on the trie, so it never sees two states.
 */
import {
  type Account,
  type Address,
  bytesToHex,
  EMPTY_BYTES,
  type Hash,
  type Header,
  hexToBytes,
  keccak256,
  type StateReader,
  VecheError,
} from '@veche/primitives'
import { forkAt } from './chain/forks.ts'
import type { Kitchen } from './chain/kitchen.ts'
import { createAccessList } from './evm/access-list.ts'
import type { CallRun } from './evm/call.ts'
import type {
  AccessListOutcome,
  AccountProof,
  CallOptions,
  CallOutcome,
  CallRequest,
  EstimateOutcome,
  SlotProof,
} from './evm/call-types.ts'
import { estimateGas } from './evm/estimate.ts'
import { createMachinePool } from './evm/machine-pool.ts'
import { type CallSite, createCallSite } from './evm/site.ts'
import { CALL_GAS_MAX, CALL_TIME_MS, PROOF_SLOTS_MAX } from './limits.ts'
import { flatToAccount, type StateBase } from './state/flat.ts'
import { TrieState } from './state/history.ts'
import { hasRoot, trieProof } from './state/trie.ts'

/** Reads at the state after a final block, named by its header. */
export interface Reads {
  /** undefined when there is no such account */
  accountAt(at: Header, address: Address): Account | undefined
  /** without leading zeros; empty for zero */
  slotAt(at: Header, address: Address, slot: Hash): Uint8Array
  codeAt(at: Header, address: Address): Uint8Array
  /** EIP-1186 for at most PROOF_SLOTS_MAX slots */
  proof(at: Header, address: Address, slots: readonly Hash[]): AccountProof
  call(request: CallRequest, at: Header, options?: CallOptions): Promise<CallOutcome>
  estimateGas(request: CallRequest, at: Header, options?: CallOptions): Promise<EstimateOutcome>
  createAccessList(
    request: CallRequest,
    at: Header,
    options?: CallOptions,
  ): Promise<AccessListOutcome>
}

export interface ReadsOptions extends Kitchen {
  readonly store: StateReader
  /**
   * a number that changes when the head moves; undefined when the flat state is not that of `root`
   */
  flat(root: Hash): number | undefined
}

/** Creates the reads. Each throws `STATE_UNAVAILABLE` for a state that the store does not hold. */
export function createReads(options: ReadsOptions): Reads {
  const { store, nodes, head, genesis } = options
  const machines = createMachinePool(genesis.chainId)

  const history = (root: Hash): StateBase => {
    if (!hasRoot(store, root))
      throw new VecheError('STATE_UNAVAILABLE', `state ${root} is not kept`, { facts: { root } })
    return new TrieState(nodes, root, (hash) => head.code(hash))
  }
  const base = (at: Header): StateBase =>
    options.flat(at.stateRoot) === undefined ? history(at.stateRoot) : head

  /** runs `work` on a call site over the state after `at` */
  const onSite = async <T extends { kind: string }>(
    at: Header,
    callOptions: CallOptions,
    work: (site: CallSite) => Promise<T>,
  ): Promise<T | { kind: 'refused'; reason: string }> => {
    const fork = forkAt(genesis.forks, at.timestamp)
    const machine = await machines.take(fork)
    if (machine === undefined) return { kind: 'refused', reason: 'too many calls are waiting' }
    const timeMs = callOptions.timeMs ?? CALL_TIME_MS
    const gasCap = callOptions.gasCap ?? CALL_GAS_MAX
    const shared = {
      machine,
      at,
      options: callOptions,
      timeMs,
      gasCap,
      blockHash: options.blockHash,
    }
    try {
      const epoch = options.flat(at.stateRoot)
      if (epoch !== undefined) {
        const result = await work(createCallSite({ ...shared, base: head }))
        if (options.flat(at.stateRoot) === epoch) return result
      }
      return await work(createCallSite({ ...shared, base: history(at.stateRoot) }))
    } finally {
      machines.give(machine)
    }
  }

  return {
    accountAt(at, address) {
      const flat = base(at).account(address)
      return flat === undefined ? undefined : flatToAccount(flat)
    },
    slotAt: (at, address, slot) => base(at).slot(address, slot),
    codeAt(at, address) {
      const state = base(at)
      const account = state.account(address)
      if (account === undefined) return EMPTY_BYTES
      return state.code(bytesToHex(account.codeHash)) ?? EMPTY_BYTES
    },
    proof: (at, address, slots) =>
      proofAt({ options, state: history(at.stateRoot), at }, address, slots),
    call: async (request, at, callOptions = {}) =>
      onSite(at, callOptions, async (site) => {
        const run: CallRun = await site.run(request, site.gasOf(request))
        return run.outcome
      }),
    estimateGas: async (request, at, callOptions = {}) =>
      onSite(at, callOptions, (site) => estimateGas(site, request)),
    createAccessList: async (request, at, callOptions = {}) =>
      onSite(at, callOptions, (site) => createAccessList(site, request)),
  }
}

function proofAt(
  { options, state, at }: { options: ReadsOptions; state: StateBase; at: Header },
  address: Address,
  slots: readonly Hash[],
): AccountProof {
  if (slots.length > PROOF_SLOTS_MAX)
    throw new VecheError('PROOF_SLOTS_TOO_MANY', `at most ${PROOF_SLOTS_MAX} slots expected`)
  const { nodes } = options
  const accountProof = trieProof(nodes, at.stateRoot, keccak256(hexToBytes(address)))
  const flat = state.account(address)
  const account = flat === undefined ? undefined : flatToAccount(flat)
  const storageProof = slots.map(
    (slot): SlotProof => ({
      slot,
      value: state.slot(address, slot),
      proof:
        account === undefined
          ? []
          : trieProof(nodes, account.storageRoot, keccak256(hexToBytes(slot))),
    }),
  )
  return { ...(account === undefined ? {} : { account }), accountProof, storageProof }
}
