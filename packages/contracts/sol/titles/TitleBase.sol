// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CityUpgradeable} from "../access/CityUpgradeable.sol";
import {ITitleRegistry} from "./ITitleRegistry.sol";

/// @title Storage of the register, the guards of a change and the fold of its head.
/// @dev Storage begins at slot 0 (the bases keep theirs in ERC-7201 namespaces); later versions only append.
abstract contract TitleBase is ITitleRegistry, CityUpgradeable {
    /// @dev the whole of an undivided property: divisible by 1 to 22, so that common fractions are exact
    uint40 internal constant SHARE_WHOLE = 6_983_776_800;

    /// @dev a correction that the court does not apply within this time after its window lapses with its freeze
    uint40 internal constant APPLY_SECONDS = 72 hours;

    bytes32 internal _legacyRoot;
    uint64 internal _legacyCount;
    /// @dev IdentityRegistry
    address internal _identities;
    mapping(bytes32 propertyId => Title) internal _titles;
    mapping(bytes32 propertyId => Lien[]) internal _liens;
    mapping(bytes32 propertyId => bytes32 newOwnerC) internal _reservedFor;
    mapping(bytes32 propertyId => PendingCorrection) internal _corrections;

    /// @dev An active title at the head that was signed, neither frozen nor reserved, before the deadline.
    function _open(bytes32 propertyId, bytes32 prevHead, uint40 deadline) internal view returns (Title storage title) {
        title = _openOrReserved(propertyId, prevHead, deadline);
        uint40 until = title.reservedUntil;
        if (until > block.timestamp) revert TitleRegistryReserved(propertyId, _reservedFor[propertyId], until);
    }

    /// @dev As {_open}, but a reservation is the caller's to judge.
    function _openOrReserved(bytes32 propertyId, bytes32 prevHead, uint40 deadline)
        internal
        view
        returns (Title storage title)
    {
        title = _current(propertyId, prevHead, deadline);
        _requireThawed(propertyId, title);
    }

    /// @dev An active title at the head that was signed, before the deadline; perhaps frozen.
    function _current(bytes32 propertyId, bytes32 prevHead, uint40 deadline)
        internal
        view
        returns (Title storage title)
    {
        _requireDeadline(deadline);
        title = _active(propertyId);
        _requireHead(propertyId, title, prevHead);
    }

    function _active(bytes32 propertyId) internal view returns (Title storage title) {
        title = _titles[propertyId];
        if (title.status != Status.Active) revert TitleRegistryNotActive(propertyId, title.status);
    }

    function _requireThawed(bytes32 propertyId, Title storage title) internal view {
        uint40 until = title.frozenUntil;
        if (until > block.timestamp) revert TitleRegistryFrozen(propertyId, until);
    }

    /// @dev A correction that lapsed waits no more.
    function _requireNoneWaits(bytes32 propertyId) internal view {
        uint40 readyAt = _corrections[propertyId].readyAt;
        if (block.timestamp < readyAt + APPLY_SECONDS) revert TitleRegistryCorrectionPending(propertyId, readyAt);
    }

    function _requireUnburdened(bytes32 propertyId, Title storage title) internal view {
        if (title.liens != 0) revert TitleRegistryHasLiens(propertyId, title.liens);
    }

    function _requireTime(uint40 had, uint256 min, uint256 max) internal pure {
        if (had < min || had > max) revert TitleRegistryTimeOutOfRange(had, min, max);
    }

    function _requireCount(uint256 had, uint256 min, uint256 max) internal pure {
        if (had < min || had > max) revert TitleRegistryCountOutOfRange(had, min, max);
    }

    function _requireDeadline(uint40 deadline) internal view {
        if (block.timestamp > deadline) revert TitleRegistryExpired(deadline, block.timestamp);
    }

    function _requireHead(bytes32 propertyId, Title storage title, bytes32 prevHead) internal view {
        if (title.head != prevHead) revert TitleRegistryStaleHead(propertyId, prevHead, title.head);
    }

    function _requireSet(bytes32 value) internal pure {
        if (value == 0) revert TitleRegistryZeroValue();
    }

    /// @dev head' = H(head, op, what); one version more.
    function _fold(Title storage title, Op op, bytes32 what) internal returns (bytes32 head, uint32 version) {
        head = _next(title.head, op, what);
        version = title.version + 1;
        title.head = head;
        title.version = version;
        title.updated = uint40(block.timestamp);
    }

    function _next(bytes32 head, Op op, bytes32 what) internal pure returns (bytes32) {
        return keccak256(abi.encode(head, op, what));
    }

    function _setOwner(Title storage title, bytes32 newOwnerC, bytes32 newConsentC) internal {
        _requireSet(newOwnerC);
        title.ownerC = newOwnerC;
        bool needed = newConsentC != 0;
        // the fourth slot is touched only where a consent was or will be
        if (needed || title.hasConsent) title.consentC = newConsentC;
        title.hasConsent = needed;
    }

    function _consentOf(Title storage title) internal view returns (bytes32) {
        return title.hasConsent ? title.consentC : bytes32(0);
    }

    /// @dev A title that begins here with a share; refuses an id that has state already.
    function _create(bytes32 propertyId, bytes32 ownerC, bytes32 consentC, uint40 share)
        internal
        returns (Title storage title)
    {
        title = _titles[propertyId];
        if (title.status != Status.None) revert TitleRegistryExists(propertyId);
        _requireSet(bytes32(uint256(share)));
        _setOwner(title, ownerC, consentC);
        title.status = Status.Active;
        title.share = share;
    }
}
