/** `veche fairs list|standing|show|audit`: what there is, what became of it, and was it right. */
import { auditSeason, type SeasonAudit, type SeasonReport } from '@veche/contracts/fairs'
import type { Hash } from '@veche/primitives'
import { Command, Option } from 'commander'
import { toJson } from '../act/describe.ts'
import { countSeasons, readOffice, readStanding } from '../fairs/office.ts'
import { auditOptions } from '../fairs/season-log.ts'
import { readSeason, type SeasonFlags, seasonOption, toHash } from './fairs-options.ts'
import { integer, jsonOption, rpcOption } from './options.ts'

interface WatchFlags extends SeasonFlags {
  readonly json: boolean
  readonly id?: number
  readonly applicant?: string
}

function summaryOf(report: SeasonReport) {
  const count = (state: string): number =>
    report.applications.reduce(
      (sum, { wishes }) => sum + wishes.filter((wish) => wish.state === state).length,
      0,
    )
  return {
    stage: report.stage,
    applications: report.applications.length,
    eligible: report.applications.filter(({ order }) => order > 0).length,
    held: count('held'),
    offered: count('offered'),
    checkedIn: count('checked-in'),
    noShows: count('no-show') + count('excused'),
    free: [...report.left.values()].reduce((sum, places) => sum + places, 0),
  }
}

async function show(flags: WatchFlags): Promise<void> {
  const { report } = await readSeason(flags)
  const { id, applicant } = flags
  const account = applicant?.toLowerCase()
  const isOne = id !== undefined || account !== undefined
  // the newest: who withdrew may have applied again
  const one = report.applications.findLast(
    (application) => application.id === id || application.applicant === account,
  )
  const shown = isOne ? one : { ...summaryOf(report), rules: report.rules }
  if (flags.json) {
    process.stdout.write(`${toJson(shown ?? null)}\n`)
    return
  }
  if (shown === undefined) process.stdout.write(`no application of ${id ?? account}\n`)
  else process.stdout.write(`${toJson(shown, 2)}\n`)
}

function auditText({ differences, stage, applications, eligible, places, metrics }: SeasonAudit) {
  const found = differences.map(({ about, text }) => `${about}: ${text}`)
  const { nothing, envyFreePpm, giniPpm } = metrics
  return [
    ...found,
    `${stage}; ${applications} applications, ${eligible} eligible, ${places} places`,
    `${nothing} with nothing, ${envyFreePpm / 10_000} % without envy, Gini ${giniPpm / 1_000_000}`,
    found.length === 0 ? 'everything is by the rules' : `${found.length} differences`,
  ].join('\n')
}

/** The exit code says the verdict, for scripts of observers. */
const EXIT_DIFFERENCES = 3

async function audit(flags: WatchFlags): Promise<void> {
  const { log } = await readSeason(flags)
  const source = { rpcUrl: flags.rpc, season: flags.season }
  const found = auditSeason(log, await auditOptions(source, log))
  process.stdout.write(`${flags.json ? toJson(found) : auditText(found)}\n`)
  process.exitCode = found.differences.length === 0 ? 0 : EXIT_DIFFERENCES
}

const LISTED = 20
const LISTED_MAX = 1_000

interface ListFlags {
  readonly rpc: string
  readonly max: number
  readonly json: boolean
}

async function list({ rpc, max, json }: ListFlags): Promise<void> {
  const found = await readOffice(rpc, max)
  if (json) {
    process.stdout.write(`${toJson(found)}\n`)
    return
  }
  const { noticeSeconds, appealSeconds } = found.limits
  const lines = found.seasons.map(
    ({ number, season, stage, applications }) =>
      `${number} ${season} ${stage}, ${applications} applications`,
  )
  const least = `${found.count} seasons; rules are public for at least ${noticeSeconds} s, an appeal takes at least ${appealSeconds} s`
  process.stdout.write(`${[...lines, least].join('\n')}\n`)
}

interface StandingFlags {
  readonly rpc: string
  readonly person: Hash
  readonly number?: number
  readonly json: boolean
}

async function standing({ rpc, person, number, json }: StandingFlags): Promise<void> {
  const season = number ?? (await countSeasons(rpc)) + 1
  const found = await readStanding(rpc, person, season)
  const { strikes, tier } = found
  process.stdout.write(
    json
      ? `${toJson({ person, ...found, asked: season })}\n`
      : `${strikes} strikes, the last in season ${found.season}; tier ${tier} in season ${season}\n`,
  )
}

/** Commands that only read. */
export function watchCommands(): Command[] {
  return [
    new Command('list')
      .description('seasons, the newest first, and the least times of every season')
      .addOption(rpcOption())
      .addOption(
        new Option('--max <n>', 'at most so many')
          .argParser(integer(1, LISTED_MAX))
          .default(LISTED),
      )
      .addOption(jsonOption())
      .action(list),
    new Command('standing')
      .description('strikes of a person, and how far behind they put an application')
      .addOption(rpcOption())
      .requiredOption('--person <0x…>', 'pseudonym', toHash)
      .addOption(
        new Option('--number <n>', 'of a season; default: the next one').argParser(
          integer(1, 2 ** 32 - 1),
        ),
      )
      .addOption(jsonOption())
      .action(standing),
    new Command('show')
      .description('a season, or one application in it')
      .addOption(rpcOption())
      .addOption(seasonOption())
      .addOption(new Option('--id <n>', 'one application').argParser(integer(1, 2 ** 32 - 1)))
      .addOption(new Option('--applicant <address>', 'the application of an account'))
      .addOption(jsonOption())
      .action(show),
    new Command('audit')
      .description('observer: replay the log by the published rules and name every difference')
      .addOption(rpcOption())
      .addOption(seasonOption())
      .addOption(jsonOption())
      .addHelpText('after', '\nExit code: 0 by the rules, 3 differences.')
      .action(audit),
  ]
}
