/** `veche keys` and `veche genesis` alone, so that their tests start fast. */
import { VecheError } from '@veche/primitives'
import { Command } from 'commander'
import { genesisCommand } from '../../src/cli/genesis.ts'
import { keysCommand } from '../../src/cli/keys.ts'

const program = new Command('veche').addCommand(keysCommand()).addCommand(genesisCommand())
try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`${error instanceof VecheError ? error.code : ''} ${String(error)}\n`)
  process.exitCode = 1
}
