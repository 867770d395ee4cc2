/**
 * `veche quotas …`: how much gas whom a node takes. Anybody looks; the keeper of quotas changes
 * classes with notice, and observers cancel (`veche roles cancel`).
 */
import { quotaPolicy } from '@veche/contracts'
import { VecheError } from '@veche/primitives'
import { Argument, Command, Option } from 'commander'
import { QUOTA_POLICY } from '../act/contracts.ts'
import { toJson } from '../act/describe.ts'
import { toSenderQuota } from '../quota/policy.ts'
import {
  CLASS_MAX,
  quotaInWords,
  readClassOf,
  readPolicy,
  readQuota,
  readSpent,
  textToBucket,
} from '../quota/read-policy.ts'
import { integer, jsonOption, rpcOption } from './options.ts'
import { actWithNotice, type NoticeFlags, noticed } from './points-notice.ts'
import { toAddress } from './points-office.ts'

const { encode } = quotaPolicy
/** QuotaPolicy.BATCH_MAX */
const BATCH_MAX = 64

interface ReadFlags {
  readonly rpc: string
  readonly json: boolean
}

function reading(name: string, description: string): Command {
  return new Command(name).description(description).addOption(rpcOption()).addOption(jsonOption())
}

async function list({ rpc, json }: ReadFlags): Promise<void> {
  const { classes, members, admitters } = await readPolicy(rpc)
  if (json) {
    process.stdout.write(`${toJson({ classes, members, admitters })}\n`)
    return
  }
  const lines = [
    'classes (gas a second/gas at once, of each sender; of all its senders together):',
    ...classes.map(({ class: id, quota }) => {
      const { sender, shared } = quotaInWords(quota)
      return `  ${id}${id === 0 ? ' (everybody else)' : ''}: ${sender}; ${shared}`
    }),
    'senders that were given a class after genesis:',
    ...members.map(({ sender, class: id }) => `  ${sender}: ${id}`),
    'contracts that vouch for transactions:',
    ...admitters.map((each) => `  ${each}`),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

async function show(text: string, { rpc, json }: ReadFlags): Promise<void> {
  const sender = toAddress(text)
  const id = await readClassOf(rpc, sender)
  const quota = await readQuota(rpc, id)
  const size = toSenderQuota(id, quota).sender
  const spent = size === undefined ? undefined : await readSpent(rpc, sender, size)
  if (json) {
    process.stdout.write(`${toJson({ sender, class: id, quota, ...(spent && { spent }) })}\n`)
    return
  }
  const { sender: own, shared } = quotaInWords(quota)
  const used =
    spent === undefined
      ? []
      : [`  blocks from ${spent.fromBlock} on left ${spent.level} gas in its own bucket`]
  const lines = [`${sender} is in class ${id}`, `  of its own ${own}`, `  of the class ${shared}`]
  process.stdout.write(`${[...lines, ...used].join('\n')}\n`)
}

const classArgument = (): Argument =>
  new Argument('<class>', 'number; 0 is everybody else').argParser(integer(0, CLASS_MAX))

interface SetFlags extends NoticeFlags {
  readonly sender: string
  readonly shared: string
}

const setCommand = (): Command =>
  noticed('set', 'set the buckets of a class (keeper of quotas, three days in public)')
    .addArgument(classArgument())
    .addOption(
      new Option(
        '--sender <rate/bucket>',
        'of each sender: gas a second/gas at once, or unlimited',
      ).makeOptionMandatory(),
    )
    .addOption(
      new Option('--shared <rate/bucket>', 'of all senders together').makeOptionMandatory(),
    )
    .action((id: number, flags: SetFlags) => {
      const [sender, shared] = [textToBucket(flags.sender), textToBucket(flags.shared)]
      const quota = {
        ...{ senderRate: sender.rate, senderBucket: sender.bucket },
        ...{ sharedRate: shared.rate, sharedBucket: shared.bucket },
      }
      return actWithNotice(flags, encode.setQuota(id, quota), QUOTA_POLICY)
    })

const assignCommand = (): Command =>
  noticed('assign', 'put senders into a class (keeper of quotas, a day in public)')
    .addArgument(classArgument())
    .argument('<address...>', `at most ${BATCH_MAX} senders`)
    .action((id: number, senders: readonly string[], flags: NoticeFlags) => {
      if (senders.length > BATCH_MAX)
        throw new VecheError(
          'USAGE',
          `at most ${BATCH_MAX} senders expected, got ${senders.length}`,
        )
      return actWithNotice(flags, encode.setClass(senders.map(toAddress), id), QUOTA_POLICY)
    })

const admitCommand = (): Command =>
  noticed('admit', 'let a contract vouch, or no longer (keeper of quotas, three days in public)')
    .argument('<contract>', 'address')
    .addArgument(new Argument('<state>').choices(['on', 'off']))
    .action((contract: string, state: string, flags: NoticeFlags) =>
      actWithNotice(flags, encode.setAdmitter(toAddress(contract), state === 'on'), QUOTA_POLICY),
    )

/** `veche quotas`. */
export function quotasCommand(): Command {
  const command = new Command('quotas').description('how much gas whom a node takes')
  for (const each of [
    reading('list', 'classes, senders and contracts that vouch').action(list),
    reading('show', 'class and buckets of a sender').argument('<address>').action(show),
    ...[setCommand(), assignCommand(), admitCommand()],
  ])
    command.addCommand(each)
  return command
}
