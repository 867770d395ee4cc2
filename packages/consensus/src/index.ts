/** The door of consensus. test/exports.test.ts holds this list literally. */
export { isOlderThanLog } from './amnesia.ts'
export {
  type AuthenticationContext,
  authenticateMessage,
  authenticatePolka,
} from './authenticate.ts'
export { type CertificateOptions, verifyCertificate } from './certificate.ts'
export { cloneState } from './clone.ts'
export { decodeMessage, encodeMessage } from './codec.ts'
export {
  type ContentSigner,
  contentDigest,
  isAuthentic,
  type Recover,
  type SignatureContext,
  signContent,
  signedBytes,
  signedFrom,
} from './digest.ts'
export { claimOf, isConflict } from './evidence.ts'
export { checkHeader, type HeaderContext, isSortedSet, sortValidators } from './header.ts'
export {
  createHearing,
  type HeardMember,
  type Hearing,
  noteHeard,
  noteLive,
} from './hearing.ts'
export type { Candidate, Input } from './input.ts'
export { MESSAGE_BYTES_MAX, messageBytesMax, RECORD_BYTES_MAX, ROUND_MAX } from './limits.ts'
export { step } from './machine.ts'
export type {
  Certificate,
  EvidenceMessage,
  Message,
  Polka,
  PolkaMessage,
  Precommit,
  Prevote,
  Proposal,
  ProposalClaim,
  SignableContent,
  SignedMessage,
  Status,
  Vote,
} from './message.ts'
export type { BlockTemplate, Effect } from './output.ts'
export type { ConsensusParameters } from './parameters.ts'
export { isIdleProposal, type Position, peekPosition } from './peek.ts'
export { isSameTemplate } from './prepare.ts'
export { createThresholds, type Thresholds } from './quorum.ts'
export { type Reason, type ReasonCode, shortAddress } from './reason.ts'
export type { LogRecord } from './record.ts'
export { decodeRecord, encodeRecord, heightOfRecord } from './record-codec.ts'
export { isRedundant } from './redundant.ts'
export { signKey } from './restore.ts'
export {
  createSchedule,
  primaryOf,
  proposerOf,
  roundAt,
  roundStart,
  roundWidth,
  type Schedule,
  stepAt,
  stepToMs,
} from './schedule.ts'
export {
  createState,
  type State,
  type StateOptions,
  type StepContext,
  type Weakness,
} from './state.ts'
export {
  describeRound,
  type MemberSummary,
  type Part,
  type Phase,
  type ProposalSummary,
  type RoundSummary,
  type ValueVotes,
} from './summary.ts'
export { type ValidatorAlarm, type ValidatorChange, validatorsAfterChange } from './validators.ts'
