/** Creation code of the office of the fairs and of the code that its seasons are clones of. */
import type { Address, Hex } from '@veche/primitives'
import { encodeDeployData } from 'viem/utils'
import { hastened } from '../access/city-access.ts'
import { DAY_SECONDS } from '../access/city-roles.ts'
import { fairOfficeAbi, fairOfficeBytecode } from '../generated/fair-office.ts'
import { fairSeasonBytecode } from '../generated/fair-season.ts'

/** What the office is made with. */
export interface FairOfficeSetup {
  readonly access: Address
  readonly releases: Address
  /** deployed code of FairSeason, before the office */
  readonly implementation: Address
  /** divides the city's least times, as {@link hastened} does: 1 for a city */
  readonly haste?: number
}

/** Creation code of FairSeason; it takes no arguments. */
export const fairSeasonInitCode: Hex = fairSeasonBytecode

/**
 * Creation code of FairOffice. In a city, rules are public for a day before the first application,
 * and an appeal takes 48 hours to make and 48 to decide.
 */
export function fairOfficeInitCode(setup: FairOfficeSetup): Hex {
  const { access, releases, implementation, haste = 1 } = setup
  const limits = {
    noticeSeconds: hastened(DAY_SECONDS, haste),
    appealSeconds: hastened(2 * DAY_SECONDS, haste),
  }
  return encodeDeployData({
    abi: fairOfficeAbi,
    bytecode: fairOfficeBytecode,
    args: [access, releases, implementation, limits],
  })
}
