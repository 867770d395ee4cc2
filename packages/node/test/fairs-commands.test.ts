/**
 * Commands of the fairs against a node: who may end a season before its end, what the office and a
 * person's standing show, and acts of an applicant in one step, which are tried before they are
 * signed. The whole season by commands is e2e/fairs.test.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fairOffice, fairSeason } from '@veche/contracts/fairs'
import { type Address, isAddress, keccakHex, utf8ToBytes } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeAbiParameters, keccak256 } from 'viem/utils'
import { fairsCommand } from '../src/cli/fairs.ts'
import { createDesk } from './support/fair-commands.ts'
import { openOneNode } from './support/one-node.ts'

await installNativeCrypto()
const one = await openOneNode()
const keysDir = join(one.files.out, 'keys')
const desk = createDesk({ rpcUrl: one.rpcUrl, keysDir, dir: one.dir })
const REASON = ['--reason', 'the square is dug up']

test.after(() => one.close())

async function draft(title: string): Promise<Address> {
  const plan = join(one.dir, `${title}.json`)
  const [hash, day] = [`0x${'00'.repeat(32)}`, 86_400]
  const rules = {
    ...{ mechanism: 1, weekends: 1, fairs: 1, categories: 1, preferencesMax: 1, placesMax: 1 },
    ...{ overflowMax: 0, opensAt: 1, closesAt: 2, reviewUntil: 3, weekendsFrom: 4 },
    ...{ appealSeconds: day, revealSeconds: day, offerSeconds: day, graceSeconds: 1 },
    ...{ weekendEverySeconds: day, weekendSeconds: day, attester: `0x${'00'.repeat(20)}` },
    ...{ capacitiesHash: hash, detailsHash: hash },
  }
  const details = { title, categories: ['honey'], fairs: ['Street 1'], capacities: [1] }
  writeFileSync(plan, JSON.stringify({ format: 'veche-fair-plan/1', ...details, rules }))
  const { stderr } = await desk.does('organiser', 'season', 'create', '--plan', plan)
  const season = /season (0x[0-9a-f]{40})/.exec(stderr)?.[1]
  assert.ok(isAddress(season))
  return season
}

async function stageOf(season: Address): Promise<string | undefined> {
  const { seasons } = (await desk.asks('list')) as {
    seasons: readonly { season: Address; stage: string }[]
  }
  return seasons.find((each) => each.season === season)?.stage
}

test('an observer stops a season that is not open; nobody else does', async () => {
  const at = ['--season', await draft('spring'), ...REASON]
  await desk.refused('organiser', /AccessManagedUnauthorized/, 'season', 'object', ...at)
  await desk.does('overseer', 'season', 'object', ...at)
  assert.is(await stageOf(at[1] as Address), 'cancelled')
})

test('an organiser ends a season after its notice, and not before', async () => {
  const at = ['--season', await draft('summer'), ...REASON]
  const early = /AccessManagerNotScheduled|AccessManagerNotReady/
  await desk.refused('organiser', early, 'season', 'cancel', ...at)
  await desk.does('organiser', 'season', 'cancel', ...at, '--schedule')
  await desk.refused('organiser', early, 'season', 'cancel', ...at)
  assert.is(await stageOf(at[1] as Address), 'draft')
  await desk.does('organiser', 'season', 'cancel', ...at, '--wait')
  assert.is(await stageOf(at[1] as Address), 'cancelled')
})

test('an act in one step is tried before it is sent; --dry-run signs nothing', async () => {
  const at = ['--season', await draft('autumn'), '--id', '1']
  for (const act of ['withdraw', 'appeal', 'accept', 'decline'])
    await desk.refused('anna', /FairSeasonWrongStage/, act, ...at)
  await desk.refused('anna', /FairSeasonWrongStatus|WrongPlace/, 'appeal-no-show', ...at)
  await desk.refused('anna', /FairSeasonWrongStage/, 'refresh-tier', ...at)
  await desk.refused('anna', /FairSeasonWrongPlace/, 'uphold-by-silence', ...at)
  const shown = await desk.does('anna', 'withdraw', ...at, '--dry-run')
  assert.match(shown.stderr, /Withdraw/)
  assert.ok('dryRun' in JSON.parse(shown.stdout))
})

test('grounds of an appeal are signed as a salted commitment, never the same twice', async () => {
  const at = ['--season', `0x${'5a'.repeat(20)}`, '--id', '1', '--chain-id', '20190']
  const notes = new Set<string>()
  for (const name of ['a', 'b']) {
    const out = join(one.dir, `appeal-${name}.json`)
    const told = await desk.signs('anna', 'sign', 'appeal', ...at, '--grounds', 'ill', '--out', out)
    const { salt } = JSON.parse(told) as { salt: `0x${string}` }
    const { act } = JSON.parse(readFileSync(out, 'utf8')) as { act: { note: string } }
    const fields = [{ type: 'bytes32' }, { type: 'string' }, { type: 'bytes32' }] as const
    const type = keccakHex(utf8ToBytes('VecheFairGrounds/1(string text,bytes32 salt)'))
    assert.is(act.note, keccak256(encodeAbiParameters(fields, [type, 'ill', salt])))
    notes.add(act.note)
  }
  assert.is(notes.size, 2)
})

test('a person nobody knows stands well', async () => {
  const person = `0x${'12'.repeat(32)}`
  const standing = await desk.asks('standing', '--person', person)
  assert.equal(standing, { person, strikes: 0, season: 0, tier: 0, asked: 4 })
})

/** What a command line reaches, by the contract's own names; the rest says why it needs none. */
const COMMANDS: Readonly<Record<string, string>> = {
  createSeason: 'season create',
  addCapacities: 'season capacities',
  freezeRules: 'season freeze-rules',
  cancelSeason: 'season cancel',
  objectToSeason: 'season object',
  open: 'season open',
  close: 'season close',
  freeze: 'season freeze-list',
  captureFreezeBlock: 'season capture-block',
  run: 'season run',
  settle: 'season settle',
  submit: 'submit',
  withdraw: 'withdraw',
  appeal: 'appeal',
  accept: 'accept',
  decline: 'decline',
  appealNoShow: 'appeal-no-show',
  refreshTier: 'refresh-tier',
  review: 'review',
  decideAppeal: 'decide-appeal',
  decideNoShow: 'decide-no-show',
  upholdBySilence: 'uphold-by-silence',
  commitSecret: 'ceremony commit',
  revealSecret: 'ceremony reveal',
  submitSeed: 'seed',
  draw: 'draw',
  promote: 'promote',
  lapse: 'lapse',
  checkIn: 'check-in',
  markNoShow: 'no-show',
}
/** called by the other contract alone, or by any call file (`veche roles schedule`, `execute`) */
const WITHOUT: readonly string[] = [
  ...['initialize', 'fixRules', 'cancel', 'strike', 'pardon'],
  ...['setSeasonImplementation', 'setAuthority'],
]

test('every function that changes something has its command', () => {
  const writing = [...fairOffice.abi, ...fairSeason.abi].flatMap((item) =>
    item.type === 'function' && item.stateMutability === 'nonpayable' ? [item.name] : [],
  )
  assert.equal(new Set(writing), new Set([...Object.keys(COMMANDS), ...WITHOUT]))
  const root = fairsCommand()
  const names = root.commands.flatMap((each) => [
    each.name(),
    ...each.commands.map((inner) => `${each.name()} ${inner.name()}`),
  ])
  for (const command of Object.values(COMMANDS)) assert.ok(names.includes(command), command)
})

test.run()
