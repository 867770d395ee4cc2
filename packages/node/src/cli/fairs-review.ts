/**
 * `veche fairs review|decide-appeal|decide-no-show`: reviewers and arbiters; `refresh-tier` and
 * `uphold-by-silence` for anybody who watches that nobody is forgotten.
 */
import { VecheError } from '@veche/primitives'
import { type Command, Option } from 'commander'
import { readJsonFile } from '../act/files.ts'
import { verdictsFileShape } from '../fairs/files.ts'
import * as acts from '../fairs/season-acts.ts'
import { type ActFlags, act, acting } from './act.ts'
import { idOption, preferenceOption, type SeasonFlags, seasonOption } from './fairs-options.ts'
import { integer } from './options.ts'

type ReviewFlags = ActFlags &
  SeasonFlags & { readonly file?: string; readonly id?: number; readonly code?: number }

async function review(flags: ReviewFlags): Promise<void> {
  const { file, id, code } = flags
  if (file === undefined && (id === undefined || code === undefined))
    throw new VecheError('USAGE', '--file FILE, or --id N and --code N expected')
  const verdicts =
    file === undefined
      ? [{ id: id ?? 0, code: code ?? 0 }]
      : (await readJsonFile(file, verdictsFileShape)).verdicts
  await act(flags, ...acts.review(flags.season, verdicts))
}

type PlaceFlags = ActFlags & SeasonFlags & { readonly id: number; readonly preference?: number }
type DecideFlags = PlaceFlags & { readonly upheld: boolean }

const upheldOption = (): Option =>
  new Option('--upheld', 'the appeal is right; without it, it is not').default(false)

/** Commands of those who decide. */
export function reviewCommands(): Command[] {
  return [
    acting('review', 'reviewer: find no objection (code 0), or refuse with the code of a reason')
      .addOption(seasonOption())
      .option('--file <file.json>', 'verdicts (veche-fair-verdicts/1)')
      .addOption(new Option('--id <n>', 'one application').argParser(integer(1, 2 ** 32 - 1)))
      .addOption(new Option('--code <n>', 'its verdict').argParser(integer(0, 255)))
      .action(review),
    acting('decide-appeal', 'arbiter: decide an appeal against a refusal')
      .addOption(seasonOption())
      .addOption(idOption())
      .addOption(upheldOption())
      .action((flags: DecideFlags) =>
        act(flags, acts.decideAppeal(flags.season, flags.id, flags.upheld)),
      ),
    acting('refresh-tier', 'anybody: have the standing behind an application read again')
      .addOption(seasonOption())
      .addOption(idOption())
      .action((flags: ActFlags & SeasonFlags & { readonly id: number }) =>
        act(flags, acts.refreshTier(flags.season, flags.id)),
      ),
    acting('uphold-by-silence', 'anybody: end an appeal against a no-show that was not decided')
      .addOption(seasonOption())
      .addOption(idOption())
      .addOption(preferenceOption())
      .action((flags: PlaceFlags) =>
        act(flags, acts.upholdBySilence(flags.season, flags.id, flags.preference ?? 0)),
      ),
    acting('decide-no-show', 'arbiter: decide an appeal against a no-show')
      .addOption(seasonOption())
      .addOption(idOption())
      .addOption(preferenceOption())
      .addOption(upheldOption())
      .action((flags: DecideFlags) => {
        const place = { id: flags.id, preference: flags.preference ?? 0 }
        return act(flags, acts.decideNoShow(flags.season, place, flags.upheld))
      }),
  ]
}
