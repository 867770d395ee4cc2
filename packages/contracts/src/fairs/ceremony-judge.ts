/**
 * What came out of a key ceremony, decided from its files alone: anyone with the folder gets the
 * same group key, the same list of members that count, and the reason why another does not.
 */
import { accept, type Hex, type Result, refuse } from '@veche/primitives'
import { decodeG1, type G1Point, type G2Point, g1Base, pointToHex } from './bls.ts'
import {
  boxKeysOf,
  evaluateCommitments,
  type OpenedDeal,
  openDeal,
  shareInBox,
} from './ceremony.ts'
import {
  type Ceremony,
  type CeremonyStep,
  type Complaint,
  checkStep,
  contentHash,
  type Deal,
  type Join,
} from './ceremony-files.ts'
import { proofContext, verifyExponent } from './share-box.ts'
import type { ThresholdGroup } from './threshold.ts'

/** Why a member's deal or complaint does not count. */
export interface CeremonyFault {
  /** number of the member at fault, from 1 */
  readonly member: number
  /** CEREMONY_DEAL, CEREMONY_DEALT_TWICE, CEREMONY_BAD_SHARE, CEREMONY_FALSE_COMPLAINT, … */
  readonly code: string
  readonly reason: string
}

export interface CeremonyOutcome {
  readonly group: ThresholdGroup
  /** deals that the key is the sum of, by ascending member */
  readonly deals: readonly Deal[]
  readonly faults: readonly CeremonyFault[]
}

interface Files {
  readonly joins: readonly Join[]
  readonly deals: readonly Deal[]
  readonly complaints: readonly Complaint[]
  readonly faults: CeremonyFault[]
}

function sortSteps(ceremony: Ceremony, steps: readonly CeremonyStep[]): Files {
  const files = {
    joins: [] as Join[],
    deals: [] as Deal[],
    complaints: [] as Complaint[],
    faults: [] as CeremonyFault[],
  }
  const seen = new Set<string>()
  for (const step of steps) {
    const checked = checkStep(ceremony, step)
    if (!checked.ok) {
      files.faults.push({ member: step.member, code: checked.code, reason: checked.reason })
      continue
    }
    // the same content twice is one copy of a file too many, no fault
    const name = contentHash(step)
    if (seen.has(name)) continue
    seen.add(name)
    if (step.kind === 'join') files.joins.push(step)
    else if (step.kind === 'deal') files.deals.push(step)
    else if (step.kind === 'complaint') files.complaints.push(step)
  }
  return files
}

function oneDealEach(ceremony: Ceremony, files: Files): Map<number, OpenedDeal> {
  const opened = new Map<number, OpenedDeal>()
  for (let member = 1; member <= ceremony.members.length; member++) {
    const [deal, second] = files.deals.filter((one) => one.member === member)
    const report = (code: string, reason: string): void =>
      void files.faults.push({ member, code, reason })
    if (deal === undefined) report('CEREMONY_NO_DEAL', `a deal of member ${member} expected`)
    else if (second !== undefined)
      report('CEREMONY_DEALT_TWICE', `one deal expected, member ${member} signed two`)
    else {
      const points = openDeal(ceremony, deal)
      if (points.ok) opened.set(member, points.value)
      else report(points.code, points.reason)
    }
  }
  return opened
}

/** Whether a complaint proves that the box holds no share. */
function isProven(complaint: Complaint, opened: OpenedDeal, keys: readonly G1Point[]): boolean {
  const shared = decodeG1(complaint.shared)
  const key = keys[complaint.member - 1]
  if (!shared.ok || key === undefined || contentHash(opened.deal) !== complaint.deal) return false
  const { dealer, member, ceremony } = complaint
  const pairs = [
    { base: g1Base(), image: key },
    { base: opened.ephemeral, image: shared.value },
  ]
  const context = proofContext('complaint', ceremony, dealer, member)
  return (
    verifyExponent(pairs, complaint.proof, context) &&
    shareInBox(opened, member, shared.value) === undefined
  )
}

function strikeOut(files: Files, opened: Map<number, OpenedDeal>, keys: readonly G1Point[]): void {
  const guilty = new Map<number, number>()
  for (const complaint of files.complaints) {
    const { dealer, member } = complaint
    const about = opened.get(dealer)
    if (about === undefined) continue
    if (isProven(complaint, about, keys)) guilty.set(dealer, guilty.get(dealer) ?? member)
    else
      files.faults.push({
        member,
        code: 'CEREMONY_FALSE_COMPLAINT',
        reason: `a proof expected that the box of member ${dealer} holds no share`,
      })
  }
  for (const [dealer, member] of [...guilty].sort(([a], [b]) => a - b)) {
    opened.delete(dealer)
    const reason = `a share expected in the box for member ${member}`
    files.faults.push({ member: dealer, code: 'CEREMONY_BAD_SHARE', reason })
  }
}

const addUp = (points: readonly G2Point[]): G2Point => points.reduce((sum, point) => sum.add(point))

function groupOf(ceremony: Ceremony, deals: readonly OpenedDeal[]): ThresholdGroup | undefined {
  const sums = Array.from({ length: ceremony.threshold }, (_, power) =>
    addUp(deals.map(({ commitments }) => commitments[power] as G2Point)),
  )
  const keys = [0, ...ceremony.members.map((_, at) => at + 1)].map((x) =>
    evaluateCommitments(sums, x),
  )
  if (keys.some((key) => key.is0())) return undefined
  const [groupKey, ...shareKeys] = keys.map(pointToHex) as [Hex, ...Hex[]]
  return { threshold: ceremony.threshold, groupKey, shareKeys }
}

/**
 * Judges a ceremony by its files, in any order, partial signatures and copies among them. Refuses
 * with `CEREMONY_INCOMPLETE` while a join is missing and `CEREMONY_TOO_FEW` when fewer deals than
 * the threshold count (then members below the threshold could know the key).
 */
export function judgeCeremony(
  ceremony: Ceremony,
  steps: readonly CeremonyStep[],
): Result<CeremonyOutcome> {
  const files = sortSteps(ceremony, steps)
  const keys = boxKeysOf(ceremony, files.joins)
  if (!keys.ok) return keys
  const opened = oneDealEach(ceremony, files)
  strikeOut(files, opened, keys.value)
  const deals = [...opened].sort(([a], [b]) => a - b).map(([, deal]) => deal)
  if (deals.length < ceremony.threshold)
    return refuse(
      'CEREMONY_TOO_FEW',
      `good deals of ${ceremony.threshold} members expected, got ${deals.length}`,
    )
  const group = groupOf(ceremony, deals)
  return group === undefined
    ? refuse('CEREMONY_TOO_FEW', 'keys other than zero expected')
    : accept({ group, deals: deals.map(({ deal }) => deal), faults: files.faults })
}
