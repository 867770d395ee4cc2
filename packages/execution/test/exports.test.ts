/** The door of execution, name by name. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as door from '../src/index.ts'

test('exports exactly this', () => {
  assert.equal(Object.keys(door).sort(), [
    'FORKS',
    'createExecutor',
    'createPool',
    'decodeGenesis',
    'decodeTransaction',
    'deriveGasLimit',
    'effectiveGasPrice',
    'encodeReceipt',
    'forkAt',
    'genesisBlock',
    'genesisToJson',
    'hasFork',
    'intrinsicGas',
    'joinBlooms',
    'listRoot',
    'minimumGas',
    'nextBaseFee',
    'predeploy',
    'recoverAuthority',
    'transactionCost',
  ])
})

test.run()
