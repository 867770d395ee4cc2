/**
 * The history of titles from their events: every event carries what its head folds, so whoever has
 * the events of a title computes its head and compares with storage. Nothing can be left out, added
 * or reordered. Pure.
 */
import {
  type Address,
  accept,
  bytesToHex,
  concatBytes,
  type Hash,
  keccakHex,
  type Result,
  refuse,
  ZERO_HASH,
} from '@veche/primitives'
import type { EventOf } from '../binding.ts'
import type { titleRegistryAbi } from '../generated/title-registry.ts'
import { titleStructHash } from './title-acts.ts'
import { encodeLien, legacyLeaf, type TitleLien, toWord } from './title-commitment.ts'

/** An event of the register. */
export type TitleEvent = EventOf<typeof titleRegistryAbi>

/** A title as its events tell it. */
export interface TitleStory {
  readonly head: Hash
  readonly version: number
  readonly ownerC: Hash
  readonly consentC: Hash
  readonly share: number
  readonly status: 'active' | 'split' | 'merged' | 'demolished'
  /** live ones, first rank first */
  readonly liens: readonly TitleLien[]
}

/** Numbers of ITitleTypes.Op. */
export const TITLE_OPS = {
  Materialise: 1,
  Propose: 2,
  Transfer: 3,
  Recommit: 4,
  SelfCorrect: 5,
  LienAdd: 6,
  LienEnd: 7,
  Freeze: 8,
  Unfreeze: 9,
  CorrectionPropose: 10,
  Correct: 11,
  Split: 12,
  Merge: 13,
  Demolish: 14,
  Child: 15,
} as const

type OpName = keyof typeof TITLE_OPS

/** head' = keccak256(abi.encode(head, op, what)) */
export function nextTitleHead(head: Hash, op: OpName, what: Hash): Hash {
  return keccakHex(concatBytes(toWord(head), toWord(TITLE_OPS[op]), toWord(what)))
}

const hashOf = (...words: readonly (Hash | number)[]): Hash =>
  keccakHex(concatBytes(...words.map(toWord)))

/** What an event folds, and what it changes besides head and version. */
interface Step {
  readonly op: OpName
  readonly what: Hash
  readonly change?: Partial<TitleStory>
}

type Named<name extends TitleEvent['name']> = Extract<TitleEvent, { readonly name: name }>['args']

type Steps = {
  readonly [name in TitleEvent['name']]?: (args: Named<name>, story: TitleStory) => Step
}

type RawLien = Omit<TitleLien, 'holder'> & { readonly holder: string }

/** A lien as an event gives it, its holder in lower case. */
const plain = (lien: RawLien): TitleLien => ({
  ...lien,
  holder: lien.holder.toLowerCase() as Address,
})

/** Behind every lien of the same or a better rank. */
function insertLien(liens: readonly TitleLien[], lien: TitleLien): readonly TitleLien[] {
  const place = liens.findIndex(({ priority }) => priority > lien.priority)
  return place < 0 ? [...liens, lien] : liens.toSpliced(place, 0, lien)
}

const RESTATED: Readonly<Record<number, OpName>> = { 4: 'Recommit', 5: 'SelfCorrect' }

const STEPS: Steps = {
  Materialised({ propertyId, ownerC, consentC, share, liens }) {
    const own = liens.map(plain)
    const what = bytesToHex(legacyLeaf({ propertyId, ownerC, consentC, share, liens: own }))
    const sorted = own.reduce<readonly TitleLien[]>(insertLien, [])
    return { op: 'Materialise', what, change: { ownerC, consentC, share, liens: sorted } }
  },
  TransferProposed({ propertyId, newOwnerC, until, deadline }, { head: prevHead }) {
    const act = { propertyId, prevHead, newOwnerC, until, deadline }
    return { op: 'Propose', what: titleStructHash('Proposal', act) }
  },
  Transferred({ propertyId, newOwnerC, newConsentC, docC, deadline }, story) {
    const act = { propertyId, prevHead: story.head, newOwnerC, newConsentC, docC, deadline }
    const what = hashOf(titleStructHash('Transfer', act), story.ownerC, story.consentC)
    return { op: 'Transfer', what, change: { ownerC: newOwnerC, consentC: newConsentC } }
  },
  Restated({ propertyId, op, newOwnerC, newConsentC, docC, deadline }, { head: prevHead }) {
    const name = RESTATED[op] ?? 'Recommit'
    const act = { propertyId, prevHead, newOwnerC, newConsentC, docC, deadline }
    const what = titleStructHash(name === 'SelfCorrect' ? 'SelfCorrection' : 'Recommit', act)
    return { op: name, what, change: { ownerC: newOwnerC, consentC: newConsentC } }
  },
  LienAdded({ lien, orderC }, story) {
    const added = plain(lien)
    const what = keccakHex(concatBytes(encodeLien(added), toWord(orderC)))
    return { op: 'LienAdd', what, change: { liens: insertLien(story.liens, added) } }
  },
  LienReleased({ lienId, how, orderC }, story) {
    const liens = story.liens.filter(({ id }) => id !== lienId)
    return { op: 'LienEnd', what: hashOf(lienId, how, orderC), change: { liens } }
  },
  Frozen: ({ orderC, until }) => ({ op: 'Freeze', what: hashOf(orderC, until) }),
  Unfrozen: ({ orderC }) => ({ op: 'Unfreeze', what: orderC }),
  CorrectionProposed({ propertyId, newOwnerC, newConsentC, orderC, deadline }, { head: prevHead }) {
    const act = { propertyId, prevHead, newOwnerC, newConsentC, docC: orderC, deadline }
    return { op: 'CorrectionPropose', what: titleStructHash('Correction', act) }
  },
  Corrected({ newOwnerC, newConsentC, orderC, urgent }) {
    const what = hashOf(newOwnerC, newConsentC, orderC, urgent ? 1 : 0)
    const change = { ownerC: newOwnerC, consentC: newConsentC, status: 'active' } as const
    return { op: 'Correct', what, change }
  },
  TitleSplit({ propertyId, shares, docC, deadline }, { head: prevHead }) {
    const what = titleStructHash('Split', { propertyId, prevHead, shares, docC, deadline })
    return { op: 'Split', what, change: { status: 'split' } }
  },
  TitleMerged: ({ deed }) => ({ op: 'Merge', what: deed, change: { status: 'merged' } }),
  TitleCreated({ deed, index, ownerC, consentC, share }) {
    const what = hashOf(deed, index, ownerC, consentC, share)
    return { op: 'Child', what, change: { ownerC, consentC, share } }
  },
  Demolished({ propertyId, docC, deadline }, { head: prevHead }) {
    const what = titleStructHash('Demolition', { propertyId, prevHead, docC, deadline })
    return { op: 'Demolish', what, change: { status: 'demolished' } }
  },
}

const EMPTY: TitleStory = {
  head: ZERO_HASH,
  version: 0,
  ownerC: ZERO_HASH,
  consentC: ZERO_HASH,
  share: 0,
  status: 'active',
  liens: [],
}

/** The property an event is about; undefined for events that are about none. */
export function titleOfEvent(event: TitleEvent): Hash | undefined {
  return 'propertyId' in event.args ? event.args.propertyId : undefined
}

/**
 * The story after one more event. Refuses (`TITLE_HISTORY_BROKEN`) an event whose head is not the
 * fold of the story before: something was left out, added or reordered.
 */
export function foldTitle(story: TitleStory | undefined, event: TitleEvent): Result<TitleStory> {
  const before = story ?? EMPTY
  const step = (STEPS[event.name] as ((args: unknown, story: TitleStory) => Step) | undefined)?.(
    event.args,
    before,
  )
  if (step === undefined) return accept(before)
  const head = nextTitleHead(before.head, step.op, step.what)
  const told = event.args as { readonly head?: Hash; readonly version?: number }
  const version = before.version + 1
  if (told.head !== head || (told.version !== undefined && told.version !== version))
    return refuse('TITLE_HISTORY_BROKEN', `${event.name}: head ${head} expected, got ${told.head}`)
  return accept({ ...before, ...step.change, head, version })
}
