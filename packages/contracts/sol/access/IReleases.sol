// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IReleases: the one question that upgradable contracts and factories ask ReleaseRegistry.
interface IReleases {
    /// @notice Whether code with this hash may be put behind a city proxy or cloned.
    /// @param codehash EXTCODEHASH of the deployed code
    /// @return true when a release of that code is in force: registered, its objection window over,
    /// not withdrawn
    function isReleased(bytes32 codehash) external view returns (bool);
}
