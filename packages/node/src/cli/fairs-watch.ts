/** `veche fairs show|audit`: what became of a season, and whether it was right. */
import { auditSeason, type SeasonAudit, type SeasonReport } from '@veche/contracts/fairs'
import { Command, Option } from 'commander'
import { toJson } from '../act/describe.ts'
import { auditOptions } from '../fairs/season-log.ts'
import { readSeason, type SeasonFlags, seasonOption } from './fairs-options.ts'
import { integer, jsonOption, rpcOption } from './options.ts'

interface WatchFlags extends SeasonFlags {
  readonly json: boolean
  readonly id?: number
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
  const { id } = flags
  const shown =
    id === undefined
      ? { ...summaryOf(report), rules: report.rules }
      : report.applications.find((application) => application.id === id)
  if (flags.json) {
    process.stdout.write(`${toJson(shown ?? null)}\n`)
    return
  }
  if (shown === undefined) process.stdout.write(`no application ${id}\n`)
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

/** Commands that only read. */
export function watchCommands(): Command[] {
  return [
    new Command('show')
      .description('a season, or one application in it')
      .addOption(rpcOption())
      .addOption(seasonOption())
      .addOption(new Option('--id <n>', 'one application').argParser(integer(1, 2 ** 32 - 1)))
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
