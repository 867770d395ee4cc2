// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitleEvents} from "./ITitleEvents.sol";

/**
 * @title The city's register of titles to property.
 * @notice One record for each title that anything ever happened to; the titles of before stand in one Merkle
 * root and enter by proof. Owners are salted commitments; an owner signs with the key that the
 * IdentityRegistry holds for the identity now, so that a lost key is no lost home. The registrar submits and
 * can change no owner: a transfer needs the signatures of seller, buyer, notary, everybody whose consent is
 * flagged and every holder of a live lien, over the title's present head. Nothing is ever deleted.
 *
 * Roles (CityAccess): REGISTRAR submits what others signed; NOTARY signs; COURT freezes, burdens by order and
 * corrects after an objection window; OBSERVERS object.
 * @custom:states
 * stateDiagram-v2
 *   [*] --> Legacy: openLegacy, one root for all
 *   Legacy --> Active: materialise (proof)
 *   Active --> Reserved: proposeTransfer (seller)
 *   Reserved --> Active: transfer to that buyer, or time
 *   Active --> Active: transfer, recommit, selfCorrect, liens
 *   Active --> Frozen: freeze (court), proposeCorrection (court)
 *   Frozen --> Active: unfreeze (court), or time
 *   Frozen --> Active: applyCorrection (court, after the window)
 *   Active --> Split: split
 *   Active --> Merged: merge
 *   Active --> Demolished: demolish
 *   Demolished --> Active: applyCorrection
 *   Split --> [*]
 *   Merged --> [*]
 */
interface ITitleRegistry is ITitleEvents {
    /// @notice Sets the legacy root, once for ever. REGISTRAR only, behind CityAccess's delay of 72 hours.
    /// @param root Merkle root over the leaves of all titles of before
    /// @param count leaves in it
    /// @param sourceC commitment to the export that it was built from
    function openLegacy(bytes32 root, uint64 count, bytes32 sourceC) external;

    /// @notice Gives a legacy title state here. Anybody; each title once. Its leaf is
    /// keccak256(keccak256(abi.encode(LEGACY_TYPE, propertyId, ownerC, consentC, share, keccak256(abi.encode(liens))))).
    /// @param title the record, exactly as in its leaf
    /// @param path siblings from the leaf to the root, at most 32
    function materialise(LegacyTitle calldata title, bytes32[] calldata path) external;

    /// @notice Reserves a title for one buyer; other changes but the court's wait until `until`. REGISTRAR.
    /// @param proposal what the seller signed
    /// @param seller opens the present ownerC
    /// @param signature of the seller's account
    function proposeTransfer(Proposal calldata proposal, Opening calldata seller, Signature calldata signature)
        external;

    /// @notice Gives a title to a new owner. REGISTRAR submits; all parties sign `Transfer`.
    /// @param deed what they signed
    /// @param parties seller, notary, consents, holders of liens
    /// @param buyer opens newOwnerC
    /// @param buyerSignature of the buyer's account
    function transfer(
        Deed calldata deed,
        Parties calldata parties,
        Opening calldata buyer,
        Signature calldata buyerSignature
    ) external;

    /// @notice Puts the same owner under a new salt, or changes whose consent is needed. REGISTRAR submits;
    /// owner, notary and present consents sign `Recommit`.
    /// @param deed what they signed
    /// @param parties owner, notary, consents; no holders
    /// @param newSalt opens newOwnerC together with the owner's party
    function recommit(Deed calldata deed, Parties calldata parties, bytes32 newSalt) external;

    /// @notice Puts the last transfer's error right within 24 hours. REGISTRAR submits; both parties of it, and
    /// who must consent now, sign `SelfCorrection`. The owner afterwards is one of the two, with the consents that
    /// stood for them.
    /// @param deed what they signed
    /// @param mistake the last transfer, the openings and the signatures
    function selfCorrect(Deed calldata deed, LastTransfer calldata mistake) external;

    /// @notice Burdens a title with its owner's signature; it ranks after or with the last. REGISTRAR submits.
    /// @param addition what owner, notary and consents signed
    /// @param parties owner, notary, consents; no holders
    function addLien(LienAddition calldata addition, Parties calldata parties) external;

    /// @notice Burdens a title by order, at any rank. COURT only.
    /// @param propertyId whose title
    /// @param lien the lien; its id is ignored
    /// @param orderC commitment to the order
    function addCourtLien(bytes32 propertyId, Lien calldata lien, bytes32 orderC) external;

    /// @notice Takes a lien off with its holder's signature. REGISTRAR submits.
    /// @param release what the holder signed
    /// @param signature of the holder's account
    function releaseLien(LienRelease calldata release, bytes calldata signature) external;

    /// @notice Takes a lien off because the debt is paid. Its holder only.
    /// @param propertyId whose title
    /// @param lienId which lien
    function satisfyLien(bytes32 propertyId, uint16 lienId) external;

    /// @notice Takes a lien off whose time has passed. Anybody.
    /// @param propertyId whose title
    /// @param lienId which lien
    function expireLien(bytes32 propertyId, uint16 lienId) external;

    /// @notice Takes a lien off by order. COURT only, behind CityAccess's delay of 72 hours.
    /// @param propertyId whose title
    /// @param lienId which lien
    /// @param orderC commitment to the order
    function strikeLien(bytes32 propertyId, uint16 lienId, bytes32 orderC) external;

    /// @notice Stops every change but the court's until a time, at most 180 days ahead; again to renew. COURT.
    /// @param propertyId whose title
    /// @param orderC commitment to the order
    /// @param until unix seconds, later than a freeze that stands
    function freeze(bytes32 propertyId, bytes32 orderC, uint40 until) external;

    /// @notice Ends a freeze early. COURT only; not while a correction waits.
    /// @param propertyId whose title
    /// @param orderC commitment to the order
    function unfreeze(bytes32 propertyId, bytes32 orderC) external;

    /// @notice Announces a correction: the window begins, the title is frozen until 72 hours after it. COURT.
    /// @param deed the correction; docC is the order, nobody signs
    function proposeCorrection(Deed calldata deed) external;

    /// @notice Ends a waiting correction. OBSERVERS only.
    /// @param propertyId whose title
    /// @param reasonC commitment to the reason
    function objectCorrection(bytes32 propertyId, bytes32 reasonC) external;

    /// @notice Gives the owner one more window. Anybody submits; the owner signs `Objection`.
    /// @param objection what the owner signed
    /// @param owner opens the present ownerC
    /// @param signature of the owner's account
    function objectAsOwner(Notice calldata objection, Opening calldata owner, Signature calldata signature) external;

    /// @notice Applies a correction after its window and before the freeze that it brought ends. COURT only.
    /// @param propertyId whose title
    function applyCorrection(bytes32 propertyId) external;

    /// @notice Applies a correction at once. COURT submits; two of COURT, REGISTRAR, OBSERVERS sign `Correction`.
    /// @param deed what they signed
    /// @param quorum their signatures
    function applyUrgentCorrection(Deed calldata deed, Quorum calldata quorum) external;

    /// @notice Splits a title without liens into 2 to 16 of the same owner. REGISTRAR submits.
    /// @param deed what owner, notary and consents signed
    /// @param parties owner, notary, consents
    function split(Split calldata deed, Parties calldata parties) external;

    /// @notice Merges 2 to 8 titles without liens, of one owner and the same consents. REGISTRAR submits.
    /// @param deed what owner, notary and consents signed
    /// @param parties opens the first title's ownerC
    /// @param salts of the ownerC of every title, in order
    function merge(Merge calldata deed, Parties calldata parties, bytes32[] calldata salts) external;

    /// @notice Ends a title without liens because the thing is gone. REGISTRAR submits.
    /// @param deed what owner, notary and consents signed as `Demolition`
    /// @param parties owner, notary, consents
    function demolish(Notice calldata deed, Parties calldata parties) external;

    /// @notice A title; all zero when untouched.
    /// @param propertyId whose title
    /// @return its record
    function titleOf(bytes32 propertyId) external view returns (Title memory);

    /// @notice The live liens of a title, first rank first; at most 8.
    /// @param propertyId whose title
    /// @return the list
    function liensOf(bytes32 propertyId) external view returns (Lien[] memory);

    /// @notice The correction that waits for a title; readyAt zero for none.
    /// @param propertyId whose title
    /// @return the correction
    function correctionOf(bytes32 propertyId) external view returns (PendingCorrection memory);

    /// @notice The buyer's commitment a title is or was last reserved for.
    /// @param propertyId whose title
    /// @return newOwnerC of the last proposal
    function reservedFor(bytes32 propertyId) external view returns (bytes32);

    /// @notice The legacy root and its count, zero before openLegacy.
    /// @return root Merkle root
    /// @return count leaves in it
    function legacy() external view returns (bytes32 root, uint64 count);

    /// @notice The EIP-712 domain of everything signed for this register: name VecheTitleRegistry, version 1, this
    /// chain's id, this contract's address.
    /// @return its hash
    function domainSeparator() external view returns (bytes32);
}
