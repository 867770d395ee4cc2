/**
 * Messages as the explorer counts them: one letter per (signer, type, round, value, validRound,
 * voters of its polka), with a small number, so that "what was sent" is a set of numbers.
 */
import { transactionHash } from '@veche/primitives'
import type { Polka, Precommit, Prevote, Proposal, SignedMessage } from '../message.ts'
import { HEIGHT, MEMBERS, type Setting } from './setting.ts'

/** what can be sent for good; statuses and help only repeat it (docs/model-checking.md) */
export type Sent = Proposal | Prevote | Precommit

export interface Letter {
  readonly id: number
  /** index of the signing member */
  readonly signer: number
  readonly message: Sent
  /** `A prevote X0@1`, for traces */
  readonly label: string
}

export interface Letters {
  /** the letter of a message; the first message of a letter represents it */
  of(message: SignedMessage): Letter
  at(id: number): Letter
  /** a prevote or precommit of any member */
  vote(member: number, kind: 'prevote' | 'precommit', at: Place): Letter
  /** a proposal of any member, with a polka of `voters` (bits) when `validRound` is not −1 */
  proposal(member: number, at: Proposing): Letter
}

export interface Proposing extends Place {
  readonly validRound: number
  readonly voters: number
}

/** a value in a round */
export interface Place {
  readonly round: number
  readonly hash: Sent['hash']
}

/** `A` to `D`, the members in ascending order */
export function nameOfMember(member: number): string {
  return String.fromCharCode(65 + member)
}

function polkaSigners(setting: Setting, polka: Polka | undefined): string {
  if (polka === undefined) return ''
  const members = polka.votes.map(({ signer }) => setting.validators.indexOf(signer))
  return members.sort().join('')
}

/** The letters of one exploration. */
export function createLetters(setting: Setting): Letters {
  const letters: Letter[] = []
  const byKey = new Map<string, Letter>()
  const votes = new Map<string, Letter>()
  const proposals = new Map<string, Letter>()

  const labelOf = (signer: number, message: Sent): string => {
    const value = `${setting.nameOf(message.hash)}@${message.round}`
    const again = message.kind === 'proposal' && message.validRound >= 0
    const from = again ? ` (polka of round ${message.validRound})` : ''
    return `${nameOfMember(signer)} ${message.kind} ${value}${from}`
  }
  const of = (message: SignedMessage): Letter => {
    const sent = message as Sent
    const signer = setting.validators.indexOf(sent.signer)
    const label = labelOf(signer, sent)
    const polka = sent.kind === 'proposal' ? sent.polka : undefined
    const key = `${label} ${polkaSigners(setting, polka)}`
    let letter = byKey.get(key)
    if (letter === undefined) {
      letter = { id: letters.length, signer, message: sent, label }
      letters.push(letter)
      byKey.set(key, letter)
    }
    return letter
  }
  const vote: Letters['vote'] = (member, kind, { round, hash }) => {
    const key = `${member}/${kind}/${round}/${hash}`
    let letter = votes.get(key)
    if (letter === undefined) {
      const at = { height: HEIGHT, round, hash }
      const content =
        kind === 'prevote'
          ? ({ kind, ...at } as const)
          : ({ kind, ...at, seal: new Uint8Array(0) } as const)
      letter = of(setting.sign(member, content))
      votes.set(key, letter)
    }
    return letter
  }
  const polkaFor = (at: Place, voters: number): Polka => {
    const members = Array.from({ length: MEMBERS }, (_, member) => member)
    const signers = members.filter((member) => ((voters >> member) & 1) === 1)
    const cast = signers.map((each) => vote(each, 'prevote', at).message)
    const shown = cast.map(({ signer, signature }) => ({ signer, signature }))
    return { height: HEIGHT, ...at, votes: shown }
  }
  const propose: Letters['proposal'] = (member, { round, hash, validRound, voters }) => {
    const { header, transactions } = setting.candidateOf(hash).block
    const transactionHashes = transactions.map(transactionHash)
    const polka = validRound < 0 ? {} : { polka: polkaFor({ round: validRound, hash }, voters) }
    const place = { height: HEIGHT, round, hash, parentHash: setting.genesisHash }
    const content = { kind: 'proposal', ...place, validRound, ...polka } as const
    return of(setting.sign(member, { ...content, header, transactionHashes }))
  }
  const proposal: Letters['proposal'] = (member, at) => {
    const key = `${member}/${at.round}/${at.hash}/${at.validRound}/${at.voters}`
    const letter = proposals.get(key) ?? propose(member, at)
    proposals.set(key, letter)
    return letter
  }
  return { of, at: (id) => letters[id] as Letter, vote, proposal }
}
