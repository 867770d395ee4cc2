// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitleTypes} from "./ITitleTypes.sol";

/// @title The hashes of the register: commitments, leaves and EIP-712 structs. All pure.
/// @dev also in TypeScript (src/titles); tests compare
library TitleHashes {
    bytes32 internal constant OWNER_TYPE = keccak256("VecheTitleOwner/1(bytes32 party,bytes32 salt)");
    bytes32 internal constant CONSENT_TYPE =
        keccak256("VecheTitleConsent/1(bytes32 spouse,bytes32 guardian,bytes32 salt)");
    bytes32 internal constant LEGACY_TYPE = keccak256(
        "VecheLegacyTitle/1(bytes32 propertyId,bytes32 ownerC,bytes32 consentC,uint40 share,bytes32 liens)"
    );
    bytes32 internal constant CHILD_TYPE = keccak256("VecheTitleChild/1(bytes32 deed,uint8 index)");

    bytes32 internal constant TRANSFER_TYPE = keccak256(
        "Transfer(bytes32 propertyId,bytes32 prevHead,bytes32 newOwnerC,bytes32 newConsentC,bytes32 docC,uint40 deadline)"
    );
    bytes32 internal constant RECOMMIT_TYPE = keccak256(
        "Recommit(bytes32 propertyId,bytes32 prevHead,bytes32 newOwnerC,bytes32 newConsentC,bytes32 docC,uint40 deadline)"
    );
    bytes32 internal constant SELF_CORRECTION_TYPE = keccak256(
        "SelfCorrection(bytes32 propertyId,bytes32 prevHead,bytes32 newOwnerC,bytes32 newConsentC,bytes32 docC,uint40 deadline)"
    );
    bytes32 internal constant CORRECTION_TYPE = keccak256(
        "Correction(bytes32 propertyId,bytes32 prevHead,bytes32 newOwnerC,bytes32 newConsentC,bytes32 docC,uint40 deadline)"
    );
    bytes32 internal constant PROPOSAL_TYPE = keccak256(
        "Proposal(bytes32 propertyId,bytes32 prevHead,bytes32 newOwnerC,uint40 until,uint40 deadline)"
    );
    bytes32 internal constant LIEN_ADDITION_TYPE = keccak256(
        "LienAddition(bytes32 propertyId,bytes32 prevHead,bytes32 lienC,address holder,uint16 priority,uint8 kind,uint40 until,uint40 deadline)"
    );
    bytes32 internal constant LIEN_RELEASE_TYPE =
        keccak256("LienRelease(bytes32 propertyId,bytes32 prevHead,uint16 lienId,uint40 deadline)");
    bytes32 internal constant OBJECTION_TYPE =
        keccak256("Objection(bytes32 propertyId,bytes32 prevHead,bytes32 docC,uint40 deadline)");
    bytes32 internal constant DEMOLITION_TYPE =
        keccak256("Demolition(bytes32 propertyId,bytes32 prevHead,bytes32 docC,uint40 deadline)");
    bytes32 internal constant SPLIT_TYPE =
        keccak256("Split(bytes32 propertyId,bytes32 prevHead,uint256[] shares,bytes32 docC,uint40 deadline)");
    bytes32 internal constant MERGE_TYPE =
        keccak256("Merge(bytes32[] propertyIds,bytes32[] prevHeads,bytes32 docC,uint40 deadline)");

    function owner(bytes32 party, bytes32 salt) internal pure returns (bytes32) {
        return keccak256(abi.encode(OWNER_TYPE, party, salt));
    }

    function consent(ITitleTypes.Consent calldata who) internal pure returns (bytes32) {
        return keccak256(abi.encode(CONSENT_TYPE, who.spouse, who.guardian, who.salt));
    }

    /// @dev hashed twice: a leaf hashes 32 bytes and an inner node 64, so neither passes for the other
    function leaf(ITitleTypes.LegacyTitle calldata t, bytes32 liens) internal pure returns (bytes32) {
        bytes32 record = keccak256(abi.encode(LEGACY_TYPE, t.propertyId, t.ownerC, t.consentC, t.share, liens));
        return keccak256(abi.encode(record));
    }

    function child(bytes32 origin, uint256 index) internal pure returns (bytes32) {
        return keccak256(abi.encode(CHILD_TYPE, origin, index));
    }

    function deed(bytes32 typeHash, ITitleTypes.Deed calldata d) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(typeHash, d.propertyId, d.prevHead, d.newOwnerC, d.newConsentC, d.docC, d.deadline)
        );
    }

    function notice(bytes32 typeHash, ITitleTypes.Notice calldata n) internal pure returns (bytes32) {
        return keccak256(abi.encode(typeHash, n.propertyId, n.prevHead, n.docC, n.deadline));
    }

    function proposal(ITitleTypes.Proposal calldata p) internal pure returns (bytes32) {
        return keccak256(abi.encode(PROPOSAL_TYPE, p.propertyId, p.prevHead, p.newOwnerC, p.until, p.deadline));
    }

    function addition(ITitleTypes.LienAddition calldata a) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                LIEN_ADDITION_TYPE,
                a.propertyId,
                a.prevHead,
                a.lienC,
                a.holder,
                a.priority,
                a.kind,
                a.until,
                a.deadline
            )
        );
    }

    function release(ITitleTypes.LienRelease calldata r) internal pure returns (bytes32) {
        return keccak256(abi.encode(LIEN_RELEASE_TYPE, r.propertyId, r.prevHead, r.lienId, r.deadline));
    }

    function split(ITitleTypes.Split calldata s) internal pure returns (bytes32) {
        // abi.encodePacked pads the items of an array to words, which is EIP-712's encoding of it
        bytes32 shares = keccak256(abi.encodePacked(s.shares));
        return keccak256(abi.encode(SPLIT_TYPE, s.propertyId, s.prevHead, shares, s.docC, s.deadline));
    }

    function merge(ITitleTypes.Merge calldata m) internal pure returns (bytes32) {
        bytes32 ids = keccak256(abi.encodePacked(m.propertyIds));
        bytes32 heads = keccak256(abi.encodePacked(m.prevHeads));
        return keccak256(abi.encode(MERGE_TYPE, ids, heads, m.docC, m.deadline));
    }
}
