/**
 * QuotaPolicy over JSON-RPC, for people: classes, members and admitters. The node itself reads
 * slots (policy.ts).
 */
import { accepted, QUOTA_UNLIMITED, type Quota, quotaPolicy } from '@veche/contracts'
import { type Address, type Hex, VecheError } from '@veche/primitives'
import { readContract } from '../act/act.ts'
import { QUOTA_POLICY } from '../act/contracts.ts'
import { callRpc } from '../json-rpc.ts'
import { QUOTA_SHOWN_BLOCKS_MAX } from '../limits.ts'
import { readLogs } from '../load/logs.ts'
import { readHead } from '../roles/ask.ts'
import { type BucketSize, Buckets } from './buckets.ts'

const { encode, decode } = quotaPolicy

/** uint16 */
export const CLASS_MAX = 65_535
/** genesis writes classes without events; it has two */
const GENESIS_CLASSES = 2

const ask = (rpcUrl: string, data: Hex): Promise<Uint8Array> =>
  readContract(rpcUrl, { contract: QUOTA_POLICY, data })

/** The class of a sender. Throws as `readContract`. */
export async function readClassOf(rpcUrl: string, sender: Address): Promise<number> {
  return accepted(decode.classOf(await ask(rpcUrl, encode.classOf(sender))))
}

/** The buckets of a class. Throws as `readContract`. */
export async function readQuota(rpcUrl: string, id: number): Promise<Quota> {
  return accepted(decode.quotaOf(await ask(rpcUrl, encode.quotaOf(id))))
}

async function isAdmitter(rpcUrl: string, contract: Address): Promise<boolean> {
  return accepted(decode.isAdmitter(await ask(rpcUrl, encode.isAdmitter(contract))))
}

/** Everything that the contract's events and the classes of genesis tell. */
export interface PolicyState {
  readonly classes: readonly { readonly class: number; readonly quota: Quota }[]
  /** put into a class after genesis */
  readonly members: readonly { readonly sender: Address; readonly class: number }[]
  readonly admitters: readonly Address[]
}

/** Reads classes, members and admitters. Throws `RPC_FAILED`, `RPC_UNREACHABLE`. */
export async function readPolicy(rpcUrl: string): Promise<PolicyState> {
  const { number } = await readHead(rpcUrl)
  const logs = await readLogs(rpcUrl, QUOTA_POLICY.address, { from: 0, to: number })
  const ids = new Set(Array.from({ length: GENESIS_CLASSES }, (_, id) => id))
  const senders = new Map<Address, number>()
  const admitters = new Set<Address>()
  for (const { name, args } of quotaPolicy.decodeLogs(logs)) {
    if (name === 'QuotaSet') ids.add(args.class)
    if (name === 'ClassSet') senders.set(args.sender, args.to)
    if (name === 'AdmitterSet') admitters.add(args.admitter)
  }
  const classes = []
  for (const id of [...ids].sort((a, b) => a - b))
    classes.push({ class: id, quota: await readQuota(rpcUrl, id) })
  const allowed: Address[] = []
  for (const each of admitters) if (await isAdmitter(rpcUrl, each)) allowed.push(each)
  const members = [...senders].map(([sender, id]) => ({ sender, class: id }))
  return { classes, members, admitters: allowed }
}

/** What final blocks put into a sender's own bucket, as validators count it when they propose. */
export interface SpentState {
  /** gas in the bucket now */
  readonly level: number
  /** the first block that was counted; older gas has leaked, or was not looked at */
  readonly fromBlock: number
}

interface BlockPart {
  readonly timestamp: Hex
}

interface ReceiptPart {
  readonly from: Address
  readonly gasUsed: Hex
}

const hexOf = (value: number): Hex => `0x${value.toString(16)}`

/**
 * Folds the last blocks, back to the time when a full bucket would have leaked by now, at most
 * {@link QUOTA_SHOWN_BLOCKS_MAX}. Throws `RPC_FAILED`, `RPC_UNREACHABLE`.
 */
export async function readSpent(
  rpcUrl: string,
  sender: Address,
  { rate, bucket }: BucketSize,
): Promise<SpentState> {
  const { number, timeSeconds } = await readHead(rpcUrl)
  const since = rate === 0 ? 0 : timeSeconds - bucket / rate
  const buckets = new Buckets()
  const spent: { gas: number; nowMs: number }[] = []
  let at = number
  for (; at > 0 && number - at < QUOTA_SHOWN_BLOCKS_MAX; at--) {
    const block = await callRpc(rpcUrl, 'eth_getBlockByNumber', [hexOf(at), false])
    const seconds = Number((block as BlockPart).timestamp)
    if (seconds < since) break
    const receipts = await callRpc(rpcUrl, 'eth_getBlockReceipts', [hexOf(at)])
    for (const { from, gasUsed } of (receipts as ReceiptPart[]).toReversed())
      if (from.toLowerCase() === sender) spent.push({ gas: Number(gasUsed), nowMs: seconds * 1000 })
  }
  for (const { gas, nowMs } of spent.toReversed()) buckets.add(sender, gas, { rate, nowMs })
  const level = Math.ceil(buckets.level(sender, rate, timeSeconds * 1000))
  return { level, fromBlock: at + 1 }
}

/** One bucket as people write it: gas a second, and gas at once. */
export interface BucketText {
  readonly rate: bigint
  readonly bucket: bigint
}

/** `100000/6000000`, or `unlimited`. Throws `USAGE`. */
export function textToBucket(text: string): BucketText {
  if (text === 'unlimited') return { rate: 0n, bucket: QUOTA_UNLIMITED }
  const [, rate, bucket] = /^(\d{1,20})\/(\d{1,20})$/.exec(text) ?? []
  if (rate !== undefined && bucket !== undefined) {
    const found = { rate: BigInt(rate), bucket: BigInt(bucket) }
    if (found.rate < QUOTA_UNLIMITED && found.bucket < QUOTA_UNLIMITED) return found
  }
  throw new VecheError(
    'USAGE',
    `gas a second/gas at once like 100000/6000000, or unlimited expected, got ${text}`,
  )
}

/** The inverse of {@link textToBucket}. */
export function bucketToText({ rate, bucket }: BucketText): string {
  return bucket === QUOTA_UNLIMITED ? 'unlimited' : `${rate}/${bucket}`
}

/** Both buckets of a class in words. */
export function quotaInWords(quota: Quota): { sender: string; shared: string } {
  const { senderRate, senderBucket, sharedRate, sharedBucket } = quota
  return {
    sender: bucketToText({ rate: senderRate, bucket: senderBucket }),
    shared: bucketToText({ rate: sharedRate, bucket: sharedBucket }),
  }
}
