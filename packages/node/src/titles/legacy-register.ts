/**
 * The register of a city before the chain, invented: as many titles as asked, deterministic by
 * seed, made one by one so that 4.5 million fit in the tree's 288 MB. Owners are few and hold
 * many titles each, under a fresh salt each time.
 */
import {
  createLegacyTree,
  type LegacyTitle,
  type LegacyTree,
  legacyLeaf,
  type OwnerOpening,
  ownerCommitment,
  propertyId,
  SHARE_WHOLE,
} from '@veche/contracts'
import { assert, type Hash, keccakHex, utf8ToBytes, ZERO_HASH } from '@veche/primitives'

/** A register that is computed when asked. */
export interface LegacyRegister {
  readonly count: number
  /** the record of a title, and what opens its ownerC */
  recordAt(index: number): {
    readonly title: LegacyTitle
    readonly opening: OwnerOpening
    /** which of the owners */
    readonly owner: number
  }
}

/** A cadastral number in the form of the city's: district, quarter, object. */
function cadastralNumber(index: number): string {
  const quarter = Math.floor(index / 10_000)
  const district = String(1 + (quarter % 12)).padStart(2, '0')
  return `77:${district}:${String(1_000 + quarter).padStart(7, '0')}:${index % 10_000}`
}

/** `owners` are the parties that the titles belong to, in turn. */
export function createLegacyRegister(options: {
  readonly seed: string
  readonly count: number
  readonly owners: readonly Hash[]
}): LegacyRegister {
  const { seed, count, owners } = options
  assert(owners.length > 0, 'an owner expected')
  return {
    count,
    recordAt(index) {
      const owner = index % owners.length
      const salt = keccakHex(utf8ToBytes(`veche legacy salt ${seed} ${index}`))
      const opening = { party: owners[owner] as Hash, salt }
      const title = {
        propertyId: propertyId(cadastralNumber(index)),
        ownerC: ownerCommitment(opening),
        consentC: ZERO_HASH,
        share: SHARE_WHOLE,
        liens: [],
      }
      return { title, opening, owner }
    },
  }
}

const PROGRESS_EACH = 65_536

/** The tree over all records. Memory: 64 bytes a record. */
export function growLegacyTree(
  register: LegacyRegister,
  progress: (done: number) => void = () => undefined,
): LegacyTree {
  const grower = createLegacyTree(register.count)
  for (let i = 0; i < register.count; i++) {
    grower.add(legacyLeaf(register.recordAt(i).title))
    if ((i + 1) % PROGRESS_EACH === 0) progress(i + 1)
  }
  progress(register.count)
  return grower.finish()
}
