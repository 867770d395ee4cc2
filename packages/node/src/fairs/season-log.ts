/**
 * A season's whole log over JSON-RPC, in the order of the chain: the only thing that the audit and
 * the tools believe. Asked for in ranges of blocks, halved where a node finds an answer too long.
 */
import { FAIR_OFFICE_ADDRESS } from '@veche/contracts'
import { type AuditOptions, decodeSeasonLog, type SeasonLogEntry } from '@veche/contracts/fairs'
import {
  type Address,
  type Hash,
  type Hex,
  hexToBytes,
  isAddress,
  isHex,
  VecheError,
} from '@veche/primitives'
import { callRpc } from '../json-rpc.ts'
import { LOG_BLOCKS_MAX } from '../limits.ts'

interface LogJson {
  readonly address: Address
  readonly topics: readonly Hash[]
  readonly data: Hex
  readonly blockNumber: Hex
  readonly blockTimestamp: Hex
  readonly logIndex: Hex
}

const HALVED: ReadonlySet<string> = new Set(['RPC_FAILED', 'RPC_UNREACHABLE'])

const quantity = (value: number): Hex => `0x${value.toString(16)}`

/** A season and where to ask about it. */
export interface SeasonSource {
  readonly rpcUrl: string
  readonly season: Address
}

async function logsOf(source: SeasonSource, from: number, to: number): Promise<LogJson[]> {
  const filter = {
    address: [source.season, FAIR_OFFICE_ADDRESS],
    fromBlock: quantity(from),
    toBlock: quantity(to),
  }
  try {
    return (await callRpc(source.rpcUrl, 'eth_getLogs', [filter])) as LogJson[]
  } catch (error) {
    // a busy node may take too long for the whole range
    const isTooLong = error instanceof VecheError && HALVED.has(error.code) && from < to
    if (!isTooLong) throw error
    const middle = Math.floor((from + to) / 2)
    const lower = await logsOf(source, from, middle)
    return [...lower, ...(await logsOf(source, middle + 1, to))]
  }
}

function decode(json: LogJson, season: Address): SeasonLogEntry | undefined {
  if (!isAddress(json.address) || !isHex(json.data) || !isHex(json.topics?.[0], 32))
    throw new VecheError('RPC_FAILED', 'eth_getLogs: logs with address, topics and data expected')
  const address = json.address.toLowerCase() as Address
  const log = { address, topics: json.topics, data: hexToBytes(json.data) }
  const event = decodeSeasonLog(log, season)
  if (!event.ok) return undefined
  const blockNumber = Number(json.blockNumber)
  return { ...event.value, blockNumber, timeSeconds: Number(json.blockTimestamp) }
}

async function readRange(source: SeasonSource, first: number, last: number) {
  const entries: SeasonLogEntry[] = []
  for (let from = first; from <= last; from += LOG_BLOCKS_MAX) {
    const to = Math.min(last, from + LOG_BLOCKS_MAX - 1)
    for (const json of await logsOf(source, from, to)) {
      const entry = decode(json, source.season)
      if (entry !== undefined) entries.push(entry)
    }
  }
  return entries
}

const headOf = async ({ rpcUrl }: SeasonSource): Promise<number> =>
  Number(await callRpc(rpcUrl, 'eth_blockNumber', []))

/** The log of a season from `fromBlock` on (default 0) to the head. */
export async function readSeasonLog(
  source: SeasonSource,
  fromBlock = 0,
): Promise<SeasonLogEntry[]> {
  return readRange(source, fromBlock, await headOf(source))
}

/**
 * The log of a season again and again: each call gives all of it up to the head and asks only for
 * the blocks since the last one. Final blocks never change.
 */
export function followSeasonLog(
  source: SeasonSource,
  fromBlock = 0,
): () => Promise<readonly SeasonLogEntry[]> {
  const entries: SeasonLogEntry[] = []
  let next = fromBlock
  let reading: Promise<void> = Promise.resolve()
  const readOn = async (): Promise<void> => {
    const head = await headOf(source)
    for (const entry of await readRange(source, next, head)) entries.push(entry)
    next = Math.max(next, head + 1)
  }
  return async () => {
    // one after the other; a failure is told to whoever asked, the next one asks again
    reading = reading.then(readOn, readOn)
    await reading
    return entries.slice()
  }
}

/**
 * What the audit needs beside the log: the chain, and the hash of the freezing block as this node
 * has it.
 */
export async function auditOptions(
  source: SeasonSource,
  log: readonly SeasonLogEntry[],
): Promise<AuditOptions> {
  const { rpcUrl, season } = source
  const chainId = Number(await callRpc(rpcUrl, 'eth_chainId', []))
  const hashes = new Map<number, Hash>()
  for (const entry of log) {
    if (entry.name !== 'FreezeBlockCaptured') continue
    const { height } = entry.args
    const block = await callRpc(rpcUrl, 'eth_getBlockByNumber', [quantity(height), false])
    if (block !== null) hashes.set(height, (block as { hash: Hash }).hash)
  }
  return { chainId, season, blockHash: (height) => hashes.get(height) }
}
