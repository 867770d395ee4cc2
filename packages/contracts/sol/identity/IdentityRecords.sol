// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CitySigners} from "./CitySigners.sol";
import {IIdentityRegistry} from "./IIdentityRegistry.sol";
import {TypedDomain} from "./TypedDomain.sol";

/// @title The records of IdentityRegistry: storage, hash chain, signatures, views.
abstract contract IdentityRecords is IIdentityRegistry, TypedDomain {
    bytes32 private constant HEAD_TYPE = keccak256(
        "VecheIdentity/1(bytes32 previous,bytes32 idC,uint8 operation,bytes32 keyHash,bytes32 recoveryHash,uint8 status,uint8 assurance,uint8 reason,uint32 epoch,uint32 version,uint40 updatedAt)"
    );
    bytes32 private constant REQUEST_TYPE = keccak256(
        "VecheRebinding/1(bytes32 idC,uint32 epoch,bytes32 newKeyHash,bytes32 newRecoveryHash)"
    );

    mapping(bytes32 idC => Identity) private _identities;
    mapping(bytes32 requestId => Rebinding) private _rebindings;

    function _domainName() internal pure override returns (string memory) {
        return "Veche IdentityRegistry";
    }

    /// @inheritdoc IIdentityRegistry
    function identityOf(bytes32 idC) external view returns (Identity memory) {
        return _identity(idC);
    }

    /// @inheritdoc IIdentityRegistry
    function rebindingOf(bytes32 requestId) external view returns (Rebinding memory) {
        return _rebinding(requestId);
    }

    /// @inheritdoc IIdentityRegistry
    function requestIdOf(bytes32 idC, bytes32 newKeyHash, bytes32 newRecoveryHash) public view returns (bytes32) {
        return keccak256(abi.encode(REQUEST_TYPE, idC, _identity(idC).epoch, newKeyHash, newRecoveryHash));
    }

    /// @inheritdoc IIdentityRegistry
    function isController(bytes32 idC, address account) external view returns (bool) {
        return isControllerKey(idC, keccak256(abi.encodePacked(account)));
    }

    /// @inheritdoc IIdentityRegistry
    function isControllerKey(bytes32 idC, bytes32 keyHash) public view returns (bool) {
        Identity storage record = _identity(idC);
        return record.status == Status.Active && record.keyHash == keyHash;
    }

    /// @inheritdoc IIdentityRegistry
    function isSignedBy(bytes32 idC, bytes32 digest, Proof calldata key) external view returns (bool) {
        return isControllerKey(idC, CitySigners.keyHashOf(key.signer))
            && CitySigners.isSigned(key.signer, digest, key.signature);
    }

    function _identity(bytes32 idC) internal view returns (Identity storage) {
        return _identities[idC];
    }

    function _rebinding(bytes32 requestId) internal view returns (Rebinding storage) {
        return _rebindings[requestId];
    }

    function _setRebinding(bytes32 requestId, Rebinding memory request) internal {
        _rebindings[requestId] = request;
    }

    /// @dev new keys, another epoch: every open request dies; the holder's own suspension ends
    function _bind(
        bytes32 idC, Identity storage record, bytes32 keyHash, bytes32 recoveryHash, Operation operation
    ) internal {
        if (keyHash == recoveryHash) revert IdentityRegistryZeroValue();
        record.keyHash = keyHash;
        record.recoveryHash = recoveryHash;
        record.epoch += 1;
        if (record.status == Status.Suspended && record.reason == 0) record.status = Status.Active;
        _log(idC, record, operation);
    }

    /// @dev closes an operation: version, time, head, event
    function _log(bytes32 idC, Identity storage entry, Operation operation) internal {
        entry.version += 1;
        entry.updatedAt = uint40(block.timestamp);
        Identity memory record = entry;
        record.head = keccak256(
            abi.encode(
                HEAD_TYPE,
                record.head,
                idC,
                operation,
                record.keyHash,
                record.recoveryHash,
                record.status,
                record.assurance,
                record.reason,
                record.epoch,
                record.version,
                record.updatedAt
            )
        );
        entry.head = record.head;
        emit IdentityChanged(idC, operation, msg.sender, record);
    }

    /// @dev the message is signed by the signer whose hash is `keyHash`, and is not too old
    function _requireSigned(
        bytes32 idC, bytes32 keyHash, Proof calldata key, bytes32 message, uint64 deadline
    ) internal view {
        if (block.timestamp > deadline) revert IdentityRegistryExpired(deadline, block.timestamp);
        _requireKey(idC, CitySigners.keyHashOf(key.signer), keyHash);
        if (!CitySigners.isSigned(key.signer, _digest(message), key.signature)) {
            revert IdentityRegistrySignature(idC, keyHash);
        }
    }

    function _requireKey(bytes32 idC, bytes32 had, bytes32 needed) internal pure {
        if (had != needed) revert IdentityRegistryKeyDiffers(idC, had, needed);
    }

    function _requireStatus(bytes32 idC, Status needed) internal view returns (Identity storage record) {
        record = _identity(idC);
        if (record.status != needed) revert IdentityRegistryStatus(idC, record.status, needed);
    }

    /// @dev Active or Suspended
    function _requireLive(bytes32 idC) internal view returns (Identity storage record) {
        record = _identity(idC);
        if (record.status == Status.None || record.status == Status.Closed) {
            revert IdentityRegistryStatus(idC, record.status, Status.Active);
        }
    }
}
