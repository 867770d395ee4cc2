/** Plays the commands of titles-commands.ts on the real byte code and on the model. */
import { childId, titleRegistry, titleStructHash } from '@veche/contracts'
import { type Address, type Hex, ZERO_HASH } from '@veche/primitives'
import * as assert from 'uvu/assert'
import { NO_SIGNATURE, type SignedTitleAct } from '../../src/titles/sign-act.ts'
import {
  type Bench,
  type Command,
  type CommandOf,
  chosen,
  commit,
  deadlineOf,
  freshSalt,
  headOf,
  partyOf,
  settle,
  signersFor,
} from './titles-commands.ts'
import { LIENS_MAX } from './titles-model.ts'
import {
  BANKS,
  CONSENT_C,
  COURT,
  call,
  DOC,
  dismissNotary,
  LATE,
  legacyTitle,
  OVERSEER,
  OWNERS,
  partiesOf,
  REGISTRAR,
  STRANGER,
  saltOf,
  sign,
  text,
} from './titles-world.ts'

const { encode } = titleRegistry

export async function materialise(
  bench: Bench,
  { title: i }: CommandOf<'materialise'>,
): Promise<void> {
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

export async function transfer(bench: Bench, command: CommandOf<'transfer'>): Promise<void> {
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

export async function recommit(bench: Bench, command: CommandOf<'recommit'>): Promise<void> {
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

export async function reserve(bench: Bench, command: CommandOf<'reserve'>): Promise<void> {
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

export async function lien(bench: Bench, command: CommandOf<'lien'>): Promise<void> {
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

export async function satisfy(bench: Bench, command: CommandOf<'satisfy'>): Promise<void> {
  const title = chosen(bench, command.pick)
  if (title === undefined) return
  const id = title.liens[command.lien % Math.max(1, title.liens.length)]?.id ?? 1
  const bank = BANKS[command.bank] as Address
  const told = await call(bench.world, bank, encode.satisfyLien(title.id, id))
  assert.is(told === 'ok', bench.model.endLien(title, id, bank), told)
}

export async function correct(
  bench: Bench,
  command: CommandOf<'correct' | 'urgent'>,
): Promise<void> {
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

export async function object(bench: Bench, command: CommandOf<'object'>): Promise<void> {
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

export async function split(bench: Bench, command: CommandOf<'split'>): Promise<void> {
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

export async function merge(bench: Bench, command: CommandOf<'merge'>): Promise<void> {
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

export async function demolish(bench: Bench, command: CommandOf<'demolish'>): Promise<void> {
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

export async function simple(bench: Bench, command: Command): Promise<void> {
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

export function run(bench: Bench, command: Command): Promise<void> {
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
