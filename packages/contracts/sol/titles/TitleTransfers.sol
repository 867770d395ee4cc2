// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitleRegistry} from "./ITitleRegistry.sol";
import {TitleHashes} from "./TitleHashes.sol";
import {TitleParties} from "./TitleParties.sol";

/// @title Changes of owner that the parties agree on.
abstract contract TitleTransfers is TitleParties {
    /// @dev a registrar's error is put right by the parties within a day, by the court afterwards
    uint40 internal constant SELF_CORRECTION_SECONDS = 24 hours;
    /// @dev long enough for a loan and an office visit, short enough not to block a seller
    uint40 internal constant RESERVATION_SECONDS_MAX = 30 days;

    /// @inheritdoc ITitleRegistry
    function proposeTransfer(Proposal calldata proposal, Opening calldata seller, Signature calldata signature)
        external
        restricted
    {
        bytes32 id = proposal.propertyId;
        Title storage title = _open(id, proposal.prevHead, proposal.deadline);
        _requireSet(proposal.newOwnerC);
        uint256 latest = block.timestamp + RESERVATION_SECONDS_MAX;
        _requireTime(proposal.until, block.timestamp + 1, latest);
        bytes32 structHash = TitleHashes.proposal(proposal);
        _requireOwner(title.ownerC, seller, _digest(structHash), signature);

        _reservedFor[id] = proposal.newOwnerC;
        title.reservedUntil = proposal.until;
        (bytes32 head, uint32 version) = _fold(title, Op.Propose, structHash);
        emit TransferProposed(id, proposal.newOwnerC, proposal.until, proposal.deadline, head, version);
    }

    /// @inheritdoc ITitleRegistry
    function transfer(
        Deed calldata deed,
        Parties calldata parties,
        Opening calldata buyer,
        Signature calldata buyerSignature
    ) external restricted {
        bytes32 id = deed.propertyId;
        Title storage title = _openOrReserved(id, deed.prevHead, deed.deadline);
        _requireReservedFor(title, id, deed.newOwnerC);
        _requireSet(deed.docC);
        bytes32 structHash = TitleHashes.deed(TitleHashes.TRANSFER_TYPE, deed);
        bytes32 digest = _digest(structHash);
        _requireParties(title, id, digest, parties);
        _requireStranger(parties.notary.account, buyerSignature.account);
        _requireOwner(deed.newOwnerC, buyer, digest, buyerSignature);
        _requireHolders(title, id, digest, parties.holders);

        bytes32 oldOwnerC = title.ownerC;
        bytes32 what = _transferred(structHash, oldOwnerC, _consentOf(title));
        _setOwner(title, deed.newOwnerC, deed.newConsentC);
        title.reservedUntil = 0;
        (bytes32 head, uint32 version) = _fold(title, Op.Transfer, what);
        emit Transferred(
            id,
            parties.notary.account,
            oldOwnerC,
            deed.newOwnerC,
            deed.newConsentC,
            deed.docC,
            deed.deadline,
            head,
            version
        );
    }

    /// @inheritdoc ITitleRegistry
    function recommit(Deed calldata deed, Parties calldata parties, bytes32 newSalt) external restricted {
        bytes32 id = deed.propertyId;
        Title storage title = _open(id, deed.prevHead, deed.deadline);
        bytes32 structHash = TitleHashes.deed(TitleHashes.RECOMMIT_TYPE, deed);
        _requireParties(title, id, _digest(structHash), parties);
        _requireOpens(deed.newOwnerC, parties.owner.party, newSalt);

        _restate(title, deed, Op.Recommit, structHash);
    }

    /// @inheritdoc ITitleRegistry
    function selfCorrect(Deed calldata deed, LastTransfer calldata mistake) external restricted {
        bytes32 id = deed.propertyId;
        Title storage title = _open(id, deed.prevHead, deed.deadline);
        uint256 until = title.updated + SELF_CORRECTION_SECONDS;
        if (block.timestamp > until) revert TitleRegistryTooLate(id, block.timestamp, until);
        _requireLast(title, mistake);
        bytes32 structHash = TitleHashes.deed(TitleHashes.SELF_CORRECTION_TYPE, deed);
        bytes32 digest = _digest(structHash);
        _requireParty(mistake.seller.party, digest, mistake.sellerSignature);
        _requireOwner(title.ownerC, mistake.buyer, digest, mistake.buyerSignature);
        // no notary here: the register itself, which signs nothing
        _requireConsents(title, id, digest, mistake.consent, address(this));
        _requireOneOfBoth(deed, mistake);

        _restate(title, deed, Op.SelfCorrect, structHash);
    }

    function _restate(Title storage title, Deed calldata deed, Op op, bytes32 structHash) private {
        _setOwner(title, deed.newOwnerC, deed.newConsentC);
        (bytes32 head, uint32 version) = _fold(title, op, structHash);
        emit Restated(deed.propertyId, op, deed.newOwnerC, deed.newConsentC, deed.docC, deed.deadline, head, version);
    }

    /// @dev The head itself proves that this transfer, from this seller, was the last change.
    function _requireLast(Title storage title, LastTransfer calldata mistake) private view {
        bytes32 oldOwnerC = TitleHashes.owner(mistake.seller.party, mistake.seller.salt);
        bytes32 structHash = TitleHashes.deed(TitleHashes.TRANSFER_TYPE, mistake.deed);
        bytes32 head = _next(
            mistake.deed.prevHead, Op.Transfer, _transferred(structHash, oldOwnerC, mistake.oldConsentC)
        );
        _requireHead(mistake.deed.propertyId, title, head);
    }

    /// @dev Nobody else becomes owner without a notary, and nobody's guardian is shaken off.
    function _requireOneOfBoth(Deed calldata deed, LastTransfer calldata mistake) private pure {
        bytes32 party = mistake.owner.party;
        bool isSeller = party == mistake.seller.party;
        if (!isSeller && party != mistake.buyer.party) revert TitleRegistryNotOpened(deed.newOwnerC, party);
        _requireOpens(deed.newOwnerC, party, mistake.owner.salt);
        bytes32 needed = isSeller ? mistake.oldConsentC : mistake.deed.newConsentC;
        if (deed.newConsentC != needed) {
            revert TitleRegistryConsentsDiffer(deed.propertyId, deed.newConsentC, needed);
        }
    }

    function _requireReservedFor(Title storage title, bytes32 id, bytes32 newOwnerC) private view {
        uint40 until = title.reservedUntil;
        if (until > block.timestamp && _reservedFor[id] != newOwnerC) {
            revert TitleRegistryReserved(id, _reservedFor[id], until);
        }
    }

    function _transferred(bytes32 structHash, bytes32 oldOwnerC, bytes32 oldConsentC) private pure returns (bytes32) {
        return keccak256(abi.encode(structHash, oldOwnerC, oldConsentC));
    }
}
