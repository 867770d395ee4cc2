/**
 * `veche documents schema …` for the document office, and `veche documents audit` for observers.
 * Functions with a period of notice are scheduled first (`--schedule`), and run by the same command
 * without it when the period is over; observers may cancel (`veche roles cancel`).
 */
import { readFile } from 'node:fs/promises'
import {
  accepted,
  cityAccess,
  DOCUMENT_POWERS,
  DOCUMENT_REGISTRY_ADDRESS,
  type DocumentPower,
  decodeSchemaRecord,
  documentRegistry,
} from '@veche/contracts'
import { type Hash, isAddress, keccakHex, VecheError } from '@veche/primitives'
import { Command, Option } from 'commander'
import { readContract } from '../act/act.ts'
import { CITY_ACCESS, DOCUMENT_REGISTRY } from '../act/contracts.ts'
import { auditDocuments } from '../documents/audit.ts'
import { rpcHeaderServer, verifyHeader } from '../light.ts'
import { type ActFlags, act, acting } from './act.ts'
import { schemaFrom } from './documents-issue.ts'
import { jsonOption, printJson, rpcOption } from './options.ts'
import { addPinOptions, type PinFlags, trustedBlock } from './pinned-genesis.ts'

interface AdminFlags extends ActFlags {
  readonly schedule: boolean
}

const schemaArgument = ['<schema>', 'name or id'] as const

function administering(name: string, description: string): Command {
  return acting(name, description)
    .argument(...schemaArgument)
    .option('--schedule', 'announce it: the period of notice begins', false)
}

/** The call itself, or its announcement in CityAccess. */
async function administer(flags: AdminFlags, data: `0x${string}`): Promise<void> {
  if (!flags.schedule) return act(flags, { contract: DOCUMENT_REGISTRY, data })
  const announced = cityAccess.encode.schedule(DOCUMENT_REGISTRY_ADDRESS, data, 0)
  return act(flags, { contract: CITY_ACCESS, data: announced })
}

async function definitionOf(file: string | undefined): Promise<Hash | undefined> {
  if (file === undefined) return undefined
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new VecheError('FILE_UNREADABLE', `cannot read ${file}`, { cause })
  })
  return keccakHex(bytes)
}

interface RegisterFlags extends AdminFlags {
  readonly previous?: string
  readonly definition?: string
  readonly uri: string
}

async function register(schema: string, flags: RegisterFlags): Promise<void> {
  const definition = await definitionOf(flags.definition)
  const data = documentRegistry.registerSchema({
    schemaId: schemaFrom(schema),
    uri: flags.uri,
    ...(flags.previous === undefined ? {} : { previous: schemaFrom(flags.previous) }),
    ...(definition === undefined ? {} : { definition }),
  })
  await administer(flags, data)
}

function powerCommand(kind: 'grant' | 'withdraw', description: string): Command {
  const power = new Option('--power <what>', 'what it is about').choices(DOCUMENT_POWERS)
  return administering(kind, description)
    .requiredOption('--account <0x…>', 'address of the account')
    .addOption(power.makeOptionMandatory())
    .action(
      async (schema: string, flags: AdminFlags & { account: string; power: DocumentPower }) => {
        const account = flags.account.toLowerCase()
        if (!isAddress(account))
          throw new VecheError('USAGE', `--account: an address expected, got ${flags.account}`)
        const call = documentRegistry[`${kind}Power`]
        await administer(flags, call(schemaFrom(schema), account, flags.power))
      },
    )
}

async function showSchema(schema: string, flags: { rpc: string; json: boolean }): Promise<void> {
  const id = schemaFrom(schema)
  const data = documentRegistry.schemaOf(id)
  const answer = await readContract(flags.rpc, { contract: DOCUMENT_REGISTRY, data })
  const record = accepted(decodeSchemaRecord(answer))
  if (flags.json) printJson({ schemaId: id, ...record })
  else if (record.version === 0) process.stdout.write(`${id} is not registered\n`)
  else {
    const state = record.frozen ? 'frozen' : 'open'
    const next = record.succeeded ? ', a later version exists' : ''
    process.stdout.write(`${id}: version ${record.version}, ${state}${next}\n`)
  }
}

/** `veche documents schema`. */
export function schemaCommand(): Command {
  return new Command('schema')
    .description('schemas of documents, and who may issue and revoke under them')
    .addCommand(
      administering('register', 'document office: add a schema, or the next version of one')
        .option('--previous <schema>', 'the version before it')
        .option('--definition <file>', 'its published definition, bound by its hash')
        .requiredOption('--uri <link>', 'where the definition stands')
        .action(register),
    )
    .addCommand(
      administering('freeze', 'document office: no further issues under it, for ever').action(
        (schema: string, flags: AdminFlags) =>
          administer(flags, documentRegistry.freezeSchema(schemaFrom(schema))),
      ),
    )
    .addCommand(powerCommand('grant', 'document office: an account may issue or revoke'))
    .addCommand(powerCommand('withdraw', 'document office: an account may no longer; at once'))
    .addCommand(
      new Command('show')
        .description('how a schema stands')
        .argument(...schemaArgument)
        .addOption(rpcOption())
        .addOption(jsonOption())
        .action(showSchema),
    )
}

interface AuditFlags extends PinFlags {
  readonly json: boolean
}

async function audit(flags: AuditFlags): Promise<void> {
  const trusted = await trustedBlock(flags)
  const server = rpcHeaderServer(flags.rpc)
  const head = await verifyHeader(server, trusted)
  if (!head.ok) throw new VecheError(head.code, head.reason)
  const genesis = trusted.number === 0 ? await verifyHeader(server, trusted, 0) : undefined
  const report = await auditDocuments({
    ...{ rpcUrl: flags.rpc, header: head.value.header },
    ...(genesis?.ok ? { genesis: genesis.value.header } : {}),
    say: (text) => void process.stderr.write(text),
  })
  if (report.faults.length > 0) process.exitCode = 1
  if (!report.codeKnown)
    process.stderr.write(
      'the code behind the registry is not of this release: look for CityUpgraded, and rebuild it\n',
    )
  if (flags.json) return printJson(report)
  const { faults, block, ...counts } = report
  for (const [name, value] of Object.entries(counts))
    process.stdout.write(`${name.padEnd(16)} ${value}\n`)
  for (const { code, text, blockNumber, transaction } of faults)
    process.stdout.write(
      `${code}: ${text} (block ${blockNumber}${transaction ? `, ${transaction}` : ''})\n`,
    )
  const end = faults.length === 0 ? 'events and state agree' : `${faults.length} faults`
  process.stdout.write(`${end} as of block ${block} with ${head.value.seals} seals\n`)
}

/** `veche documents audit`. */
export function auditCommand(): Command {
  const command = new Command('audit')
    .description('observer: replay every event and compare with proven state')
    .addOption(rpcOption())
  return addPinOptions(command)
    .addOption(jsonOption())
    .addHelpText('after', '\nExit code: 0 everything agrees, 1 something does not.')
    .action(audit)
}
