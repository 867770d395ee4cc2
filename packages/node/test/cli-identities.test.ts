/**
 * What `veche identities` and `veche departments` do without a network: openings, keys, signatures
 * by PEM and passkey; what they show, what they refuse, and that no file is overwritten.
 */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { departmentFactory, signerKeyHash, signerKindOf } from '@veche/contracts'
import type { Hash, Hex } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createBrowser } from './support/passkey.ts'
import { runMain } from './support/run-main.ts'

const dir = mkdtempSync(join(tmpdir(), 'veche-identities-'))
const at = (name: string): string => join(dir, name)
const json = <T>(text: string): T => JSON.parse(text) as T
const read = <T>(name: string): T => json<T>(readFileSync(at(name), 'utf8'))
const write = (name: string, value: unknown): string => {
  writeFileSync(at(name), typeof value === 'string' ? value : JSON.stringify(value))
  return at(name)
}

async function runs<T>(...args: readonly string[]): Promise<T> {
  const { status, stdout, stderr } = await runMain(...args, '--json')
  assert.is(status, 0, stderr)
  return json<T>(stdout)
}

async function fails(code: string, ...args: readonly string[]): Promise<string> {
  const { status, stderr } = await runMain(...args)
  assert.is(status, 1, args.join(' '))
  assert.ok(stderr.endsWith(` [${code}]\n`), stderr)
  return stderr
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = write('pem', privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
const browser = createBrowser()
const account = `0x${'d1'.repeat(20)}`
const call = write('call.json', {
  format: 'veche-department-call/1',
  ...{ chainId: 7, account, nonce: '0', deadline: 4_000_000_000, signatures: [] },
  target: '0x000000000000000000000000000000000000100a',
  data: departmentFactory.encode.create([`0x${'a1'.repeat(20)}`], [1n], 1n, `0x${'5a'.repeat(32)}`),
})
const message = write('message.json', {
  ...{ format: 'veche-identity/1', kind: 'HolderSuspension', version: 1, signatures: [] },
  ...{ chainId: 7, idC: `0x${'1d'.repeat(32)}`, deadline: 4_000_000_000 },
})

test('an opening is made once, for its owner alone, and names the person nowhere else', async () => {
  const args = ['identities', 'commit', '--person', 'passport 4510', '--out', at('opening.json')]
  const { idC } = await runs<{ idC: Hash }>(...args)
  assert.is(statSync(at('opening.json')).mode & 0o777, 0o600)
  const again = await runs<{ idC: Hash }>('identities', 'commit', '--opening', at('opening.json'))
  assert.is(again.idC, idC)
  await fails('FILE_EXISTS', ...args)
  await fails('USAGE', 'identities', 'commit', '--person', 'x')
  await fails('USAGE', 'identities', 'commit', '--person', '', '--out', at('o'))
  const salted = ['identities', 'commit', '--person', 'passport 4510', '--out', at('other.json')]
  assert.is.not((await runs<{ idC: Hash }>(...salted)).idC, idC)
})

test('the signer of a key is shown without a password', async () => {
  const own = await runs<{ signer: Hex; keyHash: Hash }>('identities', 'key', '--pem', pem)
  assert.equal([signerKindOf(own.signer), signerKeyHash(own.signer)], ['p256', own.keyHash])
  await fails('USAGE', 'identities', 'key')
  await fails('PEM_MALFORMED', 'identities', 'key', '--pem', call)
  await fails('KEYSTORE_INVALID', 'identities', 'key', '--keystore', message)
})

test('what is signed is shown in words first, and a dry run signs nothing', async () => {
  const sign = ['departments', 'sign', '--in', call, '--pem', pem, '--out', at('signed.json')]
  const looked = await runMain(...sign, '--dry-run')
  assert.is(looked.status, 0, looked.stderr)
  assert.match(looked.stderr, /calls DepartmentFactory\.create\(signers \[0xa1a1/)
  assert.match(looked.stderr, /message: EIP-712 DepartmentCall for 0xd1d1/)
  assert.match(looked.stdout, 'nothing was signed')
  await fails('CONFIRMATION_ABSENT', ...sign)
  assert.throws(() => statSync(at('signed.json')))
  await runs(...sign, '--yes')
  assert.is(read<{ signatures: unknown[] }>('signed.json').signatures.length, 1)
  await fails('FILE_EXISTS', ...sign, '--yes')
})

test('a passkey signs a call and a message by file, each alone', async () => {
  const created = write('created.json', browser.create())
  const made = await runs<{ signer: Hex }>('departments', 'passkey', '--registration', created)
  for (const [group, file] of [
    ['departments', call],
    ['identities', message],
  ] as const) {
    const [request, answer, out] = ['request', 'answer', 'out'].map((name) =>
      at(`${group}-${name}`),
    )
    assert.ok(request && answer && out)
    await runs(group, 'request', '--in', file, '--out', request, '--rp-id', 'veche.example')
    const asked = json<{ challenge: string; rpId: string }>(readFileSync(request, 'utf8'))
    assert.is(asked.rpId, 'veche.example')
    writeFileSync(answer, JSON.stringify(browser.get(asked)))
    const by = ['--passkey', made.signer, '--assertion', answer, '--yes']
    await runs(group, 'sign', '--in', file, '--out', out, ...by)
    const signed = json<{ signatures: { signer: Hex }[] }>(readFileSync(out, 'utf8'))
    assert.equal(
      signed.signatures.map(({ signer }) => signer),
      [made.signer],
    )
  }
  const foreign = ['--passkey', made.signer, '--assertion', at('identities-answer'), '--yes']
  const swapped = ['departments', 'sign', '--in', call, '--out', at('swapped'), ...foreign]
  assert.match(await fails('ASSERTION_DIFFERS', ...swapped), 'signed another message')
})

test('one key at a time signs, and a passkey has an assertion', async () => {
  const sign = ['identities', 'sign', '--in', message, '--out', at('never'), '--yes']
  await fails('USAGE', ...sign)
  await fails('USAGE', ...sign, '--pem', pem, '--passkey', account)
  await fails('USAGE', ...sign, '--passkey', account)
  const assertion = ['--assertion', at('identities-answer')]
  await fails('USAGE', ...sign, '--passkey', '0x12', ...assertion)
  await fails('SIGNER_IMPROPER', ...sign, '--passkey', account, ...assertion)
  await fails('FILE_MALFORMED', ...sign.with(3, call), '--pem', pem)
  await fails('USAGE', 'departments', 'passkey', '--name', 'ann')
  await runs('departments', 'passkey', '--name', 'ann', '--out', at('create.json'))
  assert.is(read<{ user: { name: string } }>('create.json').user.name, 'ann')
})

test('bad options of quotas and identities are told before anything is asked', async () => {
  const keyed = ['--keystore', at('absent'), '--password-file', at('absent')]
  const set = ['quotas', 'set', '0', ...keyed, '--shared', 'unlimited', '--sender']
  await fails('USAGE', ...set, '1')
  const many = Array.from({ length: 65 }, () => account)
  await fails('USAGE', 'quotas', 'assign', '1', ...many, ...keyed)
  await fails('USAGE', 'quotas', 'show', '0x12')
  await fails('USAGE', 'identities', 'show', account)
  for (const args of [
    ['quotas', 'set', '65536', ...set.slice(3), 'unlimited'],
    ['quotas', 'admit', account, 'perhaps', ...keyed],
    ['identities', 'close', account, '--reason', '1', ...keyed],
    ['identities', 'attest', 'neighbour', '--id', account, ...keyed],
  ])
    assert.is((await runMain(...args)).status, 2, args.join(' '))
})

test.after(() => rmSync(dir, { recursive: true, force: true }))
test.run()
