/**
 * Looks for ports that are free on this machine, for a network whose addresses are fixed in files.
 */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { VecheError } from '@veche/primitives'

/** below the ephemeral range of Linux (32768), so that no outgoing connection takes one later */
const LOWEST = 20_000
const HIGHEST = 32_000
const ATTEMPTS_MAX = 100

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** The first of `count` neighbouring free ports. Throws `PORTS_TAKEN` after many attempts. */
export async function findFreePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const base = randomInt(LOWEST, HIGHEST - count)
    let free = 0
    while (free < count && (await isFree(base + free))) free++
    if (free === count) return base
  }
  throw new VecheError('PORTS_TAKEN', `${count} free ports from ${LOWEST} expected, found none`)
}
