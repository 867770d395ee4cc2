/**
 * Random blocks on our state and on stock ethereumjs (MerkleStateManager, runTx): equal roots, gas
 * and logs after every block. Contracts write, clear, create, destroy, call and revert.
 */

import { MerkleStateManager } from '@ethereumjs/statemanager'
import { createTxFromRLP } from '@ethereumjs/tx'
import { Account, createAddressFromString } from '@ethereumjs/util'
import { createVM, runTx, type VM } from '@ethereumjs/vm'
import { bytesToHex, type Header, hexToBytes } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createCommon } from '../src/chain/forks.ts'
import { HISTORY_CODE } from '../src/chain/genesis-block.ts'
import {
  contextToBlock,
  createMachine,
  HISTORY_ADDRESS,
  headerToContext,
  historySlot,
} from '../src/evm/machine.ts'
import type { Genesis } from '../src/index.ts'
import { CHAIN_ID, genesisOf, initCodeOf, keyOf, openChain, sign } from './support/chain.ts'

await installNativeCrypto()

const keys = [keyOf(30), keyOf(31), keyOf(32)]
/** SSTORE(calldata[0..32], calldata[32..64]) */
const WRITER = '0x60203560003555'
const WRITER_AT = '0x0000000000000000000000000000000000010001'
/** writes as WRITER, then reverts */
const REVERTER = '0x6020356000355560006000fd'
const REVERTER_AT = '0x0000000000000000000000000000000000010002'
/** CREATE with the calldata as init code, endowed with the call's value */
const FACTORY = '0x3660006000373660006000 34f0600055'.replace(/ /g, '')
const FACTORY_AT = '0x0000000000000000000000000000000000010003'
/** calls WRITER with the calldata, then REVERTER with the same, then logs the sum of results */
const CALLER =
  '0x36600060003760006000366000600062010001 5af1 60006000366000600062010002 5af1 01 60005260206000a0 00'.replace(
    / /g,
    '',
  )
const CALLER_AT = '0x0000000000000000000000000000000000010004'
/** SELFDESTRUCT to address 0x99 */
const BOMB = '0x6099ff'

function word(n: number): string {
  return n.toString(16).padStart(64, '0')
}

const slot = fc.nat(6)
const content = fc.oneof(fc.constant(0), fc.nat(3))
const action = fc.oneof(
  fc.record({ to: fc.constantFrom(WRITER_AT, REVERTER_AT, CALLER_AT), slot, content }),
  fc.record({ create: fc.constantFrom('0x', '0xfe', '0x00', BOMB, WRITER), value: fc.nat(3) }),
  fc.record({ factory: fc.constantFrom('0x00', BOMB, '0x6001600055', '0x60006000fd') }),
  fc.record({ pay: fc.nat(5), amount: fc.nat(1_000) }),
)
type Action = {
  to?: string
  slot?: number
  content?: number
  create?: string
  value?: number
  factory?: string
  pay?: number
  amount?: number
}
const blocks = fc.array(fc.array(fc.tuple(fc.nat(2), action), { maxLength: 8 }), {
  minLength: 1,
  maxLength: 4,
})

function toData(one: Action): object {
  if (one.to !== undefined)
    return { to: one.to, data: `0x${word(one.slot ?? 0)}${word(one.content ?? 0)}` }
  if (one.create !== undefined) {
    // a bare 0xff-code init destroys itself while it is created
    const data = one.create === BOMB ? BOMB : initCodeOf(one.create)
    return { data, value: one.value ?? 0 }
  }
  if (one.factory !== undefined) return { to: FACTORY_AT, data: one.factory, value: 1 }
  return { to: `0x${word(0x5000 + (one.pay ?? 0)).slice(24)}`, value: one.amount ?? 0 }
}

async function openReference(genesis: Genesis): Promise<VM> {
  const common = createCommon(CHAIN_ID, 'prague')
  const stateManager = new MerkleStateManager({ common })
  const vm = await createVM({ common, stateManager })
  const accounts = [...genesis.alloc]
  for (const [address, { balance, nonce, code }] of accounts) {
    const at = createAddressFromString(address)
    await stateManager.putAccount(at, new Account(nonce, balance))
    if (code.length > 0) await stateManager.putCode(at, code)
  }
  const history = createAddressFromString(HISTORY_ADDRESS)
  await stateManager.putAccount(history, new Account(1n, 0n))
  await stateManager.putCode(history, HISTORY_CODE)
  await stateManager.flush()
  return vm
}

async function runReference(vm: VM, header: Header, transactions: readonly Uint8Array[]) {
  const machine = await createMachine(CHAIN_ID, 'prague')
  const block = contextToBlock(machine, headerToContext(header))
  await vm.stateManager.putStorage(
    createAddressFromString(HISTORY_ADDRESS),
    hexToBytes(historySlot(header.number - 1)),
    hexToBytes(header.parentHash),
  )
  const results: { gas: bigint; logs: string[] }[] = []
  for (const raw of transactions) {
    const tx = createTxFromRLP(raw, { common: vm.common })
    const result = await runTx(vm, { tx, block, skipHardForkValidation: true })
    const logs = (result.execResult.logs ?? []).map((log) => bytesToHex(log[2]))
    results.push({ gas: result.totalGasSpent, logs })
  }
  return { root: bytesToHex(await vm.stateManager.getStateRoot()), results }
}

const alloc = {
  ...Object.fromEntries(keys.map(({ address }) => [address, { balance: '1000000000' }])),
  [WRITER_AT]: { code: WRITER, nonce: 1 },
  [REVERTER_AT]: { code: REVERTER, nonce: 1 },
  [FACTORY_AT]: { code: FACTORY, nonce: 1, balance: '100' },
  [CALLER_AT]: { code: CALLER, nonce: 1 },
}

test('random blocks give the roots, gas and logs of stock ethereumjs', async () => {
  let ran = 0
  await fc.assert(
    fc.asyncProperty(blocks, async (plan) => {
      const chain = await openChain(genesisOf(alloc))
      const vm = await openReference(chain.genesis)
      assert.is(bytesToHex(await vm.stateManager.getStateRoot()), chain.head().stateRoot)
      const nonces = [0, 0, 0]
      for (const actions of plan) {
        const transactions = actions.map(([who, one]) => {
          const nonce = nonces[who] as number
          nonces[who] = nonce + 1
          const data = { nonce, gasLimit: 300_000, ...toData(one as Action) }
          return sign(keys[who] as never, data as never)
        })
        const built = await chain.build(transactions)
        // the builder orders nothing here: what it took, the reference runs
        const { root, results } = await runReference(
          vm,
          built.block.header,
          built.block.transactions,
        )
        assert.is(built.block.transactions.length, transactions.length)
        assert.equal(
          built.executed.receipts.map((receipt) => ({
            gas: receipt.gasUsed,
            logs: receipt.logs.map((log) => bytesToHex(log.data)),
          })),
          results,
        )
        assert.is(built.block.header.stateRoot, root)
        chain.commit(built)
        ran += transactions.length
      }
    }),
    { numRuns: 40 },
  )
  process.stdout.write(`differential: ${ran} transactions\n`)
  assert.ok(ran > 100)
})

test.run()
