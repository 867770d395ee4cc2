/** Which block a command trusts that asks an untrusted server: genesis or a checkpoint. */
import { genesisBlock } from '@veche/execution'
import { blockHash, type Hash, isHash, VecheError } from '@veche/primitives'
import { type Command, Option } from 'commander'
import { type CheckpointBlock, parseCheckpoint } from '../checkpoint.ts'
import { readGenesisFile } from '../genesis-file.ts'
import { callRpc } from '../json-rpc.ts'
import { headerFromJson } from '../light.ts'

export interface PinFlags {
  readonly rpc: string
  readonly genesis?: string
  readonly genesisHash?: string
  readonly checkpoint?: string
}

/** of a command whose question a server could not prove */
export const EXIT_NOT_PROVEN = 4

/** Adds `--genesis`, `--genesis-hash` and `--checkpoint`. */
export function addPinOptions(command: Command): Command {
  const file = new Option('--genesis <file>', 'genesis file of the network')
  return command
    .addOption(file.conflicts('genesisHash'))
    .option('--genesis-hash <0x…>', 'genesis hash, as the city publishes it')
    .option('--checkpoint <height:hash>', 'trust this block instead of genesis')
}

/** The genesis to trust: pinned by file or hash, else the server's own, and the user is told. */
async function pinnedGenesis(flags: PinFlags): Promise<Hash> {
  if (flags.genesis !== undefined)
    return (await genesisBlock(await readGenesisFile(flags.genesis))).hash
  if (flags.genesisHash !== undefined) {
    if (isHash(flags.genesisHash)) return flags.genesisHash.toLowerCase() as Hash
    throw new VecheError('USAGE', `--genesis-hash: 32 bytes expected, got ${flags.genesisHash}`)
  }
  const header = headerFromJson(await callRpc(flags.rpc, 'eth_getBlockByNumber', ['0x0', false]))
  if (!header.ok) throw new VecheError('RPC_FAILED', `genesis block: ${header.reason}`)
  const hash = blockHash(header.value)
  process.stderr.write(
    `trusting the genesis this server names, ${hash}; pin it with --genesis-hash\n`,
  )
  return hash
}

/** The header to start from: the checkpoint, or genesis. Throws `USAGE`, `GENESIS_UNREADABLE`. */
export async function trustedBlock(flags: PinFlags): Promise<CheckpointBlock> {
  if (flags.checkpoint === undefined) return { number: 0, hash: await pinnedGenesis(flags) }
  const block = parseCheckpoint(flags.checkpoint)
  if (block !== undefined) return block
  throw new VecheError('USAGE', `--checkpoint: height:hash expected, got ${flags.checkpoint}`)
}
