// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title The words of a season: its structs, events and errors. IFairSeason has the functions.
 * @notice Numbering. A *stand* is one fair on one weekend: stand = weekend * fairs + fair + 1, so that 0
 * means none. A *slot* is a stand for one category of trader: slot = (stand - 1) * categories + category.
 * Weekend, fair, category and slot count from 0, applications from 1. A *preference* is the position
 * (0 to 7) of a stand in the applicant's own list, the best first.
 */
interface IFairTypes {
    /// @notice Where a season stands, in the order of its life; see the states of IFairSeason.
    enum Stage {
        Draft,
        RulesFrozen,
        Open,
        Closed,
        Review,
        Frozen,
        Seeded,
        Drawing,
        Offered,
        Running,
        Settled,
        Cancelled
    }

    /**
     * @notice How places are given; every mechanism takes the applicants in ascending key.
     * Fcfs: key = tier, block of the application, hash; one visit, up to placesMax places each.
     * Rsd: key = tier, hash; one visit, up to placesMax places each.
     * RsdByWeekend: placesMax passes in the same order, one place each and pass.
     * ReservedRsd: the same, every category in its own places; then one pass in which whoever has nothing
     * takes one place left over by another category, up to overflowMax at a stand.
     */
    enum Mechanism {
        Fcfs,
        Rsd,
        RsdByWeekend,
        ReservedRsd
    }

    /// @notice Applied, Eligible and Appealed take part when the season is frozen: silence is consent.
    enum Status {
        None,
        Applied,
        Eligible,
        Refused,
        Appealed,
        RefusedFinally,
        Withdrawn
    }

    /// @notice What became of one preference. Held, Offered and CheckedIn are places.
    enum Place {
        None,
        Held,
        Offered,
        Declined,
        Lapsed,
        CheckedIn,
        NoShow,
        Excused
    }

    /// @param mechanism how places are given
    /// @param weekends of the season, 1 to 255
    /// @param fairs of the season; weekends * fairs * categories is at most 65,535
    /// @param categories of traders, 1 to 15
    /// @param preferencesMax longest list of an applicant, 1 to 8
    /// @param placesMax most places of one applicant, at most one a weekend
    /// @param overflowMax most places of a stand that go to another category; 0 unless ReservedRsd
    /// @param opensAt unix seconds from which applications are taken
    /// @param closesAt unix seconds from which they are not
    /// @param reviewUntil unix seconds from which nothing is refused any more
    /// @param appealSeconds to appeal after a refusal or no-show, and as long again to decide
    /// @param revealSeconds after the freeze in which members reveal
    /// @param offerSeconds in which a promoted applicant must accept
    /// @param weekendsFrom unix seconds of the start of weekend 0
    /// @param weekendEverySeconds from the start of a weekend to the next
    /// @param weekendSeconds a weekend lasts; check-in is possible meanwhile
    /// @param graceSeconds from a weekend's start until a missing applicant may be marked as no-show
    /// @param attester signs who a person's key is; 0: then person is the applicant's own address
    /// @param capacitiesHash fold of the capacity words: h' = keccak256(h, word), from 0
    /// @param detailsHash keccak256 of the published file: names of fairs, categories, dates
    struct Rules {
        Mechanism mechanism;
        uint8 weekends;
        uint16 fairs;
        uint8 categories;
        uint8 preferencesMax;
        uint8 placesMax;
        uint16 overflowMax;
        uint40 opensAt;
        uint40 closesAt;
        uint40 reviewUntil;
        uint32 appealSeconds;
        uint32 revealSeconds;
        uint32 offerSeconds;
        uint40 weekendsFrom;
        uint32 weekendEverySeconds;
        uint32 weekendSeconds;
        uint32 graceSeconds;
        address attester;
        bytes32 capacitiesHash;
        bytes32 detailsHash;
    }

    /// @notice Who makes the seed. Points are in the encoding of EIP-2537 (64 bytes a field element,
    /// G1: x, y; G2: x.c0, x.c1, y.c0, y.c1).
    /// @param threshold how many members sign together
    /// @param members their accounts, ascending, at most 16; member i holds share i + 1
    /// @param groupKey on G2
    /// @param shareKeys on G2, in the order of members
    struct Beacon {
        uint8 threshold;
        address[] members;
        bytes32[8] groupKey;
        bytes32[8][] shareKeys;
    }

    /// @notice What an applicant signs (EIP-712, with this season as verifyingContract).
    /// @param person pseudonym of the person at the fairs, the same in every season
    /// @param applicant the key that signs, and the only one that can use the places
    /// @param category of trader
    /// @param preferences stands of 16 bits each, the best in the lowest bits, 0 ends the list
    /// @param contentC commitment to the application's text
    /// @param deadline unix seconds after which nobody may submit it
    struct Application {
        bytes32 person;
        address applicant;
        uint8 category;
        uint128 preferences;
        bytes32 contentC;
        uint40 deadline;
    }

    /// @notice The later acts of an applicant, signed as Withdraw, AppealRefusal, Accept, Decline,
    /// CheckIn or AppealNoShow: <Type>(uint32 id,uint8 preference,bytes32 note,uint40 deadline).
    /// @param id of the application
    /// @param preference which place; 0 for Withdraw and AppealRefusal
    /// @param note keccak256 of a text (grounds of an appeal), or 0
    /// @param deadline unix seconds after which nobody may submit it
    struct Act {
        uint32 id;
        uint8 preference;
        bytes32 note;
        uint40 deadline;
    }

    /// @param id of the application
    /// @param code of the reason; 0 finds no objection and is final
    struct Verdict {
        uint32 id;
        uint8 code;
    }

    /// @param person pseudonym
    /// @param applicant the key
    /// @param status in the review
    /// @param category of trader
    /// @param tier 0 in good standing; a higher tier comes later in the order
    /// @param wanted most places it can get: weekends asked for, at most placesMax
    /// @param places it has now
    /// @param appliedAt block number
    /// @param reason code of the last refusal
    /// @param until unix seconds: end of the time to appeal, or to decide
    /// @param next id after it in the order of the draw, 0 for the last
    /// @param preferences as signed
    /// @param states of each preference
    /// @param overflowPreference 1 + the preference served by another category's place, 0 for none
    /// @param overflowCategory whose place it was
    struct ApplicationView {
        bytes32 person;
        address applicant;
        Status status;
        uint8 category;
        uint8 tier;
        uint8 wanted;
        uint8 places;
        uint40 appliedAt;
        uint8 reason;
        uint40 until;
        uint32 next;
        uint128 preferences;
        Place[8] states;
        uint8 overflowPreference;
        uint8 overflowCategory;
    }

    /// @param pass that runs or comes next, from 1; 0 before the seed
    /// @param processed applications of this pass so far
    /// @param expected applications of this pass
    /// @param first id in the order of the draw, 0 before the draw
    /// @param last id that was processed
    /// @param lastKey its key; the next one is greater
    struct DrawView {
        uint8 pass;
        uint32 processed;
        uint32 expected;
        uint32 first;
        uint32 last;
        uint256 lastKey;
    }

    /// @param eligible applicants
    /// @param nothing of them have no place
    /// @param places are held
    /// @param envyFreePpm share of eligible applicants, in millionths, that have all they could get, or at
    /// most one place less than whoever has most
    /// @param giniPpm Gini coefficient of places over eligible applicants, in millionths
    struct Metrics {
        uint32 eligible;
        uint32 nothing;
        uint32 places;
        uint32 envyFreePpm;
        uint32 giniPpm;
    }

    /// @notice The season went on.
    /// @param from stage
    /// @param to stage
    event StageChanged(Stage from, Stage to);
    /// @notice Capacities of 16 slots a word, the lowest slot in the lowest 16 bits.
    /// @param firstWord index of the first of these words
    /// @param words the capacities
    event CapacitiesAdded(uint32 firstWord, uint256[] words);
    /// @notice From here on neither rules nor capacities nor beacon change. The office's RulesFrozen has them.
    /// @param rulesHash keccak256(abi.encode(RULES_TYPE, rules, keccak256(abi.encode(beacon))))
    /// @param groupKeyHash keccak256(abi.encode(groupKey))
    /// @param terms the rules in three words, see FairTerms
    event RulesFixed(bytes32 indexed rulesHash, bytes32 groupKeyHash, uint256[3] terms);
    /// @notice A member of the beacon bound itself to a secret.
    /// @param member who
    /// @param commitment keccak256(abi.encode(REVEAL_TYPE, season, member, secret))
    event SecretCommitted(address indexed member, bytes32 commitment);
    /// @notice An application is in.
    /// @param id its number
    /// @param person pseudonym
    /// @param applicant the key
    /// @param nullifier keccak256(abi.encode(season, person)): one live application each
    /// @param category of trader
    /// @param tier of standing
    /// @param preferences as signed
    /// @param contentC commitment to the text
    /// @param deadline as signed: with it the event holds all that the fold does
    event Applied(
        uint32 indexed id,
        bytes32 indexed person,
        address indexed applicant,
        bytes32 nullifier,
        uint8 category,
        uint8 tier,
        uint128 preferences,
        bytes32 contentC,
        uint40 deadline
    );
    /// @notice The applicant took the application back.
    /// @param id its number
    event Withdrawn(uint32 indexed id);
    /// @notice The standing behind an application was read again.
    /// @param id its number
    /// @param tier from now on
    event TierChanged(uint32 indexed id, uint8 tier);
    /// @notice No application is taken any more.
    /// @param count of applications, withdrawn ones included
    /// @param head fold of every application, withdrawal and tier read again
    event Closed(uint32 count, bytes32 head);
    /// @notice A reviewer decided.
    /// @param id of the application
    /// @param code 0 for no objection, else the reason of the refusal
    /// @param until unix seconds: end of the time to appeal, 0 with code 0
    event Reviewed(uint32 indexed id, uint8 code, uint40 until);
    /// @notice The applicant appealed against a refusal.
    /// @param id of the application
    /// @param grounds hash of the grounds
    /// @param until unix seconds: without a decision before, the application is eligible
    event Appealed(uint32 indexed id, bytes32 grounds, uint40 until);
    /// @notice An appeal against a refusal was decided.
    /// @param id of the application
    /// @param upheld true: the application is eligible
    event AppealDecided(uint32 indexed id, bool upheld);
    /// @notice The eligible applications are fixed.
    /// @param count of them
    /// @param root fold of every operation, see IFairSeason
    /// @param height block number of the freeze
    event Frozen(uint32 count, bytes32 root, uint40 height);
    /// @notice The hash of the freezing block is known to the contract.
    /// @param height of the freezing block
    /// @param blockHash its hash
    event FreezeBlockCaptured(uint40 height, bytes32 blockHash);
    /// @notice Nobody captured the freezing block while its hash was at hand: a later block takes its part.
    /// @param height of the block whose hash counts now
    event FreezeBlockMoved(uint40 height);
    /// @notice A member opened its commitment.
    /// @param member who
    /// @param secret what it was bound to
    event SecretRevealed(address indexed member, bytes32 secret);
    /// @notice The seed is fixed.
    /// @param seed keccak256(abi.encode(SEED_TYPE, signature, reveals))
    /// @param signature of the group over seedMessage(), on G1
    /// @param reveals exclusive or of keccak256(abi.encode(member, secret)) over the revealed
    /// @param forfeited commitments that were not revealed in time
    event Seeded(bytes32 indexed seed, bytes32[4] signature, bytes32 reveals, uint8 forfeited);
    /// @notice Applications were processed, in the order of the draw.
    /// @param pass from 1
    /// @param from how many were processed in this pass before
    /// @param ids 4 bytes each
    /// @param places a byte for each id: one bit for each preference that got a place, bit 0 for the best. In the
    /// pass of places left over: 0 for none, else 1 + preference in the low four bits and the category that
    /// gave the place in the high four
    event Drawn(uint8 indexed pass, uint32 from, bytes ids, bytes places);
    /// @notice A free place is offered to the next on the waiting list.
    /// @param id of the application
    /// @param slot whose place
    /// @param preference of the applicant that is served
    /// @param until unix seconds: without an answer before, the offer lapses
    event Promoted(uint32 indexed id, uint16 slot, uint8 preference, uint40 until);
    /// @notice The waiting list of a slot has been walked to its end.
    /// @param slot whose list
    event ListExhausted(uint16 indexed slot);
    /// @notice An offer was accepted.
    /// @param id of the application
    /// @param slot whose place
    event Accepted(uint32 indexed id, uint16 slot);
    /// @notice A place or an offer was given back.
    /// @param id of the application
    /// @param slot whose place is free again
    event Declined(uint32 indexed id, uint16 slot);
    /// @notice An offer was not answered in time.
    /// @param id of the application
    /// @param slot whose place is free again
    event Lapsed(uint32 indexed id, uint16 slot);
    /// @notice The applicant stands at the stall, key in hand.
    /// @param id of the application
    /// @param slot whose place
    /// @param inspector who saw it
    event CheckedIn(uint32 indexed id, uint16 slot, address indexed inspector);
    /// @notice The applicant did not come.
    /// @param id of the application
    /// @param slot whose place is free again
    /// @param inspector who says so
    event NoShow(uint32 indexed id, uint16 slot, address indexed inspector);
    /// @notice The applicant appealed against a no-show.
    /// @param id of the application
    /// @param preference which place
    /// @param grounds hash of the grounds
    /// @param until unix seconds: without a decision before, anybody may have the strike taken back
    event NoShowAppealed(uint32 indexed id, uint8 preference, bytes32 grounds, uint40 until);
    /// @notice An appeal against a no-show was decided.
    /// @param id of the application
    /// @param preference which place
    /// @param upheld true: the strike is taken back
    event NoShowDecided(uint32 indexed id, uint8 preference, bool upheld);
    /// @notice The season is over.
    /// @param metrics how fair it was
    event Settled(Metrics metrics);
    /// @notice The season ended before its end.
    /// @param reasonHash of the published reason
    event Cancelled(bytes32 reasonHash);
}
