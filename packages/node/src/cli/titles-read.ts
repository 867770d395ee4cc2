/** `veche titles show|history|prove|audit`: what anybody may know of titles. */
import { TITLE_REGISTRY_ADDRESS, titleSlots } from '@veche/contracts'
import { Command } from 'commander'
import { toJson } from '../act/describe.ts'
import { writeJsonFile } from '../act/files.ts'
import { auditTitles } from '../titles/audit.ts'
import { proveTitle } from '../titles/prove.ts'
import {
  foldHistory,
  propertyFrom,
  readCorrection,
  readHistory,
  readLiens,
  readTitle,
  TITLE_STATUSES,
} from '../titles/read.ts'
import { jsonOption, rpcOption } from './options.ts'
import { addPinOptions, EXIT_NOT_PROVEN, type PinFlags, trustedBlock } from './pinned-genesis.ts'

interface ReadFlags {
  readonly rpc: string
  readonly property: string
  readonly json: boolean
}

const EXIT_DIFFERS = 1

function reading(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(rpcOption())
    .requiredOption('--property <number|0x…>', 'cadastral number, or id')
    .addOption(jsonOption())
}

function print(value: object, json: boolean): void {
  if (json) process.stdout.write(`${toJson(value)}\n`)
  else
    for (const [name, field] of Object.entries(value))
      process.stdout.write(`${name}: ${toJson(field)}\n`)
}

async function show({ rpc, property, json }: ReadFlags): Promise<void> {
  const id = propertyFrom(property)
  const { status, ...title } = await readTitle(rpc, id)
  const liens = await readLiens(rpc, id)
  const { readyAt, ...correction } = await readCorrection(rpc, id)
  const waiting = readyAt === 0 ? {} : { correction: { readyAt, ...correction } }
  const told = { propertyId: id, status: TITLE_STATUSES[status], ...title, lienList: liens }
  print({ ...told, ...waiting }, json)
}

async function history({ rpc, property, json }: ReadFlags): Promise<void> {
  const id = propertyFrom(property)
  const events = await readHistory(rpc, id)
  const story = foldHistory(events)
  const { head } = await readTitle(rpc, id)
  const complete = story === undefined ? BigInt(head) === 0n : story.head === head
  if (!complete) process.exitCode = EXIT_DIFFERS
  const steps = events.map(({ event, blockNumber, transactionHash }) => {
    return { blockNumber, transactionHash, ...event }
  })
  if (json) {
    process.stdout.write(`${toJson({ propertyId: id, complete, head, steps })}\n`)
    return
  }
  for (const { blockNumber, name, args } of steps)
    process.stdout.write(`block ${blockNumber} ${name} ${toJson(args)}\n`)
  const verdict = complete ? 'complete: the events fold to the head in storage' : 'NOT COMPLETE'
  process.stdout.write(`${steps.length} changes, ${verdict}\n`)
}

async function prove(flags: ReadFlags & PinFlags & { readonly out?: string }): Promise<void> {
  const id = propertyFrom(flags.property)
  const proof = await proveTitle(flags.rpc, id, await trustedBlock(flags))
  if (!proof.ok) {
    process.exitCode = EXIT_NOT_PROVEN
    process.stdout.write(`NOT PROVEN: ${proof.reason} [${proof.code}]\n`)
    return
  }
  const { raw, ...told } = proof.value
  const slots = titleSlots(id)
  const contract = TITLE_REGISTRY_ADDRESS
  if (flags.out !== undefined) await writeJsonFile(flags.out, { ...told, contract, slots, ...raw })
  print(told, flags.json)
}

async function audit({ rpc, json }: { readonly rpc: string; readonly json: boolean }) {
  const found = await auditTitles(rpc)
  if (found.differences.length > 0) process.exitCode = EXIT_DIFFERS
  print(found, json)
}

export function readCommands(): readonly Command[] {
  return [
    reading('show', 'a title as the chain holds it').action(show),
    reading('history', 'all that happened to a title, checked against its head').action(history),
    addPinOptions(reading('prove', 'prove a title against a certified block'))
      .option('--out <file.json>', 'write the proof there')
      .addHelpText('after', '\nExit code: 0 proven, 4 not proven.')
      .action(prove),
    new Command('audit')
      .description('observer: replay the whole register from its events and compare')
      .addOption(rpcOption())
      .addOption(jsonOption())
      .action(audit),
  ]
}
