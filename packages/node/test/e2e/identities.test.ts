/**
 * An identity on a network of four: registered under a P-256 key, lost, asked for by somebody else,
 * objected to, re-bound by all three evidences after a day of notice. Every node is stopped and
 * started with its clock a day later; the contract's 24 hours are the city's own (ADR 0157).
 */
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hash, Hex } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Drill, withDrill } from '../support/drill.ts'
import { createHands, type Hands } from '../support/hands.ts'
import { tell } from '../support/until.ts'

const LATER = join(import.meta.dirname, '..', 'support', 'later.ts')
const DAY_MS = 86_400_000
const OFFICE = 'registrar'
/** the electronic identity's attester in a local city */
const EID = 'department'
const RECOVERY = 'issuer-2'
const NEXT = 'issuer-3'
const STRANGER = 'issuer-6'

interface Person {
  readonly hands: Hands
  readonly idC: Hash
  /** the present key */
  readonly pemFile: string
  /** `--key … --recovery …` of the change that is asked for */
  readonly change: readonly string[]
}

interface Shown {
  readonly status: string
  readonly epoch: number
  readonly version: number
  readonly rebindings: readonly { evidence: string[]; objected: boolean; noticeEndsAt: number }[]
}

const show = ({ hands, idC }: Person): Promise<Shown> =>
  hands.look<Shown>('identities', 'show', idC)

/** Drafts a message and has it signed; gives the file. */
async function letter(
  { hands, idC, change }: Person,
  kind: string,
  ...signers: readonly (readonly string[])[]
): Promise<string> {
  let file = hands.fresh()
  const keys = kind === 'suspension' ? [] : change
  const draft = ['identities', 'draft', '--kind', kind, '--id', idC, ...keys, '--hours', '48']
  await hands.look(...draft, '--out', file)
  for (const signer of signers) {
    const out = hands.fresh()
    await hands.offline('identities', 'sign', '--in', file, '--out', out, ...signer, '--yes')
    file = out
  }
  return file
}

const submit = (file: string): string[] => ['identities', 'submit', '--in', file]

async function register(drill: Drill): Promise<Person> {
  const hands = createHands(drill, 'validator-1')
  const pemFile = join(drill.dir, 'pem')
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeFileSync(pemFile, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const opening = hands.fresh()
  const made = ['identities', 'commit', '--person', 'passport 4510 000017', '--out', opening]
  const { idC } = await hands.offline<{ idC: Hash }>(...made)
  const key = ['identities', 'key', '--pem', pemFile]
  const { signer } = await hands.offline<{ signer: Hex }>(...key)
  const recovery = await hands.address(RECOVERY)
  const person = { hands, idC, pemFile, change: ['--key', signer, '--recovery', recovery] }
  const unsigned = await letter(person, 'registration')
  await hands.refused(/SIGNATURE_MISSING/, OFFICE, ...submit(unsigned))
  const signed = await letter(person, 'registration', ['--pem', pemFile])
  await hands.refused(/AccessManagedUnauthorized/, STRANGER, ...submit(signed))
  await hands.does(OFFICE, ...submit(signed))
  await hands.refused(/IdentityRegistryExists/, OFFICE, ...submit(signed))
  const { status, epoch } = await show(person)
  assert.equal([status, epoch], ['active', 1])
  const change = ['--key', await hands.address(NEXT), '--recovery', recovery]
  return { ...person, change }
}

/** An office and the electronic identity say that the key is lost; the key says that it is not. */
async function objects(person: Person): Promise<void> {
  const { hands, idC, change, pemFile } = person
  const word = (evidence: string): string[] => [
    ...['identities', 'attest', evidence, '--id', idC, ...change],
  ]
  await hands.refused(/AccessManagedUnauthorized/, STRANGER, ...word('office'))
  await hands.refused(/AccessManagedUnauthorized/, OFFICE, ...word('eid'))
  await hands.does(OFFICE, ...word('office'))
  await hands.refused(/IdentityRegistryEvidenceGiven/, OFFICE, ...word('office'))
  const early = await letter(person, 'acceptance', hands.keyOf(NEXT))
  await hands.refused(/IdentityRegistryEvidenceMissing/, STRANGER, ...submit(early))
  await hands.does(EID, ...word('eid'))
  await hands.refused(/IdentityRegistryNoticeRunning/, STRANGER, ...submit(early))
  const byThief = await letter(person, 'objection', hands.keyOf(NEXT))
  await hands.refused(/SIGNATURE_MISSING/, STRANGER, ...submit(byThief))
  await hands.does(STRANGER, ...submit(await letter(person, 'objection', ['--pem', pemFile])))
  const [request] = (await show(person)).rebindings
  assert.equal([request?.evidence, request?.objected], [['office', 'eid'], true])
}

const now = Date.now

/** The whole network, and this test, wake up a day and an hour later. */
async function sleep(drill: Drill): Promise<void> {
  await Promise.all(drill.running().map((name) => drill.stop(name)))
  const laterMs = DAY_MS + 3_600_000
  Date.now = () => now() + laterMs
  const later = { NODE_OPTIONS: `--import=${LATER}`, LATER_MS_OF_TEST: `${laterMs}` }
  await Promise.all(drill.names.map((name) => drill.start(name, later)))
}

/** Every node has the same state at the lowest head of all. */
async function agree(drill: Drill): Promise<void> {
  const heads = await Promise.all(drill.names.map((name) => drill.head(name)))
  const height = `0x${Math.min(...heads).toString(16)}`
  const roots = new Set<string>()
  for (const name of drill.names) {
    const block = await drill.rpc(name, 'eth_getBlockByNumber', [height, false])
    roots.add((block as { stateRoot: string }).stateRoot)
  }
  assert.is(roots.size, 1)
}

test('a lost key is re-bound after its notice; an objection stops it until all three speak', () =>
  withDrill({ observers: 0 }, async (drill) => {
    try {
      await drill.startAll()
      const person = await register(drill)
      const { hands, pemFile } = person
      await objects(person)
      const accepts = submit(await letter(person, 'acceptance', hands.keyOf(NEXT)))
      await hands.refused(/IdentityRegistryObjected/, STRANGER, ...accepts)
      const third = await letter(person, 'recovery', hands.keyOf(RECOVERY))
      await hands.does(STRANGER, ...submit(third))
      await hands.refused(/IdentityRegistryNoticeRunning/, STRANGER, ...accepts)
      tell('three evidences, one objection')
      await sleep(drill)
      await hands.does(STRANGER, ...accepts)
      const after = await show(person)
      assert.equal([after.status, after.epoch, after.rebindings], ['active', 2, []])
      const old = await letter(person, 'suspension', ['--pem', pemFile])
      await hands.refused(/SIGNATURE_MISSING/, STRANGER, ...submit(old))
      const mine = await letter(person, 'suspension', hands.keyOf(NEXT))
      await hands.does(STRANGER, ...submit(mine))
      assert.is((await show(person)).status, 'suspended')
      const story = await hands.look<{ complete: boolean }>('identities', 'history', person.idC)
      assert.ok(story.complete)
      const audit = await hands.look<{ differences: string[] }>('identities', 'audit')
      assert.equal(audit.differences, [])
      await agree(drill)
    } finally {
      Date.now = now
    }
  }))

test.run()
