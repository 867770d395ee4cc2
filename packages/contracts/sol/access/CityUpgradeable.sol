// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {ERC1967Utils} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Utils.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {ICityUpgradeable} from "./ICityUpgradeable.sol";
import {IReleases} from "./IReleases.sol";

/// @title CityUpgradeable: base of the contracts that stand behind an ERC-1967 proxy.
/// @dev A heir calls `__CityUpgradeable_init(cityAccess, releases)` in its initializer and marks administrative
/// functions `restricted`. `upgradeToAndCall` is restricted too: CityAccess holds its role and its seven days.
/// State of this base and of OpenZeppelin's stands in ERC-7201 namespaces, so a heir's variables start at slot 0.
abstract contract CityUpgradeable is ICityUpgradeable, AccessManagedUpgradeable, UUPSUpgradeable {
    /// @custom:storage-location erc7201:veche.storage.CityUpgradeable
    struct CityUpgradeableStorage {
        address releases;
    }

    /// @dev keccak256(abi.encode(uint256(keccak256("veche.storage.CityUpgradeable")) - 1)) & ~bytes32(uint256(0xff));
    /// a test computes it
    bytes32 private constant CITY_UPGRADEABLE_STORAGE =
        0xa6cfd0f0366285b7b40947ae231584cb7f90e540d7bcd465752f19f3a4332600;

    /// @dev The code behind a proxy is never a contract of its own.
    constructor() {
        _disableInitializers();
    }

    // the name is OpenZeppelin's form for initializers of bases
    function __CityUpgradeable_init(address cityAccess, address releases) internal onlyInitializing {
        if (cityAccess.code.length == 0) revert CityUpgradeableNoCode(cityAccess);
        if (releases.code.length == 0) revert CityUpgradeableNoCode(releases);
        __AccessManaged_init(cityAccess);
        _cityUpgradeableStorage().releases = releases;
    }

    /// @inheritdoc ICityUpgradeable
    function releaseRegistry() public view returns (address) {
        return _cityUpgradeableStorage().releases;
    }

    /// @inheritdoc ICityUpgradeable
    function implementation() external view returns (address account, bytes32 codehash) {
        account = ERC1967Utils.getImplementation();
        codehash = account.codehash;
    }

    /// @dev Called by `upgradeToAndCall` alone, so `restricted` sees that selector. Emits before the change: a
    /// refusal after this line takes the event back.
    function _authorizeUpgrade(address newImplementation) internal override restricted {
        bytes32 codehash = newImplementation.codehash;
        bytes32 before = ERC1967Utils.getImplementation().codehash;
        if (!IReleases(releaseRegistry()).isSuccessor(before, codehash)) {
            revert CityUpgradeableNotReleased(newImplementation, codehash);
        }
        emit CityUpgraded(newImplementation, before, codehash);
    }

    /// @dev The one use of assembly: a namespace's slot has no other syntax (ERC-7201).
    function _cityUpgradeableStorage() private pure returns (CityUpgradeableStorage storage $) {
        assembly ("memory-safe") {
            $.slot := CITY_UPGRADEABLE_STORAGE
        }
    }
}
