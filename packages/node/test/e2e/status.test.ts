/**
 * `veche status` on real processes: well, one validator dead, two dead, one back. What it says in
 * words, in JSON, by exit code, by the health routes, by metrics and in the log is the same.
 */
import { shortAddress } from '@veche/consensus'
import type { NodeStatus } from '@veche/rpc'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Drill, withDrill } from '../support/drill.ts'
import { startLoad } from '../support/load.ts'
import { tell, until } from '../support/until.ts'
import { runVeche, startVeche } from '../support/veche.ts'

const TIMEOUT_MS = 90_000

async function ask(drill: Drill, name: string): Promise<{ status: NodeStatus; code: number }> {
  const { stdout, stderr, code } = await runVeche(['status', '--json', '--rpc', drill.url(name)])
  assert.is(stderr, '')
  return { status: JSON.parse(stdout) as NodeStatus, code }
}

/** until the command says all is well with blocks; a busy machine may stall for a moment */
async function untilFine(drill: Drill, name: string): Promise<NodeStatus> {
  let asked: Awaited<ReturnType<typeof ask>> | undefined
  const isFine = async (): Promise<boolean> => {
    asked = await ask(drill, name)
    return asked.code === 0
  }
  await until(`veche status of ${name} with exit code 0`, isFine, TIMEOUT_MS)
  return asked?.status as NodeStatus
}

async function untilStatus(
  drill: Drill,
  name: string,
  holds: (status: NodeStatus) => boolean,
): Promise<NodeStatus> {
  let status: NodeStatus | undefined
  await until(
    `the status of ${name}`,
    async () => {
      status = (await drill.rpc(name, 'veche_status')) as NodeStatus
      return holds(status)
    },
    TIMEOUT_MS,
  )
  return status as NodeStatus
}

const addressOf = (drill: Drill, index: number) => drill.files.validators[index]?.address ?? '0x'
const silentOf = (status: NodeStatus): string[] =>
  status.validators.filter(({ silent }) => silent).map(({ address }) => address)
const get = async (drill: Drill, name: string, path: string) => {
  const response = await fetch(`${drill.url(name)}${path}`)
  return { code: response.status, text: await response.text() }
}

async function whenWell(drill: Drill): Promise<void> {
  const first = await untilStatus(drill, 'validator-1', ({ clock }) => clock.measured === 3)
  assert.is(first.validators.length, 4)
  // before the first block a slow start may look like a stall: after it the network is idle
  const calm = ({ chain, verdict }: NodeStatus): boolean => chain.head > 0 && verdict === 'well'
  for (const name of ['validator-1', 'observer-1']) await untilStatus(drill, name, calm)
  assert.is((await untilFine(drill, 'observer-1')).consensus, null)
  const isHealthy = async () => (await get(drill, 'validator-1', '/healthz')).code === 200
  await until('/healthz says 200', isHealthy, TIMEOUT_MS)
}

async function whenOneIsDead(drill: Drill): Promise<void> {
  await drill.stop('validator-4')
  const dead = addressOf(drill, 3)
  await untilStatus(drill, 'validator-1', (status) => silentOf(status).join() === dead)
  // three of four decide
  const status = await untilFine(drill, 'validator-1')
  assert.is(status.validators.find(({ address }) => address === dead)?.connected, false)
  tell(`one dead: ${status.why.text}`)
}

async function whenTwoAreDead(drill: Drill): Promise<void> {
  await drill.stop('validator-3')
  const stalled = ({ verdict, why }: NodeStatus): boolean =>
    verdict === 'stalled' && why.code === 'quorum-silent'
  await untilStatus(drill, 'validator-1', stalled)
  const { code, status } = await ask(drill, 'validator-1')
  assert.is(code, 3)
  assert.match(status.why.text, 'quorum is missing by 1')
  for (const index of [2, 3]) assert.match(status.why.text, shortAddress(addressOf(drill, index)))
  tell(`two dead: ${status.why.text}`)

  const text = await runVeche(['status', '--rpc', drill.url('validator-1')])
  assert.is(text.code, 3)
  assert.match(text.stdout.split('\n')[0] ?? '', /^● block \d+ is undecided for .* missing by 1/)
  assert.match(text.stdout, /DOWN .*SILENT for/)

  const health = await get(drill, 'validator-1', '/healthz')
  assert.is(health.code, 503)
  assert.is(JSON.parse(health.text).why.code, 'quorum-silent')
  const ready = await get(drill, 'validator-1', '/readyz')
  assert.equal([ready.code, JSON.parse(ready.text).verdict], [200, 'stalled'])
  const metrics = await get(drill, 'validator-1', '/metrics')
  assert.match(metrics.text, '\nveche_consensus_reason{code="quorum-silent"} 1\n')
  // a line is written each step; it warns once the stall has lasted long enough
  const warned = async (): Promise<boolean> =>
    /WARN {2}undecided .* why=quorum-silent/.test(drill.log('validator-1'))
  await until('the log warns', warned, TIMEOUT_MS)

  const observer = await untilStatus(drill, 'observer-1', ({ verdict }) => verdict === 'stalled')
  assert.is(observer.why.code, 'quorum-apart')
  assert.match(observer.why.text, 'quorum is missing by 1')
}

async function whenOneReturns(drill: Drill): Promise<void> {
  const watching = startVeche(['status', '--watch', '--json', '--rpc', drill.url('validator-1')])
  await drill.start('validator-3')
  const status = await untilStatus(drill, 'validator-1', ({ verdict }) => verdict === 'degraded')
  assert.ok(status.chain.head > 0)
  await until(
    'a live line that is no stall',
    async () =>
      watching
        .stdout()
        .split('\n')
        .some((line) => line.includes('"verdict":"degraded"')),
    TIMEOUT_MS,
  )
  watching.child.kill('SIGTERM')
  assert.is((await watching.finished).code, 0)
  const lines = watching.stdout().trim().split('\n')
  for (const line of lines) assert.ok('verdict' in JSON.parse(line), line)
}

test('status names who is silent, what is missing, and when all is well again', () =>
  withDrill({}, async (drill) => {
    await drill.startAll()
    await whenWell(drill)
    const load = await startLoad(drill)
    try {
      await load.progress(5, TIMEOUT_MS)
      await whenOneIsDead(drill)
      await whenTwoAreDead(drill)
      await whenOneReturns(drill)
    } finally {
      await load.abort()
    }
    const absent = await runVeche(['status', '--rpc', 'http://127.0.0.1:1'])
    assert.is(absent.code, 1)
    assert.match(absent.stderr, 'RPC_UNREACHABLE')
  }))

test.run()
