/**
 * A process that commits blocks and appends records until it is killed, and says what is
 * acknowledged.
 */
import { writeSync } from 'node:fs'
import { openChainStore, openDataDirectory, openWriteAheadLog } from '@veche/storage'
import { makeBatch, makeGenesis, testAddress, testHash } from '@veche/storage/conformance'

const directory = await openDataDirectory(process.argv[2] as string)
const log = await openWriteAheadLog({ path: directory.logPath })
const store = await openChainStore({
  path: directory.chainPath,
  genesis: makeGenesis(11),
  writeBufferBytes: 65_536,
})

function record(number: number): Uint8Array {
  const payload = new Uint8Array(20 + ((number * 37) % 3_000)).fill(number % 251)
  new DataView(payload.buffer).setUint32(0, number)
  return payload
}

const lastRecord = log.replayed.at(-1)
let next =
  lastRecord === undefined
    ? 1
    : new DataView(lastRecord.buffer, lastRecord.byteOffset).getUint32(0) + 1
// writeSync: a line that was printed was printed before the kill
writeSync(1, `open ${store.head().number} ${log.replayed.length} ${next}\n`)
for (;;) {
  const numbers = [next, next + 1, next + 2]
  await log.append(numbers.map(record))
  next += 3
  writeSync(1, `log ${next - 1}\n`)
  const number = store.head().number + 1
  const slots = new Map([[testAddress('counter'), new Map([[testHash('slot'), value(number)]])]])
  await store.commit(makeBatch(store.head(), { transactions: 20, diff: { slots } }))
  writeSync(1, `block ${number}\n`)
  if (number % 5 === 0) {
    await log.rotate([record(next)])
    writeSync(1, `log ${next++}\n`)
  }
}

function value(number: number): Uint8Array {
  return Uint8Array.of(1, (number >> 8) & 255, number & 255)
}
