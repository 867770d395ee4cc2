// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitleRegistry} from "./ITitleRegistry.sol";
import {TitleHashes} from "./TitleHashes.sol";
import {TitleParties} from "./TitleParties.sol";
import {TitleRoles} from "./TitleRoles.sol";

/// @title Corrections: the court puts an owner right, in public, with time to object.
abstract contract TitleCorrections is TitleParties {
    uint40 internal constant OBJECTION_SECONDS = 72 hours;

    /// @inheritdoc ITitleRegistry
    function proposeCorrection(Deed calldata deed) external restricted {
        bytes32 id = deed.propertyId;
        Title storage title = _correctable(deed);
        _requireNoneWaits(id);
        uint40 readyAt = uint40(block.timestamp) + OBJECTION_SECONDS;
        _corrections[id] = PendingCorrection(
            title.ownerC, deed.newOwnerC, deed.newConsentC, deed.docC, readyAt, title.frozenUntil, false
        );
        _freezeAtLeast(title, readyAt + APPLY_SECONDS);
        bytes32 structHash = TitleHashes.deed(TitleHashes.CORRECTION_TYPE, deed);
        (bytes32 head, uint32 version) = _fold(title, Op.CorrectionPropose, structHash);
        emit CorrectionProposed(
            id, deed.newOwnerC, deed.newConsentC, deed.docC, deed.deadline, readyAt, head, version
        );
    }

    /// @inheritdoc ITitleRegistry
    function objectCorrection(bytes32 propertyId, bytes32 reasonC) external restricted {
        Title storage title = _titles[propertyId];
        PendingCorrection storage pending = _objectionable(propertyId);
        _endPending(title, pending);
        emit CorrectionObjected(propertyId, msg.sender, reasonC, 0);
    }

    /// @inheritdoc ITitleRegistry
    function objectAsOwner(Notice calldata objection, Opening calldata owner, Signature calldata signature)
        external
    {
        bytes32 id = objection.propertyId;
        Title storage title = _titles[id];
        _requireDeadline(objection.deadline);
        _requireHead(id, title, objection.prevHead);
        PendingCorrection storage pending = _objectionable(id);
        if (pending.ownerObjected) revert TitleRegistryAlreadyObjected(id);
        bytes32 digest = _digest(TitleHashes.notice(TitleHashes.OBJECTION_TYPE, objection));
        _requireOwner(title.ownerC, owner, digest, signature);

        uint40 readyAt = pending.readyAt + OBJECTION_SECONDS;
        pending.ownerObjected = true;
        pending.readyAt = readyAt;
        _freezeAtLeast(title, readyAt + APPLY_SECONDS);
        emit CorrectionObjected(id, signature.account, objection.docC, readyAt);
    }

    /// @inheritdoc ITitleRegistry
    function applyCorrection(bytes32 propertyId) external restricted {
        PendingCorrection storage pending = _pending(propertyId);
        uint40 readyAt = pending.readyAt;
        // the last second of the freeze: in the next one the title may be split, and a split has no parent
        uint256 until = readyAt + APPLY_SECONDS - 1;
        if (block.timestamp < readyAt) revert TitleRegistryTooEarly(propertyId, block.timestamp, readyAt);
        if (block.timestamp > until) revert TitleRegistryTooLate(propertyId, block.timestamp, until);
        Title storage title = _titles[propertyId];
        if (title.ownerC != pending.ownerC) {
            revert TitleRegistryOwnerChanged(propertyId, title.ownerC, pending.ownerC);
        }
        _correct(propertyId, title, Correction(pending.newOwnerC, pending.newConsentC, pending.orderC, false));
    }

    /// @inheritdoc ITitleRegistry
    function applyUrgentCorrection(Deed calldata deed, Quorum calldata quorum) external restricted {
        Title storage title = _correctable(deed);
        _requireQuorum(_digest(TitleHashes.deed(TitleHashes.CORRECTION_TYPE, deed)), quorum);
        _correct(deed.propertyId, title, Correction(deed.newOwnerC, deed.newConsentC, deed.docC, true));
    }

    /// @dev what both ways of correcting set
    struct Correction {
        bytes32 newOwnerC;
        bytes32 newConsentC;
        bytes32 orderC;
        bool urgent;
    }

    /// @dev Whatever waits for this title is overtaken, and a freeze that only guarded it ends.
    function _correct(bytes32 id, Title storage title, Correction memory to) private {
        PendingCorrection storage pending = _corrections[id];
        if (pending.readyAt != 0) _endPending(title, pending);
        bytes32 before = title.head;
        bytes32 oldOwnerC = title.ownerC;
        _setOwner(title, to.newOwnerC, to.newConsentC);
        title.status = Status.Active;
        title.reservedUntil = 0;
        bytes32 what = keccak256(abi.encode(to.newOwnerC, to.newConsentC, to.orderC, to.urgent));
        (bytes32 head, uint32 version) = _fold(title, Op.Correct, what);
        emit Corrected(
            id, oldOwnerC, to.newOwnerC, to.newConsentC, to.orderC, to.urgent, before, head, version
        );
    }

    /// @dev An active or demolished title; what was split or merged lives on in its children.
    function _correctable(Deed calldata deed) private view returns (Title storage title) {
        bytes32 id = deed.propertyId;
        _requireDeadline(deed.deadline);
        title = _titles[id];
        Status status = title.status;
        if (status != Status.Active && status != Status.Demolished) revert TitleRegistryNotActive(id, status);
        _requireHead(id, title, deed.prevHead);
        _requireSet(deed.newOwnerC);
        _requireSet(deed.docC);
    }

    /// @dev Its freeze ends with it; one that the court set or renewed by itself stays.
    function _endPending(Title storage title, PendingCorrection storage pending) private {
        title.frozenUntil = pending.frozenBefore;
        pending.readyAt = 0;
    }

    function _pending(bytes32 id) private view returns (PendingCorrection storage pending) {
        pending = _corrections[id];
        if (pending.readyAt == 0) revert TitleRegistryNoCorrection(id);
    }

    /// @dev Objections belong to the window.
    function _objectionable(bytes32 id) private view returns (PendingCorrection storage pending) {
        pending = _pending(id);
        if (block.timestamp >= pending.readyAt) revert TitleRegistryTooLate(id, block.timestamp, pending.readyAt - 1);
    }

    function _freezeAtLeast(Title storage title, uint40 until) private {
        if (title.frozenUntil < until) title.frozenUntil = until;
    }

    /// @dev Two of three offices, by different accounts. A signature that is given must be good.
    function _requireQuorum(bytes32 digest, Quorum calldata quorum) private view {
        address court = quorum.court.account;
        address registrar = quorum.registrar.account;
        address observer = quorum.observer.account;
        uint256 count = _signs(TitleRoles.COURT, digest, quorum.court)
            + _signs(TitleRoles.REGISTRAR, digest, quorum.registrar)
            + _signs(TitleRoles.OBSERVERS, digest, quorum.observer);
        // two absent ones are two equal zeros, which the count tells
        bool twice = court == registrar || registrar == observer || court == observer;
        if (count < 2 || twice) revert TitleRegistryNoQuorum(count, 2);
    }

    function _signs(uint64 role, bytes32 digest, Signature calldata signature) private view returns (uint256) {
        if (signature.account == address(0)) return 0;
        _requireOffice(role, digest, signature);
        return 1;
    }
}
