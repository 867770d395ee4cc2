/**
 * Fees: what to offer, and what was paid. With the default base fee of zero every answer is zero,
 * and all of them agree (ADR 0060); with another base fee the same formulas hold.
 */
import type { Header, Receipt } from '@veche/primitives'
import type { RpcBackend } from '../backend.ts'
import { breathe, numberAt, receiptsOf } from '../chain.ts'
import { count, type Decode, listOf, misfit } from '../decode.ts'
import { type BlockSelector, blockNumber } from '../decode-block.ts'
import { serverError } from '../errors.ts'
import { type Json, quantity } from '../json.ts'
import { BLOCK_CHUNK_TRANSACTIONS, FEE_HISTORY_BLOCKS_MAX, FEE_PERCENTILES_MAX } from '../limits.ts'
import { type Answer, defaulted, type Method, method, required } from '../method.ts'

/** Ascending numbers from 0 to 100. */
const percentiles: Decode<readonly number[]> = (value) => {
  const list = listOf<number>(
    (item) =>
      typeof item === 'number' && item >= 0 && item <= 100
        ? { ok: true, value: item }
        : misfit('a percentile from 0 to 100', item),
    FEE_PERCENTILES_MAX,
  )(value)
  if (!list.ok) return list
  const falls = list.value.findIndex((item, k) => k > 0 && item < (list.value[k - 1] as number))
  return falls < 0 ? list : misfit('ascending percentiles', list.value[falls])
}

/**
 * Tips at the percentiles of gas used (geth's eth/gasprice/feehistory.go); zeros in an empty block.
 */
export function rewardsOf(
  header: Header,
  receipts: readonly Receipt[],
  wanted: readonly number[],
): bigint[] {
  const baseFee = header.baseFeePerGas ?? 0n
  const paid = receipts
    .map(({ gasUsed, effectiveGasPrice }) => ({ gasUsed, tip: effectiveGasPrice - baseFee }))
    .sort((a, b) => (a.tip < b.tip ? -1 : a.tip > b.tip ? 1 : 0))
  let at = 0
  let sum = paid[0]?.gasUsed ?? 0n
  return wanted.map((percentile) => {
    const threshold = BigInt(Math.floor((Number(header.gasUsed) * percentile) / 100))
    while (sum < threshold && at < paid.length - 1) {
      at++
      sum += paid[at]?.gasUsed ?? 0n
    }
    return paid[at]?.tip ?? 0n
  })
}

interface HistoryQuery {
  readonly oldest: number
  readonly newest: number
  readonly wanted: readonly number[]
}

async function history(backend: RpcBackend, query: HistoryQuery): Promise<Answer> {
  const { oldest, newest, wanted } = query
  const base: Json[] = []
  const ratios: number[] = []
  const rewards: Json[] = []
  let read = 0
  for (let number = oldest; number <= newest; number++) {
    const header = backend.header(number)
    if (header === undefined) return serverError(`block ${number} is not kept`)
    base.push(quantity(header.baseFeePerGas ?? 0n))
    ratios.push(header.gasLimit === 0n ? 0 : Number(header.gasUsed) / Number(header.gasLimit))
    if (wanted.length === 0) continue
    const receipts = receiptsOf(backend, number)
    rewards.push(rewardsOf(header, receipts, wanted).map(quantity))
    read += receipts.length + 1
    if (read >= BLOCK_CHUNK_TRANSACTIONS) {
      read = 0
      await breathe()
    }
  }
  const next = newest === backend.head() ? undefined : backend.header(newest + 1)
  base.push(quantity(next ? (next.baseFeePerGas ?? 0n) : backend.nextBaseFeePerGas()))
  return {
    oldestBlock: quantity(oldest),
    baseFeePerGas: base,
    gasUsedRatio: ratios,
    // no blob is ever included, so its fields are the constants of an idle blob market
    baseFeePerBlobGas: base.map(() => '0x0'),
    blobGasUsedRatio: ratios.map(() => 0),
    reward: wanted.length === 0 ? undefined : rewards,
  }
}

function feeHistory(
  backend: RpcBackend,
  blocks: number,
  where: { readonly selector: BlockSelector; readonly wanted: readonly number[] },
): Answer | Promise<Answer> {
  if (blocks === 0) return { oldestBlock: '0x0', gasUsedRatio: null }
  const newest = numberAt(backend, where.selector)
  if (newest === undefined) {
    const asked = where.selector.kind === 'number' ? where.selector.number : 0
    return serverError(`request beyond head block: requested ${asked}, head ${backend.head()}`)
  }
  const oldest = Math.max(0, newest - Math.min(blocks, FEE_HISTORY_BLOCKS_MAX) + 1)
  return history(backend, { oldest, newest, wanted: where.wanted })
}

export const feeMethods: readonly Method[] = [
  method({
    name: 'eth_gasPrice',
    params: [],
    handle: ({ backend }) => quantity(backend.nextBaseFeePerGas()),
  }),
  method({ name: 'eth_maxPriorityFeePerGas', params: [], handle: () => '0x0' }),
  method({
    name: 'eth_baseFee',
    params: [],
    handle: ({ backend }) => quantity(backend.nextBaseFeePerGas()),
  }),
  method({
    name: 'eth_feeHistory',
    params: [
      required('blockCount', count),
      required('newestBlock', blockNumber),
      defaulted('rewardPercentiles', percentiles, []),
    ],
    weight: 10,
    handle: ({ backend }, blocks, selector, wanted) =>
      feeHistory(backend, blocks, { selector, wanted }),
  }),
]
