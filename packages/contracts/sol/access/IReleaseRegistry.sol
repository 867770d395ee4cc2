// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IReleases} from "./IReleases.sol";

/// @title IReleaseRegistry: which byte code was built from which sources, and how.
/// @notice Code hash → hash of the sources → hash of the build recipe. Upgradable contracts and factories accept no
/// code that is not here; `npm run contracts:verify` rebuilds and compares. Roles: RELEASER registers (with the delay
/// that CityAccess holds for it; observers may cancel) and withdraws (at once: it only stops).
/// @custom:states
/// stateDiagram-v2
///   [*] --> Released: register (RELEASER, after notice)
///   Released --> Withdrawn: withdraw (RELEASER)
///   Withdrawn --> [*]
interface IReleaseRegistry is IReleases {
    /// @param codehash EXTCODEHASH of the deployed code; code that holds its own address differs from copy to copy
    /// @param sourcesHash sha256 over names and texts of every source file, as scripts/sources.ts computes
    /// @param recipeHash sha256 of the build recipe, as scripts/recipe.ts writes it
    /// @param name the contract's name, ASCII, padded with zeros on the right
    struct ReleaseSetup {
        bytes32 codehash;
        bytes32 sourcesHash;
        bytes32 recipeHash;
        bytes32 name;
    }

    /// @param sourcesHash see ReleaseSetup; never 0 in a release
    /// @param recipeHash see ReleaseSetup
    /// @param name see ReleaseSetup
    /// @param registeredAt unix seconds
    /// @param withdrawnAt unix seconds, 0 while the release is in force
    struct Release {
        bytes32 sourcesHash;
        bytes32 recipeHash;
        bytes32 name;
        uint40 registeredAt;
        uint40 withdrawnAt;
    }

    /// @notice A release is in force from now on.
    /// @param codehash EXTCODEHASH
    /// @param name the contract's name
    /// @param sourcesHash hash of its sources
    /// @param recipeHash hash of its build recipe
    event Released(bytes32 indexed codehash, bytes32 indexed name, bytes32 sourcesHash, bytes32 recipeHash);
    /// @notice A release is no longer in force: no new proxy or clone will run it. What runs it goes on.
    /// @param codehash EXTCODEHASH
    /// @param reason code of the city's list of reasons, not 0
    event Withdrawn(bytes32 indexed codehash, uint8 reason);

    /// @notice The code hash has been registered before; a withdrawn one does not come back.
    error ReleaseRegistryKnown(bytes32 codehash);
    /// @notice No release with this code hash is in force.
    error ReleaseRegistryNotInForce(bytes32 codehash);
    /// @notice A hash, name or reason is 0.
    error ReleaseRegistryZeroValue(bytes32 codehash);

    /// @notice Puts a release in force. Only RELEASER, after the notice that CityAccess holds for it.
    /// @param release code, sources, recipe, name
    function register(ReleaseSetup calldata release) external;

    /// @notice Ends a release. Only RELEASER.
    /// @param codehash EXTCODEHASH
    /// @param reason code of the city's list of reasons, not 0
    function withdraw(bytes32 codehash, uint8 reason) external;

    /// @notice What is known of a code hash; zeros when nothing.
    /// @param codehash EXTCODEHASH
    /// @return the release
    function releaseOf(bytes32 codehash) external view returns (Release memory);

    /// @notice How many releases were ever registered.
    /// @return number of code hashes
    function releaseCount() external view returns (uint256);

    /// @notice Code hashes in the order of registration.
    /// @param from place of the first answer
    /// @param count most answers
    /// @return hashes code hashes
    function codehashes(uint256 from, uint256 count) external view returns (bytes32[] memory hashes);
}
