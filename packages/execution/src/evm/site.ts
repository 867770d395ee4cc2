/** A place where one request runs any number of times: machine, state, block and deadline. */
import type { Header } from '@veche/primitives'
import type { StateBase } from '../state/flat.ts'
import { Overlay } from '../state/overlay.ts'
import { applyOverrides, type CallRun, movedPrecompiles, runCallRequest } from './call.ts'
import type { BlockOverride, CallOptions, CallRequest } from './call-types.ts'
import {
  type BlockContext,
  type BlockHashReader,
  createBlockHashReader,
  headerToContext,
  type Machine,
} from './machine.ts'

export interface CallSite {
  readonly machine: Machine
  readonly context: BlockContext
  readonly gasCap: bigint
  /** a fresh overlay with the overrides, for reading */
  state(): Promise<Overlay>
  /** the request's gas limit, capped; the cap when it names none */
  gasOf(request: CallRequest): bigint
  /** runs the request from the same state each time */
  run(request: CallRequest, gas: bigint, reportAccess?: boolean): Promise<CallRun>
}

export interface CallSiteOptions {
  readonly machine: Machine
  readonly base: StateBase
  readonly at: Header
  readonly options: CallOptions
  readonly timeMs: number
  readonly gasCap: bigint
  readonly blockHash: BlockHashReader | undefined
}

function overrideContext(context: BlockContext, override: BlockOverride): BlockContext {
  return {
    number: override.number ?? context.number,
    timestamp: override.time ?? context.timestamp,
    coinbase: override.feeRecipient ?? context.coinbase,
    gasLimit: override.gasLimit ?? context.gasLimit,
    baseFeePerGas: override.baseFeePerGas ?? context.baseFeePerGas,
    mixHash: override.prevRandao ?? context.mixHash,
  }
}

/** Creates a site over the state after `at`; its clock starts now. */
export function createCallSite(site: CallSiteOptions): CallSite {
  const { machine, base, at, options, timeMs, gasCap } = site
  const { stateOverrides, blockOverrides } = options
  const context = overrideContext(headerToContext(at), blockOverrides ?? {})
  const stopAtMs = performance.now() + timeMs
  const parent = { number: at.number - 1, hash: at.parentHash }

  const state = async (): Promise<Overlay> => {
    const overlay = new Overlay(base)
    machine.state.overlay = overlay
    machine.blockHash = createBlockHashReader(overlay, parent, site.blockHash)
    if (stateOverrides !== undefined) await applyOverrides(machine, stateOverrides)
    return overlay
  }

  return {
    machine,
    context,
    gasCap,
    state,
    gasOf: ({ gas }) => (gas === undefined || gas > gasCap ? gasCap : gas),
    async run(request, gas, reportAccess = false) {
      await state()
      const moved =
        stateOverrides === undefined ? undefined : movedPrecompiles(machine, stateOverrides)
      const evm = machine.evm as unknown as { _precompiles: unknown }
      const precompiles = evm._precompiles
      if (moved !== undefined) evm._precompiles = moved
      try {
        const limits = { gas, stopAtMs, limitMs: timeMs, reportAccess }
        return await runCallRequest({ machine, request, context, ...limits })
      } finally {
        evm._precompiles = precompiles
      }
    },
  }
}
