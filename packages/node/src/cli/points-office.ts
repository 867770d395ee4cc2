/** `veche points mint|budget|payee|peers|pause|resume`: what departments and offices do. */
import { randomBytes } from 'node:crypto'
import { accepted, servicePoints } from '@veche/contracts'
import {
  type Address,
  bytesToHex,
  type Hash,
  isAddress,
  keccakHex,
  utf8ToBytes,
  VecheError,
} from '@veche/primitives'
import { Command } from 'commander'
import { encodeAbiParameters, keccak256 } from 'viem/utils'
import { SERVICE_POINTS } from '../act/contracts.ts'
import { toJson } from '../act/describe.ts'
import { readBounded } from '../act/files.ts'
import { PAYROLL_BYTES_MAX } from '../limits.ts'
import { nameToId, pointsToText, textToPoints } from '../points/amounts.ts'
import { readPointsAt } from '../points/audit.ts'
import { type ActFlags, act, acting } from './act.ts'
import { integer, jsonOption, rpcOption } from './options.ts'
import { actWithNotice, type NoticeFlags, noticed } from './points-notice.ts'

const { encode, decode } = servicePoints
const DAY_SECONDS = 86_400
/** 100 new accounts take 2.9 M of a genesis block's 8 M gas; the contract would take 200 */
const CREDITS_AT_ONCE = 100

/** An address from an option. Throws `USAGE`. */
export function toAddress(text: string): Address {
  const lower = text.toLowerCase()
  if (isAddress(lower)) return lower
  throw new VecheError('USAGE', `an address as 0x text expected, got ${text}`)
}

/** A salted commitment to a text; the salt is shown once and belongs into the office's papers. */
export function commit(text: string): Hash {
  const salt = randomBytes(32)
  process.stderr.write(`commitment to "${text}" with salt ${bytesToHex(salt)}: keep both\n`)
  const type = keccakHex(utf8ToBytes('VechePointsReason/1(string text,bytes32 salt)'))
  const fields = [{ type: 'bytes32' }, { type: 'string' }, { type: 'bytes32' }] as const
  return keccak256(encodeAbiParameters(fields, [type, text, bytesToHex(salt)]))
}

interface MintFlags extends ActFlags {
  readonly to?: string
  readonly amount?: string
  readonly csv?: string
  readonly budget: string
  readonly reason: string
}

/** `address,amount` a line; lines that begin with # are skipped. Throws `USAGE`. */
export function parseCredits(text: string): { to: Address; amount: bigint }[] {
  const lines = text.split('\n').map((line) => line.trim())
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [to = '', amount = '', ...rest] = line.split(',').map((part) => part.trim())
      if (rest.length > 0) throw new VecheError('USAGE', `address,amount expected, got ${line}`)
      return { to: toAddress(to), amount: textToPoints(amount) }
    })
}

async function mint(flags: MintFlags): Promise<void> {
  const budgetId = nameToId(flags.budget)
  const reasonC = commit(flags.reason)
  if (flags.csv === undefined) {
    if (flags.to === undefined || flags.amount === undefined)
      throw new VecheError('USAGE', '--to and --amount, or --csv expected')
    const amount = textToPoints(flags.amount)
    const data = encode.mint(toAddress(flags.to), amount, budgetId, reasonC)
    return act(flags, { contract: SERVICE_POINTS, data })
  }
  const credits = parseCredits(await readBounded(flags.csv, PAYROLL_BYTES_MAX))
  const acts = []
  for (let at = 0; at < credits.length; at += CREDITS_AT_ONCE) {
    const data = encode.mintBatch(budgetId, reasonC, credits.slice(at, at + CREDITS_AT_ONCE))
    acts.push({ contract: SERVICE_POINTS, data })
  }
  return act(flags, ...acts)
}

/** `points mint`. */
export function mintCommand(): Command {
  return acting('mint', 'give points against a budget line of the signing department')
    .option('--to <address>', 'who receives')
    .option('--amount <points>', 'like 12.50')
    .option('--csv <file>', 'address,amount on each line, instead of --to and --amount')
    .requiredOption('--budget <name|0x…>', 'budget line')
    .requiredOption('--reason <text>', 'decision or order; only its salted hash is published')
    .action(mint)
}

async function showBudget(budget: string, flags: { rpc: string; json: boolean }): Promise<void> {
  const budgetId = nameToId(budget)
  const line = accepted(decode.budgetOf(await readPointsAt(flags.rpc, encode.budgetOf(budgetId))))
  const data = encode.departmentOf(line.department)
  const department = accepted(decode.departmentOf(await readPointsAt(flags.rpc, data)))
  if (flags.json) {
    process.stdout.write(`${toJson({ budgetId, ...line, quota: department })}\n`)
    return
  }
  const state = line.closed ? 'closed' : 'open'
  const rows = [
    `line ${budgetId}, ${state}`,
    `  department ${line.department}`,
    `  minted ${pointsToText(line.minted)} of ${pointsToText(line.limit)}`,
    `  department in epoch ${department.epoch}: ${pointsToText(department.minted)} of ${pointsToText(department.quota)}`,
  ]
  process.stdout.write(`${rows.join('\n')}\n`)
}

/** `points budget …`. */
export function budgetCommand(): Command {
  const show = new Command('show')
    .description('a line and what its department minted in this epoch')
    .argument('<name|0x…>', 'budget line')
    .addOption(rpcOption())
    .addOption(jsonOption())
    .action(showBudget)
  const open = noticed('open', 'open a line for a department (treasury)')
    .requiredOption('--budget <name|0x…>', 'new line')
    .requiredOption('--department <address>', 'who may mint against it')
    .requiredOption('--limit <points>', 'most that may be minted against it')
    .action((flags: NoticeFlags & { budget: string; department: string; limit: string }) => {
      const { budget, department, limit } = flags
      const args = [nameToId(budget), toAddress(department), textToPoints(limit)] as const
      return actWithNotice(flags, encode.openBudget(...args))
    })
  const limit = noticed('limit', 'change the limit of a line (treasury)')
    .requiredOption('--budget <name|0x…>', 'line')
    .requiredOption('--limit <points>', 'new limit, not below what is minted')
    .action((flags: NoticeFlags & { budget: string; limit: string }) =>
      actWithNotice(
        flags,
        encode.setBudgetLimit(nameToId(flags.budget), textToPoints(flags.limit)),
      ),
    )
  const close = noticed('close', 'end a line for ever (treasury; at once)')
    .requiredOption('--budget <name|0x…>', 'line')
    .action((flags: NoticeFlags & { budget: string }) =>
      actWithNotice(flags, encode.closeBudget(nameToId(flags.budget))),
    )
  const quota = noticed('quota', "change a department's quota of an epoch (treasury)")
    .requiredOption('--department <address>', 'whose')
    .requiredOption('--quota <points>', 'most that it may mint in an epoch')
    .action((flags: NoticeFlags & { department: string; quota: string }) =>
      actWithNotice(flags, encode.setQuota(toAddress(flags.department), textToPoints(flags.quota))),
    )
  const command = new Command('budget').description('budget lines and quotas')
  for (const each of [show, open, limit, close, quota]) command.addCommand(each)
  return command
}

async function showPayee(payee: string, flags: { rpc: string; json: boolean }): Promise<void> {
  const data = encode.payeeOf(toAddress(payee))
  const [registered, open] = accepted(decode.payeeOf(await readPointsAt(flags.rpc, data)))
  const text = registered ? (open ? 'payee, also without invoices' : 'payee') : 'no payee'
  process.stdout.write(flags.json ? `${toJson({ payee, registered, open })}\n` : `${text}\n`)
}

/** `points payee …`. */
export function payeeCommand(): Command {
  const show = new Command('show')
    .description('whether an account is a registered payee')
    .argument('<address>')
    .addOption(rpcOption())
    .addOption(jsonOption())
    .action(showPayee)
  const register = noticed('register', 'register a payee (compliance)')
    .requiredOption('--payee <address>', 'who may be paid')
    .requiredOption(
      '--info-hash <0x…>',
      'commitment to its papers, 32 bytes; the same at each step',
    )
    .option('--open', 'also takes payments without an invoice', false)
    .action((flags: NoticeFlags & { payee: string; infoHash: string; open: boolean }) => {
      const infoC = nameToId(flags.infoHash)
      return actWithNotice(flags, encode.registerPayee(toAddress(flags.payee), flags.open, infoC))
    })
  const remove = noticed('remove', 'end a registration (compliance)')
    .requiredOption('--payee <address>', 'whose')
    .action((flags: NoticeFlags & { payee: string }) =>
      actWithNotice(flags, encode.removePayee(toAddress(flags.payee))),
    )
  const command = new Command('payee').description('who may be paid with points')
  for (const each of [show, register, remove]) command.addCommand(each)
  return command
}

/** `points peers`, `points pause`, `points resume`. */
export function policyCommands(): Command[] {
  return [
    noticed('peers', 'allow or forbid transfers between citizens (treasury, seven days)')
      .argument('<on|off>')
      .action((state: string, flags: NoticeFlags) => {
        if (state !== 'on' && state !== 'off')
          throw new VecheError('USAGE', `on or off expected, got ${state}`)
        return actWithNotice(flags, encode.setPeerTransfers(state === 'on'))
      }),
    acting('pause', 'stop minting, not spending (compliance)')
      .argument('<days>', '1 to 30', integer(1, 30))
      .action((days: number, flags: ActFlags) => {
        const until = Math.floor(Date.now() / 1000) + days * DAY_SECONDS
        return act(flags, { contract: SERVICE_POINTS, data: encode.pauseMint(until) })
      }),
    noticed('resume', 'end a pause early (compliance)').action((flags: NoticeFlags) =>
      actWithNotice(flags, encode.resumeMint()),
    ),
  ]
}
