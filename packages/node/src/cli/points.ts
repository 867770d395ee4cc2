/** `veche points …`: what citizens, payees and observers do; offices in points-office.ts. */
import {
  accepted,
  POINTS_LIFE_YEARS,
  pointsExpirySeconds,
  SERVICE_POINTS_ADDRESS,
  servicePoints,
} from '@veche/contracts'
import type { Hash } from '@veche/primitives'
import { Command } from 'commander'
import { SERVICE_POINTS } from '../act/contracts.ts'
import { toJson } from '../act/describe.ts'
import { readJsonFile, writeJsonFile } from '../act/files.ts'
import { callRpc } from '../json-rpc.ts'
import { nameToId, pointsToText, textToPoints } from '../points/amounts.ts'
import { auditPoints, readPointsAt, readPointsCalendar } from '../points/audit.ts'
import {
  authorisationShape,
  authorisationTypedData,
  createAuthorisation,
  randomOpenId,
  submitCalldata,
} from '../points/authorization-file.ts'
import {
  type ActFlags,
  act,
  acting,
  openSigner,
  type SignFlags,
  signing,
  signMessage,
} from './act.ts'
import { integer, jsonOption, rpcOption } from './options.ts'
import {
  budgetCommand,
  commit,
  mintCommand,
  payeeCommand,
  policyCommands,
  toAddress,
} from './points-office.ts'

const { encode, decode } = servicePoints
const HOUR_SECONDS = 3_600
const DAY_SECONDS = 86_400

interface ReadFlags {
  readonly rpc: string
  readonly json: boolean
}

const dateOf = (seconds: number): string => new Date(seconds * 1000).toISOString()

async function balance(account: string, flags: ReadFlags): Promise<void> {
  const address = toAddress(account)
  const purse = accepted(decode.purseOf(await readPointsAt(flags.rpc, encode.purseOf(address))))
  const calendar = await readPointsCalendar(flags.rpc)
  const { fresh, older, oldest, earned } = purse
  const parts = [oldest, older, fresh].map((amount, i) => {
    const year = purse.year - (POINTS_LIFE_YEARS - 1) + i
    return { year, amount, expires: pointsExpirySeconds(calendar, year) }
  })
  const dated = parts.filter(({ amount }) => amount > 0n)
  const total = fresh + older + oldest + earned
  if (flags.json) {
    process.stdout.write(`${toJson({ address, total, earned, parts: dated })}\n`)
    return
  }
  process.stdout.write(`${pointsToText(total)} points\n`)
  for (const { amount, expires } of dated)
    process.stdout.write(`  ${pointsToText(amount)} until ${dateOf(expires)}\n`)
  if (earned > 0n) process.stdout.write(`  ${pointsToText(earned)} earned, without end\n`)
}

const balanceCommand = (): Command =>
  new Command('balance')
    .description('what an account holds, and when it expires')
    .argument('<address>')
    .addOption(rpcOption())
    .addOption(jsonOption())
    .action(balance)

const transferCommand = (): Command =>
  acting('transfer', 'send points to a payee, or from a payee to a citizen')
    .requiredOption('--to <address>', 'who receives')
    .requiredOption('--amount <points>', 'like 12.50')
    .action((flags: ActFlags & { to: string; amount: string }) => {
      const data = encode.transfer(toAddress(flags.to), textToPoints(flags.amount))
      return act(flags, { contract: SERVICE_POINTS, data })
    })

const redeemCommand = (): Command =>
  acting('redeem', 'give earned points back to the city, which settles them')
    .requiredOption('--amount <points>', 'like 12.50')
    .requiredOption('--reference <text>', 'settlement paper; only its salted hash is published')
    .action((flags: ActFlags & { amount: string; reference: string }) => {
      const data = encode.redeem(textToPoints(flags.amount), commit(flags.reference))
      return act(flags, { contract: SERVICE_POINTS, data })
    })

const expireCommand = (): Command =>
  acting('expire', 'publish expiry that has happened; changes no balance')
    .argument('<addresses...>')
    .action((accounts: readonly string[], flags: ActFlags) =>
      act(flags, { contract: SERVICE_POINTS, data: encode.expire(accounts.map(toAddress)) }),
    )

const STATUSES = ['none', 'issued', 'paid', 'cancelled'] as const

async function showInvoice(flags: ReadFlags & { payee: string; id: string }): Promise<void> {
  const payee = toAddress(flags.payee)
  const invoiceId = nameToId(flags.id)
  const answer = await readPointsAt(flags.rpc, encode.invoiceOf(payee, invoiceId))
  const invoice = accepted(decode.invoiceOf(answer))
  const status = STATUSES[invoice.status] ?? 'none'
  const { fresh, older, oldest, earned } = invoice.refundable
  const refundable = fresh + older + oldest + earned
  const { payer, amount, deadline } = invoice
  if (flags.json) {
    const facts = { payee, invoiceId, status, payer, amount, deadline, refundable }
    process.stdout.write(`${toJson(facts)}\n`)
    return
  }
  const terms = amount === 0n ? '' : `, ${pointsToText(amount)} until ${dateOf(deadline)}`
  const paid = status === 'paid' ? `, by ${payer}, refundable ${pointsToText(refundable)}` : ''
  process.stdout.write(`${status}${terms}${paid}\n`)
}

interface PayFlags extends ActFlags {
  readonly payee: string
  readonly id?: string
  readonly amount: string
}

/** The invoice's id, or a fresh one of the payer's own. */
async function payId(flags: SignFlags & { readonly id?: string }): Promise<Hash> {
  if (flags.id !== undefined) return nameToId(flags.id)
  return randomOpenId((await openSigner(flags)).address)
}

function invoiceCommand(): Command {
  const create = acting('create', 'ask for an amount (payee)')
    .requiredOption('--id <name|0x…>', "the payee's own number; nothing personal in it")
    .requiredOption('--amount <points>', 'like 12.50')
    .option('--days <n>', 'to pay it within', integer(1, 1_096), 30)
    .action((flags: ActFlags & { id: string; amount: string; days: number }) => {
      const deadline = Math.floor(Date.now() / 1000) + flags.days * DAY_SECONDS
      const data = encode.issueInvoice(nameToId(flags.id), textToPoints(flags.amount), deadline)
      return act(flags, { contract: SERVICE_POINTS, data })
    })
  const show = new Command('show')
    .description('the state of an invoice')
    .requiredOption('--payee <address>', 'whose')
    .requiredOption('--id <name|0x…>', 'its number')
    .addOption(rpcOption())
    .addOption(jsonOption())
    .action(showInvoice)
  const pay = acting('pay', 'pay an invoice, or a payee that takes open payments')
    .requiredOption('--payee <address>', 'who is paid')
    .option('--id <name|0x…>', "the payee's number; absent: an open payment with a new number")
    .requiredOption('--amount <points>', 'like 12.50')
    .action(async (flags: PayFlags) => {
      const id = await payId(flags)
      const data = encode.pay(id, toAddress(flags.payee), textToPoints(flags.amount))
      return act(flags, { contract: SERVICE_POINTS, data })
    })
  const refund = acting('refund', 'give back a payment, or part of it (payee)')
    .requiredOption('--id <name|0x…>', 'its number')
    .requiredOption('--amount <points>', 'like 12.50')
    .action((flags: ActFlags & { id: string; amount: string }) => {
      const data = encode.refund(nameToId(flags.id), textToPoints(flags.amount))
      return act(flags, { contract: SERVICE_POINTS, data })
    })
  const cancel = acting('cancel', 'take back an unpaid invoice (payee)')
    .requiredOption('--id <name|0x…>', 'its number')
    .action((flags: ActFlags & { id: string }) => {
      const data = encode.cancelInvoice(nameToId(flags.id))
      return act(flags, { contract: SERVICE_POINTS, data })
    })
  const command = new Command('invoice').description('ask, pay, refund')
  for (const each of [create, show, pay, refund, cancel]) command.addCommand(each)
  return command
}

interface AuthoriseFlags extends SignFlags {
  readonly chainId: number
  readonly payee: string
  readonly id?: string
  readonly amount: string
  readonly hours: number
  readonly out: string
}

async function authorise(flags: AuthoriseFlags): Promise<void> {
  const signer = await openSigner(flags)
  const file = createAuthorisation({
    ...{ chainId: flags.chainId, from: signer.address, payee: toAddress(flags.payee) },
    ...(flags.id === undefined ? {} : { invoiceId: nameToId(flags.id) }),
    amount: textToPoints(flags.amount),
    nowSeconds: Math.floor(Date.now() / 1000),
    validSeconds: flags.hours * HOUR_SECONDS,
  })
  const signature = await signMessage(flags, authorisationTypedData(file), signer)
  if (signature === undefined) return
  await writeJsonFile(flags.out, { ...file, signature })
  const { invoiceId, nonce } = file
  const text = `signed payment of ${flags.amount} points in ${flags.out}\n`
  process.stdout.write(flags.json ? `${toJson({ file: flags.out, invoiceId, nonce })}\n` : text)
}

const authoriseCommand = (): Command =>
  signing('authorise', 'sign a payment offline; anybody may submit the file')
    .requiredOption('--chain-id <n>', 'of the network', integer(1, Number.MAX_SAFE_INTEGER))
    .requiredOption('--payee <address>', 'who is paid')
    .option('--id <name|0x…>', "the payee's number; absent: an open payment with a new number")
    .requiredOption('--amount <points>', 'like 12.50')
    .option('--hours <n>', 'how long it may be submitted', integer(1, 8_784), 24)
    .requiredOption('--out <file.json>', 'where the signed payment goes')
    .action(authorise)

const submitCommand = (): Command =>
  acting('submit', "submit a citizen's signed payment")
    .argument('<file.json>', 'of `veche points authorise`')
    .action(async (path: string, flags: ActFlags) => {
      const file = await readJsonFile(path, authorisationShape)
      const chainId = Number(await callRpc(flags.rpc, 'eth_chainId', []))
      const data = await submitCalldata(file, chainId)
      return act(flags, { contract: SERVICE_POINTS, data })
    })

async function audit(flags: ReadFlags): Promise<void> {
  const found = await auditPoints(flags.rpc)
  process.exitCode = found.differences.length === 0 ? 0 : 1
  if (flags.json) {
    process.stdout.write(`${toJson(found)}\n`)
    return
  }
  const rows = [
    `height ${found.height} (${dateOf(found.timeSeconds)}), ${found.events} events of ${SERVICE_POINTS_ADDRESS}`,
    `${found.accounts} accounts, ${found.payments} payments, ${found.refunds} refunds`,
    `minted ${pointsToText(found.minted)}, redeemed ${pointsToText(found.burned)}`,
    `expired ${pointsToText(found.expired)}, in purses ${pointsToText(found.totalSupply)}`,
    ...found.differences.map((each) => `WRONG ${each}`),
    found.differences.length === 0 ? 'every rule held, every balance agrees' : 'not right',
  ]
  process.stdout.write(`${rows.join('\n')}\n`)
}

const auditCommand = (): Command =>
  new Command('audit')
    .description('replay all events as an observer: rules, quotas, invoices, balances')
    .addOption(rpcOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExit code: 0 all is right, 1 something differs.')
    .action(audit)

/** The `points` subcommand. */
export function pointsCommand(): Command {
  const command = new Command('points').description('service points: hold, pay, mint, audit')
  const all = [
    ...[balanceCommand(), transferCommand(), invoiceCommand(), authoriseCommand()],
    ...[submitCommand(), redeemCommand(), expireCommand(), auditCommand()],
    ...[mintCommand(), budgetCommand(), payeeCommand(), ...policyCommands()],
  ]
  for (const each of all) command.addCommand(each)
  return command
}
