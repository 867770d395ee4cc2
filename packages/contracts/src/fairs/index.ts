/**
 * The door of the fairs' tools, `@veche/contracts/fairs`: ceremony, seed, reference, what people
 * sign. A door of its own, because nothing else needs the pairing curve. test/fairs-exports.test.ts
 * holds this list literally.
 */
export {
  decodeG1,
  decodeG2,
  g1Words,
  g2Words,
  SEED_TAG,
  verifySignature,
  wordsToG1,
  wordsToG2,
} from './bls.ts'
export {
  findComplaints,
  type MemberSecret,
  makeDeal,
  makeJoin,
  makePartial,
  shareOf,
} from './ceremony.ts'
export {
  CEREMONY_FORMAT,
  type Ceremony,
  type CeremonyFile,
  type CeremonyStep,
  type Complaint,
  ceremonyId,
  checkStep,
  contentHash,
  type Deal,
  decodeCeremonyFile,
  type Join,
  type Partial as CeremonyPartial,
  stepDigest,
  stepTypedData,
  type Unsigned,
} from './ceremony-files.ts'
export {
  type CeremonyFault,
  type CeremonyOutcome,
  judgeCeremony,
} from './ceremony-judge.ts'
export {
  type Allocation,
  type DrawOutcome,
  type DrawRules,
  drawPlaces,
  type Entrant,
} from './reference-draw.ts'
export { measureShares, type SeasonMetrics } from './reference-metrics.ts'
export {
  type AuditOptions,
  auditSeason,
  type RemainingPass,
  type ReportedApplication,
  remainingDraw,
  type SeasonAudit,
  type SeasonReport,
  seasonReport,
} from './reference-season.ts'
export type { Difference, PlaceState } from './reference-state.ts'
export {
  acceptanceMessage,
  capacitiesHash,
  drawKey,
  foldReveals,
  MECHANISMS,
  type Mechanism,
  nullifierOf,
  PREFERENCES_MAX,
  packCapacities,
  packPreferences,
  rulesHash,
  SEASON_STAGES,
  type SeasonBeacon,
  type SeasonPlace,
  type SeasonRules,
  type SeasonStage,
  secretCommitment,
  seedMessage,
  seedOf,
  slotCount,
  slotOf,
  standOf,
  unpackCapacities,
  unpackPreferences,
  weekendOfStand,
} from './season.ts'
export {
  beaconOf,
  decodeSeasonLog,
  fairOffice,
  fairSeason,
  signatureWords,
} from './season-binding.ts'
export type {
  SeasonEvent,
  SeasonEventArgs,
  SeasonEventName,
  SeasonLogEntry,
} from './season-events.ts'
export {
  actTypedData,
  admissionTypedData,
  applicationTypedData,
  SEASON_ACTS,
  type SeasonAct,
  type SeasonActName,
  type SeasonApplication,
} from './season-signing.ts'
export {
  type CapacityPlan,
  completeRules,
  detailsHash,
  type Fair,
  type FairsFile,
  planCapacities,
  readFairs,
  type SeasonDetails,
  seededNumber,
} from './slots.ts'
export {
  combinePartials,
  isThresholdGroup,
  type PartialSignature,
  signPartially,
  type ThresholdGroup,
  verifyPartial,
} from './threshold.ts'
