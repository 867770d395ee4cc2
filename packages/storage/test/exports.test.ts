import * as storage from '@veche/storage'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

test('the door exports exactly this list', () => {
  assert.equal(Object.keys(storage).sort(), [
    'LOG_FILE_BYTES_MAX',
    'LOG_GROUP_RECORDS_MAX',
    'LOG_PAYLOAD_BYTES_MAX',
    'createMemoryChainStore',
    'createMemoryFileSystem',
    'createMemoryLog',
    'decodeReceipts',
    'encodeReceipts',
    'nodeFileSystem',
    'openChainStore',
    'openDataDirectory',
    'openWriteAheadLog',
    'writeFileDurably',
  ])
})

test.run()
