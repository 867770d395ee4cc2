/**
 * Service points by the command line on a network of four: treasury, department, payee, citizen,
 * relayer and observer, each with an own key; and what each of them may not do.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Address, isAddress } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openKeystoreFile } from '../../src/keystore-file.ts'
import { type Drill, withDrill } from '../support/drill.ts'
import { runMain } from '../support/run-main.ts'
import { tell } from '../support/until.ts'

interface Outcome {
  readonly events: readonly { event: string; args: Readonly<Record<string, unknown>> }[]
}

function createPeople(drill: Drill) {
  const url = drill.url('observer-1')
  const keyOf = (who: string): string[] => {
    const folder = join(drill.dir, 'keys', who)
    const password = join(folder, 'password')
    return ['--keystore', join(folder, 'keystore.json'), '--password-file', password]
  }
  const points = (...args: readonly string[]) => runMain('points', ...args)
  const sends = (who: string, ...args: readonly string[]) =>
    points(...args, ...keyOf(who), '--rpc', url, '--yes', '--json')
  return {
    keyOf,
    points,
    read: (...args: readonly string[]) => points(...args, '--rpc', url, '--json'),
    async does(who: string, ...args: readonly string[]): Promise<Outcome> {
      const ran = await sends(who, ...args)
      assert.is(ran.status, 0, `${args.join(' ')}: ${ran.stderr}`)
      return JSON.parse(ran.stdout) as Outcome
    },
    async refused(who: string, reason: RegExp, ...args: readonly string[]): Promise<void> {
      const ran = await sends(who, ...args)
      assert.is(ran.status, 1, `${args.join(' ')} is refused`)
      assert.match(ran.stderr, reason)
    },
    async address(who: string): Promise<Address> {
      const folder = join(drill.dir, 'keys', who)
      const signer = await openKeystoreFile(join(folder, 'keystore.json'), join(folder, 'password'))
      assert.ok(isAddress(signer.address))
      return signer.address
    },
  }
}

type People = ReturnType<typeof createPeople>

/** The treasury opens a line and a quota, compliance (the same key here) two payees. */
async function openServices(people: People): Promise<void> {
  const department = await people.address('department')
  const museum = await people.address('issuer-2')
  const clinic = await people.address('issuer-3')
  const line = ['--budget', 'welfare', '--department', department, '--limit', '10000']
  const quota = ['--department', department, '--quota', '500']
  const papers = ['--info-hash', 'papers of a payee']
  await people.does('treasury', 'budget', 'quota', ...quota, '--schedule')
  await people.does('treasury', 'budget', 'open', ...line, '--schedule')
  await people.does('treasury', 'payee', 'register', '--payee', clinic, ...papers, '--schedule')
  const early = /AccessManagerNotReady|AccessManagerNotScheduled/
  await people.refused('treasury', early, 'peers', 'on')
  await people.refused('department', /AccessManagedUnauthorized/, 'budget', 'open', ...line)
  await people.does(
    'treasury',
    'payee',
    'register',
    '--payee',
    museum,
    '--open',
    ...papers,
    '--wait',
  )
  await people.does('treasury', 'payee', 'register', '--payee', clinic, ...papers, '--wait')
  await people.does('treasury', 'budget', 'open', ...line, '--wait')
  const opened = await people.does('treasury', 'budget', 'quota', ...quota, '--wait')
  assert.ok(opened.events.some(({ event }) => event === 'QuotaChanged'))
}

async function mintAndLook(people: People, drill: Drill): Promise<void> {
  const anna = await people.address('issuer-1')
  const csv = join(drill.dir, 'payroll.csv')
  writeFileSync(csv, `# July\n${anna},300\n${await people.address('issuer-4')},12.50\n`)
  const why = ['--budget', 'welfare', '--reason', 'decision 17']
  await people.does('department', 'mint', '--csv', csv, ...why)
  const { total, parts } = JSON.parse((await people.read('balance', anna)).stdout)
  assert.is(total, '30000')
  assert.is(parts.length, 1)
  const over = ['mint', '--to', anna, '--amount', '187.51', ...why]
  await people.refused('department', /ServicePointsOverQuota/, ...over)
  await people.refused('issuer-2', /ServicePointsNotBudgetOwner/, ...over)
}

async function payAndRefund(people: People): Promise<void> {
  const clinic = await people.address('issuer-3')
  await people.does('issuer-3', 'invoice', 'create', '--id', 'bill 1', '--amount', '100')
  const bill = ['--payee', clinic, '--id', 'bill 1']
  await people.does('issuer-1', 'invoice', 'pay', ...bill, '--amount', '100')
  const again = ['invoice', 'pay', ...bill, '--amount', '100']
  await people.refused('issuer-1', /ServicePointsInvoiceState/, ...again)
  const refund = ['invoice', 'refund', '--id', 'bill 1', '--amount']
  await people.refused('issuer-3', /ServicePointsRefundTooLarge/, ...refund, '100.01')
  await people.does('issuer-3', ...refund, '40')
  const shown = JSON.parse((await people.read('invoice', 'show', ...bill)).stdout)
  assert.is(shown.status, 'paid')
  assert.is(shown.refundable, '6000')
  const sale = ['transfer', '--to', await people.address('issuer-4'), '--amount', '1']
  await people.refused('issuer-1', /ServicePointsOutsideLoop/, ...sale)
}

async function signOffline(people: People, drill: Drill): Promise<void> {
  const museum = await people.address('issuer-2')
  const file = join(drill.dir, 'payment.json')
  const sign = (chainId: string, out: string) =>
    people.points(
      ...['authorise', '--chain-id', chainId, '--payee', museum, '--amount', '25.50'],
      ...['--out', out, ...people.keyOf('issuer-1'), '--yes'],
    )
  const signed = await sign('20190', file)
  assert.is(signed.status, 0, signed.stderr)
  assert.match(signed.stderr, /PayWithAuthorization.*\n(?:.*\n)*.*value \(uint256\): 2550/)
  const outcome = await people.does('issuer-5', 'submit', file)
  assert.ok(outcome.events.some(({ event }) => event === 'ServicePaid'))
  await people.refused('issuer-5', /InvalidAccountNonce/, 'submit', file)
  const dearer = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  const forged = join(drill.dir, 'forged.json')
  writeFileSync(forged, JSON.stringify({ ...dearer, amount: '9999' }))
  await people.refused('issuer-5', /ERC3009InvalidSignature/, 'submit', forged)
  writeFileSync(forged, JSON.stringify({ ...dearer, tip: '1' }))
  await people.refused('issuer-5', /FILE_MALFORMED/, 'submit', forged)
  const foreign = join(drill.dir, 'foreign.json')
  await sign('20191', foreign)
  await people.refused('issuer-5', /AUTHORISATION_FOREIGN/, 'submit', foreign)
}

test('points are minted, paid, signed for, refunded and audited; cheating is refused', () =>
  withDrill({ observers: 1 }, async (drill) => {
    await drill.startAll()
    const people = createPeople(drill)
    await openServices(people)
    tell('lines and payees are open')
    await mintAndLook(people, drill)
    await payAndRefund(people)
    await signOffline(people, drill)
    tell('paid, refunded, signed offline')
    const redeem = ['redeem', '--amount', '20', '--reference', 'settlement 3']
    await people.does('issuer-2', ...redeem)
    await people.does('treasury', 'pause', '1')
    const mint = ['mint', '--to', await people.address('issuer-1'), '--amount', '1']
    const why = ['--budget', 'welfare', '--reason', 'r']
    await people.refused('department', /ServicePointsMintPaused/, ...mint, ...why)
    await people.does(
      'issuer-1',
      'transfer',
      '--to',
      await people.address('issuer-2'),
      '--amount',
      '1',
    )
    const audit = await people.read('audit')
    assert.is(audit.status, 0, audit.stdout)
    const { payments, refunds, minted, burned, totalSupply } = JSON.parse(audit.stdout)
    assert.equal([payments, refunds], [2, 1])
    assert.equal([minted, burned, totalSupply], ['31250', '2000', '29250'])
  }))

test.run()
