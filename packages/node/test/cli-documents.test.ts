/**
 * `veche documents` in this process over a running node, as each of its people uses it: registrar,
 * court, citizen, document office, observer, and those who try what they must not.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openOneNode } from './support/one-node.ts'
import { type Ran, runMain } from './support/run-main.ts'
import { until } from './support/until.ts'

const one = await openOneNode()
const at = (name: string): string => join(one.dir, name)
const rpc = ['--rpc', one.rpcUrl]
const pin = ['--genesis', one.files.genesisFile]
const SCHEMA = ['--schema', 'city-document/1']

const keyOf = (name: string): string[] => {
  const folder = join(one.files.out, 'keys', name)
  const files = ['--keystore', join(folder, 'keystore.json')]
  return [...files, '--password-file', join(folder, 'password')]
}
const acting = (name: string): string[] => ['--yes', ...rpc, ...keyOf(name)]

const documents = (...args: readonly string[]): Promise<Ran> => runMain('documents', ...args)

async function done(...args: readonly string[]): Promise<Ran> {
  const ran = await documents(...args)
  assert.is(ran.status, 0, `${args.slice(0, 2).join(' ')}: ${ran.stderr}`)
  return ran
}

/** exit code 1 with this code; gives what was told */
async function refused(code: string, ...args: readonly string[]): Promise<string> {
  const { status, stderr } = await documents(...args)
  assert.is(status, 1, stderr)
  assert.ok(stderr.endsWith(` [${code}]\n`), stderr)
  return stderr
}

const files: string[] = []
let single = ''

async function verdict(file: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await documents('verify', '--document', file, ...rpc, ...pin, ...args)
  return stdout.split(':')[0] ?? ''
}

test('a registrar sees what is signed, then issues a batch and a single document', async () => {
  writeFileSync(at('a.csv'), 'street,price\nGarden,100001\nRiver,100002\nMill,100003\nLinden,9\n')
  const issue = ['issue', ...SCHEMA, '--csv', at('a.csv'), '--out', at('batch')]
  const dry = await done(...issue, ...acting('issuer-1'), '--dry-run')
  assert.match(dry.stderr, 'issueBatch')
  assert.match(dry.stdout, 'nothing was signed')
  const { stdout, stderr } = await done(...issue, ...acting('issuer-1'), '--json')
  assert.match(stderr, 'DocumentRegistry')
  assert.match(stderr, 'count')
  files.push(...JSON.parse(stdout).files)
  assert.is(files.length, 4)
  writeFileSync(at('fields.json'), '{"street":"Assembly"}')
  const alone = ['issue', ...SCHEMA, '--fields', at('fields.json'), '--out', at('one'), '--single']
  await done(...alone, ...acting('issuer-1'))
  single = join(at('one'), readdirSync(at('one'))[0] as string)
  assert.is(await verdict(single), 'VALID')
})

test('a citizen saves a proof and verifies it without any server', async () => {
  const [file = '', other = ''] = files
  const proof = at('proof.json')
  const made = await done('prove', '--document', file, '--out', proof, ...rpc, ...pin)
  assert.match(made.stdout, 'proven that nothing happened to it')
  const offline = ['verify', '--document', file, '--proof', proof, '--rpc', 'http://127.0.0.1:1']
  const { stdout } = await done(...offline, ...pin)
  assert.match(stdout, /^VALID: as of .*, block \d+ with 1 seals\n/)
  await refused('USAGE', ...offline)
  const wrong = ['verify', '--document', other, '--proof', proof, ...pin]
  assert.is((await documents(...wrong)).status, 4, 'a proof of another document')
  const pinned = ['--genesis-hash', `0x${'12'.repeat(32)}`]
  assert.is((await documents(...offline, ...pinned)).status, 4, 'another chain')
})

test('a proof file with any part changed proves nothing', async () => {
  const [file = ''] = files
  const proof = JSON.parse(readFileSync(at('proof.json'), 'utf8'))
  const flip = (hex: string, i: number): string =>
    `${hex.slice(0, i)}${hex[i] === '0' ? '1' : '0'}${hex.slice(i + 1)}`
  const mutants = [
    { ...proof, header: flip(proof.header, 200) },
    { ...proof, header: flip(proof.header, proof.header.length - 100) },
    { ...proof, trusted: flip(proof.trusted, 100) },
    { ...proof, header: proof.trusted },
    { ...proof, account: proof.account.map((node: string) => flip(node, 20)) },
    { ...proof, storage: proof.storage.map((l: string[]) => l.map((n) => flip(n, 20))) },
    { ...proof, storage: [...proof.storage].reverse() },
    { ...proof, storage: proof.storage.slice(1) },
    { ...proof, storage: [] },
    { ...proof, account: [] },
  ]
  for (const [i, mutant] of mutants.entries()) {
    // an absent slot and the batch's may share their whole path: then reversing changes nothing
    if (JSON.stringify(mutant) === JSON.stringify(proof)) continue
    const path = at(`mutant-${i}.json`)
    writeFileSync(path, JSON.stringify(mutant))
    const ran = await documents('verify', '--document', file, '--proof', path, ...pin)
    assert.is(ran.status, 4, `mutant ${i}: ${ran.stdout}${ran.stderr}`)
  }
  writeFileSync(at('more.json'), JSON.stringify({ ...proof, more: 1 }))
  const more = ['verify', '--document', file, '--proof', at('more.json'), ...pin]
  await refused('FILE_MALFORMED', ...more)
})

test('registrars suspend lists, reinstate, revoke for ever and supersede', async () => {
  const [a = '', b = '', c = '', d = ''] = files
  const both = ['--document', a, b]
  await done('suspend', ...acting('issuer-1'), ...both, '--reason', 'under-review')
  assert.is(await verdict(a), 'SUSPENDED')
  await done('reinstate', ...acting('issuer-1'), '--document', a, '--reason', '8')
  assert.is(await verdict(a), 'VALID')
  const revoking = ['revoke', ...acting('admin'), '--reason', 'issued-in-error', '--document']
  await done(...revoking, b, c)
  for (const file of [b, c]) assert.is(await verdict(file), 'REVOKED')
  const { stdout } = await documents('verify', '--document', b, ...rpc, ...pin)
  assert.match(stdout, 'for reason 2 (issued-in-error)')
  const supersede = ['supersede', ...acting('issuer-1'), '--document', d, '--successor', single]
  await done(...supersede, '--reason', 'renewed')
  assert.is(await verdict(d), 'SUPERSEDED')
  const alive = ['--document', b, '--reason', '8']
  const told = await refused('CALL_REFUSED', 'reinstate', ...acting('admin'), ...alive)
  assert.match(told, 'DocumentRegistryForbiddenTransition')
})

test('the court’s hold binds every office until the court lifts it', async () => {
  const [a = ''] = files
  const order = (to: string, reason: string): string[] => {
    const what = ['--document', a, '--to', to, '--reason', reason]
    return ['order', ...acting('court'), ...what]
  }
  await refused('USAGE', ...order('suspend', '5'))
  await done(...order('suspend', 'court-hold'))
  assert.is(await verdict(a), 'SUSPENDED')
  const lift = ['reinstate', ...acting('issuer-1'), '--document', a, '--reason', '8']
  assert.match(await refused('CALL_REFUSED', ...lift), 'DocumentRegistryCourtHold')
  const forged = ['order', ...acting('admin'), '--document', a, '--to', 'reinstate']
  assert.match(
    await refused('CALL_REFUSED', ...forged, '--reason', 'court-lifted'),
    'AccessManagedUnauthorized',
  )
  await done(...order('reinstate', 'court-lifted'))
  assert.is(await verdict(a), 'VALID')
})

test('the document office announces a schema, waits, and registers it', async () => {
  writeFileSync(at('definition.json'), '{"street":"text"}')
  const next = ['--previous', 'city-document/1', '--uri', 'https://city.example/s/2']
  const definition = ['--definition', at('definition.json')]
  const register = ['schema', 'register', ...acting('admin'), 'city-document/2', ...next]
  await refused('CALL_REFUSED', ...register, ...definition)
  await done(...register, ...definition, '--schedule')
  await until(
    'the notice is over',
    async () => (await documents(...register, ...definition)).status === 0,
    20_000,
  )
  const { stdout } = await done('schema', 'show', 'city-document/2', ...rpc)
  assert.match(stdout, 'version 2, open')
  assert.match(
    (await done('schema', 'show', 'city-document/1', ...rpc)).stdout,
    'a later version exists',
  )
  const withdraw = ['schema', 'withdraw', 'city-document/1', '--power', 'issue']
  const { address } = await one.issuer(2)
  await done(...withdraw, ...acting('admin'), '--account', address)
  const issue = ['issue', ...SCHEMA, '--fields', at('fields.json'), '--out', at('two'), '--single']
  const told = await refused('CALL_REFUSED', ...issue, ...acting('issuer-2'))
  assert.match(told, 'DocumentRegistryUnauthorized')
})

test('an observer replays every event and finds state and events agree', async () => {
  const { stdout } = await done('audit', ...rpc, ...pin, '--json')
  const report = JSON.parse(stdout)
  assert.equal(report.faults, [])
  assert.is(report.codeKnown, true, 'the code of this release runs')
  assert.is(report.batches, 1)
  assert.is(report.batched, '4')
  assert.is(report.touched, 5)
  assert.is(report.proofsRechecked + report.proofsUnseen, 4)
  assert.is(report.proofsRechecked, 4)
  const text = await done('audit', ...rpc, ...pin)
  assert.match(text.stdout, /events and state agree as of block \d+ with 1 seals/)
})

test('an issue that was broken off goes on from its draft with the same salts', async () => {
  const [a = ''] = files
  const { fields, docType, schema, issued, expires, salt } = JSON.parse(readFileSync(a, 'utf8'))
  const content = { docType, schema, fields, issued, expires, salt: salt.replace(/.$/, '0') }
  writeFileSync(at('draft.ndjson'), `${JSON.stringify(content)}\n`)
  const resume = ['issue', ...SCHEMA, '--draft', at('draft.ndjson'), ...acting('issuer-1')]
  const first = JSON.parse((await done(...resume, '--out', at('d1'), '--json')).stdout)
  assert.is(await verdict(first.files[0]), 'VALID')
  writeFileSync(at('draft.ndjson'), `${JSON.stringify(content)}\n`)
  const second = await done(...resume, '--out', at('d2'), '--json')
  assert.match(second.stderr, 'on the chain already')
  assert.equal(JSON.parse(second.stdout).transactions, first.transactions)
  writeFileSync(at('bad.ndjson'), '{"docType":1}\n')
  const bad = ['issue', ...SCHEMA, '--draft', at('bad.ndjson'), ...acting('issuer-1')]
  await refused('DOCUMENT_MALFORMED', ...bad, '--out', at('d3'))
})

test('the reason codes are listed', async () => {
  const { stdout } = await done('reasons')
  assert.match(stdout, '129\tcourt-hold')
  assert.is(JSON.parse((await done('reasons', '--json')).stdout)[2], 'issued-in-error')
})

test.after(() => one.close())

test.run()
