/**
 * Forks activate by the timestamp of the block, to the second: the header's fields, the transaction
 * types and the opcodes of each fork are there from its first block on, and not one block before.
 */
import {
  type Block,
  blockHash,
  decodeHeader,
  EMPTY_REQUESTS_HASH,
  EMPTY_TRIE_ROOT,
  encodeHeader,
  type Header,
  ZERO_HASH,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createExecutor, FORKS, type Fork } from '../src/index.ts'
import { genesisOf, keyOf, openChain, sign, type TestChain } from './support/chain.ts'

await installNativeCrypto()

const START = 1_700_000_000
const APART = 10
const FEE = 7n
const timeOf = (fork: Fork): number => START + APART * FORKS.indexOf(fork)
const alice = keyOf(10)
/** PUSH0 PUSH0 SSTORE */
const PUSH0_AT = '0x00000000000000000000000000000000000c0de0'
/** PUSH1 1 PUSH1 0 TSTORE */
const TSTORE_AT = '0x00000000000000000000000000000000000c0de1'
/** BASEFEE PUSH1 0 SSTORE */
const BASEFEE_AT = '0x00000000000000000000000000000000000c0de2'
/** PUSH1 1 CLZ PUSH1 0 SSTORE */
const CLZ_AT = '0x00000000000000000000000000000000000c0de3'

const ALLOC = {
  [alice.address]: { balance: '1000000000000000000' },
  [PUSH0_AT]: { code: '0x5f5f55' },
  [TSTORE_AT]: { code: '0x600160005d' },
  [BASEFEE_AT]: { code: '0x48600055' },
  [CLZ_AT]: { code: '0x60011e600055' },
}

const genesis = genesisOf(ALLOC, {
  config: Object.fromEntries(FORKS.map((fork) => [`${fork}Time`, timeOf(fork)])),
  timestamp: START,
  baseFeePerGas: Number(FEE),
})

/** what the first block of a fork has more than the block before it */
const ADDED: Readonly<Record<Fork, Partial<Header>>> = {
  berlin: {},
  london: { baseFeePerGas: FEE },
  paris: {},
  shanghai: { withdrawalsRoot: EMPTY_TRIE_ROOT },
  cancun: { blobGasUsed: 0n, excessBlobGas: 0n, parentBeaconBlockRoot: ZERO_HASH },
  prague: { requestsHash: EMPTY_REQUESTS_HASH },
  osaka: {},
}

const before = (fork: Fork): readonly Fork[] => FORKS.slice(0, FORKS.indexOf(fork))
const fieldsOf = (fork: Fork): Partial<Header> =>
  Object.assign({}, ...[...before(fork), fork].map((each) => ADDED[each])) as Partial<Header>
const optional = Object.keys(Object.assign({}, ...Object.values(ADDED)) as object)

function shown(header: Header): Partial<Header> {
  const entries = Object.entries(header).filter(
    ([name, value]) => optional.includes(name) && value !== undefined,
  )
  return Object.fromEntries(entries) as Partial<Header>
}

/** a chain whose head is far below the fork's first second */
async function chainBefore(fork: Fork): Promise<TestChain> {
  const chain = await openChain(genesis)
  for (const each of before(fork).slice(1)) {
    const built = await chain.build([], { timestamp: timeOf(each) })
    chain.commit(built)
  }
  return chain
}

async function verdict(chain: TestChain, block: Block): Promise<string> {
  // a judge of its own: what the builder ran is not remembered
  const judge = createExecutor({ store: chain.store, genesis, head: chain.head() })
  const checked = await judge.execute(block, chain.head())
  return checked.ok ? 'accepted' : `${checked.code} ${checked.reason}`
}

for (const fork of FORKS.slice(1)) {
  test(`${fork}: the second before has the old header, its first one the new`, async () => {
    const chain = await chainBefore(fork)
    const last = before(fork).at(-1) as Fork
    const early = await chain.build([], { timestamp: timeOf(fork) - 1 })
    assert.equal(shown(early.block.header), fieldsOf(last))
    assert.is(await verdict(chain, early.block), 'accepted')
    const first = await chain.build([], { timestamp: timeOf(fork) })
    assert.equal(shown(first.block.header), fieldsOf(fork))
    assert.is(await verdict(chain, first.block), 'accepted')
    for (const { block } of [early, first]) {
      const again = decodeHeader(encodeHeader(block.header))
      assert.ok(again.ok && blockHash(again.value) === blockHash(block.header))
    }
  })

  const added = Object.entries(ADDED[fork])
  if (added.length > 0)
    test(`${fork}: its fields are refused a second early, and missed from then on`, async () => {
      const chain = await chainBefore(fork)
      const early = await chain.build([], { timestamp: timeOf(fork) - 1 })
      const ahead = { ...early.block.header, ...ADDED[fork] }
      const refused = await verdict(chain, { ...early.block, header: ahead })
      assert.match(refused, 'BLOCK_HEADER_INVALID')
      assert.match(refused, 'no field before its fork')
      const first = await chain.build([], { timestamp: timeOf(fork) })
      // all of them: a header with some of Cancun's cannot be written down
      const names = added.map(([name]) => name)
      const kept = Object.entries(first.block.header).filter(([name]) => !names.includes(name))
      const header = Object.fromEntries(kept) as unknown as Header
      const missed = await verdict(chain, { ...first.block, header })
      assert.match(missed, `BLOCK_HEADER_INVALID ${names[0]}`)
    })
}

test('every added field has one value only', async () => {
  const chain = await chainBefore('osaka')
  const { block } = await chain.build([], { timestamp: timeOf('osaka') })
  const other: Partial<Header> = {
    ...{ baseFeePerGas: FEE + 1n, withdrawalsRoot: ZERO_HASH, blobGasUsed: 131_072n },
    ...{ excessBlobGas: 1n, parentBeaconBlockRoot: EMPTY_TRIE_ROOT, requestsHash: ZERO_HASH },
  }
  assert.equal(Object.keys(other).sort(), [...optional].sort())
  for (const [name, value] of Object.entries(other)) {
    const header = { ...block.header, [name]: value } as Header
    assert.match(await verdict(chain, { ...block, header }), `BLOCK_HEADER_INVALID ${name}`)
  }
})

/** the status of one transaction in a block of this second */
async function statusAt(chain: TestChain, timestamp: number, raw: Uint8Array): Promise<string> {
  const built = await chain.build([raw], { timestamp })
  const [receipt] = built.executed.receipts
  return receipt === undefined ? (built.rejected[0]?.code ?? 'nothing') : String(receipt.status)
}

const OPCODES: readonly [Fork, string, `0x${string}`][] = [
  ['london', 'BASEFEE', BASEFEE_AT],
  ['shanghai', 'PUSH0', PUSH0_AT],
  ['cancun', 'TSTORE', TSTORE_AT],
  ['osaka', 'CLZ', CLZ_AT],
]

for (const [fork, opcode, to] of OPCODES)
  test(`${fork}: ${opcode} runs from its first second on`, async () => {
    const chain = await chainBefore(fork)
    const call = sign(alice, { nonce: 0, to, type: 1, gasPrice: FEE })
    assert.is(await statusAt(chain, timeOf(fork) - 1, call), '0')
    assert.is(await statusAt(chain, timeOf(fork), call), '1')
  })

test('london: a type-2 transaction is refused a second early, also inside a block', async () => {
  const chain = await chainBefore('london')
  const fees = { maxFeePerGas: FEE, maxPriorityFeePerGas: 0n }
  const typed = sign(alice, { nonce: 0, to: PUSH0_AT, type: 2, ...fees })
  assert.match(await statusAt(chain, timeOf('london') - 1, typed), /^TRANSACTION_|^[A-Z_]+$/)
  const early = await chain.build([], { timestamp: timeOf('london') - 1 })
  const smuggled = { ...early.block, transactions: [typed] }
  assert.is.not(await verdict(chain, smuggled), 'accepted')
  assert.is(await statusAt(chain, timeOf('london'), typed), '0', 'it is included; PUSH0 is not yet')
})

test('two blocks in the first second of a fork both have its rules', async () => {
  const chain = await chainBefore('prague')
  for (const _ of [1, 2]) {
    const built = await chain.build([], { timestamp: timeOf('prague') })
    assert.equal(shown(built.block.header), fieldsOf('prague'))
    chain.commit(built)
  }
})

test('a silence over several forks leads straight to the last of them', async () => {
  const chain = await openChain(genesis)
  const built = await chain.build([], { timestamp: timeOf('prague') + 3 })
  assert.equal(shown(built.block.header), fieldsOf('prague'))
  assert.is(await verdict(chain, built.block), 'accepted')
})

test.run()
