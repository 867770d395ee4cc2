/** A network of one validator in this process: real files, store, log, sockets and JSON-RPC. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Signer } from '@veche/primitives'
import { loadConfig, type NodeConfig } from '../../src/config.ts'
import {
  createNetworkFiles,
  type NetworkFiles,
  type NetworkFilesOptions,
} from '../../src/genesis-tool.ts'
import { openKeystoreFile } from '../../src/keystore-file.ts'
import { createLogger } from '../../src/log.ts'
import { openNode, type RunningNode } from '../../src/wire.ts'

export interface OneNode {
  readonly dir: string
  readonly files: NetworkFiles
  readonly config: NodeConfig
  readonly node: RunningNode
  readonly rpcUrl: string
  readonly wsUrl: string
  readonly logged: Record<string, unknown>[]
  /** the key of an issuing department */
  issuer(number: number): Promise<Signer>
  /** opens the same node again after a stop, with other variables of its environment if given */
  reopen(env?: Record<string, string>): Promise<RunningNode>
  close(): Promise<void>
}

/** A logger that keeps its lines. */
export function keepingLogger(logged: Record<string, unknown>[]) {
  return createLogger({
    ...{ level: 'debug', format: 'json', clock: { nowMs: () => Date.now() } },
    write: (line) => void logged.push(JSON.parse(line) as Record<string, unknown>),
  })
}

/** The files of a one-validator network in a new temporary directory. */
export async function createOneNodeFiles(
  more: Pick<NetworkFilesOptions, 'quotas'> = {},
): Promise<{ dir: string; files: NetworkFiles }> {
  const dir = mkdtempSync(join(tmpdir(), 'veche-one-'))
  const files = await createNetworkFiles({
    ...{ validators: 1, observers: 0, issuers: 2, out: join(dir, 'net'), local: true },
    ...{ basePort: 0, ...more },
  })
  return { dir, files }
}

/** The configuration of its only node, with JSON-RPC and metrics on ports the system chooses. */
export function oneNodeConfig(files: NetworkFiles, env: Record<string, string> = {}): NodeConfig {
  const rpc = { VECHE_RPC_ENABLED: 'true', VECHE_RPC_PORT: '0' }
  const on = { ...rpc, VECHE_METRICS_PORT: '0', VECHE_P2P_LISTEN: LISTEN }
  const file = files.validators[0]?.configFile ?? ''
  return loadConfig({ file, env: { ...on, ...env } })
}

const LISTEN = '/ip4/127.0.0.1/tcp/0'

/** Makes the files and opens the node. */
export async function openOneNode(
  more: Pick<NetworkFilesOptions, 'quotas'> = {},
): Promise<OneNode> {
  const { dir, files } = await createOneNodeFiles(more)
  const logged: Record<string, unknown>[] = []
  const config = oneNodeConfig(files)
  const open = (env: Record<string, string> = {}): Promise<RunningNode> =>
    openNode(oneNodeConfig(files, env), keepingLogger(logged))
  let node = await open()
  return {
    ...{ dir, files, config, logged },
    get node() {
      return node
    },
    get rpcUrl() {
      return node.rpcUrl ?? ''
    },
    get wsUrl() {
      return (node.rpcUrl ?? '').replace(/^http/, 'ws')
    },
    issuer(number) {
      const folder = join(files.out, 'keys', `issuer-${number}`)
      return openKeystoreFile(join(folder, 'keystore.json'), join(folder, 'password'))
    },
    async reopen(env) {
      node = await open(env)
      return node
    },
    async close() {
      await node.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
