/** Holds the door of the package literally. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as rpc from '../src/index.ts'

test('exports exactly these values', () => {
  assert.equal(Object.keys(rpc).sort(), [
    'ERROR_CODES',
    'METHODS',
    'RpcError',
    'createDispatch',
    'createRpcServer',
    'createTable',
    'method',
  ])
})

test.run()
