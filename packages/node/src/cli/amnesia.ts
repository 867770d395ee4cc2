/**
 * `veche amnesia`: tells a stopped validator that its log is not all that its key signed. To be run
 * after anything was restored from a backup or a log was lost; with `--sign-above` it is the
 * operator's word that ends the silence (docs/guide-validator.md, ADR 0047).
 */
import { existsSync } from 'node:fs'
import { VecheError } from '@veche/primitives'
import { nodeFileSystem, openDataDirectory } from '@veche/storage'
import { Command, Option } from 'commander'
import { type AmnesiaMarker, markAmnesia } from '../amnesia-marker.ts'
import { type ChainFlags, chainConfig } from './chain-options.ts'
import { integer, jsonOption, printJson } from './options.ts'

interface AmnesiaFlags extends ChainFlags {
  readonly signAbove?: number
}

function describe(path: string, { signAbove }: AmnesiaMarker): string {
  return signAbove === undefined
    ? `${path}: this validator is silent from its next start until a newer block is final`
    : `${path}: this validator signs from its next start, and only above height ${signAbove}`
}

async function leaveMarker(flags: AmnesiaFlags): Promise<void> {
  const dataDir = flags.dataDir ?? chainConfig(flags).dataDir
  if (!existsSync(dataDir))
    throw new VecheError('DATA_DIR_UNUSABLE', `${dataDir}: a data directory expected`)
  const { signAbove } = flags
  const marker: AmnesiaMarker = {
    amnesia: 'certain',
    ...(signAbove === undefined ? {} : { signAbove }),
  }
  // a running node would not see it
  const directory = await openDataDirectory(dataDir)
  try {
    await markAmnesia(nodeFileSystem, directory.logPath, marker)
  } finally {
    await directory.release()
  }
  if (flags.json) printJson({ dataDir, ...marker })
  else process.stdout.write(`${describe(dataDir, marker)}\n`)
}

/** The `amnesia` command. Fails with `DATA_DIR_LOCKED`, `DATA_DIR_UNUSABLE`, `LOG_IO`. */
export function amnesiaCommand(): Command {
  const height = integer(0, Number.MAX_SAFE_INTEGER - 1)
  return new Command('amnesia')
    .description(
      'after a backup was restored or a log was lost: keep a validator from signing twice',
    )
    .option('--config <file>', 'configuration file of the validator, which must be stopped')
    .option('--data-dir <dir>', 'its data directory, instead of the configuration')
    .addOption(
      new Option(
        '--sign-above <height>',
        'end the silence: on your word this key signed nothing above this height',
      ).argParser(height),
    )
    .addOption(jsonOption())
    .action(leaveMarker)
}
