/** Evidence on its way to the contract: durable, one for each accused, never somebody else's. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EvidenceMessage, encodeMessage, signContent, type Vote } from '@veche/consensus'
import { createMemoryFileSystem } from '@veche/storage'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isEvidence, openEvidenceStore } from '../src/council/evidence.ts'
import { keepingLogger } from './support/one-node.ts'
import { rejects } from './support/rejects.ts'
import { signerOf, testKey } from './support/world.ts'

const root = mkdtempSync(join(tmpdir(), 'veche-evidence-'))
const CHAIN = 4_242
const logged: Record<string, unknown>[] = []
const logger = keepingLogger(logged)
let folders = 0
const folder = (): string => join(root, `${folders++}`)

async function vote(name: string, value: number, chainId = CHAIN): Promise<Vote> {
  const signer = signerOf(testKey(name))
  const hash = `0x${value.toString(16).padStart(64, '0')}` as const
  const content = { kind: 'prevote', height: 7, round: 1, hash } as const
  const message = await signContent({ kind: 'sign', content }, { chainId, ...signer })
  assert.is(message.kind, 'prevote')
  return message as Vote
}

async function evidenceOf(name: string, chainId = CHAIN): Promise<EvidenceMessage> {
  const [first, second] = [await vote(name, 1, chainId), await vote(name, 2, chainId)]
  return { kind: 'evidence', first, second }
}

test('evidence survives a restart, one for each accused', async () => {
  const path = folder()
  const store = await openEvidenceStore({ path, chainId: CHAIN, logger })
  const first = await evidenceOf('a')
  assert.is(await store.keep(first), true)
  assert.is(await store.keep(await evidenceOf('a')), false)
  assert.is(await store.keep(await evidenceOf('b')), true)
  const again = await openEvidenceStore({ path, chainId: CHAIN, logger })
  assert.is(again.all().size, 2)
  assert.equal(again.all().get(first.first.signer), first)
  assert.is(await again.keep(first), false)
})

test('a file accuses nobody unless both signatures are of this chain and convict', async () => {
  const good = await evidenceOf('a')
  const foreign = await evidenceOf('a', CHAIN + 1)
  assert.is(isEvidence(good, CHAIN), true)
  assert.is(isEvidence(foreign, CHAIN), false)
  assert.is(isEvidence({ ...good, second: good.first }, CHAIN), false)
  const path = folder()
  await openEvidenceStore({ path, chainId: CHAIN, logger })
  const bytes = encodeMessage(good)
  writeFileSync(join(path, '1.evidence'), bytes.subarray(0, 90))
  writeFileSync(join(path, '2.evidence'), encodeMessage(foreign))
  writeFileSync(join(path, '3.evidence'), encodeMessage(good.first as Vote))
  writeFileSync(join(path, '4.evidence'), new Uint8Array(100_000))
  writeFileSync(join(path, '5.evidence.new'), bytes)
  const store = await openEvidenceStore({ path, chainId: CHAIN, logger })
  assert.is(store.all().size, 0)
  assert.is(logged.length, 4)
})

test('a file gets its name when it is whole', async () => {
  const files = createMemoryFileSystem()
  const path = folder()
  const disk = await openEvidenceStore({ path, chainId: CHAIN, logger })
  assert.is(disk.all().size, 0)
  const names: string[] = []
  const watched = {
    ...files,
    rename: async (from: string, to: string) => {
      names.push(from, to)
      await files.rename(from, to)
    },
  }
  const store = await openEvidenceStore({ path, chainId: CHAIN, logger, files: watched })
  const { first } = await evidenceOf('a')
  await store.keep(await evidenceOf('a'))
  const name = `${path}/${first.signer.slice(2)}.evidence`
  assert.equal(names, [`${name}.new`, name])
})

test('a directory that cannot be made is named', async () => {
  const path = join(root, 'file')
  writeFileSync(path, 'not a directory')
  await rejects(() => openEvidenceStore({ path, chainId: CHAIN, logger }), 'EVIDENCE_UNUSABLE')
  assert.ok(readdirSync(root).includes('file'))
})

test.after(() => rmSync(root, { recursive: true }))
test.run()
