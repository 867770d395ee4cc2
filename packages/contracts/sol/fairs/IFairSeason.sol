// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFairTypes} from "./IFairTypes.sol";

/**
 * @title One season of the city's fairs: who gets which stand on which weekend.
 * @notice The city sets the rules before it sees an application, refuses with a reason that can be
 * appealed, and has no say in the order: the order comes from a seed that nobody knows before the list of
 * eligible applications is frozen. Whoever likes may submit every step that needs no role, so that no
 * office can bring the season to a halt. IFairTypes has structs, events and the numbering.
 *
 * Order of the draw: ascending keyOf(id). Waiting list of a slot: the same order, walked once. RSD and FCFS
 * walk it once for the slot's own category. RSD by weekend walks it first for those with no place at all,
 * then for those with places on other weekends; reserved RSD then a third time for those of other
 * categories with nothing, within overflowMax. Nobody is asked twice for a weekend on which he had a place
 * or an offer.
 *
 * Signatures of applicants and of the attester: EIP-712, domain {name: "Veche FairSeason", version: "1",
 * chainId, verifyingContract: the season}, types Application and Act of IFairTypes and
 * Admission(bytes32 person,address applicant). Signatures of the beacon: BLS12-381, signature on G1 and
 * keys on G2, hash to curve of RFC 9380 (BLS12381G1_XMD:SHA-256_SSWU_RO_) of the 32 bytes of the message
 * with the tag "VECHE-FAIRS-V1_BLS12381G1_XMD:SHA-256_SSWU_RO_". Type strings that are hashed first into
 * abi.encode: keccak256 of "VecheFairRules/1", "VecheFairSecret/1" (REVEAL_TYPE), "VecheFairSeed/1"
 * (SEED_TYPE), "VecheFairSeedMessage/1" (SEED_MESSAGE_TYPE), "VecheFairAcceptance/1" (ACCEPTANCE_TYPE).
 * Fold of operations: head' = keccak256(abi.encode(head, kind, id, word)), from 0, with kind 1 for an
 * application (word: its EIP-712 struct hash), 2 withdrawal (word 0), 3 verdict (word: code), 4 appeal
 * (word: grounds), 5 decided appeal (word: 1 when upheld), 6 tier read again (word: tier).
 * @custom:states
 * [*] --> Draft: initialize
 * Draft --> RulesFrozen: fixRules
 * RulesFrozen --> Open: open
 * Open --> Closed: close
 * Closed --> Review: review
 * Closed --> Frozen: freeze
 * Review --> Frozen: freeze
 * Frozen --> Seeded: submitSeed
 * Seeded --> Drawing: draw
 * Drawing --> Offered: draw of the last one
 * Offered --> Running: run
 * Running --> Settled: settle
 * Draft --> Cancelled: cancel
 * RulesFrozen --> Cancelled: cancel
 * Open --> Cancelled: cancel
 * Frozen --> Cancelled: cancel
 */
interface IFairSeason is IFairTypes {
    error FairSeasonWrongStage(Stage had);
    error FairSeasonTooEarly(uint256 now_, uint256 from);
    error FairSeasonTooLate(uint256 now_, uint256 until);
    error FairSeasonUnauthorized(address caller);
    error FairSeasonCapacitiesInvalid(uint256 had, uint256 needed);
    error FairSeasonSignatureInvalid(address had, address needed);
    error FairSeasonPersonInvalid(bytes32 person);
    error FairSeasonAlreadyApplied(bytes32 person, uint32 id);
    /// @notice Who withdrew applies again with a later deadline: the old application is void until its own.
    error FairSeasonApplicationUsed(bytes32 person, uint40 deadline, uint256 needed);
    error FairSeasonWrongStatus(uint32 id, Status had);
    error FairSeasonWrongPlace(uint32 id, uint8 preference, Place had);
    error FairSeasonBatchInvalid(uint256 had, uint256 max);
    error FairSeasonNotMember(address account);
    error FairSeasonCommitmentInvalid(address member);
    error FairSeasonBlockUnknown(uint256 height);
    error FairSeasonRevealsOpen(uint256 until);
    error FairSeasonGroupKeyWrong(bytes32 had, bytes32 needed);
    error FairSeasonBlsInvalid();
    error FairSeasonOutOfOrder(uint32 id, uint256 key, uint256 after_);
    error FairSeasonNotInPass(uint32 id, uint8 pass);
    error FairSeasonNoPlaceFree(uint16 slot);

    /// @notice Makes a clone a draft; once, by the office that creates it.
    /// @param number of the season
    function initialize(uint32 number) external;

    /// @notice Adds capacity words of a draft, in order. ORGANISER.
    /// @param words 16 slots each, the lowest slot in the lowest 16 bits
    function addCapacities(uint256[] calldata words) external;

    /// @notice Fixes rules, capacities and beacon for ever. The office only, which has checked them.
    /// @param rulesHash of rules and beacon
    /// @param groupKeyHash of the beacon's group key
    /// @param terms the rules in three words, see FairTerms
    /// @param members of the beacon
    function fixRules(
        bytes32 rulesHash,
        bytes32 groupKeyHash,
        uint256[3] calldata terms,
        address[] calldata members
    ) external;

    /// @notice Begins to take applications, from opensAt on. Anybody.
    function open() external;

    /// @notice Submits a signed application. Anybody; what was signed cannot be altered, and only the
    /// signer has the places.
    /// @param application what was signed
    /// @param signature 65 bytes of the applicant
    /// @param admission 65 bytes of the attester over Admission(bytes32 person,address applicant); empty
    /// in a season without attester
    /// @return id of the application
    function submit(Application calldata application, bytes calldata signature, bytes calldata admission)
        external
        returns (uint32 id);

    /// @notice Takes an application back while applications are taken; the person may apply again, with a later
    /// deadline than that of the one withdrawn. Anybody, with the applicant's signature over Withdraw.
    /// @param act what was signed
    /// @param signature 65 bytes of the applicant
    function withdraw(Act calldata act, bytes calldata signature) external;

    /// @notice Reads the applicant's standing again, until the freeze. Anybody.
    /// @param id of the application
    function refreshTier(uint32 id) external;

    /// @notice Ends the time of applications, from closesAt on. Anybody.
    function close() external;

    /// @notice Finds no objection, or refuses, until reviewUntil. REVIEWER.
    /// @param verdicts at most BATCH_MAX
    function review(Verdict[] calldata verdicts) external;

    /// @notice Appeals against a refusal. Anybody, with the applicant's signature over AppealRefusal.
    /// @param act what was signed
    /// @param signature 65 bytes of the applicant
    function appeal(Act calldata act, bytes calldata signature) external;

    /// @notice Decides an appeal in time. ARBITER.
    /// @param id of the application
    /// @param upheld true: the application is eligible
    function decideAppeal(uint32 id, bool upheld) external;

    /// @notice Fixes the eligible applications when review and appeals are over. Anybody.
    function freeze() external;

    /// @notice Brings the hash of the freezing block into the contract, in the next block or later. Anybody.
    function captureFreezeBlock() external;

    /// @notice Binds a member of the beacon to a secret, before the freeze, once. The member itself.
    /// @param commitment keccak256(abi.encode(REVEAL_TYPE, season, member, secret))
    function commitSecret(bytes32 commitment) external;

    /// @notice Opens a commitment after the freeze, within revealSeconds. Anybody.
    /// @param member who committed
    /// @param secret what it was bound to
    function revealSecret(address member, bytes32 secret) external;

    /// @notice Fixes the seed when the reveals are over. Anybody.
    /// @param groupKey as in the beacon
    /// @param signature of the group over seedMessage(), on G1
    function submitSeed(bytes32[8] calldata groupKey, bytes32[4] calldata signature) external;

    /// @notice Processes the next applications of the pass. Anybody.
    /// @param ids 4 bytes each, in ascending key; a call does not reach into the next pass
    function draw(bytes calldata ids) external;

    /// @notice Begins the weekends, from weekendsFrom on. Anybody.
    function run() external;

    /// @notice Accepts an offer. Anybody, with the applicant's signature over Accept.
    /// @param act what was signed
    /// @param signature 65 bytes of the applicant
    function accept(Act calldata act, bytes calldata signature) external;

    /// @notice Gives a place or an offer back; the place is offered to the next one. Anybody, with the
    /// applicant's signature over Decline.
    /// @param act what was signed
    /// @param signature 65 bytes of the applicant
    function decline(Act calldata act, bytes calldata signature) external;

    /// @notice Ends an offer that was not answered in time; the place is offered to the next one. Anybody.
    /// @param id of the application
    /// @param preference which offer
    function lapse(uint32 id, uint8 preference) external;

    /// @notice Offers a free place to the next on the slot's waiting list. Anybody; to be called again when
    /// the steps were too few.
    /// @param slot with a free place
    /// @param steps how many applications to look at, at most PROMOTE_STEPS_MAX
    /// @return id of the application that has the offer, 0 for none
    function promote(uint16 slot, uint16 steps) external returns (uint32 id);

    /// @notice Says that the applicant is at the stall. INSPECTOR, with the applicant's signature over
    /// CheckIn, not older than CHECK_IN_SECONDS_MAX.
    /// @param act what was signed
    /// @param signature 65 bytes of the applicant
    function checkIn(Act calldata act, bytes calldata signature) external;

    /// @notice Says that the applicant did not come; the place is offered to the next one, and the
    /// applicant has a strike. INSPECTOR, after graceSeconds of the weekend, of the season's run, and since the
    /// applicant accepted an offer; not at all when that is not before the weekend's end.
    /// @param id of the application
    /// @param preference which place
    function markNoShow(uint32 id, uint8 preference) external;

    /// @notice Appeals against a no-show. Anybody, with the applicant's signature over AppealNoShow.
    /// @param act what was signed
    /// @param signature 65 bytes of the applicant
    function appealNoShow(Act calldata act, bytes calldata signature) external;

    /// @notice Decides an appeal against a no-show in time. ARBITER.
    /// @param id of the application
    /// @param preference which place
    /// @param upheld true: the strike is taken back
    function decideNoShow(uint32 id, uint8 preference, bool upheld) external;

    /// @notice Upholds an appeal against a no-show that was not decided in time. Anybody.
    /// @param id of the application
    /// @param preference which place
    function upholdBySilence(uint32 id, uint8 preference) external;

    /// @notice Ends the season after its last weekend and publishes how fair it was. Anybody.
    function settle() external;

    /// @notice Ends the season for good. The office only.
    /// @param reasonHash of the published reason
    function cancel(bytes32 reasonHash) external;

    /// @notice Where the season stands.
    function stage() external view returns (Stage);

    /// @notice The office and the season's number there.
    function office() external view returns (address office_, uint32 number);

    /// @notice Hash of rules and beacon, 0 for a draft; and the rules in three words, see FairTerms (the
    /// office's rulesOf unpacks them).
    function rules() external view returns (bytes32 rulesHash, uint256[3] memory terms);

    /// @notice Capacity words so far, and their fold.
    function capacities() external view returns (uint32 words, bytes32 head);

    /// @notice An application in its packed form, see FairEntry (the office's applicationOf unpacks it).
    /// @param id of the application
    /// @return person pseudonym
    /// @return applicant the key, 0 for a withdrawn application
    /// @return reason code of the last refusal
    /// @return until unix seconds: end of the time to appeal, or to decide
    /// @return entry the packed word
    function entryOf(uint32 id)
        external
        view
        returns (bytes32 person, address applicant, uint8 reason, uint40 until, uint256 entry);

    /// @notice The live application of a person, 0 for none.
    /// @param person pseudonym
    function idOf(bytes32 person) external view returns (uint32);

    /// @notice Applications, eligible ones (0 before the freeze), and the fold of all operations.
    function counts() external view returns (uint32 applied, uint32 eligible, bytes32 head);

    /// @notice The freezing block: 0 before; hash 0 until it is captured.
    function freezeBlock() external view returns (uint40 height, bytes32 blockHash);

    /// @notice What the group signs for the seed: keccak256(abi.encode(SEED_MESSAGE_TYPE, chainid, season,
    /// freezeBlockHash, root, reveals)). Reverts while it can still change.
    function seedMessage() external view returns (bytes32);

    /// @notice A member's word: 0 no member, 1 nothing said, 2 revealed, else its commitment.
    /// @param member of the beacon
    function secretOf(address member) external view returns (bytes32);

    /// @notice The seed, 0 before.
    function seed() external view returns (bytes32);

    /// @notice Place of an application in the order; lower is earlier. tier * 2^248 + (FCFS only: appliedAt *
    /// 2^216) + floor(keccak256(abi.encode(seed, id)) / 2^40).
    /// @param id of the application
    function keyOf(uint32 id) external view returns (uint256);

    /// @notice How far the draw is.
    function drawState() external view returns (DrawView memory);

    /// @notice Free places of a slot.
    /// @param slot which one
    function leftOf(uint16 slot) external view returns (uint16);

    /// @notice Places of a stand that another category has.
    /// @param stand which one, from 1
    function overflowOf(uint16 stand) external view returns (uint16);

    /// @notice Where the walk along a slot's waiting list stands.
    /// @param slot whose list
    /// @return sweep which walk, from 0
    /// @return next id to be looked at; 0 with sweep 0: the first of the order
    /// @return exhausted true when the last walk is over
    function listOf(uint16 slot) external view returns (uint8 sweep, uint32 next, bool exhausted);

    /// @notice End of an offer, of the grace after its acceptance, of the time to appeal against a no-show, or
    /// of the time to decide the appeal; unix seconds, 0 for none.
    /// @param id of the application
    /// @param preference which place
    function untilOf(uint32 id, uint8 preference) external view returns (uint40);

    /// @notice How many have 0 to 8 places, and how many of them all they could get, 28 bits each, see
    /// FairMetric (the office's metricsOf measures them).
    function tally() external view returns (uint256 holders, uint256 content);
}
