/** `veche fairs season …`: the organiser's part, and the steps that anybody may take. */
import { createReadStream } from 'node:fs'
import {
  acceptanceMessage,
  completeRules,
  fairOffice,
  MECHANISMS,
  planCapacities,
  readFairs,
  rulesHash,
} from '@veche/contracts/fairs'
import type { Address } from '@veche/primitives'
import { Command } from 'commander'
import { toJson } from '../act/describe.ts'
import { readJsonFile, writeJsonFile } from '../act/files.ts'
import { beaconOfFolder, readCeremony } from '../fairs/beacon.ts'
import { groupSignatureShape, planFileShape, rulesFileShape } from '../fairs/files.ts'
import { checkRules } from '../fairs/rules-check.ts'
import * as acts from '../fairs/season-acts.ts'
import { callRpc } from '../json-rpc.ts'
import { type ActFlags, act, acting, printOutcomes, runActs } from './act.ts'
import { outOption, type SeasonFlags, seasonOption, textHash, unwrap } from './fairs-options.ts'
import { jsonOption, rpcOption } from './options.ts'
import { actWithNotice, type NoticeFlags, noticed } from './points-notice.ts'

interface PlanFlags {
  readonly rules: string
  readonly fairs: string
  readonly out: string
  readonly json: boolean
}

async function plan(flags: PlanFlags): Promise<void> {
  const file = await readJsonFile(flags.rules, rulesFileShape)
  const { fairs, skipped } = unwrap(await readFairs(createReadStream(flags.fairs)))
  for (const { line, reason } of skipped)
    process.stderr.write(`${flags.fairs}:${line}: row skipped: ${reason}\n`)
  const { format, title, categories, mechanism, capacities: size, ...rest } = file
  const capacities = planCapacities(fairs, {
    ...{ weekends: rest.weekends, categories: categories.length },
    ...size,
  })
  const details = { title, categories, fairs: fairs.map(({ address }) => address) }
  const numbers = {
    mechanism: MECHANISMS.indexOf(mechanism),
    ...{ fairs: fairs.length, categories: categories.length },
  }
  const completed = unwrap(completeRules({ ...rest, ...numbers }, capacities, details))
  const rules = unwrap(checkRules(completed.rules))
  await writeJsonFile(flags.out, { format: 'veche-fair-plan/1', ...details, rules, capacities })
  const places = capacities.reduce((sum, count) => sum + count, 0)
  const told = { fairs: fairs.length, slots: capacities.length, places }
  process.stdout.write(
    flags.json
      ? `${toJson({ ...told, skipped, rules })}\n`
      : `${told.fairs} fairs, ${told.slots} slots, ${places} places: ${flags.out}\n`,
  )
}

const planCommand = (): Command =>
  new Command('plan')
    .description('organiser: rules and a file of fairs become the plan that is published')
    .requiredOption('--rules <file.json>', 'rules (veche-fair-rules/1)')
    .requiredOption('--fairs <file.csv>', 'fairs: kind, address, …')
    .addOption(outOption())
    .addOption(jsonOption())
    .action(plan)

async function create(flags: ActFlags & { readonly plan: string }): Promise<void> {
  const { title } = await readJsonFile(flags.plan, planFileShape)
  const outcomes = await runActs(flags, [acts.createSeason(textHash(title))])
  for (const { logs } of outcomes)
    for (const log of logs) {
      const event = fairOffice.decodeLog(log)
      if (event.ok && event.value.name === 'SeasonCreated')
        process.stderr.write(`season ${event.value.args.season.toLowerCase()}\n`)
    }
  if (outcomes.length > 0) printOutcomes(outcomes, flags.json)
}

type PlanActFlags = ActFlags & SeasonFlags & { readonly plan: string }

async function capacities(flags: PlanActFlags): Promise<void> {
  const file = await readJsonFile(flags.plan, planFileShape)
  await act(flags, ...acts.addCapacities(flags.season, file.capacities))
}

type FreezeFlags = PlanActFlags & { readonly ceremony: string; readonly acceptance: string }

async function freezeRules(flags: FreezeFlags): Promise<void> {
  const { rules } = await readJsonFile(flags.plan, planFileShape)
  const { signature } = await readJsonFile(flags.acceptance, groupSignatureShape)
  const beacon = beaconOfFolder(await readCeremony(flags.ceremony))
  await act(flags, acts.freezeRules(flags.season, { rules, beacon, acceptance: signature }))
}

interface MessageFlags {
  readonly rpc: string
  readonly season: Address
  readonly plan: string
  readonly ceremony: string
  readonly json: boolean
}

/** What the members have to sign so that the rules can be frozen. */
async function acceptance(flags: MessageFlags): Promise<void> {
  const { rules } = await readJsonFile(flags.plan, planFileShape)
  const beacon = beaconOfFolder(await readCeremony(flags.ceremony))
  const chainId = Number(await callRpc(flags.rpc, 'eth_chainId', []))
  const hash = rulesHash(rules, beacon)
  const message = acceptanceMessage({ chainId, season: flags.season }, hash)
  process.stdout.write(flags.json ? `${toJson({ rulesHash: hash, message })}\n` : `${message}\n`)
}

const planOption = ['--plan <file.json>', 'the published plan'] as const
const ceremonyOption = ['--ceremony <dir>', 'folder of the key ceremony'] as const

/** Steps by the name of their command. */
const STEPS: Readonly<Record<string, readonly [acts.SeasonStep, string]>> = {
  open: ['open', 'begin to take applications'],
  close: ['close', 'end the time of applications'],
  'freeze-list': ['freeze', 'fix the eligible applications'],
  'capture-block': ['captureFreezeBlock', 'bring the hash of the freezing block into the contract'],
  run: ['run', 'begin the weekends'],
  settle: ['settle', 'end the season and publish how fair it was'],
}

function stepCommands(): Command[] {
  return Object.entries(STEPS).map(([name, [step, what]]) =>
    acting(name, `anybody: ${what}`)
      .addOption(seasonOption())
      .action((flags: ActFlags & SeasonFlags) => act(flags, acts.stepSeason(flags.season, step))),
  )
}

const reasonOption = ['--reason <text>', 'published elsewhere; its hash goes on chain'] as const

/** How a season ends before its end. */
function endCommands(): Command[] {
  return [
    noticed('cancel', 'organiser: end a season for good; observers may cancel the notice')
      .addOption(seasonOption())
      .requiredOption(...reasonOption)
      .action((flags: NoticeFlags & SeasonFlags & { readonly reason: string }) => {
        const { contract, data } = acts.cancelSeason(flags.season, textHash(flags.reason))
        return actWithNotice(flags, data, contract)
      }),
    acting('object', 'observer: stop a season whose rules are frozen, before it opens')
      .addOption(seasonOption())
      .requiredOption(...reasonOption)
      .action((flags: ActFlags & SeasonFlags & { readonly reason: string }) =>
        act(flags, acts.objectToSeason(flags.season, textHash(flags.reason))),
      ),
  ]
}

/** The `season` group. */
export function seasonCommand(): Command {
  const command = new Command('season').description('a season from its plan to its settlement')
  const commands = [
    planCommand(),
    acting('create', 'organiser: open a new season as a draft')
      .requiredOption(...planOption)
      .action(create),
    acting('capacities', 'organiser: add the capacities of the plan to a draft')
      .addOption(seasonOption())
      .requiredOption(...planOption)
      .action(capacities),
    new Command('acceptance')
      .description('the message that members of the beacon sign to accept the rules')
      .addOption(rpcOption())
      .addOption(seasonOption())
      .requiredOption(...planOption)
      .requiredOption(...ceremonyOption)
      .addOption(jsonOption())
      .action(acceptance),
    acting('freeze-rules', 'organiser: fix rules, capacities and beacon for ever')
      .addOption(seasonOption())
      .requiredOption(...planOption)
      .requiredOption(...ceremonyOption)
      .requiredOption('--acceptance <file.json>', "the group's signature over the message")
      .action(freezeRules),
    ...stepCommands(),
    ...endCommands(),
  ]
  for (const each of commands) command.addCommand(each)
  return command
}
