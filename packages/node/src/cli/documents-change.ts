/**
 * `veche documents suspend|reinstate|revoke|supersede|order|reasons`: what registrars and the court
 * do with documents that were issued.
 */
import type { Document } from '@veche/contracts'
import { Command, Option } from 'commander'
import { changeActs, orderActs, reinstateActs, supersedeAct } from '../documents/change.ts'
import { DOCUMENT_REASONS, reasonFrom } from '../documents/reasons.ts'
import { type ActFlags, act, acting } from './act.ts'
import { readDocument } from './documents-verify.ts'
import { jsonOption, printJson } from './options.ts'

interface ChangeFlags extends ActFlags {
  readonly document: readonly string[]
  readonly reason: string
}

const readAll = (files: readonly string[]): Promise<Document[]> =>
  Promise.all(files.map(readDocument))

function changing(name: string, description: string): Command {
  return acting(name, description)
    .requiredOption('--document <files...>', 'document files')
    .requiredOption('--reason <code>', 'number or name, see `veche documents reasons`')
}

function bulkCommand(kind: 'suspend' | 'revoke', description: string): Command {
  return changing(kind, description).action(async (flags: ChangeFlags) => {
    const reason = reasonFrom(flags.reason, 'department')
    await act(flags, ...changeActs(kind, await readAll(flags.document), reason))
  })
}

const ORDERS = { suspend: 'suspended', reinstate: 'issued', revoke: 'revoked' } as const

function orderCommand(): Command {
  const to = new Option('--to <what>', 'what the court orders').choices(Object.keys(ORDERS))
  return changing('order', 'the court: suspend, reinstate or revoke in any schema')
    .addOption(to.makeOptionMandatory())
    .action(async (flags: ChangeFlags & { to: keyof typeof ORDERS }) => {
      const reason = reasonFrom(flags.reason, 'court')
      await act(flags, ...orderActs(await readAll(flags.document), ORDERS[flags.to], reason))
    })
}

function supersedeCommand(): Command {
  return acting('supersede', 'issuer: a later document takes the place of an earlier one')
    .requiredOption('--document <file>', 'file of the document that ends')
    .requiredOption('--successor <file>', 'file of the one that takes its place')
    .requiredOption('--reason <code>', 'number or name, see `veche documents reasons`')
    .action(async (flags: ActFlags & { document: string; successor: string; reason: string }) => {
      const reason = reasonFrom(flags.reason, 'department')
      const [old, next] = [await readDocument(flags.document), await readDocument(flags.successor)]
      await act(flags, supersedeAct(old, next, reason))
    })
}

function reasonsCommand(): Command {
  return new Command('reasons')
    .description('list the reason codes')
    .addOption(jsonOption())
    .action(({ json }: { json: boolean }) => {
      const lines = Object.entries(DOCUMENT_REASONS).map(([code, name]) => `${code}\t${name}\n`)
      if (json) printJson(DOCUMENT_REASONS)
      else process.stdout.write(lines.join(''))
    })
}

export function changeCommands(): readonly Command[] {
  return [
    bulkCommand('suspend', 'issuer or revoker: out of force until reinstated'),
    changing('reinstate', 'issuer or revoker: in force again').action(
      async (flags: ChangeFlags) => {
        const reason = reasonFrom(flags.reason, 'department')
        await act(flags, ...reinstateActs(await readAll(flags.document), reason))
      },
    ),
    bulkCommand('revoke', 'revoker: out of force for ever'),
    supersedeCommand(),
    orderCommand(),
    reasonsCommand(),
  ]
}
