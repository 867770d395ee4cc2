import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as door from '../src/index.ts'
import * as parts from '../src/parts.ts'

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

test('the door of parts exports exactly this list', () => {
  assert.equal(Object.keys(parts).sort(), [
    'Chain',
    'Loop',
    'Quotas',
    'Sync',
    'createCandidates',
    'createGossip',
    'createHandlers',
    'followHead',
    'forkIdOf',
    'openNodeKey',
    'openValidator',
    'readGenesisFile',
  ])
})

test.run()
