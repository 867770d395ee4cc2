/**
 * The normal form of a node: a text that is equal for two nodes exactly when they answer every
 * further input of this closed world alike. What cannot matter any more is left out, each omission
 * with its reason; the differential tests hold it against machines that were never merged.
 *
 * Left out always: times (a node hears one instant per window), what statuses keep (none is
 * answered here), which blocks are held (every body can be had in this world), tokens, accusations,
 * evidence (they report and decide nothing), and what rule L2 can never use again.
 */
import type { Hash } from '@veche/primitives'
import type { Polka } from '../message.ts'
import type { LogRecord } from '../record.ts'
import { signedValue } from '../restore.ts'
import type { HeightState, Round, State } from '../state.ts'
import type { Tally } from '../tally.ts'
import { hashOf } from './judge.ts'
import type { Letters } from './letters.ts'
import type { Setting } from './setting.ts'

export interface NormalFormOptions {
  readonly setting: Setting
  readonly letters: Letters
  /** leave out nothing that can still become evidence: needed when accusations are counted */
  readonly whole?: boolean
}

/** a machine with what surrounds it */
export interface NodeContent {
  readonly state: State
  /** what is durable */
  readonly log: readonly LogRecord[]
  /** letters that left this node, ascending */
  readonly sent: readonly number[]
  /** restarts so far */
  readonly lives: number
  /** the round that its clock shows */
  readonly clock: number
}

function votesText(options: NormalFormOptions, tally: Tally<never>): string {
  const { validators, nameOf } = options.setting
  const votes: string[] = []
  for (const [hash, signers] of tally.byHash as ReadonlyMap<Hash, ReadonlyMap<Hash, unknown>>)
    for (const signer of signers.keys()) votes.push(`${validators.indexOf(signer)}${nameOf(hash)}`)
  return votes.sort().join(',')
}

/**
 * A round as far as it can still change something. Proposals of past rounds are not voted for any
 * more; prevotes only matter until there is a polka, and not at all below the valid round.
 */
function roundText(
  options: NormalFormOptions,
  height: HeightState,
  at: { readonly number: number; readonly round: Round },
): string {
  const { number, round } = at
  const parts: string[] = []
  const isPrevoted = height.signing.has(`${number}/prevote`) || height.sent.has(`${number}/prevote`)
  const isWhole = options.whole === true
  if (isWhole || (number >= height.round && !isPrevoted)) {
    for (const proposal of round.proposals.values())
      parts.push(`p${options.setting.nameOf(proposal.hash)}/${proposal.validRound}`)
    parts.sort()
  }
  const validRound = height.valid?.round ?? -1
  if (number > validRound && round.polka !== null)
    parts.push(`k${options.setting.nameOf(round.polka)}`)
  if (isWhole || (number > validRound && round.polka === null))
    parts.push(`v${votesText(options, round.prevotes as never)}`)
  parts.push(`c${votesText(options, round.precommits as never)}`)
  const text = parts.join(' ')
  return text === 'v c' || text === 'c' ? '' : `${number}{${text}}`
}

function validText(options: NormalFormOptions, { valid }: HeightState): string {
  if (valid === null) return ''
  const { validators, nameOf } = options.setting
  const signers = valid.votes.map(({ signer }) => validators.indexOf(signer)).sort()
  return `${nameOf(valid.hash)}@${valid.round}:${signers.join('')}`
}

/** Who was heard above the present round: lower ones can no longer make it jump (R2). */
function heardText({ setting }: NormalFormOptions, { heard, round }: HeightState): string {
  const above = [...heard].filter(([, at]) => at > round)
  return above.map(([signer, at]) => `${setting.validators.indexOf(signer)}:${at}`).join(',')
}

/** A log as it binds after a restart: of the locks the highest alone is taken up. */
function logText({ letters, setting }: NormalFormOptions, log: readonly LogRecord[]): string {
  const parts = new Set<string>()
  let lock: Polka | undefined
  for (const record of log)
    switch (record.kind) {
      case 'lock':
        if (lock === undefined || record.polka.round > lock.round) lock = record.polka
        break
      case 'sent':
        parts.add(`${letters.of(record.message).id}`)
        break
      case 'body':
        parts.add(setting.nameOf(hashOf(record.block.header)))
        break
      case 'forgotten':
        parts.add(`f${record.round}`)
        break
      case 'start':
        if (record.floor > 0) parts.add(`F${record.floor}`)
    }
  if (lock !== undefined) parts.add(`L${setting.nameOf(lock.hash)}@${lock.round}`)
  return [...parts].sort().join(',')
}

/** What was asked to be signed and is not sent: its place stays taken. */
function takenText({ signing, sent }: HeightState): string {
  const taken: string[] = []
  for (const [key, value] of signing) {
    const message = sent.get(key)
    if (message === undefined || signedValue(message) !== value) taken.push(`${key}=${value}`)
  }
  return taken.sort().join(',')
}

/** Blocks that failed are asked for again after a pause only, and time stands in a window. */
function failedText({ setting }: NormalFormOptions, { candidates }: HeightState): string {
  const failed = [...candidates].filter(([, { status }]) => status !== 'held')
  return failed.map(([hash, { status }]) => `${status}${setting.nameOf(hash)}`).join(',')
}

/** The text of a node; a decided one answers nothing any more, only what it sent remains. */
export function normalForm(options: NormalFormOptions, node: NodeContent): string {
  const { current, floor } = node.state
  const accused = options.whole === true ? [...current.accused].sort().join(',') : ''
  const sent = `${node.sent.join(',')} E${accused}`
  if (current.decided !== null) return `D${options.setting.nameOf(current.decided)} S${sent}`
  const { locked } = current
  const lock = locked === null ? '' : `${options.setting.nameOf(locked.hash)}@${locked.round}`
  const own = [...current.sent.values()].map((message) => options.letters.of(message).id)
  const rounds = [...current.rounds]
    .sort(([a], [b]) => a - b)
    .map(([number, round]) => roundText(options, current, { number, round }))
  return [
    `t${node.clock} r${current.round} n${node.lives}${floor > 0 ? ` f${floor}` : ''}`,
    `L${lock} V${validText(options, current)}`,
    `S${sent} O${own.sort().join(',')} W${logText(options, node.log)}`,
    `T${takenText(current)} H${heardText(options, current)} A${failedText(options, current)}`,
    rounds.join(''),
  ].join(' ')
}
