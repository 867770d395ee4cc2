/**
 * The observer's check of ServicePoints: all events of the chain replayed by the reference, and
 * every balance of the contract compared with it.
 */
import {
  accepted,
  type PointsCalendar,
  SERVICE_POINTS_ADDRESS,
  servicePoints,
} from '@veche/contracts'
import { type Address, type Hex, hexToBytes, isHex, VecheError } from '@veche/primitives'
import { callRpc } from '../json-rpc.ts'
import { readLogs } from '../load/logs.ts'
import type { LoadLog } from '../load/profile.ts'
import { type PointsEvent, type PointsLedger, replayPoints } from './reference-points.ts'

/** questions to the node at once */
const QUESTIONS_AT_ONCE = 16

export interface PointsAudit {
  /** height and unix seconds that the balances were compared at */
  readonly height: number
  readonly timeSeconds: number
  readonly events: number
  readonly accounts: number
  readonly payments: number
  readonly refunds: number
  readonly authorisations: number
  readonly minted: bigint
  readonly burned: bigint
  readonly expired: bigint
  readonly totalSupply: bigint
  /** broken rules and different balances, in words; none when all is right */
  readonly differences: readonly string[]
}

/** The answer of a read at a height. Throws `RPC_FAILED`. */
export async function readPointsAt(
  rpcUrl: string,
  data: Hex,
  height?: number,
): Promise<Uint8Array> {
  const block = height === undefined ? 'latest' : `0x${height.toString(16)}`
  const answer = await callRpc(rpcUrl, 'eth_call', [{ to: SERVICE_POINTS_ADDRESS, data }, block])
  if (isHex(answer)) return hexToBytes(answer)
  throw new VecheError('RPC_FAILED', `eth_call: 0x text expected from ${rpcUrl}`)
}

/** The calendar that this network's points live by. */
export async function readPointsCalendar(rpcUrl: string): Promise<PointsCalendar> {
  const data = await readPointsAt(rpcUrl, servicePoints.encode.calendar())
  const [originSeconds, yearSeconds] = accepted(servicePoints.decode.calendar(data))
  return { originSeconds, yearSeconds }
}

/** Runs over a list with a bounded number of questions in flight, in any order. */
async function each<T>(items: readonly T[], ask: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const worker = async (): Promise<void> => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) await ask(item)
  }
  await Promise.all(Array.from({ length: QUESTIONS_AT_ONCE }, worker))
}

/** Unix seconds of blocks. */
export async function readBlockTimes(
  rpcUrl: string,
  heights: Iterable<number>,
): Promise<ReadonlyMap<number, number>> {
  const times = new Map<number, number>()
  await each([...new Set(heights)], async (height) => {
    const params = [`0x${height.toString(16)}`, false]
    const block = (await callRpc(rpcUrl, 'eth_getBlockByNumber', params)) as { timestamp: Hex }
    times.set(height, Number(block.timestamp))
  })
  return times
}

/** Logs as the reference takes them; what is no event of ServicePoints is left out. */
export async function toPointsEvents(
  rpcUrl: string,
  logs: readonly LoadLog[],
): Promise<PointsEvent[]> {
  const times = await readBlockTimes(
    rpcUrl,
    logs.map(({ blockNumber }) => blockNumber),
  )
  return logs.flatMap((log) => {
    const decoded = servicePoints.decodeLog(log)
    if (!decoded.ok) return []
    const { blockNumber } = log
    return [{ event: decoded.value, blockNumber, timeSeconds: times.get(blockNumber) ?? 0 }]
  })
}

async function compareBalances(
  rpcUrl: string,
  ledger: PointsLedger,
  at: { readonly height: number; readonly timeSeconds: number },
): Promise<string[]> {
  const differences: string[] = []
  const { encode, decode } = servicePoints
  const accounts: readonly Address[] = [...ledger.accounts.keys()]
  await each(accounts, async (account) => {
    const data = await readPointsAt(rpcUrl, encode.balanceOf(account), at.height)
    const balance = accepted(decode.balanceOf(data))
    const expected = ledger.balanceAt(account, at.timeSeconds)
    if (balance !== expected)
      differences.push(`${account} has ${balance}, the events give ${expected}`)
  })
  return differences
}

/**
 * Replays the chain and compares. The node is asked for events, block times and balances and
 * trusted in nothing else; point it at an own observer. Throws `RPC_UNREACHABLE`, `RPC_FAILED`.
 */
export async function auditPoints(rpcUrl: string): Promise<PointsAudit> {
  const height = Number(await callRpc(rpcUrl, 'eth_blockNumber', []))
  const timeSeconds = (await readBlockTimes(rpcUrl, [height])).get(height) ?? 0
  const calendar = await readPointsCalendar(rpcUrl)
  const logs = await readLogs(rpcUrl, SERVICE_POINTS_ADDRESS, { from: 0, to: height })
  const ledger = replayPoints(calendar, await toPointsEvents(rpcUrl, logs))
  const { encode, decode } = servicePoints
  const supply = accepted(
    decode.totalSupply(await readPointsAt(rpcUrl, encode.totalSupply(), height)),
  )
  const [minted, burned, expired] = accepted(
    decode.flows(await readPointsAt(rpcUrl, encode.flows(), height)),
  )
  const differences = [
    ...ledger.differences,
    ...(await compareBalances(rpcUrl, ledger, { height, timeSeconds })),
  ]
  const same = (what: string, had: bigint, expected: bigint): void => {
    if (had !== expected)
      differences.push(`${what}: the contract says ${had}, the events ${expected}`)
  }
  same('total supply', supply, ledger.supplyAt(timeSeconds))
  same('minted', minted, ledger.minted)
  same('burned', burned, ledger.burned)
  same('minted less burned less expired', minted - burned - expired, supply)
  return {
    ...{ height, timeSeconds, events: logs.length, accounts: ledger.accounts.size },
    ...{ payments: ledger.payments, refunds: ledger.refunds },
    ...{ authorisations: ledger.authorisations, minted, burned, expired },
    ...{ totalSupply: supply, differences },
  }
}
