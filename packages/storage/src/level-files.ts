/**
 * The files of a LevelDB directory before LevelDB sees them: it would create an empty database where
 * CURRENT is missing, skip damaged log records, and abort the process on some damaged tables.
 */
import { readdir, readFile } from 'node:fs/promises'
import { corrupt } from './level-errors.ts'
import { isLevelLogDamaged } from './level-log.ts'
import { isTableDamaged } from './level-table.ts'
import { OPEN_CHECK_TABLE_BYTES } from './limits.ts'

/** Throws `DATABASE_CORRUPT` naming the file. An empty directory is fine. */
export async function checkLevelFiles(path: string): Promise<void> {
  const names = (await readdir(path)).sort()
  const logs = names.filter((name) => name.endsWith('.log'))
  const tables = names.filter((name) => /\.(ldb|sst)$/.test(name))
  if (logs.length + tables.length > 0 && !names.includes('CURRENT'))
    throw corrupt(path, 'the file CURRENT is missing beside existing data')
  for (const name of logs)
    if (isLevelLogDamaged(await readFile(`${path}/${name}`)))
      throw corrupt(path, `the log ${name} is damaged before its last record`, { facts: { name } })
  let bytes = 0
  // file numbers only grow: the last name is the newest table
  for (const name of tables.reverse()) {
    if (bytes > OPEN_CHECK_TABLE_BYTES) return
    const table = await readFile(`${path}/${name}`)
    if (isTableDamaged(table))
      throw corrupt(path, `the table ${name} is damaged`, { facts: { name } })
    bytes += table.length
  }
}
