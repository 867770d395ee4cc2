/**
 * Machines with a rule broken in their source, for `npm run mutants`: which file, which words, and
 * what stands there instead. Assertions that would stop such a machine by itself are taken out
 * where the point is whether the judge sees what it does.
 */

export interface Edit {
  readonly file: string
  readonly from: string
  readonly to: string
}

export interface Mutant {
  readonly name: string
  /** the rule of consensus.md that it breaks */
  readonly breaks: string
  readonly edits: readonly Edit[]
}

const edit = (file: string, from: string, to: string): Edit => ({ file: `${file}.ts`, from, to })

const NO_LOCK_ASSERTED = edit('prevote', '  assertLockKept(turn, proposal)\n', '')
const FORGETS_LOCKS = edit(
  'prevote',
  '  const { locked } = turn.state.current\n  if (locked === null || turn.context.weaken?.noLock === true) return true',
  '  const locked = null as { round: number; hash: string } | null\n  if (locked === null) return true',
)
const RE_PROPOSES_NOTHING = edit(
  'propose',
  'if (valid !== null && valid.round < round && turn.context.weaken?.noLock !== true) {',
  'if (valid !== null && valid.round < round && round < 0) {',
)
const TAKES_ANY_BLOCK = edit(
  'propose',
  '  if (height.valid !== null && turn.context.weaken?.noLock !== true) return\n',
  '',
)

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no-lock',
    breaks: 'a locked node prevotes and proposes what it likes',
    edits: [NO_LOCK_ASSERTED, FORGETS_LOCKS, RE_PROPOSES_NOTHING, TAKES_ANY_BLOCK],
  },
  {
    name: 'quorum-f-plus-1',
    breaks: 'q = f+1',
    edits: [edit('quorum', 'const q = (2 * n + 2 - ((2 * n + 2) % 3)) / 3', 'const q = f + 1')],
  },
  {
    name: 'quorum-of-all',
    breaks: 'q = n',
    edits: [edit('quorum', 'const q = (2 * n + 2 - ((2 * n + 2) % 3)) / 3', 'const q = n')],
  },
  {
    name: 'proposes-anew',
    breaks: 'a proposer never proposes its valid value again',
    edits: [RE_PROPOSES_NOTHING, TAKES_ANY_BLOCK],
  },
  {
    name: 'late-polkas-ignored',
    breaks: 'a polka of an earlier round makes nothing valid',
    edits: [
      edit(
        'lock',
        'number <= best || number > height.round',
        'number <= best || number !== height.round',
      ),
    ],
  },
  {
    name: 'no-log',
    breaks: 'nothing is written before it is sent',
    edits: [
      edit(
        'sign',
        'records: isUnlogged ? [] : records',
        'records: isUnlogged ? [] : records.slice(0, 0)',
      ),
    ],
  },
  {
    name: 'log-without-bodies',
    breaks: 'blocks are in memory only',
    edits: [edit('sign', "records.push({ kind: 'body', block: candidate.block })", '')],
  },
  {
    name: 'timers-of-2-to-the-r',
    breaks: 'rounds end by timers of their own',
    edits: [
      edit(
        'rounds',
        'turn.context.weaken?.doublingTimers === true ? timerRound(turn) : clockRound(state)',
        'timerRound(turn)',
      ),
    ],
  },
  {
    name: 'windows-of-2-to-the-r',
    breaks: 'windows double without end',
    edits: [
      edit(
        'schedule',
        'for (let width = 3; width <= windowMax; width += 2) if (gcd(width, n) === 1)',
        'for (let width = 2; width <= 2 ** 20 + 0 * gcd(n, windowMax); width *= 2)',
      ),
      edit(
        'schedule',
        'const narrow = 2 * n + Math.ceil(emptyBlockIntervalSeconds / stepSeconds)',
        'const narrow = 0 * emptyBlockIntervalSeconds',
      ),
    ],
  },
  {
    name: 'windows-never-widen',
    breaks: 'windows stay one step wide',
    edits: [
      edit(
        'schedule',
        '  const widths: number[] = []\n  for (let width = 3;',
        '  const widths: number[] = []\n  for (let width = windowMax + 1;',
      ),
    ],
  },
  {
    name: 'sent-first',
    breaks: 'sent before it is durable',
    edits: [
      edit(
        'sign',
        "  effects.push({ kind: 'log', token, records: isUnlogged ? [] : records })\n  effects.push({ kind: 'send', message })",
        "  effects.push({ kind: 'send', message })\n  effects.push({ kind: 'log', token, records: isUnlogged ? [] : records })",
      ),
    ],
  },
  {
    name: 'lock-not-logged',
    breaks: 'a precommit is durable, its lock is not',
    edits: [
      edit(
        'sign',
        "  if (message.kind === 'precommit') records.push(lockRecord(turn, message))\n",
        '',
      ),
    ],
  },
  {
    name: 'log-not-read',
    breaks: 'the log is written and never read',
    edits: [
      edit(
        'recover',
        '  if (restored === undefined) return\n  height.live = true',
        '  if (restored === undefined || height.height >= 0) return\n  height.live = true',
      ),
    ],
  },
  {
    name: 'lock-not-restored',
    breaks: 'a restarted node knows its votes and not its lock',
    edits: [
      edit('recover', '  height.locked = { round: number, hash }\n  height.valid = highest\n', ''),
      edit('recover', '  round.polka = hash\n', ''),
    ],
  },
  {
    name: 'votes-not-restored',
    breaks: 'a restarted node knows its lock and not its votes',
    edits: [
      edit(
        'recover',
        '    height.sent.set(key, message)\n',
        '    height.heard.delete(key as never)\n',
      ),
    ],
  },
  {
    name: 'unlocks-on-any-polka',
    breaks: 'a polka below the lock frees it',
    edits: [
      NO_LOCK_ASSERTED,
      edit(
        'prevote',
        'proposal.validRound >= 0 && locked.round <= proposal.validRound',
        'proposal.validRound >= 0',
      ),
    ],
  },
  {
    name: 'polka-of-f-plus-1',
    breaks: 'f+1 prevotes are a polka, q precommits a decision',
    edits: [
      edit(
        'votes',
        'if (countVotes(round.prevotes, hash) >= quorumOf(turn)) round.polka',
        'if (countVotes(round.prevotes, hash) >= turn.state.current.thresholds.jump) round.polka',
      ),
      edit(
        'votes',
        'members.length === polka.votes.length && members.length >= quorumOf(turn)',
        'members.length === polka.votes.length && quorumOf(turn) > 0',
      ),
    ],
  },
  {
    name: 'hidden-locks',
    breaks: 'polkas are shown to nobody',
    edits: [
      edit(
        'status',
        'if (turn.context.weaken?.noPolkas === true) return',
        'if (polka.height >= 0) return',
      ),
      edit('propose', 'turn.context.weaken?.noPolkas === true ? null : valid', 'null'),
    ],
  },
  {
    name: 'seals-not-checked',
    breaks: 'a decision counts seals that it did not check',
    edits: [
      edit(
        'decide',
        'if (recover(digest, precommit.seal) !== precommit.signer) return false',
        'recover(digest, precommit.seal)',
      ),
    ],
  },
  {
    name: 'signatures-not-checked',
    breaks: 'whoever says to be the signer is it',
    edits: [
      edit(
        'authenticate',
        '      if (!isAuthentic(message, context)) return forged(message.kind)\n',
        '',
      ),
    ],
  },
  {
    name: 'polkas-counted-twice',
    breaks: 'votes of a polka may be of one signer, or forged',
    edits: [
      edit(
        'authenticate',
        'if (signers.has(signer)) return',
        'if (signers.has(signer) && height < 0) return',
      ),
      edit(
        'authenticate',
        "    if (recover(digest, signature) !== signer) return forged('prevote in a polka')\n",
        '',
      ),
    ],
  },
  {
    name: 'any-header',
    breaks: 'a proposed header is not checked',
    edits: [
      edit(
        'bodies',
        '...context, parentHash: parent.hash }).ok',
        '...context, parentHash: parent.hash }).ok || true',
      ),
    ],
  },
  {
    name: 'another-primary',
    breaks: 'the turn is that of the next member',
    edits: [
      edit(
        'schedule',
        'validators[step % validators.length]',
        'validators[(step + 1) % validators.length]',
      ),
    ],
  },
  {
    name: 'rounds-never-forgotten',
    breaks: 'memory grows with the length of a halt',
    edits: [
      edit(
        'rounds',
        '    if (round < oldest && !kept.has(round)) height.rounds.delete(round)\n',
        '    kept.has(round)\n',
      ),
    ],
  },
  {
    name: 'future-without-bound',
    breaks: 'messages for the next height fill the memory',
    edits: [
      edit(
        'future',
        '  if (held.length > FUTURE_PER_SIGNER_MAX) held.shift()\n',
        '  held.slice(0, FUTURE_PER_SIGNER_MAX)\n',
      ),
    ],
  },
  {
    name: 'floor-ignored',
    breaks: 'an amnesiac signs as if it knew what it signed',
    edits: [
      edit(
        'sign',
        'height.decided !== null || height.height <= state.floor || height.round < 0',
        'height.decided !== null || height.round < 0',
      ),
      edit(
        'sign',
        "  assert(message.height > state.floor, 'nothing is signed at or below the floor')\n",
        '',
      ),
    ],
  },
  {
    name: 'clock-leads-back',
    breaks: 'a clock that is set back leads into rounds that were signed in, as if they were new',
    edits: [
      edit(
        'rounds',
        'if (target < height.round) target = Math.min(height.round, Math.max(target, lowestRound(height)))',
        'if (target < height.round) { lowestRound(height); height.sent.clear(); height.signing.clear(); height.locked = null; height.valid = null }',
      ),
    ],
  },
  {
    name: 'evidence-not-checked',
    breaks: 'whoever is accused is guilty',
    edits: [
      edit(
        'authenticate',
        'if (!isAuthentic(first, context) || !isAuthentic(second, context))',
        'if (isAuthentic(first, context) && isAuthentic(second, context) && first === second)',
      ),
    ],
  },
  {
    name: 'asks-once',
    breaks: 'a block that could not be had is never asked for again',
    edits: [
      edit(
        'bodies',
        "return entry.status === 'failed' && state.nowMs >= entry.askedAtMs + pauseMs(state)",
        "return entry.status === 'failed' && state.nowMs < entry.askedAtMs - pauseMs(state)",
      ),
    ],
  },
  {
    name: 'compacts-its-votes-away',
    breaks: 'the log that is written anew lacks own votes',
    edits: [
      edit(
        'compact',
        '...lockRecords(state), ...sent] })',
        '...lockRecords(state), ...sent.slice(0, 0)] })',
      ),
    ],
  },
]
