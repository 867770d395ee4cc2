// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IReleases: the one question that upgradable contracts and factories ask ReleaseRegistry.
interface IReleases {
    /// @notice Whether code with this hash may be put behind a city proxy or cloned.
    /// @param codehash EXTCODEHASH of the deployed code
    /// @return true when a release of that code is in force: registered, its objection window over,
    /// not withdrawn
    function isReleased(bytes32 codehash) external view returns (bool);

    /// @notice Whether code may take the place of other code behind a city proxy: released, and under the
    /// same name, so that no register becomes another contract.
    /// @param from EXTCODEHASH of the code that stands there
    /// @param to EXTCODEHASH of the code that is to stand there
    /// @return true when it may; code that was never registered may be followed by any release
    function isSuccessor(bytes32 from, bytes32 to) external view returns (bool);
}
