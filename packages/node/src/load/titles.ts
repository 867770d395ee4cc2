/**
 * The busiest day of a land registry, time-compressed: every title enters by proof at its first
 * transaction and passes to a buyer with the signatures of seller, buyer and notary; some are
 * mortgaged and need the bank, some are split afterwards, and now and then somebody cheats. The
 * real file (registrations a day) says how many a busiest day has.
 */
import { readFile } from 'node:fs/promises'
import {
  accepted,
  accountParty,
  CITY_ACCESS_ADDRESS,
  cityAccess,
  type LegacyTree,
  ownerCommitment,
  SHARE_WHOLE,
  TITLE_REGISTRY_ADDRESS,
  titleRegistry,
} from '@veche/contracts'
import { assert, type Hash, type Signer, VecheError, ZERO_HASH } from '@veche/primitives'
import { createLegacyRegister, growLegacyTree } from '../titles/legacy-register.ts'
import { createChecker, type LoadContext, type LoadOutcome, type LoadProfile } from './profile.ts'
import { referenceTitles } from './reference-titles.ts'
import { OWNERS, planStories, play, type Stage, type Story, saltFor } from './titles-play.ts'
import { forEachOf } from './titles-pool.ts'

const FILE = 'registrations-per-day.tsv'
/** seconds of an office's day that the burst stands for */
const DAY_SECONDS = 8 * 3_600
const COURIERS = 8
/** the legacy root holds some titles that nothing happens to */
const LEGACY_SHARE = 4
const IN_WORK_MAX = 192

/** The largest count of the file: `count<TAB>date` lines. */
async function busiestDay(context: LoadContext): Promise<readonly [number, string] | undefined> {
  const path = context.realFile(FILE)
  if (path === undefined) return undefined
  let best: readonly [number, string] = [0, '']
  for (const line of (await readFile(path, 'utf8')).split('\n')) {
    const [count, date] = line.trim().split(/\s+/)
    if (Number(count) > best[0]) best = [Number(count), date ?? '']
  }
  return best
}

/** Sets the legacy root, with the notice that CityAccess wants; a root that stands must be ours. */
async function openLegacy(context: LoadContext, tree: LegacyTree): Promise<void> {
  const { encode, decode } = titleRegistry
  const answer = await context.read(TITLE_REGISTRY_ADDRESS, encode.legacy())
  const [root] = accepted(decode.legacy(answer))
  if (root === tree.root) return
  if (root !== ZERO_HASH)
    throw new VecheError('USAGE', `a register without titles or of this seed expected, got ${root}`)
  const registrar = await context.key('registrar')
  const data = encode.openLegacy(tree.root, BigInt(tree.count), ZERO_HASH)
  const schedule = cityAccess.encode.schedule(TITLE_REGISTRY_ADDRESS, data, 0)
  await context.must(registrar, { to: CITY_ACCESS_ADDRESS, data: schedule, gas: 200_000n })
  const id = cityAccess.encode.hashOperation(registrar.address, TITLE_REGISTRY_ADDRESS, data)
  const operation = accepted(
    cityAccess.decode.hashOperation(await context.read(CITY_ACCESS_ADDRESS, id)),
  )
  const when = await context.read(CITY_ACCESS_ADDRESS, cityAccess.encode.getSchedule(operation))
  const readyAt = Number(accepted(cityAccess.decode.getSchedule(when)))
  await untilSecond(context, readyAt)
  await context.must(registrar, { to: TITLE_REGISTRY_ADDRESS, data, gas: 150_000n })
}

const WAIT_SECONDS_MAX = 60

/** Waits for the chain's next block to be late enough. */
async function untilSecond({ say, signal }: LoadContext, second: number): Promise<void> {
  const seconds = second + 1 - Math.floor(Date.now() / 1000)
  if (seconds > WAIT_SECONDS_MAX)
    throw new VecheError('USAGE', `the legacy root has a notice of ${seconds} s: open it before`)
  say(`waiting ${Math.max(0, seconds)} s for the notice of the legacy root\n`)
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, seconds) * 1_000))
  if (signal.aborted) throw new VecheError('LOAD_STOPPED', 'the load was stopped')
}

async function readTitle({ context }: Stage, id: Hash) {
  const data = titleRegistry.encode.titleOf(id)
  return accepted(titleRegistry.decode.titleOf(await context.read(TITLE_REGISTRY_ADDRESS, data)))
}

async function check(stage: Stage, stories: readonly Story[]): Promise<LoadOutcome['check']> {
  const { context, register, owners } = stage
  const checker = createChecker()
  const reference = referenceTitles(await context.logs(TITLE_REGISTRY_ADDRESS))
  for (const fault of reference.faults) checker.expect('events', false, () => fault)
  const progress = context.progress('titles compared', reference.titles.size)
  let done = 0
  await forEachOf([...reference.titles], IN_WORK_MAX, async ([id, told]) => {
    const title = await readTitle(stage, id)
    const same =
      title.head === told.head &&
      title.version === told.version &&
      title.ownerC === told.ownerC &&
      BigInt(title.share) === told.share &&
      title.liens === told.liens.size &&
      (title.status === 1) === told.live
    checker.expect(
      'titles',
      same,
      () => `${id}: version ${told.version} expected, got ${title.version}`,
    )
    progress.update(++done)
  })
  for (const story of stories) {
    const id = register.recordAt(story.index).title.propertyId
    const buyer = owners[story.buyer] as Signer
    const salt = saltFor(context.seed, story.index)
    const ownerC = ownerCommitment({ party: accountParty(buyer.address), salt })
    const told = reference.titles.get(id)
    checker.expect('owners', told?.ownerC === ownerC, () => `${id}: the planned buyer expected`)
  }
  const live = [...reference.titles.values()].filter((title) => title.live)
  const shares = live.reduce((sum, { share }) => sum + share, 0n)
  const whole = BigInt(SHARE_WHOLE) * BigInt(stories.length)
  checker.expect('shares', shares === whole, () => `${whole} units expected, got ${shares}`)
  for (const what of stage.cheated) checker.expect('cheats', false, () => what)
  for (const tried of Object.values(stage.refused))
    for (let i = 0; i < tried; i++) checker.expect('cheats', true, () => '')
  return checker.result()
}

async function openStage(context: LoadContext): Promise<Stage> {
  const { seed, count, chainId, say } = context
  const owners = Array.from({ length: OWNERS }, (_, i) => context.person(`owner ${i}`))
  const register = createLegacyRegister({
    ...{ seed, count: count * LEGACY_SHARE },
    owners: owners.map(({ address }) => accountParty(address)),
  })
  say(`growing the legacy tree of ${register.count} titles\n`)
  const tree = growLegacyTree(register)
  const [registrar, notary] = [await context.key('registrar'), await context.key('notary')]
  return {
    context,
    domain: { chainId, contract: TITLE_REGISTRY_ADDRESS },
    ...{ register, tree, owners },
    couriers: Array.from({ length: COURIERS }, (_, i) => context.person(`courier ${i}`)),
    offices: { registrar, notary, bank: context.person('bank') },
    ...{ refused: {}, cheated: [] },
  }
}

async function run(context: LoadContext): Promise<LoadOutcome> {
  const day = await busiestDay(context)
  const stage = await openStage(context)
  await openLegacy(context, stage.tree)
  const stories = planStories(context, stage.register.count)
  assert(stories.length === context.count, 'a story for each title')
  const progress = context.progress('transfers', stories.length)
  const startMs = performance.now()
  let done = 0
  await forEachOf(stories, IN_WORK_MAX, async (story) => {
    await play(stage, story)
    progress.update(++done)
  })
  const seconds = (performance.now() - startMs) / 1_000
  const outcome = await check(stage, stories)
  const kinds = Object.fromEntries(
    [...Map.groupBy(stories, ({ kind }) => kind)].map(([kind, list]) => [kind, list.length]),
  )
  return {
    facts: {
      transfers: stories.length,
      legacyTitles: stage.register.count,
      legacyRoot: stage.tree.root,
      kinds,
      refused: stage.refused,
      ...(day === undefined ? {} : { busiestDay: { registrations: day[0], date: day[1] } }),
      burstSeconds: Math.round(seconds),
      compression: Math.round(DAY_SECONDS / seconds),
    },
    check: outcome,
  }
}

/** `veche load titles` */
export const titlesProfile: LoadProfile = {
  name: 'titles',
  description: "a land registry's busiest day: transfers with three signatures",
  unit: 'transfers',
  countDefault: 26_300,
  run,
}
