// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CityUpgradeable} from "../access/CityUpgradeable.sol";
import {CitySigners} from "./CitySigners.sol";
import {IdentityRecords} from "./IdentityRecords.sol";
import {IIdentityRegistry} from "./IIdentityRegistry.sol";

/// @title IdentityRegistry: see IIdentityRegistry for what it promises.
/// @dev The record and its checks are in IdentityRecords; here are the acts of offices and holders.
contract IdentityRegistry is IdentityRecords, CityUpgradeable {
    bytes32 private constant REGISTRATION_TYPE = keccak256(
        "Registration(bytes32 idC,bytes32 keyHash,bytes32 recoveryHash,uint8 assurance,uint64 deadline)"
    );
    bytes32 private constant ROTATION_TYPE = keccak256(
        "Rotation(bytes32 idC,bytes32 newKeyHash,bytes32 newRecoveryHash,uint32 epoch,uint64 deadline)"
    );
    bytes32 private constant RECOVERY_TYPE = keccak256(
        "Recovery(bytes32 idC,bytes32 newKeyHash,bytes32 newRecoveryHash,uint32 epoch,uint64 deadline)"
    );
    bytes32 private constant OBJECTION_TYPE =
        keccak256("Objection(bytes32 idC,bytes32 requestId,uint64 deadline)");
    bytes32 private constant ACCEPTANCE_TYPE =
        keccak256("Acceptance(bytes32 idC,bytes32 requestId,uint64 deadline)");
    bytes32 private constant HOLDER_SUSPENSION_TYPE =
        keccak256("HolderSuspension(bytes32 idC,uint32 version,uint64 deadline)");

    uint8 public constant ASSURANCE_MAX = 4;
    /// @dev services.md 2.6
    uint256 public constant NOTICE_SECONDS = 24 hours;
    /// @dev evidences older than this prove nothing about today
    uint256 public constant REQUEST_SECONDS = 30 days;
    uint8 private constant OFFICE = 1;
    uint8 private constant EID = 2;
    uint8 private constant RECOVERY = 4;
    uint8 private constant ALL = 7;

    /// @notice Called once by the proxy.
    /// @param cityAccess who may do what
    /// @param releases what the proxy may be upgraded to
    function initialize(address cityAccess, address releases) external initializer {
        __CityUpgradeable_init(cityAccess, releases);
    }

    /// @inheritdoc IIdentityRegistry
    function register(bytes32 idC, bytes32 recoveryHash, uint8 assurance, uint64 deadline, Proof calldata key)
        external
        restricted
    {
        bytes32 keyHash = CitySigners.keyHashOf(key.signer);
        if (idC == 0 || recoveryHash == keyHash) revert IdentityRegistryZeroValue();
        Identity storage record = _identity(idC);
        if (record.status != Status.None) revert IdentityRegistryExists(idC);
        _requireAssurance(assurance);
        bytes32 message = keccak256(abi.encode(REGISTRATION_TYPE, idC, keyHash, recoveryHash, assurance, deadline));
        _requireSigned(idC, keyHash, key, message, deadline);

        record.keyHash = keyHash;
        record.recoveryHash = recoveryHash;
        record.status = Status.Active;
        record.assurance = assurance;
        record.epoch = 1;
        _log(idC, record, Operation.Register);
    }

    /// @inheritdoc IIdentityRegistry
    function setAssurance(bytes32 idC, uint8 assurance) external restricted {
        Identity storage record = _requireStatus(idC, Status.Active);
        _requireAssurance(assurance);
        record.assurance = assurance;
        _log(idC, record, Operation.SetAssurance);
    }

    /// @inheritdoc IIdentityRegistry
    function suspend(bytes32 idC, uint8 reason) external restricted {
        Identity storage record = _requireStatus(idC, Status.Active);
        if (reason == 0) revert IdentityRegistryReasonZero();
        record.status = Status.Suspended;
        record.reason = reason;
        _log(idC, record, Operation.Suspend);
    }

    /// @inheritdoc IIdentityRegistry
    function suspendByHolder(bytes32 idC, uint64 deadline, Proof calldata key) external {
        Identity storage record = _requireStatus(idC, Status.Active);
        bytes32 keyHash = CitySigners.keyHashOf(key.signer);
        if (keyHash != record.recoveryHash) _requireKey(idC, keyHash, record.keyHash);
        bytes32 message = keccak256(abi.encode(HOLDER_SUSPENSION_TYPE, idC, record.version, deadline));
        _requireSigned(idC, keyHash, key, message, deadline);
        record.status = Status.Suspended;
        record.reason = 0;
        _log(idC, record, Operation.SuspendByHolder);
    }

    /// @inheritdoc IIdentityRegistry
    function reinstate(bytes32 idC) external restricted {
        Identity storage record = _requireStatus(idC, Status.Suspended);
        record.status = Status.Active;
        record.reason = 0;
        _log(idC, record, Operation.Reinstate);
    }

    /// @inheritdoc IIdentityRegistry
    function close(bytes32 idC, uint8 reason) external restricted {
        Identity storage record = _requireLive(idC);
        if (reason == 0) revert IdentityRegistryReasonZero();
        record.status = Status.Closed;
        record.reason = reason;
        _log(idC, record, Operation.Close);
    }

    /// @inheritdoc IIdentityRegistry
    function rotate(bytes32 idC, bytes32 newRecoveryHash, uint64 deadline, Proof[3] calldata proofs) external {
        Identity storage record = _requireLive(idC);
        bytes32 newKeyHash = CitySigners.keyHashOf(proofs[2].signer);
        bytes32 message =
            keccak256(abi.encode(ROTATION_TYPE, idC, newKeyHash, newRecoveryHash, record.epoch, deadline));
        _requireSigned(idC, record.keyHash, proofs[0], message, deadline);
        _requireSigned(idC, record.recoveryHash, proofs[1], message, deadline);
        _requireSigned(idC, newKeyHash, proofs[2], message, deadline);
        _bind(idC, record, newKeyHash, newRecoveryHash, Operation.Rotate);
    }

    /// @inheritdoc IIdentityRegistry
    function attestOffice(bytes32 idC, bytes32 newKeyHash, bytes32 newRecoveryHash) external restricted {
        _attest(idC, newKeyHash, newRecoveryHash, OFFICE);
    }

    /// @inheritdoc IIdentityRegistry
    function attestEid(bytes32 idC, bytes32 newKeyHash, bytes32 newRecoveryHash) external restricted {
        _attest(idC, newKeyHash, newRecoveryHash, EID);
    }

    /// @inheritdoc IIdentityRegistry
    function attestRecovery(
        bytes32 idC, bytes32 newKeyHash, bytes32 newRecoveryHash, uint64 deadline, Proof calldata recovery
    ) external {
        Identity storage record = _requireLive(idC);
        bytes32 message =
            keccak256(abi.encode(RECOVERY_TYPE, idC, newKeyHash, newRecoveryHash, record.epoch, deadline));
        _requireSigned(idC, record.recoveryHash, recovery, message, deadline);
        _attest(idC, newKeyHash, newRecoveryHash, RECOVERY);
    }

    /// @inheritdoc IIdentityRegistry
    function withdrawOffice(bytes32 idC, bytes32 newKeyHash, bytes32 newRecoveryHash) external restricted {
        _withdraw(idC, newKeyHash, newRecoveryHash, OFFICE);
    }

    /// @inheritdoc IIdentityRegistry
    function withdrawEid(bytes32 idC, bytes32 newKeyHash, bytes32 newRecoveryHash) external restricted {
        _withdraw(idC, newKeyHash, newRecoveryHash, EID);
    }

    /// @inheritdoc IIdentityRegistry
    function objectRebinding(
        bytes32 idC, bytes32 newKeyHash, bytes32 newRecoveryHash, uint64 deadline, Proof calldata key
    ) external {
        Identity storage record = _requireLive(idC);
        bytes32 requestId = requestIdOf(idC, newKeyHash, newRecoveryHash);
        Rebinding memory request = _rebinding(requestId);
        if (request.evidence == 0) revert IdentityRegistryEvidenceMissing(requestId, 0, ALL);
        _requireFresh(requestId, request);
        bytes32 message = keccak256(abi.encode(OBJECTION_TYPE, idC, requestId, deadline));
        _requireSigned(idC, record.keyHash, key, message, deadline);
        _rebinding(requestId).objected = true;
        emit RebindingObjected(idC, requestId);
    }

    /// @inheritdoc IIdentityRegistry
    function completeRebinding(bytes32 idC, bytes32 newRecoveryHash, uint64 deadline, Proof calldata newKey)
        external
    {
        Identity storage record = _requireLive(idC);
        bytes32 newKeyHash = CitySigners.keyHashOf(newKey.signer);
        bytes32 requestId = requestIdOf(idC, newKeyHash, newRecoveryHash);
        Rebinding memory request = _rebinding(requestId);
        if (request.noticeEndsAt == 0) revert IdentityRegistryEvidenceMissing(requestId, request.evidence, ALL);
        if (request.objected && request.evidence != ALL) {
            revert IdentityRegistryObjected(requestId, request.evidence, ALL);
        }
        if (block.timestamp < request.noticeEndsAt) {
            revert IdentityRegistryNoticeRunning(requestId, request.noticeEndsAt, block.timestamp);
        }
        _requireFresh(requestId, request);
        bytes32 message = keccak256(abi.encode(ACCEPTANCE_TYPE, idC, requestId, deadline));
        _requireSigned(idC, newKeyHash, newKey, message, deadline);
        _bind(idC, record, newKeyHash, newRecoveryHash, Operation.Rebind);
    }

    /// @dev another evidence; the second one, and a third one after an objection, start the notice
    function _attest(bytes32 idC, bytes32 newKeyHash, bytes32 newRecoveryHash, uint8 evidence) private {
        Identity storage record = _requireLive(idC);
        if (newKeyHash == 0 || newKeyHash == newRecoveryHash || newKeyHash == record.keyHash) {
            revert IdentityRegistryZeroValue();
        }
        bytes32 requestId = requestIdOf(idC, newKeyHash, newRecoveryHash);
        Rebinding memory request = _rebinding(requestId);
        if (request.openedAt != 0 && block.timestamp >= request.openedAt + REQUEST_SECONDS) {
            // what was said long ago is forgotten, an objection included: the holder is asked anew
            request = Rebinding(0, 0, 0, false, address(0));
        }
        if (request.evidence & evidence != 0) revert IdentityRegistryEvidenceGiven(requestId, evidence);
        if (evidence != RECOVERY) {
            // whoever comes by way of CityAccess's `execute` hides who he is
            if (request.attester == msg.sender || msg.sender == authority()) {
                revert IdentityRegistrySameAttester(requestId, msg.sender);
            }
            if (request.attester == address(0)) request.attester = msg.sender;
        }
        if (request.evidence == 0) request.openedAt = uint40(block.timestamp);
        request.evidence |= evidence;
        bool isSecond = request.noticeEndsAt == 0 && _count(request.evidence) == 2;
        if (isSecond || (request.objected && request.evidence == ALL)) {
            request.noticeEndsAt = uint40(block.timestamp + NOTICE_SECONDS);
        }
        _setRebinding(requestId, request);
        emit RebindingEvidence(idC, requestId, msg.sender, newKeyHash, newRecoveryHash, request);
    }

    /// @dev an objection stays
    function _withdraw(bytes32 idC, bytes32 newKeyHash, bytes32 newRecoveryHash, uint8 evidence) private {
        _requireLive(idC);
        bytes32 requestId = requestIdOf(idC, newKeyHash, newRecoveryHash);
        Rebinding memory request = _rebinding(requestId);
        if (request.evidence & evidence == 0) {
            revert IdentityRegistryEvidenceMissing(requestId, request.evidence, evidence);
        }
        request = Rebinding(request.openedAt, 0, 0, request.objected, address(0));
        _setRebinding(requestId, request);
        emit RebindingEvidence(idC, requestId, msg.sender, newKeyHash, newRecoveryHash, request);
    }

    function _count(uint8 evidence) private pure returns (uint256) {
        return (evidence & 1) + ((evidence >> 1) & 1) + (evidence >> 2);
    }

    function _requireFresh(bytes32 requestId, Rebinding memory request) private view {
        uint256 expiresAt = request.openedAt + REQUEST_SECONDS;
        if (block.timestamp >= expiresAt) {
            revert IdentityRegistryRequestExpired(requestId, expiresAt, block.timestamp);
        }
    }

    function _requireAssurance(uint8 assurance) private pure {
        if (assurance == 0 || assurance > ASSURANCE_MAX) {
            revert IdentityRegistryAssuranceOutOfRange(assurance, ASSURANCE_MAX);
        }
    }
}
