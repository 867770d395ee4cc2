/** `veche titles import-legacy|legacy-record|materialise`: the register from before the chain. */
import { accountParty, cityAccess, titleRegistry } from '@veche/contracts'
import { secretKeyToAddress, VecheError, ZERO_HASH } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { Command, Option } from 'commander'
import { CITY_ACCESS, TITLE_REGISTRY } from '../act/contracts.ts'
import { toJson } from '../act/describe.ts'
import { writeJsonFile } from '../act/files.ts'
import { seedToSecretKey } from '../load/random.ts'
import {
  readLegacyHead,
  readLegacyPath,
  readProvenRecord,
  readRecord,
  treeFromRecords,
  writeLegacyTree,
} from '../titles/legacy-files.ts'
import { createLegacyRegister, growLegacyTree } from '../titles/legacy-register.ts'
import { type ActFlags, act, acting } from './act.ts'
import { integer, jsonOption } from './options.ts'

/** owners of an invented register, as `veche load titles` has them */
const OWNERS = 512
const COUNT_MAX = 2 ** 24

interface ImportFlags {
  readonly records?: string
  readonly generate?: number
  readonly seed: string
  readonly out: string
  readonly json: boolean
}

function generate(seed: string, count: number) {
  const owners = Array.from({ length: OWNERS }, (_, i) =>
    accountParty(secretKeyToAddress(seedToSecretKey(seed, `owner ${i}`))),
  )
  const show = (done: number): void => {
    if (done % (1 << 20) === 0) process.stderr.write(`${done} of ${count} leaves\n`)
  }
  return growLegacyTree(createLegacyRegister({ seed, count, owners }), show)
}

async function importLegacy({ records, generate: count, seed, out, json }: ImportFlags) {
  if ((records === undefined) === (count === undefined))
    throw new VecheError('USAGE', '--records FILE or --generate N expected')
  // millions of hashes
  await installNativeCrypto()
  const startMs = performance.now()
  const tree = records === undefined ? generate(seed, count ?? 0) : await treeFromRecords(records)
  await writeLegacyTree(out, tree)
  const seconds = Number(((performance.now() - startMs) / 1_000).toFixed(1))
  const peakMib = Math.round(process.resourceUsage().maxRSS / 1_024)
  const told = { root: tree.root, count: tree.count, seconds, peakMib, directory: out }
  if (json) process.stdout.write(`${toJson(told)}\n`)
  else process.stdout.write(`${tree.count} titles under ${tree.root} in ${out} (${seconds} s)\n`)
}

async function legacyRecord(flags: {
  readonly records: string
  readonly tree: string
  readonly index: number
  readonly out: string
}): Promise<void> {
  const title = await readRecord(flags.records, flags.index)
  const path = await readLegacyPath(flags.tree, flags.index)
  await writeJsonFile(flags.out, { title, path })
  process.stdout.write(`${title.propertyId} with ${path.length} hashes written to ${flags.out}\n`)
}

async function openLegacy(flags: ActFlags & { readonly tree: string; readonly schedule: boolean }) {
  const { root, count } = await readLegacyHead(flags.tree)
  const data = titleRegistry.encode.openLegacy(root, BigInt(count), ZERO_HASH)
  if (!flags.schedule) return act(flags, { contract: TITLE_REGISTRY, data })
  const schedule = cityAccess.encode.schedule(TITLE_REGISTRY.address, data, 0)
  return act(flags, { contract: CITY_ACCESS, data: schedule })
}

async function materialise(flags: ActFlags & { readonly record: string }): Promise<void> {
  const { title, path } = await readProvenRecord(flags.record)
  await act(flags, {
    contract: TITLE_REGISTRY,
    data: titleRegistry.encode.materialise(title, path),
  })
}

export function legacyCommands(): readonly Command[] {
  const count = new Option('--generate <n>', 'invent so many records').argParser(
    integer(1, COUNT_MAX),
  )
  const index = new Option('--index <n>', 'line of the record, from 0').argParser(
    integer(0, COUNT_MAX - 1),
  )
  return [
    new Command('import-legacy')
      .description('hash the old register into one root; writes the tree')
      .option('--records <file>', 'one JSON record a line')
      .addOption(count)
      .option('--seed <text>', 'of an invented register', '1')
      .requiredOption('--out <dir>', 'directory for legacy.tree and legacy.json')
      .addOption(jsonOption())
      .action(importLegacy),
    new Command('legacy-record')
      .description('write one old record with its proof')
      .requiredOption('--records <file>', 'the records that were imported')
      .requiredOption('--tree <dir>', 'directory of import-legacy')
      .addOption(index.makeOptionMandatory())
      .requiredOption('--out <file.json>', 'new file')
      .action(legacyRecord),
    acting('open-legacy', 'registrar: set the root of an imported tree, once for ever')
      .requiredOption('--tree <dir>', 'directory of import-legacy')
      .option('--schedule', 'announce it; without this, do it after the notice', false)
      .action(openLegacy),
    acting('materialise', 'anybody: bring an old title in')
      .requiredOption('--record <file.json>', 'of legacy-record')
      .action(materialise),
  ]
}
