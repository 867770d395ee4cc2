/** `veche city`: a city in a box, the main job of `npm start`. */
import { Command, Option } from 'commander'
import { type CityOptions, runCity } from '../city/run.ts'
import { integer, jsonOption } from './options.ts'

export function cityCommand(): Command {
  return new Command('city')
    .description('start a local city network, issue documents, keep it running until Ctrl-C')
    .option('--data-dir <dir>', 'keys, genesis, chains and issued documents', './data')
    .addOption(
      new Option('--validators <n>', 'validator processes; fixed at the first start')
        .argParser(integer(1, 25))
        .default(4),
    )
    .addOption(
      new Option('--observers <n>', 'observer processes; the first serves JSON-RPC')
        .argParser(integer(1, 10))
        .default(1),
    )
    .addOption(
      new Option('--rpc-port <port>', 'JSON-RPC of the first observer, HTTP and WebSocket')
        .argParser(integer(0, 65_535))
        .default(8545),
    )
    .option(
      '--documents <file.csv>',
      'issue one document for each row (default: 5,000 made-up ones)',
    )
    .addOption(
      new Option('--limit <n>', 'issue at most this many documents').argParser(
        integer(0, 100_000_000),
      ),
    )
    .option('--exit-after-load', 'stop when the documents are issued', false)
    .addOption(jsonOption())
    .action(async (options: CityOptions) => {
      process.exitCode = await runCity(options)
    })
}
