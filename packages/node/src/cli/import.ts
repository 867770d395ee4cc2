/** `veche import FILE…`: blocks of an export into the data directory of a stopped node. */
import { Command } from 'commander'
import { readChainFile } from '../offline/chain-reader.ts'
import { importBlocks } from '../offline/import.ts'
import { type OfflineChain, openOffline } from '../offline/open.ts'
import { proveFiles } from '../offline/prove.ts'
import {
  addChainOptions,
  type ChainFlags,
  chainConfig,
  progressLine,
  stderrLogger,
  stopSignal,
} from './chain-options.ts'
import { jsonOption } from './options.ts'

/** One file after another; SIGINT and SIGTERM end it after the block in work. */
async function importAll(files: readonly string[], { chain, guard }: OfflineChain) {
  if (guard !== undefined) await proveFiles(files, chain, guard)
  const stop = stopSignal()
  const total = { imported: 0, known: 0, transactions: 0 }
  try {
    for (const file of files) {
      if (stop.signal.aborted) break
      const onBlock = progressLine(`import ${file}`)
      const part = await importBlocks(readChainFile(file), {
        ...{ chain, file, onBlock, signal: stop.signal },
      })
      total.imported += part.imported
      total.known += part.known
      total.transactions += part.transactions
    }
  } finally {
    stop.forget()
  }
  return { ...total, stopped: stop.signal.aborted }
}

async function importFiles(files: readonly string[], flags: ChainFlags): Promise<void> {
  const { dataDir, genesisFile, forks, checkpoint, validatorsOverride } = chainConfig(flags)
  const offline = await openOffline({
    ...{ dataDir, genesisFile, forks, validatorsOverride },
    ...{ logger: stderrLogger(), mustExist: false },
    ...(checkpoint === undefined ? {} : { checkpoint }),
  })
  try {
    const startedMs = performance.now()
    const result = await importAll(files, offline)
    const seconds = (performance.now() - startedMs) / 1000
    const { number, hash } = offline.store.head()
    const shown = { ...result, head: number, hash, seconds: Number(seconds.toFixed(3)) }
    const stopped = result.stopped ? 'stopped; run it again to go on. ' : ''
    const text =
      `${stopped}imported ${result.imported} blocks with ${result.transactions} transactions ` +
      `in ${seconds.toFixed(1)} s, ${result.known} were here; head ${number} ${hash}`
    process.stdout.write(`${flags.json ? JSON.stringify(shown) : text}\n`)
  } finally {
    await offline.close()
  }
}

/**
 * The `import` command. Fails with the codes of offline/open.ts, chain-reader.ts and import.ts;
 * blocks before the bad one stay.
 */
export function importCommand(): Command {
  const command = new Command('import')
    .description('check, execute and store the blocks of exported files (RLP, plain or gzipped)')
    .argument('<files...>', 'in the order of their blocks; - for standard input')
    .option('--checkpoint <height:hash>', 'a block known to be right; other chains are refused')
  return addChainOptions(command).addOption(jsonOption()).action(importFiles)
}
