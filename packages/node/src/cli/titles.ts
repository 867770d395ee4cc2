/** `veche titles …`: for owners, notaries, registrars, lienholders, the court and observers. */
import { Command } from 'commander'
import { courtCommands } from './titles-court.ts'
import { deedCommands } from './titles-deeds.ts'
import { legacyCommands } from './titles-legacy.ts'
import { readCommands } from './titles-read.ts'

export function titlesCommand(): Command {
  const command = new Command('titles').description('the register of titles to property')
  const all = [...readCommands(), ...legacyCommands(), ...deedCommands(), ...courtCommands()]
  for (const each of all) command.addCommand(each)
  return command
}
