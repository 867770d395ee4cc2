/**
 * `veche identities …`: persons as salted commitments and the keys that speak for them. Holders
 * sign files offline, the office attests and registers, anybody relays and looks.
 */
import { randomBytes } from 'node:crypto'
import { bytesToHex, type Hash, isHash, VecheError } from '@veche/primitives'
import { Command } from 'commander'
import { toJson } from '../act/describe.ts'
import { readJsonFile, writeJsonFile } from '../act/files.ts'
import { auditIdentities } from '../identities/audit.ts'
import { identityOf, OPENING_FORMAT, openingShape, PERSON_MAX } from '../identities/opening.ts'
import {
  type IdentityStory,
  readIdentity,
  readRebindings,
  readRegistered,
  readStory,
  statusName,
} from '../identities/read.ts'
import {
  draftCommand,
  identityRequestCommand,
  keyCommand,
  signCommand,
  submitCommand,
} from './identities-message.ts'
import { attestCommand, officeCommands, withdrawCommand } from './identities-office.ts'
import { jsonOption, rpcOption } from './options.ts'
import { passkeyCommand } from './person.ts'

const EXIT_DIFFERS = 1

interface ReadFlags {
  readonly rpc: string
  readonly json: boolean
}

/** An identity from an argument. Throws `USAGE`. */
function idFrom(text: string): Hash {
  const lower = text.toLowerCase()
  if (isHash(lower)) return lower
  throw new VecheError('USAGE', `an identity of 32 bytes as 0x text expected, got ${text}`)
}

interface CommitFlags {
  readonly person?: string
  readonly opening?: string
  readonly out?: string
  readonly json: boolean
}

async function commit({ person, opening, out, json }: CommitFlags): Promise<void> {
  if (opening !== undefined && person === undefined) {
    const idC = identityOf(await readJsonFile(opening, openingShape))
    process.stdout.write(json ? `${toJson({ idC })}\n` : `${idC}\n`)
    return
  }
  if (opening !== undefined || person === undefined || out === undefined)
    throw new VecheError('USAGE', '--person and --out, or --opening expected')
  if (person.length === 0 || person.length > PERSON_MAX)
    throw new VecheError('USAGE', `--person: 1 to ${PERSON_MAX} characters expected`)
  const salt = bytesToHex(new Uint8Array(randomBytes(32)))
  const made = { format: OPENING_FORMAT, person, salt } as const
  await writeJsonFile(out, made)
  const idC = identityOf(made)
  if (json) process.stdout.write(`${toJson({ idC, file: out })}\n`)
  else process.stdout.write(`${idC}; what opens it is in ${out}: keep it\n`)
}

const commitCommand = (): Command =>
  new Command('commit')
    .description('a new identity for a person, or that of an opening; offline')
    .option('--person <text>', 'who, in the words of the office')
    .option('--out <file>', `a new file: ${OPENING_FORMAT}, the only place where the person stands`)
    .option('--opening <file>', 'instead: an opening that was made before')
    .addOption(jsonOption())
    .action(commit)

function reading(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<identity>', '32 bytes as 0x text')
    .addOption(rpcOption())
    .addOption(jsonOption())
}

const date = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`

async function show(text: string, { rpc, json }: ReadFlags): Promise<void> {
  const idC = idFrom(text)
  const record = await readRegistered(rpc, idC)
  const rebindings = await readRebindings(rpc, await readStory(rpc, idC))
  const status = statusName(record)
  if (json) {
    process.stdout.write(`${toJson({ idC, ...record, status, rebindings })}\n`)
    return
  }
  const { keyHash, recoveryHash, assurance, reason, epoch, version, updatedAt, head } = record
  const lines = [
    `${idC}: ${status}${reason === 0 ? '' : `, reason ${reason}`}, assurance ${assurance}`,
    `  key ${keyHash}, recovery key ${recoveryHash}`,
    `  keys no. ${epoch}, operation ${version} of ${date(updatedAt)}, head ${head}`,
    ...rebindings.flatMap(({ evidence, objected, noticeEndsAt, ...request }) => [
      `  request ${request.requestId}: ${evidence.join(', ')}${objected ? '; objected to' : ''}`,
      `    key ${request.newKeyHash}, recovery key ${request.newRecoveryHash}`,
      noticeEndsAt === 0
        ? '    one more evidence is needed'
        : `    may be completed from ${date(noticeEndsAt)} on`,
    ]),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

function historyText({ steps }: IdentityStory, complete: boolean): string {
  const lines = steps.map(
    ({ version, operation, status, blockNumber, actor }) =>
      `  ${version} ${operation} → ${status}, block ${blockNumber}, by ${actor}`,
  )
  const verdict = complete
    ? 'the events add up to the head of the record'
    : 'THE EVENTS DO NOT ADD UP TO THE HEAD OF THE RECORD'
  return `${[...lines, verdict].join('\n')}\n`
}

async function history(text: string, { rpc, json }: ReadFlags): Promise<void> {
  const idC = idFrom(text)
  const story = await readStory(rpc, idC)
  const { head } = await readIdentity(rpc, idC)
  const complete = story.unbroken && story.head === head
  if (!complete) process.exitCode = EXIT_DIFFERS
  const { steps } = story
  if (json) process.stdout.write(`${toJson({ idC, head, complete, steps })}\n`)
  else process.stdout.write(historyText(story, complete))
}

async function audit({ rpc, json }: ReadFlags): Promise<void> {
  const found = await auditIdentities(rpc)
  if (found.differences.length > 0) process.exitCode = EXIT_DIFFERS
  if (json) {
    process.stdout.write(`${toJson(found)}\n`)
    return
  }
  const { height, identities, events, counts, differences } = found
  const lines = [
    `after block ${height}: ${identities} identities, ${events} events`,
    ...Object.entries(counts).map(([name, count]) => `  ${name}: ${count}`),
    ...(differences.length === 0 ? ['as the events tell'] : differences),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

const auditCommand = (): Command =>
  new Command('audit')
    .description('replay the whole register; exit code 1 when something does not fit')
    .addOption(rpcOption())
    .addOption(jsonOption())
    .action(audit)

/** `veche identities`. */
export function identitiesCommand(): Command {
  const command = new Command('identities').description('persons as commitments, and their keys')
  for (const each of [
    ...[commitCommand(), keyCommand(), passkeyCommand()],
    ...[draftCommand(), identityRequestCommand(), signCommand(), submitCommand()],
    ...[attestCommand(), withdrawCommand(), ...officeCommands()],
    reading('show', 'the record, and the requests to bind other keys').action(show),
    reading('history', 'every operation; exit code 1 when they do not add up').action(history),
    auditCommand(),
  ])
    command.addCommand(each)
  return command
}
