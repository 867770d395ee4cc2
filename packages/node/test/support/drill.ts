/**
 * A network of real processes for end-to-end tests: made in a temporary directory, every node with
 * JSON-RPC on loopback (validators too, so that all can be compared), each killed and started
 * alone. `withDrill` ends every process by its pid and removes the directory, whatever the test
 * did.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installNativeCrypto } from '@veche/primitives/native'
import { type NodeProcess, startNodeProcess } from '../../src/city/processes.ts'
import { createNetworkFiles, type NetworkFiles } from '../../src/genesis-tool.ts'
import { callRpc } from '../../src/json-rpc.ts'
import { until } from './until.ts'

/** Where a node runs when not on loopback of this machine. */
export interface Place {
  /** IPv4 address of its own */
  readonly host: string
  /** how a process is started there */
  readonly through: readonly string[]
  /** on this machine's loopback: JSON-RPC is wherever the node says */
  readonly isHere?: boolean
}

export interface DrillOptions {
  readonly validators?: number
  readonly observers?: number
  readonly emptyBlockIntervalSeconds?: number
  /** validators first; JSON-RPC is at port 8545 of each place that is not here */
  readonly places?: readonly Place[]
  readonly preset?: 'city' | 'qbft'
}

export interface Drill {
  readonly dir: string
  readonly files: NetworkFiles
  /** names of all nodes, validators first */
  readonly names: readonly string[]
  /** names of the nodes that run now */
  running(): readonly string[]
  pid(name: string): number
  url(name: string): string
  /** starts one node; resolves when it is ready */
  start(name: string, env?: Readonly<Record<string, string>>): Promise<void>
  startAll(): Promise<void>
  /** SIGKILL; resolves when the process is gone */
  kill(name: string): Promise<void>
  /** SIGTERM; resolves with the exit code */
  stop(name: string): Promise<number>
  /** resolves with the exit code when the process ends by itself, -1 after a signal */
  exited(name: string): Promise<number>
  rpc(name: string, method: string, params?: readonly unknown[]): Promise<unknown>
  head(name: string): Promise<number>
  /** resolves when the node's head is at `height` or above */
  reaches(name: string, height: number, timeoutMs?: number): Promise<void>
  log(name: string): string
}

const REACH_TIMEOUT_MS = 60_000

const RPC_PORT = 8_545
/** where a node that has a place listens for peers */
export const P2P_PORT = 30_303

/** Nodes beside each other listen on the address of their own, not on all. */
function besides(place: Place | undefined): Readonly<Record<string, string>> {
  if (place?.isHere !== true) return {}
  return { VECHE_P2P_LISTEN: `/ip4/${place.host}/tcp/${P2P_PORT}`, VECHE_METRICS_PORT: '0' }
}

function createDrill(
  dir: string,
  files: NetworkFiles,
  places: readonly Place[] | undefined,
): { drill: Drill; close(): Promise<void> } {
  const live = new Map<string, { process: NodeProcess; url: string }>()
  const starting = new Set<Promise<unknown>>()
  const names = [...files.validators, ...files.observers].map(({ name }) => name)
  const entry = (name: string): { process: NodeProcess; url: string } => {
    const found = live.get(name)
    if (found === undefined) throw new TypeError(`${name} does not run`)
    return found
  }
  const start = async (name: string, env: Readonly<Record<string, string>> = {}): Promise<void> => {
    const place = places?.[names.indexOf(name)]
    const isHere = place === undefined || place.isHere === true
    const port = isHere ? 0 : RPC_PORT
    const started = await startNodeProcess({
      name,
      ...(place === undefined ? {} : { through: place.through }),
      configFile: join(dir, name, 'config.json'),
      logFile: join(dir, name, 'node.log'),
      env: { VECHE_RPC_ENABLED: 'true', VECHE_RPC_PORT: `${port}`, ...besides(place), ...env },
    })
    const url = isHere ? started.ready.rpcUrl : `http://${place.host}:${port}`
    const entry = { process: started.process, url: url ?? '' }
    live.set(name, entry)
    void started.process.exited.then(() => live.get(name) === entry && live.delete(name))
  }
  const drill: Drill = {
    dir,
    files,
    names,
    running: () => [...live.keys()],
    pid: (name) => entry(name).process.pid,
    url: (name) => entry(name).url,
    start(name, env) {
      const work = start(name, env)
      starting.add(work)
      const done = (): void => void starting.delete(work)
      work.then(done, done)
      return work
    },
    async startAll() {
      await Promise.all(names.filter((name) => !live.has(name)).map((name) => drill.start(name)))
    },
    async kill(name) {
      const { process } = entry(name)
      process.kill('SIGKILL')
      await process.exited
    },
    stop: (name) => entry(name).process.stop(),
    exited: (name) => entry(name).process.exited,
    rpc: (name, method, params = []) => callRpc(entry(name).url, method, params),
    head: async (name) => Number(await drill.rpc(name, 'eth_blockNumber')),
    reaches: (name, height, timeoutMs = REACH_TIMEOUT_MS) =>
      until(
        `${name} at block ${height}`,
        async () => (await drill.head(name)) >= height,
        timeoutMs,
      ),
    log: (name) => readFileSync(join(dir, name, 'node.log'), 'utf8'),
  }
  const close = async (): Promise<void> => {
    await Promise.allSettled([...starting])
    await Promise.all(names.filter((name) => live.has(name)).map((name) => drill.kill(name)))
  }
  return { drill, close }
}

export interface OpenDrill extends Drill {
  /** kills what runs, removes the files */
  close(): Promise<void>
}

/** Makes the files of a local network in a new temporary directory; starts nothing. */
export async function openDrill(options: DrillOptions = {}): Promise<OpenDrill> {
  // two dozen keys and every transaction of a load are signed here
  await installNativeCrypto()
  const root = mkdtempSync(join(tmpdir(), 'veche-e2e-'))
  const remove = (): void => rmSync(root, { recursive: true, force: true })
  const { validators = 4, observers = 1, places, ...rest } = options
  const there =
    places === undefined ? {} : { hosts: places.map(({ host }) => host), basePort: P2P_PORT }
  const out = join(root, 'city')
  try {
    const members = { validators, observers, ...rest, ...there }
    const files = await createNetworkFiles({ ...members, out, local: true })
    const { drill, close } = createDrill(out, files, places)
    // a test that dies in the middle leaves neither processes nor files
    const onExit = (): void => {
      for (const name of drill.running()) process.kill(drill.pid(name), 'SIGKILL')
      remove()
    }
    process.once('exit', onExit)
    const finish = (): void => {
      process.removeListener('exit', onExit)
      remove()
    }
    return { ...drill, close: () => close().finally(finish) }
  } catch (error) {
    remove()
    throw error
  }
}

/** Opens a drill, hands it over, and cleans up after it; a failure shows the end of every log. */
export async function withDrill(
  options: DrillOptions,
  work: (drill: Drill) => Promise<void>,
): Promise<void> {
  const drill = await openDrill(options)
  try {
    await work(drill)
  } catch (error) {
    for (const name of drill.names) tellTail(drill, name)
    throw error
  } finally {
    await drill.close()
  }
}

/** The last lines of a node's log, for a test that failed. */
function tellTail(drill: Drill, name: string): void {
  try {
    process.stdout.write(`--- ${name}\n${drill.log(name).split('\n').slice(-8).join('\n')}\n`)
  } catch (error) {
    process.stdout.write(`--- ${name}: no log (${String(error)})\n`)
  }
}
