/**
 * `veche titles freeze|unfreeze|order-lien|strike-lien|correct|apply-correction|object`: the
 * court's acts, and the observers' objection. An urgent correction is a deed (`veche titles draft
 * --kind Correction`).
 */
import { cityAccess, titleRegistry } from '@veche/contracts'
import { type Hash, type Hex, isAddress, isHash, VecheError, ZERO_HASH } from '@veche/primitives'
import type { Command } from 'commander'
import { CITY_ACCESS, TITLE_REGISTRY } from '../act/contracts.ts'
import { propertyFrom, readTitle } from '../titles/read.ts'
import { type ActFlags, act, acting } from './act.ts'
import { integer } from './options.ts'

interface CourtFlags extends ActFlags {
  readonly property: string
  readonly order: string
}

const { encode } = titleRegistry
const DAY_SECONDS = 86_400

function hashFrom(name: string, text: string): Hash {
  if (isHash(text)) return text.toLowerCase() as Hash
  throw new VecheError('USAGE', `--${name}: 32 bytes as 0x text expected, got ${text}`)
}

const orderOf = ({ order }: CourtFlags): Hash => hashFrom('order', order)
const send = (flags: ActFlags, data: Hex) => act(flags, { contract: TITLE_REGISTRY, data })

function ordering(name: string, description: string): Command {
  return acting(name, description)
    .requiredOption('--property <number|0x…>', 'cadastral number, or id')
    .requiredOption('--order <0x…>', 'commitment to the order: a salted hash, never its text')
}

async function freeze(flags: CourtFlags & { readonly days: number }): Promise<void> {
  const until = Math.floor(Date.now() / 1_000) + flags.days * DAY_SECONDS
  await send(flags, encode.freeze(propertyFrom(flags.property), orderOf(flags), until))
}

interface LienFlags extends CourtFlags {
  readonly lienCommitment: string
  readonly holder: string
  readonly priority: number
  readonly kind: number
}

async function orderLien(flags: LienFlags): Promise<void> {
  const holder = flags.holder.toLowerCase()
  if (!isAddress(holder))
    throw new VecheError('USAGE', `--holder: an address expected, got ${flags.holder}`)
  const { priority, kind } = flags
  const lienC = hashFrom('lien-commitment', flags.lienCommitment)
  const lien = { lienC, holder, priority, kind, until: 0, id: 0 }
  await send(flags, encode.addCourtLien(propertyFrom(flags.property), lien, orderOf(flags)))
}

async function strikeLien(flags: CourtFlags & { lien: number; schedule: boolean }) {
  const data = encode.strikeLien(propertyFrom(flags.property), flags.lien, orderOf(flags))
  if (!flags.schedule) return send(flags, data)
  const schedule = cityAccess.encode.schedule(TITLE_REGISTRY.address, data, 0)
  return act(flags, { contract: CITY_ACCESS, data: schedule })
}

async function correct(flags: CourtFlags & { newOwner: string; newConsent: string }) {
  const id = propertyFrom(flags.property)
  const { head: prevHead } = await readTitle(flags.rpc, id)
  const deed = {
    ...{ propertyId: id, prevHead, docC: orderOf(flags), deadline: 2 ** 40 - 1 },
    newOwnerC: hashFrom('new-owner', flags.newOwner),
    newConsentC: hashFrom('new-consent', flags.newConsent),
  }
  await send(flags, encode.proposeCorrection(deed))
}

const property = (command: Command): Command =>
  command.requiredOption('--property <number|0x…>', 'cadastral number, or id')

export function courtCommands(): readonly Command[] {
  return [
    ordering('freeze', 'court: nothing but the court moves the title until then')
      .requiredOption('--days <n>', '1 to 180', integer(1, 180))
      .action(freeze),
    ordering('unfreeze', 'court: end a freeze early').action((flags: CourtFlags) =>
      send(flags, encode.unfreeze(propertyFrom(flags.property), orderOf(flags))),
    ),
    ordering('order-lien', 'court: burden a title, at any rank')
      .requiredOption('--lien-commitment <0x…>', 'commitment to what it secures')
      .requiredOption('--holder <0x…>', 'who may release it')
      .requiredOption('--priority <n>', 'rank, 1 first', integer(1, 65_535))
      .requiredOption('--kind <n>', 'code of its kind', integer(0, 255))
      .action(orderLien),
    ordering('strike-lien', 'court: take a lien off, after three days in public')
      .requiredOption('--lien <n>', 'its number within the title', integer(1, 65_535))
      .option('--schedule', 'announce it; without this, do it after the notice', false)
      .action(strikeLien),
    ordering('correct', 'court: propose another owner; the window to object begins')
      .requiredOption('--new-owner <0x…>', 'ownerC afterwards')
      .option('--new-consent <0x…>', 'consentC afterwards', ZERO_HASH)
      .action(correct),
    property(acting('apply-correction', 'court: apply it after its window')).action(
      (flags: CourtFlags) => send(flags, encode.applyCorrection(propertyFrom(flags.property))),
    ),
    property(acting('object', 'observer: end a correction that waits'))
      .requiredOption('--reason <0x…>', 'commitment to the reason')
      .action((flags: CourtFlags & { readonly reason: string }) =>
        send(
          flags,
          encode.objectCorrection(propertyFrom(flags.property), hashFrom('reason', flags.reason)),
        ),
      ),
  ]
}
