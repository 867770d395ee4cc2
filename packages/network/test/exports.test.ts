/** The door of the package is this list and nothing else. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as door from '../src/index.ts'

test('the package exports exactly these names', () => {
  assert.equal(Object.keys(door).sort(), [
    'createForkFilter',
    'createMemoryNetworkHub',
    'createNetwork',
    'createNodeKey',
    'decodeNodeKey',
    'encodeNodeKey',
    'fixedForkFilter',
    'nodeKeyToPeerId',
  ])
})

test.run()
