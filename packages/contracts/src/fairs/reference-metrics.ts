/** How fair a season was, from who has how many places: the definitions of IFairTypes.Metrics. */

/** One eligible applicant. */
export interface Share {
  readonly places: number
  /** most it could get */
  readonly wanted: number
}

/** See IFairTypes.Metrics; shares in millionths, rounded down. */
export interface SeasonMetrics {
  readonly eligible: number
  readonly nothing: number
  readonly places: number
  readonly envyFreePpm: number
  readonly giniPpm: number
}

const MILLION = 1_000_000n

/** Pairs of applicants are compared one by one in spirit: sorted, so that it takes no n². */
export function measureShares(shares: readonly Share[]): SeasonMetrics {
  const counts = shares.map(({ places }) => places).sort((a, b) => a - b)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const most = counts.at(-1) ?? 0
  const content = shares.filter(
    ({ places, wanted }) => places === wanted || places + 1 >= most,
  ).length
  // Σ over pairs of |x − y|: the i-th smallest is the larger of i pairs and the smaller of the rest
  const differences = counts.reduce(
    (sum, count, at) => sum + count * (2 * at - (counts.length - 1)),
    0,
  )
  const n = BigInt(counts.length)
  return {
    eligible: counts.length,
    nothing: counts.filter((count) => count === 0).length,
    places: total,
    envyFreePpm: n === 0n ? 1_000_000 : Number((BigInt(content) * MILLION) / n),
    giniPpm: total === 0 ? 0 : Number((BigInt(differences) * MILLION) / (n * BigInt(total))),
  }
}
