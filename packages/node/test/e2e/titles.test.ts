/**
 * Titles by the command line on a network of four: an office imports its old register, owners,
 * notary and bank sign files, the registrar submits, the court orders, an observer replays it all;
 * and what each of them may not do.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Address } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openKeystoreFile } from '../../src/keystore-file.ts'
import { type Drill, withDrill } from '../support/drill.ts'
import { runMain } from '../support/run-main.ts'
import { tell, until } from '../support/until.ts'

const SELLER = 'issuer-1'
const BUYER = 'issuer-2'
const BANK = 'issuer-3'
const HASH = `0x${'5e'.repeat(32)}`

function createPeople(drill: Drill) {
  const url = drill.url('observer-1')
  const keyOf = (who: string): string[] => {
    const folder = join(drill.dir, 'keys', who)
    const password = join(folder, 'password')
    return ['--keystore', join(folder, 'keystore.json'), '--password-file', password]
  }
  const titles = (...args: readonly string[]) => runMain('titles', ...args)
  const sends = (who: string, ...args: readonly string[]) =>
    titles(...args, ...keyOf(who), '--rpc', url, '--yes', '--json')
  let files = 0
  return {
    url,
    path: (name: string): string => join(drill.dir, name),
    fresh: (): string => join(drill.dir, `deed-${++files}.json`),
    async ok(...args: readonly string[]): Promise<string> {
      const ran = await titles(...args)
      assert.is(ran.status, 0, `${args.join(' ')}: ${ran.stderr}`)
      return ran.stdout
    },
    status: async (...args: readonly string[]) => (await titles(...args)).status,
    async does(who: string, ...args: readonly string[]): Promise<void> {
      const ran = await sends(who, ...args)
      assert.is(ran.status, 0, `${args.join(' ')}: ${ran.stderr}`)
    },
    async refused(who: string, reason: RegExp, ...args: readonly string[]): Promise<void> {
      const ran = await sends(who, ...args)
      assert.is(ran.status, 1, `${args.join(' ')} is refused`)
      assert.match(ran.stderr, reason)
    },
    sends,
    keyOf,
    async address(who: string): Promise<Address> {
      const folder = join(drill.dir, 'keys', who)
      const signer = await openKeystoreFile(join(folder, 'keystore.json'), join(folder, 'password'))
      return signer.address
    },
  }
}

type People = ReturnType<typeof createPeople>

/** A fresh commitment of somebody, and the file that opens it. */
async function commitment(people: People, who: string): Promise<{ ownerC: string; file: string }> {
  const file = people.fresh()
  const told = await people.ok(
    'commit',
    '--party',
    await people.address(who),
    '--out',
    file,
    '--json',
  )
  return { ownerC: (JSON.parse(told) as { ownerC: string }).ownerC, file }
}

/** Everybody signs in turn; gives the last file. */
async function signAll(
  people: People,
  draft: string,
  signers: readonly (readonly [who: string, as: string, opening?: string])[],
): Promise<string> {
  let file = draft
  for (const [who, as, opening] of signers) {
    const out = people.fresh()
    const more = opening === undefined ? [] : ['--opening', opening]
    const args = ['sign', '--file', file, '--as', as, ...more, '--out', out]
    await people.ok(...args, ...people.keyOf(who), '--yes')
    file = out
  }
  return file
}

/** The old register of two flats, imported; both enter by proof. */
async function enter(people: People): Promise<readonly { ownerC: string; file: string }[]> {
  const owners = [await commitment(people, SELLER), await commitment(people, SELLER)]
  const lines = owners.map(({ ownerC }, i) => JSON.stringify({ property: `77:01:1:${i}`, ownerC }))
  const [records, tree] = [people.path('old.ndjson'), people.path('tree')]
  writeFileSync(records, `${lines.join('\n')}\n`)
  await people.ok('import-legacy', '--records', records, '--out', tree)
  const early = /AccessManagerNotScheduled|AccessManagerNotReady/
  await people.refused('registrar', early, 'open-legacy', '--tree', tree)
  await people.does('registrar', 'open-legacy', '--tree', tree, '--schedule')
  await until(
    'the notice of the legacy root is over',
    async () => {
      const ran = await people.sends('registrar', 'open-legacy', '--tree', tree)
      return ran.status === 0
    },
    30_000,
  )
  await people.refused('registrar', /NotScheduled|LegacyOpen/, 'open-legacy', '--tree', tree)
  for (const index of ['0', '1']) {
    const out = people.fresh()
    const args = ['--records', records, '--tree', tree, '--index', index, '--out', out]
    await people.ok('legacy-record', ...args)
    await people.does(BUYER, 'materialise', '--record', out)
    await people.refused(BUYER, /TitleRegistryExists/, 'materialise', '--record', out)
  }
  return owners
}

async function sell(people: People, opening: string): Promise<{ ownerC: string; file: string }> {
  const buyer = await commitment(people, BUYER)
  const draft = people.fresh()
  const set = ['--set', `newOwnerC=${buyer.ownerC}`, `docC=${HASH}`]
  const what = ['--kind', 'Transfer', '--property', '77:01:1:0', ...set]
  await people.ok('draft', '--rpc', people.url, ...what, '--out', draft)
  const half = await signAll(people, draft, [
    [SELLER, 'owner', opening],
    [BUYER, 'buyer', buyer.file],
  ])
  await people.refused('registrar', /TITLE_ACT_INCOMPLETE/, 'submit', '--file', half)
  const forged = await signAll(people, half, [['registrar', 'notary']])
  await people.refused('registrar', /NotaryIsParty/, 'submit', '--file', forged)
  const whole = await signAll(people, half, [['notary', 'notary']])
  await people.refused(SELLER, /AccessManagedUnauthorized/, 'submit', '--file', whole)
  const file = JSON.parse(readFileSync(whole, 'utf8')) as { act: Record<string, unknown> }
  const dearer = people.fresh()
  writeFileSync(
    dearer,
    JSON.stringify({ ...file, act: { ...file.act, docC: `0x${'5f'.repeat(32)}` } }),
  )
  await people.refused('registrar', /BadSignature/, 'submit', '--file', dearer)
  await people.does('registrar', 'submit', '--file', whole)
  await people.refused('registrar', /StaleHead/, 'submit', '--file', whole)
  return buyer
}

async function burden(people: People): Promise<void> {
  const flat = ['--property', '77:01:1:1']
  const order = [...flat, '--order', HASH]
  const terms = ['--lien-commitment', HASH, '--priority', '1', '--kind', '1']
  const holder = ['--holder', await people.address(BANK)]
  await people.refused(
    'registrar',
    /AccessManagedUnauthorized/,
    'order-lien',
    ...order,
    ...terms,
    ...holder,
  )
  await people.does('court', 'order-lien', ...order, ...terms, ...holder)
  await people.refused(SELLER, /NotHolder/, 'satisfy-lien', ...flat, '--lien', '1')
  await people.does('court', 'freeze', ...order, '--days', '3')
  await people.refused(BANK, /TitleRegistryFrozen/, 'satisfy-lien', ...flat, '--lien', '1')
  await people.does('court', 'unfreeze', ...order)
  await people.does(BANK, 'satisfy-lien', ...flat, '--lien', '1')
}

async function correct(people: People): Promise<void> {
  const { ownerC } = await commitment(people, BUYER)
  const order = ['--property', '77:01:1:1', '--order', HASH, '--new-owner', ownerC]
  await people.does('court', 'correct', ...order)
  await people.refused('court', /TooEarly/, 'apply-correction', '--property', '77:01:1:1')
  const object = ['object', '--property', '77:01:1:1', '--reason', HASH]
  await people.refused('registrar', /AccessManagedUnauthorized/, ...object)
  await people.does('overseer', ...object)
  await people.refused('court', /NoCorrection/, 'apply-correction', '--property', '77:01:1:1')
}

test('titles are imported, sold, burdened, corrected and audited; cheating is refused', () =>
  withDrill({ observers: 1 }, async (drill) => {
    await drill.startAll()
    const people = createPeople(drill)
    const [first] = await enter(people)
    tell('two old titles entered')
    const buyer = await sell(people, first?.file ?? '')
    tell('one was sold')
    await burden(people)
    await correct(people)
    const property = ['--property', '77:01:1:0', '--rpc', people.url, '--json']
    const history = JSON.parse(await people.ok('history', ...property))
    assert.is(history.complete, true)
    assert.is(history.steps.length, 2)
    const proof = JSON.parse(await people.ok('prove', ...property))
    assert.is(proof.ownerC, buyer.ownerC)
    assert.is(proof.head, history.head)
    const pinned = ['prove', ...property, '--genesis-hash', HASH]
    assert.is(await people.status(...pinned), 4, 'another chain proves nothing')
    const audit = JSON.parse(await people.ok('audit', '--rpc', people.url, '--json'))
    assert.equal(audit.differences, [])
    assert.is(audit.titles, 2)
    assert.is(audit.counts.Transferred, 1)
  }))

test.run()
