/** `veche fairs …`: seasons for organisers, citizens, reviewers, inspectors and observers. */
import { Command } from 'commander'
import { actCommands } from './fairs-acts.ts'
import { applyCommands } from './fairs-apply.ts'
import { ceremonyCommand } from './fairs-ceremony.ts'
import { placeCommands } from './fairs-places.ts'
import { reviewCommands } from './fairs-review.ts'
import { seasonCommand } from './fairs-season.ts'
import { watchCommands } from './fairs-watch.ts'

export function fairsCommand(): Command {
  const command = new Command('fairs').description(
    'seasons of the fairs: rules, applications, seed, draw, places, attendance, audit',
  )
  const groups = [
    seasonCommand(),
    ceremonyCommand(),
    ...applyCommands(),
    ...actCommands(),
    ...reviewCommands(),
    ...placeCommands(),
    ...watchCommands(),
  ]
  for (const group of groups) command.addCommand(group)
  return command
}
