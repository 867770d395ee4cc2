/**
 * The files of a LevelDB directory before LevelDB sees them: it would create an empty database
 * where CURRENT is missing, skip damaged log records, and abort the process on some damaged tables.
 */
import { readdir, readFile } from 'node:fs/promises'
import { corrupt } from './level-errors.ts'
import { isLevelLogDamaged } from './level-log.ts'
import { type LiveFiles, readManifest } from './level-manifest.ts'
import { isTableDamaged } from './level-table.ts'
import { OPEN_CHECK_TABLE_BYTES } from './limits.ts'

const TABLE = /\.(ldb|sst)$/

async function readLiveFiles(path: string, names: string[]): Promise<LiveFiles | undefined> {
  const manifest = (await readFile(`${path}/CURRENT`, 'utf8')).trim()
  if (!names.includes(manifest)) return undefined
  return readManifest(await readFile(`${path}/${manifest}`))
}

async function checkLogs(path: string, names: string[], from: number): Promise<void> {
  for (const name of names)
    if (name.endsWith('.log') && Number.parseInt(name, 10) >= from)
      if (isLevelLogDamaged(await readFile(`${path}/${name}`)))
        throw corrupt(path, `the log ${name} is damaged before its last record`, {
          facts: { name },
        })
}

/** Newest first: file numbers only grow. */
async function checkTables(path: string, names: string[], live: LiveFiles): Promise<void> {
  let bytes = 0
  for (const name of names.filter((each) => TABLE.test(each)).reverse()) {
    if (!live.tables.has(Number.parseInt(name, 10))) continue
    if (bytes > OPEN_CHECK_TABLE_BYTES) return
    const table = await readFile(`${path}/${name}`)
    if (isTableDamaged(table))
      throw corrupt(path, `the table ${name} is damaged`, { facts: { name } })
    bytes += table.length
  }
}

/** Throws `DATABASE_CORRUPT` naming the file. An empty directory is fine. */
export async function checkLevelFiles(path: string): Promise<void> {
  const names = (await readdir(path)).sort()
  if (!names.includes('CURRENT')) {
    if (names.some((name) => name.endsWith('.log') || TABLE.test(name)))
      throw corrupt(path, 'the file CURRENT is missing beside existing data')
    return
  }
  const live = await readLiveFiles(path, names)
  await checkLogs(path, names, live?.logNumber ?? 0)
  if (live !== undefined) await checkTables(path, names, live)
}
