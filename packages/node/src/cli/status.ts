/**
 * `veche status`: is all well, and if not, why is nothing decided. Exit code 0 while blocks are
 * decided, 3 when they are not (stalled, behind), 1 when the node does not answer.
 */
import { VecheError } from '@veche/primitives'
import { Command, Option } from 'commander'
import { loadConfig } from '../config.ts'
import { fetchStatus } from '../screen/fetch.ts'
import { renderStatus } from '../screen/render.ts'
import { watchStatus } from '../screen/watch.ts'
import { isFine } from '../watch/verdict.ts'
import { jsonOption, printJson, rpcOption } from './options.ts'

/** blocks are not decided, or not here */
const EXIT_NOT_FINE = 3
/** a pipe has no width */
const PLAIN_WIDTH = 10_000

interface StatusOptions {
  readonly rpc: string
  readonly config?: string
  readonly json: boolean
  readonly watch: boolean
}

const isColoured = (): boolean =>
  process.stdout.isTTY && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb'

/** where the node of a configuration answers: JSON-RPC, else its metrics port */
function urlOf({ rpc: given, config: file }: StatusOptions): string {
  if (file === undefined) return given
  const { rpc, metrics } = loadConfig({ file, env: process.env, flags: {} })
  const door = rpc.enabled ? rpc : metrics
  if ((rpc.enabled || metrics.enabled) && door.port !== 0)
    return `http://${door.host.includes(':') ? `[${door.host}]` : door.host}:${door.port}`
  const cure = 'turn metrics.enabled on, with a port, or give --rpc'
  throw new VecheError('CONFIG_INVALID', `${file} names no port that answers: ${cure}`)
}

async function once({ rpc, json }: StatusOptions): Promise<number> {
  const status = await fetchStatus(rpc)
  if (json) printJson(status)
  else {
    const width = process.stdout.isTTY ? process.stdout.columns : PLAIN_WIDTH
    const lines = renderStatus(status, { colour: isColoured(), width })
    process.stdout.write(`${lines.join('\n')}\n`)
  }
  return isFine(status) ? 0 : EXIT_NOT_FINE
}

/** until a signal */
async function live({ rpc, json }: StatusOptions): Promise<number> {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => controller.abort())
  // the reader of a pipe may leave first
  process.stdout.once('error', () => controller.abort())
  await watchStatus({
    read: () => fetchStatus(rpc),
    mode: json ? 'json' : process.stdout.isTTY ? 'screen' : 'lines',
    write: (text) => void process.stdout.write(text),
    size: () => ({ columns: process.stdout.columns ?? 80, rows: process.stdout.rows ?? 24 }),
    colour: isColoured(),
    signal: controller.signal,
    explain: (error) => (error instanceof VecheError ? error.message : String(error)),
  })
  return 0
}

export function statusCommand(): Command {
  return new Command('status')
    .description('tell whether all is well with a node, and if not, why nothing is decided')
    .addOption(rpcOption())
    .option('--config <file>', 'ask the node of this configuration instead')
    .addOption(new Option('--watch', 'look again twice a second, until Ctrl-C').default(false))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\n--rpc takes a JSON-RPC port or a metrics port (a validator without JSON-RPC).\nExit code: 0 blocks are decided, 3 stalled or behind, 1 no answer.',
    )
    .action(async (options: StatusOptions) => {
      const asked = { ...options, rpc: urlOf(options) }
      process.exitCode = options.watch ? await live(asked) : await once(asked)
    })
}
