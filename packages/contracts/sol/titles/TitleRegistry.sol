// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {ITitleRegistry} from "./ITitleRegistry.sol";
import {TitleCorrections} from "./TitleCorrections.sol";
import {TitleHashes} from "./TitleHashes.sol";
import {TitleLiens} from "./TitleLiens.sol";
import {TitleShape} from "./TitleShape.sol";
import {TitleTransfers} from "./TitleTransfers.sol";

/// @title TitleRegistry: see ITitleRegistry for what it promises.
/// @dev Parts by noun: TitleTransfers, TitleLiens, TitleCorrections, TitleShape over TitleParties (who signs) over
/// TitleBase (storage and fold). Here: the entry of legacy titles, and reading.
contract TitleRegistry is TitleTransfers, TitleLiens, TitleCorrections, TitleShape {
    /// @dev 2^32 titles; 4.5 million need 23
    uint256 internal constant LEGACY_PATH_MAX = 32;

    /// @dev Called once, by the proxy's constructor.
    /// @param cityAccess the AccessManager
    /// @param releases ReleaseRegistry, asked before an upgrade
    /// @param identities IdentityRegistry, asked whose key an identity has
    function initialize(address cityAccess, address releases, address identities) external initializer {
        __CityUpgradeable_init(cityAccess, releases);
        if (identities == address(0)) revert TitleRegistryZeroValue();
        _identities = identities;
    }

    /// @inheritdoc ITitleRegistry
    function openLegacy(bytes32 root, uint64 count, bytes32 sourceC) external restricted {
        if (_legacyRoot != 0) revert TitleRegistryLegacyOpen(_legacyRoot);
        _requireSet(root);
        _requireSet(bytes32(uint256(count)));
        _legacyRoot = root;
        _legacyCount = count;
        emit LegacyOpened(root, count, sourceC);
    }

    /// @inheritdoc ITitleRegistry
    function materialise(LegacyTitle calldata title, bytes32[] calldata path) external {
        bytes32 id = title.propertyId;
        if (path.length > LEGACY_PATH_MAX) revert TitleRegistryPathTooLong(path.length, LEGACY_PATH_MAX);
        uint256 count = title.liens.length;
        if (count > LIENS_MAX) revert TitleRegistryTooManyLiens(id, LIENS_MAX);
        // in memory, where encoding it takes less byte code than from calldata
        Lien[] memory liens = title.liens;
        bytes32 leaf = TitleHashes.leaf(title, keccak256(abi.encode(liens)));
        // no root yet: zero, which no path leads to
        if (MerkleProof.processProofCalldata(path, leaf) != _legacyRoot) revert TitleRegistryNotInLegacy(id, leaf);

        Title storage created = _create(id, title.ownerC, title.consentC, title.share);
        for (uint256 i = 0; i < count; ++i) {
            _requireCount(liens[i].id, i + 1, i + 1);
            _insert(_liens[id], liens[i]);
        }
        created.liens = uint8(count);
        created.lienSeq = uint16(count);
        (bytes32 head, uint32 version) = _fold(created, Op.Materialise, leaf);
        emit Materialised(id, title.ownerC, title.consentC, title.share, liens, head, version);
    }

    /// @inheritdoc ITitleRegistry
    function titleOf(bytes32 propertyId) external view returns (Title memory) {
        return _titles[propertyId];
    }

    /// @inheritdoc ITitleRegistry
    function liensOf(bytes32 propertyId) external view returns (Lien[] memory) {
        return _liens[propertyId];
    }

    /// @inheritdoc ITitleRegistry
    function correctionOf(bytes32 propertyId) external view returns (PendingCorrection memory) {
        return _corrections[propertyId];
    }

    /// @inheritdoc ITitleRegistry
    function reservedFor(bytes32 propertyId) external view returns (bytes32) {
        return _reservedFor[propertyId];
    }

    /// @inheritdoc ITitleRegistry
    function legacy() external view returns (bytes32 root, uint64 count) {
        return (_legacyRoot, _legacyCount);
    }
}
