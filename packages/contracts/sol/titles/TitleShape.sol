// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitleRegistry} from "./ITitleRegistry.sol";
import {TitleHashes} from "./TitleHashes.sol";
import {TitleParties} from "./TitleParties.sol";

/// @title Splits, merges, demolition: shares are conserved, owners do not change, records stay.
/// @dev Children inherit owner and consents, so a split is no transfer; their ids are hashes of what was signed,
/// so nobody takes the id of a legacy title that has not entered yet.
abstract contract TitleShape is TitleParties {
    /// @dev bounds of one transaction: 16 children cost about a million gas
    uint256 internal constant CHILDREN_MAX = 16;
    uint256 internal constant MERGED_MAX = 8;

    /// @inheritdoc ITitleRegistry
    function split(Split calldata deed, Parties calldata parties) external restricted {
        bytes32 id = deed.propertyId;
        Title storage title = _open(id, deed.prevHead, deed.deadline);
        _requireUnburdened(id, title);
        _requireSet(deed.docC);
        _requireShares(deed.shares, title.share);
        bytes32 structHash = TitleHashes.split(deed);
        _requireParties(title, id, _digest(structHash), parties);

        title.status = Status.Split;
        (bytes32 head, uint32 version) = _fold(title, Op.Split, structHash);
        emit TitleSplit(id, deed.shares, deed.docC, deed.deadline, head, version);
        bytes32 ownerC = title.ownerC;
        bytes32 consentC = _consentOf(title);
        for (uint256 i = 0; i < deed.shares.length; ++i) {
            // no share is above their sum, which is a uint40
            _createChild(structHash, uint8(i), Heritage(ownerC, consentC, uint40(deed.shares[i])));
        }
    }

    /// @inheritdoc ITitleRegistry
    function merge(Merge calldata deed, Parties calldata parties, bytes32[] calldata salts) external restricted {
        uint256 count = deed.propertyIds.length;
        _requireCount(count, 2, MERGED_MAX);
        _requireCount(deed.prevHeads.length, count, count);
        _requireCount(salts.length, count, count);
        _requireSet(deed.docC);
        bytes32 structHash = TitleHashes.merge(deed);
        Title storage first = _open(deed.propertyIds[0], deed.prevHeads[0], deed.deadline);
        _requireParties(first, deed.propertyIds[0], _digest(structHash), parties);

        Heritage memory sum = Heritage(first.ownerC, _consentOf(first), 0);
        for (uint256 i = 0; i < count; ++i) {
            sum.share += _mergeOne(deed, i, Merged(structHash, parties.owner.party, salts[i], sum.consentC));
        }
        _createChild(structHash, 0, sum);
    }

    /// @inheritdoc ITitleRegistry
    function demolish(Notice calldata deed, Parties calldata parties) external restricted {
        bytes32 id = deed.propertyId;
        Title storage title = _open(id, deed.prevHead, deed.deadline);
        _requireUnburdened(id, title);
        _requireSet(deed.docC);
        bytes32 structHash = TitleHashes.notice(TitleHashes.DEMOLITION_TYPE, deed);
        _requireParties(title, id, _digest(structHash), parties);

        title.status = Status.Demolished;
        (bytes32 head, uint32 version) = _fold(title, Op.Demolish, structHash);
        emit Demolished(id, deed.docC, deed.deadline, head, version);
    }

    /// @dev what a child has from its parents
    struct Heritage {
        bytes32 ownerC;
        bytes32 consentC;
        uint40 share;
    }

    /// @dev what every merged title must fit
    struct Merged {
        bytes32 deed;
        bytes32 party;
        bytes32 salt;
        bytes32 consentC;
    }

    /// @dev A title named twice is not active the second time.
    function _mergeOne(Merge calldata deed, uint256 i, Merged memory with) private returns (uint40 share) {
        bytes32 id = deed.propertyIds[i];
        Title storage title = _open(id, deed.prevHeads[i], deed.deadline);
        _requireUnburdened(id, title);
        _requireOpens(title.ownerC, with.party, with.salt);
        bytes32 consentC = _consentOf(title);
        if (consentC != with.consentC) revert TitleRegistryConsentsDiffer(id, consentC, with.consentC);
        share = title.share;
        title.status = Status.Merged;
        (bytes32 head, uint32 version) = _fold(title, Op.Merge, with.deed);
        emit TitleMerged(id, TitleHashes.child(with.deed, 0), with.deed, deed.docC, head, version);
    }

    function _createChild(bytes32 deed, uint8 index, Heritage memory from) private {
        bytes32 id = TitleHashes.child(deed, index);
        Title storage title = _create(id, from.ownerC, from.consentC, from.share);
        bytes32 what = keccak256(abi.encode(deed, index, from.ownerC, from.consentC, from.share));
        (bytes32 head,) = _fold(title, Op.Child, what);
        emit TitleCreated(id, deed, index, from.ownerC, from.consentC, from.share, head);
    }

    function _requireShares(uint256[] calldata shares, uint40 whole) private pure {
        uint256 count = shares.length;
        _requireCount(count, 2, CHILDREN_MAX);
        uint256 sum;
        for (uint256 i = 0; i < count; ++i) sum += shares[i];
        if (sum != whole) revert TitleRegistrySharesDoNotSum(sum, whole);
    }
}
