// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitleRegistry} from "./ITitleRegistry.sol";
import {TitleHashes} from "./TitleHashes.sol";
import {TitleParties} from "./TitleParties.sol";

/// @title Liens and freezes: what binds a title.
abstract contract TitleLiens is TitleParties {
    /// @dev a transfer asks every holder, so the list is short enough for one transaction
    uint256 internal constant LIENS_MAX = 8;
    /// @dev a court that wants longer says so again
    uint40 internal constant FREEZE_SECONDS_MAX = 180 days;

    /// @inheritdoc ITitleRegistry
    function addLien(LienAddition calldata addition, Parties calldata parties) external restricted {
        bytes32 id = addition.propertyId;
        Title storage title = _open(id, addition.prevHead, addition.deadline);
        uint256 count = title.liens;
        uint16 last = count == 0 ? 0 : _liens[id][count - 1].priority;
        // who came first keeps his rank: only the court puts a lien before another
        if (addition.priority < last) revert TitleRegistryLienOutOfOrder(id, addition.priority, last);
        _requireParties(title, id, _digest(TitleHashes.addition(addition)), parties);
        Lien memory lien =
            Lien(addition.lienC, addition.holder, addition.priority, addition.kind, addition.until, 0);
        _addLien(title, id, lien, 0);
    }

    /// @inheritdoc ITitleRegistry
    function addCourtLien(bytes32 propertyId, Lien calldata lien, bytes32 orderC) external restricted {
        _requireSet(orderC);
        _addLien(_active(propertyId), propertyId, lien, orderC);
    }

    /// @inheritdoc ITitleRegistry
    function releaseLien(LienRelease calldata release, bytes calldata signature) external restricted {
        bytes32 id = release.propertyId;
        // a buyer who waits loses nothing when a lien goes
        Title storage title = _openOrReserved(id, release.prevHead, release.deadline);
        uint256 place = _find(title, id, release.lienId);
        _requireSigned(_liens[id][place].holder, _digest(TitleHashes.release(release)), signature);
        _endLien(title, id, place, LienEnd.Released, 0);
    }

    /// @inheritdoc ITitleRegistry
    function satisfyLien(bytes32 propertyId, uint16 lienId) external {
        (Title storage title, uint256 place) = _findThawed(propertyId, lienId);
        address holder = _liens[propertyId][place].holder;
        if (msg.sender != holder) revert TitleRegistryNotHolder(msg.sender, holder);
        _endLien(title, propertyId, place, LienEnd.Satisfied, 0);
    }

    /// @inheritdoc ITitleRegistry
    function expireLien(bytes32 propertyId, uint16 lienId) external {
        (Title storage title, uint256 place) = _findThawed(propertyId, lienId);
        uint40 until = _liens[propertyId][place].until;
        if (until == 0 || block.timestamp <= until) revert TitleRegistryTooEarly(propertyId, block.timestamp, until);
        _endLien(title, propertyId, place, LienEnd.Expired, 0);
    }

    /// @inheritdoc ITitleRegistry
    function strikeLien(bytes32 propertyId, uint16 lienId, bytes32 orderC) external restricted {
        _requireSet(orderC);
        Title storage title = _active(propertyId);
        _endLien(title, propertyId, _find(title, propertyId, lienId), LienEnd.Struck, orderC);
    }

    /// @inheritdoc ITitleRegistry
    function freeze(bytes32 propertyId, bytes32 orderC, uint40 until) external restricted {
        _requireSet(orderC);
        Title storage title = _active(propertyId);
        uint256 least = title.frozenUntil > block.timestamp ? title.frozenUntil : block.timestamp;
        uint256 latest = block.timestamp + FREEZE_SECONDS_MAX;
        _requireTime(until, least + 1, latest);
        _setFreeze(title, propertyId, until);
        (bytes32 head, uint32 version) = _fold(title, Op.Freeze, keccak256(abi.encode(orderC, until)));
        emit Frozen(propertyId, orderC, until, head, version);
    }

    /// @inheritdoc ITitleRegistry
    function unfreeze(bytes32 propertyId, bytes32 orderC) external restricted {
        _requireSet(orderC);
        Title storage title = _active(propertyId);
        _requireNoneWaits(propertyId);
        _requireTime(title.frozenUntil, block.timestamp + 1, type(uint40).max);
        _setFreeze(title, propertyId, 0);
        (bytes32 head, uint32 version) = _fold(title, Op.Unfreeze, orderC);
        emit Unfrozen(propertyId, orderC, head, version);
    }

    /// @dev Noted beside a correction as well: what is left of the freeze when the correction ends.
    function _setFreeze(Title storage title, bytes32 propertyId, uint40 until) private {
        title.frozenUntil = until;
        _corrections[propertyId].frozenBefore = until;
    }

    function _addLien(Title storage title, bytes32 id, Lien memory lien, bytes32 orderC) private {
        uint256 count = title.liens;
        if (count >= LIENS_MAX) revert TitleRegistryTooManyLiens(id, LIENS_MAX);
        if (lien.until != 0) _requireTime(lien.until, block.timestamp + 1, type(uint40).max);
        lien.id = title.lienSeq + 1;
        title.lienSeq = lien.id;
        title.liens = uint8(count + 1);
        _insert(_liens[id], lien);
        (bytes32 head, uint32 version) = _fold(title, Op.LienAdd, keccak256(abi.encode(lien, orderC)));
        emit LienAdded(id, lien.holder, lien, orderC, head, version);
    }

    /// @dev Behind every lien of the same or a better rank: the order of equals is the order they came.
    function _insert(Lien[] storage liens, Lien memory lien) internal {
        _requireSet(lien.lienC);
        _requireSet(bytes32(uint256(uint160(lien.holder))));
        _requireSet(bytes32(uint256(lien.priority)));
        uint256 place = liens.length;
        liens.push();
        for (; place > 0 && liens[place - 1].priority > lien.priority; --place) _move(liens, place - 1, place);
        liens[place] = lien;
    }

    function _endLien(Title storage title, bytes32 id, uint256 place, LienEnd how, bytes32 orderC) private {
        Lien[] storage liens = _liens[id];
        uint16 lienId = liens[place].id;
        uint256 last = title.liens - 1;
        for (; place < last; ++place) _move(liens, place + 1, place);
        liens.pop();
        title.liens = uint8(last);
        bytes32 what = keccak256(abi.encode(lienId, how, orderC));
        (bytes32 head, uint32 version) = _fold(title, Op.LienEnd, what);
        emit LienReleased(id, lienId, how, orderC, head, version);
    }

    function _move(Lien[] storage liens, uint256 from, uint256 to) private {
        liens[to] = liens[from];
    }

    function _findThawed(bytes32 id, uint16 lienId) private view returns (Title storage title, uint256 place) {
        title = _active(id);
        _requireThawed(id, title);
        place = _find(title, id, lienId);
    }

    function _find(Title storage title, bytes32 id, uint16 lienId) private view returns (uint256 place) {
        Lien[] storage liens = _liens[id];
        uint256 count = title.liens;
        for (; place < count; ++place) if (liens[place].id == lienId) return place;
        revert TitleRegistryLienUnknown(id, lienId);
    }
}
