/** Rules about records: one number, one decision. */
import type { Tree, Violation } from './tree.ts'

const RECORD = /^docs\/adr\/(\d{4})-[a-z0-9-]+\.md$/

/** Decision records have a unique number and its title. */
export function checkRecords(tree: Tree): Violation[] {
  const found: Violation[] = []
  const seen = new Map<string, string>()
  for (const { path } of tree.files) {
    if (!path.startsWith('docs/adr/') || path.endsWith('README.md')) continue
    const number = RECORD.exec(path)?.[1]
    const report = (message: string): void => {
      found.push({ rule: 'record', path, line: 0, message })
    }
    if (number === undefined) report('a name like 0001-some-words.md expected')
    else if (seen.has(number)) report(`number ${number} is that of ${seen.get(number)}`)
    else seen.set(number, path)
  }
  return found
}
