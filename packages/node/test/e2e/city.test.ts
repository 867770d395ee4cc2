/**
 * `veche city` as `npm start` runs it, on a CSV file with two malformed rows: summary, resumption,
 * documents shown and verified, a forged and a revoked one, and Ctrl-C.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DOCUMENT_REGISTRY_ADDRESS,
  decodeDocumentText,
  documentBatchProof,
  documentCommitment,
  documentRegistry,
} from '@veche/contracts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { CitySummary } from '../../src/city/run.ts'
import { openKeystoreFile } from '../../src/keystore-file.ts'
import { isAlive } from '../support/process-load.ts'
import { transactSucceeds } from '../support/transact.ts'
import { tell, until } from '../support/until.ts'
import { runVeche, startVeche } from '../support/veche.ts'

const ROWS = 305
const LIMIT = 300
const MALFORMED_LINES = [12, 57]
const TIMEOUT_MS = 90_000
let root: string
let csv: string
let city: readonly string[]

test.before(() => {
  root = mkdtempSync(join(tmpdir(), 'veche-city-'))
  csv = join(root, 'sales.csv')
  const lines = ['number,district,price']
  for (let i = 1; i <= ROWS; i++) lines.push(`77:01:${i},"District, ${i % 12}",${1_000_000 + i}`)
  for (const line of MALFORMED_LINES) lines[line - 1] = `77:02:${line},one field too many,1,2,3`
  writeFileSync(csv, `${lines.join('\n')}\n`)
  city = [
    'city',
    ...['--data-dir', join(root, 'data'), '--rpc-port', '0'],
    ...['--documents', csv, '--limit', String(LIMIT)],
  ]
})

test.after(() => rmSync(root, { recursive: true, force: true }))

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? ''

/** process ids of the nodes of this city, as the system shows them */
function nodePids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(join(root, 'data'))
      } catch (error) {
        // it ended while we looked
        return (error as NodeJS.ErrnoException).code === undefined
      }
    })
    .filter((pid) => pid !== process.pid && isAlive(pid))
}

let first: CitySummary

test('a first start issues every good row and closes with one JSON line', async () => {
  const { code, stdout, stderr } = await runVeche([...city, '--exit-after-load', '--json'])
  assert.is(code, 0, stderr)
  first = JSON.parse(lastLine(stdout)) as CitySummary
  const { head, finalityMs, rpcUrl, ...counts } = first
  assert.is(counts.documents, LIMIT)
  assert.is(counts.batches, 1)
  assert.is(counts.skippedRows, 2)
  assert.is(counts.transactions, 1 + LIMIT / 100)
  assert.ok(counts.blocks >= 1 && counts.seconds > 0 && counts.transactionsPerSecond > 0)
  assert.ok(finalityMs.p50 > 0 && finalityMs.p99 >= finalityMs.p50)
  assert.ok(head.number >= 1)
  assert.match(head.hash, /^0x[0-9a-f]{64}$/)
  assert.match(rpcUrl, /^http:\/\/127\.0\.0\.1:\d+$/)
  for (const line of MALFORMED_LINES)
    assert.match(stderr, new RegExp(`sales\\.csv:${line}: row skipped`))
  assert.equal(nodePids(), [])
  tell(`first start: ${lastLine(stdout)}`)
})

test('a second start resumes from disk, issues nothing twice, and Ctrl-C ends every process', async () => {
  const running = startVeche([...city, '--json'])
  try {
    await until(
      'the summary of the second start',
      async () => running.stdout().trimEnd().endsWith('}'),
      TIMEOUT_MS,
    )
    const second = JSON.parse(lastLine(running.stdout())) as CitySummary
    assert.is(second.documents, LIMIT)
    assert.is(second.batches, 1)
    assert.is(second.transactions, 0)
    assert.ok(second.head.number >= first.head.number)
    assert.is(nodePids().length, 6, 'five nodes and the city itself name its directory')
    await verifyDocuments(second.rpcUrl)
  } finally {
    running.child.kill('SIGINT')
  }
  const { code } = await running.finished
  assert.is(code, 0)
  assert.equal(nodePids(), [])
  tell('second start: nothing issued twice; SIGINT leaves no process')
})

async function verifyDocuments(rpcUrl: string): Promise<void> {
  const genesis = join(root, 'data', 'genesis.json')
  const verify = async (file: string) => {
    const args = ['documents', 'verify', '--document', file, '--rpc', rpcUrl]
    const { code, stdout, stderr } = await runVeche([...args, '--genesis', genesis])
    return { code, text: `${stdout}${stderr}`.trim() }
  }
  const show = async (number: number): Promise<string> => {
    const file = join(root, `document-${number}.json`)
    const args = ['documents', 'show', '--data-dir', join(root, 'data')]
    const shown = await runVeche([...args, '--number', String(number), '--out', file])
    assert.is(shown.code, 0, shown.stderr)
    return file
  }
  const file = await show(7)
  const valid = await verify(file)
  assert.match(valid.text, /^VALID/, valid.text)
  assert.is(valid.code, 0)

  const forged = join(root, 'forged.json')
  const text = readFileSync(file, 'utf8')
  const price = /"price": "(\d+)"/.exec(text)?.[1]
  assert.ok(price)
  writeFileSync(forged, text.replace(`"${price}"`, `"${Number(price) + 1}"`))
  const notProven = await verify(forged)
  assert.match(notProven.text, /^NOT PROVEN/, notProven.text)
  assert.is(notProven.code, 4)

  const admin = join(root, 'data', 'keys', 'admin')
  const signer = await openKeystoreFile(join(admin, 'keystore.json'), join(admin, 'password'))
  const decoded = decodeDocumentText(readFileSync(await show(8), 'utf8'))
  if (!decoded.ok) throw new SyntaxError(decoded.reason)
  const document = decoded.value
  const commitment = documentCommitment(document)
  await transactSucceeds(rpcUrl, signer, {
    to: DOCUMENT_REGISTRY_ADDRESS,
    data: documentRegistry.revoke({
      commitment,
      schemaId: document.schema,
      reason: 1,
      proof: documentBatchProof(document, commitment),
    }),
  })
  const revoked = await verify(join(root, 'document-8.json'))
  assert.match(revoked.text, /^REVOKED/, revoked.text)
  assert.is(revoked.code, 3)
  tell(
    `${valid.text.split(':')[0]}, ${notProven.text.split(':')[0]}, ${revoked.text.split(':')[0]}`,
  )
}

test.run()
