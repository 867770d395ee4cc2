/**
 * Export and import with the real command: a network under load, its chain written, read into an
 * empty directory, equal in every byte; what is altered or in use is refused.
 */
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertEqualChains } from '../support/compare.ts'
import { type OpenDrill, openDrill } from '../support/drill.ts'
import { startLoad } from '../support/load.ts'
import { tell, until } from '../support/until.ts'
import { runVeche } from '../support/veche.ts'

const TIMEOUT_MS = 90_000
const LOAD = 300
/** a few blocks of the load, as LevelDB logs them */
const GROWN_BYTES = 50_000
const VECHE = join(import.meta.dirname, '..', '..', 'bin', 'veche.js')
let drill: OpenDrill
let exported: Buffer
const at = (...parts: readonly string[]): string => join(drill.dir, ...parts)

test.before(async () => {
  drill = await openDrill()
  await drill.startAll()
  const load = await startLoad(drill)
  await load.progress(LOAD, TIMEOUT_MS)
  await load.finish(TIMEOUT_MS)
  await assertEqualChains(drill)
})

test.after(() => drill.close())

interface Ended {
  readonly head: number
  readonly hash: string
  readonly imported: number
  readonly known: number
  readonly transactions: number
  readonly seconds: number
}

const chainOf = (dir: string): readonly string[] => [
  ...['--data-dir', at(dir), '--genesis-file', at('genesis.json')],
]

async function importInto(dir: string, ...files: readonly string[]): Promise<Ended> {
  const { code, stdout, stderr } = await runVeche(['import', ...files, ...chainOf(dir), '--json'])
  assert.is(code, 0, stderr)
  return JSON.parse(stdout) as Ended
}

async function fails(expected: string, args: readonly string[]): Promise<string> {
  const { code, stderr } = await runVeche(args)
  assert.is(code, 1)
  assert.match(stderr, `[${expected}]`)
  return stderr
}

test('a running node keeps its directory to itself', async () => {
  const config = at('observer-1', 'config.json')
  await fails('DATA_DIR_LOCKED', ['export', at('x.rlp'), '--config', config])
  await fails('DATA_DIR_LOCKED', ['import', at('x.rlp'), '--config', config])
  assert.not.ok(existsSync(at('x.rlp')))
})

test('a stopped node gives its whole chain, plain and gzipped', async () => {
  await drill.stop('observer-1')
  const config = at('observer-1', 'config.json')
  const ran = await runVeche(['export', at('chain.rlp'), '--config', config, '--json'])
  assert.is(ran.code, 0, ran.stderr)
  exported = readFileSync(at('chain.rlp'))
  const { blocks, bytes } = JSON.parse(ran.stdout) as { blocks: number; bytes: number }
  assert.is(bytes, exported.length)
  tell(`exported ${blocks} blocks, ${bytes} bytes`)
  const piped = await runVeche(['export', at('chain.rlp.gz'), '--config', config])
  assert.is(piped.code, 0, piped.stderr)
  assert.ok(readFileSync(at('chain.rlp.gz')).length < exported.length)
})

test('an empty directory takes it to the same head, and gives it back byte for byte', async () => {
  const head = await drill.head('validator-1')
  const started = performance.now()
  const ended = await importInto('copy', at('chain.rlp.gz'))
  tell(
    `imported ${ended.imported} blocks with ${ended.transactions} transactions in ${ended.seconds} s` +
      ` (${(ended.imported / ended.seconds).toFixed(0)} blocks/s), whole command ` +
      `${((performance.now() - started) / 1000).toFixed(1)} s`,
  )
  assert.ok(ended.transactions >= LOAD)
  assert.ok(ended.head <= head)
  const block = (await drill.rpc('validator-1', 'eth_getBlockByNumber', [
    `0x${ended.head.toString(16)}`,
    false,
  ])) as { hash: string }
  assert.is(ended.hash, block.hash)
  const again = await runVeche(['export', at('again.rlp'), ...chainOf('copy')])
  assert.is(again.code, 0, again.stderr)
  assert.ok(exported.equals(readFileSync(at('again.rlp'))))
})

test('an imported directory serves equal receipts, and follows the network', async () => {
  const config = JSON.parse(readFileSync(at('observer-1', 'config.json'), 'utf8')) as object
  mkdirSync(at('reader'))
  await importInto('reader/data', at('chain.rlp'))
  writeFileSync(
    at('observer-1', 'config.json'),
    JSON.stringify({ ...config, dataDir: at('reader/data') }),
  )
  await drill.start('observer-1')
  const chain = await assertEqualChains(drill)
  for (const { number } of chain) {
    const params = [`0x${number.toString(16)}`]
    const [mine, theirs] = await Promise.all(
      ['observer-1', 'validator-1'].map((name) => drill.rpc(name, 'eth_getBlockReceipts', params)),
    )
    assert.equal(mine, theirs, `receipts of block ${number}`)
  }
  await drill.stop('observer-1')
})

test('a flipped byte is refused with its block, nothing before it is lost, the rest follows', async () => {
  const flipped = Buffer.from(exported)
  const place = Math.floor(flipped.length / 2)
  flipped[place] = (flipped[place] as number) ^ 0x10
  writeFileSync(at('flipped.rlp'), flipped)
  const { code, stderr } = await runVeche(['import', at('flipped.rlp'), ...chainOf('torn')])
  assert.is(code, 1)
  tell(stderr.trim().replaceAll(drill.dir, ''))
  const said = /block (\d+) at byte (\d+)|byte (\d+), after block (\d+)/.exec(stderr)
  assert.ok(said, stderr)
  const last = said?.[1] === undefined ? Number(said?.[4]) : Number(said[1]) - 1
  assert.ok(Number(said?.[2] ?? said?.[3]) <= place)
  const shown = await runVeche(['export', at('torn.rlp'), ...chainOf('torn'), '--json'])
  assert.is((JSON.parse(shown.stdout) as { to: number }).to, last)
  const ended = await importInto('torn', at('chain.rlp'))
  assert.is(ended.known, last + 1)
  assert.is(ended.imported, ended.head - last)
})

test('parts in their order make the whole; another genesis and junk are refused', async () => {
  const source = chainOf('copy')
  for (const [name, ...range] of [
    ['a.rlp', '--to', '9'],
    ['b.rlp', '--from', '10'],
  ] as const)
    assert.is((await runVeche(['export', at(name), ...range, ...source])).code, 0)
  const ended = await importInto('parts', at('a.rlp'), at('b.rlp'))
  assert.is(ended.imported, ended.head)
  const gap = await fails('PARENT_NOT_HEAD', ['import', at('b.rlp'), ...chainOf('gap')])
  assert.match(gap, 'block 10 at byte 0: block 1 expected')
  const { code, stdout } = await runVeche(['export', '-', '--to', '3', ...source])
  assert.is(code, 0)
  assert.ok(stdout.length > 1_000)
  await fails('FILE_EXISTS', ['export', at('a.rlp'), ...source])
  await fails('RANGE_INVALID', ['export', at('c.rlp'), '--to', '1000000', ...source])
  await fails('CHAIN_ABSENT', ['export', at('c.rlp'), ...chainOf('nowhere')])
  writeFileSync(at('junk.rlp'), 'not a chain')
  await fails('CHAIN_FILE_MALFORMED', ['import', at('junk.rlp'), ...chainOf('copy')])
})

/** bytes of a directory's files; 0 when it is not there */
function bytesIn(dir: string): number {
  if (!existsSync(dir)) return 0
  return readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0)
}

/**
 * An import that got the first half of the chain and waits for more, with some of it on the disk:
 * whatever the machine's speed, it is in the middle.
 */
async function startHalf(dir: string) {
  const args = [VECHE, 'import', '-', ...chainOf(dir), '--json']
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  // it may be gone before it has read everything
  child.stdin.on('error', () => undefined)
  const ended = new Promise<string>((resolve) => {
    child.once('close', () => resolve(stdout))
  })
  child.stdin.write(exported.subarray(0, exported.length / 2))
  // the genesis state alone is larger than all blocks: it is on the disk before the first of them
  await until('its first block', async () => stderr.includes('from block'), TIMEOUT_MS)
  const begun = bytesIn(at(dir, 'chain'))
  const grown = async (): Promise<boolean> => bytesIn(at(dir, 'chain')) > begun + GROWN_BYTES
  await until('blocks on the disk', grown, TIMEOUT_MS)
  return { child, ended }
}

test('an import that is killed in the middle goes on from whole blocks', async () => {
  const { child, ended: gone } = await startHalf('killed')
  child.kill('SIGKILL')
  await gone
  const ended = await importInto('killed', at('chain.rlp'))
  tell(`killed after ${ended.known - 1} of ${ended.head} blocks`)
  assert.ok(ended.imported > 0, 'it was killed before the end')
  const again = await runVeche(['export', at('killed.rlp'), ...chainOf('killed')])
  assert.is(again.code, 0, again.stderr)
  assert.ok(exported.equals(readFileSync(at('killed.rlp'))))
})

test('an import that is asked to stop ends after a block, and goes on', async () => {
  const { child, ended: gone } = await startHalf('asked')
  child.kill('SIGTERM')
  child.stdin.end(exported.subarray(exported.length / 2))
  const stopped = JSON.parse(await gone) as Ended & { stopped: boolean }
  assert.ok(stopped.stopped && stopped.head > 0)
  const ended = await importInto('asked', at('chain.rlp'))
  assert.is(ended.known, stopped.head + 1)
  assert.ok(ended.imported > 0)
})

test('one command feeds the other through a pipe, and a reader that leaves is told', async () => {
  const veche = `'${process.execPath}' '${VECHE}'`
  const from = `${veche} export - --gzip ${chainOf('copy').join(' ')}`
  const into = `${veche} import - ${chainOf('piped').join(' ')} --json`
  const { stdout } = await promisify(execFile)('sh', ['-c', `${from} | ${into}`])
  const { head, imported } = JSON.parse(stdout) as Ended
  assert.is(imported, head)
  const left = await promisify(execFile)('sh', ['-c', `${from} | head -c 100 | wc -c`])
  assert.match(left.stdout, '100')
})

test.run()
