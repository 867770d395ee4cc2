/** `veche fairs seed|draw|promote|lapse|check-in|no-show`: the draw, and places after it. */
import { type RemainingPass, remainingDraw } from '@veche/contracts/fairs'
import { VecheError } from '@veche/primitives'
import { type Command, Option } from 'commander'
import type { Act } from '../act/act.ts'
import { readJsonFile } from '../act/files.ts'
import { decodeTicket, groupSignatureShape } from '../fairs/files.ts'
import * as acts from '../fairs/season-acts.ts'
import { DRAW_BATCH } from '../limits.ts'
import { type ActFlags, act, acting } from './act.ts'
import {
  idOption,
  preferenceOption,
  readSeason,
  type SeasonFlags,
  seasonOption,
  unwrap,
} from './fairs-options.ts'
import { integer } from './options.ts'

type Flags = ActFlags & SeasonFlags

async function seed(flags: Flags & { readonly signature: string }): Promise<void> {
  const { signature } = await readJsonFile(flags.signature, groupSignatureShape)
  const { report } = await readSeason(flags)
  if (report.beacon === undefined) throw new VecheError('USAGE', 'a season with rules expected')
  await act(flags, acts.submitSeed(flags.season, report.beacon, signature))
}

type DrawFlags = Flags & { readonly batch: number; readonly calls?: number }

/** Goes on where the log says that the draw is; the next passes follow when this one is final. */
async function draw(flags: DrawFlags): Promise<void> {
  const { log, place, report } = await readSeason(flags)
  const [next] = remainingDraw(log, place) as readonly (RemainingPass | undefined)[]
  if (next === undefined) {
    process.stdout.write(`nothing to draw: the season is ${report.stage}\n`)
    return
  }
  const batches: Act[] = acts.drawIds(flags.season, next.ids, flags.batch)
  await act(flags, ...batches.slice(0, flags.calls))
  const isAll = flags.calls === undefined || flags.calls >= batches.length
  if (isAll && !flags.dryRun) await draw(flags)
}

async function checkIn(text: string, flags: Flags): Promise<void> {
  const ticket = unwrap(decodeTicket(text))
  if (ticket.season !== flags.season)
    throw new VecheError('TICKET_MALFORMED', `a code of season ${flags.season} expected`)
  const { signature } = ticket
  await act(flags, acts.submitAct(flags.season, 'CheckIn', { act: ticket.act, signature }))
}

type PlaceFlags = Flags & { readonly id: number; readonly preference?: number }

function placeCommand(
  name: string,
  what: string,
  make: (flags: PlaceFlags, preference: number) => Act,
): Command {
  return acting(name, what)
    .addOption(seasonOption())
    .addOption(idOption())
    .addOption(preferenceOption())
    .action((flags: PlaceFlags) => act(flags, make(flags, flags.preference ?? 0)))
}

/** Commands of the draw and after it. */
export function placeCommands(): Command[] {
  return [
    acting('seed', "anybody: fix the seed with the group's signature")
      .addOption(seasonOption())
      .requiredOption('--signature <file.json>', 'from `veche fairs ceremony combine`')
      .action(seed),
    acting('draw', 'anybody: process the next applications; goes on where it stopped')
      .addOption(seasonOption())
      .addOption(
        new Option('--batch <n>', 'applications of one call')
          .argParser(integer(1, 1_024))
          .default(DRAW_BATCH),
      )
      .addOption(new Option('--calls <n>', 'at most so many calls').argParser(integer(1, 100_000)))
      .action(draw),
    acting('promote', 'anybody: offer a free place to the next on its waiting list')
      .addOption(seasonOption())
      .addOption(new Option('--slot <n>').argParser(integer(0, 65_535)).makeOptionMandatory())
      .addOption(
        new Option('--steps <n>', 'applications to look at')
          .argParser(integer(1, 1_024))
          .default(300),
      )
      .action((flags: Flags & { readonly slot: number; readonly steps: number }) =>
        act(flags, acts.promote(flags.season, flags.slot, flags.steps)),
      ),
    placeCommand('lapse', 'anybody: end an offer that was not answered in time', (flags, at) =>
      acts.lapse(flags.season, flags.id, at),
    ),
    placeCommand('no-show', 'inspector: say that an applicant did not come', (flags, at) =>
      acts.markNoShow(flags.season, flags.id, at),
    ),
    acting('check-in', "inspector: say that an applicant is here, with the applicant's code")
      .argument('<code>', 'the text of the code: VECHE-FAIR:1:…')
      .addOption(seasonOption())
      .action(checkIn),
  ]
}
