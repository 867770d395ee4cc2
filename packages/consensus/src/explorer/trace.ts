/** The way to a world in words: who did what, and what was said because of it. */

import type { Counterexample } from './explore.ts'
import { nameOfMember } from './letters.ts'
import { ALL, isHonest, MEMBER, MOVE, NO_MOVE, PARENT, type Search, VARIANT } from './search.ts'
import { MEMBERS } from './setting.ts'

function describeMove({ table }: Search, move: number): string {
  const happening = table.happenings[move % VARIANT]
  const variant = Math.floor((move % MEMBER) / VARIANT)
  const member = Math.floor(move / MEMBER)
  const who = member === ALL ? 'every' : nameOfMember(member)
  const crash = variant > 0 ? `, crashes at event ${variant} of it and restarts` : ''
  return `${who} ${happening?.label.replace(/ #\d+$/, '')}${crash}`
}

/** What a move changed, in words. */
function describeChange(search: Search, from: number, to: number): string {
  const { worlds, table, letters, setting } = search
  const parts: string[] = []
  for (let member = 0; member < MEMBERS; member++) {
    if (!isHonest(search, member)) continue
    const before = table.entries[worlds.get(from, member)]
    const after = table.entries[worlds.get(to, member)]
    if (before === undefined || after === undefined || before === after) continue
    const said = after.sent.filter((id) => !before.sent.includes(id))
    for (const id of said) parts.push(letters.at(id).label)
    if (after.decided !== null && before.decided === null)
      parts.push(`${nameOfMember(member)} decides ${setting.nameOf(after.decided)}`)
  }
  return parts.length === 0 ? '' : ` → ${parts.join(', ')}`
}

/** The first breach with the moves that lead to it. */
export function counterexampleOf(search: Search): Counterexample | undefined {
  const { breach, worlds } = search
  if (breach === null) return undefined
  const trace: string[] = []
  if (breach.move !== NO_MOVE) trace.push(describeMove(search, breach.move))
  for (let row = breach.from; row > 0; row = worlds.get(row, PARENT)) {
    const parent = worlds.get(row, PARENT)
    const change = describeChange(search, parent, row)
    trace.push(describeMove(search, worlds.get(row, MOVE)) + change)
  }
  const { code, reason } = breach
  return { code, reason, trace: trace.reverse() }
}
