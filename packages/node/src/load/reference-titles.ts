/**
 * What the register of titles should hold, from its events alone and by other code than the
 * contract's and the binding's: heads are hashed here anew with viem's encoders, field by field
 * from the specification (services.md 2.1), and the rules of a transfer are looked at again.
 */
import { titleRegistryAbi } from '@veche/contracts'
import { bytesToHex, type Hash, ZERO_HASH } from '@veche/primitives'
import { decodeEventLog, encodeAbiParameters, keccak256, toHex } from 'viem/utils'
import type { LoadLog } from './profile.ts'

/** A title as the reference holds it. */
export interface ReferenceTitle {
  head: Hash
  version: number
  ownerC: Hash
  consentC: Hash
  share: bigint
  live: boolean
  readonly liens: Set<number>
}

export interface TitleReference {
  readonly titles: ReadonlyMap<Hash, ReferenceTitle>
  /** events by name */
  readonly counts: Readonly<Record<string, number>>
  /** what the events themselves break, in words */
  readonly faults: readonly string[]
}

const DEED =
  'bytes32 propertyId,bytes32 prevHead,bytes32 newOwnerC,bytes32 newConsentC,bytes32 docC,uint40 deadline'
const typeOf = (text: string): Hash => keccak256(toHex(text))

const words = (count: number) => Array.from({ length: count }, () => ({ type: 'uint256' }) as const)

type Word = Hash | number | bigint | boolean

/** keccak256 of words: what abi.encode gives for values without a dynamic part. */
function digest(...values: readonly Word[]): Hash {
  return keccak256(
    encodeAbiParameters(
      words(values.length),
      values.map((each) => BigInt(each)),
    ),
  )
}

/** An array inside an EIP-712 struct: keccak256 of its items, without offset and length. */
const arrayDigest = (items: readonly Word[]): Hash => digest(...items)

interface Told {
  readonly eventName: string
  // viem gives every event's fields; each case below reads those of its event
  // biome-ignore lint/suspicious/noExplicitAny: the union of 15 events, told apart by name
  readonly args: any
}

/** op number and what it folds, for each event; undefined for one that folds nothing. */
function folded({ eventName, args }: Told, before: ReferenceTitle): [number, Hash] | undefined {
  const { head } = before
  const deed = (name: string, docC: Hash): Hash =>
    digest(
      typeOf(`${name}(${DEED})`),
      ...[args.propertyId, head, args.newOwnerC, args.newConsentC, docC, args.deadline],
    )
  switch (eventName) {
    case 'Materialised': {
      const items = args.liens.flatMap((lien: Record<string, Word>) =>
        ['lienC', 'holder', 'priority', 'kind', 'until', 'id'].map((field) => lien[field]),
      )
      const record = digest(
        typeOf(
          'VecheLegacyTitle/1(bytes32 propertyId,bytes32 ownerC,bytes32 consentC,uint40 share,bytes32 liens)',
        ),
        ...[args.propertyId, args.ownerC, args.consentC, args.share],
        digest(32, args.liens.length, ...items),
      )
      return [1, digest(record)]
    }
    case 'TransferProposed': {
      const type =
        'Proposal(bytes32 propertyId,bytes32 prevHead,bytes32 newOwnerC,uint40 until,uint40 deadline)'
      const fields = [args.propertyId, head, args.newOwnerC, args.until, args.deadline]
      return [2, digest(typeOf(type), ...fields)]
    }
    case 'Transferred':
      return [3, digest(deed('Transfer', args.docC), before.ownerC, before.consentC)]
    case 'Restated':
      return [args.op, deed(args.op === 4 ? 'Recommit' : 'SelfCorrection', args.docC)]
    case 'LienAdded': {
      const { lienC, holder, priority, kind, until, id } = args.lien
      return [6, digest(lienC, holder, priority, kind, until, id, args.orderC)]
    }
    case 'LienReleased':
      return [7, digest(args.lienId, args.how, args.orderC)]
    case 'Frozen':
      return [8, digest(args.orderC, args.until)]
    case 'Unfrozen':
      return [9, args.orderC]
    case 'CorrectionProposed':
      return [10, deed('Correction', args.orderC)]
    case 'Corrected':
      return [11, digest(args.newOwnerC, args.newConsentC, args.orderC, args.urgent)]
    case 'TitleSplit': {
      const type =
        'Split(bytes32 propertyId,bytes32 prevHead,uint256[] shares,bytes32 docC,uint40 deadline)'
      const shares = arrayDigest(args.shares)
      return [12, digest(typeOf(type), args.propertyId, head, shares, args.docC, args.deadline)]
    }
    case 'TitleMerged':
      return [13, args.deed]
    case 'Demolished': {
      const type = 'Demolition(bytes32 propertyId,bytes32 prevHead,bytes32 docC,uint40 deadline)'
      return [14, digest(typeOf(type), args.propertyId, head, args.docC, args.deadline)]
    }
    case 'TitleCreated':
      return [15, digest(args.deed, args.index, args.ownerC, args.consentC, args.share)]
    default:
      return undefined
  }
}

const begin = (): ReferenceTitle => ({
  ...{ head: ZERO_HASH, version: 0, ownerC: ZERO_HASH, consentC: ZERO_HASH },
  ...{ share: 0n, live: false, liens: new Set<number>() },
})

/** Applies an event; gives what is wrong with it, or nothing. */
function apply({ eventName, args }: Told, title: ReferenceTitle): string | undefined {
  switch (eventName) {
    case 'Materialised':
    case 'TitleCreated':
      if (title.version !== 0) return 'enters a second time'
      title.ownerC = args.ownerC
      title.consentC = args.consentC
      title.share = BigInt(args.share)
      title.live = true
      for (const lien of args.liens ?? []) title.liens.add(lien.id)
      return undefined
    case 'Transferred': {
      const wrong = !title.live || args.oldOwnerC !== title.ownerC
      ;[title.ownerC, title.consentC] = [args.newOwnerC, args.newConsentC]
      return wrong ? 'is transferred by another than its owner' : undefined
    }
    case 'Restated':
    case 'Corrected':
      ;[title.ownerC, title.consentC] = [args.newOwnerC, args.newConsentC]
      if (eventName === 'Corrected') title.live = true
      return undefined
    case 'LienAdded':
      title.liens.add(args.lien.id)
      return undefined
    case 'LienReleased':
      return title.liens.delete(args.lienId) ? undefined : 'loses a lien that it has not'
    case 'TitleSplit':
    case 'TitleMerged':
    case 'Demolished':
      title.live = false
      return title.liens.size > 0 ? 'ends with a lien' : undefined
    default:
      return undefined
  }
}

/** Replays a register's whole log, in the chain's order. Pure. */
export function referenceTitles(logs: readonly LoadLog[]): TitleReference {
  const titles = new Map<Hash, ReferenceTitle>()
  const counts: Record<string, number> = {}
  const faults: string[] = []
  for (const { topics, data } of logs) {
    const event = decodeEventLog({
      abi: titleRegistryAbi,
      topics: [...topics] as [Hash, ...Hash[]],
      data: bytesToHex(data),
      strict: false,
    }) as Told
    const { eventName, args } = event
    counts[eventName] = (counts[eventName] ?? 0) + 1
    const title = titles.get(args.propertyId) ?? begin()
    const fold = folded(event, title)
    const wrong = apply(event, title)
    if (wrong !== undefined) faults.push(`title ${args.propertyId} ${wrong}`)
    if (fold === undefined) continue
    titles.set(args.propertyId, title)
    title.head = digest(title.head, fold[0], fold[1])
    title.version++
    if (args.head !== title.head)
      faults.push(`title ${args.propertyId}: ${eventName} tells a wrong head`)
  }
  return { titles, counts, faults }
}
