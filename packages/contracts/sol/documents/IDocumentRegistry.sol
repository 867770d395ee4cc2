// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title The city's register of documents.
 * @notice A department posts one Merkle root for many documents, or one document by itself. The chain
 * holds salted commitments only; a document with its salt stays with its owner. A document has state
 * here when it was issued singly or when something happened to it: suspended, reinstated, revoked,
 * superseded. Expiry is a field of the document and needs no transaction.
 *
 * A commitment C is keccak256(abi.encode(TYPE, fields…, salt)); a batch tree's leaf is keccak256(C), so
 * that no inner node (64 bytes hashed) can be taken for a leaf (32 bytes hashed). Inner nodes hash their
 * children in ascending order; an odd node moves up unchanged.
 *
 * Roles: ISSUER of a schema issues, suspends, reinstates and supersedes; REVOKER of a schema suspends,
 * reinstates and revokes; COURT does all of this in every schema. Reason codes from COURT_REASON_MIN up
 * belong to the court, and what the court suspended only the court moves.
 */
interface IDocumentRegistry {
    /// @notice `None` means untouched: not singly issued, and nothing happened to it.
    /// `Superseded` and `Revoked` are terminal.
    enum Status {
        None,
        Issued,
        Suspended,
        Superseded,
        Revoked
    }

    /// @notice One posted batch. Storage holds keccak256(abi.encode(BATCH_TYPE, record)) under its index.
    /// @param previous the stored hash of the batch before it, zero for the first: the hash chain
    /// @param root Merkle root over the leaves
    /// @param count leaves in the tree, 1 to BATCH_COUNT_MAX
    /// @param schemaId the schema of every document in it
    /// @param issuer who posted it
    /// @param issuedAt unix seconds of its block
    struct BatchRecord {
        bytes32 previous;
        bytes32 root;
        uint32 count;
        bytes32 schemaId;
        address issuer;
        uint40 issuedAt;
    }

    /// @notice Shows that a commitment stands in a posted batch. Empty (index 0) for a document that has
    /// state here already.
    /// @param index the batch, from 1
    /// @param record its record, as the BatchIssued event gives it
    /// @param path siblings from the leaf to the root, at most PATH_LENGTH_MAX
    struct BatchProof {
        uint40 index;
        BatchRecord record;
        bytes32[] path;
    }

    /// @notice The state of one document under one schema; the first four fields share one slot.
    /// @param status where it stands
    /// @param reason code of the last change
    /// @param index number of the issue (batch or single) that brought it, from 1
    /// @param issuedAt unix seconds of that issue
    /// @param issuer who issued it
    /// @param head hash chain of its changes, zero before the first
    /// @param successor the commitment that supersedes it, zero otherwise
    struct Document {
        Status status;
        uint8 reason;
        uint40 index;
        uint40 issuedAt;
        address issuer;
        bytes32 head;
        bytes32 successor;
    }

    /// @notice A schema that exists at genesis or is registered later.
    struct SchemaSetup {
        bytes32 schemaId;
        string uri;
        address[] issuers;
        address[] revokers;
    }

    event SchemaRegistered(bytes32 indexed schemaId, string uri);
    event SchemaFrozen(bytes32 indexed schemaId);
    event BatchIssued(
        uint40 indexed index,
        bytes32 indexed schemaId,
        address indexed issuer,
        bytes32 previous,
        bytes32 root,
        uint32 count,
        uint40 issuedAt,
        string uri
    );
    event DocumentIssued(
        bytes32 indexed document, bytes32 indexed schemaId, address indexed issuer, uint40 index, uint40 issuedAt
    );
    event StatusChanged(
        bytes32 indexed document,
        bytes32 indexed schemaId,
        address indexed actor,
        Status from,
        Status to,
        uint8 reason,
        bytes32 successor,
        bytes32 head
    );

    /// @notice A caller without a role that allows the call.
    error DocumentRegistryUnauthorized(address caller, bytes32 schemaId, bytes4 selector);
    error DocumentRegistrySchemaUnknown(bytes32 schemaId);
    error DocumentRegistrySchemaExists(bytes32 schemaId);
    error DocumentRegistrySchemaFrozen(bytes32 schemaId);
    /// @notice A zero commitment, root, schema or administrator.
    error DocumentRegistryZeroValue();
    error DocumentRegistryCountOutOfRange(uint256 had, uint256 max);
    error DocumentRegistryUriTooLong(uint256 had, uint256 max);
    error DocumentRegistryPathTooLong(uint256 had, uint256 max);
    error DocumentRegistryAlreadyIssued(bytes32 document, Status had);
    /// @notice Neither state here nor a proof that leads to a posted batch of this schema.
    error DocumentRegistryNotProven(bytes32 document, uint40 index);
    error DocumentRegistryForbiddenTransition(bytes32 document, Status from, Status to);
    /// @notice The reason code is not the caller's to use, or is zero.
    error DocumentRegistryReasonOutOfRange(address caller, uint8 had);
    /// @notice What the court suspended, only the court moves.
    error DocumentRegistryCourtHold(bytes32 document, address caller);
    error DocumentRegistrySuccessorNotLive(bytes32 successor, Status had);
    error DocumentRegistrySuccessorNotLater(bytes32 successor, uint40 had, uint40 needed);

    /// @notice Adds a schema. Administrator only. @param uri where its definition stands, at most URI_BYTES_MAX
    function registerSchema(bytes32 schemaId, string calldata uri) external;

    /// @notice Ends new issues under a schema for ever; documents keep changing state. Administrator only.
    function freezeSchema(bytes32 schemaId) external;

    /// @notice Posts a batch. ISSUER of the schema only.
    /// @return index its number: strictly larger than every earlier issue's
    function issueBatch(bytes32 root, uint32 count, bytes32 schemaId, string calldata uri)
        external
        returns (uint40 index);

    /// @notice Issues one document by itself. ISSUER of the schema only.
    function issue(bytes32 document, bytes32 schemaId) external returns (uint40 index);

    /// @notice Issued → Suspended. ISSUER, REVOKER or COURT.
    function suspend(bytes32 document, bytes32 schemaId, uint8 reason, BatchProof calldata proof) external;

    /// @notice Suspended → Issued. ISSUER, REVOKER or COURT; only COURT after a court's suspension.
    function reinstate(bytes32 document, bytes32 schemaId, uint8 reason) external;

    /// @notice Issued or Suspended → Revoked, for ever. REVOKER or COURT.
    function revoke(bytes32 document, bytes32 schemaId, uint8 reason, BatchProof calldata proof) external;

    /// @notice Issued or Suspended → Superseded, for ever. ISSUER or COURT. The successor is of the same
    /// schema, in force, and was issued later.
    function supersede(
        bytes32 document,
        bytes32 schemaId,
        bytes32 successor,
        uint8 reason,
        BatchProof calldata proof,
        BatchProof calldata successorProof
    ) external;

    /// @notice The state of a document; all zero when untouched.
    function documentOf(bytes32 document, bytes32 schemaId) external view returns (Document memory);

    /// @notice Whether the proof leads from the document to a posted batch of the schema.
    function isBatched(bytes32 document, bytes32 schemaId, BatchProof calldata proof) external view returns (bool);

    /// @notice The stored hash of a batch record, zero when there is none.
    function batchHash(uint40 index) external view returns (bytes32);

    /// @notice Issues so far (batches and singles), the last batch's index, and documents issued in
    /// batches (the sum of their counts) and singly.
    function totals() external view returns (uint40 issues, uint40 lastBatch, uint88 batched, uint88 singles);

    function schemaOf(bytes32 schemaId) external view returns (bool registered, bool frozen);

    function issuerRole(bytes32 schemaId) external pure returns (bytes32);

    function revokerRole(bytes32 schemaId) external pure returns (bytes32);
}
