/** `veche node --config FILE`: one node in the foreground, until SIGINT or SIGTERM. */

import { flushCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { VecheError } from '@veche/primitives'
import { Command } from 'commander'
import type { ReadyMessage } from '../city/processes.ts'
import { loadConfig, type NodeConfig } from '../config.ts'
import { addConfigOptions } from '../config-docs.ts'
import { createLogger, errorFacts } from '../log.ts'
import type { RunningNode } from '../wire.ts'

/**
 * percent that V8's heap may grow by before all of it is collected. Left to itself V8 takes up to
 * 300 when much is allocated, and buffers of a flood that has long been read wait in it (ADR 0189)
 */
const HEAP_GROWTH_PERCENT = 40

export function nodeCommand(): Command {
  const command = new Command('node')
    .description('run one validator or observer')
    .option('--config <file>', 'configuration file (see docs/config.schema.json)')
  return addConfigOptions(command).action(async (flags: Record<string, unknown>) => {
    setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`)
    const { config: file, ...rest } = flags
    const config = loadConfig({
      ...(typeof file === 'string' ? { file } : {}),
      env: process.env,
      flags: rest,
    })
    await runNode(config)
  })
}

const tellParent = (message: ReadyMessage): void => {
  if (process.send !== undefined && process.connected) process.send(message)
}

/** Runs until a signal, the parent's end or a fatal failure; exit code 1 for the last. */
async function runNode(config: NodeConfig): Promise<void> {
  const logger = createLogger({
    ...config.log,
    write: (line) => void process.stdout.write(line),
    clock: { nowMs: () => Date.now() },
    facts: { node: config.name },
  })
  let node: RunningNode
  try {
    // what a wrong configuration need not wait for
    const { openNode } = await import('../wire.ts')
    node = await openNode(config, logger)
  } catch (error) {
    const code = error instanceof VecheError ? error.code : 'BUG'
    tellParent({
      kind: 'failed',
      code,
      message: error instanceof Error ? error.message : `${error}`,
    })
    if (process.connected) process.disconnect()
    throw error
  }
  const { rpcUrl, addresses } = node
  tellParent({ kind: 'ready', addresses, ...(rpcUrl === undefined ? {} : { rpcUrl }) })
  // a node may never end in order: what it compiled is kept now, for the next start (once after an
  // installation this takes 0.7 s, later nothing)
  flushCompileCache()
  const reason = await Promise.race([
    new Promise<string>((resolve) => {
      process.once('SIGINT', () => resolve('SIGINT'))
      process.once('SIGTERM', () => resolve('SIGTERM'))
      process.once('disconnect', () => resolve('parent gone'))
    }),
    node.failed.then((cause) => {
      logger.error('fatal: stopping', errorFacts(cause))
      process.exitCode = 1
      return 'fatal'
    }),
  ])
  logger.info('stopping', { reason })
  await node.stop()
  if (process.connected) process.disconnect()
  logger.info('stopped')
  // what a library leaves open (a timer, a socket in close-wait) must not hold the process
  process.exit()
}
