/**
 * The light rule and checkpoints on a real network whose set changed twice: from genesis the light
 * client needs the two changes and the head; a forging server, a wrong checkpoint and a directory
 * of another chain are refused.
 */
import { rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { organisationId, validatorSet } from '@veche/contracts'
import type { Address, Hash } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { callRpc } from '../../src/json-rpc.ts'
import { addMember, makeValidator, removeMember } from '../support/council.ts'
import { type OpenDrill, openDrill } from '../support/drill.ts'
import { openKey } from '../support/load.ts'
import { rejects } from '../support/rejects.ts'
import { tell, until } from '../support/until.ts'
import { type Finished, runVeche } from '../support/veche.ts'

const TIMEOUT_MS = 90_000
let drill: OpenDrill
let height = 0

interface Proven {
  readonly proven: boolean
  readonly number: number
  readonly hash: Hash
  readonly seals: number
  readonly validators: readonly Address[]
  readonly changes: number
  readonly fetched: number
  readonly code?: string
}

const hashAt = async (number: number): Promise<Hash> => {
  const params = [`0x${number.toString(16)}`, false]
  return ((await drill.rpc('observer-1', 'eth_getBlockByNumber', params)) as { hash: Hash }).hash
}
const genesis = (): string => join(drill.dir, 'genesis.json')

function light(url: string, ...args: readonly string[]): Promise<Finished> {
  const pin = args.includes('--checkpoint') ? [] : ['--genesis', genesis()]
  return runVeche(['light', '--rpc', url, ...pin, '--json', ...args])
}

test.before(async () => {
  drill = await openDrill({ observers: 3, emptyBlockIntervalSeconds: 1 })
  const validators = drill.files.validators.map(({ name }) => name)
  await Promise.all([...validators, 'observer-1'].map((name) => drill.start(name)))
  await drill.reaches('observer-1', 4)
})

test.after(() => drill.close())

test('a new validator starts from a checkpoint, and votes only above it', async () => {
  const fifth = await makeValidator(drill, 'observer-2')
  const checkpoint = `4:${await hashAt(4)}`
  await drill.start('observer-2', { VECHE_CHECKPOINT: checkpoint })
  const waits = async () =>
    drill.log('observer-2').includes('following to the checkpoint before voting')
  await until('the log says that it follows first', waits, TIMEOUT_MS)
  const voters = await Promise.all(['validator-1', 'validator-2', 'validator-3'].map(keyOf))
  const add = validatorSet.proposeAdd(fifth, organisationId('data centre 5'))
  const added = await addMember(drill.url('observer-1'), voters, add)
  const four = await Promise.all(
    ['validator-2', 'validator-3', 'validator-4', 'observer-2'].map(keyOf),
  )
  const [first] = drill.files.validators
  const removed = await removeMember(drill.url('observer-1'), four, first?.address as Address)
  height = removed + 4
  await drill.reaches('observer-1', height, TIMEOUT_MS)
  const set = (await drill.rpc('observer-1', 'veche_validators')) as readonly Address[]
  assert.is(set.length, 4)
  assert.ok(set.includes(fifth) && !set.includes(first?.address as Address))
  tell(`the set changed at blocks ${added + 2} and ${removed + 2}`)
})

const keyOf = (name: string) => openKey(drill, name)

test('from genesis the head is proven by the two changes and itself', async () => {
  const { code, stdout, stderr } = await light(drill.url('observer-1'))
  assert.is(code, 0, stderr)
  const proven = JSON.parse(stdout) as Proven
  assert.ok(proven.number >= height)
  assert.is(proven.changes, 2)
  assert.is(proven.fetched, 4, 'genesis, two changes, the head')
  assert.is(proven.hash, await hashAt(proven.number))
  assert.ok(proven.seals >= 3)
  tell(`block ${proven.number} proven by ${proven.fetched} headers of ${proven.number + 1}`)
})

test('every block between is proven, and a checkpoint spares the changes before it', async () => {
  for (const number of [1, 3, height - 5, height]) {
    const { code, stdout } = await light(drill.url('observer-1'), '--block', String(number))
    assert.is(code, 0)
    assert.is((JSON.parse(stdout) as Proven).hash, await hashAt(number))
  }
  const checkpoint = `${height}:${await hashAt(height)}`
  const { stdout } = await light(drill.url('observer-1'), '--checkpoint', checkpoint)
  assert.is((JSON.parse(stdout) as Proven).changes, 0)
  const wrong = await light(drill.url('observer-1'), '--checkpoint', `3:${await hashAt(4)}`)
  assert.is(wrong.code, 4)
})

interface Call {
  readonly id: number
  readonly method: string
  readonly params: unknown[]
}

type Forge = (method: string, result: unknown) => unknown

/** forwards to a real node and alters its answers */
async function withForger(forge: Forge, work: (url: string) => Promise<void>): Promise<void> {
  const server: Server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      const { id, method, params } = JSON.parse(body) as Call
      const answer = async (): Promise<string> => {
        const result = forge(method, await callRpc(drill.url('observer-1'), method, params))
        return JSON.stringify({ jsonrpc: '2.0', id, result })
      }
      answer().then(
        (text) => response.end(text),
        (error: unknown) => response.destroy(error as Error),
      )
    })
  })
  await new Promise<undefined>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(undefined))
  })
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

interface Page {
  readonly headers: readonly string[]
}

/** changes one hexadecimal digit */
function flip(hex: string, at: number): string {
  const digit = (Number.parseInt(hex[at] as string, 16) ^ 1).toString(16)
  return hex.slice(0, at) + digit + hex.slice(at + 1)
}

test('a forged, hidden or repeated set-change header is refused', async () => {
  const onChanges =
    (change: (headers: readonly string[]) => readonly string[]): Forge =>
    (method, result) =>
      method === 'veche_setChanges'
        ? { ...(result as Page), headers: change((result as Page).headers) }
        : result
  const forgeries: readonly [string, Forge][] = [
    ['hidden', onChanges((headers) => headers.slice(1))],
    ['all hidden', onChanges(() => [])],
    ['twice', onChanges(([first = '']) => [first, first])],
    ['a digit of the state root', onChanges(([a = '', b = '']) => [flip(a, 220), b])],
    ['a digit of the last seal', onChanges(([a = '', b = '']) => [a, flip(b, b.length - 100)])],
    [
      'a head of another set',
      (method, result) =>
        method === 'eth_getBlockByNumber' && (result as { number: string }).number !== '0x0'
          ? { ...(result as object), stateRoot: `0x${'5a'.repeat(32)}` }
          : result,
    ],
  ]
  for (const [name, forge] of forgeries)
    await withForger(forge, async (url) => {
      const { code, stdout } = await light(url)
      assert.is(code, 4, name)
      const told = JSON.parse(stdout) as Proven
      assert.is(told.proven, false)
      assert.ok(['NOT_PROVEN', 'CERTIFICATE_INVALID'].includes(told.code ?? ''), name)
    })
  await withForger(
    (_method, result) => result,
    async (url) => assert.is((await light(url)).code, 0, 'an honest relay is believed'),
  )
})

test('an observer with a checkpoint follows; with a wrong one it takes nothing', async () => {
  const wrong = `${height}:${await hashAt(height - 1)}`
  await drill.start('observer-3', { VECHE_CHECKPOINT: wrong })
  await until(
    'a refusal in its log',
    async () => drill.log('observer-3').includes('CHECKPOINT_MISMATCH'),
    TIMEOUT_MS,
  )
  assert.is(await drill.head('observer-3'), 0)
  await drill.stop('observer-3')
  rmSync(join(drill.dir, 'observer-3', 'data'), { recursive: true, force: true })
  await drill.start('observer-3', { VECHE_CHECKPOINT: `${height}:${await hashAt(height)}` })
  await drill.reaches('observer-3', height, TIMEOUT_MS)
  assert.is(
    ((await drill.rpc('observer-3', 'eth_getBlockByNumber', ['0x5', false])) as { hash: Hash })
      .hash,
    await hashAt(5),
  )
})

test('a directory of another chain than the checkpoint is refused at the start', async () => {
  await drill.stop('observer-3')
  const wrong = `5:${await hashAt(6)}`
  const failure = await rejects(
    () => drill.start('observer-3', { VECHE_CHECKPOINT: wrong }),
    'NODE_FAILED',
  )
  assert.is(failure.facts['code'], 'CHECKPOINT_CONFLICT')
})

test.run()
