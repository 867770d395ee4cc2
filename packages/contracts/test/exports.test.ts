/**
 * The door of contracts, literally: adding or removing an export is a decision, not an accident.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as door from '../src/index.ts'

test('exports exactly this', () => {
  assert.equal(Object.keys(door).sort(), [
    'BATCH_COUNT_MAX',
    'COURT_REASON_MIN',
    'COURT_ROLE',
    'CSV_RECORD_BYTES_MAX',
    'DOCUMENT_FORMAT',
    'DOCUMENT_REGISTRY_ADDRESS',
    'EMPTY_BATCH_PROOF',
    'GENERATED_TYPES',
    'PATH_LENGTH_MAX',
    'VALIDATOR_SET_ADDRESS',
    'batchRecordHash',
    'batchRecordSlot',
    'canonicalJson',
    'commitmentLeaf',
    'createBatchTree',
    'decodeDocument',
    'decodeDocumentContent',
    'decodeDocumentRecord',
    'decodeDocumentRegistryLog',
    'decodeDocumentRegistryRevert',
    'decodeDocumentText',
    'decodeDocumentWord',
    'decodeRegistryTotals',
    'decodeValidatorSetLog',
    'decodeValidatorSetRevert',
    'decodeValidators',
    'documentBatchProof',
    'documentCommitment',
    'documentLeaf',
    'documentProofSlots',
    'documentRegistry',
    'documentRegistryAbi',
    'documentRegistryBytecode',
    'documentRegistryCodeHash',
    'documentRegistryInitCode',
    'documentSlot',
    'encodeDocument',
    'foldBatchPath',
    'foldDocumentHead',
    'issuerRole',
    'makeDocuments',
    'nextDocumentHead',
    'organisationId',
    'payloadHash',
    'readCsv',
    'revokerRole',
    'rowToDocument',
    'schemaId',
    'validatorSet',
    'validatorSetAbi',
    'validatorSetBytecode',
    'validatorSetCodeHash',
    'validatorSetInitCode',
    'verifyDocument',
  ])
})

test.run()
