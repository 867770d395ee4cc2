/** `veche roles list|explain|audit`: reading, for anybody. */
import { type Hex, VecheError } from '@veche/primitives'
import { Command } from 'commander'
import { toJson } from '../act/describe.ts'
import { type AskAccess, askAccess, readHead } from '../roles/ask.ts'
import { type Operation, readHistory, readOperations } from '../roles/history.ts'
import { type HeldRole, readRoles } from '../roles/holders.ts'
import { type Power, readPowers } from '../roles/powers.ts'
import { jsonOption, rpcOption } from './options.ts'

interface ShowFlags {
  readonly rpc: string
  readonly json: boolean
}

/** Everything that CityAccess holds at the head. */
interface Snapshot {
  readonly height: number
  readonly timeSeconds: number
  readonly roles: readonly HeldRole[]
  readonly functions: readonly Power[]
  readonly operations: readonly Operation[]
}

async function readSnapshot(rpcUrl: string): Promise<Snapshot> {
  const ask: AskAccess = askAccess(rpcUrl)
  const { number, timeSeconds } = await readHead(rpcUrl)
  const history = await readHistory(rpcUrl, number)
  return {
    ...{ height: number, timeSeconds },
    roles: await readRoles(ask, timeSeconds),
    functions: await readPowers(ask, history),
    operations: await readOperations(ask, history, timeSeconds),
  }
}

const date = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`

function duration(seconds: number): string {
  if (seconds === 0) return 'at once'
  if (seconds % 86_400 === 0) return `after ${seconds / 86_400} d`
  if (seconds % 3_600 === 0) return `after ${seconds / 3_600} h`
  return `after ${seconds} s`
}

function roleLines({ id, name, admin, grantDelaySeconds, holders }: HeldRole): string[] {
  const members = holders.map(({ account, inForce, since, delaySeconds }) => {
    const grant = inForce ? '' : `, not before ${date(since)}: observers may object`
    return `    ${account}${delaySeconds > 0 ? `, acts ${duration(delaySeconds)}` : ''}${grant}`
  })
  const head = `  ${name} (${id}), granted by ${admin} ${duration(grantDelaySeconds)}`
  return [head, ...(members.length > 0 ? members : ['    nobody'])]
}

function powerLine({ contract, signature, role, delaySeconds, pending, differs }: Power): string {
  const later =
    pending === undefined
      ? ''
      : `, ${duration(pending.delaySeconds)} from ${date(pending.effect)} on`
  const mark = differs ? '  (differs from the published table)' : ''
  return `  ${contract}.${signature}: ${role} ${duration(delaySeconds)}${later}${mark}`
}

function operationLines({ id, caller, call, eta, expires, state }: Operation): string[] {
  return [`  ${id} ${state}`, `    ${call}`, `    by ${caller}, ${date(eta)} to ${date(expires)}`]
}

function listText({ height, timeSeconds, roles, functions, operations }: Snapshot): string {
  const waiting = operations.filter(({ state }) => state !== 'expired')
  return [
    `CityAccess after block ${height}, as of ${date(timeSeconds)}`,
    'roles:',
    ...roles.flatMap(roleLines),
    'functions:',
    ...functions.map(powerLine),
    waiting.length === 0 ? 'nothing is scheduled' : 'scheduled:',
    ...waiting.flatMap(operationLines),
    '',
  ].join('\n')
}

function showing(name: string, description: string): Command {
  return new Command(name).description(description).addOption(rpcOption()).addOption(jsonOption())
}

/** `veche roles list` */
export function listCommand(): Command {
  return showing('list', 'every role, member, function, delay and scheduled call').action(
    async ({ rpc, json }: ShowFlags) => {
      const snapshot = await readSnapshot(rpc)
      process.stdout.write(json ? `${toJson(snapshot)}\n` : listText(snapshot))
    },
  )
}

/** `veche roles pending`: quick enough to ask every minute. */
export function pendingCommand(): Command {
  return showing('pending', 'the calls that wait, and who may still object').action(
    async ({ rpc, json }: ShowFlags) => {
      const { number, timeSeconds } = await readHead(rpc)
      const history = await readHistory(rpc, number)
      const operations = await readOperations(askAccess(rpc), history, timeSeconds)
      const waiting = operations.filter(({ state }) => state !== 'expired')
      const lines = waiting.flatMap(operationLines)
      if (json) process.stdout.write(`${toJson({ height: number, operations })}\n`)
      else process.stdout.write(`${[...lines, `${waiting.length} scheduled`].join('\n')}\n`)
    },
  )
}

/** Functions that a text names: selector, name, signature, with or without its contract. */
function matching(powers: readonly Power[], text: string): Power[] {
  const wanted = text.toLowerCase()
  return powers.filter(({ contract, signature, selector }) => {
    const name = signature.slice(0, signature.indexOf('('))
    const names: string[] = [selector, signature, name, `${contract}.${name}`]
    return names.some((each) => each.toLowerCase() === wanted)
  })
}

function explainText(power: Power, roles: readonly HeldRole[]): string {
  const role = roles.find(({ id }) => id === power.roleId)
  const members = (role?.holders ?? []).map(({ account, inForce }) =>
    inForce ? account : `${account} (not yet)`,
  )
  return [
    powerLine(power).trimStart(),
    `  selector ${power.selector} of ${power.target}`,
    `  may call it: ${members.join(', ') || 'nobody'}`,
    `  may cancel it while it waits: ${role?.guardian ?? 'OBSERVERS'}, ADMIN, who scheduled it`,
    `  members are named by ${role?.admin ?? 'ADMIN'}`,
    '',
  ].join('\n')
}

/** `veche roles explain <function>` */
export function explainCommand(): Command {
  return showing('explain', 'who may call a function, after which notice, and who objects')
    .argument('<function>', 'selector, name, Contract.name or signature')
    .action(async (text: string | Hex, { rpc, json }: ShowFlags) => {
      const { functions, roles } = await readSnapshot(rpc)
      const found = matching(functions, text)
      if (found.length === 0)
        throw new VecheError('FUNCTION_UNKNOWN', `no restricted function is called ${text}`)
      if (json) {
        const told = found.map((power) => {
          const role = roles.find(({ id }) => id === power.roleId)
          return { ...power, holders: role?.holders ?? [], guardian: role?.guardian ?? 'OBSERVERS' }
        })
        process.stdout.write(`${toJson({ functions: told })}\n`)
      } else process.stdout.write(found.map((power) => explainText(power, roles)).join(''))
    })
}

/** What an observer should know of: table and state differ, a power without holders or delay. */
function findings({ roles, functions }: Snapshot): string[] {
  const admins = roles.find(({ id }) => id === 0n)?.holders ?? []
  const observers = roles.find(({ id }) => id === 1n)?.holders ?? []
  return [
    ...functions
      .filter(({ differs }) => differs)
      .map(({ contract, signature, role }) => `${contract}.${signature} is given to ${role}`),
    ...functions
      .filter(({ pending, delaySeconds }) => (pending?.delaySeconds ?? delaySeconds) < delaySeconds)
      .map(
        ({ contract, signature }) => `the notice of ${contract}.${signature} is being shortened`,
      ),
    ...admins
      .filter(({ delaySeconds }) => delaySeconds === 0)
      .map(({ account }) => `${account} is ADMIN without notice`),
    ...(observers.some(({ inForce }) => inForce) ? [] : ['no observer is in force']),
  ]
}

/** `veche roles audit`: exit code 1 when the state is not what the published table says. */
export function auditCommand(): Command {
  return showing('audit', 'compare the state with the published table').action(
    async ({ rpc, json }: ShowFlags) => {
      const snapshot = await readSnapshot(rpc)
      const found = findings(snapshot)
      if (found.length > 0) process.exitCode = 1
      if (json) {
        process.stdout.write(`${toJson({ height: snapshot.height, findings: found })}\n`)
        return
      }
      const lines = found.length === 0 ? ['as the published table says'] : found
      process.stdout.write(`after block ${snapshot.height}:\n  ${lines.join('\n  ')}\n`)
    },
  )
}
