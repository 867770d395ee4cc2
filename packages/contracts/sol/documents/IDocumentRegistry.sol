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
 * Powers: ISSUER of a schema issues, suspends, reinstates and supersedes; REVOKER of a schema suspends,
 * reinstates and revokes; COURT (a role of CityAccess) suspends, reinstates and revokes in every schema by
 * {order}. Reason codes from COURT_REASON_MIN up are the court's, and what the court suspended only the
 * court moves. Schemas and powers are administered through CityAccess: who may, after which delay, and who
 * may object stands in its table of roles.
 * @custom:states
 * [*] --> Untouched: issueBatch
 * [*] --> Issued: issue
 * Untouched --> Suspended: suspend (proof)
 * Untouched --> Superseded: supersede (proof)
 * Untouched --> Revoked: revoke (proof)
 * Issued --> Suspended: suspend
 * Suspended --> Issued: reinstate
 * Issued --> Superseded: supersede
 * Suspended --> Superseded: supersede
 * Issued --> Revoked: revoke
 * Suspended --> Revoked: revoke
 * Superseded --> [*]
 * Revoked --> [*]
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

    /// @notice What an account may do under one schema.
    enum Power {
        Issue,
        Revoke
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

    /// @notice One document of a list that changes together.
    /// @param document its commitment
    /// @param proof as for a single change
    struct Item {
        bytes32 document;
        BatchProof proof;
    }

    /// @notice The state of one document under one schema; the first five fields share one slot.
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

    /// @notice A schema: what documents of one kind say. A new version is a new schema that names the one
    /// before it.
    /// @param version 1 for the first of its line, 0 when it is not registered
    /// @param frozen true when nothing can be issued under it any more
    /// @param succeeded true when a later version names it
    /// @param previous the version before it, zero for the first
    /// @param definition keccak256 of its published definition, zero when there is none
    struct Schema {
        uint32 version;
        bool frozen;
        bool succeeded;
        bytes32 previous;
        bytes32 definition;
    }

    /// @notice A schema that exists at genesis.
    /// @param schemaId its id
    /// @param uri where its definition stands
    /// @param issuers who may issue under it from the first block
    /// @param revokers who may revoke under it from the first block
    struct SchemaSetup {
        bytes32 schemaId;
        string uri;
        address[] issuers;
        address[] revokers;
    }

    /// @notice A schema was added.
    /// @param schemaId its id
    /// @param previous the version before it, zero for the first of its line
    /// @param version 1 for the first of its line
    /// @param definition keccak256 of its published definition, or zero
    /// @param uri where the definition stands
    event SchemaRegistered(
        bytes32 indexed schemaId, bytes32 indexed previous, uint32 version, bytes32 definition, string uri
    );

    /// @notice Nothing is issued under the schema from here on.
    /// @param schemaId the schema
    event SchemaFrozen(bytes32 indexed schemaId);

    /// @notice An account may issue or revoke under a schema.
    /// @param schemaId the schema
    /// @param account who may
    /// @param power what
    event PowerGranted(bytes32 indexed schemaId, address indexed account, Power power);

    /// @notice An account may no longer issue or revoke under a schema.
    /// @param schemaId the schema
    /// @param account who may not
    /// @param power what
    event PowerWithdrawn(bytes32 indexed schemaId, address indexed account, Power power);

    /// @notice A batch was posted: the record whose hash storage keeps.
    /// @param index its number among all issues
    /// @param schemaId the schema of its documents
    /// @param issuer who posted it
    /// @param previous the stored hash of the batch before
    /// @param root Merkle root over its leaves
    /// @param count its leaves
    /// @param issuedAt unix seconds
    /// @param uri a public link, never personal data
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

    /// @notice A document was issued by itself.
    /// @param document its commitment
    /// @param schemaId its schema
    /// @param issuer who issued it
    /// @param index its number among all issues
    /// @param issuedAt unix seconds
    event DocumentIssued(
        bytes32 indexed document, bytes32 indexed schemaId, address indexed issuer, uint40 index, uint40 issuedAt
    );

    /// @notice A document moved along the state graph.
    /// @param document its commitment
    /// @param schemaId its schema
    /// @param actor who moved it
    /// @param from where it stood
    /// @param to where it stands
    /// @param reason code, never zero
    /// @param successor the commitment that supersedes it, zero otherwise
    /// @param head the document's hash chain after this change
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

    /// @notice A caller without a power that allows the call.
    error DocumentRegistryUnauthorized(address caller, bytes32 schemaId, bytes4 selector);
    error DocumentRegistrySchemaUnknown(bytes32 schemaId);
    error DocumentRegistrySchemaExists(bytes32 schemaId, uint32 version);
    error DocumentRegistrySchemaFrozen(bytes32 schemaId);
    /// @notice Another version follows the named one already: a line of schemas does not fork.
    error DocumentRegistrySchemaSucceeded(bytes32 previous);
    /// @notice The power is held already (granting), or is not held (withdrawing).
    error DocumentRegistryPowerUnchanged(bytes32 schemaId, address account, Power power);
    /// @notice A zero commitment, root, schema or account.
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

    /// @notice Adds a schema, or the next version of one. CityAccess decides who may.
    /// @param schemaId its id, new here
    /// @param previous the version before it, zero for a new line; one version follows it at most
    /// @param definition keccak256 of its published definition, zero when there is none
    /// @param uri where the definition stands, at most URI_BYTES_MAX
    function registerSchema(bytes32 schemaId, bytes32 previous, bytes32 definition, string calldata uri) external;

    /// @notice Ends new issues under a schema for ever; documents keep changing state. CityAccess decides
    /// who may, with a delay.
    /// @param schemaId the schema
    function freezeSchema(bytes32 schemaId) external;

    /// @notice Lets an account issue or revoke under a schema. CityAccess decides who may, with a delay.
    /// @param schemaId the schema, not frozen for Power.Issue
    /// @param account who gets the power
    /// @param power what it may do
    function grantPower(bytes32 schemaId, address account, Power power) external;

    /// @notice Takes a power away at once: a stolen key must not wait. What it did stays as it is.
    /// CityAccess decides who may.
    /// @param schemaId the schema
    /// @param account who loses the power
    /// @param power what it may no longer do
    function withdrawPower(bytes32 schemaId, address account, Power power) external;

    /// @notice Posts a batch. ISSUER of the schema only.
    /// @param root Merkle root over the leaves keccak256(commitment)
    /// @param count leaves in the tree, 1 to BATCH_COUNT_MAX
    /// @param schemaId the schema of every document in it
    /// @param uri a public link of at most URI_BYTES_MAX, never personal data
    /// @return index its number: strictly larger than every earlier issue's
    function issueBatch(bytes32 root, uint32 count, bytes32 schemaId, string calldata uri)
        external
        returns (uint40 index);

    /// @notice Issues one document by itself. ISSUER of the schema only.
    /// @param document its commitment, untouched under this schema
    /// @param schemaId its schema
    /// @return index its number: strictly larger than every earlier issue's
    function issue(bytes32 document, bytes32 schemaId) external returns (uint40 index);

    /// @notice Issued → Suspended. ISSUER or REVOKER of the schema.
    /// @param document its commitment
    /// @param schemaId its schema
    /// @param reason code of why, 1 to 127
    /// @param proof of its batch, empty when it has state here
    function suspend(bytes32 document, bytes32 schemaId, uint8 reason, BatchProof calldata proof) external;

    /// @notice Suspended → Issued. ISSUER or REVOKER of the schema; not after a court's suspension.
    /// @param document its commitment
    /// @param schemaId its schema
    /// @param reason code of why, 1 to 127
    function reinstate(bytes32 document, bytes32 schemaId, uint8 reason) external;

    /// @notice Issued or Suspended → Revoked, for ever. REVOKER of the schema; not after a court's suspension.
    /// @param document its commitment
    /// @param schemaId its schema
    /// @param reason code of why, 1 to 127
    /// @param proof of its batch, empty when it has state here
    function revoke(bytes32 document, bytes32 schemaId, uint8 reason, BatchProof calldata proof) external;

    /// @notice {suspend} for a list. All or nothing; one suspended already with this reason is passed over,
    /// so that a long list can be sent in parts and a part sent twice. ISSUER or REVOKER of the schema.
    /// @param schemaId the schema of all of them
    /// @param reason one code for all
    /// @param items 1 to CHANGES_MAX documents with their proofs
    /// @return changed how many moved
    function suspendMany(bytes32 schemaId, uint8 reason, Item[] calldata items) external returns (uint256 changed);

    /// @notice {revoke} for a list, under the same rules as {suspendMany}. REVOKER of the schema.
    /// @param schemaId the schema of all of them
    /// @param reason one code for all
    /// @param items 1 to CHANGES_MAX documents with their proofs
    /// @return changed how many moved
    function revokeMany(bytes32 schemaId, uint8 reason, Item[] calldata items) external returns (uint256 changed);

    /// @notice Issued or Suspended → Superseded, for ever. ISSUER of the schema; not after a court's
    /// suspension. The successor is of the same schema, in force, and was issued later.
    /// @param document its commitment
    /// @param schemaId its schema
    /// @param successor the commitment that takes its place
    /// @param reason code of why, 1 to 127
    /// @param proof of its batch, empty when it has state here
    /// @param successorProof of the successor's batch, empty when that one has state here
    function supersede(
        bytes32 document,
        bytes32 schemaId,
        bytes32 successor,
        uint8 reason,
        BatchProof calldata proof,
        BatchProof calldata successorProof
    ) external;

    /// @notice The court's order, in any schema: to Suspended, Issued (reinstated) or Revoked, along the same
    /// graph. CityAccess's role COURT only. A suspension by order is the court's hold: departments cannot
    /// move the document until the court reinstates it.
    /// @param document its commitment
    /// @param schemaId its schema
    /// @param to where it goes
    /// @param reason code of why, 128 to 255
    /// @param proof of its batch, empty when it has state here
    function order(bytes32 document, bytes32 schemaId, Status to, uint8 reason, BatchProof calldata proof) external;

    /// @notice The state of a document; all zero when untouched.
    /// @param document its commitment
    /// @param schemaId its schema
    /// @return state as storage holds it
    function documentOf(bytes32 document, bytes32 schemaId) external view returns (Document memory state);

    /// @notice Whether the proof leads from the document to a posted batch of the schema.
    /// @param document its commitment
    /// @param schemaId its schema
    /// @param proof of its batch
    /// @return posted true when it does
    function isBatched(bytes32 document, bytes32 schemaId, BatchProof calldata proof)
        external
        view
        returns (bool posted);

    /// @notice The stored hash of a batch record, zero when there is none.
    /// @param index the batch
    /// @return recordHash keccak256(abi.encode(BATCH_TYPE, record))
    function batchHash(uint40 index) external view returns (bytes32 recordHash);

    /// @notice What was issued so far.
    /// @return issues batches and singles: the last index given
    /// @return lastBatch the last batch's index
    /// @return batched documents issued in batches: the sum of their counts
    /// @return singles documents issued singly
    function totals() external view returns (uint40 issues, uint40 lastBatch, uint88 batched, uint88 singles);

    /// @notice A schema as it stands; all zero when it is not registered.
    /// @param schemaId its id
    /// @return schema as storage holds it
    function schemaOf(bytes32 schemaId) external view returns (Schema memory schema);

    /// @notice What an account may do under a schema.
    /// @param schemaId the schema
    /// @param account who
    /// @return issuer it issues, suspends, reinstates, supersedes
    /// @return revoker it suspends, reinstates, revokes
    function powersOf(bytes32 schemaId, address account) external view returns (bool issuer, bool revoker);
}
