/** What happened, one readable line per event: for a failing seed that was shrunk. */
import type { Hash } from '@veche/primitives'
import type { Input } from '../input.ts'
import type { Message } from '../message.ts'
import type { Effect } from '../output.ts'

export type TraceEvent =
  | {
      readonly kind: 'step'
      /** since the beginning of the run */
      readonly atMs: number
      readonly node: number
      readonly input: Input
      readonly effects: readonly Effect[]
    }
  | { readonly kind: 'note'; readonly atMs: number; readonly text: string }

function short(hash: Hash): string {
  return hash.slice(2, 8)
}

function describeMessage(message: Message): string {
  switch (message.kind) {
    case 'polka': {
      const { height, round, hash, votes } = message.polka
      return `polka ${height}/${round} ${short(hash)} of ${votes.length}`
    }
    case 'evidence':
      return `evidence of ${short(message.first.signer)}`
    case 'status': {
      const { height, round, lockedRound, validRound, signer } = message
      return `status ${height}/${round} lock ${lockedRound} valid ${validRound} by ${short(signer)}`
    }
    case 'proposal': {
      const { height, round, hash, validRound, signer } = message
      return `proposal ${height}/${round} ${short(hash)} valid ${validRound} by ${short(signer)}`
    }
    default: {
      const { kind, height, round, hash, signer } = message
      return `${kind} ${height}/${round} ${short(hash)} by ${short(signer)}`
    }
  }
}

function describeInput(input: Input): string {
  switch (input.kind) {
    case 'message':
      return `hears ${describeMessage(input.message)}`
    case 'signed':
      return `signed ${describeMessage(input.message)}`
    case 'checked':
      return `checked ${short(input.hash)} ${input.candidate === null ? 'not held' : 'held'}`
    case 'built':
      return `built ${input.candidate === null ? 'nothing' : short(input.candidate.hash)}`
    case 'committed':
      return `committed ${input.header.number} ${short(input.hash)}`
    default:
      return input.kind
  }
}

function describeEffect(effect: Effect): string {
  switch (effect.kind) {
    case 'send':
      return `send ${effect.message.kind}${effect.to === undefined ? '' : ` to ${short(effect.to)}`}`
    case 'log':
      return `log ${effect.records.map((record) => record.kind).join('+')}`
    case 'commit':
      return `commit ${effect.certificate.height} ${short(effect.hash)}`
    case 'alarm':
      return `alarm ${effect.code}`
    case 'sign':
      return `sign ${effect.content.kind}`
    default:
      return effect.kind
  }
}

/** `seconds  node  input → effects`; null for what only keeps time. */
export function describeEvent(event: TraceEvent): string | null {
  const at = (event.atMs / 1000).toFixed(3).padStart(9)
  if (event.kind === 'note') return `${at}  --  ${event.text}`
  const effects = event.effects.filter(({ kind }) => kind !== 'wake').map(describeEffect)
  const isQuiet = event.input.kind === 'tick' || event.input.kind === 'work'
  const isStatus = event.input.kind === 'message' && event.input.message.kind === 'status'
  if ((isQuiet || isStatus) && effects.length === 0) return null
  const then = effects.length === 0 ? '' : ` → ${effects.join(', ')}`
  return `${at}  ${String(event.node).padStart(2)}  ${describeInput(event.input)}${then}`
}
