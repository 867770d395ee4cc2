/** `veche genesis new|show|besu`: the files of a new network, and what a genesis file says. */
import { genesisBlock } from '@veche/execution'
import { Command, InvalidArgumentError, Option } from 'commander'
import { readGenesisFile } from '../genesis-file.ts'
import { genesisToBesu } from '../genesis-qbft.ts'
import { createNetworkFiles, type NetworkFiles, type NodeFiles } from '../genesis-tool.ts'
import { readPasswordFile } from '../keystore-file.ts'

interface NewOptions {
  readonly validators: number
  readonly observers: number
  readonly preset: 'city' | 'qbft'
  readonly out: string
  readonly chainId?: number
  readonly stepSeconds?: number
  readonly basePort?: number
  readonly rpcPort?: number
  readonly hosts?: readonly string[]
  readonly issuers?: number
  readonly passwordFile?: string
  readonly local: boolean
  readonly json: boolean
}

function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`An integer from ${min} to ${max} expected.`)
  }
}

function describe(files: NetworkFiles): string {
  const width = Math.max(...[...files.validators, ...files.observers].map((n) => n.name.length))
  const row = ({ name, address, dial }: NodeFiles): string =>
    `  ${name.padEnd(width)}  ${address ?? '-'.padEnd(42)}  ${dial}`
  return [
    `network of chain ${files.chainId} in ${files.out}`,
    `  genesis ${files.genesisHash}`,
    `  admin   ${files.admin}`,
    ...files.validators.map(row),
    ...files.observers.map(row),
    'Carry each directory to its machine, keep keys and passwords secret, then there:',
    '  veche node --config <directory>/config.json',
  ].join('\n')
}

async function newNetwork(options: NewOptions): Promise<void> {
  const { passwordFile, json, ...rest } = options
  const files = await createNetworkFiles({
    ...rest,
    ...(passwordFile === undefined ? {} : { password: await readPasswordFile(passwordFile) }),
  })
  process.stdout.write(`${json ? JSON.stringify(files) : describe(files)}\n`)
}

async function showGenesis(file: string, { json }: { json: boolean }): Promise<void> {
  const genesis = await readGenesisFile(file)
  const { hash, block } = await genesisBlock(genesis)
  const shown = {
    chainId: genesis.chainId,
    hash,
    stateRoot: block.header.stateRoot,
    timestamp: genesis.timestamp,
    stepSeconds: genesis.parameters.stepSeconds,
    gasLimit: Number(genesis.gasLimit),
    validators: genesis.validators,
  }
  const lines = Object.entries(shown).map(
    ([name, value]) => `${name.padEnd(12)} ${Array.isArray(value) ? value.join(', ') : value}`,
  )
  process.stdout.write(`${json ? JSON.stringify(shown) : lines.join('\n')}\n`)
}

/** The `genesis` subcommand. Fails with the codes of genesis-tool.ts and genesis-file.ts. */
export function genesisCommand(): Command {
  const command = new Command('genesis').description('make the files of a new network')
  const number = (flags: string, help: string, [min, max]: [number, number]): Option =>
    new Option(flags, help).argParser(integer(min, max))
  command
    .command('new')
    .description('keys, genesis and one configuration per node')
    .addOption(
      number('--validators <n>', '4 or more; 1 for development', [1, 100]).makeOptionMandatory(),
    )
    .addOption(number('--observers <n>', 'nodes that follow and serve', [0, 100]).default(1))
    .requiredOption('--out <dir>', 'directory to make')
    .addOption(
      new Option('--preset <name>', 'city with its services, or headers for QBFT clients')
        .choices(['city', 'qbft'])
        .default('city'),
    )
    .addOption(number('--chain-id <n>', 'chain id (EIP-155)', [1, Number.MAX_SAFE_INTEGER]))
    .addOption(number('--step-seconds <n>', 'duration of a step', [1, 3_600]))
    .addOption(number('--base-port <port>', 'P2P port of the first node', [1, 65_535]))
    .addOption(number('--rpc-port <port>', 'JSON-RPC port of the first observer', [0, 65_535]))
    .addOption(
      new Option(
        '--hosts <a,b,…>',
        'machine of each node, validators first (default: this one)',
      ).argParser((text: string) => text.split(',').map((host) => host.trim())),
    )
    .addOption(number('--issuers <n>', 'departments that issue documents', [0, 1_000]))
    .option('--password-file <file>', 'password of every keystore (default: a random one each)')
    .option('--local', 'a city on this machine only: light keys, short delays, open issuers', false)
    .option('--json', 'print one JSON object', false)
    .action((options: NewOptions) => newNetwork(options))
  command
    .command('show')
    .description('print what a genesis file means')
    .argument('<file>', 'genesis file')
    .option('--json', 'print one JSON object', false)
    .action((file: string, options: { json: boolean }) => showGenesis(file, options))
  command
    .command('besu')
    .description('print the genesis file with which Besu (QBFT) has the same block 0')
    .argument('<file>', 'genesis file of a network made with --preset qbft')
    .action(async (file: string) => {
      const genesis = await genesisToBesu(await readGenesisFile(file))
      process.stdout.write(`${JSON.stringify(genesis, undefined, 2)}\n`)
    })
  return command
}
