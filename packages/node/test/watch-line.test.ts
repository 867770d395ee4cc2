/** The log line of a step: silent when idle, one line with the cause otherwise. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createLogger } from '../src/log.ts'
import { toStepLine } from '../src/watch/step-line.ts'
import { consensusStatus, HASH, MEMBERS, nodeStatus, validatorStatus } from './support/status.ts'

const IDLE = { blocks: 0, stallMs: 3_000 }
const UNDECIDED = nodeStatus({
  consensus: consensusStatus({
    ...{ phase: 'prevote', undecidedMs: 1_500, missing: 1 },
    proposal: { hash: HASH, validRound: -1, body: 'held', bodyMs: 12 },
    prevotes: [{ hash: HASH, signers: MEMBERS.slice(0, 2) }],
    locked: { round: 1, hash: HASH },
    reason: { code: 'prevotes-missing', text: 'prevotes: 2 of 3; silent: 0x3333…3333' },
  }),
  validators: MEMBERS.map((_, i) =>
    validatorStatus(i, i === 2 ? { silent: true, connected: false } : {}),
  ),
})

test('an idle step, an observer, and what began a moment ago have no line', () => {
  assert.is(toStepLine(nodeStatus(), IDLE), undefined)
  assert.is(toStepLine(nodeStatus({ consensus: null }), { ...IDLE, blocks: 1 }), undefined)
  const young = nodeStatus({ consensus: consensusStatus({ undecidedMs: 499 }) })
  assert.is(toStepLine(young, IDLE), undefined)
})

test('an undecided step tells round, votes by name, who is silent, and why', () => {
  const line = toStepLine(UNDECIDED, IDLE)
  assert.is(line?.message, 'undecided')
  assert.is(line?.level, 'info')
  const facts = line?.facts ?? {}
  assert.is(facts['why'], 'prevotes-missing')
  assert.is(facts['prevotes'], '2/3 0xabababab:0x1111…1111,0x2222…2222')
  assert.is(facts['precommits'], '0/3')
  assert.is(facts['silent'], '0x3333…3333')
  assert.is(facts['apart'], '0x3333…3333')
  assert.is(facts['lock'], '1@0xabababab')
  assert.is(facts['body'], 'held 12ms')
  assert.is(facts['missing'], 1)
})

test('an undecided step tells the skew of every clock that was measured', () => {
  const validators = MEMBERS.map((_, i) =>
    validatorStatus(i, { skewMs: [null, 12.4, -640, 0][i] ?? null }),
  )
  const line = toStepLine({ ...UNDECIDED, validators }, IDLE)
  assert.is(line?.facts['skews'], '0x2222…2222:+12,0x3333…3333:-640,0x4444…4444:0')
  const unmeasured = MEMBERS.map((_, i) => validatorStatus(i, { skewMs: null }))
  const silent = toStepLine({ ...UNDECIDED, validators: unmeasured }, IDLE)
  assert.is(silent?.facts['skews'], undefined)
})

test('it becomes a warning when the height is stalled', () => {
  assert.is(toStepLine(UNDECIDED, { ...IDLE, stallMs: 1_500 })?.level, 'warn')
})

test('a step with blocks tells how many and how fast', () => {
  const line = toStepLine(UNDECIDED, { ...IDLE, blocks: 14 })
  assert.is(line?.message, 'decided')
  assert.is(line?.facts['blocks'], 14)
  assert.is(line?.facts['head'], 7)
})

test('the line is one line of text and of JSON', () => {
  for (const format of ['text', 'json'] as const) {
    const lines: string[] = []
    const clock = { nowMs: () => 0 }
    const logger = createLogger({ level: 'info', format, clock, write: (l) => void lines.push(l) })
    const line = toStepLine(UNDECIDED, IDLE)
    logger.log('info', line?.message ?? '', line?.facts)
    assert.is(lines.length, 1)
    assert.is(lines[0]?.trimEnd().includes('\n'), false)
  }
})

test.run()
