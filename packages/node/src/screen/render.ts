/**
 * A status as lines of text: the verdict in words first, then chain, round, votes, clock and times,
 * then one row for each validator. Pure; colour and width are the caller's.
 */
import { shortAddress } from '@veche/consensus'
import type { Address, Hash } from '@veche/primitives'
import type {
  ConsensusStatus,
  Latency,
  NodeStatus,
  StatusVerdict,
  ValidatorStatus,
} from '@veche/rpc'

export interface RenderOptions {
  /** ANSI colours */
  readonly colour: boolean
  /** characters of a line; longer ones are cut */
  readonly width: number
  /** lines there is room for; what matters least is left out; default all */
  readonly rows?: number
}

type Paint = 'green' | 'yellow' | 'red' | 'dim' | 'bold'
const CODES: Record<Paint, number> = { green: 32, yellow: 33, red: 31, dim: 2, bold: 1 }
const VERDICT_PAINT: Record<StatusVerdict, Paint> = {
  well: 'green',
  degraded: 'yellow',
  stalled: 'red',
  behind: 'yellow',
}

/** `0.3 s`, `42 s`, `3 min`, `5 h`, `2 d` */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.floor(seconds)} s`
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`
  return seconds < 172_800
    ? `${Math.floor(seconds / 3_600)} h`
    : `${Math.floor(seconds / 86_400)} d`
}

const short = (hash: Hash | null): string => (hash === null ? '–' : hash.slice(0, 10))
const signed = (ms: number): string => `${ms > 0 ? '+' : ''}${Math.round(ms)} ms`
const millis = ({ p50Ms, p99Ms }: Latency): string =>
  `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`
const best = (votes: readonly { readonly signers: readonly Address[] }[]): number =>
  votes[0]?.signers.length ?? 0

/** one cell and how it is painted */
interface Cell {
  readonly text: string
  readonly paint?: Paint
}

type Line = readonly Cell[]

const line = (label: string, text: string, paint?: Paint): Line => [
  { text: label.padEnd(11), paint: 'dim' },
  paint === undefined ? { text } : { text, paint },
]

/** what is known of it, in one line */
const said = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined).join(', ')

function chainLines({ node, chain, peers }: NodeStatus): Line[] {
  const time = new Date(node.timeMs)
  const iso = Number.isNaN(time.getTime()) ? '–' : time.toISOString().slice(0, 19)
  const up = `up ${duration(node.uptimeMs)}`
  const behind = chain.behind === 0 ? undefined : `${chain.behind} behind its peers`
  const head = `block ${chain.head} ${short(chain.hash)}`
  const age = `final ${duration(chain.ageMs)} ago`
  return [
    line('node', said(`${node.name} (${node.role}) ${node.version}`, up, `${iso}Z`)),
    line('chain', said(`id ${chain.chainId}`, head, age, behind, `${peers} peers`)),
  ]
}

function proposalText({ proposer, proposal }: ConsensusStatus): string {
  const who = proposer === null ? '–' : shortAddress(proposer)
  if (proposal === null) return said(who, 'no proposal')
  const { hash, validRound, body, bodyMs } = proposal
  const again = validRound < 0 ? undefined : `again, with the polka of round ${validRound}`
  return said(who, `proposal ${short(hash)}`, again, `body ${body} ${duration(bodyMs)}`)
}

function votesText({ prevotes, precommits, q, locked, valid, part }: ConsensusStatus): string {
  return said(
    `prevotes ${best(prevotes)}/${q}`,
    `precommits ${best(precommits)}/${q}`,
    locked === null ? 'no lock' : `locked ${locked.round}@${short(locked.hash)}`,
    valid === null ? 'no polka' : `polka ${valid.round}@${short(valid.hash)}`,
    part === 'votes' ? undefined : `this node: ${part}`,
  )
}

function roundText(consensus: ConsensusStatus): string {
  const { height, round, widthSteps, leftMs, phase, undecidedMs } = consensus
  return said(
    `height ${height}`,
    `round ${round}`,
    `window ${widthSteps} step${widthSteps === 1 ? '' : 's'}`,
    `${duration(leftMs)} left`,
    phase,
    undecidedMs === null ? undefined : `undecided for ${duration(undecidedMs)}`,
  )
}

function roundLines({ consensus, verdict }: NodeStatus): Line[] {
  if (consensus === null) return [line('round', 'an observer hears no votes', 'dim')]
  const { inputs, rounds, candidates, futureMessages, logging } = consensus.buffers
  const held = [`inputs ${inputs}`, `rounds ${rounds}`, `blocks ${candidates}`]
  return [
    line('round', roundText(consensus), verdict === 'stalled' ? 'yellow' : undefined),
    line('proposer', proposalText(consensus)),
    line('votes', votesText(consensus)),
    line('buffers', said(...held, `next height ${futureMessages}`, `log ${logging}`)),
  ]
}

function timeLines({ clock, log, execute, decide, pool, commit }: NodeStatus): Line[] {
  const of = `median of ${clock.measured}, alarm at ±${clock.limitMs} ms`
  const skew =
    clock.skewMs === null
      ? 'no validator measured yet'
      : `validators are ${signed(clock.skewMs)} from this clock (${of})`
  return [
    line('clock', skew, clock.alarm ? 'red' : undefined),
    ...(log === null ? [] : [line('log fsync', `${millis(log)} of ${log.count}`)]),
    line('blocks', `execute ${millis(execute)}; commit ${millis(commit)}`),
    ...(log === null ? [] : [line('decision', `${millis(decide)} of ${decide.count}`)]),
    line('pool', `${pool.pending} pending, ${pool.queued} queued`),
  ]
}

/** the columns of a validator's row, as it is cut: address and link, skew, head, votes, voted */
const columns = (cells: readonly [string, string, string, string, string, string, string]) => {
  const [address, link, skew, head, prevote, precommit, voted] = cells
  return [
    `${address.padEnd(15)}${link.padEnd(6)}`,
    skew.padStart(9),
    head.padStart(9),
    `  ${prevote.padEnd(11)}${precommit.padEnd(11)}`,
    voted.padEnd(12),
  ] as const
}

const HEAD: Line = [
  ...columns(['validator', 'link', 'skew', 'head', 'prevote', 'precommit', 'voted']),
  'heard',
].map((text) => ({ text, paint: 'dim' }))

function heardOf({ isSelf, silent, quietMs }: ValidatorStatus): string {
  if (isSelf) return 'this node'
  const ago = quietMs === null ? 'never' : duration(quietMs)
  if (silent) return `SILENT ${quietMs === null ? '(never heard)' : `for ${ago}`}`
  return quietMs === null ? 'never' : `${ago} ago`
}

function validatorLine(validator: ValidatorStatus, limitMs: number): Line {
  const { address, isSelf, connected, skewMs, head, voted, silent } = validator
  const link = isSelf ? 'self' : connected ? 'up' : 'DOWN'
  const skew = skewMs === null ? '–' : signed(skewMs)
  const paint = silent ? 'red' : !isSelf && !connected ? 'yellow' : undefined
  const isOff = skewMs !== null && Math.abs(skewMs) >= limitMs
  const cell = (text: string, given?: Paint): Cell => {
    const chosen = given ?? paint
    return chosen === undefined ? { text } : { text, paint: chosen }
  }
  const [first, second, ...rest] = columns([
    ...([shortAddress(address), link, skew, `${head ?? '–'}`] as const),
    ...([short(validator.prevote), short(validator.precommit)] as const),
    voted === null ? '–' : `${voted.height}/${voted.round}`,
  ])
  return [
    cell(first),
    cell(second, isOff ? 'red' : undefined),
    ...[...rest, heardOf(validator)].map((text) => cell(text)),
  ]
}

function alarmLines({ alarms, evidence, node }: NodeStatus): Line[] {
  const told = alarms.map(({ code, count, lastAtMs, reason }) =>
    line(
      'alarm',
      `${code} ×${count}, ${duration(node.timeMs - lastAtMs)} ago: ${reason}`,
      'yellow',
    ),
  )
  if (evidence > 0) told.push(line('evidence', `${evidence} equivocation(s) seen`, 'red'))
  return told.length === 0 ? [line('alarms', 'none')] : told
}

/** cuts to the width first, then paints, so that an escape is never cut */
function paintLine(cells: Line, { colour, width }: RenderOptions): string {
  let left = width
  let out = ''
  for (const { text, paint } of cells) {
    const characters = [...text]
    const cut =
      characters.length > left ? `${characters.slice(0, Math.max(0, left - 1)).join('')}…` : text
    if (left <= 0) break
    left -= characters.length
    out += colour && paint !== undefined ? `\u001b[${CODES[paint]}m${cut}\u001b[0m` : cut
  }
  return out.trimEnd()
}

/** the verdict is never cut: it goes on in further lines */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= Math.max(20, width))
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(lines.length === 0 ? word : `  ${word}`)
  }
  return lines
}

/** blank lines first, then what tells least about a halt */
const LEAST: readonly string[] = ['', 'buffers', 'blocks', 'decision', 'pool', 'node', 'log fsync']

/** leaves out lines until the rest has room; the verdict and the validators stay longest */
function fit(lines: readonly Line[], rows: number): readonly Line[] {
  let kept = lines
  for (const label of LEAST) {
    if (kept.length <= rows) return kept
    kept = kept.filter((cells) => (cells[0]?.text ?? '').trim() !== label)
  }
  return kept
}

/** The whole status; the first line says in words whether all is well, or why not. */
export function renderStatus(status: NodeStatus, options: RenderOptions): string[] {
  const lines: Line[] = [
    ...wrap(`● ${status.why.text}`, options.width).map((text) => [
      { text, paint: VERDICT_PAINT[status.verdict] },
    ]),
    [],
    ...chainLines(status),
    ...roundLines(status),
    ...timeLines(status),
    [],
    HEAD,
    ...status.validators.map((validator) => validatorLine(validator, status.clock.limitMs)),
    [],
    ...alarmLines(status),
  ]
  const shown = fit(lines, options.rows ?? lines.length)
  return shown.map((cells) => paintLine(cells, options))
}

/** One line for a log or a pipe: time, verdict, where the chain is, why. */
export function renderLine({ node, verdict, chain, consensus, why }: NodeStatus): string {
  const time = new Date(node.timeMs)
  const iso = Number.isNaN(time.getTime()) ? '–' : time.toISOString()
  const round = consensus === null ? '' : ` round ${consensus.height}/${consensus.round}`
  return `${iso} ${verdict} block ${chain.head}${round}: ${why.text}`
}
