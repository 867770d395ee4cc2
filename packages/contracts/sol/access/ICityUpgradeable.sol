// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ICityUpgradeable: what every upgradable contract of the city promises.
/// @notice Its code changes only by a call that CityAccess allows (a role, seven days' notice in public, the
/// observers may cancel) and only to code whose hash ReleaseRegistry holds, so anybody can rebuild from
/// published sources what is about to run.
interface ICityUpgradeable {
    /// @notice The code behind this proxy changed.
    /// @param implementation address of the new code
    /// @param oldCodehash EXTCODEHASH of the code before
    /// @param newCodehash EXTCODEHASH of the new code, a release of ReleaseRegistry
    event CityUpgraded(address indexed implementation, bytes32 indexed oldCodehash, bytes32 indexed newCodehash);

    /// @notice No release with this code hash is in force, or it is a release of another contract.
    error CityUpgradeableNotReleased(address implementation, bytes32 codehash);
    /// @notice Contract code expected at this address.
    error CityUpgradeableNoCode(address account);

    /// @notice The ReleaseRegistry that is asked before every upgrade.
    /// @return its address
    function releaseRegistry() external view returns (address);

    /// @notice The code behind this proxy.
    /// @return account its address
    /// @return codehash its EXTCODEHASH
    function implementation() external view returns (address account, bytes32 codehash);
}
