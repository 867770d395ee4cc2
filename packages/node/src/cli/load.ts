/** `veche load <profile>`: a realistic workload on a network, with a checked outcome. */
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { toJson } from '../act/describe.ts'
import { loadProfile, PROFILE_NAMES } from '../load/profiles.ts'
import { runLoad } from '../load/run.ts'
import { integer } from './options.ts'

interface LoadFlags {
  readonly rpc?: string
  readonly keys?: string
  readonly dataDir?: string
  readonly validators: number
  readonly seed: string
  readonly count?: number
  readonly scale: number
  readonly real: string
  readonly inFlight?: number
  readonly pace: number
}

const REAL_DIR = join(import.meta.dirname, '..', '..', '..', '..', '..', 'shared', 'data', 'real')

function share(text: string): number {
  const value = Number(text)
  if (!(value > 0) || value > 1_000) throw new InvalidArgumentError('a number above 0 expected.')
  return value
}

/** The first signal asks for an orderly stop, the second ends at once. */
function abortOnSignals(): AbortSignal {
  const controller = new AbortController()
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return controller.signal
}

async function load(name: string, flags: LoadFlags): Promise<void> {
  const { rpc, keys, dataDir, validators, seed, count, scale, real, inFlight, pace } = flags
  const summary = await runLoad({
    profile: await loadProfile(name),
    ...{ validators, seed, scale, pace, realDir: real, signal: abortOnSignals() },
    ...(rpc === undefined ? {} : { rpcUrl: rpc }),
    ...(keys === undefined ? {} : { keysDir: keys }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(count === undefined ? {} : { count }),
    ...(inFlight === undefined ? {} : { inFlightMax: inFlight }),
    say: (text) => void process.stderr.write(text),
  })
  process.stdout.write(`${toJson(summary)}\n`)
  process.exitCode = summary.check.ok ? 0 : 1
}

/** The `load` subcommand. */
export function loadCommand(): Command {
  return new Command('load')
    .description(
      `put a workload on a network and check what came out (${PROFILE_NAMES.join(', ')})`,
    )
    .argument('<profile>', 'which workload')
    .option('--rpc <url>', 'a network that runs; default: start one, and stop it at the end')
    .option('--keys <dir>', 'keys of that network: <dir>/<office>/keystore.json and password')
    .option('--data-dir <dir>', 'data directory of the own network; default: a temporary one')
    .addOption(
      new Option('--validators <n>', 'of the own network').argParser(integer(1, 25)).default(4),
    )
    .option('--seed <text>', 'the same seed gives the same acts', '1')
    .addOption(new Option('--count <n>', 'how many').argParser(integer(1, 100_000_000)))
    .addOption(
      new Option('--scale <x>', "share of the profile's count").argParser(share).default(1),
    )
    .addOption(
      new Option('--pace <x>', 'stretches times fixed beforehand, for a busy machine')
        .argParser(share)
        .default(1),
    )
    .option('--real <dir>', 'directory of real files', REAL_DIR)
    .addOption(
      new Option('--in-flight <n>', 'transactions not yet final at once').argParser(
        integer(1, 4_096),
      ),
    )
    .option('--json', 'accepted everywhere; the summary is JSON always', false)
    .addHelpText(
      'after',
      '\nThe last line of stdout is a JSON summary. Exit code: 0 checked, 1 the check failed.',
    )
    .action(load)
}
