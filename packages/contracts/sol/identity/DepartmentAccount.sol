// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {
    MultiSignerERC7913WeightedUpgradeable
} from "@openzeppelin/contracts-upgradeable/utils/cryptography/signers/MultiSignerERC7913WeightedUpgradeable.sol";
import {CitySigners} from "./CitySigners.sol";
import {IDepartmentAccount} from "./IDepartmentAccount.sol";
import {TypedDomain} from "./TypedDomain.sol";

/// @title DepartmentAccount: see IDepartmentAccount for what it promises.
/// @dev Clones of this code are the accounts; the base with initializers is for them, nothing here is upgraded.
/// The code's own account is never set up: its threshold is 0, and such an account accepts nothing.
contract DepartmentAccount is IDepartmentAccount, IERC1271, MultiSignerERC7913WeightedUpgradeable, TypedDomain {
    bytes32 private constant CALL_TYPE =
        keccak256("DepartmentCall(address target,bytes data,uint256 nonce,uint64 deadline)");
    bytes32 private constant MESSAGE_TYPE = keccak256("DepartmentMessage(bytes32 hash)");
    /// @dev with all of them signing by P-256 in Solidity a call still fits a block
    uint256 public constant SIGNERS_MAX = 8;
    uint64 public constant WEIGHT_MAX = 1_000;

    mapping(uint192 key => uint64 next) private _sequences;

    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc IDepartmentAccount
    function initialize(bytes[] calldata signers, uint64[] calldata weights, uint64 newThreshold)
        external
        initializer
    {
        _configure(new bytes[](0), signers, weights, newThreshold);
    }

    /// @inheritdoc IDepartmentAccount
    function execute(
        address target, bytes calldata data, uint256 nonce, uint64 deadline, bytes calldata signatures
    ) external returns (bytes memory) {
        if (block.timestamp > deadline) revert DepartmentAccountExpired(deadline, block.timestamp);
        uint192 key = uint192(nonce >> 64);
        uint256 needed = nonceOf(key);
        if (nonce != needed) revert DepartmentAccountNonce(nonce, needed);
        bytes32 digest = _digest(keccak256(abi.encode(CALL_TYPE, target, keccak256(data), nonce, deadline)));
        if (!_isApproved(digest, signatures)) revert DepartmentAccountSignatures(digest);

        _sequences[key] += 1;
        emit Executed(nonce, target, msg.sender, keccak256(data));
        return Address.functionCall(target, data);
    }

    /// @inheritdoc IDepartmentAccount
    function configure(
        bytes[] calldata removed, bytes[] calldata signers, uint64[] calldata weights, uint64 newThreshold
    ) external {
        if (msg.sender != address(this)) revert DepartmentAccountNotSelf(msg.sender);
        _configure(removed, signers, weights, newThreshold);
    }

    /// @inheritdoc IDepartmentAccount
    function nonceOf(uint192 key) public view returns (uint256) {
        return (uint256(key) << 64) | _sequences[key];
    }

    /// @inheritdoc IDepartmentAccount
    function isValidSignature(bytes32 hash, bytes calldata signatures)
        external
        view
        override(IDepartmentAccount, IERC1271)
        returns (bytes4)
    {
        bytes32 digest = _digest(keccak256(abi.encode(MESSAGE_TYPE, hash)));
        return _isApproved(digest, signatures) ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }

    function _isApproved(bytes32 digest, bytes calldata signatures) private view returns (bool) {
        return threshold() > 0 && _rawSignatureValidation(digest, signatures);
    }

    function _domainName() internal pure override returns (string memory) {
        return "Veche DepartmentAccount";
    }

    function _configure(
        bytes[] memory removed, bytes[] memory signers, uint64[] memory weights, uint64 newThreshold
    ) private {
        // a threshold that every step in between can reach; the real one is set last
        if (threshold() > 1) _setThreshold(1);
        for (uint256 i = 0; i < signers.length; ++i) {
            bytes memory signer = signers[i];
            if (!CitySigners.isProper(signer) || keccak256(signer) == keccak256(abi.encodePacked(address(this)))) {
                revert DepartmentAccountSignerImproper(signer);
            }
            if (!isSigner(signer)) _addSigners(_one(signer));
        }
        _setSignerWeights(signers, weights);
        for (uint256 i = 0; i < weights.length; ++i) {
            if (weights[i] > WEIGHT_MAX) revert DepartmentAccountWeightOutOfRange(signers[i], weights[i], WEIGHT_MAX);
        }
        if (removed.length > 0) _removeSigners(removed);
        uint256 count = getSignerCount();
        if (count > SIGNERS_MAX) revert DepartmentAccountTooManySigners(count, SIGNERS_MAX);
        _setThreshold(newThreshold);
        emit Configured(count, totalWeight(), newThreshold);
    }

    function _one(bytes memory signer) private pure returns (bytes[] memory list) {
        list = new bytes[](1);
        list[0] = signer;
    }
}
