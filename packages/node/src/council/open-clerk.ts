/** Opens a validator's clerk over the parts of a node. */
import { type Executor, type Genesis, nextBaseFee, type Pool } from '@veche/execution'
import type { ChainStore, Clock, Network, Signer } from '@veche/primitives'
import type { Chain } from '../chain.ts'
import type { Gossip } from '../gossip.ts'
import { IN_STEP_BLOCKS } from '../limits.ts'
import type { Logger } from '../log.ts'
import type { Sync } from '../sync.ts'
import { Clerk } from './clerk.ts'
import { openEvidenceStore } from './evidence.ts'

export interface OpenClerkOptions {
  readonly genesis: Genesis
  readonly store: ChainStore
  readonly executor: Executor
  readonly chain: Chain
  readonly pool: Pool
  readonly gossip: Gossip
  readonly network: Network
  readonly sync: Sync
  readonly signer: Signer
  readonly clock: Clock
  readonly logger: Logger
  /** directory of the evidence files */
  readonly evidencePath: string
  readonly onEvidence?: () => void
}

/** Two steps of the chain between two validators' turns: time to see the first one's block. */
const TURN_STEPS = 2

/** Throws `EVIDENCE_UNUSABLE`. */
export async function openClerk(options: OpenClerkOptions): Promise<Clerk> {
  const { genesis, store, executor, chain, pool, gossip, network, sync, signer } = options
  const { clock, logger, evidencePath: path, onEvidence } = options
  const { chainId, gasLimit } = genesis
  const contract = () => chain.validatorContractAfter(chain.head().header.number)
  const evidence = await openEvidenceStore({ path, chainId, logger })
  const nonce = (): number =>
    Number(pool.pendingNonce(signer.address) ?? store.account(signer.address)?.nonce ?? 0n)
  const clerk = new Clerk({
    ...{ chainId, gasLimit, contract, signer, evidence, logger, nonce },
    head: () => chain.head(),
    call: (request, at) => {
      const number = BigInt(at.number + 1)
      const time = BigInt(Math.max(at.timestamp, Math.floor(clock.nowMs() / 1000)))
      return executor.call(request, at, { blockOverrides: { number, time } })
    },
    feePerGas: () => nextBaseFee(genesis, chain.head().header),
    submit: (raw) => gossip.submit(raw),
    // one validator alone has no peers and is always in step
    inStep: () =>
      (network.peers().length > 0 || chain.head().validatorsAfterNext.length === 1) &&
      sync.behind() <= IN_STEP_BLOCKS,
    nowMs: () => clock.nowMs(),
    turnMs: TURN_STEPS * genesis.parameters.stepSeconds * 1000,
    ...(onEvidence === undefined ? {} : { onEvidence }),
  })
  chain.onHead((_head, _block, executed) => clerk.onHead(executed))
  return clerk
}
