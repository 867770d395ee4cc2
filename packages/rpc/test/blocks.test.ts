/** Blocks, transactions and receipts over the twin. */
import {
  blockHash,
  bytesToHex,
  decodeExtraData,
  decodeHeader,
  encodeBlock,
  encodeExtraData,
  type Hash,
  hexToBytes,
  transactionHash,
  validatorSetHash,
  ZERO_ADDRESS,
} from '@veche/primitives'
import { authorizationify } from 'ethers'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createCaller, signed, walletOf, word } from './caller.ts'
import { createTwin } from './twin.ts'
import { VALIDATORS } from './twin-blocks.ts'

const alice = walletOf('alice')
const bob = walletOf('bob').address.toLowerCase()
const from = alice.address.toLowerCase()

type Fields = Record<string, unknown>

/** block 1: one transaction of each type, the last is a creation; block 2 is empty */
async function createChain() {
  const twin = createTwin()
  const authorization = await alice.authorize({ address: bob, nonce: 9, chainId: 1234 })
  assert.ok(authorizationify(authorization))
  const raws = [
    await signed(alice, { type: 0, nonce: 0, to: bob, value: 5, gasPrice: 7, data: word(1) }),
    await signed(alice, {
      type: 1,
      nonce: 1,
      to: bob,
      gasPrice: 3,
      accessList: [{ address: bob, storageKeys: [word(3)] }],
      data: word(2),
    }),
    await signed(alice, {
      type: 2,
      nonce: 2,
      to: bob,
      maxFeePerGas: 9,
      maxPriorityFeePerGas: 2,
      data: `${word(2)}${word(4).slice(2)}ff`,
    }),
    await signed(alice, { type: 4, nonce: 3, to: bob, authorizationList: [authorization] }),
    await signed(alice, { type: 0, nonce: 4, gasPrice: 0, data: '0x6000' }),
  ]
  twin.seal(raws)
  twin.seal()
  const { backend } = twin
  const header = backend.header(1)
  assert.ok(header)
  const hash: Hash = header === undefined ? '0x' : blockHash(header)
  return { ...createCaller(backend), twin, raws, header, hash }
}

test('prints a block with every field of its fork', async () => {
  const { get, raws, header, hash } = await createChain()
  const block = (await get('eth_getBlockByNumber', '0x1', false)) as Fields
  assert.equal(Object.keys(block).sort(), [
    'baseFeePerGas',
    'blobGasUsed',
    'difficulty',
    'excessBlobGas',
    'extraData',
    'gasLimit',
    'gasUsed',
    'hash',
    'logsBloom',
    'miner',
    'mixHash',
    'nonce',
    'number',
    'parentBeaconBlockRoot',
    'parentHash',
    'receiptsRoot',
    'requestsHash',
    'sha3Uncles',
    'size',
    'stateRoot',
    'timestamp',
    'transactions',
    'transactionsRoot',
    'uncles',
    'withdrawals',
    'withdrawalsRoot',
  ])
  assert.is(block['hash'], hash)
  assert.is(block['baseFeePerGas'], '0x0')
  assert.is(block['difficulty'], '0x1')
  assert.is(block['extraData'], bytesToHex(header?.extraData ?? new Uint8Array()))
  assert.equal(block['transactions'], raws.map(transactionHash))
  const size = header && encodeBlock({ header, transactions: raws }).length
  assert.is(block['size'], `0x${size?.toString(16)}`)
  assert.equal(await get('eth_getBlockByHash', hash, false), block)
})

test('every tag but earliest is the last final block', async () => {
  const { get } = await createChain()
  for (const tag of ['latest', 'safe', 'finalized', 'pending']) {
    const block = (await get('eth_getBlockByNumber', tag)) as Fields
    assert.is(block['number'], '0x2', tag)
  }
  assert.is(((await get('eth_getBlockByNumber', 'earliest')) as Fields)['number'], '0x0')
  assert.is(await get('eth_blockNumber'), '0x2')
})

test('a block that is not there is null', async () => {
  const { get } = await createChain()
  const nowhere = word(7)
  assert.is(await get('eth_getBlockByNumber', '0x3'), null)
  assert.is(await get('eth_getBlockByHash', nowhere, true), null)
  assert.is(await get('eth_getBlockTransactionCountByNumber', '0x3'), null)
  assert.is(await get('eth_getBlockTransactionCountByHash', nowhere), null)
  assert.is(await get('eth_getUncleCountByBlockHash', nowhere), null)
  assert.is(await get('eth_getBlockReceipts', '0x3'), null)
  assert.is(await get('eth_getTransactionByHash', nowhere), null)
  assert.is(await get('eth_getTransactionReceipt', nowhere), null)
  assert.is(await get('eth_getTransactionByBlockHashAndIndex', nowhere, '0x0'), null)
  assert.is(await get('eth_getTransactionByBlockNumberAndIndex', '0x1', '0x5'), null)
  assert.is(await get('eth_getRawTransactionByHash', nowhere), null)
})

test('prints each transaction type with exactly its fields', async () => {
  const { get } = await createChain()
  const block = (await get('eth_getBlockByNumber', '0x1', true)) as { transactions: Fields[] }
  const common =
    'blockHash blockNumber blockTimestamp chainId from gas gasPrice hash input nonce r s to transactionIndex type v value'
  const added = [
    '',
    ' accessList yParity',
    ' accessList maxFeePerGas maxPriorityFeePerGas yParity',
    ' accessList authorizationList maxFeePerGas maxPriorityFeePerGas yParity',
    '',
  ]
  for (const [at, transaction] of block.transactions.entries()) {
    const wanted = `${common}${added[at]}`.split(' ').sort()
    assert.equal(Object.keys(transaction).sort(), wanted, `transaction ${at}`)
    assert.is(transaction['from'], from)
    assert.is(transaction['transactionIndex'], `0x${at}`)
    assert.equal(await get('eth_getTransactionByHash', transaction['hash']), transaction)
    assert.equal(
      await get('eth_getTransactionByBlockNumberAndIndex', '0x1', `0x${at}`),
      transaction,
    )
  }
  const [legacy, , dynamic, delegating, creation] = block.transactions
  assert.ok([2503, 2504].includes(Number(legacy?.['v'])), 'EIP-155 v of chain 1234')
  assert.is(dynamic?.['gasPrice'], '0x2', 'what is paid: base fee 0 and the tip')
  assert.equal(dynamic?.['accessList'], [])
  const delegations = delegating?.['authorizationList'] as Fields[] | undefined
  assert.is(delegations?.[0]?.['address'], bob)
  assert.is(creation?.['to'], null)
})

test('prints receipts with log indices through the block', async () => {
  const { get, raws, hash, header } = await createChain()
  const receipts = (await get('eth_getBlockReceipts', hash)) as (Fields & { logs: Fields[] })[]
  assert.is(receipts.length, 5)
  assert.equal(
    receipts.map(({ logs }) => logs.map((log) => log['logIndex'])),
    [['0x0'], ['0x1'], ['0x2'], [], []],
  )
  assert.equal(receipts[2]?.logs[0], {
    address: bob,
    topics: [word(2), word(4)],
    data: '0xff',
    blockNumber: '0x1',
    blockHash: hash,
    blockTimestamp: `0x${header?.timestamp.toString(16)}`,
    transactionHash: raws[2] && transactionHash(raws[2]),
    transactionIndex: '0x2',
    logIndex: '0x2',
    removed: false,
  })
  assert.equal(Object.keys(receipts[0] ?? {}).sort(), [
    'blockHash',
    'blockNumber',
    'contractAddress',
    'cumulativeGasUsed',
    'effectiveGasPrice',
    'from',
    'gasUsed',
    'logs',
    'logsBloom',
    'status',
    'to',
    'transactionHash',
    'transactionIndex',
    'type',
  ])
  assert.is(receipts[0]?.['to'], bob)
  assert.is(receipts[4]?.['to'], null)
  assert.match(receipts[4]?.['contractAddress'] as string, /^0x[0-9a-f]{40}$/)
  for (const receipt of receipts)
    assert.equal(await get('eth_getTransactionReceipt', receipt['transactionHash']), receipt)
})

test('counts transactions and has no uncles', async () => {
  const { get, hash } = await createChain()
  assert.is(await get('eth_getBlockTransactionCountByNumber', '0x1'), '0x5')
  assert.is(await get('eth_getBlockTransactionCountByHash', hash), '0x5')
  assert.is(await get('eth_getBlockTransactionCountByNumber', 'latest'), '0x0')
  assert.is(await get('eth_getUncleCountByBlockNumber', '0x1'), '0x0')
  assert.is(await get('eth_getUncleCountByBlockHash', hash), '0x0')
  assert.is(await get('eth_getUncleByBlockNumberAndIndex', '0x1', '0x0'), null)
  assert.is(await get('eth_getUncleByBlockHashAndIndex', hash, '0x0'), null)
})

test('gives a raw transaction as it was signed', async () => {
  const { get, raws, hash } = await createChain()
  const raw = raws[1] as Uint8Array
  const text = bytesToHex(raw)
  assert.is(await get('eth_getRawTransactionByHash', transactionHash(raw)), text)
  assert.is(await get('eth_getRawTransactionByBlockHashAndIndex', hash, '0x1'), text)
  assert.is(await get('eth_getRawTransactionByBlockNumberAndIndex', '0x1', '0x1'), text)
})

test('a pooled transaction has no block yet', async () => {
  const { ask, get, code, twin } = await createChain()
  const raw = await signed(alice, { type: 2, nonce: 5, to: bob, maxFeePerGas: 4 })
  const hash = transactionHash(raw)
  assert.is(await get('eth_sendRawTransaction', bytesToHex(raw)), hash)
  const pending = (await get('eth_getTransactionByHash', hash)) as Fields
  for (const name of ['blockHash', 'blockNumber', 'blockTimestamp', 'transactionIndex'])
    assert.is(pending[name], null, name)
  assert.is(pending['gasPrice'], '0x4', 'the cap')
  assert.is(await get('eth_getTransactionReceipt', hash), null)
  assert.is(await get('eth_getTransactionCount', from, 'pending'), '0x6')
  assert.is(await get('eth_getTransactionCount', from, 'latest'), '0x5')
  assert.equal(await get('txpool_status'), { pending: '0x1', queued: '0x0' })
  assert.equal(await get('txpool_content'), { pending: { [from]: { 5: pending } }, queued: {} })
  assert.equal(await get('txpool_contentFrom', from), { pending: { 5: pending }, queued: {} })
  assert.equal(await get('txpool_contentFrom', bob), { pending: {}, queued: {} })
  assert.equal(await get('txpool_inspect'), {
    pending: { [from]: { 5: `${bob}: 0 wei + 100000 gas × 4 wei` } },
    queued: {},
  })
  const again = await ask('eth_sendRawTransaction', bytesToHex(raw))
  assert.equal(again.error, { code: -32000, message: 'already known' })
  twin.seal()
  assert.is(await get('eth_getTransactionCount', from, 'pending'), '0x6')
  assert.is(((await get('eth_getTransactionByHash', hash)) as Fields)['blockNumber'], '0x3')
  assert.is(await code('eth_sendRawTransaction', '0x'), -32000)
  assert.is(await code('eth_sendRawTransaction', `0x${'00'.repeat(131_073)}`), -32000)
})

test('shows the standing of the members that the contract names', async () => {
  const evidence = `0x${'e1'.repeat(32)}` as const
  const [address = ZERO_ADDRESS] = VALIDATORS
  const member = { address, organisation: undefined, leaving: true, suspended: evidence }
  const { get, twin } = await createChain()
  assert.is(await get('veche_members'), null, 'no contract')
  assert.is(await get('veche_members', '0x9'), null, 'no block')
  Object.assign(twin.backend, { members: async () => [member] })
  const [shown] = (await get('veche_members')) as Fields[]
  assert.equal(shown, { address, organisation: null, leaving: true, suspended: evidence })
})

test('gives the headers at which the set changes, in pages, and nothing else', async () => {
  const { get, twin } = await createChain()
  assert.equal(await get('veche_setChanges'), { headers: [], next: null })
  const header = twin.backend.header(2)
  if (header === undefined) throw new RangeError('block 2 expected')
  const extra = decodeExtraData(header.extraData)
  if (!extra.ok) throw new RangeError(extra.reason)
  const changed = encodeExtraData({ ...extra.value, vanity: validatorSetHash([]) })
  const COUNT = 70
  for (let number = 3; number < 3 + COUNT; number++)
    twin.append({ header: { ...header, number, extraData: changed }, transactions: [] }, [])
  const first = (await get('veche_setChanges', '0x1')) as { headers: string[]; next: string }
  assert.is(first.headers.length, 64)
  assert.is(first.next, '0x43')
  const decoded = decodeHeader(hexToBytes(first.headers[0] as string))
  assert.ok(decoded.ok)
  if (decoded.ok) assert.is(decoded.value.number, 3)
  const rest = (await get('veche_setChanges', first.next)) as { headers: string[] }
  assert.is(rest.headers.length, COUNT - 64)
  assert.is(await get('veche_setChanges', '0xffff'), null)
})

test('shows the validators of a block and the certificate that decided it', async () => {
  const { get, hash, code, twin } = await createChain()
  assert.equal(await get('veche_validators', '0x1'), VALIDATORS)
  const certificate = (await get('veche_certificate', hash)) as Fields
  assert.is(certificate['hash'], hash)
  assert.is(certificate['round'], '0x0')
  assert.equal(certificate['signers'], VALIDATORS)
  assert.is((certificate['seals'] as string[]).length, 4)
  assert.is(await get('veche_certificate', '0x9'), null)
  const header = twin.backend.header(2)
  assert.ok(header)
  if (header !== undefined)
    twin.append(
      { header: { ...header, number: 3, extraData: new Uint8Array(3) }, transactions: [] },
      [],
    )
  assert.is(await code('veche_certificate'), -32000)
})

test.run()
