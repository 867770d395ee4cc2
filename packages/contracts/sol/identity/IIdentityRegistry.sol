// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title The city's register of identities.
 * @notice A person is a salted commitment `idC` here and nothing more: no name, no number, no address of
 * a home. The record holds the hash of the key that speaks for the person, the hash of a recovery key that
 * lies in a drawer, where the record stands and how well the person was checked. A key is an ERC-7913
 * signer (CitySigners): its hash is keccak256 of its bytes.
 *
 * The key is bound with its own signature, so that nobody is registered under a key that is not theirs.
 * Whoever holds the key and the recovery key changes both at once (`rotate`). Whoever lost the key needs two of
 * three: an office visit, an attestation of the state's electronic identity, the recovery key; then 24 hours
 * of notice, in which the present key may object. All three together outweigh an objection: it may
 * be the thief's.
 *
 * @custom:states
 * [*] --> Active: register
 * Active --> Suspended: suspend, suspendByHolder
 * Suspended --> Active: reinstate
 * Suspended --> Active: rotate, completeRebinding (after the holder's own suspension)
 * Active --> Closed: close
 * Suspended --> Closed: close
 * Closed --> [*]
 */
interface IIdentityRegistry {
    /// @notice `None` means never registered; `Closed` is for ever.
    enum Status {
        None,
        Active,
        Suspended,
        Closed
    }

    /// @notice What was done to a record, in its hash chain.
    enum Operation {
        None,
        Register,
        SetAssurance,
        Suspend,
        SuspendByHolder,
        Reinstate,
        Close,
        Rotate,
        Rebind
    }

    /// @notice One record; the last six fields share a slot.
    /// @param keyHash keccak256 of the signer that speaks for the person
    /// @param recoveryHash keccak256 of the recovery signer, zero when there is none
    /// @param head hash chain over every operation on this record
    /// @param status where it stands
    /// @param assurance how well the person was checked, 1 to ASSURANCE_MAX
    /// @param reason code of the last suspension or closing, zero for the holder's own
    /// @param epoch counts keys, from 1
    /// @param version counts operations, from 1
    /// @param updatedAt unix seconds of the last operation
    struct Identity {
        bytes32 keyHash;
        bytes32 recoveryHash;
        bytes32 head;
        Status status;
        uint8 assurance;
        uint8 reason;
        uint32 epoch;
        uint32 version;
        uint40 updatedAt;
    }

    /// @notice One request to bind another key after a loss; one slot.
    /// @param openedAt unix seconds of the first evidence, zero when there is none
    /// @param noticeEndsAt unix seconds from which it can be completed, zero with fewer than two evidences
    /// @param evidence bits: 1 office, 2 electronic identity, 4 recovery key
    /// @param objected whether the present key objected
    /// @param attester the office or attester that spoke first
    struct Rebinding {
        uint40 openedAt;
        uint40 noticeEndsAt;
        uint8 evidence;
        bool objected;
        address attester;
    }

    /// @notice A signature with the key it is by.
    /// @param signer ERC-7913 bytes
    /// @param signature what the key's kind of verifier takes
    struct Proof {
        bytes signer;
        bytes signature;
    }

    /// @notice A record changed; the whole of it after the change.
    /// @param idC the identity
    /// @param operation what was done
    /// @param actor who sent the transaction
    /// @param record the record, its new head included
    event IdentityChanged(
        bytes32 indexed idC, Operation indexed operation, address indexed actor, Identity record
    );
    /// @notice An evidence was given for a request, or all were withdrawn.
    /// @param idC the identity
    /// @param requestId see requestIdOf
    /// @param actor who sent the transaction
    /// @param newKeyHash the key to be bound
    /// @param newRecoveryHash the recovery key to be bound
    /// @param request the request after it
    event RebindingEvidence(
        bytes32 indexed idC,
        bytes32 indexed requestId,
        address indexed actor,
        bytes32 newKeyHash,
        bytes32 newRecoveryHash,
        Rebinding request
    );
    /// @notice The present key objected.
    /// @param idC the identity
    /// @param requestId the request it objects to
    event RebindingObjected(bytes32 indexed idC, bytes32 indexed requestId);

    /// @notice The record is not in a status that allows this.
    error IdentityRegistryStatus(bytes32 idC, Status had, Status needed);
    /// @notice The commitment is registered already.
    error IdentityRegistryExists(bytes32 idC);
    /// @notice A zero commitment or key, or a recovery key equal to the key.
    error IdentityRegistryZeroValue();
    /// @notice An assurance of 0 or above the maximum.
    error IdentityRegistryAssuranceOutOfRange(uint8 had, uint8 max);
    /// @notice An officer's reason code is not zero: that is the holder's.
    error IdentityRegistryReasonZero();
    /// @notice The signer is not the key that the record or the request names.
    error IdentityRegistryKeyDiffers(bytes32 idC, bytes32 had, bytes32 needed);
    /// @notice The signature is not by that signer over this message, on this chain, for this contract.
    error IdentityRegistrySignature(bytes32 idC, bytes32 keyHash);
    /// @notice The signed message is too old.
    error IdentityRegistryExpired(uint64 deadline, uint256 now_);
    /// @notice This evidence was given already.
    error IdentityRegistryEvidenceGiven(bytes32 requestId, uint8 evidence);
    /// @notice This evidence was not given, or not by this caller.
    error IdentityRegistryEvidenceMissing(bytes32 requestId, uint8 had, uint8 needed);
    /// @notice One account cannot be both the office and the electronic identity.
    error IdentityRegistrySameAttester(bytes32 requestId, address attester);
    /// @notice The request is older than its life time, or there is none.
    error IdentityRegistryRequestExpired(bytes32 requestId, uint256 expiresAt, uint256 now_);
    /// @notice The notice has not passed.
    error IdentityRegistryNoticeRunning(bytes32 requestId, uint256 endsAt, uint256 now_);
    /// @notice The present key objected, and not all three evidences are there.
    error IdentityRegistryObjected(bytes32 requestId, uint8 had, uint8 needed);

    /// @notice Registers a person under a key that signed for it. Role IDENTITY_OFFICE.
    /// @param idC the salted commitment to the person
    /// @param recoveryHash the recovery key's hash, zero for none
    /// @param assurance 1 to ASSURANCE_MAX
    /// @param deadline unix seconds until which the signature is good
    /// @param key Registration(idC,keyHash,recoveryHash,assurance,deadline), by the key itself
    function register(bytes32 idC, bytes32 recoveryHash, uint8 assurance, uint64 deadline, Proof calldata key)
        external;

    /// @notice Says how well an active person was checked. Role IDENTITY_OFFICE.
    /// @param idC the identity
    /// @param assurance 1 to ASSURANCE_MAX
    function setAssurance(bytes32 idC, uint8 assurance) external;

    /// @notice Active → Suspended: the key speaks for nobody. Role IDENTITY_OFFICE.
    /// @param idC the identity
    /// @param reason code, 1 to 255
    function suspend(bytes32 idC, uint8 reason) external;

    /// @notice Active → Suspended by the holder, with the key or the recovery key. Anybody relays it.
    /// @param idC the identity
    /// @param deadline unix seconds until which the signature is good
    /// @param key HolderSuspension(idC,version,deadline)
    function suspendByHolder(bytes32 idC, uint64 deadline, Proof calldata key) external;

    /// @notice Suspended → Active. Role IDENTITY_OFFICE.
    /// @param idC the identity
    function reinstate(bytes32 idC) external;

    /// @notice Ends an identity for ever. Role IDENTITY_OFFICE, after a delay in which observers may cancel.
    /// @param idC the identity
    /// @param reason code, 1 to 255
    function close(bytes32 idC, uint8 reason) external;

    /// @notice Changes both keys at once, without notice. Anybody relays it.
    /// @param idC the identity
    /// @param newRecoveryHash the next recovery key's hash, zero for none
    /// @param deadline unix seconds until which the signatures are good
    /// @param proofs Rotation(idC,newKeyHash,newRecoveryHash,epoch,deadline) by the present key, the
    /// recovery key and the new key, in this order
    function rotate(bytes32 idC, bytes32 newRecoveryHash, uint64 deadline, Proof[3] calldata proofs) external;

    /// @notice The person came to an office and showed who they are. Role IDENTITY_OFFICE.
    /// @param idC the identity
    /// @param newKeyHash the key to be bound
    /// @param newRecoveryHash the recovery key to be bound, zero for none
    function attestOffice(bytes32 idC, bytes32 newKeyHash, bytes32 newRecoveryHash) external;

    /// @notice The state's electronic identity attested the person. Role EID.
    /// @param idC the identity
    /// @param newKeyHash the key to be bound
    /// @param newRecoveryHash the recovery key to be bound, zero for none
    function attestEid(bytes32 idC, bytes32 newKeyHash, bytes32 newRecoveryHash) external;

    /// @notice The recovery key speaks. Anybody relays it.
    /// @param idC the identity
    /// @param newKeyHash the key to be bound
    /// @param newRecoveryHash the recovery key to be bound, zero for none
    /// @param deadline unix seconds until which the signature is good
    /// @param recovery Recovery(idC,newKeyHash,newRecoveryHash,epoch,deadline) by the recovery key
    function attestRecovery(
        bytes32 idC, bytes32 newKeyHash, bytes32 newRecoveryHash, uint64 deadline, Proof calldata recovery
    ) external;

    /// @notice The office takes its word back: the request begins from nothing. Role IDENTITY_OFFICE.
    /// @param idC the identity
    /// @param newKeyHash as in the request
    /// @param newRecoveryHash as in the request
    function withdrawOffice(bytes32 idC, bytes32 newKeyHash, bytes32 newRecoveryHash) external;

    /// @notice The attester of the electronic identity takes its word back. Role EID.
    /// @param idC the identity
    /// @param newKeyHash as in the request
    /// @param newRecoveryHash as in the request
    function withdrawEid(bytes32 idC, bytes32 newKeyHash, bytes32 newRecoveryHash) external;

    /// @notice The present key objects: it is not lost. Anybody relays it.
    /// @param idC the identity
    /// @param newKeyHash as in the request it objects to
    /// @param newRecoveryHash as in that request
    /// @param deadline unix seconds until which the signature is good
    /// @param key Objection(idC,requestId,deadline) by the present key
    function objectRebinding(
        bytes32 idC, bytes32 newKeyHash, bytes32 newRecoveryHash, uint64 deadline, Proof calldata key
    ) external;

    /// @notice Binds the new key after the notice. Anybody relays it.
    /// @param idC the identity
    /// @param newRecoveryHash as in the request
    /// @param deadline unix seconds until which the signature is good
    /// @param newKey Acceptance(idC,requestId,deadline) by the new key
    function completeRebinding(bytes32 idC, bytes32 newRecoveryHash, uint64 deadline, Proof calldata newKey)
        external;

    /// @notice The record; all zero when never registered.
    /// @param idC the identity
    /// @return the record
    function identityOf(bytes32 idC) external view returns (Identity memory);

    /// @notice One request.
    /// @param requestId see requestIdOf
    /// @return the request, all zero when there is none
    function rebindingOf(bytes32 requestId) external view returns (Rebinding memory);

    /// @notice The id under which evidences for one change of keys come together; another one after
    /// every change of keys.
    /// @param idC the identity
    /// @param newKeyHash the key to be bound
    /// @param newRecoveryHash the recovery key to be bound
    /// @return the id
    function requestIdOf(bytes32 idC, bytes32 newKeyHash, bytes32 newRecoveryHash) external view returns (bytes32);

    /// @notice Whether an address speaks for an active identity.
    /// @param idC the identity
    /// @param account the address
    /// @return whether it does
    function isController(bytes32 idC, address account) external view returns (bool);

    /// @notice Whether a key speaks for an active identity.
    /// @param idC the identity
    /// @param keyHash keccak256 of the ERC-7913 signer
    /// @return whether it does
    function isControllerKey(bytes32 idC, bytes32 keyHash) external view returns (bool);

    /// @notice Whether the key of an active identity signed a digest; for contracts that take signatures of people.
    /// @param idC the identity
    /// @param digest 32 bytes that were signed
    /// @param key the signer and its signature
    /// @return whether it did
    function isSignedBy(bytes32 idC, bytes32 digest, Proof calldata key) external view returns (bool);
}
