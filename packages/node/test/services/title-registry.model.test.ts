/**
 * TitleRegistry against its model: random command sequences on the real byte code through our own
 * executor, behind its proxy and CityAccess as genesis makes them, and after each command the
 * invariants of services.md ("Invariants", TitleRegistry, 1–13).
 */
import {
  accepted,
  accountParty,
  childId,
  foldTitle,
  ownerCommitment,
  SHARE_WHOLE,
  TITLE_REGISTRY_ADDRESS,
  type TitleStory,
  titleOfEvent,
  titleRegistry,
  titleStructHash,
} from '@veche/contracts'
import { type Address, type Hash, type Hex, ZERO_HASH } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NO_SIGNATURE, type SignedTitleAct } from '../../src/titles/sign-act.ts'
import { view } from '../support/service-chain.ts'
import {
  type Cheat,
  LIENS_MAX,
  type ModelTitle,
  TitlesModel,
  WINDOW,
} from '../support/titles-model.ts'
import {
  BANKS,
  CONSENT_C,
  COURT,
  call,
  createTitlesWorld,
  DOC,
  dismissNotary,
  LATE,
  LEGACY,
  legacyTitle,
  NOTARIES,
  OVERSEER,
  OWNERS,
  partiesOf,
  REGISTRAR,
  STRANGER,
  saltOf,
  sign,
  type TitlesWorld,
  text,
} from '../support/titles-world.ts'

const RUNS = 12
const COMMANDS_MAX = 40
const { encode, decode } = titleRegistry

interface Bench {
  readonly world: TitlesWorld
  readonly model: TitlesModel
  readonly stories: Map<Hash, TitleStory>
  /** events already folded */
  folded: number
  /** calls with signatures that went: none goes twice */
  readonly used: Hex[]
  salts: number
  /** units that demolished titles took with them, by title */
  readonly entered: Set<number>
}

const kind = <const T extends string>(name: T) => fc.constant(name)
// few, so that commands meet on one title
const pick = fc.nat(5)
const owner = fc.nat(2)
const notary = fc.constantFrom(...NOTARIES)
const aCheat = fc.oneof(
  { weight: 7, arbitrary: fc.constant<Cheat>('none') },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Cheat>(
      ...(['owner', 'buyer', 'notary', 'holders', 'spouse', 'head', 'late'] as const),
    ),
  },
)
const how = { pick, notary, cheat: aCheat }

const aCommand = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: kind('materialise'), title: fc.nat(LEGACY - 1) }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: kind('transfer'), ...how, buyer: owner, spouse: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('recommit'), ...how }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('reserve'), pick, buyer: owner }) },
  {
    weight: 3,
    arbitrary: fc.record({
      ...{ kind: kind('lien'), ...how, priority: fc.integer({ min: 1, max: 4 }) },
      ...{ bank: fc.nat(1), court: fc.boolean() },
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: kind('satisfy'), pick, lien: fc.nat(4), bank: fc.nat(1) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...{ kind: kind('freeze'), pick, hours: fc.integer({ min: 1, max: 200 }) },
      by: fc.constantFrom(COURT, COURT, COURT, REGISTRAR),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('unfreeze'), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('correct'), pick, newOwner: owner }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('object'), pick, asOwner: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('apply'), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('urgent'), pick, newOwner: owner, alone: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: kind('split'), ...how, off: fc.constantFrom(0, 0, 0, 1, -1) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: kind('merge'), ...how, other: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('demolish'), ...how }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('replay'), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('dismiss') }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: kind('wait'), hours: fc.constantFrom(1, 24, 72, 73, 150) }),
  },
)

type CommandOf<name extends string> = Extract<
  typeof aCommand extends fc.Arbitrary<infer C> ? C : never,
  { kind: name }
>
type Command = typeof aCommand extends fc.Arbitrary<infer C> ? C : never

const partyOf = (who: Address): Hash => accountParty(who)
const commit = (who: Address, salt: Hash): Hash => ownerCommitment({ party: partyOf(who), salt })
const ownerC = (title: ModelTitle): Hash => commit(title.owner, title.salt)

function chosen({ model }: Bench, index: number): ModelTitle | undefined {
  const all = [...model.titles.values()]
  return all[index % Math.max(1, all.length)]
}

function freshSalt(bench: Bench): Hash {
  bench.salts++
  return text(`fresh salt ${bench.salts}`)
}

const headOf = ({ stories }: Bench, title: ModelTitle, cheat: Cheat): Hash =>
  cheat === 'head' ? text('another head') : (stories.get(title.id)?.head ?? ZERO_HASH)

/** The signatures of a deed, one of them cheated. */
function signersFor(title: ModelTitle, { notary: by, cheat }: { notary: Address; cheat: Cheat }) {
  return {
    owner: cheat === 'owner' ? STRANGER : title.owner,
    notary: cheat === 'notary' ? STRANGER : by,
    spouse: title.spouse && cheat !== 'spouse',
    holders: [] as readonly Address[],
    opening: { party: partyOf(title.owner), salt: title.salt },
  }
}

const deadlineOf = ({ model }: Bench, cheat: Cheat): number =>
  cheat === 'late' ? model.now - 1 : LATE

/** Sends a signed call: expects the model's verdict, remembers what went. */
async function settle(bench: Bench, data: Hex, expected: boolean): Promise<void> {
  const told = await call(bench.world, REGISTRAR, data)
  assert.is(told === 'ok', expected, `${told}, expected ${expected ? 'ok' : 'a refusal'}`)
  if (expected) bench.used.push(data)
}

async function materialise(bench: Bench, { title: i }: CommandOf<'materialise'>): Promise<void> {
  const { world, model } = bench
  const record = legacyTitle(i)
  const told = await call(world, STRANGER, encode.materialise(record, world.tree.pathOf(i)))
  const first = !bench.entered.has(i)
  assert.is(told === 'ok', first, '3: once')
  if (!first) return
  bench.entered.add(i)
  const { propertyId: id, share, liens } = record
  const rest = { owner: OWNERS[i % 3] as Address, salt: saltOf(i), spouse: i === 2, share }
  const title = model.begin(id, rest)
  for (const { priority, holder } of liens) model.addLien(title, { priority, holder })
}

async function transfer(bench: Bench, command: CommandOf<'transfer'>): Promise<void> {
  const { world, model } = bench
  const title = chosen(bench, command.pick)
  if (title === undefined) return
  const { cheat } = command
  // half of the sales of a reserved title go to whom it is reserved for
  const { reserved } = title
  const meant = reserved !== undefined && command.spouse ? reserved : undefined
  const buyer = meant?.owner ?? (OWNERS[command.buyer] as Address)
  const salt = meant?.salt ?? freshSalt(bench)
  const deed = {
    ...{
      propertyId: title.id,
      prevHead: headOf(bench, title, cheat),
      newOwnerC: commit(buyer, salt),
    },
    ...{ newConsentC: command.spouse ? CONSENT_C : ZERO_HASH, docC: DOC },
    deadline: deadlineOf(bench, cheat),
  }
  const act: SignedTitleAct = ['Transfer', deed]
  const holders = cheat === 'holders' ? [] : title.liens.map(({ holder }) => holder)
  const parties = await partiesOf(world, act, { ...signersFor(title, command), holders })
  const signature = await sign(world, cheat === 'buyer' ? STRANGER : buyer, act)
  const data = encode.transfer(deed, parties, { party: partyOf(buyer), salt }, signature)
  const to = { owner: buyer, salt, spouse: command.spouse }
  await settle(bench, data, model.transfer(title, to, command))
}

async function recommit(bench: Bench, command: CommandOf<'recommit'>): Promise<void> {
  const { world, model } = bench
  const title = chosen(bench, command.pick)
  if (title === undefined) return
  const salt = freshSalt(bench)
  const deed = {
    ...{ propertyId: title.id, prevHead: headOf(bench, title, command.cheat) },
    ...{ newOwnerC: commit(title.owner, salt), newConsentC: title.spouse ? CONSENT_C : ZERO_HASH },
    ...{ docC: DOC, deadline: deadlineOf(bench, command.cheat) },
  }
  const parties = await partiesOf(world, ['Recommit', deed], signersFor(title, command))
  const data = encode.recommit(deed, parties, salt)
  await settle(
    bench,
    data,
    model.deed(title, command, () => Object.assign(title, { salt })),
  )
}

async function reserve(bench: Bench, command: CommandOf<'reserve'>): Promise<void> {
  const { world, model } = bench
  const title = chosen(bench, command.pick)
  if (title === undefined) return
  const buyer = OWNERS[command.buyer] as Address
  const [salt, until] = [freshSalt(bench), model.now + 2 * 86_400]
  const proposal = {
    ...{ propertyId: title.id, prevHead: headOf(bench, title, 'none'), until, deadline: LATE },
    newOwnerC: commit(buyer, salt),
  }
  const signature = await sign(world, title.owner, ['Proposal', proposal])
  const opening = { party: partyOf(title.owner), salt: title.salt }
  const goes = title.status === 'active' && !model.isHeld(title)
  if (goes) {
    title.reserved = { owner: buyer, salt, until }
    title.version++
  }
  await settle(bench, encode.proposeTransfer(proposal, opening, signature), goes)
}

async function lien(bench: Bench, command: CommandOf<'lien'>): Promise<void> {
  const { world, model } = bench
  const title = chosen(bench, command.pick)
  if (title === undefined) return
  const { priority } = command
  const terms = { lienC: DOC, holder: BANKS[command.bank] as Address, priority, kind: 1, until: 0 }
  const full = title.liens.length >= LIENS_MAX
  if (command.court) {
    const data = encode.addCourtLien(title.id, { ...terms, id: 0 }, text('order'))
    const goes = title.status === 'active' && !full
    assert.is((await call(world, COURT, data)) === 'ok', goes, 'a lien by order')
    if (!goes) return
    model.addLien(title, terms)
    title.version++
    return
  }
  const addition = {
    ...{ propertyId: title.id, prevHead: headOf(bench, title, command.cheat), ...terms },
    deadline: deadlineOf(bench, command.cheat),
  }
  const parties = await partiesOf(world, ['LienAddition', addition], signersFor(title, command))
  const overtakes = priority < (title.liens.at(-1)?.priority ?? 0)
  const goes = !overtakes && !full && model.deed(title, command, () => model.addLien(title, terms))
  await settle(bench, encode.addLien(addition, parties), goes)
}

async function satisfy(bench: Bench, command: CommandOf<'satisfy'>): Promise<void> {
  const title = chosen(bench, command.pick)
  if (title === undefined) return
  const id = title.liens[command.lien % Math.max(1, title.liens.length)]?.id ?? 1
  const bank = BANKS[command.bank] as Address
  const told = await call(bench.world, bank, encode.satisfyLien(title.id, id))
  assert.is(told === 'ok', bench.model.endLien(title, id, bank), told)
}

async function correct(bench: Bench, command: CommandOf<'correct' | 'urgent'>): Promise<void> {
  const { world, model } = bench
  const title = chosen(bench, command.pick)
  if (title === undefined) return
  const [newOwner, salt] = [OWNERS[command.newOwner] as Address, freshSalt(bench)]
  const deed = {
    ...{ propertyId: title.id, prevHead: headOf(bench, title, 'none'), newConsentC: ZERO_HASH },
    ...{ newOwnerC: commit(newOwner, salt), docC: text('order'), deadline: LATE },
  }
  if (command.kind === 'correct') {
    const told = await call(world, COURT, encode.proposeCorrection(deed))
    assert.is(told === 'ok', model.propose(title, newOwner, salt), told)
    return
  }
  const act: SignedTitleAct = ['Correction', deed]
  const quorum = {
    court: await sign(world, COURT, act),
    registrar: NO_SIGNATURE,
    observer: command.alone ? NO_SIGNATURE : await sign(world, OVERSEER, act),
  }
  const told = await call(world, COURT, encode.applyUrgentCorrection(deed, quorum))
  assert.is(told === 'ok', !command.alone && model.urgent(title, newOwner, salt), `8: ${told}`)
}

async function object(bench: Bench, command: CommandOf<'object'>): Promise<void> {
  const { world, model } = bench
  const title = chosen(bench, command.pick)
  if (title === undefined) return
  if (!command.asOwner) {
    const told = await call(world, OVERSEER, encode.objectCorrection(title.id, DOC))
    assert.is(told === 'ok', model.object(title), told)
    return
  }
  const objection = {
    ...{ propertyId: title.id, prevHead: headOf(bench, title, 'none'), docC: DOC, deadline: LATE },
  }
  const signature = await sign(world, title.owner, ['Objection', objection])
  const opening = { party: partyOf(title.owner), salt: title.salt }
  const told = await call(world, STRANGER, encode.objectAsOwner(objection, opening, signature))
  assert.is(told === 'ok', model.objectAsOwner(title), told)
}

async function split(bench: Bench, command: CommandOf<'split'>): Promise<void> {
  const { world, model } = bench
  const title = chosen(bench, command.pick)
  if (title === undefined) return
  const part = Math.floor(title.share / 3)
  const shares = [part, title.share - part + command.off].map(BigInt)
  const deed = {
    ...{ propertyId: title.id, prevHead: headOf(bench, title, command.cheat), shares, docC: DOC },
    deadline: deadlineOf(bench, command.cheat),
  }
  const parties = await partiesOf(world, ['Split', deed], signersFor(title, command))
  const hash = titleStructHash('Split', deed)
  const { owner: who, salt, spouse } = title
  const goes =
    command.off === 0 &&
    model.deed(title, { ...command, unburdened: true }, () => {
      title.status = 'split'
      for (const [i, share] of shares.entries())
        model.begin(childId(hash, i), { owner: who, salt, spouse, share: Number(share) })
    })
  await settle(bench, encode.split(deed, parties), goes)
}

async function merge(bench: Bench, command: CommandOf<'merge'>): Promise<void> {
  const { world, model } = bench
  const [a, b] = [chosen(bench, command.pick), chosen(bench, command.other)]
  if (a === undefined || b === undefined) return
  const heads = [headOf(bench, a, command.cheat), headOf(bench, b, 'none')]
  const deed = {
    ...{ propertyIds: [a.id, b.id], prevHeads: heads, docC: DOC },
    deadline: deadlineOf(bench, command.cheat),
  }
  const parties = await partiesOf(world, ['Merge', deed], signersFor(a, command))
  const fits =
    a !== b &&
    a.owner === b.owner &&
    a.spouse === b.spouse &&
    b.status === 'active' &&
    !model.isHeld(b) &&
    b.liens.length === 0
  const goes =
    fits &&
    model.deed(a, { ...command, unburdened: true }, () => {
      a.status = 'merged'
      b.status = 'merged'
      b.version++
      const { owner: who, salt, spouse } = a
      const share = a.share + b.share
      model.begin(childId(titleStructHash('Merge', deed), 0), { owner: who, salt, spouse, share })
    })
  await settle(bench, encode.merge(deed, parties, [a.salt, b.salt]), goes)
}

async function demolish(bench: Bench, command: CommandOf<'demolish'>): Promise<void> {
  const title = chosen(bench, command.pick)
  if (title === undefined) return
  const deed = {
    ...{ propertyId: title.id, prevHead: headOf(bench, title, command.cheat), docC: DOC },
    deadline: deadlineOf(bench, command.cheat),
  }
  const parties = await partiesOf(bench.world, ['Demolition', deed], signersFor(title, command))
  const terms = { ...command, unburdened: true }
  const goes = bench.model.deed(title, terms, () => Object.assign(title, { status: 'demolished' }))
  await settle(bench, encode.demolish(deed, parties), goes)
}

async function simple(bench: Bench, command: Command): Promise<void> {
  const { world, model, used } = bench
  if (command.kind === 'wait') {
    world.chain.nowSeconds += command.hours * 3_600
    model.now = world.chain.nowSeconds
  }
  if (command.kind === 'dismiss' && model.notaryTwo) {
    await dismissNotary(world)
    model.notaryTwo = false
  }
  if (command.kind === 'replay' && used.length > 0) {
    const data = used[command.pick % used.length] as Hex
    assert.is.not(await call(world, REGISTRAR, data), 'ok', '7: signatures work once')
  }
  const title = 'pick' in command ? chosen(bench, command.pick) : undefined
  if (title === undefined) return
  if (command.kind === 'freeze') {
    const until = model.now + command.hours * 3_600
    const told = await call(world, command.by, encode.freeze(title.id, DOC, until))
    assert.is(told === 'ok', model.freeze(title, command.by, until), told)
  }
  if (command.kind === 'unfreeze') {
    const told = await call(world, COURT, encode.unfreeze(title.id, DOC))
    assert.is(told === 'ok', model.unfreeze(title), told)
  }
  if (command.kind === 'apply') {
    const told = await call(world, COURT, encode.applyCorrection(title.id))
    assert.is(told === 'ok', model.apply(title), `8: ${told}`)
  }
}

function run(bench: Bench, command: Command): Promise<void> {
  switch (command.kind) {
    case 'materialise':
      return materialise(bench, command)
    case 'transfer':
      return transfer(bench, command)
    case 'recommit':
      return recommit(bench, command)
    case 'reserve':
      return reserve(bench, command)
    case 'lien':
      return lien(bench, command)
    case 'satisfy':
      return satisfy(bench, command)
    case 'correct':
    case 'urgent':
      return correct(bench, command)
    case 'object':
      return object(bench, command)
    case 'split':
      return split(bench, command)
    case 'merge':
      return merge(bench, command)
    case 'demolish':
      return demolish(bench, command)
    default:
      return simple(bench, command)
  }
}

const STATUSES = ['none', 'active', 'split', 'merged', 'demolished']

/** Folds what happened since the last look; a broken fold is a failure of invariant 2. */
function fold(bench: Bench): Hash[] {
  const { world, stories } = bench
  const touched = new Set<Hash>()
  for (const event of world.events.slice(bench.folded)) {
    const id = titleOfEvent(event)
    if (id === undefined) continue
    touched.add(id)
    const story = accepted(foldTitle(stories.get(id), event))
    assert.ok(story.version >= (stories.get(id)?.version ?? 0), '8: history never shrinks')
    stories.set(id, story)
  }
  bench.folded = world.events.length
  return [...touched]
}

async function look(bench: Bench, id: Hash): Promise<void> {
  const { world, model, stories } = bench
  const read = (data: Hex): Promise<Uint8Array> => view(world.chain, TITLE_REGISTRY_ADDRESS, data)
  const title = accepted(decode.titleOf(await read(encode.titleOf(id))))
  const [meant, story] = [model.titles.get(id), stories.get(id)]
  assert.ok(meant !== undefined && story !== undefined, 'a title that the model knows')
  assert.is(title.ownerC, ownerC(meant), '1: one owner, the model’s')
  assert.is(title.head, story.head, '2: the head folds all that happened')
  assert.is(title.version, meant.version, '2: a version for each change')
  assert.is(STATUSES[title.status], meant.status)
  assert.is(title.share, meant.share)
  assert.is(title.hasConsent, meant.spouse)
  assert.is(title.frozenUntil > model.now, model.isFrozen(meant), '6')
  const liens = accepted(decode.liensOf(await read(encode.liensOf(id))))
  assert.is(title.liens, liens.length, '10: the count is the length')
  assert.equal(
    liens.map((each) => [each.id, each.priority]),
    meant.liens.map((each) => [each.id, each.priority]),
    '10: ranks, and arrival among equals',
  )
}

/** 9: units are neither made nor lost by splits and merges. */
function weigh({ model, entered }: Bench): void {
  const held = [...model.titles.values()]
    .filter(({ status }) => status === 'active' || status === 'demolished')
    .reduce((sum, { share }) => sum + share, 0)
  assert.is(held, entered.size * SHARE_WHOLE, '9: shares are conserved')
}

test('1–13: the register keeps to its model for random commands, honest and not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aCommand, { minLength: 28, maxLength: COMMANDS_MAX }),
      async (commands) => {
        const world = await createTitlesWorld()
        const bench: Bench = {
          ...{ world, model: new TitlesModel(world.chain.nowSeconds), stories: new Map() },
          ...{ folded: world.events.length, used: [], salts: 0, entered: new Set<number>() },
        }
        // most commands need a title to act on
        for (const title of [0, 1, 2, 3]) await materialise(bench, { kind: 'materialise', title })
        fold(bench)
        for (const command of commands) {
          await run(bench, command)
          for (const id of fold(bench)) await look(bench, id)
          weigh(bench)
        }
        for (const id of bench.model.titles.keys()) await look(bench, id)
      },
    ),
    { numRuns: RUNS, seed: Number(process.env['SEED'] ?? 20_260_101), endOnFailure: true },
  )
})

test('a window is the contract’s', () => assert.is(WINDOW, 259_200))

test.run()
