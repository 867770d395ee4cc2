/**
 * What TitleRegistry should do, written again in plain TypeScript: which calls go, and what a title
 * is afterwards. Heads are not its business: the test folds them from events.
 */
import type { Address, Hash } from '@veche/primitives'
import { COURT, NOTARIES } from './titles-world.ts'

export interface ModelTitle {
  readonly id: Hash
  status: 'active' | 'split' | 'merged' | 'demolished'
  owner: Address
  salt: Hash
  spouse: boolean
  share: number
  version: number
  frozenUntil: number
  reserved: { readonly owner: Address; readonly salt: Hash; readonly until: number } | undefined
  liens: { readonly id: number; readonly priority: number; readonly holder: Address }[]
  lienSeq: number
  correction:
    | {
        readonly owner: Address
        readonly salt: Hash
        readonly newOwner: Address
        readonly newSalt: Hash
        readonly frozenBefore: number
        readyAt: number
        objected: boolean
      }
    | undefined
}

export const WINDOW = 72 * 3_600
export const LIENS_MAX = 8

/** How a deed is cheated; `none` for an honest one. */
export type Cheat = 'none' | 'owner' | 'buyer' | 'notary' | 'holders' | 'spouse' | 'head' | 'late'

export class TitlesModel {
  readonly titles = new Map<Hash, ModelTitle>()
  notaryTwo = true
  now: number

  constructor(now: number) {
    this.now = now
  }

  begin(id: Hash, from: Pick<ModelTitle, 'owner' | 'salt' | 'spouse' | 'share'>): ModelTitle {
    const title: ModelTitle = {
      ...{ id, ...from, status: 'active', version: 1 },
      ...{ frozenUntil: 0, reserved: undefined, liens: [], lienSeq: 0, correction: undefined },
    }
    this.titles.set(id, title)
    return title
  }

  isFrozen({ frozenUntil }: ModelTitle): boolean {
    return frozenUntil > this.now
  }

  /** Nobody but the court may act on it now, or a reservation stands. */
  isHeld(title: ModelTitle): boolean {
    return this.isFrozen(title) || (title.reserved !== undefined && title.reserved.until > this.now)
  }

  isNotary(who: Address): boolean {
    return who === NOTARIES[0] || (who === NOTARIES[1] && this.notaryTwo)
  }

  /** Whether a deed with these signatures goes. */
  agrees(title: ModelTitle, notary: Address, cheat: Cheat): boolean {
    if (title.status !== 'active' || !this.isNotary(notary)) return false
    if (cheat === 'spouse') return !title.spouse
    if (cheat === 'holders') return title.liens.length === 0
    return cheat === 'none'
  }

  transfer(
    title: ModelTitle,
    to: { readonly owner: Address; readonly salt: Hash; readonly spouse: boolean },
    how: { readonly notary: Address; readonly cheat: Cheat },
  ): boolean {
    if (!this.agrees(title, how.notary, how.cheat) || this.isFrozen(title)) return false
    const { reserved } = title
    if (reserved !== undefined && reserved.until > this.now && reserved.salt !== to.salt)
      return false
    Object.assign(title, to, { reserved: undefined })
    title.version++
    return true
  }

  /** A change that a deed makes; `change` runs when it goes. */
  deed(
    title: ModelTitle,
    how: { readonly notary: Address; readonly cheat: Cheat; readonly unburdened?: boolean },
    change: () => unknown,
  ): boolean {
    const burdened = how.unburdened === true && title.liens.length > 0
    // these deeds ask no holder
    const cheat = how.cheat === 'holders' || how.cheat === 'buyer' ? 'none' : how.cheat
    if (burdened || this.isHeld(title) || !this.agrees(title, how.notary, cheat)) return false
    title.version++
    change()
    return true
  }

  addLien(title: ModelTitle, lien: { readonly priority: number; readonly holder: Address }): void {
    title.lienSeq++
    const after = title.liens.findIndex(({ priority }) => priority > lien.priority)
    const place = after < 0 ? title.liens.length : after
    title.liens.splice(place, 0, { id: title.lienSeq, ...lien })
  }

  endLien(title: ModelTitle, id: number, by: Address): boolean {
    const found = title.liens.find((lien) => lien.id === id)
    if (found === undefined || found.holder !== by) return false
    if (title.status !== 'active' || this.isFrozen(title)) return false
    title.liens = title.liens.filter((lien) => lien !== found)
    title.version++
    return true
  }

  freeze(title: ModelTitle, by: Address, until: number): boolean {
    const least = Math.max(title.frozenUntil, this.now)
    if (by !== COURT || title.status !== 'active' || until <= least) return false
    title.frozenUntil = until
    title.version++
    return true
  }

  unfreeze(title: ModelTitle): boolean {
    if (title.status !== 'active' || title.correction !== undefined) return false
    if (!this.isFrozen(title)) return false
    title.frozenUntil = 0
    title.version++
    return true
  }

  propose(title: ModelTitle, newOwner: Address, newSalt: Hash): boolean {
    if (title.status !== 'active' && title.status !== 'demolished') return false
    const { correction, owner, salt, frozenUntil } = title
    if (correction !== undefined && this.now <= correction.readyAt + WINDOW) return false
    const readyAt = this.now + WINDOW
    const rest = { frozenBefore: frozenUntil, readyAt, objected: false }
    title.correction = { owner, salt, newOwner, newSalt, ...rest }
    title.frozenUntil = Math.max(frozenUntil, readyAt + WINDOW)
    title.version++
    return true
  }

  object(title: ModelTitle): boolean {
    const { correction } = title
    if (correction === undefined || this.now >= correction.readyAt) return false
    this.#thaw(title)
    title.correction = undefined
    return true
  }

  objectAsOwner(title: ModelTitle): boolean {
    const { correction } = title
    if (correction === undefined || this.now >= correction.readyAt) return false
    if (correction.objected) return false
    correction.objected = true
    correction.readyAt += WINDOW
    title.frozenUntil = Math.max(title.frozenUntil, correction.readyAt + WINDOW)
    return true
  }

  apply(title: ModelTitle): boolean {
    const { correction } = title
    if (correction === undefined) return false
    const { readyAt, owner, salt, newOwner, newSalt } = correction
    if (this.now < readyAt || this.now > readyAt + WINDOW) return false
    if (title.owner !== owner || title.salt !== salt) return false
    this.#correct(title, newOwner, newSalt)
    return true
  }

  urgent(title: ModelTitle, newOwner: Address, newSalt: Hash): boolean {
    if (title.status !== 'active' && title.status !== 'demolished') return false
    this.#correct(title, newOwner, newSalt)
    return true
  }

  #correct(title: ModelTitle, owner: Address, salt: Hash): void {
    if (title.correction !== undefined) this.#thaw(title)
    Object.assign(title, { owner, salt, spouse: false, status: 'active', reserved: undefined })
    title.correction = undefined
    title.version++
  }

  #thaw(title: ModelTitle): void {
    const { correction } = title
    if (correction === undefined) return
    if (title.frozenUntil === correction.readyAt + WINDOW)
      title.frozenUntil = correction.frozenBefore
  }
}
