/** What `veche export` and `veche import` share: which chain, and a progress line now and then. */
import type { Command } from 'commander'
import { loadConfig, type NodeConfig } from '../config.ts'
import { PROGRESS_INTERVAL_MS } from '../limits.ts'
import { createLogger, type Logger } from '../log.ts'

export interface ChainFlags {
  readonly config?: string
  readonly dataDir?: string
  readonly genesisFile?: string
  readonly checkpoint?: string
  readonly json: boolean
}

/** Adds `--config`, `--data-dir` and `--genesis-file`: what names a node's chain. */
export function addChainOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file of the node, which must be stopped')
    .option('--data-dir <dir>', 'its data directory, instead of the configuration')
    .option('--genesis-file <file>', 'genesis file of the network, instead of the configuration')
}

/** The configuration that the flags name. Throws `CONFIG_INVALID`. */
export function chainConfig(flags: ChainFlags): NodeConfig {
  const { config, dataDir, genesisFile, checkpoint } = flags
  return loadConfig({
    ...(config === undefined ? {} : { file: config }),
    env: process.env,
    flags: {
      ...(dataDir === undefined ? {} : { dataDir }),
      ...(genesisFile === undefined ? {} : { genesisFile }),
      ...(checkpoint === undefined ? {} : { checkpoint }),
    },
  })
}

/** A logger to standard error: standard output may carry blocks. */
export function stderrLogger(): Logger {
  return createLogger({
    ...{ level: 'warn', format: 'text', clock: { nowMs: () => Date.now() } },
    write: (line) => void process.stderr.write(line),
  })
}

/** Tells on standard error where it begins, and how far it is when two seconds have passed. */
export function progressLine(what: string, last?: number): (number: number) => void {
  const startedMs = performance.now()
  let toldMs = startedMs
  let first: number | undefined
  return (number) => {
    if (first === undefined) process.stderr.write(`${what}: from block ${number} on\n`)
    first ??= number
    const nowMs = performance.now()
    if (nowMs - toldMs < PROGRESS_INTERVAL_MS) return
    toldMs = nowMs
    const rate = (number - first) / ((nowMs - startedMs) / 1000)
    const rest = last === undefined || rate === 0 ? '' : restText(number, last, rate)
    process.stderr.write(`${what}: block ${number}, ${rate.toFixed(0)} blocks/s${rest}\n`)
  }
}

function restText(number: number, last: number, rate: number): string {
  const percent = last === 0 ? 100 : (100 * number) / last
  return `, ${percent.toFixed(1)} %, ${Math.ceil((last - number) / rate)} s left`
}

export interface StopSignal {
  readonly signal: AbortSignal
  /** from now on the signals end the process again */
  forget(): void
}

/** Aborts at SIGINT or SIGTERM instead of ending the process. */
export function stopSignal(): StopSignal {
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  const names = ['SIGINT', 'SIGTERM'] as const
  for (const name of names) process.once(name, onSignal)
  return {
    signal: stop.signal,
    forget() {
      for (const name of names) process.removeListener(name, onSignal)
    },
  }
}
