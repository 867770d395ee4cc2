// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IDocumentRegistry} from "./IDocumentRegistry.sol";

/// @title DocumentRegistry: see IDocumentRegistry for what it promises.
/// @dev The role tree is OpenZeppelin's AccessControl; the administrator may be an AccessManager or a
/// timelock. No immutables, so the deployed code equals the compiler's output byte for byte.
contract DocumentRegistry is IDocumentRegistry, AccessControl {
    /// @dev also in TypeScript (src/batch.ts); a test compares
    bytes32 public constant BATCH_TYPE = keccak256(
        "VecheBatch/1(bytes32 previous,bytes32 root,uint32 count,bytes32 schemaId,address issuer,uint40 issuedAt)"
    );
    bytes32 public constant COURT_ROLE = keccak256("COURT");
    /// @dev 16 path hashes, which keeps a proof under 600 bytes and a status change under 120 k gas
    uint256 public constant BATCH_COUNT_MAX = 65_536;
    uint256 public constant PATH_LENGTH_MAX = 16;
    /// @dev a link, not a text
    uint256 public constant URI_BYTES_MAX = 256;
    uint8 public constant COURT_REASON_MIN = 128;

    struct Schema {
        bool registered;
        bool frozen;
    }

    struct Totals {
        uint40 issues;
        uint40 lastBatch;
        uint88 batched;
        uint88 singles;
    }

    Totals private _totals;
    mapping(bytes32 schemaId => Schema) private _schemas;
    mapping(uint40 index => bytes32 recordHash) private _batches;
    /// @dev keyed by schema first: an issuer of one schema cannot touch what another schema issued
    mapping(bytes32 schemaId => mapping(bytes32 document => Document)) private _documents;

    constructor(address admin, address[] memory courts, SchemaSetup[] memory schemas) {
        if (admin == address(0)) revert DocumentRegistryZeroValue();
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        for (uint256 i = 0; i < courts.length; ++i) _grantRole(COURT_ROLE, courts[i]);
        for (uint256 i = 0; i < schemas.length; ++i) {
            SchemaSetup memory setup = schemas[i];
            _registerSchema(setup.schemaId, setup.uri);
            for (uint256 j = 0; j < setup.issuers.length; ++j) {
                _grantRole(issuerRole(setup.schemaId), setup.issuers[j]);
            }
            for (uint256 j = 0; j < setup.revokers.length; ++j) {
                _grantRole(revokerRole(setup.schemaId), setup.revokers[j]);
            }
        }
    }

    /// @inheritdoc IDocumentRegistry
    function registerSchema(bytes32 schemaId, string calldata uri) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _registerSchema(schemaId, uri);
    }

    /// @inheritdoc IDocumentRegistry
    function freezeSchema(bytes32 schemaId) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _requireOpen(schemaId);
        _schemas[schemaId].frozen = true;
        emit SchemaFrozen(schemaId);
    }

    /// @inheritdoc IDocumentRegistry
    function issueBatch(bytes32 root, uint32 count, bytes32 schemaId, string calldata uri)
        external
        returns (uint40 index)
    {
        _requireIssuer(schemaId);
        if (root == 0) revert DocumentRegistryZeroValue();
        if (count == 0 || count > BATCH_COUNT_MAX) revert DocumentRegistryCountOutOfRange(count, BATCH_COUNT_MAX);
        if (bytes(uri).length > URI_BYTES_MAX) revert DocumentRegistryUriTooLong(bytes(uri).length, URI_BYTES_MAX);

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
        Document storage entry = _touch(document, schemaId, proof);
        if (entry.status != Status.Issued) _forbidden(document, entry, Status.Suspended);
        _change(document, schemaId, Status.Suspended, reason, 0);
    }

    /// @inheritdoc IDocumentRegistry
    function reinstate(bytes32 document, bytes32 schemaId, uint8 reason) external {
        _requireOneOf(schemaId, true, true);
        Document storage entry = _documents[schemaId][document];
        if (entry.status != Status.Suspended) _forbidden(document, entry, Status.Issued);
        _change(document, schemaId, Status.Issued, reason, 0);
    }

    /// @inheritdoc IDocumentRegistry
    function revoke(bytes32 document, bytes32 schemaId, uint8 reason, BatchProof calldata proof) external {
        _requireOneOf(schemaId, false, true);
        Document storage entry = _touch(document, schemaId, proof);
        if (!_isAlive(entry)) _forbidden(document, entry, Status.Revoked);
        _change(document, schemaId, Status.Revoked, reason, 0);
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
        if (!_isAlive(entry)) _forbidden(document, entry, Status.Superseded);
        Document storage next = _touch(successor, schemaId, successorProof);
        // a live successor and a dead predecessor: no cycle can close
        if (next.status != Status.Issued) revert DocumentRegistrySuccessorNotLive(successor, next.status);
        if (next.index <= entry.index) revert DocumentRegistrySuccessorNotLater(successor, next.index, entry.index + 1);
        entry.successor = successor;
        _change(document, schemaId, Status.Superseded, reason, successor);
    }

    /// @inheritdoc IDocumentRegistry
    function documentOf(bytes32 document, bytes32 schemaId) external view returns (Document memory) {
        return _documents[schemaId][document];
    }

    /// @inheritdoc IDocumentRegistry
    function isBatched(bytes32 document, bytes32 schemaId, BatchProof calldata proof) external view returns (bool) {
        return _isBatched(document, schemaId, proof);
    }

    /// @inheritdoc IDocumentRegistry
    function batchHash(uint40 index) external view returns (bytes32) {
        return _batches[index];
    }

    /// @inheritdoc IDocumentRegistry
    function totals() external view returns (uint40 issues, uint40 lastBatch, uint88 batched, uint88 singles) {
        Totals memory sums = _totals;
        return (sums.issues, sums.lastBatch, sums.batched, sums.singles);
    }

    /// @inheritdoc IDocumentRegistry
    function schemaOf(bytes32 schemaId) external view returns (bool registered, bool frozen) {
        Schema memory schema = _schemas[schemaId];
        return (schema.registered, schema.frozen);
    }

    /// @inheritdoc IDocumentRegistry
    function issuerRole(bytes32 schemaId) public pure returns (bytes32) {
        return keccak256(abi.encode("ISSUER", schemaId));
    }

    /// @inheritdoc IDocumentRegistry
    function revokerRole(bytes32 schemaId) public pure returns (bytes32) {
        return keccak256(abi.encode("REVOKER", schemaId));
    }

    function _registerSchema(bytes32 schemaId, string memory uri) private {
        if (schemaId == 0) revert DocumentRegistryZeroValue();
        if (bytes(uri).length > URI_BYTES_MAX) revert DocumentRegistryUriTooLong(bytes(uri).length, URI_BYTES_MAX);
        if (_schemas[schemaId].registered) revert DocumentRegistrySchemaExists(schemaId);
        _schemas[schemaId].registered = true;
        emit SchemaRegistered(schemaId, uri);
    }

    function _requireOpen(bytes32 schemaId) private view {
        Schema memory schema = _schemas[schemaId];
        if (!schema.registered) revert DocumentRegistrySchemaUnknown(schemaId);
        if (schema.frozen) revert DocumentRegistrySchemaFrozen(schemaId);
    }

    function _requireIssuer(bytes32 schemaId) private view {
        _requireOpen(schemaId);
        if (!hasRole(issuerRole(schemaId), msg.sender)) _unauthorized(schemaId);
    }

    function _requireOneOf(bytes32 schemaId, bool issuers, bool revokers) private view {
        if (issuers && hasRole(issuerRole(schemaId), msg.sender)) return;
        if (revokers && hasRole(revokerRole(schemaId), msg.sender)) return;
        if (!hasRole(COURT_ROLE, msg.sender)) _unauthorized(schemaId);
    }

    function _unauthorized(bytes32 schemaId) private view {
        revert DocumentRegistryUnauthorized(msg.sender, schemaId, msg.sig);
    }

    function _forbidden(bytes32 document, Document storage entry, Status to) private view {
        revert DocumentRegistryForbiddenTransition(document, entry.status, to);
    }

    function _isAlive(Document storage entry) private view returns (bool) {
        return entry.status == Status.Issued || entry.status == Status.Suspended;
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

    /// @dev Guards that hold for every change: reason range and the court's hold.
    function _change(bytes32 document, bytes32 schemaId, Status to, uint8 reason, bytes32 successor) private {
        Document storage entry = _documents[schemaId][document];
        bool court = hasRole(COURT_ROLE, msg.sender);
        if (reason == 0 || (reason >= COURT_REASON_MIN && !court)) {
            revert DocumentRegistryReasonOutOfRange(msg.sender, reason);
        }
        Status from = entry.status;
        if (from == Status.Suspended && entry.reason >= COURT_REASON_MIN && !court) {
            revert DocumentRegistryCourtHold(document, msg.sender);
        }
        bytes32 head =
            keccak256(abi.encode(entry.head, from, to, reason, successor, msg.sender, uint40(block.timestamp)));
        entry.status = to;
        entry.reason = reason;
        entry.head = head;
        emit StatusChanged(document, schemaId, msg.sender, from, to, reason, successor, head);
    }
}
