/** `veche documents`: for departments, the court, citizens and observers. */
import { Command } from 'commander'
import { auditCommand, schemaCommand } from './documents-admin.ts'
import { changeCommands } from './documents-change.ts'
import { issueCommand } from './documents-issue.ts'
import { proveCommand, showCommand, verifyCommand } from './documents-verify.ts'

/** The `documents` subcommand. */
export function documentsCommand(): Command {
  const all = new Command('documents').description('issue, change, verify and audit documents')
  const commands = [issueCommand(), ...changeCommands(), verifyCommand(), proveCommand()]
  for (const each of [...commands, showCommand(), schemaCommand(), auditCommand()])
    all.addCommand(each)
  return all
}
