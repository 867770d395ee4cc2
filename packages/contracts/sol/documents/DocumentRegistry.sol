// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {DocumentSchemas} from "./DocumentSchemas.sol";
import {IDocumentRegistry} from "./IDocumentRegistry.sol";

/// @title DocumentRegistry: see IDocumentRegistry for what it promises.
/// @dev The implementation behind the proxy at 0x…1002. The bases keep their storage under ERC-7201 names,
/// so the variables here and in DocumentSchemas begin at slot 0; verifiers outside the chain read them by
/// `eth_getProof`. A later implementation appends, it never moves.
contract DocumentRegistry is DocumentSchemas {
    /// @dev also in TypeScript (src/batch.ts); a test compares
    bytes32 public constant BATCH_TYPE = keccak256(
        "VecheBatch/1(bytes32 previous,bytes32 root,uint32 count,bytes32 schemaId,address issuer,uint40 issuedAt)"
    );
    /// @dev 16 path hashes, which keeps a proof under 600 bytes and a status change under 120 k gas
    uint256 public constant BATCH_COUNT_MAX = 65_536;
    uint256 public constant PATH_LENGTH_MAX = 16;
    /// @dev a list of first changes with full proofs stays under 3 M gas, less than half a block
    uint256 public constant CHANGES_MAX = 32;
    uint8 public constant COURT_REASON_MIN = 128;

    struct Totals {
        uint40 issues;
        uint40 lastBatch;
        uint88 batched;
        uint88 singles;
    }

    Totals private _totals;
    mapping(uint40 index => bytes32 recordHash) private _batches;
    /// @dev keyed by schema first: an issuer of one schema cannot touch what another schema issued
    mapping(bytes32 schemaId => mapping(bytes32 document => Document)) private _documents;

    /// @notice Sets up the proxy, once, at genesis.
    /// @param cityAccess the city's one authority
    /// @param releases where a new implementation must be registered
    /// @param schemas schemas and powers of the first block
    function initialize(address cityAccess, address releases, SchemaSetup[] calldata schemas) external initializer {
        __CityUpgradeable_init(cityAccess, releases);
        for (uint256 i = 0; i < schemas.length; ++i) _setUpSchema(schemas[i]);
    }

    /// @inheritdoc IDocumentRegistry
    function issueBatch(bytes32 root, uint32 count, bytes32 schemaId, string calldata uri)
        external
        returns (uint40 index)
    {
        _requireIssuer(schemaId);
        if (root == 0) revert DocumentRegistryZeroValue();
        if (count == 0 || count > BATCH_COUNT_MAX) revert DocumentRegistryCountOutOfRange(count, BATCH_COUNT_MAX);
        _requireUri(uri);

        Totals memory sums = _totals;
        bytes32 previous = _batches[sums.lastBatch];
        index = sums.issues + 1;
        _totals = Totals(index, index, sums.batched + count, sums.singles);

        uint40 issuedAt = uint40(block.timestamp);
        _batches[index] = _hash(BatchRecord(previous, root, count, schemaId, msg.sender, issuedAt));
        emit BatchIssued(index, schemaId, msg.sender, previous, root, count, issuedAt, uri);
    }

    /// @inheritdoc IDocumentRegistry
    function issue(bytes32 document, bytes32 schemaId) external returns (uint40 index) {
        _requireIssuer(schemaId);
        if (document == 0) revert DocumentRegistryZeroValue();
        Document storage entry = _documents[schemaId][document];
        if (entry.status != Status.None) revert DocumentRegistryAlreadyIssued(document, entry.status);

        Totals memory sums = _totals;
        index = sums.issues + 1;
        _totals = Totals(index, sums.lastBatch, sums.batched, sums.singles + 1);

        uint40 issuedAt = uint40(block.timestamp);
        _create(entry, index, issuedAt, msg.sender);
        emit DocumentIssued(document, schemaId, msg.sender, index, issuedAt);
    }

    /// @inheritdoc IDocumentRegistry
    function suspend(bytes32 document, bytes32 schemaId, uint8 reason, BatchProof calldata proof) external {
        _requireOneOf(schemaId, true, true);
        _requireDepartments(_touch(document, schemaId, proof), document, reason);
        _change(document, schemaId, Status.Suspended, reason);
    }

    /// @inheritdoc IDocumentRegistry
    function reinstate(bytes32 document, bytes32 schemaId, uint8 reason) external {
        _requireOneOf(schemaId, true, true);
        _requireDepartments(_documents[schemaId][document], document, reason);
        _change(document, schemaId, Status.Issued, reason);
    }

    /// @inheritdoc IDocumentRegistry
    function revoke(bytes32 document, bytes32 schemaId, uint8 reason, BatchProof calldata proof) external {
        _requireOneOf(schemaId, false, true);
        _requireDepartments(_touch(document, schemaId, proof), document, reason);
        _change(document, schemaId, Status.Revoked, reason);
    }

    /// @inheritdoc IDocumentRegistry
    function suspendMany(bytes32 schemaId, uint8 reason, Item[] calldata items) external returns (uint256 changed) {
        _requireOneOf(schemaId, true, true);
        return _changeMany(schemaId, Status.Suspended, reason, items);
    }

    /// @inheritdoc IDocumentRegistry
    function revokeMany(bytes32 schemaId, uint8 reason, Item[] calldata items) external returns (uint256 changed) {
        _requireOneOf(schemaId, false, true);
        return _changeMany(schemaId, Status.Revoked, reason, items);
    }

    /// @inheritdoc IDocumentRegistry
    function supersede(
        bytes32 document,
        bytes32 schemaId,
        bytes32 successor,
        uint8 reason,
        BatchProof calldata proof,
        BatchProof calldata successorProof
    ) external {
        _requireOneOf(schemaId, true, false);
        Document storage entry = _touch(document, schemaId, proof);
        _requireDepartments(entry, document, reason);
        _succeed(entry, document, _touch(successor, schemaId, successorProof), successor);
        _change(document, schemaId, Status.Superseded, reason);
    }

    /// @inheritdoc IDocumentRegistry
    function order(bytes32 document, bytes32 schemaId, Status to, uint8 reason, BatchProof calldata proof)
        external
        restricted
    {
        if (reason < COURT_REASON_MIN) revert DocumentRegistryReasonOutOfRange(msg.sender, reason);
        Document storage entry = _touch(document, schemaId, proof);
        if (to == Status.None || to == Status.Superseded) _forbidden(document, entry, to);
        _change(document, schemaId, to, reason);
    }

    /// @inheritdoc IDocumentRegistry
    function documentOf(bytes32 document, bytes32 schemaId) external view returns (Document memory state) {
        return _documents[schemaId][document];
    }

    /// @inheritdoc IDocumentRegistry
    function isBatched(bytes32 document, bytes32 schemaId, BatchProof calldata proof)
        external
        view
        returns (bool posted)
    {
        return _isBatched(document, schemaId, proof);
    }

    /// @inheritdoc IDocumentRegistry
    function batchHash(uint40 index) external view returns (bytes32 recordHash) {
        return _batches[index];
    }

    /// @inheritdoc IDocumentRegistry
    function totals() external view returns (uint40 issues, uint40 lastBatch, uint88 batched, uint88 singles) {
        Totals memory sums = _totals;
        return (sums.issues, sums.lastBatch, sums.batched, sums.singles);
    }

    function _forbidden(bytes32 document, Document storage entry, Status to) private view {
        revert DocumentRegistryForbiddenTransition(document, entry.status, to);
    }

    /// @dev The state graph: Issued and Suspended live, the court's and departments' moves are the same.
    function _isEdge(Status from, Status to) private pure returns (bool) {
        if (to == Status.Suspended) return from == Status.Issued;
        if (to == Status.Issued) return from == Status.Suspended;
        return from == Status.Issued || from == Status.Suspended;
    }

    /// @dev A department's reason codes, and hands off what the court holds.
    function _requireDepartments(Document storage entry, bytes32 document, uint8 reason) private view {
        if (reason == 0 || reason >= COURT_REASON_MIN) revert DocumentRegistryReasonOutOfRange(msg.sender, reason);
        if (entry.status == Status.Suspended && entry.reason >= COURT_REASON_MIN) {
            revert DocumentRegistryCourtHold(document, msg.sender);
        }
    }

    /// @dev All or nothing; what stands there by this very reason is passed over, so that a part of a long
    /// list may be sent twice.
    function _changeMany(bytes32 schemaId, Status to, uint8 reason, Item[] calldata items)
        private
        returns (uint256 changed)
    {
        if (items.length == 0 || items.length > CHANGES_MAX) {
            revert DocumentRegistryCountOutOfRange(items.length, CHANGES_MAX);
        }
        for (uint256 i = 0; i < items.length; ++i) {
            bytes32 document = items[i].document;
            Document storage entry = _touch(document, schemaId, items[i].proof);
            if (entry.status == to && entry.reason == reason) continue;
            _requireDepartments(entry, document, reason);
            _change(document, schemaId, to, reason);
            ++changed;
        }
    }

    /// @dev A live successor and a predecessor that dies: no cycle can close.
    function _succeed(Document storage entry, bytes32 document, Document storage next, bytes32 successor) private {
        if (!_isEdge(entry.status, Status.Superseded)) _forbidden(document, entry, Status.Superseded);
        if (next.status != Status.Issued) revert DocumentRegistrySuccessorNotLive(successor, next.status);
        if (next.index <= entry.index) revert DocumentRegistrySuccessorNotLater(successor, next.index, entry.index + 1);
        entry.successor = successor;
    }

    function _hash(BatchRecord memory record) private pure returns (bytes32) {
        return keccak256(abi.encode(BATCH_TYPE, record));
    }

    function _isBatched(bytes32 document, bytes32 schemaId, BatchProof calldata proof) private view returns (bool) {
        if (proof.path.length > PATH_LENGTH_MAX) revert DocumentRegistryPathTooLong(proof.path.length, PATH_LENGTH_MAX);
        bytes32 stored = _batches[proof.index];
        if (stored == 0 || proof.record.schemaId != schemaId || stored != _hash(proof.record)) return false;
        return MerkleProof.verifyCalldata(proof.path, proof.record.root, keccak256(abi.encode(document)));
    }

    /// @dev The entry of a document; a batched one gets its entry here, by proof.
    function _touch(bytes32 document, bytes32 schemaId, BatchProof calldata proof)
        private
        returns (Document storage entry)
    {
        entry = _documents[schemaId][document];
        if (entry.status != Status.None) return entry;
        if (!_isBatched(document, schemaId, proof)) revert DocumentRegistryNotProven(document, proof.index);
        _create(entry, proof.index, proof.record.issuedAt, proof.record.issuer);
    }

    function _create(Document storage entry, uint40 index, uint40 issuedAt, address issuer) private {
        entry.status = Status.Issued;
        entry.index = index;
        entry.issuedAt = issuedAt;
        entry.issuer = issuer;
    }

    function _change(bytes32 document, bytes32 schemaId, Status to, uint8 reason) private {
        Document storage entry = _documents[schemaId][document];
        Status from = entry.status;
        if (!_isEdge(from, to)) _forbidden(document, entry, to);
        bytes32 successor = entry.successor;
        bytes32 head =
            keccak256(abi.encode(entry.head, from, to, reason, successor, msg.sender, uint40(block.timestamp)));
        entry.status = to;
        entry.reason = reason;
        entry.head = head;
        emit StatusChanged(document, schemaId, msg.sender, from, to, reason, successor, head);
    }
}
