import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as explorer from '../src/explorer/index.ts'
import * as door from '../src/index.ts'
import * as simulator from '../src/simulator/index.ts'
import * as twins from '../src/twins/index.ts'

test('the door holds exactly these names', () => {
  assert.equal(Object.keys(door).sort(), [
    'MESSAGE_BYTES_MAX',
    'RECORD_BYTES_MAX',
    'ROUND_MAX',
    'authenticateMessage',
    'authenticatePolka',
    'checkHeader',
    'claimOf',
    'cloneState',
    'contentDigest',
    'createHearing',
    'createSchedule',
    'createState',
    'createThresholds',
    'decodeMessage',
    'decodeRecord',
    'describeRound',
    'encodeMessage',
    'encodeRecord',
    'heightOfRecord',
    'isAuthentic',
    'isConflict',
    'isIdleProposal',
    'isOlderThanLog',
    'isRedundant',
    'isSameTemplate',
    'isSortedSet',
    'messageBytesMax',
    'noteHeard',
    'noteLive',
    'peekPosition',
    'primaryOf',
    'proposerOf',
    'roundAt',
    'roundStart',
    'roundWidth',
    'shortAddress',
    'signContent',
    'signKey',
    'signedBytes',
    'signedFrom',
    'sortValidators',
    'step',
    'stepAt',
    'stepToMs',
    'validatorsAfterChange',
    'verifyCertificate',
  ])
})

test('the door of the simulator holds exactly these names', () => {
  assert.equal(Object.keys(simulator).sort(), [
    'SWITCHES',
    'addReport',
    'behaviourNames',
    'buildBlock',
    'commandOf',
    'createRandom',
    'createSummary',
    'describeEvent',
    'describeSummary',
    'encodeTransaction',
    'executeBlock',
    'genesisHeader',
    'ownMachine',
    'profiles',
    'shrink',
    'simulate',
    'simulatedAddress',
    'simulatedRecover',
    'simulatedSign',
  ])
})

test('the door of the explorer holds exactly these names', () => {
  assert.equal(Object.keys(explorer).sort(), ['explore', 'heal', 'healSome'])
})

test('the door of Twins holds exactly these names', () => {
  assert.equal(Object.keys(twins).sort(), ['runTwins'])
})

test.run()
