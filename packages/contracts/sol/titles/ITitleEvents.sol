// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitleTypes} from "./ITitleTypes.sol";

/**
 * @title What the register of titles tells, and why it refuses.
 * @notice Every change of a title is one event that carries all that its head folds, the head afterwards and
 * the version: who reads the events of a title rebuilds its history and compares the last head with storage.
 */
interface ITitleEvents is ITitleTypes {
    /// @notice The legacy root is set, once for ever.
    event LegacyOpened(bytes32 indexed root, uint64 count, bytes32 sourceC);
    /// @notice A legacy title has state here from now on.
    event Materialised(
        bytes32 indexed propertyId,
        bytes32 ownerC,
        bytes32 consentC,
        uint40 share,
        Lien[] liens,
        bytes32 head,
        uint32 version
    );
    /// @notice The title is reserved for a buyer until a time.
    event TransferProposed(
        bytes32 indexed propertyId, bytes32 newOwnerC, uint40 until, uint40 deadline, bytes32 head, uint32 version
    );
    /// @notice The title has a new owner.
    event Transferred(
        bytes32 indexed propertyId,
        address indexed notary,
        bytes32 oldOwnerC,
        bytes32 newOwnerC,
        bytes32 newConsentC,
        bytes32 docC,
        uint40 deadline,
        bytes32 head,
        uint32 version
    );
    /// @notice The same owner stands under another commitment (`Recommit`), or the last transfer was put right by
    /// its parties (`SelfCorrect`).
    event Restated(
        bytes32 indexed propertyId,
        Op indexed op,
        bytes32 newOwnerC,
        bytes32 newConsentC,
        bytes32 docC,
        uint40 deadline,
        bytes32 head,
        uint32 version
    );
    /// @notice A lien binds the title; orderC is the court's, zero when the owner agreed.
    event LienAdded(
        bytes32 indexed propertyId, address indexed holder, Lien lien, bytes32 orderC, bytes32 head, uint32 version
    );
    /// @notice A lien binds no more; orderC is the court's, zero otherwise.
    event LienReleased(
        bytes32 indexed propertyId, uint16 lienId, LienEnd how, bytes32 orderC, bytes32 head, uint32 version
    );
    /// @notice Nothing but the court moves the title until then.
    event Frozen(bytes32 indexed propertyId, bytes32 orderC, uint40 until, bytes32 head, uint32 version);
    /// @notice The court lifted its freeze.
    event Unfrozen(bytes32 indexed propertyId, bytes32 orderC, bytes32 head, uint32 version);
    /// @notice A correction waits for its window; the title is frozen meanwhile.
    event CorrectionProposed(
        bytes32 indexed propertyId,
        bytes32 newOwnerC,
        bytes32 newConsentC,
        bytes32 orderC,
        uint40 deadline,
        uint40 readyAt,
        bytes32 head,
        uint32 version
    );
    /// @notice Somebody objected: observers end a proposal (readyAt is zero), the owner gains one more window.
    event CorrectionObjected(bytes32 indexed propertyId, address indexed objector, bytes32 reasonC, uint40 readyAt);
    /// @notice The court's correction took effect.
    event Corrected(
        bytes32 indexed propertyId,
        bytes32 oldOwnerC,
        bytes32 newOwnerC,
        bytes32 newConsentC,
        bytes32 orderC,
        bool urgent,
        bytes32 before,
        bytes32 head,
        uint32 version
    );
    /// @notice The title became several; each child has a TitleCreated.
    event TitleSplit(
        bytes32 indexed propertyId, uint256[] shares, bytes32 docC, uint40 deadline, bytes32 head, uint32 version
    );
    /// @notice The title went into another; `deed` is the hash of the signed Merge.
    event TitleMerged(
        bytes32 indexed propertyId, bytes32 indexed into, bytes32 deed, bytes32 docC, bytes32 head, uint32 version
    );
    /// @notice A title came out of a split or a merge; its id is keccak256(abi.encode(CHILD_TYPE, deed, index)).
    event TitleCreated(
        bytes32 indexed propertyId,
        bytes32 indexed deed,
        uint8 index,
        bytes32 ownerC,
        bytes32 consentC,
        uint40 share,
        bytes32 head
    );
    /// @notice The thing is gone; its history stays.
    event Demolished(bytes32 indexed propertyId, bytes32 docC, uint40 deadline, bytes32 head, uint32 version);

    /// @notice A zero commitment, property, root, share or holder.
    error TitleRegistryZeroValue();
    error TitleRegistryLegacyOpen(bytes32 root);
    error TitleRegistryNotInLegacy(bytes32 propertyId, bytes32 leaf);
    error TitleRegistryPathTooLong(uint256 had, uint256 max);
    error TitleRegistryExists(bytes32 propertyId);
    error TitleRegistryNotActive(bytes32 propertyId, Status had);
    /// @notice Signed for another state of the title: used before, overtaken, or of another title.
    error TitleRegistryStaleHead(bytes32 propertyId, bytes32 had, bytes32 needed);
    error TitleRegistryExpired(uint40 deadline, uint256 time);
    error TitleRegistryFrozen(bytes32 propertyId, uint40 until);
    error TitleRegistryReserved(bytes32 propertyId, bytes32 newOwnerC, uint40 until);
    /// @notice The party and salt do not open the commitment.
    error TitleRegistryNotOpened(bytes32 commitment, bytes32 party);
    /// @notice The account does not act for the party: another account, or not the identity's key.
    error TitleRegistryNotController(bytes32 party, address account);
    error TitleRegistryBadSignature(address account);
    /// @notice The account holds no such role in this block.
    error TitleRegistryNotInRole(address account, uint64 role);
    /// @notice A notary who is also a party or the registrar.
    error TitleRegistryNotaryIsParty(address notary);
    error TitleRegistryConsentMissing(bytes32 propertyId, uint256 had);
    error TitleRegistryHoldersMissing(bytes32 propertyId, uint256 had, uint256 needed);
    error TitleRegistryHasLiens(bytes32 propertyId, uint256 had);
    error TitleRegistryTooManyLiens(bytes32 propertyId, uint256 max);
    error TitleRegistryLienOutOfOrder(bytes32 propertyId, uint16 had, uint16 needed);
    error TitleRegistryLienUnknown(bytes32 propertyId, uint16 lienId);
    error TitleRegistryNotHolder(address caller, address holder);
    error TitleRegistryTimeOutOfRange(uint40 had, uint256 min, uint256 max);
    error TitleRegistryCorrectionPending(bytes32 propertyId, uint40 readyAt);
    error TitleRegistryNoCorrection(bytes32 propertyId);
    error TitleRegistryTooEarly(bytes32 propertyId, uint256 time, uint40 readyAt);
    error TitleRegistryTooLate(bytes32 propertyId, uint256 time, uint256 until);
    /// @notice The title's owner is no longer the one that the correction was to displace.
    error TitleRegistryOwnerChanged(bytes32 propertyId, bytes32 had, bytes32 needed);
    error TitleRegistryAlreadyObjected(bytes32 propertyId);
    /// @notice Fewer than two offices signed, or two signed with one account.
    error TitleRegistryNoQuorum(uint256 had, uint256 needed);
    error TitleRegistryCountOutOfRange(uint256 had, uint256 min, uint256 max);
    error TitleRegistrySharesDoNotSum(uint256 had, uint256 needed);
    error TitleRegistryConsentsDiffer(bytes32 propertyId, bytes32 had, bytes32 needed);
}
