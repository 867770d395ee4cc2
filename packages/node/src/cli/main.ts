/**
 * The `veche` command: subcommands and how a failure is told (one line, exit code 1; usage is 2).
 */
import { Command, CommanderError } from 'commander'
import { VERSION } from '../version.ts'
import { amnesiaCommand } from './amnesia.ts'
import { cityCommand } from './city.ts'
import { documentsCommand } from './documents.ts'
import { exportCommand } from './export.ts'
import { genesisCommand } from './genesis.ts'
import { importCommand } from './import.ts'
import { keysCommand } from './keys.ts'
import { lightCommand } from './light.ts'
import { nodeCommand } from './node.ts'
import { reportFailure } from './report.ts'
import { statusCommand } from './status.ts'
import { validatorsCommand } from './validators.ts'

export function createProgram(): Command {
  return new Command('veche')
    .description('An Ethereum-compatible proof-of-authority chain for a city')
    .version(VERSION)
    .addCommand(cityCommand())
    .addCommand(nodeCommand())
    .addCommand(statusCommand())
    .addCommand(keysCommand())
    .addCommand(amnesiaCommand())
    .addCommand(genesisCommand())
    .addCommand(validatorsCommand())
    .addCommand(documentsCommand())
    .addCommand(exportCommand())
    .addCommand(importCommand())
    .addCommand(lightCommand())
    .showHelpAfterError('(add --help for the options)')
    .exitOverride()
}

/** Runs a command line; sets the exit code, never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = createProgram()
  // every subcommand answers a wrong option the same way
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)]
  for (const command of all(program)) command.exitOverride()
  try {
    await program.parseAsync([...argv])
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2
      return
    }
    process.exitCode = 1
    reportFailure(error)
  }
}
