/** Files and codes of the fairs, and a ceremony in a folder by the command line. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { acceptanceMessage, verifySignature } from '@veche/contracts/fairs'
import { type Hash, secretKeyToAddress } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeTicket, encodeTicket } from '../src/fairs/files.ts'
import { createKeystore } from '../src/keystore.ts'
import { seedToSecretKey } from '../src/load/random.ts'
import { runMain } from './support/run-main.ts'

await installNativeCrypto()
const dir = mkdtempSync(join(tmpdir(), 'veche-fair-files-'))
test.after(() => rmSync(dir, { recursive: true, force: true }))

const SEASON = `0x${'5a'.repeat(20)}` as const
const ticket = {
  format: 'veche-fair-signed/1',
  chainId: 20_190,
  season: SEASON,
  kind: 'CheckIn',
  act: { id: 17, preference: 3, note: `0x${'00'.repeat(32)}`, deadline: 1_800_000_000 },
  signature: `0x${'ab'.repeat(65)}`,
} as const

test('the text of a code gives back what was signed', () => {
  const text = encodeTicket(ticket)
  assert.match(text, /^[0-9A-Z:-]+$/)
  assert.equal(decodeTicket(`${text}\n`), { ok: true, value: ticket })
})

test('other texts are no code', () => {
  const text = encodeTicket(ticket)
  for (const wrong of [
    '',
    text.slice(0, -2),
    text.replace(':3:', ':8:'),
    `${text}00`,
    'VECHE-FAIR:1',
  ])
    assert.not.ok(decodeTicket(wrong).ok)
})

async function member(number: number): Promise<{ address: string; args: readonly string[] }> {
  const key = seedToSecretKey('fair files', `member ${number}`)
  const keystore = join(dir, `member-${number}.keystore`)
  writeFileSync(keystore, JSON.stringify(await createKeystore(key, 'pw', { scryptN: 2 })))
  const password = join(dir, 'password')
  writeFileSync(password, 'pw\n')
  const args = ['--keystore', keystore, '--password-file', password, '--yes', '--json']
  return { address: secretKeyToAddress(key), args }
}

test('a ceremony of three by the command line: any two sign, one alone does not', async () => {
  const folder = join(dir, 'ceremony')
  const members = await Promise.all([1, 2, 3].map(member))
  const ceremony = async (...args: readonly string[]) => {
    const ran = await runMain('fairs', 'ceremony', ...args)
    assert.is(ran.status, 0, ran.stderr)
    return ran.stdout
  }
  const list = members.map(({ address }) => address).join(',')
  const shape = ['--title', 'test', '--threshold', '2', '--members', list]
  await ceremony('init', '--dir', folder, '--chain-id', '20190', ...shape)
  for (const step of ['join', 'share', 'complain'])
    for (const { args } of members) await ceremony(step, '--dir', folder, ...args)
  const outcome = JSON.parse(await ceremony('outcome', '--dir', folder, '--json'))
  assert.equal(outcome.counted, [1, 2, 3])
  assert.equal(outcome.faults, [])
  const message = acceptanceMessage({ chainId: 20_190, season: SEASON }, `0x${'01'.repeat(32)}`)
  const parts = ['--dir', folder, '--message', message]
  await ceremony('partial', ...parts, ...(members[0]?.args ?? []))
  const out = join(dir, 'signature.json')
  const alone = await runMain('fairs', 'ceremony', 'combine', ...parts, '--out', out)
  assert.match(alone.stderr, /PARTIALS_TOO_FEW/)
  await ceremony('partial', ...parts, ...(members[2]?.args ?? []))
  const signed = JSON.parse(await ceremony('combine', ...parts, '--out', out, '--json'))
  assert.ok(verifySignature(signed.signature, message as Hash, outcome.groupKey))
  assert.is(readdirSync(folder).length, 1 + 3 + 3 + 2)
})

test('an applicant signs an application and a code offline', async () => {
  const { args, address } = await member(9)
  const out = join(dir, 'application.json')
  const at = ['--season', SEASON, '--chain-id', '20190']
  const wishes = ['--category', '1', '--stands', '17,3']
  const ran = await runMain('fairs', 'apply', ...at, ...wishes, '--out', out, ...args)
  assert.is(ran.status, 0, ran.stderr)
  assert.match(ran.stderr, /Application/)
  assert.match(ran.stderr, new RegExp(address))
  const code = join(dir, 'code.json')
  const check = ['check-in', ...at, '--id', '5', '--preference', '1', '--out', code]
  const signed = await runMain('fairs', 'sign', ...check, ...args)
  assert.is(signed.status, 0, signed.stderr)
  const decoded = decodeTicket(JSON.parse(signed.stdout).ticket)
  assert.ok(decoded.ok && decoded.value.act.id === 5 && decoded.value.season === SEASON)
})

test('an organiser makes a plan of rules and a file of fairs; a wrong field is named', async () => {
  const rules = {
    ...{ format: 'veche-fair-rules/1', title: 'spring', mechanism: 'rsd-by-weekend', weekends: 2 },
    ...{ categories: ['honey', 'crafts'], preferencesMax: 3, placesMax: 2, overflowMax: 0 },
    ...{ opensAt: '2026-03-01T09:00:00Z', closesAt: '2026-03-06T18:00:00+03:00' },
    ...{ reviewUntil: '2026-03-12T18:00:00Z', appealSeconds: 172_800, revealSeconds: 3_600 },
    ...{ offerSeconds: 86_400, weekendsFrom: '2026-04-03T06:00:00Z' },
    ...{ weekendEverySeconds: 604_800, weekendSeconds: 216_000, graceSeconds: 7_200 },
    attester: `0x${'11'.repeat(20)}`,
    capacities: { seed: 's', from: 2, to: 5 },
  }
  writeFileSync(join(dir, 'fairs.csv'), 'kind,address\nfair,Street 1\nfair,Street 2\n')
  writeFileSync(join(dir, 'rules.json'), JSON.stringify(rules))
  const plan = (name: string, out: string) => {
    const files = ['--rules', join(dir, name), '--fairs', join(dir, 'fairs.csv')]
    return runMain('fairs', 'season', 'plan', ...files, '--out', join(dir, out), '--json')
  }
  const made = await plan('rules.json', 'plan.json')
  assert.is(made.status, 0, made.stderr)
  assert.is(JSON.parse(made.stdout).slots, 8)
  writeFileSync(join(dir, 'wrong.json'), JSON.stringify({ ...rules, opensAt: '1 March' }))
  assert.match((await plan('wrong.json', 'other.json')).stderr, /opensAt.*\[FILE_MALFORMED\]/)
  const early = { ...rules, weekendsFrom: '2026-03-14T06:00:00Z' }
  writeFileSync(join(dir, 'early.json'), JSON.stringify(early))
  assert.match((await plan('early.json', 'other.json')).stderr, /weekendsFrom.*\[RULES_INVALID\]/)
})

test.run()
