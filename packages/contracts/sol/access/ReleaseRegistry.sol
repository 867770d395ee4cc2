// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {IReleaseRegistry} from "./IReleaseRegistry.sol";
import {IReleases} from "./IReleases.sol";

/// @title ReleaseRegistry: see IReleaseRegistry for what it promises.
/// @dev Not upgradable and without immutables.
contract ReleaseRegistry is IReleaseRegistry, AccessManaged {
    using EnumerableSet for EnumerableSet.Bytes32Set;

    EnumerableSet.Bytes32Set private _codehashes;
    mapping(bytes32 codehash => Release release) private _releases;

    constructor(address cityAccess, ReleaseSetup[] memory releases) AccessManaged(cityAccess) {
        for (uint256 i = 0; i < releases.length; ++i) _register(releases[i]);
    }

    /// @inheritdoc IReleaseRegistry
    function register(ReleaseSetup calldata release) external restricted {
        _register(release);
    }

    /// @inheritdoc IReleaseRegistry
    function withdraw(bytes32 codehash, uint8 reason) external restricted {
        if (reason == 0) revert ReleaseRegistryZeroValue(codehash);
        if (!isReleased(codehash)) revert ReleaseRegistryNotInForce(codehash);
        _releases[codehash].withdrawnAt = uint40(block.timestamp);
        emit Withdrawn(codehash, reason);
    }

    /// @inheritdoc IReleases
    function isReleased(bytes32 codehash) public view returns (bool) {
        Release storage release = _releases[codehash];
        return release.registeredAt != 0 && release.withdrawnAt == 0;
    }

    /// @inheritdoc IReleases
    function isSuccessor(bytes32 from, bytes32 to) external view returns (bool) {
        bytes32 name = _releases[from].name;
        return isReleased(to) && (name == 0 || name == _releases[to].name);
    }

    /// @inheritdoc IReleaseRegistry
    function releaseOf(bytes32 codehash) external view returns (Release memory) {
        return _releases[codehash];
    }

    /// @inheritdoc IReleaseRegistry
    function releaseCount() external view returns (uint256) {
        return _codehashes.length();
    }

    /// @inheritdoc IReleaseRegistry
    function codehashes(uint256 from, uint256 count) external view returns (bytes32[] memory hashes) {
        return _codehashes.values(from, Math.saturatingAdd(from, count));
    }

    function _register(ReleaseSetup memory release) private {
        bytes32 codehash = release.codehash;
        if (codehash == 0 || release.sourcesHash == 0 || release.recipeHash == 0 || release.name == 0) {
            revert ReleaseRegistryZeroValue(codehash);
        }
        if (!_codehashes.add(codehash)) revert ReleaseRegistryKnown(codehash);
        _releases[codehash] =
            Release(release.sourcesHash, release.recipeHash, release.name, uint40(block.timestamp), 0);
        emit Released(codehash, release.name, release.sourcesHash, release.recipeHash);
    }
}
