/**
 * The `veche` command: subcommands and how a failure is told (one line, exit code 1; usage is 2).
 */
import { Command, CommanderError } from 'commander'
import { VERSION } from '../version.ts'
import { reportFailure } from './report.ts'

/** Each is loaded when it is asked for: a tool that checks a document needs no network stack. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  city: async () => (await import('./city.ts')).cityCommand(),
  node: async () => (await import('./node.ts')).nodeCommand(),
  status: async () => (await import('./status.ts')).statusCommand(),
  keys: async () => (await import('./keys.ts')).keysCommand(),
  amnesia: async () => (await import('./amnesia.ts')).amnesiaCommand(),
  genesis: async () => (await import('./genesis.ts')).genesisCommand(),
  validators: async () => (await import('./validators.ts')).validatorsCommand(),
  documents: async () => (await import('./documents.ts')).documentsCommand(),
  titles: async () => (await import('./titles.ts')).titlesCommand(),
  fairs: async () => (await import('./fairs.ts')).fairsCommand(),
  departments: async () => (await import('./departments.ts')).departmentsCommand(),
  identities: async () => (await import('./identities.ts')).identitiesCommand(),
  quotas: async () => (await import('./quotas.ts')).quotasCommand(),
  points: async () => (await import('./points.ts')).pointsCommand(),
  roles: async () => (await import('./roles.ts')).rolesCommand(),
  export: async () => (await import('./export.ts')).exportCommand(),
  import: async () => (await import('./import.ts')).importCommand(),
  light: async () => (await import('./light.ts')).lightCommand(),
  load: async () => (await import('./load.ts')).loadCommand(),
}

/** The command line with the subcommand `name` alone, or with all when it is none of them. */
export async function createProgram(name?: string): Promise<Command> {
  const one = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  const program = new Command('veche')
    .description('An Ethereum-compatible proof-of-authority chain for a city')
    .version(VERSION)
  for (const load of one === undefined ? Object.values(COMMANDS) : [one])
    program.addCommand(await load())
  return program.showHelpAfterError('(add --help for the options)').exitOverride()
}

/** Runs a command line; sets the exit code, never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = await createProgram(argv[2])
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
