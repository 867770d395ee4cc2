// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IReleases} from "../access/IReleases.sol";
import {IDepartmentAccount} from "./IDepartmentAccount.sol";
import {IDepartmentFactory} from "./IDepartmentFactory.sol";

/// @title DepartmentFactory: see IDepartmentFactory for what it promises.
contract DepartmentFactory is IDepartmentFactory {
    /// @inheritdoc IDepartmentFactory
    address public implementation;
    IReleases private _releases;

    constructor(address implementation_, address releases) {
        if (implementation_ == address(0) || releases == address(0)) revert DepartmentFactoryZeroValue();
        implementation = implementation_;
        _releases = IReleases(releases);
    }

    /// @inheritdoc IDepartmentFactory
    function create(bytes[] calldata signers, uint64[] calldata weights, uint64 threshold, bytes32 salt)
        external
        returns (address account)
    {
        bytes32 codeHash = implementation.codehash;
        if (!_releases.isReleased(codeHash)) revert DepartmentFactoryCodeUnknown(codeHash);
        bytes32 whole = _saltOf(signers, weights, threshold, salt);
        account = Clones.predictDeterministicAddress(implementation, whole);
        if (account.code.length > 0) revert DepartmentFactoryExists(account);
        emit DepartmentCreated(account, msg.sender, salt);
        Clones.cloneDeterministic(implementation, whole);
        IDepartmentAccount(account).initialize(signers, weights, threshold);
    }

    /// @inheritdoc IDepartmentFactory
    function addressOf(bytes[] calldata signers, uint64[] calldata weights, uint64 threshold, bytes32 salt)
        external
        view
        returns (address)
    {
        return Clones.predictDeterministicAddress(implementation, _saltOf(signers, weights, threshold, salt));
    }

    function _saltOf(bytes[] calldata signers, uint64[] calldata weights, uint64 threshold, bytes32 salt)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(signers, weights, threshold, salt));
    }
}
