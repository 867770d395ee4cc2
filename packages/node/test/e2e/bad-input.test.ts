/**
 * Hostile and broken input at a running node, and every way in which a start must be refused: one
 * line with a code of ours, exit code 1, and nothing lost once the cause is gone.
 */
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type OpenDrill, openDrill } from '../support/drill.ts'
import { createStrangers, hostileOpenings } from '../support/hostile.ts'
import { residentMiB } from '../support/process-load.ts'
import { tell, until } from '../support/until.ts'
import { runVeche } from '../support/veche.ts'

const VALIDATOR = 'validator-1'
const OBSERVER = 'observer-1'
const STRANGERS_EACH = 20
const LIBFAKETIME = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`
const TIMEOUT_MS = 60_000

type Environment = Readonly<Record<string, string>>
interface Config {
  readonly p2p: { readonly listen: readonly string[] }
}

let drill: OpenDrill

test.before(async () => {
  // a block every second shows that the node lives
  drill = await openDrill({ validators: 1, observers: 1, emptyBlockIntervalSeconds: 1 })
  await drill.startAll()
  await drill.reaches(OBSERVER, 2)
})

test.after(() => drill.close())

const folder = (...names: readonly string[]): string => join(drill.dir, ...names)
const configOf = (name: string): Config =>
  JSON.parse(readFileSync(folder(name, 'config.json'), 'utf8')) as Config

async function goesOn(): Promise<void> {
  const head = await drill.head(VALIDATOR)
  await drill.reaches(VALIDATOR, head + 2)
  await drill.reaches(OBSERVER, head + 2)
}

/** Runs `veche node` with a cause to refuse; it must say so in one line with this code. */
async function refuses(code: string, name: string, env: Environment = {}): Promise<void> {
  const config = folder(name, 'config.json')
  const { code: exit, stderr } = await runVeche(['node', '--config', config], env)
  const lines = stderr.trim().split('\n')
  assert.is(lines.length, 1, `one line expected, got:\n${stderr}`)
  assert.match(lines[0] ?? '', new RegExp(`^veche: .+ \\[${code}\\]$`))
  assert.is(exit, 1)
  tell(lines[0] ?? '')
}

/** Starts it as it should be; every block it had is still there. */
async function startsAgain(name: string, before: Kept): Promise<void> {
  await drill.start(name)
  assert.ok((await drill.head(name)) >= before.number, 'no block is lost')
  assert.equal(await blockAt(name, before.number), before.hash)
}

interface Kept {
  readonly number: number
  readonly hash: string
}

async function blockAt(name: string, number: number): Promise<string> {
  const params = [`0x${number.toString(16)}`, false]
  return ((await drill.rpc(name, 'eth_getBlockByNumber', params)) as { hash: string }).hash
}

async function stopAndKeep(name: string): Promise<Kept> {
  const number = await drill.head(name)
  const hash = await blockAt(name, number)
  assert.is(await drill.stop(name), 0)
  return { number, hash }
}

test('strangers at the P2P port disturb nothing', async () => {
  const strangers = createStrangers()
  const ports = [VALIDATOR, OBSERVER].map((name) =>
    Number(/tcp\/(\d+)/.exec(configOf(name).p2p.listen[0] ?? '')?.[1]),
  )
  try {
    for (const chunks of hostileOpenings().values())
      for (let i = 0; i < STRANGERS_EACH; i++)
        for (const port of ports) await strangers.send(port, ...chunks)
    await goesOn()
    const isOne = async () => Number(await drill.rpc(VALIDATOR, 'net_peerCount')) === 1
    await until('the validator has its one peer, and no stranger', isOne, TIMEOUT_MS)
    const memory = [VALIDATOR, OBSERVER].map((name) => residentMiB(drill.pid(name)))
    tell(`${hostileOpenings().size * STRANGERS_EACH * 2} strangers; RSS ${memory.join(', ')} MiB`)
  } finally {
    strangers.closeAll()
  }
  await goesOn()
})

async function post(body: string): Promise<{ status: number; code: number | undefined }> {
  const response = await fetch(drill.url(OBSERVER), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  type Answer = { readonly error?: { readonly code: number } }
  const answers = [(await response.json()) as Answer | Answer[]].flat()
  assert.is(answers.length, 1, 'one answer says what is wrong')
  return { status: response.status, code: answers[0]?.error?.code }
}

test('oversized and malformed JSON-RPC is answered with its code', async () => {
  const call = (params: unknown): string =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getBalance', params })
  const cases: readonly [string, string, number][] = [
    ['no JSON', '{"jsonrpc":', -32700],
    ['a number', '5', -32600],
    ['an empty batch', '[]', -32600],
    ['a batch of 101', `[${Array.from({ length: 101 }, () => call(['0x'])).join(',')}]`, -32600],
    ['brackets without end', '['.repeat(100_000), -32600],
    ['nested too deep', `${'['.repeat(64)}${']'.repeat(64)}`, -32600],
    ['a bad parameter', call(['0x12', 'latest']), -32602],
    ['no parameters', call({}), -32602],
    ['two megabytes', call(['0'.repeat(2 * 1024 * 1024)]), -32600],
  ]
  for (const [name, body, code] of cases) assert.is((await post(body)).code, code, name)
  const socket = new WebSocket(drill.url(OBSERVER).replace('http', 'ws'))
  const closed = new Promise<number>((resolve) => {
    socket.addEventListener('close', ({ code }) => resolve(code))
  })
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  socket.send('x'.repeat(2 * 1024 * 1024))
  const closeCode = await closed
  await goesOn()
  tell(
    `${cases.length} bad requests refused; an oversized WebSocket frame closes with ${closeCode}`,
  )
})

test('a second process on the same data directory is refused', async () => {
  await refuses('DATA_DIR_LOCKED', VALIDATOR, { VECHE_P2P_LISTEN: '/ip4/127.0.0.1/tcp/0' })
  await goesOn()
})

test('a port in use is named, and nothing is lost', async () => {
  const before = await stopAndKeep(OBSERVER)
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', () => resolve()))
  const address = taken.address()
  assert.ok(typeof address === 'object' && address !== null)
  const port = String(address?.port)
  try {
    await refuses('PORT_IN_USE', OBSERVER, { VECHE_RPC_PORT: port })
    const metrics = { VECHE_METRICS_ENABLED: 'true', VECHE_METRICS_PORT: port, VECHE_RPC_PORT: '0' }
    await refuses('PORT_IN_USE', OBSERVER, metrics)
    await refuses('NETWORK_LISTEN_FAILED', OBSERVER, {
      VECHE_P2P_LISTEN: `/ip4/127.0.0.1/tcp/${port}`,
    })
  } finally {
    await new Promise((resolve) => taken.close(resolve))
  }
  await startsAgain(OBSERVER, before)
})

test('a wrong genesis, configuration, keystore or password is refused, and nothing is lost', async () => {
  const before = await stopAndKeep(VALIDATOR)
  const bad = folder('bad.json')
  const genesis = readFileSync(folder('genesis.json'), 'utf8')
  const other = genesis.replace(/"timestamp": ?"?(0x[0-9a-f]+|\d+)"?/, '"timestamp": "0x60000000"')
  assert.is.not(other, genesis)
  writeFileSync(bad, other)
  await refuses('GENESIS_MISMATCH', VALIDATOR, { VECHE_GENESIS_FILE: bad })
  writeFileSync(bad, '{"chainId": ')
  await refuses('GENESIS_UNREADABLE', VALIDATOR, { VECHE_GENESIS_FILE: bad })
  await refuses('KEYSTORE_INVALID', VALIDATOR, { VECHE_KEYSTORE_FILE: bad })
  writeFileSync(bad, 'not the password\n')
  await refuses('KEYSTORE_PASSWORD', VALIDATOR, { VECHE_PASSWORD_FILE: bad })
  await refuses('FILE_UNREADABLE', VALIDATOR, { VECHE_PASSWORD_FILE: folder('absent') })
  await refuses('CONFIG_INVALID', VALIDATOR, { VECHE_RPC_PROT: '1' })
  const config = folder(VALIDATOR, 'config.json')
  const good = readFileSync(config, 'utf8')
  for (const text of [good.slice(0, -20), good.replace('"role"', '"roll"')]) {
    writeFileSync(config, text)
    await refuses('CONFIG_INVALID', VALIDATOR)
  }
  writeFileSync(config, good)
  await startsAgain(VALIDATOR, before)
  await goesOn()
})

/** The largest file of a directory by the ending of its name. */
function largest(directory: string, ending: RegExp): string {
  const files = readdirSync(directory).filter((name) => ending.test(name))
  const paths = files.map((name) => join(directory, name))
  const [first] = paths.sort((a, b) => statSync(b).size - statSync(a).size)
  assert.ok(first, `a file ${ending} in ${directory}`)
  return first as string
}

function flip(file: string): void {
  const bytes = readFileSync(file)
  const at = Math.floor(bytes.length / 2)
  bytes[at] = (bytes[at] as number) ^ 0xff
  writeFileSync(file, bytes)
}

function cut(file: string): void {
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.subarray(0, Math.floor(bytes.length / 2)))
}

test('a damaged database or log is refused, and the copy starts again', async () => {
  const before = await stopAndKeep(VALIDATOR)
  const data = folder(VALIDATOR, 'data')
  const copy = folder('copy')
  cpSync(data, copy, { recursive: true })
  const damages: readonly [string, () => void][] = [
    ['DATABASE_CORRUPT', () => flip(largest(join(data, 'chain'), /\.(ldb|log)$/))],
    ['DATABASE_CORRUPT', () => cut(largest(join(data, 'chain'), /\.(ldb|log)$/))],
    ['DATABASE_CORRUPT', () => rmSync(largest(join(data, 'chain'), /^MANIFEST/))],
    ['LOG_DAMAGED', () => flip(largest(join(data, 'log'), /\.log$/))],
  ]
  for (const [code, damage] of damages) {
    damage()
    await refuses(code, VALIDATOR)
    rmSync(data, { recursive: true })
    cpSync(copy, data, { recursive: true })
  }
  await startsAgain(VALIDATOR, before)
  await goesOn()
})

test('a clock set back is refused by a validator, and nothing is lost', async () => {
  if (!existsSync(LIBFAKETIME)) {
    process.stdout.write('skipped: clock set back: the Debian package faketime is not installed\n')
    return
  }
  const before = await stopAndKeep(VALIDATOR)
  await refuses('CLOCK_BEHIND', VALIDATOR, { LD_PRELOAD: LIBFAKETIME, FAKETIME: '-1h' })
  await startsAgain(VALIDATOR, before)
  await until(
    'blocks after the clock is right',
    async () => {
      return (await drill.head(OBSERVER)) > before.number
    },
    TIMEOUT_MS,
  )
})

test.run()
