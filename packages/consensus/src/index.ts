/** The door of consensus. test/exports.test.ts holds this list literally. */
export type { Candidate, Input } from './input.ts'
export type {
  Certificate,
  EvidenceMessage,
  Message,
  Polka,
  PolkaMessage,
  Precommit,
  Prevote,
  Proposal,
  SignableContent,
  SignedMessage,
  Status,
  Vote,
} from './message.ts'
export type { BlockTemplate, Effect } from './output.ts'
export type { ConsensusParameters } from './parameters.ts'
export type { LogRecord } from './record.ts'
