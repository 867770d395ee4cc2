/** The filter object of eth_getLogs, eth_newFilter and the logs subscription. */
import { type Address, accept, type Hash, type Result, refuse } from '@veche/primitives'
import {
  address,
  andThen,
  type Decode,
  type Decoded,
  fieldsOf,
  hash,
  listOf,
  misfit,
} from './decode.ts'
import { type BlockSelector, blockNumber } from './decode-block.ts'
import { LOG_ADDRESSES_MAX, TOPICS_MAX } from './limits.ts'

/** Which logs: any of `addresses` (all when empty), and at each topic position any of the list. */
export interface LogPattern {
  readonly addresses: readonly Address[]
  /** an empty position matches any topic, but the log must have that many */
  readonly topics: readonly (readonly Hash[])[]
}

/** A pattern and where to look: one block by hash, or a range. */
export interface LogFilter {
  readonly pattern: LogPattern
  readonly blockHash?: Hash
  readonly fromBlock?: BlockSelector
  readonly toBlock?: BlockSelector
}

/** One address or an array of them. */
const addresses: Decode<readonly Address[]> = (value) =>
  Array.isArray(value) ? listOf(address, LOG_ADDRESSES_MAX)(value) : listOf(address, 1)([value])

/** null is a wildcard, also inside an array (geth: an alternative that matches everything). */
const alternatives: Decode<readonly Hash[]> = (value) => {
  if (value === null) return accept([])
  if (!Array.isArray(value)) return listOf(hash, 1)([value])
  if (value.length > LOG_ADDRESSES_MAX)
    return misfit(`at most ${LOG_ADDRESSES_MAX} alternatives`, value)
  return value.includes(null) ? accept([]) : listOf(hash, LOG_ADDRESSES_MAX)(value)
}

const filterFields = fieldsOf({
  address: addresses,
  topics: listOf(alternatives, TOPICS_MAX),
  blockHash: hash,
  fromBlock: blockNumber,
  toBlock: blockNumber,
})

function checkFilter(fields: Decoded<typeof filterFields>): Result<LogFilter> {
  const { address: targets = [], topics = [], ...where } = fields
  if (where.blockHash !== undefined && (where.fromBlock ?? where.toBlock) !== undefined)
    return refuse(
      'PARAMETER_INVALID',
      'cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other',
    )
  return accept({ pattern: { addresses: targets, topics }, ...where })
}

/** A whole filter. Refuses a block hash together with a range. */
export const logFilter: Decode<LogFilter> = andThen(filterFields, checkFilter)
