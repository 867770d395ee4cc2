/** `veche export [--from H] [--to H] FILE`: the chain of a stopped node as RLP blocks. */
import { Command, Option } from 'commander'
import {
  type Exported,
  type ExportOptions,
  writeChain,
  writeChainFile,
} from '../offline/chain-writer.ts'
import { openOffline } from '../offline/open.ts'
import {
  addChainOptions,
  type ChainFlags,
  chainConfig,
  progressLine,
  stderrLogger,
  stopSignal,
} from './chain-options.ts'
import { integer, jsonOption } from './options.ts'

interface ExportFlags extends ChainFlags {
  readonly from: number
  readonly to?: number
  readonly gzip: boolean
}

function writeTo(file: string, options: ExportOptions, gzip: boolean): Promise<Exported> {
  if (file === '-') return writeChain(options, process.stdout, gzip)
  return writeChainFile(options, file)
}

async function exportFile(file: string, flags: ExportFlags): Promise<void> {
  const { dataDir, genesisFile } = chainConfig(flags)
  const offline = await openOffline({
    ...{ dataDir, genesisFile, logger: stderrLogger(), mustExist: true },
  })
  const stop = stopSignal()
  try {
    const { store } = offline
    const to = flags.to ?? store.head().number
    const progress = { onProgress: progressLine('export', to), signal: stop.signal }
    const options = { store, from: flags.from, to, ...progress }
    const exported = await writeTo(file, options, flags.gzip)
    const { blocks, bytes } = exported
    const text = `exported blocks ${flags.from} to ${to}: ${blocks} blocks, ${bytes} bytes of RLP`
    // standard output belongs to the blocks when they go there
    const out = file === '-' ? process.stderr : process.stdout
    out.write(`${flags.json ? JSON.stringify({ ...exported, file }) : text}\n`)
  } finally {
    stop.forget()
    await offline.close()
  }
}

/** The `export` command. Fails with the codes of offline/open.ts and offline/chain-writer.ts. */
export function exportCommand(): Command {
  const height = integer(0, Number.MAX_SAFE_INTEGER)
  const command = new Command('export')
    .description('write the blocks of a stopped node as RLP, as geth and Besu do')
    .argument('<file>', 'new file, gzipped when it ends in .gz; - for standard output')
    .addOption(new Option('--from <height>', 'first block').argParser(height).default(0))
    .addOption(new Option('--to <height>', 'last block (default: the head)').argParser(height))
    .option('--gzip', 'gzip standard output', false)
  return addChainOptions(command).addOption(jsonOption()).action(exportFile)
}
