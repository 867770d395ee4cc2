/**
 * The beacon of a load: seven members make a key together and sign with any four of them, with the
 * code that real members run; only the folder is in memory.
 */
import {
  beaconOf,
  CEREMONY_FORMAT,
  type Ceremony,
  type CeremonyStep,
  combinePartials,
  type MemberSecret,
  type SeasonBeacon,
  shareOf,
  signPartially,
  type ThresholdGroup,
} from '@veche/contracts/fairs'
import { assert, type Hash, type Hex, type Signer } from '@veche/primitives'
import {
  ceremonyOutcome,
  type MemberAct,
  makeSteps,
  memberSecret,
  signStep,
} from '../fairs/beacon.ts'
import type { LoadContext } from './profile.ts'

/** services.md 2.2: two of the city, a prosecutor, two farmers' unions, two observers */
const MEMBERS = 7
const THRESHOLD = 4

export interface LoadBeacon {
  readonly members: readonly Signer[]
  readonly secrets: readonly MemberSecret[]
  readonly beacon: SeasonBeacon
  /** the group's signature over a message, by the members from `first` on */
  sign(message: Hash, first?: number): Hex
}

/** Runs the whole ceremony. */
export async function createBeacon(
  context: Pick<LoadContext, 'person' | 'chainId' | 'seed'>,
): Promise<LoadBeacon> {
  const members = Array.from({ length: MEMBERS }, (_, i) => context.person(`member ${i}`)).sort(
    (a, b) => (a.address < b.address ? -1 : 1),
  )
  const ceremony: Ceremony = {
    ...{ format: CEREMONY_FORMAT, kind: 'ceremony', chainId: context.chainId },
    title: `load ${context.seed}`,
    threshold: THRESHOLD,
    members: members.map(({ address }) => address),
  }
  const steps: CeremonyStep[] = []
  const folder = { directory: '', ceremony, steps }
  const all = async (act: MemberAct): Promise<void> => {
    for (const signer of members)
      for (const step of await makeSteps(folder, signer, act))
        steps.push(await signStep(ceremony, signer, step))
  }
  await all('join')
  await all('share')
  const { group, deals } = ceremonyOutcome(folder)
  const secrets = await Promise.all(members.map((signer) => memberSecret(ceremony, signer)))
  const shares = new Map<number, bigint>()
  const shareAt = (at: number): bigint => {
    const known = shares.get(at)
    if (known !== undefined) return known
    const share = shareOf(ceremony, deals, secrets[at] as MemberSecret)
    assert(share.ok, 'a share of an honest ceremony')
    shares.set(at, share.value)
    return share.value
  }
  // before the times of the season are fixed: it takes a while
  for (let at = 0; at < MEMBERS; at++) shareAt(at)
  return {
    members,
    secrets,
    beacon: beaconOf(group, ceremony.members),
    sign: (message, first = 0) => signWith(group, message, { shareAt, first }),
  }
}

function signWith(
  group: ThresholdGroup,
  message: Hash,
  { shareAt, first }: { readonly shareAt: (at: number) => bigint; readonly first: number },
): Hex {
  const parts = Array.from({ length: THRESHOLD }, (_, i) => {
    const at = (first + i) % MEMBERS
    return signPartially(shareAt(at), message, at + 1)
  })
  const signature = combinePartials(parts, message, group)
  assert(signature.ok, 'a signature of an honest group')
  return signature.value
}
