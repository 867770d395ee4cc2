/**
 * The processes and addresses of one city: `<data-dir>/genesis.json` and one directory a node, made
 * on the first run. Opening starts every process; `stop` ends them, observers first.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { VecheError } from '@veche/primitives'
import { createNetworkFiles } from '../genesis-tool.ts'
import { callRpc } from '../json-rpc.ts'
import { type CityFiles, readCityFiles } from './files.ts'
import { type NodeProcess, startNodeProcess } from './processes.ts'

export interface OpenCityOptions {
  /** absolute */
  readonly dataDir: string
  readonly validators: number
  readonly observers: number
  readonly rpcPort: number
  readonly say: (text: string) => void
  /** length of a year of service points in a new network; default the city's calendar */
  readonly pointsYearSeconds?: number
}

export interface City {
  readonly dataDir: string
  readonly files: CityFiles
  readonly rpcUrl: string
  readonly wsUrl: string
  readonly processes: readonly NodeProcess[]
  /** resolves with the name of the first process that ends without being asked */
  readonly failed: Promise<string>
  head(): Promise<{ readonly number: number; readonly hash: string }>
  /** resolves when a block after genesis is final, or the chain already has one */
  firstFinalBlock(): Promise<{ readonly number: number; readonly hash: string }>
  logFile(name: string): string
  stop(): Promise<void>
}

const HEAD_POLL_MS = 50

async function prepareFiles(options: OpenCityOptions): Promise<CityFiles> {
  const { dataDir, validators, observers, say, pointsYearSeconds } = options
  if (!existsSync(join(dataDir, 'genesis.json'))) {
    mkdirSync(dataDir, { recursive: true })
    say(`making keys and genesis for ${validators} validators in ${dataDir}\n`)
    const points = pointsYearSeconds === undefined ? {} : { pointsYearSeconds }
    await createNetworkFiles({ validators, observers, out: dataDir, local: true, ...points })
  }
  const files = await readCityFiles(dataDir)
  if (files.validators.length !== validators)
    throw new VecheError(
      'CITY_MISMATCH',
      `${files.validators.length} validators are in ${dataDir}, --validators ${validators} was asked; use another --data-dir or that number`,
    )
  return files
}

export async function openCity(options: OpenCityOptions): Promise<City> {
  const { dataDir, say } = options
  const files = await prepareFiles(options)
  const processes: NodeProcess[] = []
  let stopping = false
  let reportFailed: (name: string) => void = () => undefined
  const failed = new Promise<string>((resolve) => {
    reportFailed = resolve
  })
  const logFile = (name: string): string => join(dataDir, name, 'node.log')

  const start = async (name: string, env: Record<string, string>): Promise<string | undefined> => {
    const configFile = join(dataDir, name, 'config.json')
    const started = await startNodeProcess({ name, configFile, logFile: logFile(name), env })
    processes.push(started.process)
    void started.process.exited.then(() => {
      if (!stopping) reportFailed(name)
    })
    return started.ready.rpcUrl
  }

  const stop = async (): Promise<void> => {
    stopping = true
    // observers first: they have nothing to finish, and validators then see them leave in order
    await Promise.all([...processes].reverse().map((process) => process.stop()))
  }

  try {
    await Promise.all(files.validators.map((name) => start(name, {})))
    const urls = await Promise.all(
      files.observers
        .slice(0, Math.max(1, options.observers))
        .map((name, index) =>
          start(name, index === 0 ? { VECHE_RPC_PORT: String(options.rpcPort) } : {}),
        ),
    )
    const rpcUrl = urls[0]
    if (rpcUrl === undefined)
      throw new VecheError(
        'CITY_WITHOUT_RPC',
        `the first observer of ${dataDir} serves no JSON-RPC`,
      )
    say(`started ${processes.length} processes: ${processes.map((p) => p.name).join(', ')}\n`)
    return createCity({ dataDir, files, rpcUrl, processes, failed, logFile, stop })
  } catch (error) {
    await stop()
    throw error
  }
}

type CityParts = Omit<City, 'wsUrl' | 'head' | 'firstFinalBlock'>

function createCity(parts: CityParts): City {
  const head = async (): Promise<{ number: number; hash: string }> => {
    const block = (await callRpc(parts.rpcUrl, 'eth_getBlockByNumber', ['latest', false])) as {
      number: string
      hash: string
    }
    return { number: Number(block.number), hash: block.hash }
  }
  return {
    ...parts,
    wsUrl: parts.rpcUrl.replace(/^http/, 'ws'),
    head,
    async firstFinalBlock() {
      for (;;) {
        const found = await head()
        if (found.number > 0) return found
        await new Promise((resolve) => setTimeout(resolve, HEAD_POLL_MS))
      }
    },
  }
}
