/**
 * Cases of ethereum/execution-apis (`.io` files) that need no EVM: the blocks and transactions of
 * its chain, every fork from Homestead to BPO2, printed by this package and compared as JSON.
 * Ommers, withdrawals and state are not kept here, so a block that has any is compared without
 * the three fields that tell them; cases that need receipts or state belong to the node's tests.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Block,
  blockHash,
  bytesToBigint,
  decodeHeader,
  decodeRlp,
  encodeRlp,
  type Hash,
  type Receipt,
  type RlpItem,
  transactionHash,
} from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createCaller, type Response } from './caller.ts'
import { createTwin } from './twin.ts'

const folder = join(import.meta.dirname, '../../../../shared/data/execution-apis')

interface Imported {
  readonly blocks: readonly Block[]
  /** numbers of blocks with ommers or withdrawals */
  readonly partial: ReadonlySet<string>
}

/** Bytes of the long RLP list at the start of `bytes`, its header included. */
function listLength(bytes: Uint8Array): number {
  const lengthBytes = (bytes[0] ?? 0) - 0xf7
  return 1 + lengthBytes + Number(bytesToBigint(bytes.subarray(1, 1 + lengthBytes)))
}

function readChain(): Imported {
  const blocks: Block[] = []
  const partial = new Set<string>()
  let rest: Uint8Array = readFileSync(join(folder, 'chain.rlp'))
  while (rest.length > 0) {
    const length = listLength(rest)
    const item = decodeRlp(rest.subarray(0, length)) as readonly (readonly RlpItem[])[]
    const [header, transactions, ommers, withdrawals] = item
    const decoded = decodeHeader(encodeRlp(header as RlpItem))
    assert.ok(decoded.ok && transactions && ommers)
    if (!decoded.ok || transactions === undefined || ommers === undefined) break
    const raws = transactions.map((item) =>
      item instanceof Uint8Array ? item : encodeRlp(item as RlpItem),
    )
    if (ommers.length + (withdrawals?.length ?? 0) > 0)
      partial.add(`0x${decoded.value.number.toString(16)}`)
    blocks.push({ header: decoded.value, transactions: raws })
    rest = rest.subarray(length)
  }
  return { blocks, partial }
}

function createBackend({ blocks }: Imported) {
  const at = (number: number): Block | undefined => blocks[number - 1]
  const numbers = new Map<Hash, number>()
  const places = new Map<Hash, { number: number; index: number }>()
  for (const { header, transactions } of blocks) {
    numbers.set(blockHash(header), header.number)
    for (const [index, raw] of transactions.entries())
      places.set(transactionHash(raw), { number: header.number, index })
  }
  return {
    ...createTwin().backend,
    chainId: 3503995874084926,
    head: () => blocks.length,
    header: (number: number) => at(number)?.header,
    body: (number: number) => at(number)?.transactions,
    // the chain file has none; the sender is recovered from the transaction instead
    receipts: (): readonly Receipt[] => [],
    numberOf: (hash: Hash) => numbers.get(hash),
    locate: (hash: Hash) => places.get(hash),
    nextBaseFeePerGas: () => 0n,
  }
}

const METHODS = [
  'eth_chainId',
  'net_version',
  'eth_getBlockByHash',
  'eth_getBlockByNumber',
  'eth_getBlockTransactionCountByNumber',
  'eth_getTransactionByBlockNumberAndIndex',
  'eth_getTransactionByHash',
]
/** genesis is not in the chain file */
const NEEDS_GENESIS = ['eth_getBlockByNumber/get-genesis.io']
const EXTRA = [
  'eth_getTransactionReceipt/get-notfound-tx.io',
  'eth_getLogs/filter-error-future-block-range.io',
  'eth_getLogs/filter-error-invalid-blockHash-and-range.io',
  'eth_getStorageAt/get-storage-invalid-key.io',
  'eth_getStorageAt/get-storage-invalid-key-too-large.io',
]

/** A block without what the importer does not keep. */
function keptPart(result: unknown, partial: ReadonlySet<string>): unknown {
  const block = result as Record<string, unknown> | null
  if (block === null || typeof block !== 'object' || !partial.has(block['number'] as string))
    return result
  const { size: _size, uncles: _uncles, withdrawals: _withdrawals, ...kept } = block
  return kept
}

if (!existsSync(join(folder, 'chain.rlp'))) {
  test('has its data', () => {
    process.stdout.write('skipped: ../shared/data is absent\n')
  })
} else {
  const imported = readChain()
  const { raw, faults } = createCaller(createBackend(imported))

  test('hashes 54 headers of all forks as their children name them', () => {
    assert.is(imported.blocks.length, 54)
    for (const [at, { header }] of imported.blocks.entries()) {
      const parent = imported.blocks[at - 1]
      if (parent !== undefined) assert.is(header.parentHash, blockHash(parent.header))
    }
  })

  const files = [
    ...METHODS.flatMap((name) => globSync(`${name}/*.io`, { cwd: folder })),
    ...EXTRA,
  ].filter((file) => !NEEDS_GENESIS.includes(file))
  for (const file of files.sort()) {
    test(`answers ${file}`, async () => {
      let got: Response | undefined
      for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
        if (line.startsWith('>> ')) got = (await raw(line.slice(3))) as Response
        if (!line.startsWith('<< ')) continue
        const expected = JSON.parse(line.slice(3)) as Response
        assert.is(got?.error?.code, expected.error?.code)
        const { partial } = imported
        assert.equal(keptPart(got?.result, partial), keptPart(expected.result, partial))
      }
      assert.equal(faults, [])
    })
  }
}

test.run()
