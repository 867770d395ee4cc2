/**
 * Files that are not what was written: torn tails are cut, everything else is refused with
 * `LOG_DAMAGED`.
 */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { crc32c } from '../src/crc32c.ts'
import { encodeGroup, frameAt } from '../src/log-format.ts'
import { scanLog } from '../src/log-scan.ts'
import { createMemoryFileSystem, type MemoryFileSystem } from '../src/memory-file-system.ts'
import { openWriteAheadLog } from '../src/write-ahead-log.ts'

const OPENING = new Uint8Array(0)
const FILE = '/log/consensus.log'

function record(name: number, bytes = 40): Uint8Array {
  return new Uint8Array(bytes).fill(name + 1)
}

/** Opening group 7, then groups 8, 9 and 10 of one, three and two records. */
const GROUPS = [
  encodeGroup(7, [OPENING, record(0)]),
  encodeGroup(8, [record(1)]),
  encodeGroup(9, [record(2), record(3, 900), record(4)]),
  encodeGroup(10, [record(5, 700), record(6)]),
]
const WHOLE = plain(Buffer.concat(GROUPS))
const STARTS = GROUPS.map((_, i) => GROUPS.slice(0, i).reduce((sum, g) => sum + g.length, 0))
const RECORDS_BEFORE = [0, 1, 2, 5]

function plain(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes)
}

function replayedRecords(log: Uint8Array): number | string {
  const scan = scanLog(log)
  return 'damage' in scan ? scan.damage : scan.payloads.length
}

async function putFile(fileSystem: MemoryFileSystem, bytes: Uint8Array): Promise<void> {
  const file = await fileSystem.create(FILE)
  await file.append(bytes)
  await file.sync()
  await fileSystem.syncDirectory('/log')
}

async function openCode(bytes: Uint8Array): Promise<string> {
  const fileSystem = createMemoryFileSystem()
  await putFile(fileSystem, bytes)
  try {
    await openWriteAheadLog({ path: '/log', fileSystem })
    return 'opened'
  } catch (error) {
    // the file that is refused stays as it is, for the operator
    assert.equal(await fileSystem.read(FILE), bytes)
    return (error as { code: string }).code
  }
}

test('the checksum is CRC-32C (RFC 3720 B.4)', () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, i) => i)
  assert.is(crc32c(new Uint8Array(32)), 0x8a9136aa)
  assert.is(crc32c(new Uint8Array(32).fill(255)), 0x62a8ab43)
  assert.is(crc32c(ascending), 0x46dd794e)
  assert.is(crc32c(new TextEncoder().encode('123456789')), 0xe3069283)
  for (let cut = 0; cut <= 32; cut++)
    assert.is(crc32c(ascending.subarray(cut), crc32c(ascending.subarray(0, cut))), 0x46dd794e)
})

test('a frame is length, checksum, sequence and payload in big-endian', () => {
  const group = encodeGroup(0x0102030405, [Uint8Array.of(1), Uint8Array.of(0xaa, 0xbb)])
  const second = Buffer.from(group.subarray(17)).toString('hex')
  assert.match(second, /^00000002[0-9a-f]{8}0102030405000003aabb$/)
  assert.equal(frameAt(plain(group), 17), {
    group: 0x0102030405,
    index: 1,
    last: true,
    payload: Uint8Array.of(0xaa, 0xbb),
    end: 35,
  })
})

test('a file cut at any byte gives its whole groups', () => {
  for (let length = 0; length <= WHOLE.length; length++) {
    const whole = STARTS.filter((start) => start <= length).length - 1
    const ends = length === WHOLE.length ? 7 : (RECORDS_BEFORE[whole] as number)
    const got = replayedRecords(WHOLE.subarray(0, length))
    if (length < (STARTS[1] as number)) assert.type(got, 'string', `cut at ${length}`)
    else assert.is(got, ends, `cut at ${length}`)
  }
})

test('a changed byte before the last group is damage, at every byte and bit', () => {
  const last = STARTS[3] as number
  for (let at = 0; at < last; at++)
    for (const bit of [1, 128]) {
      const changed = WHOLE.slice()
      changed[at] = (changed[at] as number) ^ bit
      assert.type(replayedRecords(changed), 'string', `byte ${at}, bit ${bit}`)
    }
})

test('a changed byte in the last group is damage unless its length points behind the end', () => {
  for (let at = STARTS[3] as number; at < WHOLE.length; at++) {
    const changed = WHOLE.slice()
    changed[at] = (changed[at] as number) ^ 0x41
    const got = replayedRecords(changed)
    assert.ok(typeof got === 'string' || got === 5, `byte ${at}: ${got}`)
    const isLength = (at - (STARTS[3] as number)) % 716 < 4
    if (!isLength) assert.type(got, 'string', `byte ${at}`)
  }
})

test('sectors of the last group that read as zeros are a torn tail, also with whole frames behind', () => {
  const start = STARTS[3] as number
  const zeroed = WHOLE.slice()
  zeroed.fill(0, start, start - (start % 512) + 512)
  assert.is(replayedRecords(zeroed), 5)
  const hole = WHOLE.slice()
  hole.fill(0, 1_536, 2_048)
  assert.ok(start < 1_536 && WHOLE.length < 2_048)
  assert.is(replayedRecords(hole), 5)
  assert.is(replayedRecords(plain(Buffer.concat([WHOLE, new Uint8Array(4_000)]))), 7)
})

test('zeros with a later group behind them are damage', () => {
  const zeroed = WHOLE.slice()
  zeroed.fill(0, STARTS[1] as number, STARTS[2] as number)
  assert.match(String(replayedRecords(zeroed)), 'group 9 stands whole behind')
})

test('a missing, a repeated and a foreign group are damage', () => {
  const [a, b, c, d] = GROUPS as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  for (const parts of [
    [a, c, d],
    [a, b, b],
    [a, b, d, c],
    [b, c, d],
    [a, encodeGroup(3, [record(1)])],
  ])
    assert.type(replayedRecords(plain(Buffer.concat(parts))), 'string')
})

test('any bytes are a verdict, never an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3_000 }), fc.boolean(), (bytes, afterLog) => {
      const log = afterLog ? plain(Buffer.concat([WHOLE, bytes])) : bytes
      const scan = scanLog(log)
      if ('damage' in scan) assert.type(scan.damage, 'string')
      else assert.ok(scan.validBytes <= log.length)
    }),
    { numRuns: 2_000 },
  )
})

test('a damaged file is refused with advice and left as it is', async () => {
  const changed = WHOLE.slice()
  changed[60] = (changed[60] as number) ^ 1
  assert.is(await openCode(changed), 'LOG_DAMAGED')
  assert.is(await openCode(new Uint8Array(0)), 'LOG_DAMAGED')
  assert.is(await openCode(new TextEncoder().encode('not a log at all')), 'LOG_DAMAGED')
  assert.is(await openCode(WHOLE), 'opened')
})

test('the rest of a crashed rotation is removed', async () => {
  const fileSystem = createMemoryFileSystem()
  const log = await openWriteAheadLog({ path: '/log', fileSystem })
  await log.append([record(1)])
  await log.close()
  const leftover = await fileSystem.create(`${FILE}.next`)
  await leftover.append(encodeGroup(99, [record(9)]).subarray(0, 20))
  await leftover.sync()
  const again = await openWriteAheadLog({ path: '/log', fileSystem })
  assert.equal(again.replayed, [record(1)])
  assert.is(await fileSystem.read(`${FILE}.next`), undefined)
})

test('a torn tail is cut, reported, and does not come back', async () => {
  const fileSystem = createMemoryFileSystem()
  await putFile(fileSystem, WHOLE.subarray(0, WHOLE.length - 3))
  const log = await openWriteAheadLog({ path: '/log', fileSystem })
  assert.is(log.cutBytes, WHOLE.length - 3 - (STARTS[3] as number))
  assert.is(log.replayed.length, 5)
  await log.append([record(20)])
  await log.close()
  const again = await openWriteAheadLog({ path: '/log', fileSystem })
  assert.is(again.cutBytes, 0)
  assert.is(again.replayed.length, 6)
})

test.run()
