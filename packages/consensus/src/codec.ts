/**
 * Wire form of messages: RLP[ type, fields…, signer, signature ] (docs/spec/consensus.md M2).
 * Decoders are total: anything else is a refusal `MESSAGE_MALFORMED`. Decoding proves no signature:
 * see authenticate.ts.
 */
import {
  accept,
  assertNever,
  BLOCK_TRANSACTIONS_MAX,
  encodeRlp,
  headerToRlp,
  misfit,
  type Result,
  type RlpInput,
  type RlpReader,
  readHeader,
  readRlp,
  refuse,
  VALIDATORS_MAX,
} from '@veche/primitives'
import { MESSAGE_TYPE, roundToScalar } from './digest.ts'
import { MESSAGE_BYTES_MAX, ROUND_MAX } from './limits.ts'
import type {
  EvidenceMessage,
  Message,
  Polka,
  Precommit,
  Prevote,
  Proposal,
  ProposalClaim,
  SignedMessage,
  Status,
} from './message.ts'

export function polkaToRlp(polka: Polka): RlpInput {
  return [
    polka.height,
    polka.round,
    polka.hash,
    polka.votes.map((vote) => [vote.signer, vote.signature]),
  ]
}

function signedFields(message: SignedMessage): RlpInput[] {
  const position = [message.height, message.round]
  switch (message.kind) {
    case 'proposal':
      return [
        ...position,
        message.hash,
        message.parentHash,
        roundToScalar(message.validRound),
        message.polka === undefined ? [] : polkaToRlp(message.polka),
        headerToRlp(message.header),
        message.transactionHashes,
      ]
    case 'prevote':
      return [...position, message.hash]
    case 'precommit':
      return [...position, message.hash, message.seal]
    case 'status':
      return [
        ...position,
        roundToScalar(message.lockedRound),
        roundToScalar(message.validRound),
        message.yours.height,
        roundToScalar(message.yours.round),
      ]
    default:
      return assertNever(message)
  }
}

/** a proposal without header, polka and hashes: what its signature covers */
function accusationToRlp(message: EvidenceMessage['first']): RlpInput {
  if (message.kind !== 'proposal') return messageToRlp(message)
  return [
    MESSAGE_TYPE.proposal,
    message.height,
    message.round,
    message.hash,
    message.parentHash,
    roundToScalar(message.validRound),
    message.signer,
    message.signature,
  ]
}

function messageToRlp(message: Message): RlpInput {
  const type = MESSAGE_TYPE[message.kind]
  if (message.kind === 'polka') return [type, polkaToRlp(message.polka)]
  if (message.kind === 'evidence')
    return [type, accusationToRlp(message.first), accusationToRlp(message.second)]
  return [type, ...signedFields(message), message.signer, message.signature]
}

/** The bytes that travel. Inverse of {@link decodeMessage}. */
export function encodeMessage(message: Message): Uint8Array {
  return encodeRlp(messageToRlp(message))
}

/** A round of 32 bits. */
export function readRound(reader: RlpReader): number {
  const round = reader.number()
  return round <= ROUND_MAX ? round : misfit(`round of 32 bits expected, got ${round}`)
}

function readRoundOrNone(reader: RlpReader): number {
  const round = reader.number() - 1
  return round <= ROUND_MAX ? round : misfit(`round of 32 bits expected, got ${round}`)
}

export function readPolka(reader: RlpReader): Polka {
  const position = { height: reader.number(), round: readRound(reader), hash: reader.hash() }
  const list = reader.reader(VALIDATORS_MAX)
  const votes: { signer: Prevote['signer']; signature: Uint8Array }[] = []
  while (list.hasMore) {
    const vote = list.reader(2)
    votes.push({ signer: vote.address(), signature: vote.bytes({ exact: 65 }) })
    vote.end()
  }
  return { ...position, votes }
}

function readSignature(reader: RlpReader): { signer: Prevote['signer']; signature: Uint8Array } {
  return { signer: reader.address(), signature: reader.bytes({ exact: 65 }) }
}

function readOptionalPolka(reader: RlpReader): Polka | undefined {
  const list = reader.reader(4)
  if (!list.hasMore) return undefined
  const polka = readPolka(list)
  list.end()
  return polka
}

function readProposal(reader: RlpReader): Proposal {
  const height = reader.number()
  const round = readRound(reader)
  const hash = reader.hash()
  const parentHash = reader.hash()
  const validRound = readRoundOrNone(reader)
  const polka = readOptionalPolka(reader)
  if ((polka !== undefined) !== validRound >= 0)
    misfit('a polka exactly with a valid round expected')
  const header = readHeader(reader.reader())
  const list = reader.reader(BLOCK_TRANSACTIONS_MAX)
  const transactionHashes: Proposal['hash'][] = []
  while (list.hasMore) transactionHashes.push(list.hash())
  return {
    kind: 'proposal',
    ...{ height, round, hash, parentHash, validRound },
    ...(polka === undefined ? {} : { polka }),
    ...{ header, transactionHashes },
    ...readSignature(reader),
  }
}

function readPrevote(reader: RlpReader): Prevote {
  return {
    kind: 'prevote',
    height: reader.number(),
    round: readRound(reader),
    hash: reader.hash(),
    ...readSignature(reader),
  }
}

function readPrecommit(reader: RlpReader): Precommit {
  return {
    kind: 'precommit',
    height: reader.number(),
    round: readRound(reader),
    hash: reader.hash(),
    seal: reader.bytes({ exact: 65 }),
    ...readSignature(reader),
  }
}

function readStatus(reader: RlpReader): Status {
  return {
    kind: 'status',
    height: reader.number(),
    round: readRound(reader),
    lockedRound: readRoundOrNone(reader),
    validRound: readRoundOrNone(reader),
    yours: { height: reader.number(), round: readRoundOrNone(reader) },
    ...readSignature(reader),
  }
}

function readClaim(reader: RlpReader): ProposalClaim {
  return {
    kind: 'proposal',
    height: reader.number(),
    round: readRound(reader),
    hash: reader.hash(),
    parentHash: reader.hash(),
    validRound: readRoundOrNone(reader),
    ...readSignature(reader),
  }
}

function readAccused(reader: RlpReader): EvidenceMessage['first'] {
  const type = reader.number()
  switch (type) {
    case MESSAGE_TYPE.proposal:
      return readClaim(reader)
    case MESSAGE_TYPE.prevote:
      return readPrevote(reader)
    case MESSAGE_TYPE.precommit:
      return readPrecommit(reader)
    default:
      return misfit(`a proposal or a vote expected, got type ${type}`)
  }
}

function readAccusation(reader: RlpReader): EvidenceMessage['first'] {
  const inner = reader.reader(8)
  const message = readAccused(inner)
  inner.end()
  return message
}

function readMessage(reader: RlpReader): Message {
  const type = reader.number()
  switch (type) {
    case MESSAGE_TYPE.proposal:
      return readProposal(reader)
    case MESSAGE_TYPE.prevote:
      return readPrevote(reader)
    case MESSAGE_TYPE.precommit:
      return readPrecommit(reader)
    case MESSAGE_TYPE.status:
      return readStatus(reader)
    case MESSAGE_TYPE.polka: {
      const inner = reader.reader(4)
      const polka = readPolka(inner)
      inner.end()
      return { kind: 'polka', polka }
    }
    case MESSAGE_TYPE.evidence:
      return { kind: 'evidence', first: readAccusation(reader), second: readAccusation(reader) }
    default:
      return misfit(`message type expected, got ${type}`)
  }
}

/** Reads one message out of an RLP item that a larger structure carries (a log record). */
export function readMessageItem(reader: RlpReader): Message {
  const inner = reader.reader(16)
  const message = readMessage(inner)
  inner.end()
  return message
}

export { messageToRlp }

/**
 * Decodes foreign bytes of at most `MESSAGE_BYTES_MAX`. Refuses with `MESSAGE_MALFORMED`. What it
 * accepts encodes to the same bytes again.
 */
export function decodeMessage(bytes: Uint8Array): Result<Message> {
  if (bytes.length > MESSAGE_BYTES_MAX)
    return refuse(
      'MESSAGE_MALFORMED',
      `at most ${MESSAGE_BYTES_MAX} bytes expected, got ${bytes.length}`,
    )
  const read = readRlp(bytes, readMessage)
  return 'value' in read ? accept(read.value) : refuse('MESSAGE_MALFORMED', read.reason)
}
