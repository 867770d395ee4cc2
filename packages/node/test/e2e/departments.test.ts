/**
 * A department's account on a network of four: people with a keystore, a P-256 key and a passkey
 * make it, mint within its budget together, replace one of them; and what one of them alone, a
 * relayer who alters the call and somebody who left may not do.
 */
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Address, Hash, Hex } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Drill, withDrill } from '../support/drill.ts'
import { createHands, type Hands } from '../support/hands.ts'
import { type Browser, createBrowser } from '../support/passkey.ts'
import { tell, until } from '../support/until.ts'

const SALT: Hash = `0x${'5a'.repeat(32)}`
const REASON: Hash = `0x${'4e'.repeat(32)}`
const RELAYER = 'issuer-5'

interface People {
  readonly hands: Hands
  readonly drill: Drill
  readonly browser: Browser
  /** signers by name */
  readonly signers: Readonly<Record<'ann' | 'bob' | 'pem' | 'passkey', Hex>>
  readonly pemFile: string
}

interface Shown {
  readonly threshold: string
  readonly signers: readonly { signer: Hex; kind: string; weight: string }[]
}

const read = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T

async function gather(drill: Drill): Promise<People> {
  const hands = createHands(drill, 'observer-1')
  const pemFile = join(drill.dir, 'pem')
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeFileSync(pemFile, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const browser = createBrowser()
  const made = hands.fresh()
  writeFileSync(made, JSON.stringify(browser.create()))
  const keystore = async (who: string): Promise<Hex> => hands.address(who)
  const key = ['identities', 'key', '--pem', pemFile]
  const passkey = ['departments', 'passkey', '--registration', made]
  const signers = {
    ann: await keystore('issuer-1'),
    bob: await keystore('issuer-2'),
    pem: (await hands.offline<{ signer: Hex }>(...key)).signer,
    passkey: (await hands.offline<{ signer: Hex }>(...passkey)).signer,
  }
  return { hands, drill, browser, signers, pemFile }
}

type Signs = (people: People, file: string) => Promise<string>

/** signs and gives the next file */
async function signed(people: People, file: string, ...by: readonly string[]): Promise<string> {
  const out = people.hands.fresh()
  await people.hands.offline('departments', 'sign', '--in', file, '--out', out, ...by, '--yes')
  return out
}

const ann: Signs = (people, file) => signed(people, file, ...people.hands.keyOf('issuer-1'))
const bob: Signs = (people, file) => signed(people, file, ...people.hands.keyOf('issuer-2'))
const pem: Signs = (people, file) => signed(people, file, '--pem', people.pemFile)
const passkey: Signs = async (people, file) => {
  const { hands, browser, signers } = people
  const [request, answer] = [hands.fresh(), hands.fresh()]
  await hands.offline('departments', 'request', '--in', file, '--out', request)
  writeFileSync(answer, JSON.stringify(browser.get(read<{ challenge: string }>(request))))
  return signed(people, file, '--passkey', signers.passkey, '--assertion', answer)
}

async function signedBy(people: People, draft: string, by: readonly Signs[]): Promise<string> {
  let file = draft
  for (const sign of by) file = await sign(people, file)
  return file
}

/** Makes the account of ann (1), the P-256 key (2) and the passkey (2); three must sign. */
async function makeAccount({ hands, signers }: People): Promise<Address> {
  const file = hands.fresh()
  const listed = [
    { signer: signers.ann, weight: 1 },
    { signer: signers.pem, weight: 2 },
    { signer: signers.passkey, weight: 2 },
  ]
  const department = { format: 'veche-department/1', salt: SALT, threshold: 3, signers: listed }
  writeFileSync(file, JSON.stringify(department))
  const told = ['departments', 'address', '--department', file]
  const { account } = await hands.look<{ account: Address }>(...told)
  const made = await hands.does(RELAYER, 'departments', 'create', '--department', file)
  assert.is(
    made.events.find(({ event }) => event === 'DepartmentCreated')?.args['account'],
    account,
  )
  await hands.refused(/DepartmentFactoryExists/, RELAYER, 'departments', 'create', ...told.slice(2))
  const shown = await hands.look<Shown>('departments', 'show', account)
  assert.is(shown.threshold, '3')
  assert.equal(shown.signers.map(({ kind }) => kind).sort(), ['address', 'p256', 'webauthn'])
  return account
}

async function openBudget({ hands }: People, account: Address): Promise<void> {
  const whose = ['--department', account]
  const line = ['--budget', 'welfare', ...whose, '--limit', '1000']
  const quota = ['points', 'budget', 'quota', ...whose, '--quota', '510']
  await hands.does('treasury', ...quota, '--schedule')
  await hands.does('treasury', 'points', 'budget', 'open', ...line, '--wait')
  await hands.does('treasury', ...quota, '--wait')
}

/** A draft of the department's call that mints for somebody. */
async function mintDraft({ hands }: People, account: Address, amount: number): Promise<string> {
  const { budgetId } = await hands.look<{ budgetId: Hash }>('points', 'budget', 'show', 'welfare')
  const call = hands.fresh()
  const args = { to: await hands.address('issuer-3'), amount, budgetId, reasonC: REASON }
  writeFileSync(call, JSON.stringify({ contract: 'ServicePoints', function: 'mint', args }))
  const out = hands.fresh()
  const prepare = ['departments', 'prepare', '--account', account, '--call', call]
  await hands.look(...prepare, '--out', out)
  return out
}

const execute = (file: string): string[] => ['departments', 'execute', '--in', file]

async function balance({ hands }: People): Promise<string> {
  const of = await hands.address('issuer-3')
  return (await hands.look<{ total: string }>('points', 'balance', of)).total
}

async function mintsTogether(people: People, account: Address): Promise<void> {
  const { hands } = people
  const draft = await mintDraft(people, account, 20_000)
  const refused = /DepartmentAccountSignatures/
  for (const alone of [pem, ann])
    await hands.refused(refused, RELAYER, ...execute(await alone(people, draft)))
  const both = await signedBy(people, draft, [pem, ann])
  const altered = hands.fresh()
  const call = read<{ data: string }>(both)
  writeFileSync(altered, JSON.stringify({ ...call, data: call.data.replace('4e20', '9c40') }))
  await hands.refused(refused, RELAYER, ...execute(altered))
  const looked = await hands.tries(RELAYER, ...execute(both), '--dry-run')
  assert.match(looked.stderr, /DepartmentAccount\.execute at 0x/)
  const done = await hands.does(RELAYER, ...execute(both))
  assert.ok(done.events.some(({ event }) => event === 'Minted'))
  assert.is(await balance(people), '20000')
  await hands.refused(/DepartmentAccountNonce/, RELAYER, ...execute(both))
}

async function keepsToItsBudget(people: People, account: Address): Promise<void> {
  const { hands } = people
  const over = await signedBy(people, await mintDraft(people, account, 31_001), [pem, ann])
  await hands.refused(/ServicePointsOverQuota/, RELAYER, ...execute(over))
  const within = await mintDraft(people, account, 30_000)
  await hands.does(RELAYER, ...execute(await signedBy(people, within, [pem, passkey])))
  assert.is(await balance(people), '50000')
  const self = ['points', 'mint', '--budget', 'welfare', '--reason', 'mine', '--amount', '1']
  const to = ['--to', await hands.address('issuer-1')]
  await hands.refused(/ServicePointsNotBudgetOwner/, 'issuer-1', ...self, ...to)
}

/** The account itself is an office: it announces what needs notice, and does it afterwards. */
async function actsAsTreasury(people: People, account: Address): Promise<void> {
  const { hands } = people
  await hands.does('personnel', 'roles', 'grant', 'treasury', account)
  const file = hands.fresh()
  const args = { budgetId: SALT, department: account, limit: 7 }
  writeFileSync(file, JSON.stringify({ contract: 'ServicePoints', function: 'openBudget', args }))
  const draft = async (...more: readonly string[]): Promise<string> => {
    const out = hands.fresh()
    const prepare = ['departments', 'prepare', '--account', account, '--call', file]
    await hands.look(...prepare, '--out', out, ...more)
    return signedBy(people, out, [pem, ann])
  }
  const early = /AccessManagedUnauthorized|AccessManagerNotScheduled/
  await hands.refused(early, RELAYER, ...execute(await draft()))
  await eventually(hands, await draft('--schedule'))
  await eventually(hands, await draft())
  const { limit } = await hands.look<{ limit: string }>('points', 'budget', 'show', SALT)
  assert.is(limit, '7')
}

/** Relays until the notice (a second here) or the grant is over. */
async function eventually(hands: Hands, file: string): Promise<void> {
  const relays = async (): Promise<boolean> => {
    const ran = await hands.tries(RELAYER, ...execute(file))
    return ran.status === 0
  }
  await until('the department may', relays, 20_000)
}

/** Ann leaves, bob comes: decided by those who stay. */
async function replacesAKey(people: People, account: Address): Promise<void> {
  const { hands, signers } = people
  const out = hands.fresh()
  const change = ['--remove', signers.ann, '--set', `${signers.bob}=1`, '--threshold', '3']
  const configure = ['departments', 'configure', '--account', account, ...change, '--out', out]
  await hands.look(...configure)
  await hands.refused(/DepartmentAccountSignatures/, RELAYER, ...execute(await bob(people, out)))
  await hands.does(RELAYER, ...execute(await signedBy(people, out, [pem, passkey])))
  const shown = await hands.look<Shown>('departments', 'show', account)
  const held = shown.signers.map(({ signer }) => signer)
  assert.equal([held.includes(signers.bob), held.includes(signers.ann)], [true, false])
  const draft = await mintDraft(people, account, 1_000)
  const left = await signedBy(people, draft, [pem, ann])
  await hands.refused(/DepartmentAccountSignatures/, RELAYER, ...execute(left))
  await hands.does(RELAYER, ...execute(await signedBy(people, draft, [pem, bob])))
  assert.is(await balance(people), '51000')
}

test('a department acts by two of its signers, within its budget, and replaces a key', () =>
  withDrill({ observers: 1 }, async (drill) => {
    await drill.startAll()
    const people = await gather(drill)
    const account = await makeAccount(people)
    await openBudget(people, account)
    tell('account and budget are there')
    await mintsTogether(people, account)
    await keepsToItsBudget(people, account)
    tell('minted by P-256 key, keystore and passkey')
    await actsAsTreasury(people, account)
    tell('gave notice, and acted after it')
    await replacesAKey(people, account)
  }))

test.run()
