/**
 * At which blocks the validator set changes: what a light client needs of a chain of any length.
 * One empty value under `x` for each such block, written with the block; a store of an older
 * release is indexed once when it is opened.
 */
import { type Address, EMPTY_BYTES } from '@veche/primitives'
import type { ChainReader } from './chain-reader.ts'
import { CHANGES_KEY, numberKey } from './keys.ts'
import type { BatchSink, LevelDatabase } from './level-database.ts'
import { SET_CHANGES_MAX } from './limits.ts'

/** Whether two sets differ; both ascend. */
export function setsDiffer(
  a: readonly Address[] | undefined,
  b: readonly Address[] | undefined,
): boolean {
  return a?.length !== b?.length || (a ?? []).some((address, i) => address !== b?.[i])
}

/** Notes block `number` when the set after it is another than `before`. */
export function writeSetChange(
  sink: BatchSink,
  number: number,
  sets: { readonly before: readonly Address[]; readonly after: readonly Address[] },
): void {
  if (setsDiffer(sets.before, sets.after)) sink.put(numberKey('x', number), EMPTY_BYTES)
}

/** Numbers from `from` to `to`, ascending, at most `countMax`. */
export async function readSetChanges(
  database: LevelDatabase,
  range: { readonly from: number; readonly to: number },
  countMax: number,
): Promise<readonly number[]> {
  const wanted = Math.min(countMax, SET_CHANGES_MAX)
  const numbers: number[] = []
  const { from, to } = range
  if (from > to || wanted < 1) return []
  const keys = { gte: numberKey('x', from), lte: numberKey('x', to) }
  for await (const page of database.keys(keys))
    for (const key of page) {
      numbers.push(Number(Buffer.from(key).readBigUInt64BE(1)))
      if (numbers.length >= wanted) return numbers
    }
  return numbers
}

/** Indexes the blocks up to the head, once in the life of a store. */
export async function indexSetChanges(
  database: LevelDatabase,
  reader: Pick<ChainReader, 'validatorsAfterNext'>,
  head: number,
): Promise<void> {
  if (database.read(CHANGES_KEY) !== undefined) return
  await database.write((sink) => {
    let before = reader.validatorsAfterNext(0) ?? []
    for (let number = 1; number <= head; number++) {
      const after = reader.validatorsAfterNext(number) ?? before
      writeSetChange(sink, number, { before, after })
      before = after
    }
    sink.put(CHANGES_KEY, EMPTY_BYTES)
  })
}
