/**
 * `veche roles …`: who may do what, after which notice, and who objects. For departments
 * (schedule, execute), personnel (grant, revoke), observers (cancel, object) and anybody who looks.
 */
import { CITY_ROLES, cityAccess } from '@veche/contracts'
import { type Address, type Hash, isAddress, isHash, VecheError } from '@veche/primitives'
import { Command, InvalidArgumentError } from 'commander'
import { CITY_ACCESS } from '../act/contracts.ts'
import { askAccess, readHead } from '../roles/ask.ts'
import { contractFor, type FileCall, readCallFile } from '../roles/call-file.ts'
import { callInWords, type Operation, readHistory, readOperations } from '../roles/history.ts'
import { type ActFlags, act, acting } from './act.ts'
import { integer } from './options.ts'
import { auditCommand, explainCommand, listCommand, pendingCommand } from './roles-show.ts'

/** unix seconds in uint48 */
const TIME_MAX = 2 ** 48 - 1
/** seconds in uint32 */
const DELAY_MAX = 2 ** 32 - 1

function roleArgument(text: string): bigint {
  const named = Object.entries(CITY_ROLES).find(([name]) => name === text.toUpperCase())
  if (named !== undefined) return named[1].id
  if (/^(?:0|[1-9]\d{0,18})$/.test(text)) return BigInt(text)
  throw new InvalidArgumentError(`a number or one of ${Object.keys(CITY_ROLES).join(', ')}.`)
}

function accountArgument(text: string): Address {
  const plain = text.toLowerCase()
  if (isAddress(plain)) return plain
  throw new InvalidArgumentError('an address of 20 bytes expected.')
}

function operationArgument(text: string): Hash {
  const plain = text.toLowerCase()
  if (isHash(plain)) return plain
  throw new InvalidArgumentError('the id of an operation (32 bytes) expected.')
}

/** The operation as it was scheduled. Throws `OPERATION_UNKNOWN`. */
async function findOperation(rpcUrl: string, id: Hash): Promise<Operation> {
  const head = await readHead(rpcUrl)
  const history = await readHistory(rpcUrl, head.number)
  const all = await readOperations(askAccess(rpcUrl), history, head.timeSeconds)
  const found = all.find((operation) => operation.id === id)
  if (found !== undefined) return found
  throw new VecheError('OPERATION_UNKNOWN', `no operation ${id} waits`)
}

/** The call itself, or its scheduling with `--schedule`. */
function perform(flags: ActFlags & { readonly schedule?: boolean; when?: number }, call: FileCall) {
  if (flags.schedule !== true) return act(flags, call)
  const { contract, data } = call
  process.stderr.write(`schedules ${callInWords(contract.address, data)}\n`)
  const scheduled = cityAccess.encode.schedule(contract.address, data, flags.when ?? 0)
  return act(flags, { contract: CITY_ACCESS, data: scheduled })
}

const scheduleText = 'give notice of the call instead: where it needs a delay'

function grantCommand(): Command {
  return acting('grant', 'give a role; it takes effect after the grant delay of the role')
    .argument('<role>', 'name or number', roleArgument)
    .argument('<account>', 'address', accountArgument)
    .option('--delay <seconds>', 'notice for all this member does', integer(0, DELAY_MAX), 0)
    .option('--schedule', scheduleText, false)
    .action((role: bigint, account: Address, flags: ActFlags & { delay: number }) =>
      perform(flags, {
        contract: CITY_ACCESS,
        data: cityAccess.encode.grantRole(role, account, flags.delay),
      }),
    )
}

function revokeCommand(): Command {
  return acting('revoke', 'take a role away; calls fail from the same block on')
    .argument('<role>', 'name or number', roleArgument)
    .argument('<account>', 'address', accountArgument)
    .option('--schedule', scheduleText, false)
    .action((role: bigint, account: Address, flags: ActFlags) =>
      perform(flags, {
        contract: CITY_ACCESS,
        data: cityAccess.encode.revokeRole(role, account),
      }),
    )
}

function objectCommand(): Command {
  return acting('object', 'observers: void a grant before it takes effect')
    .argument('<role>', 'name or number', roleArgument)
    .argument('<account>', 'address', accountArgument)
    .action((role: bigint, account: Address, flags: ActFlags) =>
      act(flags, { contract: CITY_ACCESS, data: cityAccess.encode.objectToGrant(role, account) }),
    )
}

function scheduleCommand(): Command {
  return acting('schedule', 'give notice of a call')
    .argument('<call.json>', '{"contract": …, "function": …, "args": {…}}')
    .option('--when <time>', 'unix seconds; default: as early as allowed', integer(0, TIME_MAX), 0)
    .action(async (path: string, flags: ActFlags & { when: number }) =>
      perform({ ...flags, schedule: true }, await readCallFile(path)),
    )
}

function executeCommand(): Command {
  return acting('execute', 'run a call: one that was scheduled, or one that needs no notice')
    .argument('<operation|call.json>', 'id of a scheduled operation, or a file')
    .action(async (what: string, flags: ActFlags) => {
      if (!isHash(what.toLowerCase())) return act(flags, await readCallFile(what))
      const { target, data } = await findOperation(flags.rpc, operationArgument(what))
      return act(flags, { contract: contractFor(target), data })
    })
}

function cancelCommand(): Command {
  return acting('cancel', 'stop a scheduled call: observers, or who scheduled it')
    .argument('<operation>', 'id of a scheduled operation', operationArgument)
    .action(async (id: Hash, flags: ActFlags) => {
      const { caller, target, data, call } = await findOperation(flags.rpc, id)
      process.stderr.write(`cancels ${call}, scheduled by ${caller}\n`)
      return act(flags, {
        contract: CITY_ACCESS,
        data: cityAccess.encode.cancel(caller, target, data),
      })
    })
}

export function rolesCommand(): Command {
  const command = new Command('roles').description('who may do what, after which notice')
  for (const each of [
    ...[listCommand(), pendingCommand(), explainCommand(), auditCommand()],
    ...[grantCommand(), revokeCommand(), objectCommand()],
    ...[scheduleCommand(), executeCommand(), cancelCommand()],
  ])
    command.addCommand(each)
  return command
}
