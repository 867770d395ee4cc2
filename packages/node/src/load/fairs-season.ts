/**
 * The hands of the fairs load: calls by role, waiting for the times of the rules, reading the
 * season's log. Each call is the one that a person makes with `veche fairs`.
 */
import {
  actTypedData,
  type SeasonActName,
  type SeasonLogEntry,
  type SeasonPlace,
  type SeasonReport,
  type SeasonRules,
  seasonReport,
} from '@veche/contracts/fairs'
import {
  type Address,
  assert,
  hexToBytes,
  isHex,
  type Signer,
  VecheError,
  ZERO_HASH,
} from '@veche/primitives'
import type { Act } from '../act/act.ts'
import { revertInWords } from '../act/contracts.ts'
import { signTyped } from '../act/typed.ts'
import { submitAct } from '../fairs/season-acts.ts'
import { followSeasonLog } from '../fairs/season-log.ts'
import type { FinalTransaction } from '../finality.ts'
import { callRpc } from '../json-rpc.ts'
import type { LoadBeacon } from './fairs-beacon.ts'
import type { Applicant, SeasonPlan } from './fairs-plan.ts'
import type { LoadContext } from './profile.ts'
import { forEachOf } from './titles-pool.ts'

/**
 * Gas limits of the calls; the measured use is in packages/contracts/gas. A call waits for a block
 * with as much left as its limit, so a generous one leaves blocks half empty.
 */
export const FAIR_GAS = {
  create: 600_000n,
  capacities: 4_000_000n,
  freezeRules: 2_500_000n,
  step: 300_000n,
  apply: 160_000n,
  review: 2_500_000n,
  act: 120_000n,
  // a place given back is offered on in the same call
  back: 700_000n,
  seed: 500_000n,
  draw: 4_000_000n,
  promote: 1_600_000n,
} as const
export type FairGas = keyof typeof FAIR_GAS

const RELAYS = 16
/** past the second itself: the next block must not carry an earlier one */
const CLOCK_MARGIN_MS = 1_200
const POLL_MS = 200
const STEP_TRIES = 6
const STEP_PAUSE_MS = 1_000

export interface SeasonHands {
  readonly season: Address
  readonly rules: SeasonRules
  /** a step of the season that may find a block's clock a little behind: tried some times */
  step(act: Act): Promise<FinalTransaction>
  /** one call that must succeed */
  must(signer: Signer, act: Act, gas: FairGas): Promise<FinalTransaction>
  /** one call that may be refused by the contract; the reason is counted */
  may(signer: Signer, act: Act, gas: FairGas): Promise<FinalTransaction>
  /** refusals of {@link may} by reason */
  readonly refusals: ReadonlyMap<string, number>
  /** a sender for what anybody may send, in turn */
  relay(): Signer
  /** waits until blocks carry this time; unix seconds */
  until(seconds: number): Promise<void>
  /** milliseconds waited for times of the rules so far */
  readonly waitedMs: () => number
  /** all events so far; reads only what is new */
  log(): Promise<readonly SeasonLogEntry[]>
  report(): Promise<SeasonReport>
}

/** Why a final call was refused: the call again, on the state before its block. */
async function refusalOf(
  { rpcUrl }: LoadContext,
  refused: { readonly from: Address; readonly act: Act; readonly final: FinalTransaction },
): Promise<string> {
  const { from, act, final } = refused
  const call = { from, to: act.contract.address, data: act.data }
  const height = `0x${(final.blockNumber - 1).toString(16)}`
  return callRpc(rpcUrl, 'eth_call', [call, height]).then(
    () => 'changed in its block',
    (error: unknown) => {
      const data = error instanceof VecheError ? error.facts['data'] : undefined
      return isHex(data) ? revertInWords(hexToBytes(data), act.contract.binding.abi).name : 'gas'
    },
  )
}

export function createHands(
  context: LoadContext,
  { season, rules }: { readonly season: Address; readonly rules: SeasonRules },
): SeasonHands {
  let turn = 0
  let waitedMs = 0
  const refusals = new Map<string, number>()
  const call = ({ contract, data }: Act, gas: FairGas) => ({
    ...{ to: contract.address, data },
    gas: FAIR_GAS[gas],
  })
  const log = followSeasonLog({ rpcUrl: context.rpcUrl, season }, context.startHeight)
  return {
    ...{ season, rules, log },
    must: (signer, act, gas) => context.must(signer, call(act, gas)),
    async step(act) {
      const signer = context.person('relay 0')
      for (let tries = 1; tries < STEP_TRIES; tries++) {
        const final = await context.send(signer, call(act, 'step'))
        if (final.succeeded) return final
        await new Promise((resolve) => setTimeout(resolve, STEP_PAUSE_MS))
      }
      return context.must(signer, call(act, 'step'))
    },
    async may(signer, act, gas) {
      const final = await context.send(signer, call(act, gas))
      if (final.succeeded) return final
      const reason = await refusalOf(context, { from: signer.address, act, final })
      refusals.set(reason, (refusals.get(reason) ?? 0) + 1)
      return final
    },
    refusals,
    relay: () => context.person(`relay ${turn++ % RELAYS}`),
    async until(seconds) {
      const startMs = performance.now()
      while (Date.now() < seconds * 1_000 + CLOCK_MARGIN_MS && !context.signal.aborted)
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      waitedMs += performance.now() - startMs
    },
    waitedMs: () => waitedMs,
    report: async () => seasonReport(await log(), { chainId: context.chainId, season }),
  }
}

/** items in work at once: signed ahead of what the sender's gate lets through, but not all */
const IN_WORK_MAX = 512

/** Runs work on every item, in order of its start, with progress; a bounded number at once. */
export async function forEach<T>(
  context: LoadContext,
  label: string,
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  if (items.length === 0) return
  const progress = context.progress(label, items.length)
  let done = 0
  await forEachOf(items, IN_WORK_MAX, async (item) => {
    await work(item)
    progress.update(++done)
  })
}

/** A season under way, with all who act in it. */
export interface OfficeParts {
  readonly context: LoadContext
  readonly place: SeasonPlace
  readonly beacon: LoadBeacon
  readonly plan: SeasonPlan
  readonly hands: SeasonHands
  readonly applicants: readonly Applicant[]
}

export interface Office extends OfficeParts {
  /** signs an act as the applicant of an id, and has it relayed or sent by `by` */
  act(
    name: SeasonActName,
    place: { readonly id: number; readonly preference: number },
    by?: Signer,
  ): Promise<FinalTransaction>
}

/** seconds that a signed act is good for; FairSeason takes a check-in of at most an hour */
const ACT_SECONDS = 600

export function createOffice(parts: OfficeParts): Office {
  const { hands, place, applicants } = parts
  const signers = new Map(applicants.map(({ signer }) => [signer.address, signer]))
  // ids are given by the chain: which applicant has which is read once from the log
  let byId: Promise<ReadonlyMap<number, Signer>> | undefined
  const readIds = async (): Promise<ReadonlyMap<number, Signer>> => {
    const { applications } = await hands.report()
    return new Map(applications.map(({ id, applicant }) => [id, signers.get(applicant) as Signer]))
  }
  return {
    ...parts,
    async act(name, { id, preference }, by = hands.relay()) {
      byId ??= readIds()
      const signer = (await byId).get(id)
      assert(signer !== undefined, 'an application of the load')
      const deadline = Math.floor(Date.now() / 1000) + ACT_SECONDS
      const act = { id, preference, note: ZERO_HASH, deadline }
      const signature = await signTyped(signer, actTypedData(place, name, act))
      const gas = name === 'Decline' ? 'back' : 'act'
      return hands.may(by, submitAct(place.season, name, { act, signature }), gas)
    },
  }
}
