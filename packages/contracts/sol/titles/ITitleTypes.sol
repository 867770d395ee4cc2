// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title The words of the register of titles: what is stored, what is signed, what is told, what is refused.
 * @notice Commitments, all keccak256(abi.encode(TYPE, fields…)) with a salt of at least 128 random bits:
 * ownerC of (party, salt), consentC of (spouse, guardian, salt), docC, orderC and lienC of papers that stay
 * with their owners. A *party* is an identity of the IdentityRegistry (its commitment), or an account: a
 * word whose upper 96 bits are zero. An account may be a contract that answers ERC-1271.
 */
interface ITitleTypes {
    /// @notice Where a title stands. `None` is untouched: it may still be a leaf of the legacy root.
    /// Frozen and reserved are times, not states: they end by themselves.
    enum Status {
        None,
        Active,
        Split,
        Merged,
        Demolished
    }

    /// @notice What happened to a title; the number is folded into its head.
    enum Op {
        None,
        Materialise,
        Propose,
        Transfer,
        Recommit,
        SelfCorrect,
        LienAdd,
        LienEnd,
        Freeze,
        Unfreeze,
        CorrectionPropose,
        Correct,
        Split,
        Merge,
        Demolish,
        Child
    }

    /// @notice How a lien ended: its holder signed, its holder declared the debt paid, its time passed, the court.
    enum LienEnd {
        Released,
        Satisfied,
        Expired,
        Struck
    }

    /// @notice One title; four slots, the last of which most titles leave empty.
    /// @param head hash chain of all that happened: head' = keccak256(abi.encode(head, op, what))
    /// @param ownerC commitment to the owner
    /// @param updated unix seconds of the last change
    /// @param version changes so far
    /// @param share units of ownership, conserved by splits and merges
    /// @param status where it stands
    /// @param liens live liens
    /// @param lienSeq liens ever added; the next lien's id is one more
    /// @param hasConsent whether consentC is set
    /// @param frozenUntil unix seconds at which the court's freeze ends
    /// @param reservedUntil unix seconds at which the reservation for a buyer ends
    /// @param consentC commitment to those who must agree: spouse, guardian
    struct Title {
        bytes32 head;
        bytes32 ownerC;
        uint40 updated;
        uint32 version;
        uint40 share;
        Status status;
        uint8 liens;
        uint16 lienSeq;
        bool hasConsent;
        uint40 frozenUntil;
        uint40 reservedUntil;
        bytes32 consentC;
    }

    /// @notice A lien, in the order of priority; equal priorities stand in the order they came.
    /// @param lienC commitment to the contract or order behind it
    /// @param holder the account that may agree, release and declare it paid
    /// @param priority rank, 1 first
    /// @param kind code of the city's table of kinds
    /// @param until unix seconds after which anybody may have it taken off, zero for never
    /// @param id its number within the title, from 1
    struct Lien {
        bytes32 lienC;
        address holder;
        uint16 priority;
        uint8 kind;
        uint40 until;
        uint16 id;
    }

    /// @notice A record of the register as it was before the chain: one leaf of the legacy root.
    struct LegacyTitle {
        bytes32 propertyId;
        bytes32 ownerC;
        bytes32 consentC;
        uint40 share;
        Lien[] liens;
    }

    /// @notice Opens an ownerC.
    struct Opening {
        bytes32 party;
        bytes32 salt;
    }

    /// @notice A signature and the account that made it (ECDSA or ERC-1271).
    struct Signature {
        address account;
        bytes data;
    }

    /// @notice Opens a consentC; a zero party needs no signature.
    struct Consent {
        bytes32 spouse;
        bytes32 guardian;
        bytes32 salt;
        Signature spouseSignature;
        Signature guardianSignature;
    }

    /// @notice Everybody who signs besides a buyer.
    /// @param owner opens the present ownerC
    /// @param ownerSignature of the owner's account
    /// @param notary of an account that is a notary in this block
    /// @param consent empty, or one when the title has a consentC
    /// @param holders signatures of the holders of live liens, in the order of the list
    struct Parties {
        Opening owner;
        Signature ownerSignature;
        Signature notary;
        Consent[] consent;
        bytes[] holders;
    }

    /// @notice EIP-712: the seller reserves the title for one buyer's commitment.
    struct Proposal {
        bytes32 propertyId;
        bytes32 prevHead;
        bytes32 newOwnerC;
        uint40 until;
        uint40 deadline;
    }

    /// @notice EIP-712, under four names: `Transfer` (the title passes to a new owner), `Recommit` (the same
    /// owner under a new salt, or with other consents), `SelfCorrection` (both parties of the last transfer put
    /// its error right) and `Correction` (the court does; signed when urgent).
    /// @param propertyId whose title
    /// @param prevHead its present head, which makes every signature good for one use
    /// @param newOwnerC commitment to the owner afterwards
    /// @param newConsentC commitment to who must agree afterwards, zero for nobody
    /// @param docC commitment to the paper behind it: contract, request, order
    /// @param deadline unix seconds after which the signatures are void
    struct Deed {
        bytes32 propertyId;
        bytes32 prevHead;
        bytes32 newOwnerC;
        bytes32 newConsentC;
        bytes32 docC;
        uint40 deadline;
    }

    /// @notice EIP-712, under two names: `Demolition` (the thing is gone) and `Objection` (the owner objects to
    /// a correction).
    struct Notice {
        bytes32 propertyId;
        bytes32 prevHead;
        bytes32 docC;
        uint40 deadline;
    }

    /// @notice EIP-712: the owner burdens the title.
    struct LienAddition {
        bytes32 propertyId;
        bytes32 prevHead;
        bytes32 lienC;
        address holder;
        uint16 priority;
        uint8 kind;
        uint40 until;
        uint40 deadline;
    }

    /// @notice EIP-712: the holder gives a lien up.
    struct LienRelease {
        bytes32 propertyId;
        bytes32 prevHead;
        uint16 lienId;
        uint40 deadline;
    }

    /// @notice EIP-712: one title becomes several of the same owner.
    struct Split {
        bytes32 propertyId;
        bytes32 prevHead;
        uint256[] shares;
        bytes32 docC;
        uint40 deadline;
    }

    /// @notice EIP-712: several titles of one owner become one.
    struct Merge {
        bytes32[] propertyIds;
        bytes32[] prevHeads;
        bytes32 docC;
        uint40 deadline;
    }

    /// @notice What shows that two parties made the last transfer, and their signatures under its correction.
    /// @param deed the transfer as it was signed
    /// @param oldConsentC the consentC before it
    /// @param seller opens the ownerC before it
    /// @param sellerSignature of the seller's account
    /// @param buyer opens the present ownerC
    /// @param buyerSignature of the buyer's account
    /// @param consent empty, or one when the title has a consentC now
    /// @param owner opens the corrected newOwnerC to the seller or the buyer
    struct LastTransfer {
        Deed deed;
        bytes32 oldConsentC;
        Opening seller;
        Signature sellerSignature;
        Opening buyer;
        Signature buyerSignature;
        Consent[] consent;
        Opening owner;
    }

    /// @notice Signatures of an urgent correction: two of the three offices; an absent one has account zero.
    struct Quorum {
        Signature court;
        Signature registrar;
        Signature observer;
    }

    /// @notice A correction that waits.
    /// @param ownerC the owner it displaces; it lapses when that is no longer so
    /// @param newOwnerC the owner it sets
    /// @param newConsentC the consents it sets, zero for none
    /// @param orderC commitment to the court's order
    /// @param readyAt unix seconds from which it may be applied, zero when nothing waits
    /// @param frozenBefore the freeze that stood before the proposal froze the title
    /// @param ownerObjected whether the owner's one extension is used
    struct PendingCorrection {
        bytes32 ownerC;
        bytes32 newOwnerC;
        bytes32 newConsentC;
        bytes32 orderC;
        uint40 readyAt;
        uint40 frozenBefore;
        bool ownerObjected;
    }
}
