import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as door from '../src/index.ts'

test('the door exports exactly this list', () => {
  assert.equal(Object.keys(door).sort(), [
    'CITY_SCHEMA',
    'callRpc',
    'createLogger',
    'createNetworkFiles',
    'createSubmitter',
    'loadConfig',
    'openCity',
    'openKeystoreFile',
    'openNode',
    'percentile',
    'signTransaction',
    'startNodeProcess',
    'watchFinality',
  ])
})

test.run()
