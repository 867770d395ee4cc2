/** Compares the chains of several running nodes: block hash and state root of every height. */
import * as assert from 'uvu/assert'
import type { Drill } from './drill.ts'
import { pause, until } from './until.ts'

export interface BlockFacts {
  readonly number: number
  readonly hash: string
  readonly stateRoot: string
  readonly transactions: readonly string[]
  readonly extraData: string
  readonly timestamp: number
  readonly miner: string
}

interface RpcBlock {
  readonly number: string
  readonly hash: string
  readonly stateRoot: string
  readonly transactions: readonly string[]
  readonly extraData: string
  readonly timestamp: string
  readonly miner: string
}

const BATCH = 50
const SETTLE_TIMEOUT_MS = 90_000
/** so long without a block: what was decided before has arrived, also on a busy machine */
const SETTLE_MS = 1_500

async function blockRange(url: string, from: number, to: number): Promise<RpcBlock[]> {
  const calls = Array.from({ length: to - from + 1 }, (_, i) => ({
    jsonrpc: '2.0',
    id: from + i,
    method: 'eth_getBlockByNumber',
    params: [`0x${(from + i).toString(16)}`, false],
  }))
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(calls),
    signal: AbortSignal.timeout(30_000),
  })
  const answers = (await response.json()) as { id: number; result: RpcBlock }[]
  assert.is(answers.length, calls.length, 'every call of the batch is answered')
  return answers.sort((a, b) => a.id - b.id).map(({ result }) => result)
}

/** Every block of a node from `since` to `height`. */
export async function readChain(url: string, height: number, since = 0): Promise<BlockFacts[]> {
  const blocks: BlockFacts[] = []
  for (let from = since; from <= height; from += BATCH) {
    for (const block of await blockRange(url, from, Math.min(height, from + BATCH - 1)))
      blocks.push({
        ...block,
        number: Number(block.number),
        timestamp: Number(block.timestamp),
      })
  }
  return blocks
}

/**
 * Waits until every running node has the highest head among them, then holds that hash and state
 * root are equal at every height from `since` on. Returns the common chain.
 */
export async function assertEqualChains(
  drill: Drill,
  names: readonly string[] = drill.running(),
  since = 0,
): Promise<BlockFacts[]> {
  const heads = await Promise.all(names.map((name) => drill.head(name)))
  const height = Math.max(...heads)
  await until(
    `${names.join(', ')} at block ${height}`,
    async () => {
      const now = await Promise.all(names.map((name) => drill.head(name)))
      return now.every((head) => head >= height)
    },
    SETTLE_TIMEOUT_MS,
  )
  const chains = await Promise.all(names.map((name) => readChain(drill.url(name), height, since)))
  const [first = []] = chains
  assert.is(first.length, height + 1 - since)
  for (const [index, chain] of chains.entries())
    for (const [at, block] of chain.entries()) {
      const what = `${names[index]} against ${names[0]} at block ${since + at}`
      assert.is(block.hash, first[at]?.hash, `hash: ${what}`)
      assert.is(block.stateRoot, first[at]?.stateRoot, `state root: ${what}`)
    }
  return first
}

/**
 * The highest head of these nodes, once nothing has moved for a while: for a network that has lost
 * its quorum, where what was decided at the last moment may still arrive.
 */
export async function settledHead(drill: Drill, names: readonly string[]): Promise<number> {
  const read = async (): Promise<string> =>
    String(await Promise.all(names.map((name) => drill.head(name))))
  let heads = ''
  let sinceMs = performance.now()
  const end = sinceMs + SETTLE_TIMEOUT_MS
  while (performance.now() < sinceMs + SETTLE_MS) {
    assert.ok(performance.now() < end, `${names.join(', ')} settle, at ${heads}`)
    const now = await read()
    if (now !== heads) sinceMs = performance.now()
    heads = now
    await pause()
  }
  return Math.max(...heads.split(',').map(Number))
}
