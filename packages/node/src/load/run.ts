/**
 * Runs a workload from network to verdict: a network of its own (or one that runs already), the
 * profile, the summary. The caller turns `check.ok` into the exit code.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { hexToBytes, isHex, type Signer, VecheError } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { openCity } from '../city/city.ts'
import { callRpc } from '../json-rpc.ts'
import { createSigner } from '../keystore.ts'
import { openKeystoreFile } from '../keystore-file.ts'
import { LOAD_IN_FLIGHT_MAX } from '../limits.ts'
import { type Board, createBoard } from './board.ts'
import { readLogs } from './logs.ts'
import type { LoadContext, LoadProfile } from './profile.ts'
import { createRandom, seedToSecretKey } from './random.ts'
import { createSender, type Sender } from './sender.ts'
import { createSummary, type LoadSummary } from './summary.ts'

export interface LoadOptions {
  readonly profile: LoadProfile
  readonly seed: string
  /** of the profile's unit; default: the profile's own, times {@link scale} */
  readonly count?: number
  readonly scale?: number
  /** a network that runs; absent: one is started and stopped again */
  readonly rpcUrl?: string
  /** `keys` directory of that network: `<name>/keystore.json` and `<name>/password` */
  readonly keysDir?: string
  /** data directory of the own network; default: a temporary one, removed at the end */
  readonly dataDir?: string
  readonly validators: number
  /** directory of real files */
  readonly realDir: string
  readonly inFlightMax?: number
  /** see LoadContext; default 1 */
  readonly pace?: number
  readonly signal: AbortSignal
  readonly say: (text: string) => void
}

interface Network {
  readonly rpcUrl: string
  readonly keysDir: string
  readonly own: boolean
  /** rejects when a process of the own network ends by itself */
  readonly failed: Promise<never>
  stop(): Promise<void>
}

async function ownNetwork(options: LoadOptions): Promise<Network> {
  const { validators, say } = options
  const temporary = options.dataDir === undefined
  const made = temporary ? mkdtempSync(join(tmpdir(), 'veche-load-')) : resolve(options.dataDir)
  const dataDir = temporary ? join(made, 'city') : made
  const remove = (): void => {
    if (temporary) rmSync(made, { recursive: true, force: true })
  }
  try {
    const city = await openCity({
      ...{ dataDir, validators, observers: 1, rpcPort: 0, say },
      ...options.profile.network,
    })
    await city.firstFinalBlock()
    const failed = city.failed.then((name): never => {
      throw new VecheError('NODE_FAILED', `process ${name} ended by itself; see its log`)
    })
    failed.catch(() => undefined)
    const stop = async (): Promise<void> => {
      await city.stop()
      remove()
    }
    return { rpcUrl: city.rpcUrl, keysDir: join(dataDir, 'keys'), own: true, failed, stop }
  } catch (error) {
    remove()
    throw error
  }
}

async function openNetwork(options: LoadOptions): Promise<Network> {
  const { rpcUrl, keysDir } = options
  if (rpcUrl === undefined) return ownNetwork(options)
  if (keysDir === undefined)
    throw new VecheError('USAGE', '--keys DIR of the network behind --rpc expected')
  const failed = new Promise<never>(() => undefined)
  return { rpcUrl, keysDir, own: false, failed, stop: async () => undefined }
}

interface ContextParts {
  readonly options: LoadOptions
  readonly network: Network
  readonly chainId: number
  readonly startHeight: number
  readonly sender: Sender
  readonly board: Board
}

function createContext(parts: ContextParts): LoadContext {
  const { options, network, chainId, startHeight, sender, board } = parts
  const { profile, seed, signal, say, scale = 1 } = options
  const { rpcUrl, keysDir } = network
  const opened = new Map<string, Promise<Signer>>()
  const open = (name: string): Promise<Signer> => {
    const folder = join(keysDir, name)
    return openKeystoreFile(join(folder, 'keystore.json'), join(folder, 'password'))
  }
  return {
    ...{ rpcUrl, chainId, seed, startHeight, signal, say },
    wsUrl: rpcUrl.replace(/^http/, 'ws'),
    pace: options.pace ?? 1,
    count: options.count ?? Math.max(1, Math.round(profile.countDefault * scale)),
    random: createRandom(`${seed}/${profile.name}`),
    key(name) {
      const signer = opened.get(name) ?? open(name)
      opened.set(name, signer)
      return signer
    },
    person: (name) => createSigner(seedToSecretKey(seed, name)),
    realFile(name) {
      const path = join(options.realDir, name)
      return existsSync(path) ? path : undefined
    },
    send: (signer, call) => sender.send(signer, call),
    must: (signer, call) => sender.must(signer, call),
    async read(to, data) {
      const answer = await callRpc(rpcUrl, 'eth_call', [{ to, data }, 'latest'])
      if (isHex(answer)) return hexToBytes(answer)
      throw new VecheError('RPC_FAILED', `eth_call: 0x text expected from ${rpcUrl}`)
    },
    async logs(address) {
      const to = Number(await callRpc(rpcUrl, 'eth_blockNumber', []))
      return readLogs(rpcUrl, address, { from: startHeight + 1, to })
    },
    allow: (inFlightMax) => sender.allow(inFlightMax),
    totals: sender.totals,
    progress: (label, total) => board.progress(label, total),
  }
}

async function runOn(network: Network, options: LoadOptions): Promise<LoadSummary> {
  const { profile, seed, signal, say } = options
  const { rpcUrl, own, failed } = network
  const number = async (method: string): Promise<number> =>
    Number(await callRpc(rpcUrl, method, []))
  const chainId = await number('eth_chainId')
  const startHeight = await number('eth_blockNumber')
  const inFlightMax = options.inFlightMax ?? LOAD_IN_FLIGHT_MAX
  const sender = await createSender({ rpcUrl, chainId, signal, inFlightMax })
  const terminal = process.stderr.isTTY === true
  const board = createBoard({ write: say, terminal, nowMs: () => performance.now() })
  const context = createContext({ options, network, chainId, startHeight, sender, board })
  const startMs = performance.now()
  try {
    const outcome = await Promise.race([profile.run(context), failed])
    board.finish()
    const seconds = (performance.now() - startMs) / 1000
    const head = await number('eth_blockNumber')
    const { name, unit } = profile
    const facts = { profile: name, unit, seed, count: context.count }
    const { totals } = sender
    return createSummary({ ...facts, network: { chainId, own, head }, totals, seconds, outcome })
  } finally {
    await sender.close()
  }
}

/**
 * Runs one workload. Throws `USAGE`, `NODE_FAILED`, `RPC_UNREACHABLE`, `LOAD_STOPPED`, and what the
 * profile throws; a failed check is no error but `check.ok` false.
 */
export async function runLoad(options: LoadOptions): Promise<LoadSummary> {
  // senders sign and references hash as fast as a node does
  await installNativeCrypto()
  const network = await openNetwork(options)
  try {
    return await runOn(network, options)
  } finally {
    await network.stop()
  }
}
